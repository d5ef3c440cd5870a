// Package app puts a server together: it reads the configuration, opens the
// store, wires services and front ends, starts them in order and stops them in
// reverse. It is the one package that names concrete types.
//
// It promises that a server that started is ready, that one data folder has
// one server, and that stopping ends in bounded time with everything written
// that was acknowledged.
package app

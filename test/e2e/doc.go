// Package e2e tests the perch binary as its users run it: real processes and
// sockets, Debian's SIPE plugin through a libpurple program of the project's
// own (sipedriver), SIPp, and kill -9. The tests carry the build tag e2e and
// are run by `make e2e`; a tool that is missing fails them.
package e2e

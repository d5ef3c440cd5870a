// Package ua is the SIP user agent: the only SIP package with sockets,
// goroutines and timers. It accepts connections over TCP and TLS, frames and
// parses messages, matches them to transactions and dialogs, refreshes
// sessions, and hands requests to the front ends.
//
// It promises: messages of one connection are handled in order, in the
// connection's own reader goroutine; nothing that a front end sends ever
// blocks; what a client does not read is bounded, and the client cut off;
// a dead connection ends all of its dialogs, each exactly once.
//
// It knows no XCCOS and no chat.
package ua

// Package dialog keeps what two user agents know of each other between the
// first request and the last: identity, route set, remote target, CSeq numbers
// (RFC 3261 12) and the session timer (RFC 4028).
//
// A Dialog is a value of a few numbers and one block of bytes, from which its
// requests are printed without allocating; tens of thousands are kept. It
// needs no lock of its own and has none: who holds it orders the calls.
//
// It promises: CSeq numbers of sent requests rise by one; a request is printed
// the same but for method, CSeq, branch, content and target; header values of
// the peer stand in it as the peer wrote them.
//
// It must not know transactions, sockets or clocks; time is an argument.
package dialog

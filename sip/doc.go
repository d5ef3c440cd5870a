// Package sip reads and writes SIP messages, headers and URIs (RFC 3261 7, 19,
// 20, 25). A parsed message is a set of slices of the bytes it came from: no
// copies, no struct per header, header bytes kept as they stood on the wire,
// because message signatures are computed over them.
//
// It knows no transport, transaction or dialog.
package sip

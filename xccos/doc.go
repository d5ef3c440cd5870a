// Package xccos reads and writes XCCOS, the chat protocol that travels in SIP
// INFO bodies (docs/protocol.md, XCCOS): envelopes with commands, replies,
// notices and chat messages, and the information blocks in them. Each verb has
// a file.
//
// It promises a tolerant reader (XCCOS 15) that is bounded in depth and count,
// takes time in proportion to the body, and never fails but with an error that
// says what is wrong, and an exact writer: what was seen on the wire is written
// as it was seen. Text is carried byte for byte.
//
// It knows no SIP and no chat: its structs are named as on the wire.
package xccos

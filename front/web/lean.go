package web

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
)

// Buffers of a WebSocket, in bytes. Those of net/http, of 4096 each, would be more
// than a third of what an idle socket takes: clients send little, and what is
// longer than the buffer is written past it.
const (
	readBuffer  = 512
	writeBuffer = 2048
)

// lean hands a connection over with small buffers.
type lean struct{ http.ResponseWriter }

// Hijack implements http.Hijacker.
func (w lean) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, old, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	early, err := old.Peek(old.Reader.Buffered()) // that the client sent at once
	if err != nil {
		return nil, nil, err // it is buffered
	}
	r := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(early)), conn), max(readBuffer, len(early)))
	if _, err := r.Peek(len(early)); err != nil {
		return nil, nil, err // it reads from memory
	}
	return conn, bufio.NewReadWriter(r, bufio.NewWriterSize(conn, writeBuffer)), nil
}

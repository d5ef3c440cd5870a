package main

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"perch/probe"
)

// postTimeout bounds the wait for any single answer.
const postTimeout = 60 * time.Second

// dial connects to the server, in the clear.
func dial(ctx context.Context, addr string) (*probe.Conn, error) {
	c, err := probe.Dial(ctx, addr, nil)
	if err == nil {
		c.Patience = postTimeout
	}
	return c, err
}

// poolOf is the address of the pool that a server of the domain serves.
func poolOf(domain string) string { return "sip:GC-1-PersistentChatService-1@" + domain }

// appendPost appends a post that carries the number n in its text.
func appendPost(dst []byte, ep *probe.Endpoint, r probe.Room, n int, filler string) []byte {
	return ep.AppendPost(dst, r, "#"+strconv.Itoa(n)+" "+filler)
}

// seqOf reads the number that a load message carries in its text.
func seqOf(body []byte) int {
	_, rest, ok := bytes.Cut(body, []byte("<chat>#"))
	if !ok {
		return -1
	}
	end := bytes.IndexByte(rest, ' ')
	if end < 0 {
		return -1
	}
	n, err := strconv.Atoi(string(rest[:end]))
	if err != nil {
		return -1
	}
	return n
}

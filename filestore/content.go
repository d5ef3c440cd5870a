package filestore

import (
	"context"
	"errors"
	"io"

	"perch/chat"
)

// Content is a file as it is read by who may download it: an io.ReadSeeker. It
// belongs to one goroutine.
type Content struct {
	chat.File

	s      *Service
	ctx    context.Context //nolint:containedctx // of the one request that reads
	caller Caller
	at     int64
	r      io.ReadCloser // of the blob, from at on; nil: it is opened anew
	asked  int64         // bytes that were read since the right was asked for
	failed error
}

// Open opens a file for download, until ctx is done: KindNoSuchObject if it is
// not there or not for the caller, KindBusy while it waits to be scanned,
// KindForbidden if it is in quarantine. Nothing may be handed out before Record
// has returned nil.
func (s *Service) Open(ctx context.Context, c Caller, id string) (*Content, error) {
	f, _, err := s.look(ctx, c, id)
	if err == nil {
		err = ready(&f)
	}
	if err != nil {
		return nil, err
	}
	return &Content{File: f, s: s, ctx: ctx, caller: c}, nil
}

// Record puts the download on record: each one that begins, and what goes on with
// one that this server has not seen begin. What cannot be read is not recorded.
func (c *Content) Record(begins bool) error {
	b, err := c.s.admitCaller(c.ctx, c.caller, c.Room, false)
	if err != nil {
		return hidden(err)
	}
	if err := c.open(); err != nil {
		return err
	}
	return c.s.record(c.ctx, b, &c.File, begins)
}

// Failed is why the last Read failed, if it did.
func (c *Content) Failed() error { return c.failed }

// Read reads on. The right is asked for anew after every ChunkKB.
func (c *Content) Read(p []byte) (int, error) {
	if c.at >= c.Size {
		return 0, io.EOF
	}
	n, err := c.read(p)
	c.failed = err
	return n, err
}

func (c *Content) read(p []byte) (int, error) {
	if c.asked >= int64(c.s.cfg.ChunkKB)<<10 {
		if _, err := c.s.admitCaller(c.ctx, c.caller, c.Room, false); err != nil {
			return 0, hidden(err)
		}
		c.asked = 0
	}
	if err := c.open(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.at += int64(n)
	c.asked += int64(n)
	switch {
	case errors.Is(err, io.EOF) && c.at < c.Size:
		return n, lost(io.ErrUnexpectedEOF)
	case err != nil && !errors.Is(err, io.EOF):
		return n, lost(err)
	}
	return n, nil // its end is seen by the next Read
}

// open opens the blob where reading goes on.
func (c *Content) open() error {
	if c.r != nil {
		return nil
	}
	r, err := c.s.blobs.Open(c.ctx, c.SHA256, c.at, c.Size-c.at)
	if err != nil {
		return lost(err)
	}
	c.r = r
	return nil
}

// Seek implements io.Seeker.
func (c *Content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.at
	case io.SeekEnd:
		offset += c.Size
	}
	if offset < 0 {
		return 0, chat.E(chat.KindInvalid, "before the file's beginning")
	}
	if offset != c.at {
		c.close()
	}
	c.at = offset
	return offset, nil
}

// Close gives back what is held for reading.
func (c *Content) Close() error {
	c.close()
	return nil
}

func (c *Content) close() {
	if c.r != nil {
		c.r.Close() //nolint:errcheck,gosec // it was read
		c.r = nil
	}
}

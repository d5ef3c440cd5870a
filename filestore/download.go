package filestore

import (
	"context"
	"fmt"
	"io"
	"strings"

	"perch/chat"
)

// Size is how many bytes a file has that may be downloaded.
func (s *Service) Size(ctx context.Context, token, roomGUID, id string) (int64, error) {
	b, err := s.admit(ctx, token, roomGUID, false)
	if err != nil {
		return 0, err
	}
	f, err := s.find(ctx, b, id)
	return f.Size, err
}

// Read reads up to n bytes of a file from an offset; at its end, or where a
// request would carry too much, fewer. A download is on record before Read
// returns its first bytes.
func (s *Service) Read(ctx context.Context, token, roomGUID, id string, offset int64, n int) ([]byte, error) {
	b, err := s.admit(ctx, token, roomGUID, false)
	if err != nil {
		return nil, err
	}
	f, err := s.find(ctx, b, id)
	switch {
	case err != nil:
		return nil, err
	case offset < 0 || offset > f.Size || n < 0:
		return nil, chat.E(chat.KindInvalid, fmt.Sprintf("%d bytes from %d are no part of a file of %d bytes", n, offset, f.Size))
	}
	want := min(int64(n), int64(s.cfg.ChunkKB)<<10, f.Size-offset)
	data := make([]byte, want)
	r, err := s.blobs.Open(ctx, f.SHA256, offset, want)
	if err != nil {
		return nil, lost(err)
	}
	defer r.Close() //nolint:errcheck // it was read
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, lost(err)
	}
	return data, s.record(ctx, b, &f, offset == 0)
}

// lost is the error of a file that is known and yet cannot be read.
func lost(err error) error { return chat.Wrap(chat.KindDatabase, "reading a file", err) }

// find finds a file that the bearer may download.
func (s *Service) find(ctx context.Context, b *bearer, id string) (chat.File, error) {
	f, err := s.store.FindFile(ctx, strings.ToLower(strings.TrimSpace(id)))
	switch {
	case err != nil:
		return f, err
	case f.Room != b.room.ID || f.State == chat.FileUnfinished:
		return f, errNoFile
	}
	return f, ready(&f)
}

// errNoFile is what is told of a file that is not there, or not for the asker.
var errNoFile = chat.E(chat.KindNoSuchObject, "there is no such file")

// ready says whether a file's bytes may be handed out.
func ready(f *chat.File) error {
	switch f.State {
	case chat.FileClean:
		return nil
	case chat.FileWaiting:
		return chat.E(chat.KindBusy, "the file cannot be downloaded yet: "+f.Reason)
	case chat.FileUnfinished:
		return chat.E(chat.KindBusy, "the file is not uploaded yet")
	}
	return chat.E(chat.KindForbidden, "the file is in quarantine: "+f.Reason)
}

// record puts a download into the journal: each one that begins, and what goes
// on with one that this server has not seen begin.
func (s *Service) record(ctx context.Context, b *bearer, f *chat.File, begins bool) error {
	t := transfer{b.holder, f.ID}
	s.mu.Lock()
	_, told := s.told[t]
	s.mu.Unlock()
	if told && !begins {
		return nil
	}
	_, err := s.store.Append(ctx, chat.Batch{Entries: []chat.Entry{s.entry(chat.EntryDownload, b, f)}})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told[t] = b.token.Expires
	return nil
}

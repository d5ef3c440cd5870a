package filestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"perch/chat"
)

// Piece is what a request brings of an upload that can be resumed.
type Piece struct {
	Offset int64 // where the upload stands
	Length int64 // of Body; below zero: not known
	Body   io.Reader
	// Interrupt makes a Read of Body that waits return soon, from another goroutine.
	Interrupt func()
	// Sum, if it is given, must be Want after all of Body, or nothing of it counts.
	Sum  hash.Hash
	Want []byte
}

// ErrChecksum is in the refusal of a piece that has not the checksum it should.
var ErrChecksum = errors.New("another checksum")

// Receive takes a piece of an upload in, and completes the file with its last
// byte: then its bytes and its journal entry are on disk when Receive returns nil.
// The right is asked for after every ChunkKB. When Receive fails, what came until
// then is kept, unless it has a checksum; of a type that the category does not
// take, the upload is forgotten (ErrType). KindCollision: the upload stands
// elsewhere, is complete, or a newer request has taken it over.
func (s *Service) Receive(ctx context.Context, c Caller, id string, p Piece) (Upload, error) {
	if _, _, err := s.own(ctx, c, id); err != nil {
		return Upload{}, err
	}
	ctx, release, err := s.takeOver(ctx, id, p.Interrupt)
	if err != nil {
		return Upload{}, err
	}
	defer release()
	f, b, err := s.own(ctx, c, id)
	switch {
	case err != nil:
		return Upload{}, err
	case f.State != chat.FileUnfinished && p.Offset == f.Size && p.Length == 0:
		return standing(f, f.Size), nil // its answer was lost
	case f.State != chat.FileUnfinished:
		return Upload{}, chat.E(chat.KindCollision, "the file is complete already")
	}
	if err := s.begins(ctx, &f, &p); err != nil {
		return Upload{}, err
	}
	if p.Sum != nil {
		checked, err := s.check(ctx, &f, &p)
		if err != nil {
			return Upload{}, err
		}
		defer checked.Close() //nolint:errcheck // it is gone already
		p.Body, p.Length = checked, 0
	}
	offset, err := s.takeIn(ctx, c, &f, &p)
	if err != nil || offset < f.Size {
		return standing(f, offset), err
	}
	if err := s.settle(ctx, f.ID); err != nil {
		return Upload{}, err
	}
	return s.complete(ctx, b, f)
}

// begins checks that a piece is the next one, and puts the upload's end off.
func (s *Service) begins(ctx context.Context, f *chat.File, p *Piece) error {
	offset, err := synced(s.spooled(f))
	switch {
	case err != nil:
		return err
	case offset != p.Offset:
		return chat.E(chat.KindCollision, fmt.Sprintf("the upload stands at %d, not %d: go on there", offset, p.Offset))
	case p.Length > f.Size-offset:
		return errTooLong
	}
	if err := s.fits(f.Size); err != nil {
		return err
	}
	f.At = s.now()
	return s.store.UpdateFile(ctx, *f, chat.FileUnfinished, nil)
}

var errTooLong = chat.E(chat.KindTooLarge, "there are more bytes than the length of the upload that was announced")

// takeIn writes a piece into the spool, a chunk at a time, each of which is on disk
// before the next, and returns where the upload stands then.
func (s *Service) takeIn(ctx context.Context, c Caller, f *chat.File, p *Piece) (int64, error) {
	path, offset := s.spooled(f), p.Offset
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return offset, chat.Wrap(chat.KindDatabase, "writing an upload", err)
	}
	defer file.Close()
	for offset < f.Size {
		b, err := s.admitCaller(ctx, c, f.Room, true)
		if err != nil {
			return offset, err
		}
		want := min(int64(s.cfg.ChunkKB)<<10, f.Size-offset)
		n, err := writeFrom(ctx, file, offset, io.LimitReader(p.Body, want))
		before := offset
		offset += n
		if err == nil && before < sniffed && offset >= sniffed {
			err = s.checkType(ctx, b, f, path)
		}
		if err != nil {
			return offset, err
		}
		if n < want {
			return offset, nil
		}
	}
	if p.Length < 0 {
		if n, _ := io.ReadFull(p.Body, make([]byte, 1)); n > 0 {
			if err := file.Truncate(p.Offset); err != nil {
				return offset, chat.Wrap(chat.KindDatabase, "writing an upload", err)
			}
			return p.Offset, errTooLong
		}
	}
	return offset, nil
}

// source remembers the error of a reader, to tell it from that of the writer.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// writeFrom writes what r yields at an offset, syncs it, and says how much it was,
// also if r fails.
func writeFrom(ctx context.Context, file *os.File, offset int64, r io.Reader) (int64, error) {
	src := &source{r: r}
	n, err := io.Copy(io.NewOffsetWriter(file, offset), src)
	if src.err != nil {
		err = nil
	}
	if err == nil {
		err = syncChunk(file, offset)
	}
	if err != nil {
		return 0, errors.Join(chat.Wrap(chat.KindDatabase, "writing an upload", err), file.Truncate(offset))
	}
	return n, src.failed(ctx)
}

// failed says in which way the bytes of a piece ended too early.
func (s *source) failed(ctx context.Context) error {
	switch {
	case s.err == nil:
		return nil
	case ctx.Err() != nil:
		return errTakenOver
	}
	return chat.E(chat.KindInvalid, "the bytes ended before the request did: ask where the upload stands, and go on there")
}

// check takes in all of a piece that has a checksum, in a file without a name that
// the caller closes, and compares.
func (s *Service) check(ctx context.Context, f *chat.File, p *Piece) (*os.File, error) {
	file, err := os.CreateTemp(s.cfg.Spool, "checked-*")
	if err != nil {
		return nil, chat.Wrap(chat.KindDatabase, "writing an upload", err)
	}
	_ = os.Remove(file.Name()) // what stays is swept away
	src := &source{r: io.LimitReader(p.Body, f.Size-p.Offset+1)}
	n, err := io.Copy(io.MultiWriter(file, p.Sum), src)
	switch {
	case src.err != nil:
		err = src.failed(ctx)
	case err != nil:
		err = chat.Wrap(chat.KindDatabase, "writing an upload", err)
	case n > f.Size-p.Offset:
		err = errTooLong
	case !bytes.Equal(p.Sum.Sum(nil), p.Want):
		err = errors.Join(chat.E(chat.KindInvalid, "the bytes have another checksum than the request says: send them again"), ErrChecksum)
	default:
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		file.Close() //nolint:errcheck,gosec // it is gone already
		return nil, err
	}
	return file, nil
}

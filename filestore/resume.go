package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"perch/chat"
)

// An upload that can be resumed is an unfinished file without a token: its
// uploader signed in himself. Its Size is what he announced, its bytes lie in the
// spool, and it stands where they end. It belongs to who began it: to others it is
// not there. Of its requests the newest goes on, and those before end at once.

// Upload is an upload that can be resumed, as it stands.
type Upload struct {
	chat.File
	Offset  int64     // so many bytes are on disk
	Expires chat.Time // when it is forgotten if nobody goes on with it; zero: it is complete
}

// Create begins an upload of size bytes, which is complete at once if there are
// none. A name that cannot be is mended.
func (s *Service) Create(ctx context.Context, c Caller, room chat.RoomID, name string, size int64) (Upload, error) {
	b, err := s.admitCaller(ctx, c, room, true)
	if err != nil {
		return Upload{}, err
	}
	if size < 0 {
		return Upload{}, chat.E(chat.KindInvalid, "the length of the file is not a number of bytes")
	}
	if err := s.fits(size); err != nil {
		return Upload{}, err
	}
	name = CleanName(name)
	ext, err := cleanExtension(path.Ext(name))
	if err != nil {
		ext = ""
	}
	f := chat.File{
		ID: uuid.NewString() + ext, Room: room, Uploader: c.User, Name: name, Size: size, State: chat.FileUnfinished, At: s.now(),
	}
	err = s.store.CreateFile(ctx, f, maxUnfinished)
	if chat.KindOf(err) == chat.KindLimit {
		err = chat.E(chat.KindLimit, fmt.Sprintf("%d uploads of yours are unfinished: finish or end one first", maxUnfinished))
	}
	if err != nil {
		return Upload{}, err
	}
	if size > 0 {
		return standing(f, 0), nil
	}
	defer s.hold(f.ID)()
	if err := writeChunk(s.spooled(&f), nil, 0); err != nil {
		return Upload{}, err
	}
	return s.complete(ctx, b, f)
}

// fits refuses a file that is larger than is taken now.
func (s *Service) fits(size int64) error {
	most := int64(s.cfg.MaxFileKB()) << 10
	if size <= most {
		return nil
	}
	return chat.E(chat.KindTooLarge, fmt.Sprintf("the file has %d KB, at most %d are allowed", (size+1023)>>10, most>>10))
}

// CleanName makes a name of what a client calls a file: without folders, control
// characters and what turns the direction of writing, and not too long.
func CleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if runes := []rune(name); len(runes) > maxName {
		ext := []rune(path.Ext(name))
		if len(ext) > maxName/2 {
			ext = nil
		}
		name = string(runes[:maxName-len(ext)]) + string(ext)
	}
	name, err := fileName(name)
	if err != nil {
		return "file"
	}
	return name
}

// spooled is where the bytes of an unfinished upload lie.
func (s *Service) spooled(f *chat.File) string { return filepath.Join(s.cfg.Spool, f.ID) }

func standing(f chat.File, offset int64) Upload {
	u := Upload{File: f, Offset: offset}
	if f.State == chat.FileUnfinished {
		u.Expires = chat.At(f.At.Std().Add(unfinishedFor))
	}
	return u
}

// own finds an upload of the caller's that can be resumed, and asks whether he
// still has the right.
func (s *Service) own(ctx context.Context, c Caller, id string) (chat.File, *bearer, error) {
	f, err := s.store.FindFile(ctx, strings.ToLower(id))
	switch {
	case err != nil && chat.KindOf(err) != chat.KindNoSuchObject:
		return f, nil, err
	case err != nil || f.Uploader != c.User || f.Token != "":
		return f, nil, chat.E(chat.KindNoSuchObject, "there is no such upload: it was never begun, or nobody went on with it in time. Begin anew")
	}
	b, err := s.admitCaller(ctx, c, f.Room, true)
	switch chat.KindOf(err) {
	case chat.KindNoSuchRoom, chat.KindNotInScope:
		return f, nil, chat.E(chat.KindForbidden, endedRight)
	case chat.KindForbidden:
		return f, nil, chat.E(chat.KindForbidden, endedRight+" ("+chat.TextOf(err)+")")
	}
	return f, b, err
}

// endedRight is told to who could begin an upload, and may not go on with it.
const endedRight = "you may not upload to this room any more: ask one of its managers"

// Stands tells where an upload stands, once what came of it is on disk. One of
// which all bytes are there, and whose end was lost, is completed.
func (s *Service) Stands(ctx context.Context, c Caller, id string) (Upload, error) {
	if _, _, err := s.own(ctx, c, id); err != nil {
		return Upload{}, err
	}
	ctx, release, err := s.takeOver(ctx, id, nil)
	if err != nil {
		return Upload{}, err
	}
	defer release()
	f, b, err := s.own(ctx, c, id)
	switch {
	case err != nil:
		return Upload{}, err
	case f.State != chat.FileUnfinished:
		return standing(f, f.Size), nil
	}
	offset, err := synced(s.spooled(&f))
	if err != nil {
		return Upload{}, err
	}
	if offset == f.Size {
		return s.complete(ctx, b, f)
	}
	return standing(f, offset), nil
}

// synced is how long a file is once it is on disk.
func synced(path string) (int64, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, chat.Wrap(chat.KindDatabase, "reading an upload", err)
	}
	defer file.Close() //nolint:errcheck // it was read
	info, err := file.Stat()
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		return 0, chat.Wrap(chat.KindDatabase, "reading an upload", err)
	}
	return info.Size(), nil
}

// complete makes a file known whose bytes are all in the spool, unless the category
// does not take its type. The upload's lock is held, and nobody interrupts.
func (s *Service) complete(ctx context.Context, b *bearer, f chat.File) (Upload, error) {
	path := s.spooled(&f)
	if err := s.checkType(ctx, b, &f, path); err != nil {
		return Upload{}, err
	}
	if err := s.finish(ctx, b, f, path); err != nil {
		return Upload{}, err
	}
	f, err := s.store.FindFile(ctx, f.ID)
	return standing(f, f.Size), err
}

// Abandon ends an upload: what came of it is forgotten. A file that is complete
// and that no message links to is deleted, which is on record.
func (s *Service) Abandon(ctx context.Context, c Caller, id string) error {
	if _, _, err := s.own(ctx, c, id); err != nil {
		return err
	}
	ctx, release, err := s.takeOver(ctx, id, nil)
	if err != nil {
		return err
	}
	defer release()
	f, b, err := s.own(ctx, c, id)
	switch {
	case err != nil:
		return err
	case f.State == chat.FileUnfinished:
		return s.forget(ctx, &f)
	case f.Posted != 0:
		return chat.E(chat.KindCollision, "a message links to the file already")
	}
	e := s.entry(chat.EntryFile, b, &f)
	e.Cause = "removed by its uploader"
	return s.store.DeleteFile(ctx, f.ID, []chat.Entry{e})
}

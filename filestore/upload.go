package filestore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gabriel-vasile/mimetype"
	"github.com/google/uuid"

	"perch/chat"
	"perch/chat/access"
)

// Begin begins an upload and returns the file's id: a new GUID with the given
// extension, which may have its dot or be a whole name.
func (s *Service) Begin(ctx context.Context, token, roomGUID, extension string) (string, error) {
	b, err := s.admit(ctx, token, roomGUID, true)
	if err != nil {
		return "", err
	}
	ext, err := cleanExtension(extension)
	if err != nil {
		return "", err
	}
	f := chat.File{
		ID: uuid.NewString() + ext, Room: b.room.ID, Uploader: b.user.ID, Token: b.token.Token, Name: b.token.Name,
		State: chat.FileUnfinished, At: s.now(),
	}
	return f.ID, s.store.CreateFile(ctx, f, maxUnfinished)
}

// cleanExtension is an extension in lower case with its dot, or nothing.
func cleanExtension(ext string) (string, error) {
	ext = strings.ToLower(strings.TrimSpace(ext))
	if at := strings.LastIndexByte(ext, '.'); at >= 0 {
		ext = ext[at+1:]
	}
	const longest = 32
	bad := strings.ContainsFunc(ext, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' })
	switch {
	case bad || len(ext) > longest:
		return "", chat.E(chat.KindInvalid, fmt.Sprintf("%q is not an extension: it has letters and digits, %d at most", ext, longest))
	case ext == "":
		return "", nil
	}
	return "." + ext, nil
}

// Chunk is a part of a file that is being uploaded.
type Chunk struct {
	Token, RoomGUID, File string
	Data                  []byte
	Offset                int64
	Length                int64 // of the whole file
}

// Append takes the next chunk in. A chunk that comes again replaces what was
// there from its offset on. With the last one the file becomes known: when Append
// returns nil, its bytes and its journal entry are on disk.
func (s *Service) Append(ctx context.Context, c Chunk) error {
	b, err := s.admit(ctx, c.Token, c.RoomGUID, true)
	if err != nil {
		return err
	}
	id := strings.ToLower(strings.TrimSpace(c.File))
	defer s.hold(id)()
	f, err := s.store.FindFile(ctx, id)
	if err != nil {
		return err
	}
	end := c.Offset + int64(len(c.Data))
	most := int64(s.cfg.MaxFileKB()) << 10
	switch {
	case f.Token != b.token.Token:
		return errNoFile
	case f.State != chat.FileUnfinished && end == f.Size && c.Length == f.Size:
		return nil // its answer was lost
	case f.State != chat.FileUnfinished:
		return chat.E(chat.KindCollision, "the file is complete already")
	case c.Offset < 0 || c.Length < 0 || end < c.Offset || end > c.Length:
		return chat.E(chat.KindInvalid, fmt.Sprintf("%d bytes from %d are no part of a file of %d bytes", len(c.Data), c.Offset, c.Length))
	case c.Length > most:
		return chat.E(chat.KindTooLarge, fmt.Sprintf("the file has %d KB, at most %d are allowed", (c.Length+1023)>>10, most>>10))
	case len(c.Data) == 0 && c.Length > 0:
		return chat.E(chat.KindInvalid, "the chunk is empty")
	case len(c.Data) > s.cfg.ChunkKB<<10:
		return chat.E(chat.KindTooLarge, fmt.Sprintf("a request carries %d KB at most", s.cfg.ChunkKB))
	}
	path := filepath.Join(s.cfg.Spool, f.ID)
	if err := writeChunk(path, c.Data, c.Offset); err != nil {
		return err
	}
	if c.Offset < sniffed && end >= sniffed || end == c.Length {
		if err := s.checkType(ctx, b, &f, path); err != nil {
			return err
		}
	}
	if end < c.Length {
		return nil
	}
	f.Size = c.Length
	return s.finish(ctx, b, f, path)
}

// writeChunk writes a chunk into the spool and drops what lay behind it. It is on
// disk when writeChunk returns: what a power cut took of it would not be missed.
func writeChunk(path string, data []byte, offset int64) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return chat.Wrap(chat.KindDatabase, "writing an upload", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return chat.Wrap(chat.KindDatabase, "writing an upload", err)
	}
	if offset > info.Size() {
		return chat.E(chat.KindInvalid, fmt.Sprintf("%d bytes are there: the next chunk begins at most there", info.Size()))
	}
	_, err = file.WriteAt(data, offset)
	if err == nil {
		err = file.Truncate(offset + int64(len(data)))
	}
	if err == nil {
		err = syncChunk(file, offset)
	}
	if err != nil {
		return chat.Wrap(chat.KindDatabase, "writing an upload", err)
	}
	return nil
}

// syncChunk puts a chunk on disk, and with the first one the file's name.
func syncChunk(file *os.File, offset int64) error {
	if err := file.Sync(); err != nil || offset > 0 {
		return err
	}
	folder, err := os.Open(filepath.Dir(file.Name()))
	if err != nil {
		return err
	}
	defer folder.Close() //nolint:errcheck // it was read
	return folder.Sync()
}

// sniffed is how much of a file is looked at to find its type.
const sniffed = 3072

// ErrType is in the refusal of a file whose type the category does not take.
var ErrType = errors.New("refused for its type")

// checkType looks at a file's content. One that the category does not take is
// forgotten at once.
func (s *Service) checkType(ctx context.Context, b *bearer, f *chat.File, path string) error {
	found, err := mimetype.DetectFile(path)
	if err != nil {
		return chat.Wrap(chat.KindDatabase, "reading an upload", err)
	}
	f.Type, _, _ = strings.Cut(found.String(), ";")
	refused := access.FileType(b.category, f.Type)
	if refused == nil {
		return nil
	}
	return errors.Join(refused, ErrType, s.forget(ctx, f))
}

// forget drops an unfinished file, whose lock is held.
func (s *Service) forget(ctx context.Context, f *chat.File) error {
	if err := os.Remove(filepath.Join(s.cfg.Spool, f.ID)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return chat.Wrap(chat.KindDatabase, "removing an upload", err)
	}
	return s.store.DeleteFile(ctx, f.ID, nil)
}

// finish makes a file known whose bytes are all there: first its hash, so that
// its blob is nobody's to delete; then the blob; then, with the journal's entry,
// the file.
func (s *Service) finish(ctx context.Context, b *bearer, f chat.File, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return chat.Wrap(chat.KindDatabase, "reading an upload", err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return chat.Wrap(chat.KindDatabase, "reading an upload", err)
	}
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if err := s.announce(ctx, f); err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return chat.Wrap(chat.KindDatabase, "reading an upload", err)
	}
	if err := s.blobs.Put(ctx, f.SHA256, f.Size, file); err != nil {
		return err
	}
	f.State, f.At = chat.FileClean, s.now()
	if s.cfg.Scanner != nil {
		f.State, f.Reason = chat.FileWaiting, "it waits to be scanned"
	}
	if err := s.store.UpdateFile(ctx, f, chat.FileUnfinished, []chat.Entry{s.entry(chat.EntryUpload, b, &f)}); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		s.logError("an upload that is complete stays in the spool", err)
	}
	s.tell(ctx, f)
	s.nudge()
	return nil
}

// announce tells the store a file's hash. If a blob of that hash is just being
// deleted, it waits for that.
func (s *Service) announce(ctx context.Context, f chat.File) error {
	const tries, pause = 50, 100 * time.Millisecond
	for range tries {
		err := s.store.UpdateFile(ctx, f, chat.FileUnfinished, nil)
		if chat.KindOf(err) != chat.KindBusy {
			return err
		}
		s.dropLeftovers(ctx)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return chat.E(chat.KindBusy, "the same file is just being deleted, try again")
}

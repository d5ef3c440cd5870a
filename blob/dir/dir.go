// Package dir keeps blobs in a folder: one file a blob, named by its hash, in
// 256 subfolders by the hash's first byte.
//
// It promises that a file of that name is whole: it is written beside, synced,
// and put in place by a rename that is synced too, before Put returns. What a
// crash leaves half written has another name and is removed a day later.
//
// It knows nothing of rooms and people.
package dir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"perch/chat"
	"perch/filestore"
)

// Blobs is a filestore.Blobs on a folder.
type Blobs struct{ folder string }

// incoming holds what is being written.
const incoming = "incoming"

// abandoned is the age at which a file in incoming is nobody's any more.
const abandoned = 24 * time.Hour

// Open makes the folder if need be, and removes what a crash left in it.
func Open(folder string, now time.Time) (*Blobs, error) {
	b := &Blobs{folder}
	in := filepath.Join(folder, incoming)
	if err := os.MkdirAll(in, 0o700); err != nil {
		return nil, fmt.Errorf("the folder of files cannot be made: %w", err)
	}
	left, err := os.ReadDir(in)
	if err != nil {
		return nil, fmt.Errorf("the folder of files cannot be read: %w", err)
	}
	for _, f := range left {
		info, err := f.Info()
		if err == nil && now.Sub(info.ModTime()) > abandoned {
			err = os.Remove(filepath.Join(in, f.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("what was left half written cannot be removed: %w", err)
		}
	}
	return b, nil
}

func (b *Blobs) path(hash string) string { return filepath.Join(b.folder, hash[:2], hash) }

// Put keeps a blob (filestore.Blobs).
func (b *Blobs) Put(ctx context.Context, hash string, size int64, r io.Reader) error {
	if err := begin(ctx, hash); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Join(b.folder, incoming), hash[:8]+"-")
	if err != nil {
		return failed("writing a file", err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // after the rename it is not there
	defer f.Close()
	if _, err := io.Copy(f, filestore.NewVerifier(ctx, r, hash, size)); err != nil {
		return failed("writing a file", err)
	}
	if err := f.Sync(); err != nil {
		return failed("writing a file", err)
	}
	return b.place(f.Name(), hash)
}

// place gives a whole file its name, and syncs the names.
func (b *Blobs) place(temporary, hash string) error {
	folder := filepath.Dir(b.path(hash))
	made := os.Mkdir(folder, 0o700)
	if made != nil && !errors.Is(made, fs.ErrExist) {
		return failed("making a folder of files", made)
	}
	if err := os.Rename(temporary, b.path(hash)); err != nil {
		return failed("putting a file in place", err)
	}
	if err := sync(folder); err != nil {
		return failed("putting a file in place", err)
	}
	// Whoever found the folder may have been quicker than its maker's sync.
	return failed("making a folder of files", sync(b.folder))
}

func sync(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Open reads a part of a blob (filestore.Blobs).
func (b *Blobs) Open(ctx context.Context, hash string, offset, n int64) (io.ReadCloser, error) {
	if err := begin(ctx, hash); err != nil {
		return nil, err
	}
	if offset < 0 || n < 0 {
		return nil, chat.E(chat.KindInvalid, "a part of a file has an offset and a length, both from 0")
	}
	f, err := os.Open(b.path(hash))
	if err != nil {
		return nil, unfound("reading a file", err)
	}
	return &part{io.NewSectionReader(f, offset, n), f}, nil
}

// part is a range of an open file.
type part struct {
	*io.SectionReader
	f *os.File
}

// Read reads, and says of a failing disk that it is one.
func (p *part) Read(b []byte) (int, error) {
	n, err := p.SectionReader.Read(b)
	if err != nil && err != io.EOF { //nolint:errorlint // readers return it bare
		err = failed("reading a file", err)
	}
	return n, err
}

func (p *part) Close() error { return p.f.Close() }

// Size is how many bytes a blob has (filestore.Blobs).
func (b *Blobs) Size(ctx context.Context, hash string) (int64, error) {
	if err := begin(ctx, hash); err != nil {
		return 0, err
	}
	info, err := os.Stat(b.path(hash))
	if err != nil {
		return 0, unfound("looking a file up", err)
	}
	return info.Size(), nil
}

// Delete deletes a blob (filestore.Blobs).
func (b *Blobs) Delete(ctx context.Context, hash string) error {
	if err := begin(ctx, hash); err != nil {
		return err
	}
	if err := os.Remove(b.path(hash)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return failed("deleting a file", err)
	}
	return nil
}

// Check says whether the folder can be written (filestore.Blobs).
func (b *Blobs) Check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Join(b.folder, incoming), "check-")
	if err != nil {
		return failed("writing to the folder of files", err)
	}
	f.Close()
	return failed("writing to the folder of files", os.Remove(f.Name()))
}

// begin checks what every call is given.
func begin(ctx context.Context, hash string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return filestore.CheckHash(hash)
}

// unfound is failed for a blob that may not be there.
func unfound(op string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return chat.E(chat.KindNoSuchObject, "there is no such file")
	}
	return failed(op, err)
}

// failed gives an error of the file system its kind; those that have one keep it.
func failed(op string, err error) error {
	known, has := errors.AsType[*chat.Error](err)
	switch {
	case err == nil:
		return nil
	case has:
		return known
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, syscall.ENOSPC):
		return chat.Wrap(chat.KindDatabase, op+": the disk is full", err)
	}
	return chat.Wrap(chat.KindDatabase, op, err)
}

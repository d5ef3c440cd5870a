package filestore

import (
	"context"
	"io"
)

// Blobs keeps the bytes of files under their SHA-256, in lower-case
// hexadecimal. Implementations are safe for concurrent use, and pass
// blobtest.TestBlobs.
//
// Errors carry a kind: KindInvalid for a hash that is none, KindNoSuchObject for
// a blob that is not there, KindDatabase when what keeps them fails (disk full,
// network, refused). A cancelled context makes a call return early with the
// context's error.
type Blobs interface {
	// Put keeps the size bytes that r yields. When it returns nil they are on
	// disk; otherwise nobody finds anything of them. Bytes that are not those of
	// hash and size are KindInvalid. A blob that is there already is written
	// anew, which mends a damaged one, and readers see the one or the other.
	Put(ctx context.Context, hash string, size int64, r io.Reader) error
	// Open reads up to n bytes from an offset; beyond the end there are none. The
	// reader is the caller's to close.
	Open(ctx context.Context, hash string, offset, n int64) (io.ReadCloser, error)
	// Size is how many bytes a blob has.
	Size(ctx context.Context, hash string) (int64, error)
	// Delete deletes a blob; one that is not there is no error. A reader that is
	// open may fail.
	Delete(ctx context.Context, hash string) error
	// Check says whether blobs can be kept now, without keeping any.
	Check(ctx context.Context) error
}

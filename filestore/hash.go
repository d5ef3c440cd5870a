package filestore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"perch/chat"
)

// CheckHash refuses what is not a SHA-256 in lower-case hexadecimal.
func CheckHash(name string) error {
	raw, err := hex.DecodeString(name)
	if err != nil || len(raw) != sha256.Size || hex.EncodeToString(raw) != name {
		return chat.E(chat.KindInvalid, fmt.Sprintf("%q is not a SHA-256 in lower-case hexadecimal", name))
	}
	return nil
}

// Verifier passes the bytes of a blob on and says at their end whether they were
// the right ones: instead of io.EOF it returns the refusal.
type Verifier struct {
	ctx  context.Context //nolint:containedctx // of the one call that reads
	r    io.Reader
	want string
	left int64
	sum  hash.Hash
}

// NewVerifier reads size bytes of the given hash from r, until ctx is done.
func NewVerifier(ctx context.Context, r io.Reader, want string, size int64) *Verifier {
	return &Verifier{ctx: ctx, r: r, want: want, left: size, sum: sha256.New()}
}

func (v *Verifier) Read(p []byte) (int, error) {
	if err := v.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := v.r.Read(p)
	v.left -= int64(n)
	v.sum.Write(p[:n]) // never fails
	if v.left < 0 {
		return 0, chat.E(chat.KindInvalid, "there are more bytes than were announced")
	}
	if err == io.EOF { //nolint:errorlint // readers return it bare
		switch {
		case v.left > 0:
			return n, chat.E(chat.KindInvalid, fmt.Sprintf("%d bytes are missing at the end", v.left))
		case hex.EncodeToString(v.sum.Sum(nil)) != v.want:
			return n, chat.E(chat.KindInvalid, "the bytes are not those of the hash")
		}
	}
	return n, err
}

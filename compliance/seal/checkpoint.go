package seal

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is what a log says of itself under its signature (C2SP
// tlog-checkpoint): that so many leaves have that root.
type Checkpoint struct {
	Origin string // the log's name
	Size   int64
	Root   tlog.Hash
}

func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// ErrKey says that a public key is none.
var ErrKey = errors.New("the public key cannot be read")

// ErrSignature says that a checkpoint is not signed by the log's key.
var ErrSignature = errors.New("the checkpoint is not signed by the log's key")

// ReadCheckpoint reads a signed checkpoint and checks its signature with the
// log's public key.
func ReadCheckpoint(signed []byte, publicKey string) (Checkpoint, error) {
	v, err := note.NewVerifier(strings.TrimSpace(publicKey))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return readCheckpoint(signed, v)
}

func readCheckpoint(signed []byte, v note.Verifier) (Checkpoint, error) {
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != v.Name() {
		return Checkpoint{}, errors.New("the checkpoint is not three lines: the log's name, its size, its root")
	}
	c := Checkpoint{Origin: lines[0]}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 || strconv.FormatInt(c.Size, 10) != lines[1] {
		return Checkpoint{}, errors.New("the checkpoint's size is not a number")
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, errors.New("the checkpoint's root is not a hash")
	}
	copy(c.Root[:], root)
	return c, nil
}

// GenerateKeys makes the key pair of a log of that name.
func GenerateKeys(random io.Reader, name string) (private, public string, err error) {
	return note.GenerateKey(random, name)
}

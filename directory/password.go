package directory

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"perch/chat"
)

// hasher makes and checks argon2id hashes in PHC form, as many at once as there
// are processors: each takes 19 MiB, and who asks for many must not take the
// machine. Those who sign in wait in a queue that is bounded.
type hasher struct {
	rand    io.Reader
	slots   chan struct{}
	waiting chan struct{} // those who check, and those who are being checked
	dummy   string        // checked for users who do not exist, so that they take as long
}

// waitingFor is how many may wait for one processor: a second's work.
const waitingFor = 32

// Cost of a hash: the second choice of OWASP's list.
const (
	argonTime    = 2
	argonMemory  = 19 * 1024 // KiB
	argonThreads = 1
	argonLength  = 32
)

func newHasher(rand io.Reader) hasher {
	const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	n := runtime.GOMAXPROCS(0)
	return hasher{rand: rand, slots: make(chan struct{}, n), waiting: make(chan struct{}, n*(1+waitingFor)), dummy: nobody}
}

func (h *hasher) hash(password string) (string, error) {
	salt := make([]byte, 16)
	if _, err := io.ReadFull(h.rand, salt); err != nil {
		return "", fmt.Errorf("randomness for a password: %w", err)
	}
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonLength)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", argonMemory, argonTime, argonThreads, b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// check says whether the password gives the hash; an empty hash, of a user
// without password, never. KindBusy: too many wait already.
func (h *hasher) check(ctx context.Context, password, hash string) (bool, error) {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return false, &chat.Error{Kind: chat.KindBusy, Text: "too many people are signing in just now: try again in a few seconds", Wait: 2 * time.Second}
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	return h.matches(password, hash), nil
}

func (h *hasher) matches(password, hash string) bool {
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	parts := strings.Split(hash, "$")
	var m, t uint32
	var p uint8
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &m, &t, &p); err != nil {
		return false
	}
	b64 := base64.RawStdEncoding
	salt, err := b64.DecodeString(parts[4])
	want, err2 := b64.DecodeString(parts[5])
	if err != nil || err2 != nil || len(want) == 0 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, t, m, p, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && known
}

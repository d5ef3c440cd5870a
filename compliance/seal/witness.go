package seal

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// cosignatureAlgorithm is that of timestamped Ed25519 cosignatures (C2SP
// tlog-cosignature).
const cosignatureAlgorithm = 4

// cosigner is a witness's key: it signs with the time.
type cosigner struct {
	name    string
	hash    uint32
	private ed25519.PrivateKey // nil: only to verify
	public  ed25519.PublicKey
	now     func() time.Time
}

func newCosigner(name string, public ed25519.PublicKey) cosigner {
	sum := sha256.Sum256(append([]byte(name+"\n"), append([]byte{cosignatureAlgorithm}, public...)...))
	return cosigner{name: name, hash: binary.BigEndian.Uint32(sum[:]), public: public}
}

// Name and KeyHash are of note.Signer and note.Verifier.
func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }

func cosigned(at int64, msg []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at), msg...)
}

// Sign signs a checkpoint's text, and that it was seen now.
func (c cosigner) Sign(msg []byte) ([]byte, error) {
	at := c.now().Unix()
	sig := binary.BigEndian.AppendUint64(nil, uint64(at))
	return append(sig, ed25519.Sign(c.private, cosigned(at, msg))...), nil
}

// Verify checks a cosignature.
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	return ed25519.Verify(c.public, cosigned(int64(binary.BigEndian.Uint64(sig)), msg), sig[8:])
}

// text is the witness's public key in one line, as others take it.
func (c cosigner) text() string {
	return fmt.Sprintf("%s+%08x+%s", c.name, c.hash, base64.StdEncoding.EncodeToString(append([]byte{cosignatureAlgorithm}, c.public...)))
}

// parseWitness reads a witness's public key.
func parseWitness(text string) (cosigner, error) {
	parts := strings.SplitN(strings.TrimSpace(text), "+", 3)
	if len(parts) != 3 {
		return cosigner{}, errors.New("a witness's key is name+hash+key")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != cosignatureAlgorithm {
		return cosigner{}, errors.New("the witness's key is none for cosignatures")
	}
	c := newCosigner(parts[0], key[1:])
	if fmt.Sprintf("%08x", c.hash) != parts[1] {
		return cosigner{}, errors.New("the witness's key does not belong to its name")
	}
	return c, nil
}

// CheckWitnesses says whether a signed checkpoint has the cosignatures of at
// least so many of the witnesses.
func CheckWitnesses(signed []byte, publicKey string, witnesses []string, quorum int) error {
	_, err := witnessTime(signed, publicKey, witnesses, quorum)
	return err
}

// witnessTime does it, and returns the earliest time of the cosignatures.
func witnessTime(signed []byte, publicKey string, witnesses []string, quorum int) (seen time.Time, err error) {
	log, err := note.NewVerifier(strings.TrimSpace(publicKey))
	if err != nil {
		return seen, fmt.Errorf("%w: %w", ErrKey, err)
	}
	known := []note.Verifier{log}
	for _, w := range witnesses {
		c, err := parseWitness(w)
		if err != nil {
			return seen, err
		}
		known = append(known, c)
	}
	n, err := note.Open(signed, note.VerifierList(known...))
	if err != nil {
		return seen, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if got := len(n.Sigs) - 1; got < quorum {
		return seen, fmt.Errorf("the checkpoint is cosigned by %d of the witnesses, and %d are needed", got, quorum)
	}
	for _, s := range n.Sigs {
		b, err := base64.StdEncoding.DecodeString(s.Base64)
		if s.Name == log.Name() && s.Hash == log.KeyHash() || err != nil || len(b) < 12 {
			continue // four bytes of the key's hash come before the eight of the time
		}
		if at := time.Unix(int64(binary.BigEndian.Uint64(b[4:])), 0); seen.IsZero() || at.Before(seen) {
			seen = at
		}
	}
	return seen, nil
}

// Witness watches logs for whoever does not trust their operators: it cosigns a
// checkpoint only if it continues the last one that it saw of that log. It is
// safe for concurrent use; its folder has one witness.
type Witness struct {
	dir    string
	signer cosigner
	logs   map[string]string // public keys by name

	mu sync.Mutex // held while a checkpoint is looked at and noted
}

// OpenWitness opens the witness of a folder, making its key if there is none.
// logs are the public keys of those it watches.
func OpenWitness(dir, name string, logs []string, random io.Reader, now func() time.Time) (*Witness, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	w := &Witness{dir: dir, logs: map[string]string{}}
	for _, text := range logs {
		v, err := note.NewVerifier(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("a log's public key cannot be read: %w", err)
		}
		w.logs[v.Name()] = strings.TrimSpace(text)
	}
	seedFile := filepath.Join(dir, "witness.key")
	seed, err := os.ReadFile(seedFile)
	if errors.Is(err, fs.ErrNotExist) {
		seed = make([]byte, ed25519.SeedSize)
		if _, err := io.ReadFull(random, seed); err != nil {
			return nil, err
		}
		err = WriteFile(seedFile, seed)
	}
	if err != nil {
		return nil, err
	}
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%s is no witness's key", seedFile)
	}
	private := ed25519.NewKeyFromSeed(seed)
	public, _ := private.Public().(ed25519.PublicKey) // it always is
	w.signer = newCosigner(name, public)
	w.signer.private, w.signer.now = private, now
	return w, WriteFile(filepath.Join(dir, "witness.pub"), []byte(w.signer.text()+"\n"))
}

// Key is the witness's public key.
func (w *Witness) Key() string { return w.signer.text() }

// errConflict says that the witness has seen another size than the log thinks.
type errConflict struct{ size int64 }

func (e errConflict) Error() string { return fmt.Sprintf("the witness has seen %d leaves", e.size) }

// errInconsistent says that a checkpoint does not continue the one before.
var errInconsistent = errors.New("the checkpoint is no continuation of the one that was seen")

// seenFile is where the newest checkpoint of a log is kept, cosigned.
func (w *Witness) seenFile(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return filepath.Join(w.dir, fmt.Sprintf("%x.checkpoint", sum[:8]))
}

// Add looks at a checkpoint, with the proof that it continues the one of size
// old, notes it, and returns the cosignature line.
func (w *Witness) Add(old int64, proof tlog.TreeProof, signed []byte) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	origin, _, _ := strings.Cut(string(signed), "\n")
	key, ok := w.logs[origin]
	if !ok {
		return nil, fmt.Errorf("the log %q is not watched here: %w", origin, fs.ErrNotExist)
	}
	c, err := ReadCheckpoint(signed, key)
	if err != nil {
		return nil, err
	}
	seen := Checkpoint{}
	before, err := os.ReadFile(w.seenFile(origin))
	if err == nil {
		seen, err = ReadCheckpoint(before, key)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	if old != seen.Size {
		return nil, errConflict{seen.Size}
	}
	if seen.Size > c.Size {
		return nil, errInconsistent
	}
	if seen.Size > 0 {
		if err := tlog.CheckTree(proof, c.Size, c.Root, seen.Size, seen.Root); err != nil {
			return nil, errInconsistent
		}
	}
	n, err := note.Open(signed, note.VerifierList(mustVerifier(key)))
	if err != nil {
		return nil, err
	}
	both, err := note.Sign(&note.Note{Text: n.Text, Sigs: n.Sigs}, w.signer)
	if err != nil {
		return nil, err
	}
	if err := WriteFile(w.seenFile(origin), both); err != nil {
		return nil, err
	}
	lines := bytes.SplitAfter(both, []byte("\n"))
	return lines[len(lines)-2], nil
}

// mustVerifier reads a key that was read before.
func mustVerifier(key string) note.Verifier {
	v, err := note.NewVerifier(key)
	if err != nil {
		panic(err)
	}
	return v
}

// maxSubmission bounds what a witness reads.
const maxSubmission = 64 << 10

// ServeHTTP takes checkpoints as C2SP tlog-witness says: POST /add-checkpoint.
func (w *Witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/add-checkpoint" {
		http.NotFound(rw, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxSubmission))
	if err != nil {
		http.Error(rw, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	old, proof, signed, err := parseSubmission(body)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	line, err := w.Add(old, proof, signed)
	var conflict errConflict
	switch {
	case err == nil:
		_, _ = rw.Write(line)
	case errors.As(err, &conflict):
		rw.Header().Set("Content-Type", "text/x.tlog.size")
		rw.WriteHeader(http.StatusConflict)
		fmt.Fprintln(rw, conflict.size)
	case errors.Is(err, fs.ErrNotExist):
		http.Error(rw, err.Error(), http.StatusNotFound)
	case errors.Is(err, ErrSignature):
		http.Error(rw, err.Error(), http.StatusForbidden)
	case errors.Is(err, errInconsistent):
		http.Error(rw, err.Error(), http.StatusUnprocessableEntity)
	default:
		http.Error(rw, err.Error(), http.StatusInternalServerError)
	}
}

// parseSubmission reads "old N", the proof's hashes, an empty line, and the
// checkpoint.
func parseSubmission(body []byte) (old int64, proof tlog.TreeProof, signed []byte, err error) {
	head, signed, ok := bytes.Cut(body, []byte("\n\n"))
	lines := bufio.NewScanner(bytes.NewReader(head))
	if !ok || !lines.Scan() {
		return 0, nil, nil, errors.New("a submission is: old SIZE, the proof's hashes, an empty line, the checkpoint")
	}
	size, cut := strings.CutPrefix(lines.Text(), "old ")
	if old, err = strconv.ParseInt(size, 10, 64); !cut || err != nil || old < 0 {
		return 0, nil, nil, errors.New("a submission begins with: old SIZE")
	}
	for lines.Scan() {
		h, err := tlog.ParseHash(lines.Text())
		if err != nil {
			return 0, nil, nil, fmt.Errorf("the proof: %w", err)
		}
		proof = append(proof, h)
	}
	return old, proof, signed, lines.Err()
}

// Submit shows the newest checkpoint of the log in a folder to a witness, and
// returns its cosignature line. A witness that has seen what this log is no
// continuation of refuses.
//
// witness is the witness's public key; empty: whoever answers is taken for it, and
// only the form of the answer is checked.
func Submit(ctx context.Context, client *http.Client, url, witness, dir string, signed []byte, publicKey string) ([]byte, error) {
	c, err := ReadCheckpoint(signed, publicKey)
	if err != nil {
		return nil, err
	}
	old := int64(0)
	for range 2 { // the second time with the size that the witness knows
		line, known, err := submit(ctx, client, url, dir, c, old, signed)
		if err == nil && line != nil {
			err = checkLine(signed, line, publicKey, witness)
			if err != nil {
				err = fmt.Errorf("the witness %s: %w", url, err)
			}
		}
		if err != nil {
			return nil, err
		}
		if line != nil {
			return line, nil
		}
		if known > c.Size {
			return nil, fmt.Errorf("the witness %s has seen %d leaves, this archive has %d: it was cut off or put back", url, known, c.Size)
		}
		old = known
	}
	return nil, fmt.Errorf("the witness %s is shown checkpoints by somebody else, too", url)
}

// checkLine checks that an answer is one cosignature of the checkpoint.
func checkLine(signed, line []byte, publicKey, witness string) error {
	all := append(slices.Clone(signed), line...)
	if witness != "" {
		return CheckWitnesses(all, publicKey, []string{witness}, 1)
	}
	log, err := note.NewVerifier(strings.TrimSpace(publicKey))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrKey, err)
	}
	if n, err := note.Open(all, note.VerifierList(log)); err != nil || len(n.UnverifiedSigs) != 1 {
		return errors.New("its answer is no cosignature")
	}
	return nil
}

// submit returns the line, or the size that the witness knows.
func submit(ctx context.Context, client *http.Client, url, dir string, c Checkpoint, old int64, signed []byte) ([]byte, int64, error) {
	var body bytes.Buffer
	fmt.Fprintf(&body, "old %d\n", old)
	if old > 0 && old < c.Size {
		proof, err := tlog.ProveTree(c.Size, old, tileHashes{dir: dir, size: c.Size})
		if err != nil {
			return nil, 0, fmt.Errorf("proving to the witness %s: %w", url, err)
		}
		for _, h := range proof {
			fmt.Fprintln(&body, digest(h[:]))
		}
	}
	body.WriteByte('\n')
	body.Write(signed)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(url, "/")+"/add-checkpoint", &body)
	if err != nil {
		return nil, 0, err
	}
	a, err := client.Do(r)
	if err != nil {
		return nil, 0, fmt.Errorf("the witness %s: %w", url, err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(io.LimitReader(a.Body, maxSubmission))
	if err != nil {
		return nil, 0, fmt.Errorf("the witness %s: %w", url, err)
	}
	switch a.StatusCode {
	case http.StatusOK:
		if text == nil {
			text = []byte{}
		}
		return text, 0, nil
	case http.StatusConflict:
		known, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err != nil || known < 0 {
			return nil, 0, fmt.Errorf("the witness %s does not say what it has seen", url)
		}
		return nil, known, nil
	}
	return nil, 0, fmt.Errorf("the witness %s refuses: %s: %s", url, a.Status, strings.TrimSpace(string(text)))
}

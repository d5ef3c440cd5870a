// Checks the evidence that "perch archive prove" prints, with nothing of Perch and
// nothing but Go's standard library: a worked example of docs/archive-format.md,
// short enough to be read before it is believed.
//
//	go run ./docs/evidence EVIDENCE KEY
//
// EVIDENCE is the file, KEY the log's public key (signing.pub), got from
// elsewhere. Exit status: 0 the record is in the log and says what is printed,
// 1 it is not or does not, 3 it cannot be told.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errs io.Writer) int {
	if len(args) != 2 {
		fmt.Fprintln(errs, "usage: evidence EVIDENCE KEY")
		return 3
	}
	evidence, err := os.ReadFile(args[0])
	var key []byte
	if err == nil {
		key, err = os.ReadFile(args[1])
	}
	var e evidenceFile
	if err == nil {
		err = json.Unmarshal(evidence, &e)
	}
	if err != nil {
		fmt.Fprintln(errs, "it cannot be told:", err)
		return 3
	}
	text, err := check(&e, strings.TrimSpace(string(key)))
	if err != nil {
		fmt.Fprintln(errs, "not proved:", err)
		return 1
	}
	fmt.Fprint(out, text)
	return 0
}

// evidenceFile is the file. Leaf and Body are JSON as text, for their bytes count.
type evidenceFile struct{ Leaf, Body, Key, Proof string }

// check does the three steps of docs/archive-format.md, "Evidence".
func check(e *evidenceFile, publicKey string) (string, error) {
	// The proof: a header, the index, hashes, an empty line, the signed checkpoint.
	head, checkpoint, ok := strings.Cut(e.Proof, "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return "", errors.New("the proof is no tlog-proof")
	}
	index, err := strconv.ParseUint(strings.TrimPrefix(lines[1], "index "), 10, 62)
	if err != nil {
		return "", errors.New("the proof has no index")
	}
	name, size, root, err := openCheckpoint(checkpoint, publicKey) // step 2
	if err != nil {
		return "", err
	}
	if err := included(index, size, e.Leaf, lines[2:], root); err != nil { // step 1
		return "", err
	}
	var leaf struct {
		Index  uint64
		Commit string
	}
	if err := json.Unmarshal([]byte(e.Leaf), &leaf); err != nil || leaf.Index != index {
		return "", errors.New("the leaf is not the one of that index")
	}
	var said strings.Builder
	fmt.Fprintf(&said, "leaf %d of %d of the log %s\n%s\n", index, size, name, e.Leaf)
	if e.Body == "" {
		return said.String() + "its content was not part of the evidence\n", nil
	}
	key, err := base64.StdEncoding.DecodeString(e.Key) // step 3
	if err != nil {
		return "", errors.New("the record's key is not base64")
	}
	sum := sha256.Sum256([]byte("perch-body-v1\n" + string(key) + e.Body))
	if leaf.Commit != base64.StdEncoding.EncodeToString(sum[:]) {
		return "", errors.New("the content is not the one that was sealed")
	}
	return said.String() + e.Body + "\n", nil
}

// openCheckpoint reads name, size and root from a signed checkpoint: three lines,
// an empty one, and signatures "— NAME BASE64" of four bytes of the key's hash and
// 64 of Ed25519. The key is NAME+HASH+BASE64, of a byte 1 and 32 of the key.
func openCheckpoint(text, publicKey string) (name string, size uint64, root []byte, err error) {
	parts := strings.SplitN(publicKey, "+", 3)
	if len(parts) != 3 {
		return "", 0, nil, errors.New("the public key cannot be read")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 1 {
		return "", 0, nil, errors.New("the public key cannot be read")
	}
	id := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if hex.EncodeToString(id[:4]) != parts[1] {
		return "", 0, nil, errors.New("the public key is damaged")
	}
	signed, signatures, ok := strings.Cut(text, "\n\n")
	if signed += "\n"; !ok || !isSigned(signed, signatures, parts[0], id[:4], key[1:]) {
		return "", 0, nil, errors.New("the checkpoint is not signed by that key")
	}
	lines := strings.Split(signed, "\n")
	if len(lines) != 4 || lines[0] != parts[0] {
		return "", 0, nil, errors.New("the checkpoint is of another log")
	}
	if size, err = strconv.ParseUint(lines[1], 10, 62); err == nil {
		root, err = base64.StdEncoding.DecodeString(lines[2])
	}
	return lines[0], size, root, err
}

func isSigned(text, signatures, name string, id, key []byte) bool {
	for line := range strings.Lines(signatures) {
		rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "\u2014 "+name+" ")
		b, err := base64.StdEncoding.DecodeString(rest)
		if ok && err == nil && len(b) == 4+ed25519.SignatureSize && bytes.Equal(b[:4], id) && ed25519.Verify(key, []byte(text), b[4:]) {
			return true
		}
	}
	return false
}

// included folds a leaf's hash with the proof's hashes: RFC 9162 2.1.3.2.
func included(index, size uint64, leaf string, hashes []string, root []byte) error {
	if index >= size {
		return errors.New("the log is not that long")
	}
	at, last := index, size-1
	r := sha256.Sum256([]byte("\x00" + leaf))
	for _, line := range hashes {
		p, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(p) != sha256.Size || last == 0 {
			return errors.New("the proof's hashes are not right")
		}
		if at&1 == 1 || at == last {
			r = sha256.Sum256(bytes.Join([][]byte{{1}, p, r[:]}, nil))
			for at&1 == 0 && at != 0 {
				at, last = at>>1, last>>1
			}
		} else {
			r = sha256.Sum256(bytes.Join([][]byte{{1}, r[:], p}, nil))
		}
		at, last = at>>1, last>>1
	}
	if last != 0 || !bytes.Equal(r[:], root) {
		return errors.New("the leaf is not in the log of that checkpoint")
	}
	return nil
}

package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// Forge writes an export anew after its records, or what it says was selected,
// were changed, as somebody with this program's source would. private signs it;
// empty: nobody does.
func Forge(dir, publicKey, private string, lines func(lines []string) []string, change func(m *Manifest)) error {
	text, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return err
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return err
	}
	change(&m)
	records, err := os.ReadFile(filepath.Join(dir, recordsFile))
	if err != nil {
		return err
	}
	list := strings.SplitAfter(string(records), "\n")
	changed := strings.Join(lines(list[:len(list)-1]), "")
	if err := os.WriteFile(filepath.Join(dir, recordsFile), []byte(changed), 0o600); err != nil {
		return err
	}
	signed, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil {
		return err
	}
	c, err := ReadCheckpoint(signed, publicKey)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if m, err = derive(dir, Manifest{Selection: m.Selection, Contents: m.Contents}, c, &page); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, readableFile), page.Bytes(), 0o600); err != nil {
		return err
	}
	if text, err = m.text(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, manifestFile), text, 0o600); err != nil {
		return err
	}
	if private == "" {
		return nil
	}
	return signManifest(dir, text, private)
}

// Redact takes the content out of a record's line.
func Redact(line string) string {
	r, err := parseRecord([]byte(line))
	if err != nil {
		return err.Error()
	}
	r.Body, r.Key = "", ""
	b, err := encode(r)
	if err != nil {
		return err.Error()
	}
	return string(b) + "\n"
}

// Sealed is one record of an archive, opened.
type Sealed struct {
	Leaf Leaf
	Body []byte
}

// Rewrite writes an archive's records as a new archive, after they were changed,
// as its operator could who has all of its keys. What the tree, the index and the
// chains of rooms need follows, if rechain says so; all else is as in the records.
func Rewrite(dir, to string, keys Keys, rechain bool, change func(list []Sealed) []Sealed) error {
	old, err := Open(dir, keys, Options{})
	if err != nil {
		return err
	}
	var list []Sealed
	for i, data := range leaves(dir, 0, old.Size()) {
		if data.err != nil {
			return data.err
		}
		l, err := parseLeaf(data.bytes)
		if err != nil {
			return err
		}
		body, key, err := openBody(dir, i, old.kek)
		if err != nil {
			return err
		}
		if key == nil {
			body = nil
		}
		list = append(list, Sealed{l, body})
	}
	log, err := Open(to, keys, Options{})
	if err != nil {
		return err
	}
	w := log.newWriter()
	for i, r := range change(list) {
		key := bytes.Repeat([]byte{byte(i) | 1}, keySize)
		if rechain {
			r.Leaf.Index, r.Leaf.Prev, r.Leaf.RoomSeq = w.state.tree.size, "", 0
			w.chain(&r.Leaf)
		}
		var slot [keySize]byte
		if r.Body != nil {
			slot = wrap(log.kek, key)
		}
		sealed, err := newBoxes().encrypt(nil, key, r.Body)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(sealed)
		r.Leaf.Sealed, r.Leaf.Size, r.Leaf.Commit = digest(sum[:]), int64(len(sealed)), commitment(key, r.Body)
		w.bodies, w.state.offset = append(w.bodies, sealed...), w.state.offset+r.Leaf.Size
		w.index, w.keys = binary.BigEndian.AppendUint64(w.index, uint64(w.state.offset)), append(w.keys, slot[:]...)
		if err := w.leaf(&r.Leaf); err != nil {
			return err
		}
	}
	if err := w.finish(); err != nil {
		return err
	}
	return log.sign(&w.state)
}

package seal

import (
	"bufio"
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"perch/chat"
)

// Selection says which records an export has. Empty fields select all.
type Selection struct {
	Rooms  []string  `json:"rooms,omitempty"`  // GUIDs
	People []string  `json:"people,omitempty"` // addresses
	Kinds  []string  `json:"kinds,omitempty"`
	From   chat.Time `json:"from,omitempty"`
	Until  chat.Time `json:"until,omitempty"` // not included
}

func (s *Selection) has(l *Leaf) bool {
	in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	return in(s.Rooms, l.Room) && in(s.People, l.ActorURI) && in(s.Kinds, l.Kind) && (s.From == 0 || l.At >= int64(s.From)) && (s.Until == 0 || l.At < int64(s.Until))
}

// whole says whether a selection leaves nothing of a room out between its first
// and last record, so that holes show.
func (s *Selection) whole() bool { return len(s.People) == 0 && len(s.Kinds) == 0 }

// Record is one record of an export: a line of its records.jsonl.
type Record struct {
	Leaf  string   `json:"leaf"`
	Body  string   `json:"body,omitempty"` // empty if its key was destroyed
	Key   string   `json:"key,omitempty"`  // base64
	Proof []string `json:"proof"`          // hashes from leaf to root, base64
}

// Manifest tells what an export holds. It is made of the records, so that a
// verifier makes it again and compares.
type Manifest struct {
	Format    int              `json:"format"`
	Log       string           `json:"log"`
	Size      int64            `json:"size"` // of the log when it was exported
	Root      string           `json:"root"`
	Selection Selection        `json:"selection"`
	Records   int64            `json:"records"`
	Kinds     map[string]int64 `json:"kinds"`
	First     int64            `json:"first"` // index; -1 without records
	Last      int64            `json:"last"`
	Rooms     []RoomRange      `json:"rooms"`
	Files     []ManifestFile   `json:"files"`
}

// RoomRange is which events of a room an export has.
type RoomRange struct {
	Room    string `json:"room"`
	First   int64  `json:"first"` // numbers in the room
	Last    int64  `json:"last"`
	Records int64  `json:"records"`
}

// ManifestFile is a file of an export.
type ManifestFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// Files of an export, beside manifest.json.
const (
	recordsFile    = "records.jsonl"
	readableFile   = "records.html"
	checkpointFile = "checkpoint"
	manifestFile   = "manifest.json"
)

// Export writes the records that a selection picks from the archive in dir into
// a new folder, each with its proof and, if content is the content key, with its
// body in clear. The same archive and selection make the same bytes.
func Export(ctx context.Context, dir, publicKey string, content []byte, s Selection, to string) (Manifest, error) {
	signed, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil {
		return Manifest{}, err
	}
	c, err := ReadCheckpoint(signed, publicKey)
	if err != nil {
		return Manifest{}, err
	}
	var kek cipher.Block
	if content != nil {
		if kek, err = aes.NewCipher(content); err != nil {
			return Manifest{}, err
		}
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		return Manifest{}, fmt.Errorf("the export's folder must be new: %w", err)
	}
	if err := writeSynced(filepath.Join(to, checkpointFile), signed); err != nil {
		return Manifest{}, err
	}
	f, err := os.OpenFile(filepath.Join(to, recordsFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Manifest{}, err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	err = exportRecords(ctx, dir, c, kek, &s, w)
	if err == nil {
		err = w.Flush()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return Manifest{}, err
	}
	m, err := derive(to, c, s, writeSynced)
	if err != nil {
		return m, err
	}
	return m, syncPath(to)
}

func exportRecords(ctx context.Context, dir string, c Checkpoint, kek cipher.Block, s *Selection, w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i, data := range leaves(dir, 0, c.Size) {
		if data.err != nil {
			return data.err
		}
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		l, err := parseLeaf(data.bytes)
		if err != nil {
			return fmt.Errorf("leaf %d: %w; see perch archive verify", i, err)
		}
		if !s.has(&l) {
			continue
		}
		proof, err := tlog.ProveRecord(c.Size, i, tileHashes{dir, c.Size})
		if err != nil {
			return fmt.Errorf("proving leaf %d: %w", i, err)
		}
		r := Record{Leaf: string(data.bytes), Proof: make([]string, len(proof))}
		for k := range proof {
			r.Proof[k] = digest(proof[k][:])
		}
		if r.Body, r.Key, err = readBody(dir, i, kek); err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// derive makes what an export holds beside its records: the readable form and
// the manifest. put is given each file.
func derive(dir string, c Checkpoint, s Selection, put func(name string, data []byte) error) (Manifest, error) {
	m := Manifest{Format: 1, Log: c.Origin, Size: c.Size, Root: c.Root.String(), Selection: s, Kinds: map[string]int64{}, First: -1, Last: -1}
	rooms := map[string]*RoomRange{}
	var page bytes.Buffer
	if err := readable.ExecuteTemplate(&page, "begin", m); err != nil {
		return m, err
	}
	err := eachRecord(dir, func(r *Record) error {
		l, err := parseLeaf([]byte(r.Leaf))
		if err != nil {
			return err
		}
		m.add(&l, rooms)
		var b Body
		if r.Body != "" {
			if err := json.Unmarshal([]byte(r.Body), &b); err != nil {
				return err
			}
		}
		return readable.ExecuteTemplate(&page, "record", map[string]any{"Leaf": l, "Body": b, "At": time.UnixMicro(l.At).UTC().Format("2006-01-02 15:04:05.000000")})
	})
	if err != nil {
		return m, err
	}
	for _, room := range slices.Sorted(maps.Keys(rooms)) {
		m.Rooms = append(m.Rooms, *rooms[room])
	}
	if err := readable.ExecuteTemplate(&page, "end", m); err != nil {
		return m, err
	}
	if err := put(filepath.Join(dir, readableFile), page.Bytes()); err != nil {
		return m, err
	}
	for _, name := range []string{checkpointFile, readableFile, recordsFile} {
		f, err := hashFile(filepath.Join(dir, name))
		if err != nil {
			return m, err
		}
		m.Files = append(m.Files, f)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	return m, put(filepath.Join(dir, manifestFile), append(text, '\n'))
}

func (m *Manifest) add(l *Leaf, rooms map[string]*RoomRange) {
	if m.Records++; m.First < 0 {
		m.First = l.Index
	}
	m.Last = l.Index
	m.Kinds[l.Kind]++
	if l.Room == "" {
		return
	}
	r := rooms[l.Room]
	if r == nil {
		r = &RoomRange{Room: l.Room, First: l.RoomSeq}
		rooms[l.Room] = r
	}
	r.Last, r.Records = l.RoomSeq, r.Records+1
}

func hashFile(name string) (ManifestFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return ManifestFile{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return ManifestFile{filepath.Base(name), hex.EncodeToString(h.Sum(nil)), n}, err
}

// eachRecord reads the records of an export.
func eachRecord(dir string, do func(r *Record) error) error {
	f, err := os.Open(filepath.Join(dir, recordsFile))
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s does not end with a line: %w", recordsFile, err)
		}
		var r Record
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			return fmt.Errorf("%s: %w", recordsFile, err)
		}
		again, err := encode(r)
		if err != nil || !bytes.Equal(again, bytes.TrimSuffix(line, []byte("\n"))) {
			return fmt.Errorf("%s has a line that is not in canonical form", recordsFile)
		}
		if err := do(&r); err != nil {
			return err
		}
	}
}

// verifyExport checks an export. Everything in it is derived from its records,
// and these from the log.
func verifyExport(ctx context.Context, dir string, o VerifyOptions, r *Report) error {
	if o.PublicKey == "" {
		return &Finding{Unclear, -1, "without the log's public key nothing can be told", "", ""}
	}
	signed, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil {
		return &Finding{Incomplete, -1, err.Error(), "", ""}
	}
	if r.Checkpoint, err = ReadCheckpoint(signed, o.PublicKey); err != nil {
		return bad(-1, err.Error(), "", "")
	}
	text, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return &Finding{Incomplete, -1, err.Error(), "", ""}
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return bad(-1, "the manifest cannot be read: "+err.Error(), "", "")
	}
	v := &exported{report: r, checkpoint: r.Checkpoint, selection: m.Selection, rooms: map[string]Leaf{}, last: -1}
	err = eachRecord(dir, func(rec *Record) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return v.record(rec)
	})
	if err != nil {
		if f := (*Finding)(nil); errors.As(err, &f) {
			return f
		}
		if errors.Is(err, fs.ErrNotExist) {
			return &Finding{Incomplete, -1, err.Error(), "", ""}
		}
		return bad(-1, err.Error(), "", "")
	}
	r.Rooms = len(v.rooms)
	_, err = derive(dir, r.Checkpoint, m.Selection, func(name string, want []byte) error {
		got, err := os.ReadFile(name)
		if err != nil {
			return &Finding{Incomplete, -1, err.Error(), "", ""}
		}
		if !bytes.Equal(got, want) {
			return bad(-1, filepath.Base(name)+" is not what the records make", "", "")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return onlyFiles(dir)
}

// onlyFiles checks that nothing else is in an export.
func onlyFiles(dir string) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range list {
		if !slices.Contains([]string{checkpointFile, manifestFile, readableFile, recordsFile}, f.Name()) {
			return bad(-1, f.Name()+" is no part of the export", "", "")
		}
	}
	return nil
}

// exported is the verification of one export.
type exported struct {
	report     *Report
	checkpoint Checkpoint
	selection  Selection
	rooms      map[string]Leaf // the last of each
	hashes     map[string]tlog.Hash
	last       int64
}

func (v *exported) record(r *Record) error {
	l, err := parseLeaf([]byte(r.Leaf))
	if err != nil {
		return bad(v.last+1, err.Error(), "", "")
	}
	if l.Index <= v.last {
		return bad(l.Index, "records are not in the order of the log", "", "")
	}
	v.last = l.Index
	proof := make(tlog.RecordProof, len(r.Proof))
	for i, text := range r.Proof {
		if proof[i], err = tlog.ParseHash(text); err != nil {
			return bad(l.Index, "the proof cannot be read: "+err.Error(), "", "")
		}
	}
	if err := tlog.CheckRecord(proof, v.checkpoint.Size, v.checkpoint.Root, l.Index, leafHash([]byte(r.Leaf))); err != nil {
		return bad(l.Index, "the leaf is not in the log: "+err.Error(), "", "")
	}
	if !v.selection.has(&l) {
		return bad(l.Index, "the record is none that was asked for", "", "")
	}
	if err := v.follows(&l, leafHash([]byte(r.Leaf))); err != nil {
		return err
	}
	v.report.count(&l)
	if r.Body == "" && r.Key == "" {
		return nil
	}
	e := Evidence{Body: r.Body, Key: r.Key}
	if _, err := e.body(&l); err != nil {
		return bad(l.Index, err.Error(), "", "")
	}
	v.report.Contents++
	return nil
}

// follows checks that between two records of a room none is left out, where the
// selection would have it.
func (v *exported) follows(l *Leaf, h tlog.Hash) error {
	if v.hashes == nil {
		v.hashes = map[string]tlog.Hash{}
	}
	if l.Room == "" {
		return nil
	}
	before, known := v.rooms[l.Room]
	prev := v.hashes[l.Room]
	if known && v.selection.whole() && (l.RoomSeq != before.RoomSeq+1 || l.Prev != digest(prev[:])) {
		return bad(l.Index, "records of the room are left out", fmt.Sprint(before.RoomSeq+1), fmt.Sprint(l.RoomSeq))
	}
	if !known && v.selection.whole() && v.selection.From == 0 && l.RoomSeq != 1 {
		return bad(l.Index, "records of the room are left out", "1", fmt.Sprint(l.RoomSeq))
	}
	v.rooms[l.Room], v.hashes[l.Room] = *l, h
	return nil
}

// readBody reads a record's body and key; both are empty if the key was
// destroyed or kek is nil.
func readBody(dir string, index int64, kek cipher.Block) (body, key string, err error) {
	if kek == nil {
		return "", "", nil
	}
	b, k, err := openBody(dir, index, kek)
	if err != nil || k == nil {
		return "", "", err
	}
	return string(b), base64.StdEncoding.EncodeToString(k), nil
}

var readable = template.Must(template.New("").Parse(strings.TrimSpace(`
{{define "begin"}}<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Records of {{.Log}}</title>
<style>body{font-family:sans-serif}td{vertical-align:top;padding:2px 8px;border-top:1px solid #ccc}pre{white-space:pre-wrap;margin:0}</style></head><body>
<h1>Records of {{.Log}}</h1>
<p>Taken from a log of {{.Size}} records with the root {{.Root}}. Times are UTC. Check it with: perch archive verify --source FOLDER --key FILE</p>
<table><tr><th>record<th>time<th>kind<th>room<th>who<th>what</tr>
{{end}}
{{define "record"}}<tr><td>{{.Leaf.Index}}<td>{{.At}}<td>{{.Leaf.Kind}}<td>{{.Body.RoomName}}<br><small>{{.Leaf.Room}}</small><td>{{.Body.ActorName}}<br><small>{{.Leaf.ActorURI}}</small><td>{{with .Leaf.Message}}message {{.}} {{end}}{{with .Leaf.Last}}to {{.}} {{end}}{{if .Body.Alert}}<b>alert</b> {{end}}<pre>{{.Body.Text}}</pre>{{.Body.Cause}} {{.Body.Detail}}</tr>
{{end}}
{{define "end"}}</table>
<p>{{.Records}} records.</p>
</body></html>
{{end}}
`)))

// count takes a record into account.
func (r *Report) count(l *Leaf) {
	at := chat.Time(l.At)
	if r.Leaves == 0 {
		r.First, r.From = chat.EntryID(l.Entry), at
	}
	r.Last, r.From, r.Until = chat.EntryID(l.Entry), min(r.From, at), max(r.Until, at)
	r.Leaves++
	r.Kinds[l.Kind]++
}

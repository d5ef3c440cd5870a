package seal

import (
	"bufio"
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"perch/chat"
)

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
	Contents  bool             `json:"contents"` // every record has its content, unless that was destroyed
	Records   int64            `json:"records"`
	Destroyed int64            `json:"destroyed"` // records whose content was destroyed, where Contents is set
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

// Files of an export.
const (
	recordsFile    = "records.jsonl"
	actsFile       = "acts.jsonl"
	custodiansFile = "custodians.json" // where the selection names any
	readableFile   = "records.html"
	checkpointFile = "checkpoint"
	manifestFile   = "manifest.json"
	signatureFile  = "manifest.sig"
)

// ExportOptions say how to export.
type ExportOptions struct {
	PublicKey string
	Content   []byte // the content key; nil: the export has no contents
	// Private is the log's private key, which signs the manifest; empty: it is not
	// signed, and whoever checks it must be told that it is not.
	Private string
}

// Export writes the records that a selection picks from the archive in dir into
// a new folder, each with its proof. The same archive, key and selection make
// the same bytes.
func Export(ctx context.Context, dir string, o ExportOptions, s Selection, to string) (Manifest, error) {
	a, err := openArchive(dir, o.PublicKey, o.Content)
	if err != nil {
		return Manifest{}, err
	}
	if len(s.Terms) > 0 && a.kek == nil {
		return Manifest{}, errors.New("without the content key no words can be looked for")
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		return Manifest{}, fmt.Errorf("the export's folder must be new: %w", err)
	}
	if err := writeSynced(filepath.Join(to, checkpointFile), a.signed); err != nil {
		return Manifest{}, err
	}
	if err := a.export(ctx, &s, func(name string) (io.WriteCloser, error) { return create(filepath.Join(to, name)) }); err != nil {
		return Manifest{}, err
	}
	page, err := create(filepath.Join(to, readableFile))
	if err != nil {
		return Manifest{}, err
	}
	m, err := derive(to, Manifest{Selection: s, Contents: a.kek != nil}, a.checkpoint, page)
	if err = errors.Join(err, page.Close()); err != nil {
		return m, err
	}
	text, err := m.text()
	if err != nil {
		return m, err
	}
	if err := writeSynced(filepath.Join(to, manifestFile), text); err != nil {
		return m, err
	}
	if o.Private != "" {
		if err := signManifest(to, text, o.Private); err != nil {
			return m, err
		}
	}
	return m, syncPath(to)
}

func (m *Manifest) text() ([]byte, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	return append(text, '\n'), err
}

// statement is what the log's key signs of a manifest.
func statement(manifest []byte) string {
	sum := sha256.Sum256(manifest)
	return "perch-export-v1\n" + hex.EncodeToString(sum[:]) + "\n"
}

func signManifest(to string, manifest []byte, private string) error {
	signer, err := note.NewSigner(private)
	if err != nil {
		return fmt.Errorf("the archive's private key cannot be read: %w", err)
	}
	signed, err := note.Sign(&note.Note{Text: statement(manifest)}, signer)
	if err != nil {
		return err
	}
	return writeSynced(filepath.Join(to, signatureFile), signed)
}

// synced is a new file that is synced when it is closed.
type synced struct {
	*bufio.Writer
	f *os.File
}

func create(name string) (synced, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	return synced{bufio.NewWriterSize(f, 1<<16), f}, err
}

func (s synced) Close() error { return errors.Join(s.Flush(), s.f.Sync(), s.f.Close()) }

// export writes records, acts and custodians.
func (o *opened) export(ctx context.Context, s *Selection, file func(name string) (io.WriteCloser, error)) error {
	people, err := o.custodians(ctx, s.Custodians)
	if err != nil {
		return err
	}
	if len(people) > 0 {
		if err := writeJSON(people, file); err != nil {
			return err
		}
	}
	records, err := file(recordsFile)
	if err != nil {
		return err
	}
	acts, err := file(actsFile)
	if err != nil {
		return errors.Join(err, records.Close())
	}
	err = o.each(ctx, func(l *Leaf, data []byte) error { return o.exportLeaf(l, data, s, people, records, acts) })
	return errors.Join(err, records.Close(), acts.Close())
}

func writeJSON(v any, file func(name string) (io.WriteCloser, error)) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	f, err := file(custodiansFile)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	return errors.Join(err, f.Close())
}

func (o *opened) exportLeaf(l *Leaf, data []byte, s *Selection, people []Custodian, records, acts io.Writer) error {
	mine := func(c Custodian) bool { return c.mine(l) }
	picked := s.has(l) && (len(people) == 0 || slices.ContainsFunc(people, mine))
	if !picked && l.Act == "" {
		return nil
	}
	proof, err := tlog.ProveRecord(o.checkpoint.Size, l.Index, o.tiles)
	if err != nil {
		return fmt.Errorf("proving: %w", err)
	}
	r := Record{Leaf: string(data), Proof: make([]string, len(proof))}
	for k := range proof {
		r.Proof[k] = digest(proof[k][:])
	}
	if l.Act != "" {
		if err := writeRecord(acts, &r); err != nil {
			return err
		}
	}
	if !picked {
		return nil
	}
	b, err := o.body(l)
	if err != nil {
		return err
	}
	if !s.says(b) {
		return nil
	}
	if r.Body, r.Key, err = readBody(o.dir, l.Index, o.kek); err != nil {
		return err
	}
	return writeRecord(records, &r)
}

func writeRecord(w io.Writer, r *Record) error {
	line, err := encode(r)
	if err == nil {
		_, err = w.Write(append(line, '\n'))
	}
	return err
}

// derive makes what an export in dir holds beside its records: it writes the
// readable form, and completes the manifest.
func derive(dir string, m Manifest, c Checkpoint, page io.Writer) (Manifest, error) {
	m.Format, m.Log, m.Size, m.Root, m.Kinds, m.First, m.Last = 2, c.Origin, c.Size, c.Root.String(), map[string]int64{}, -1, -1
	m.Records, m.Destroyed, m.Rooms, m.Files = 0, 0, nil, nil
	sum := sha256.New()
	counted := &counter{w: io.MultiWriter(page, sum)}
	people, err := readCustodians(dir, &m.Selection)
	if err != nil {
		return m, err
	}
	if err := readable.ExecuteTemplate(counted, "begin", map[string]any{"Manifest": m, "Selection": m.Selection.text(), "People": people}); err != nil {
		return m, err
	}
	rooms := map[string]*RoomRange{}
	err = eachRecord(dir, recordsFile, func(r *Record) error {
		l, err := parseLeaf([]byte(r.Leaf))
		if err != nil {
			return err
		}
		m.add(&l, rooms)
		var b Body
		gone := r.Body == "" && m.Contents
		if gone {
			m.Destroyed++
		}
		if r.Body != "" {
			if err := json.Unmarshal([]byte(r.Body), &b); err != nil {
				return err
			}
		}
		return readable.ExecuteTemplate(counted, "record", map[string]any{"Leaf": l, "Body": b, "Destroyed": gone})
	})
	if err != nil {
		return m, err
	}
	for _, room := range slices.Sorted(maps.Keys(rooms)) {
		m.Rooms = append(m.Rooms, *rooms[room])
	}
	if err := readable.ExecuteTemplate(counted, "end", m); err != nil {
		return m, err
	}
	for _, name := range m.Selection.files() {
		f := ManifestFile{readableFile, hex.EncodeToString(sum.Sum(nil)), counted.n}
		if name != readableFile {
			if f, err = hashFile(filepath.Join(dir, name)); err != nil {
				return m, err
			}
		}
		m.Files = append(m.Files, f)
	}
	return m, nil
}

// files are those that the manifest names.
func (s *Selection) files() []string {
	if len(s.Custodians) > 0 {
		return []string{actsFile, checkpointFile, custodiansFile, readableFile, recordsFile}
	}
	return []string{actsFile, checkpointFile, readableFile, recordsFile}
}

// text says in words what was selected.
func (s *Selection) text() string {
	if s.all() {
		return "everything"
	}
	var parts []string
	for _, p := range []struct {
		what string
		list []string
	}{{"rooms", s.Rooms}, {"done by", s.People}, {"custodians", s.Custodians}, {"kinds", s.Kinds}, {"with the words", s.Terms}} {
		if len(p.list) > 0 {
			parts = append(parts, p.what+" "+strings.Join(p.list, ", "))
		}
	}
	if s.From != 0 {
		parts = append(parts, "from "+utc(s.From))
	}
	if s.Until != 0 {
		parts = append(parts, "before "+utc(s.Until))
	}
	return strings.Join(parts, "; ")
}

func utc(t chat.Time) string { return t.Std().UTC().Format("2006-01-02 15:04:05.000000") }

func readCustodians(dir string, s *Selection) (people []Custodian, err error) {
	if len(s.Custodians) == 0 {
		return nil, nil
	}
	b, err := os.ReadFile(filepath.Join(dir, custodiansFile))
	if err != nil {
		return nil, err
	}
	return people, json.Unmarshal(b, &people)
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
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

// eachRecord reads the records of a file of an export.
func eachRecord(dir, file string, do func(r *Record) error) error {
	f, err := os.Open(filepath.Join(dir, file))
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
			return fmt.Errorf("%s does not end with a line: %w", file, err)
		}
		r, err := parseRecord(line)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := do(&r); err != nil {
			return err
		}
	}
}

func parseRecord(line []byte) (Record, error) {
	var r Record
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, err
	}
	again, err := encode(r)
	if err != nil || !bytes.Equal(again, bytes.TrimSuffix(line, []byte("\n"))) {
		return r, errors.New("a line is not in canonical form")
	}
	return r, nil
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

var readable = template.Must(template.New("").Funcs(template.FuncMap{
	"utc": func(t int64) string { return utc(chat.Time(t)) }, "when": func(m Mark) string { return utc(m.At) },
}).Parse(strings.TrimSpace(`
{{define "begin"}}<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Records of {{.Manifest.Log}}</title>
<style>body{font-family:sans-serif}td{vertical-align:top;padding:2px 8px;border-top:1px solid #ccc}pre{white-space:pre-wrap;margin:0}</style></head><body>
<h1>Records of {{.Manifest.Log}}</h1>
<p>Selected: {{.Selection}}. Taken from a log of {{.Manifest.Size}} records with the root {{.Manifest.Root}}. Times are UTC. Check it with: perch archive verify --source FOLDER --key FILE</p>
{{range .People}}<h2>{{.Person}}</h2>
<table><tr><th>room<th>was<th>from<th>until</tr>
{{range .Present}}<tr><td>{{.Name}}<br><small>{{.Room}}</small><td>there<td>{{when .From}}<td>{{with .Until}}{{when .}}{{end}}</tr>
{{end}}{{range .Member}}<tr><td>{{.Name}}<br><small>{{.Room}}</small><td>in its lists<td>{{when .From}}<td>{{with .Until}}{{when .}}{{end}}</tr>
{{end}}</table>
{{end}}<table><tr><th>record<th>time<th>kind<th>room<th>who<th>what</tr>
{{end}}
{{define "record"}}<tr><td>{{.Leaf.Index}}<td>{{utc .Leaf.At}}<td>{{.Leaf.Kind}}<td>{{.Body.RoomName}}<br><small>{{.Leaf.Room}}</small><td>{{.Body.ActorName}}<br><small>{{.Leaf.ActorURI}}</small><td>{{with .Leaf.Message}}message {{.}} {{end}}{{with .Leaf.Last}}to {{.}} {{end}}{{if .Body.Alert}}<b>alert</b> {{end}}{{if .Destroyed}}<i>destroyed</i>{{end}}<pre>{{.Body.Text}}</pre>{{.Body.Cause}} {{.Body.Detail}}</tr>
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

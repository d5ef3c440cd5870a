package seal

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"perch/chat"
)

// verifyExport checks an export: that the log's key has signed its manifest, that
// everything in it follows from its records, that these are in the log, and,
// with the log at hand, that none is left out.
func verifyExport(ctx context.Context, dir string, o *VerifyOptions, r *Report) error {
	if o.PublicKey == "" {
		return &Finding{Unclear, -1, "without the log's public key nothing can be told", "", ""}
	}
	signed, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil {
		return missing(-1, err)
	}
	if r.Checkpoint, err = ReadCheckpoint(signed, o.PublicKey); err != nil {
		return notSigned(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return missing(-1, err)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return bad(-1, "the manifest cannot be read: "+err.Error(), "", "")
	}
	if err := checkSignature(dir, text, o); err != nil {
		return err
	}
	if err := sinceOfExport(o, r); err != nil {
		return err
	}
	r.Selection = m.Selection.text()
	v := &exported{report: r, checkpoint: r.Checkpoint, manifest: &m, rooms: map[string]Leaf{}, hashes: map[string]tlog.Hash{}, last: -1, backwards: o.Backwards}
	v.ledger = newLedger(r.Checkpoint.Origin, o.Approvers)
	if err := v.readAll(ctx, dir); err != nil {
		return err
	}
	r.Rooms = len(v.rooms)
	r.decided(v.ledger)
	if err := v.derived(dir, text); err != nil {
		return err
	}
	if err := onlyFiles(dir, &m.Selection); err != nil {
		return err
	}
	if o.Log == "" {
		return nil
	}
	return compareWithLog(ctx, dir, signed, o, &m)
}

// missing tells what is not there from what cannot be read.
func missing(index int64, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &Finding{Incomplete, index, err.Error(), "", ""}
	}
	return &Finding{Unclear, index, err.Error(), "", ""}
}

// notSigned tells a checkpoint that the log's key has not signed from a key that
// is none.
func notSigned(err error) error {
	if errors.Is(err, ErrKey) {
		return &Finding{Unclear, -1, err.Error(), "", ""}
	}
	return bad(-1, err.Error(), "", "")
}

func checkSignature(dir string, manifest []byte, o *VerifyOptions) error {
	signed, err := os.ReadFile(filepath.Join(dir, signatureFile))
	if errors.Is(err, fs.ErrNotExist) {
		if o.Unsigned {
			return nil
		}
		return &Finding{Incomplete, -1, "nobody signed the manifest: what it says was selected may not be what was asked for", "", ""}
	}
	if err != nil {
		return missing(-1, err)
	}
	v, err := note.NewVerifier(o.PublicKey)
	if err != nil {
		return notSigned(fmt.Errorf("%w: %w", ErrKey, err))
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil || n.Text != statement(manifest) || len(n.UnverifiedSigs) > 0 {
		return bad(-1, "the manifest is not the one that the log's key signed", "", "")
	}
	return nil
}

// sinceOfExport compares with an earlier checkpoint, as far as that goes without
// the log.
func sinceOfExport(o *VerifyOptions, r *Report) error {
	if o.Since == nil || o.Log != "" {
		return nil // with the log it is compared there
	}
	since, _, err := readSince(o)
	if err != nil {
		return err
	}
	switch {
	case since.Size > r.Checkpoint.Size:
		return &Finding{Unclear, -1, "the export is older than the earlier checkpoint, so that they cannot be compared without the log", "", ""}
	case since.Size < r.Checkpoint.Size:
		return &Finding{Unclear, -1, "whether the export's log continues the earlier checkpoint cannot be told without the log", "", ""}
	case since.Root != r.Checkpoint.Root:
		return bad(-1, "the export is of another log than the earlier checkpoint", since.Root.String(), r.Checkpoint.Root.String())
	}
	return nil
}

// exported is the verification of one export.
type exported struct {
	report     *Report
	checkpoint Checkpoint
	manifest   *Manifest
	rooms      map[string]Leaf // the last of each
	hashes     map[string]tlog.Hash
	last       int64
	ledger     *ledger
	backwards  time.Duration
	newest     chat.Time
}

func (v *exported) readAll(ctx context.Context, dir string) error {
	last := int64(-1)
	if err := eachRecord(dir, actsFile, func(r *Record) error { return v.act(r, &last) }); err != nil {
		return exportError(err)
	}
	err := eachRecord(dir, recordsFile, func(r *Record) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return v.record(r)
	})
	if err != nil {
		return exportError(err)
	}
	if v.manifest.Selection.all() && v.last != v.checkpoint.Size-1 {
		return bad(v.last+1, "records are left out at the end", strconv.FormatInt(v.checkpoint.Size, 10), strconv.FormatInt(v.last+1, 10))
	}
	return nil
}

func exportError(err error) error {
	var f *Finding
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, fs.ErrNotExist):
		return missing(-1, err)
	}
	return bad(-1, err.Error(), "", "")
}

// proved checks that a record's leaf is in the log.
func (v *exported) proved(r *Record, after int64) (Leaf, error) {
	l, err := parseLeaf([]byte(r.Leaf))
	if err != nil {
		return l, bad(after+1, err.Error(), "", "")
	}
	if l.Index <= after {
		return l, bad(l.Index, "records are not in the order of the log", "", "")
	}
	proof := make(tlog.RecordProof, len(r.Proof))
	for i, text := range r.Proof {
		if proof[i], err = tlog.ParseHash(text); err != nil {
			return l, bad(l.Index, "the proof cannot be read: "+err.Error(), "", "")
		}
	}
	if err := tlog.CheckRecord(proof, v.checkpoint.Size, v.checkpoint.Root, l.Index, leafHash([]byte(r.Leaf))); err != nil {
		return l, bad(l.Index, "the leaf is not in the log: "+err.Error(), "", "")
	}
	return l, nil
}

func (v *exported) act(r *Record, last *int64) error {
	l, err := v.proved(r, *last)
	if err != nil {
		return err
	}
	if *last = l.Index; l.Act == "" || r.Body != "" || r.Key != "" {
		return bad(l.Index, "the record among the acts is none", "", "")
	}
	v.ledger.add(l.Index, chat.Time(l.At), l.Act)
	return nil
}

func (v *exported) record(r *Record) error {
	l, err := v.proved(r, v.last)
	if err != nil {
		return err
	}
	s := &v.manifest.Selection
	if s.all() && l.Index != v.last+1 {
		return bad(v.last+1, "records are left out", strconv.FormatInt(v.last+1, 10), strconv.FormatInt(l.Index, 10))
	}
	v.last = l.Index
	if floor := v.ledger.floorOf(&l); l.Floor != int64(floor) {
		return bad(l.Index, "the leaf's floor is not that of its class", strconv.FormatInt(int64(floor), 10), strconv.FormatInt(l.Floor, 10))
	}
	at := chat.Time(l.At)
	if v.backwards > 0 && at.Std().Add(v.backwards).Before(v.newest.Std()) {
		return bad(l.Index, "time goes back", utc(v.newest), utc(at))
	}
	v.newest = max(v.newest, at)
	if !s.has(&l) {
		return bad(l.Index, "the record is none that was asked for", "", "")
	}
	if err := v.follows(&l, leafHash([]byte(r.Leaf))); err != nil {
		return err
	}
	v.report.count(&l)
	if r.Body == "" && r.Key == "" {
		return v.without(&l)
	}
	if !v.manifest.Contents {
		return bad(l.Index, "the record has a content in an export without contents", "", "")
	}
	e := Evidence{Body: r.Body, Key: r.Key}
	b, err := e.body(&l)
	if err != nil {
		return bad(l.Index, err.Error(), "", "")
	}
	if !s.says(b) {
		return bad(l.Index, "the record has none of the words that were asked for", "", "")
	}
	v.report.Contents++
	return nil
}

// without judges a record that has no content.
func (v *exported) without(l *Leaf) error {
	if !v.manifest.Contents {
		return nil
	}
	if !v.ledger.allowed(l) {
		return bad(l.Index, "the record has no content, and nothing allowed to destroy it", "", "")
	}
	v.report.Destroyed++
	return nil
}

// follows checks that between two records of a room none is left out, where the
// selection would have it.
func (v *exported) follows(l *Leaf, h tlog.Hash) error {
	if l.Room == "" {
		return nil
	}
	s := &v.manifest.Selection
	before, known := v.rooms[l.Room]
	prev := v.hashes[l.Room]
	if known && s.whole() && (l.RoomSeq != before.RoomSeq+1 || l.Prev != digest(prev[:])) {
		return bad(l.Index, "records of the room are left out", fmt.Sprint(before.RoomSeq+1), fmt.Sprint(l.RoomSeq))
	}
	if !known && s.whole() && s.From == 0 && l.RoomSeq != 1 {
		return bad(l.Index, "records of the room are left out", "1", fmt.Sprint(l.RoomSeq))
	}
	v.rooms[l.Room], v.hashes[l.Room] = *l, h
	return nil
}

// derived checks that the readable form and the manifest are those that the
// records make.
func (v *exported) derived(dir string, manifest []byte) error {
	f, err := os.Open(filepath.Join(dir, readableFile))
	if err != nil {
		return missing(-1, err)
	}
	defer f.Close()
	page := &same{r: bufio.NewReaderSize(f, 1<<16)}
	m, err := derive(dir, Manifest{Selection: v.manifest.Selection, Contents: v.manifest.Contents}, v.checkpoint, page)
	if err != nil {
		return exportError(err)
	}
	if page.differs || page.more() {
		return bad(-1, readableFile+" is not what the records make", "", "")
	}
	text, err := m.text()
	if err != nil {
		return err
	}
	if !bytes.Equal(text, manifest) {
		return bad(-1, manifestFile+" is not what the records make", "", "")
	}
	return nil
}

// same compares what is written to it with what can be read.
type same struct {
	r       *bufio.Reader
	differs bool
}

func (s *same) Write(p []byte) (int, error) {
	if s.differs {
		return len(p), nil
	}
	b := make([]byte, len(p))
	if _, err := io.ReadFull(s.r, b); err != nil || !bytes.Equal(b, p) {
		s.differs = true
	}
	return len(p), nil
}

// Close is for where files are written.
func (s *same) Close() error { return nil }

func (s *same) more() bool {
	_, err := s.r.ReadByte()
	return err == nil
}

// onlyFiles checks that nothing else is in an export.
func onlyFiles(dir string, s *Selection) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return missing(-1, err)
	}
	known := append(s.files(), manifestFile, signatureFile)
	for _, f := range list {
		if !slices.Contains(known, f.Name()) {
			return bad(-1, f.Name()+" is no part of the export", "", "")
		}
	}
	return nil
}

// compareWithLog verifies the log that an export was taken from, that it
// continues the export's checkpoint, and that the same selection makes the same
// files.
func compareWithLog(ctx context.Context, dir string, signed []byte, o *VerifyOptions, m *Manifest) error {
	lo := *o
	lo.Log, lo.Content = "", nil
	for _, since := range [][]byte{signed, o.Since} {
		if since == nil {
			continue
		}
		lo.Since = since
		if bytes.Equal(since, signed) {
			lo.Witnesses, lo.Quorum = nil, 0
		} else {
			lo.Witnesses, lo.Quorum = o.Witnesses, o.Quorum
		}
		r, err := Verify(ctx, o.Log, lo)
		if err != nil {
			return err
		}
		if r.Finding != nil {
			f := *r.Finding
			f.What = "the log: " + f.What
			return &f
		}
	}
	if m.Contents && o.Content == nil {
		return &Finding{Unclear, -1, "without the content key nobody can tell whether the export has all of the log's records", "", ""}
	}
	var content []byte
	if m.Contents {
		content = o.Content
	}
	a, err := openArchive(o.Log, o.PublicKey, content)
	if err != nil {
		return missing(-1, err)
	}
	if a.checkpoint, err = ReadCheckpoint(signed, o.PublicKey); err != nil {
		return notSigned(err)
	}
	a.tiles.size = a.checkpoint.Size
	compared := map[string]*same{}
	err = a.export(ctx, &m.Selection, func(name string) (io.WriteCloser, error) {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		s := &same{r: bufio.NewReaderSize(f, 1<<16)}
		compared[name] = s
		return closing{s, f}, nil
	})
	if err != nil {
		return exportError(err)
	}
	for _, name := range []string{recordsFile, actsFile, custodiansFile} {
		if s := compared[name]; s != nil && s.differs {
			return bad(-1, name+" is not what the selection makes of the log: something was left out or put in", "", "")
		}
	}
	return nil
}

// closing compares, and closes what it compared with.
type closing struct {
	*same
	f *os.File
}

func (c closing) Close() error {
	c.differs = c.differs || c.more()
	return c.f.Close()
}

// readSince reads the earlier checkpoint, and when the first of its witnesses saw
// it.
func readSince(o *VerifyOptions) (since Checkpoint, seen time.Time, err error) {
	since, err = ReadCheckpoint(o.Since, o.PublicKey)
	if err == nil && o.Quorum > 0 {
		seen, err = witnessTime(o.Since, o.PublicKey, o.Witnesses, o.Quorum)
	}
	if err == nil && o.Fresh > 0 && seen.Before(o.Now.Add(-o.Fresh)) {
		err = fmt.Errorf("it was cosigned at %s, too long ago: an old one may be shown again", seen.UTC().Format(time.RFC3339))
	}
	if err != nil {
		return since, seen, &Finding{Unclear, -1, "the earlier checkpoint: " + err.Error(), "", ""}
	}
	return since, seen, nil
}

package seal

import (
	"bytes"
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"perch/chat"
)

// Outcome is what a verification comes to; its numbers are exit codes.
type Outcome int

// Outcomes.
const (
	Good       Outcome = 0 // nothing was changed or left out
	Tampered   Outcome = 1 // something was changed, left out, added or put in another order
	Incomplete Outcome = 2 // something is missing that must be there
	Unclear    Outcome = 3 // it cannot be told: a key or the archive is not to be had
)

func (o Outcome) String() string {
	return [...]string{"good", "tampered", "incomplete", "unclear"}[o]
}

// Finding is the first thing that is wrong.
type Finding struct {
	Outcome  Outcome
	Index    int64  // of the leaf, or -1
	What     string // which check failed
	Expected string
	Got      string
}

func (f *Finding) Error() string {
	at := ""
	if f.Index >= 0 {
		at = fmt.Sprintf("leaf %d: ", f.Index)
	}
	s := at + f.What
	if f.Expected != "" || f.Got != "" {
		s += fmt.Sprintf(" (expected %s, got %s)", f.Expected, f.Got)
	}
	return s
}

// Report is what a verification has found.
type Report struct {
	Outcome     Outcome
	Finding     *Finding // nil if all is good
	Checkpoint  Checkpoint
	Leaves      int64
	First, Last chat.EntryID // entries of the journal
	From, Until chat.Time
	Rooms       int
	Kinds       map[string]int64
	Bodies      int64    // whose encrypted bytes were checked
	Contents    int64    // whose content was checked by its key
	Destroyed   int64    // whose content was destroyed, as an act allows
	Acts        int64    // decisions about what is kept
	Trimmed     int64    // entries of the journal that were deleted before there was a Compliance service, as acts tell
	Void        int64    // of them those that do nothing, for want of approvals say
	Approvers   []string // their public keys, as they are at the end
	Holds       []string // names of holds that are in force at the end
	Selection   string   // of an export, in words
}

// VerifyOptions say what to verify with.
type VerifyOptions struct {
	PublicKey string // of the log; it must not come from the archive itself
	// Since is a signed checkpoint from before: the archive must be a continuation
	// of it. Empty: none.
	Since []byte
	// Witnesses are public keys, of which Quorum must have cosigned Since.
	Witnesses []string
	Quorum    int
	// Fresh is how old, at Now, cosignatures may be: an old head may be shown again.
	// Zero: any age.
	Fresh time.Duration
	Now   time.Time
	// Approvers are public keys: only their approvals of acts count. nil: those of
	// all that the log itself says are approvers.
	Approvers []string
	// Content is the key that encrypts the records' keys; nil: contents are not
	// decrypted, only their encrypted bytes are checked.
	Content []byte
	// Backwards is how far a time may lie before one of an earlier leaf.
	Backwards time.Duration
	// Log is the folder of the archive that an export was taken from; empty: none.
	// With it, it is checked that the export has everything that was selected.
	Log string
	// Unsigned takes an export whose manifest nobody signed.
	Unsigned bool
	// Growing says that a server may be writing the archive: what lies beyond the
	// checkpoint is then left out of account.
	Growing bool
	// Progress is told now and then how many leaves were looked at; nil: nobody.
	Progress func(done, all int64)
}

// Verify checks an archive's folder, a copy of it, or an export, without any
// network. An error says that it was cancelled.
func Verify(ctx context.Context, dir string, o VerifyOptions) (Report, error) {
	v := &verification{dir: dir, o: o, heads: map[string]head{}, boxes: newBoxes(), report: Report{Kinds: map[string]int64{}}}
	verify := v.run
	if _, err := os.Stat(filepath.Join(dir, manifestFile)); err == nil {
		verify = func(ctx context.Context) error { return verifyExport(ctx, dir, &o, &v.report) }
	}
	err := verify(ctx)
	if ctx.Err() != nil {
		return v.report, ctx.Err()
	}
	var f *Finding
	switch {
	case errors.As(err, &f):
	case errors.Is(err, fs.ErrNotExist):
		f = &Finding{Incomplete, -1, err.Error(), "", ""}
	case err != nil:
		f = &Finding{Unclear, -1, err.Error(), "", ""}
	}
	v.report.Finding = f
	if f != nil {
		v.report.Outcome = f.Outcome
	}
	return v.report, nil
}

// verification is one run.
type verification struct {
	dir    string
	o      VerifyOptions
	report Report
	tree   tree
	heads  map[string]head
	kek    cipher.Block
	boxes  *boxes
	newest chat.Time
	ledger *ledger

	since    *Checkpoint // to be met on the way
	seen     time.Time   // when witnesses saw that; zero without any
	unopened *Finding    // the first content that does not open
	level    map[int][]byte

	bodies, index, keys []byte // of the segment at hand
	offset              int64
}

func bad(index int64, what, expected, got string) error {
	return &Finding{Tampered, index, what, expected, got}
}

func (v *verification) run(ctx context.Context) error {
	if _, err := os.Stat(v.dir); err != nil {
		return &Finding{Unclear, -1, "the archive cannot be read: " + err.Error(), "", ""}
	}
	if err := v.open(); err != nil {
		return err
	}
	if v.o.Content != nil {
		var err error
		if v.kek, err = aes.NewCipher(v.o.Content); err != nil {
			return &Finding{Unclear, -1, "the content key cannot be used: " + err.Error(), "", ""}
		}
	}
	size := v.report.Checkpoint.Size
	if err := v.meetSince(); err != nil {
		return err
	}
	v.ledger = newLedger(v.report.Checkpoint.Origin, v.o.Approvers)
	if err := v.readActs(ctx, 0, size); err != nil {
		return err
	}
	for i, data := range leaves(v.dir, 0, size) {
		if i%4096 == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if v.o.Progress != nil {
				v.o.Progress(i, size)
			}
		}
		if data.err != nil {
			return v.unreadable(i, data.err)
		}
		if err := v.leaf(i, data.bytes); err != nil {
			return err
		}
		v.report.Leaves++
	}
	if root := v.tree.root(); root != v.report.Checkpoint.Root {
		return bad(-1, "the leaves do not make the checkpoint's root", v.report.Checkpoint.Root.String(), root.String())
	}
	if err := v.tails(size); err != nil {
		return err
	}
	if err := v.segmentEnds(size); err != nil {
		return err
	}
	if v.unopened != nil {
		return &Finding{Unclear, -1, "no content can be opened: the content key is another", "", ""}
	}
	v.report.Rooms = len(v.heads)
	v.report.decided(v.ledger)
	return v.nothingElse(size)
}

// decided tells what the acts have come to.
func (r *Report) decided(g *ledger) {
	r.Acts, r.Void = int64(len(g.acts)), int64(g.void)
	for _, t := range g.approvers {
		if t.until == 0 {
			r.Approvers = append(r.Approvers, t.key)
		}
	}
	for i := range g.holds {
		if h := &g.holds[i]; h.until == 0 {
			r.Holds = append(r.Holds, h.Name)
		}
	}
}

// readActs reads the acts of a range of leaves, before the leaves themselves are
// looked at: what an act allows comes before it.
func (v *verification) readActs(ctx context.Context, from, to int64) error {
	for i, data := range leaves(v.dir, from, to) {
		if data.err != nil {
			return v.unreadable(i, data.err)
		}
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if !isAct(data.bytes) {
			continue
		}
		l, err := parseLeaf(data.bytes)
		if err != nil {
			return bad(i, err.Error(), "", "")
		}
		v.ledger.add(i, chat.Time(l.At), l.Act)
	}
	return nil
}

// unreadable tells a bundle that is missing from one that is no bundle.
func (v *verification) unreadable(index int64, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) || errors.Is(err, fs.ErrNotExist) {
		return missing(index, err)
	}
	return bad(index, err.Error(), "", "")
}

// open reads the checkpoints.
func (v *verification) open() error {
	if v.o.PublicKey == "" {
		return &Finding{Unclear, -1, "without the log's public key nothing can be told", "", ""}
	}
	signed, err := os.ReadFile(filepath.Join(v.dir, "checkpoint"))
	if err != nil {
		return missing(-1, fmt.Errorf("there is no checkpoint: %w", err))
	}
	if v.report.Checkpoint, err = ReadCheckpoint(signed, v.o.PublicKey); err != nil {
		return notSigned(err)
	}
	if v.o.Since == nil {
		return nil
	}
	since, seen, err := readSince(&v.o)
	if err != nil {
		return err
	}
	v.seen = seen
	if since.Size > v.report.Checkpoint.Size {
		return bad(-1, "the archive is shorter than it was: it was cut off or put back", fmt.Sprintf("%d leaves or more", since.Size), strconv.FormatInt(v.report.Checkpoint.Size, 10))
	}
	v.since = &since
	return nil
}

// meetSince compares with the earlier checkpoint when the tree has its size.
func (v *verification) meetSince() error {
	if v.since == nil || v.tree.size != v.since.Size {
		return nil
	}
	if root := v.tree.root(); root != v.since.Root {
		return bad(-1, fmt.Sprintf("the archive is no continuation of the earlier checkpoint of %d leaves", v.since.Size), v.since.Root.String(), root.String())
	}
	return nil
}

// leaf checks one leaf, its place and its body.
func (v *verification) leaf(i int64, data []byte) error {
	h := leafHash(data)
	if err := v.inTile(i, h); err != nil {
		return err
	}
	l, err := parseLeaf(data)
	if err != nil {
		return bad(i, err.Error(), "", "")
	}
	if l.Index != i {
		return bad(i, "the leaf has another index", strconv.FormatInt(i, 10), strconv.FormatInt(l.Index, 10))
	}
	if err := v.order(i, &l); err != nil {
		return err
	}
	if err := v.chain(i, &l, h); err != nil {
		return err
	}
	if floor := v.ledger.floorOf(&l); l.Floor != int64(floor) {
		return bad(i, "the leaf's floor is not that of its class", strconv.FormatInt(int64(floor), 10), strconv.FormatInt(l.Floor, 10))
	}
	if (l.Act != "") != (l.Kind == string(chat.EntryRetention)) {
		return bad(i, "the leaf holds an act and is of another kind, or none", "", "")
	}
	if err := v.body(i, &l); err != nil {
		return err
	}
	v.report.Kinds[l.Kind]++
	var failed error
	v.tree.append(h, func(f full) {
		if failed == nil && f.level > 0 {
			failed = v.whole(f)
		}
	})
	if failed != nil {
		return failed
	}
	return v.meetSince()
}

// inTile compares a leaf's hash with the one in its tile, which says which leaf
// it is that was changed.
func (v *verification) inTile(i int64, h tlog.Hash) error {
	if i%tileWidth == 0 {
		number := i / tileWidth
		count := int(min(tileWidth, v.report.Checkpoint.Size-number*tileWidth))
		b, err := v.tile("0", number, count)
		if err != nil {
			return missing(i, err)
		}
		if len(b) != count*tlog.HashSize {
			return bad(i, tilePath("0", number, count)+" has another length", strconv.Itoa(count*tlog.HashSize), strconv.Itoa(len(b)))
		}
		v.level = map[int][]byte{0: b}
	}
	at := int(i%tileWidth) * tlog.HashSize
	if want := v.level[0][at : at+tlog.HashSize]; !bytes.Equal(want, h[:]) {
		return bad(i, "the leaf's hash is not the one in its tile", digest(want), digest(h[:]))
	}
	return nil
}

// tile reads a tile of hashes.
func (v *verification) tile(kind string, number int64, count int) ([]byte, error) {
	if !v.o.Growing {
		return os.ReadFile(filepath.Join(v.dir, tilePath(kind, number, count)))
	}
	b, err := readPart(v.dir, kind, number, count)
	return b[:min(len(b), count*tlog.HashSize)], err
}

// whole compares a full tile of a higher level.
func (v *verification) whole(f full) error {
	return v.same(f.level, f.number, f.hashes)
}

func (v *verification) same(level int, number int64, want []tlog.Hash) error {
	got, err := v.tile(strconv.Itoa(level), number, len(want))
	if err != nil {
		return missing(-1, err)
	}
	if !bytes.Equal(got, hashBytes(want)) {
		return bad(-1, tilePath(strconv.Itoa(level), number, len(want))+" is not what the leaves make", "", "")
	}
	return nil
}

// tails compares the last tile of every higher level.
func (v *verification) tails(size int64) error {
	for level := 1; level < levels(size); level++ {
		if count, number := inTail(size, level); count > 0 {
			if err := v.same(level, number, v.tree.tails[level]); err != nil {
				return err
			}
		}
	}
	if count, number := inTail(size, 0); count > 0 && !v.o.Growing {
		b, err := os.ReadFile(filepath.Join(v.dir, tilePath("entries", number, count)))
		if err != nil {
			return missing(-1, err)
		}
		if list, err := entriesOf(b); err != nil || len(list) != count {
			return bad(size, tilePath("entries", number, count)+" holds more than it should", "", "")
		}
	}
	return nil
}

// order checks that entries of the journal follow one another, and that time
// does not go back.
func (v *verification) order(i int64, l *Leaf) error {
	r := &v.report
	if i == 0 {
		r.First, r.From = chat.EntryID(l.Entry), chat.Time(l.At)
	} else if gap := l.Entry - int64(r.Last) - 1; gap > 0 && v.ledger.trimmed(int64(r.Last)+1, l.Entry-1, i) {
		r.Trimmed += gap
	} else if gap != 0 {
		return bad(i, "entries of the journal are left out", strconv.FormatInt(int64(r.Last)+1, 10), strconv.FormatInt(l.Entry, 10))
	}
	r.Last = chat.EntryID(l.Entry)
	at := chat.Time(l.At)
	if v.o.Backwards > 0 && at.Std().Add(v.o.Backwards).Before(v.newest.Std()) {
		return bad(i, "time goes back", v.newest.Std().UTC().Format(time.RFC3339), at.Std().UTC().Format(time.RFC3339))
	}
	if err := v.witnessed(i, at); err != nil {
		return err
	}
	v.newest = max(v.newest, at)
	r.From, r.Until = min(r.From, at), v.newest
	return nil
}

// witnessed checks a time against the one when witnesses saw the earlier
// checkpoint: what was in it was not written later, what was not was not before.
func (v *verification) witnessed(i int64, at chat.Time) error {
	if v.seen.IsZero() {
		return nil
	}
	t, slack := at.Std(), v.o.Backwards
	if i < v.since.Size && t.After(v.seen.Add(slack)) || i >= v.since.Size && t.Before(v.seen.Add(-slack)) {
		return bad(i, "the time is not what witnesses saw", v.seen.UTC().Format(time.RFC3339), t.UTC().Format(time.RFC3339))
	}
	return nil
}

// chain checks a leaf's place in its room.
func (v *verification) chain(i int64, l *Leaf, h tlog.Hash) error {
	if l.Room == "" {
		if l.RoomSeq != 0 || l.Prev != "" {
			return bad(i, "a leaf of no room has a place in one", "", "")
		}
		return nil
	}
	before, known := v.heads[l.Room]
	if l.RoomSeq != before.Seq+1 {
		return bad(i, "events of the room are left out", strconv.FormatInt(before.Seq+1, 10), strconv.FormatInt(l.RoomSeq, 10))
	}
	want := ""
	if known {
		want = digest(before.Hash[:])
	}
	if l.Prev != want {
		return bad(i, "the leaf does not follow the room's last", want, l.Prev)
	}
	v.heads[l.Room] = head{l.RoomSeq, h, ""}
	return nil
}

// body checks the encrypted body, and with the key the content.
func (v *verification) body(i int64, l *Leaf) error {
	n := i % segmentRecords
	if n == 0 {
		if err := v.nextSegment(i); err != nil {
			return err
		}
	}
	if int64(len(v.index)) < 8*(n+1) || int64(len(v.keys)) < keySize*(n+1) {
		return &Finding{Incomplete, i, segment("bodies", i) + " or " + segment("keys", i) + " is too short", "", ""}
	}
	end := v.offset + l.Size
	if got := int64(binary.BigEndian.Uint64(v.index[8*n:])); got != end {
		return bad(i, "the index of the bodies is not what the leaves say", strconv.FormatInt(end, 10), strconv.FormatInt(got, 10))
	}
	if l.Size < 0 || end > int64(len(v.bodies)) {
		return &Finding{Incomplete, i, segment("bodies", i) + " is too short", strconv.FormatInt(end, 10), strconv.Itoa(len(v.bodies))}
	}
	sealed := v.bodies[v.offset:end]
	sum := sha256.Sum256(sealed)
	if digest(sum[:]) != l.Sealed {
		return bad(i, "the body was changed", l.Sealed, digest(sum[:]))
	}
	v.offset = end
	v.report.Bodies++
	return v.content(i, l, sealed, v.keys[keySize*n:keySize*(n+1)])
}

func (v *verification) content(i int64, l *Leaf, sealed, slot []byte) error {
	if destroyed(slot) {
		if !v.ledger.allowed(l) {
			if err := v.runSince(); err != nil {
				return err
			}
		}
		if !v.ledger.allowed(l) {
			return bad(i, "the key of the body was destroyed, and nothing allows it", "", "")
		}
		v.report.Destroyed++
		return nil
	}
	if v.kek == nil {
		return nil
	}
	key := unwrap(v.kek, slot)
	body, err := v.boxes.decrypt(key, sealed)
	if err != nil {
		v.unopened = cmp.Or(v.unopened, &Finding{Tampered, i, "the body cannot be decrypted with its key: one of them was changed", "", ""})
		return v.opens()
	}
	if got := commitment(key, body); got != l.Commit {
		return bad(i, "the content is not what the leaf commits to", l.Commit, got)
	}
	v.report.Contents++
	return v.opens()
}

// opens tells a content that does not open from a content key that is another:
// that opens none.
func (v *verification) opens() error {
	if v.unopened != nil && v.report.Contents > 0 {
		return v.unopened
	}
	return nil
}

// runSince reads the acts that a server which is writing the archive has put into
// it meanwhile.
func (v *verification) runSince() error {
	if !v.o.Growing {
		return nil
	}
	signed, err := os.ReadFile(filepath.Join(v.dir, "checkpoint"))
	if err != nil {
		return missing(-1, err)
	}
	now, err := ReadCheckpoint(signed, v.o.PublicKey)
	if err != nil {
		return bad(-1, err.Error(), "", "")
	}
	from := v.report.Checkpoint.Size
	if n := len(v.ledger.acts); n > 0 {
		from = max(from, v.ledger.acts[n-1].Index+1)
	}
	return v.readActs(context.Background(), from, now.Size)
}

// nextSegment reads the files of the segment that an index begins.
func (v *verification) nextSegment(i int64) error {
	if err := v.segmentEnds(i); err != nil {
		return err
	}
	v.offset = 0
	for name, into := range map[string]*[]byte{
		segment("bodies", i): &v.bodies, segment("bodies", i) + ".idx": &v.index, segment("keys", i): &v.keys,
	} {
		b, err := os.ReadFile(filepath.Join(v.dir, name))
		if err != nil {
			return missing(i, err)
		}
		*into = b
	}
	return nil
}

// segmentEnds checks that a segment's files hold nothing beyond its records.
func (v *verification) segmentEnds(next int64) error {
	if next == 0 {
		return nil
	}
	n := (next-1)%segmentRecords + 1
	for name, size := range map[string][2]int64{
		segment("bodies", next-1):          {v.offset, int64(len(v.bodies))},
		segment("bodies", next-1) + ".idx": {8 * n, int64(len(v.index))},
		segment("keys", next-1):            {keySize * n, int64(len(v.keys))},
	} {
		if beyond := v.o.Growing && size[1] > size[0]; size[0] != size[1] && !beyond {
			return bad(next-1, name+" has another length", strconv.FormatInt(size[0], 10), strconv.FormatInt(size[1], 10))
		}
	}
	return nil
}

// nothingElse checks that there are no files that nothing speaks of.
func (v *verification) nothingElse(size int64) error {
	if v.o.Growing {
		return nil
	}
	segments := (size + segmentRecords - 1) / segmentRecords
	return filepath.WalkDir(v.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(v.dir, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if rel == "checkpoint" || isTile(rel, size) {
			return nil
		}
		folder, file, _ := strings.Cut(rel, "/")
		number, err := strconv.ParseInt(strings.TrimSuffix(file, ".idx"), 10, 64)
		if err == nil && number < segments && (rel == segment("bodies", number*segmentRecords) || rel == segment("bodies", number*segmentRecords)+".idx" || rel == segment("keys", number*segmentRecords)) {
			return nil
		}
		return bad(-1, folder+"/"+file+" is no part of the archive", "", "")
	})
}

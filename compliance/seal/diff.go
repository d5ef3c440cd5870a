package seal

import (
	"context"
	"os"
	"path/filepath"
	"strconv"

	"perch/chat"
)

// Difference is what a log has in one head and not in an earlier one.
type Difference struct {
	From, To    Checkpoint
	First, Last chat.EntryID // entries of the journal; zero if there are none
	Since, Till chat.Time    // the earliest and the latest
	Kinds       map[string]int64
	Rooms       map[string]int64 // leaves by the room's GUID; empty: of no room
	Acts        []string
}

// DiffOptions say what to compare.
type DiffOptions struct {
	PublicKey string // of the log
	From, To  []byte // signed checkpoints; To empty: the archive's newest
	// Each is given every leaf between the two, in order, before it is known whether
	// they are the signed ones; nil: nobody.
	Each     func(l *Leaf) error
	Progress func(done, all int64) // nil: nobody
}

// Diff tells what was added to the archive in dir between two of its heads. A
// *Finding says that one of them is no head of this archive, or that it was
// changed since.
func Diff(ctx context.Context, dir string, o DiffOptions) (Difference, error) {
	d := Difference{Kinds: map[string]int64{}, Rooms: map[string]int64{}}
	signed, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil {
		return d, missing(-1, err)
	}
	newest, err := ReadCheckpoint(signed, o.PublicKey)
	if err != nil {
		return d, notSigned(err)
	}
	if d.To = newest; len(o.To) > 0 {
		if d.To, err = ReadCheckpoint(o.To, o.PublicKey); err != nil {
			return d, notSigned(err)
		}
	}
	if d.From, err = ReadCheckpoint(o.From, o.PublicKey); err != nil {
		return d, notSigned(err)
	}
	if d.From.Size > d.To.Size {
		return d, &Finding{Unclear, -1, "the first head is the later one: name them the other way round", "", ""}
	}
	if d.To.Size > newest.Size {
		return d, bad(-1, "the archive is shorter than it was: it was cut off or put back", strconv.FormatInt(d.To.Size, 10)+" leaves or more", strconv.FormatInt(newest.Size, 10))
	}
	return d, d.read(ctx, dir, &o)
}

// read goes through the leaves up to the later head.
func (d *Difference) read(ctx context.Context, dir string, o *DiffOptions) error {
	var t tree
	if err := meets(&t, &d.From); err != nil {
		return err
	}
	for i, data := range leaves(dir, 0, d.To.Size) {
		if i%4096 == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if o.Progress != nil {
				o.Progress(i, d.To.Size)
			}
		}
		if data.err != nil {
			return missing(i, data.err)
		}
		if i >= d.From.Size {
			if err := d.add(i, data.bytes, o.Each); err != nil {
				return err
			}
		}
		t.append(leafHash(data.bytes), func(full) {})
		if err := meets(&t, &d.From); err != nil {
			return err
		}
	}
	return meets(&t, &d.To)
}

// meets compares a tree with a head of its size.
func meets(t *tree, c *Checkpoint) error {
	if t.size != c.Size {
		return nil
	}
	if root := t.root(); root != c.Root {
		return bad(-1, "the head of "+strconv.FormatInt(c.Size, 10)+" leaves is none of this archive, or it was changed since; see perch archive verify", c.Root.String(), root.String())
	}
	return nil
}

func (d *Difference) add(i int64, data []byte, each func(l *Leaf) error) error {
	l, err := parseLeaf(data)
	if err != nil {
		return bad(i, err.Error(), "", "")
	}
	if at := chat.Time(l.At); d.First == 0 {
		d.First, d.Since, d.Till = chat.EntryID(l.Entry), at, at
	} else {
		d.Since, d.Till = min(d.Since, at), max(d.Till, at)
	}
	d.Last = chat.EntryID(l.Entry)
	d.Kinds[l.Kind]++
	d.Rooms[l.Room]++
	if l.Act != "" {
		d.Acts = append(d.Acts, l.Act)
	}
	if each == nil {
		return nil
	}
	return each(&l)
}

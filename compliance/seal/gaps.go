package seal

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"perch/chat"
)

// GapKind says why something was not captured.
type GapKind string

// Kinds of gaps.
const (
	Stopped   GapKind = "stopped"   // the server did not run
	Crashed   GapKind = "crashed"   // likewise, and nobody had stopped it: From is the last thing on record
	Refused   GapKind = "refused"   // posts in a strict category, while the archive was too far behind
	Unwritten GapKind = "unwritten" // posts that could not be written
	Trimmed   GapKind = "trimmed"   // entries that were deleted while the Compliance service did not run
)

// Gap is something that was not captured.
type Gap struct {
	Kind        GapKind
	From, Until chat.Time
	Room, Name  string // of refused posts
	Count       int64  // of posts or entries; zero of a time without a server
	Why         string
	Entry       int64 // of the journal, which tells of it last
}

// Down says whether it is a time in which no server ran.
func (g *Gap) Down() bool { return g.Kind == Stopped || g.Kind == Crashed }

// together is how far apart refused posts of a room are one gap.
const together = chat.Time(time.Hour / time.Microsecond)

// Join adds a later gap to one, if they are one.
func (g *Gap) Join(later *Gap) bool {
	if g.Kind != Refused || later.Kind != Refused || g.Room != later.Room || later.From > g.Until+together {
		return false
	}
	g.Until, g.Name, g.Why, g.Entry = max(g.Until, later.Until), later.Name, later.Why, later.Entry
	g.Count += later.Count
	return true
}

// GapOf is what an entry of the journal tells was not captured. lived is the
// cause of the chat.EntryServer before it, before the time of the entry before
// it; empty and zero if there is none.
func GapOf(e *chat.Entry, lived string, before chat.Time) (Gap, bool) {
	g := Gap{From: e.At, Until: e.At, Room: e.RoomGUID, Name: e.RoomName, Why: e.Cause, Entry: int64(e.ID)}
	switch e.Kind {
	case chat.EntryServer:
		if e.Cause != chat.ServerStarted || lived == "" {
			return g, false
		}
		g.Kind, g.From, g.Why = Stopped, before, "the server was stopped"
		if lived == chat.ServerStarted {
			g.Kind, g.Why = Crashed, "the server ended without being stopped"
		}
	case chat.EntryDenied:
		var d chat.Denial
		if json.Unmarshal([]byte(e.Detail), &d) != nil || d.Action != "post" {
			return g, false
		}
		switch d.Rule {
		case chat.RuleStrict:
			g.Kind, g.Count = Refused, 1
		case chat.RuleJournal:
			g.Kind, g.Count, g.From, g.Until = Unwritten, d.Posts, d.From, d.Until
		default:
			return g, false
		}
	case chat.EntryRetention:
		a, _, err := ReadAct(e.Detail)
		if err != nil || a.Do != Trim {
			return g, false
		}
		g.Kind, g.From, g.Count, g.Why = Trimmed, 0, a.Entries[1]-a.Entries[0]+1, a.Reason
		g.Until = a.Until
	default:
		return g, false
	}
	return g, true
}

// Gaps finds in the archive in dir what was not captured and why, in order.
// content is the content key.
func Gaps(ctx context.Context, dir, publicKey string, content []byte, progress func(done, all int64)) ([]Gap, error) {
	o, err := openArchive(dir, publicKey, content)
	if err == nil && o.kek == nil {
		err = errors.New("without the content key nothing can be read")
	}
	if err != nil {
		return nil, err
	}
	var (
		out    []Gap
		last   = map[string]int{} // places in out of rooms' last refusals
		lived  string
		before chat.Time
	)
	err = o.each(ctx, func(l *Leaf, _ []byte) error {
		if progress != nil && l.Index%4096 == 0 {
			progress(l.Index, o.checkpoint.Size)
		}
		kind, at := chat.EntryKind(l.Kind), before
		before = chat.Time(l.At)
		if kind != chat.EntryServer && kind != chat.EntryDenied && kind != chat.EntryRetention {
			return nil
		}
		e := chat.Entry{ID: chat.EntryID(l.Entry), Kind: kind, At: chat.Time(l.At), RoomGUID: l.Room, Detail: l.Act}
		if b, err := o.body(l); err != nil {
			return err
		} else if b != nil && l.Act == "" {
			e.RoomName, e.Cause, e.Detail = b.RoomName, b.Cause, b.Detail
		}
		g, ok := GapOf(&e, lived, at)
		if kind == chat.EntryServer {
			lived = e.Cause
		}
		if !ok {
			return nil
		}
		if i, known := last[g.Room]; known && g.Kind == Refused && out[i].Join(&g) {
			return nil
		}
		if g.Kind == Refused {
			last[g.Room] = len(out)
		}
		out = append(out, g)
		return nil
	})
	return out, err
}

package seal_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"perch/chat"
	"perch/compliance/seal"
)

const dayLong = chat.Time(24 * time.Hour / time.Microsecond)

// board are people who approve acts.
type board struct {
	*archive
	private []string
	public  []string
	now     chat.Time
	class   map[string]string // of rooms
}

func newBoard(t *testing.T) *board {
	b := &board{class: map[string]string{}, now: 1_795_453_200_000_000}
	a := newArchive(t)
	b.archive = a
	b.reopen()
	for _, name := range []string{"anna", "boris", "carla"} {
		private, public, err := seal.NewApprover(rand.Reader, name)
		if err != nil {
			t.Fatal(err)
		}
		b.private, b.public = append(b.private, private), append(b.public, public)
	}
	return b
}

func (b *board) reopen() {
	b.t.Helper()
	var err error
	class := func(room string) (string, bool) { c, ok := b.class[room]; return c, ok }
	if b.log, err = seal.Open(b.dir, b.keys, seal.Options{Random: rand.Reader, Heads: b.heads, Class: class}); err != nil {
		b.t.Fatal(err)
	}
}

// text draws an act up and has approvers sign it.
func (b *board) text(a seal.Act, approvers ...int) string {
	b.t.Helper()
	b.now++
	a.Log, a.At, a.Reason = "perch.example.test/archive", b.now, "a test"
	text, err := seal.DrawUp(a)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, i := range approvers {
		if text, err = seal.Approve(text, b.private[i]); err != nil {
			b.t.Fatal(err)
		}
	}
	return text
}

// put seals an act, be it good or not.
func (b *board) put(text string) {
	b.t.Helper()
	e := chat.Entry{ID: b.next, Kind: chat.EntryRetention, At: b.now, ActorURI: "os:root", Detail: text}
	b.next++
	if err := b.log.Seal(b.t.Context(), []chat.Entry{e}); err != nil {
		b.t.Fatal(err)
	}
}

// act puts an act that is to be good.
func (b *board) act(a seal.Act, approvers ...int) {
	b.t.Helper()
	text := b.text(a, approvers...)
	if err := b.log.CheckAct(text); err != nil {
		b.t.Fatalf("%s: %v", a.Do, err)
	}
	b.put(text)
}

// refused checks that an act is not taken, and does nothing if it is put into the
// log nevertheless.
func (b *board) refused(why string, a seal.Act, approvers ...int) {
	b.t.Helper()
	text := b.text(a, approvers...)
	if err := b.log.CheckAct(text); err == nil || !strings.Contains(err.Error(), why) {
		b.t.Errorf("%s: %v, want %q", a.Do, err, why)
	}
	void := b.log.Rules().Void
	b.put(text)
	if b.log.Rules().Void != void+1 {
		b.t.Errorf("%s was carried out", a.Do)
	}
}

// say seals a post.
func (b *board) say(room, who string, at chat.Time) int64 {
	b.t.Helper()
	e := chat.Entry{ID: b.next, Kind: chat.EntryPost, At: at, Actor: 1, ActorURI: "sip:" + who + "@example.test", RoomGUID: room, Message: chat.MessageID(b.next), Text: "a secret of " + who}
	b.next++
	if err := b.log.Seal(b.t.Context(), []chat.Entry{e}); err != nil {
		b.t.Fatal(err)
	}
	return b.log.Size() - 1
}

// run destroys what is due now, and returns the indexes.
func (b *board) run() []int64 {
	b.t.Helper()
	b.now++
	list, next, err := b.log.Covered(b.t.Context(), b.now, 0, 1000)
	if err != nil || next != -1 {
		b.t.Fatal(next, err)
	}
	var due []int64
	for _, c := range list {
		if c.Due {
			due = append(due, c.Index)
		}
	}
	b.now--
	b.act(seal.Act{Do: seal.Run})
	gone, err := b.log.Destroy(b.t.Context(), b.now, due)
	if err != nil {
		b.t.Fatal(err)
	}
	slices.Sort(gone)
	if !slices.Equal(gone, due) {
		b.t.Fatalf("due %v, destroyed %v", due, gone)
	}
	return gone
}

func (b *board) enroll() {
	for _, key := range b.public {
		b.act(seal.Act{Do: seal.Enroll, Key: key}, 0, 1)
	}
}

func (b *board) whole(destroyed int64) {
	b.t.Helper()
	for range 2 { // also when the state was read again
		r := b.verify(b.dir, seal.VerifyOptions{Content: b.keys.Content, Approvers: b.public})
		if r.Outcome != seal.Good || r.Destroyed != destroyed || r.Contents != r.Leaves-destroyed {
			b.t.Fatalf("%+v, %v; want %d destroyed", r, r.Finding, destroyed)
		}
		if err := os.Remove(b.heads); err != nil && !os.IsNotExist(err) {
			b.t.Fatal(err)
		}
		b.reopen()
	}
}

// TestApprovals: who may decide what.
func TestApprovals(t *testing.T) {
	b := newBoard(t)
	b.act(seal.Act{Do: seal.Enroll, Key: b.public[0]})
	b.act(seal.Act{Do: seal.Enroll, Key: b.public[1]})
	b.refused("0 of the two approvals", seal.Act{Do: seal.Enroll, Key: b.public[2]})
	b.refused("1 of the two approvals", seal.Act{Do: seal.Enroll, Key: b.public[2]}, 0)
	b.refused("1 of the two approvals", seal.Act{Do: seal.Enroll, Key: b.public[2]}, 0, 0)
	b.refused("1 of the two approvals", seal.Act{Do: seal.Enroll, Key: b.public[2]}, 0, 2)
	b.act(seal.Act{Do: seal.Enroll, Key: b.public[2]}, 0, 1)
	b.refused("already", seal.Act{Do: seal.Enroll, Key: b.public[2]}, 0, 1)
	b.act(seal.Act{Do: seal.Revoke, Key: b.public[0]}, 1, 2)
	b.refused("1 of the two approvals", seal.Act{Do: seal.Enroll, Key: b.public[0]}, 0, 1)
	b.refused("no approver", seal.Act{Do: seal.Revoke, Key: b.public[0]}, 1, 2)

	b.act(seal.Act{Do: seal.Define, Class: "six", Floor: 6})
	b.act(seal.Act{Do: seal.Define, Class: "six", Floor: 7})
	b.refused("of the two approvals", seal.Act{Do: seal.Define, Class: "six", Floor: 6})
	b.refused("of the two approvals", seal.Act{Do: seal.Define, Class: "six", Floor: 7, Ceiling: 9})
	b.act(seal.Act{Do: seal.Define, Class: "six", Floor: 6, Ceiling: 9}, 1, 2)
	b.refused("of the two approvals", seal.Act{Do: seal.Define, Class: "six", Floor: 9})

	b.act(seal.Act{Do: seal.Define, Class: "five", Floor: 9})
	b.act(seal.Act{Do: seal.Define, Class: "five", Floor: 0}, 1, 2)
	b.refused("of the two approvals", seal.Act{Do: seal.Define, Class: "five", Floor: 0, Existing: true})
	b.act(seal.Act{Do: seal.Define, Class: "five", Floor: 9, Existing: true})

	b.act(seal.Act{Do: seal.Hold, Name: "case 1", Rooms: []string{"r"}})
	b.refused("already", seal.Act{Do: seal.Hold, Name: "case 1", Rooms: []string{"r"}})
	b.refused("of the two approvals", seal.Act{Do: seal.Release, Name: "case 1"}, 2)
	b.refused("no hold", seal.Act{Do: seal.Release, Name: "case 2"}, 1, 2)
	released := b.text(seal.Act{Do: seal.Release, Name: "case 1"}, 1, 2)
	b.put(released)
	b.act(seal.Act{Do: seal.Hold, Name: "case 1", Rooms: []string{"r"}})
	if err := b.log.CheckAct(released); err == nil || !strings.Contains(err.Error(), "before") {
		t.Errorf("an act is carried out twice: %v", err)
	}
	if _, err := seal.DrawUp(seal.Act{Do: seal.Erase, Reason: "all of it", At: 1}); err == nil {
		t.Error("everything may be erased at once")
	}
	b.refused("of the two approvals", seal.Act{Do: seal.Erase, Rooms: []string{"r"}})
	r := b.log.Rules()
	if len(r.Approvers) != 2 || len(r.Holds) != 1 || len(r.Classes) != 2 || !slices.Contains(r.Classes, seal.Class{Name: "six", Floor: 6, Ceiling: 9}) {
		t.Errorf("%+v", r)
	}
	b.whole(0)
	if again := b.log.Rules(); again.Void != r.Void || len(again.Holds) != 1 {
		t.Errorf("read again: %+v", again)
	}
}

// TestRetention: contents end at the ceiling of their class or by an erasure, not
// before their floor and not under a hold; the archive stays whole, and proves it.
func TestRetention(t *testing.T) {
	b := newBoard(t)
	b.enroll()
	b.act(seal.Act{Do: seal.Define, Class: "desk", Floor: 5, Ceiling: 10}, 0, 1)
	b.class["desk"], b.class["lobby"] = "desk", ""
	start := b.now
	first := b.say("desk", "alice", start)
	lobby := b.say("lobby", "alice", start)
	held := b.say("desk", "bob", start)
	b.act(seal.Act{Do: seal.Hold, Name: "case", People: []string{"sip:bob@example.test"}})
	second := b.say("desk", "alice", start+9*dayLong)
	b.now = start + 9*dayLong
	want(t, "before the ceiling", b.run(), nil)
	b.now = start + 11*dayLong
	want(t, "at the ceiling", b.run(), []int64{first})
	want(t, "once more", b.run(), nil)
	b.whole(1)

	// An erasure: what has no floor goes at once, the rest is restricted until it has
	// reached its floor.
	b.act(seal.Act{Do: seal.Erase, People: []string{"sip:alice@example.test"}}, 1, 2)
	later := b.say("lobby", "alice", b.now)
	list, _, err := b.log.Covered(t.Context(), b.now, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if c.Due != (c.Index == lobby) || c.Erased != (c.Index != held) {
			t.Errorf("covered %+v", c)
		}
	}
	if len(list) != 3 {
		t.Errorf("covered: %+v", list)
	}
	for at, yes := range map[chat.Time]bool{start: true, b.now: false} {
		if b.log.Restricted(&chat.Entry{At: at, ActorURI: "sip:alice@example.test"}) != yes {
			t.Errorf("at %d restricted: %v", at-start, !yes)
		}
	}
	want(t, "the erasure", b.run(), []int64{lobby})
	b.now = start + 15*dayLong
	want(t, "at its floor", b.run(), []int64{second})
	b.whole(3)
	b.act(seal.Act{Do: seal.Release, Name: "case"}, 0, 2)
	want(t, "after the hold", b.run(), []int64{held})

	// A floor is made shorter for what is there already, by an act only.
	fifth := b.say("desk", "alice", b.now)
	b.act(seal.Act{Do: seal.Erase, Entries: []int64{fifth + 1}}, 0, 1)
	want(t, "before its floor", b.run(), nil)
	b.act(seal.Act{Do: seal.Define, Class: "desk", Floor: 0, Ceiling: 10, Existing: true}, 0, 1)
	want(t, "with a shorter floor", b.run(), []int64{fifth})
	delete(b.class, "desk") // the room is deleted
	b.say("desk", "alice", b.now)
	b.whole(5)
	if later == 0 {
		t.Fatal("nothing was said later")
	}
	// The contents that are gone are in no file.
	body, err := os.ReadFile(filepath.Join(b.dir, "keys", "000000"))
	if err != nil || strings.Count(string(body), strings.Repeat("\x00", 32)) != 5 {
		t.Errorf("keys: %v", err)
	}
}

// TestUnknownApprovers: approvals of people whom the verifier does not know count
// for nothing.
func TestUnknownApprovers(t *testing.T) {
	b := newBoard(t)
	b.enroll()
	b.say("desk", "alice", b.now)
	b.act(seal.Act{Do: seal.Erase, Rooms: []string{"desk"}}, 0, 1)
	b.run()
	for _, c := range []struct {
		keys []string
		want seal.Outcome
	}{{nil, seal.Good}, {b.public, seal.Good}, {b.public[1:], seal.Tampered}} {
		if r := b.verify(b.dir, seal.VerifyOptions{Approvers: c.keys}); r.Outcome != c.want || len(r.Approvers) != 3 && c.keys == nil {
			t.Errorf("%d known approvers: %+v %v", len(c.keys), r, r.Finding)
		}
	}
}

func want[T any](t *testing.T, what string, got, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
		return
	}
	for i := range got {
		if any(got[i]) != any(want[i]) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
}

// TestTrimmed: entries that were deleted while nothing was archived are not taken
// for ones that were left out, if an act tells of all of them.
func TestTrimmed(t *testing.T) {
	for name, c := range map[string]struct {
		trims   [][2]int64 // of the entries 11 to 20, which are not there
		outcome seal.Outcome
	}{
		"told of":         {[][2]int64{{11, 20}}, seal.Good},
		"told of in two":  {[][2]int64{{15, 20}, {11, 14}}, seal.Good},
		"told of more":    {[][2]int64{{5, 25}}, seal.Good},
		"not told of":     {nil, seal.Tampered},
		"told of not all": {[][2]int64{{11, 14}, {16, 20}}, seal.Tampered},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBoard(t)
			for b.next <= 10 {
				b.say("desk", "alice", b.now)
			}
			b.next = 21
			b.say("desk", "bob", b.now)
			for _, r := range c.trims {
				b.act(seal.Act{Do: seal.Trim, Entries: []int64{r[0], r[1]}})
			}
			r := b.verify(b.dir, seal.VerifyOptions{Content: b.keys.Content})
			if r.Outcome != c.outcome || r.Outcome == seal.Good && r.Trimmed != 10 || r.Outcome != seal.Good && r.Finding.Index != 10 {
				t.Errorf("%+v, %v", r, r.Finding)
			}
		})
	}
	// An act excuses nothing that was left out after it.
	b := newBoard(t)
	b.say("desk", "alice", b.now)
	b.act(seal.Act{Do: seal.Trim, Entries: []int64{1, 100}})
	b.next += 5
	b.say("desk", "alice", b.now)
	if r := b.verify(b.dir, seal.VerifyOptions{}); r.Outcome != seal.Tampered || r.Finding.Index != 2 {
		t.Errorf("%+v, %v", r, r.Finding)
	}
}

package compliance_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"perch/chat"
	"perch/chat/chattest"
	"perch/compliance"
	"perch/compliance/seal"
	"perch/compliance/store"
)

// world is a journal with a room, and services over one compliance store.
type world struct {
	t       *testing.T
	ctx     context.Context
	journal chat.Store
	store   *store.Store
	room    chat.Room
	seal    compliance.Sealer // nil: none
	full    atomic.Bool       // the disk under the compliance store
	shift   atomic.Int64      // by how much the services' clock is ahead

	mu        sync.Mutex // guards the fields below
	settings  chat.Compliance
	adapters  map[string]compliance.Adapter
	unmade    error    // of adapters that cannot be made
	attached  []string // names of files that were copied
	unwilling error    // of the Compliance File Store
}

// change changes what services are set to.
func (w *world) change(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

func inBubble(t *testing.T, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, ctx: t.Context(), journal: chattest.NewStore(), settings: chat.DefaultCompliance(), adapters: map[string]compliance.Adapter{}}
		w.settings.RunInterval = time.Minute
		var err error
		w.store, err = store.Open(w.ctx, filepath.Join(t.TempDir(), "compliance.db"), w.journal.Identity())
		w.must(err)
		defer func() { w.must(w.store.Close()) }()
		c, err := w.journal.CreateCategory(w.ctx, chat.Category{GUID: uuid.NewString(), Name: "Trading", History: true}, chat.Entry{Kind: chat.EntryCat, At: now()})
		w.must(err)
		rooms, err := w.journal.CreateRooms(w.ctx, []chat.Room{{GUID: uuid.NewString(), Category: c.ID, Name: "Bonds", Behavior: chat.Normal}}, []chat.Entry{{Kind: chat.EntryRoom, At: now()}})
		w.must(err)
		w.room = rooms[0]
		test(w)
	})
}

// cancel makes a context that can be ended.
func (w *world) cancel() (context.Context, context.CancelFunc) { return context.WithCancel(w.ctx) }

func now() chat.Time { return chat.At(time.Now()) }

// clock is the time as services have it.
func (w *world) clock() time.Time { return time.Now().Add(time.Duration(w.shift.Load())) }

func (w *world) now() chat.Time { return chat.At(w.clock()) }

// later lets days pass, without the work of all of their seconds.
func (w *world) later(s *compliance.Service, days int) {
	w.shift.Add(int64(days) * 24 * int64(time.Hour))
	s.ExpireNow()
	time.Sleep(2 * time.Minute)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// service starts one more server's service.
func (w *world) service(name string) *compliance.Service {
	w.change(func() { w.settings.AdapterType = strings.Join(slices.Sorted(maps.Keys(w.adapters)), ",") })
	s := compliance.New(compliance.Config{
		Holder: name, Log: slog.New(slog.DiscardHandler), Now: w.clock, LeaseFor: 15 * time.Second, MaxLag: 5 * time.Minute,
		Settings: func() (c chat.Compliance) { w.change(func() { c = w.settings }); return c },
		Adapters: func(chat.Compliance) (a map[string]compliance.Adapter, err error) {
			w.change(func() { a, err = w.adapters, w.unmade })
			return a, err
		},
		Describe: nobody{}, Seal: w.seal, Record: w.record, Hide: w.hide, Erase: w.journal.EraseEntries, Attach: w.attach,
	}, limited{w.store, &w.full}, w.journal)
	s.Start(w.ctx)
	return s
}

func (w *world) record(ctx context.Context, e chat.Entry) error {
	_, err := w.journal.Append(ctx, chat.Batch{Entries: []chat.Entry{e}})
	return err
}

// attach is the Compliance File Store.
func (w *world) attach(_ context.Context, set chat.Compliance, f compliance.File) (err error) {
	w.change(func() {
		if err = w.unwilling; err == nil && !slices.Contains(w.attached, set.AdapterAttachmentDirectory+"/"+f.Name) {
			w.attached = append(w.attached, set.AdapterAttachmentDirectory+"/"+f.Name)
		}
	})
	return err
}

// hide takes messages out of the room, and keeps which.
func (w *world) hide(ctx context.Context, list []seal.Covered) error {
	var ids []chat.MessageID
	for _, c := range list {
		ids = append(ids, c.Message)
	}
	_, err := w.journal.ChangeMessages(ctx, w.room.ID, ids, nil, chat.Entry{At: w.now()})
	return err
}

// limited is a store whose disk may be full.
type limited struct {
	compliance.Store
	full *atomic.Bool
}

func (s limited) Append(ctx context.Context, l compliance.Lease, events []chat.Entry) error {
	if s.full.Load() && len(events) > 0 {
		return chat.E(chat.KindDatabase, "compliance store: keeping events: the disk is full")
	}
	return s.Store.Append(ctx, l, events)
}

type nobody struct{}

func (nobody) DescribeRoom(*compliance.Room)     {}
func (nobody) DescribePerson(*compliance.Person) {}

func (w *world) post(texts ...string) {
	w.t.Helper()
	var b chat.Batch
	for _, text := range texts {
		b.Drafts = append(b.Drafts, chat.Draft{Room: w.room.ID, Author: 7, AuthorURI: "sip:alice@example.test", AuthorName: "Alice", At: w.now(), Text: text})
		b.Origins = append(b.Origins, chat.Origin{RoomGUID: w.room.GUID, RoomName: w.room.Name, Endpoint: "e1"})
	}
	_, err := w.journal.Append(w.ctx, b)
	w.must(err)
}

func (w *world) come(kind chat.EntryKind, user chat.PrincipalID) {
	w.t.Helper()
	e := chat.Entry{Kind: kind, At: now(), Actor: user, ActorURI: fmt.Sprintf("sip:u%d@example.test", user), Room: w.room.ID, RoomGUID: w.room.GUID, RoomName: w.room.Name, Endpoint: "e"}
	_, err := w.journal.Append(w.ctx, chat.Batch{Entries: []chat.Entry{e}})
	w.must(err)
}

// keeper is an adapter that remembers what it was given.
type keeper struct {
	mu      sync.Mutex // guards the fields below
	fail    error
	texts   []string
	batches []compliance.Batch
	tries   []time.Time
}

func (k *keeper) Deliver(ctx context.Context, b *compliance.Batch) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tries = append(k.tries, time.Now())
	if k.fail != nil {
		return k.fail
	}
	n := 0
	for e, err := range b.All(ctx) {
		if err != nil {
			return err
		}
		if n++; e.Kind == chat.EntryPost {
			k.texts = append(k.texts, e.Text)
		}
	}
	if n != b.Events {
		return fmt.Errorf("batch %d has %d events and says %d", b.Number, n, b.Events)
	}
	k.batches = append(k.batches, *b)
	return nil
}

func (k *keeper) set(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fail = err
}

func (k *keeper) got() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.texts)
}

// taken are the batches that it took.
func (k *keeper) taken() []compliance.Batch {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.batches)
}

// times are those of its tries.
func (k *keeper) times() []time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.tries)
}

func want[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestHandedOn: at every run interval what was said goes to every adapter, in
// order and once, and events are forgotten when all had them.
func TestHandedOn(t *testing.T) {
	inBubble(t, func(w *world) {
		a, b := &keeper{}, &keeper{}
		w.adapters["xml"], w.adapters["csv"] = a, b
		s := w.service("one")
		defer s.Stop()
		w.post("first", "second")
		time.Sleep(2 * time.Minute)
		w.post("third")
		time.Sleep(2 * time.Minute)
		want(t, "xml", a.got(), []string{"first", "second", "third"})
		want(t, "csv", b.got(), []string{"first", "second", "third"})
		got := a.taken()
		if len(got) != 2 || got[0].Last+1 != got[1].First || got[0].Closed != got[1].Opened {
			t.Errorf("batches %+v", got)
		}
		c := got[1].Conversations
		if len(c) != 1 || c[0].Room.Name != "Bonds" || c[0].Events != 1 || got[1].People[7].DisplayName != "Alice" {
			t.Errorf("conversations %+v, people %+v", c, got[1].People)
		}
		st, err := s.Status(w.ctx)
		w.must(err)
		if !st.Here || st.Lag != 0 || st.Waiting != 0 || len(st.Deliveries) != 2 || len(st.Trouble) != 0 {
			t.Errorf("status %+v", st)
		}
		time.Sleep(2 * time.Minute)
		if _, err := w.store.FindBatch(w.ctx, 1); chat.KindOf(err) != chat.KindNoSuchObject {
			t.Errorf("the events of a batch that all had are kept: %v", err)
		}
	})
}

// TestUnmade: an adapter that is set and cannot be made, or is set only later,
// misses nothing.
func TestUnmade(t *testing.T) {
	inBubble(t, func(w *world) {
		s := w.service("one")
		defer s.Stop()
		w.post("before any is set")
		time.Sleep(5 * time.Minute)
		w.change(func() { w.settings.AdapterType, w.unmade = "xml", errors.New("the folder is not there: make it") })
		w.must(s.RunNow(w.ctx))
		w.post("while it cannot be made")
		time.Sleep(5 * time.Minute)
		st, err := s.Status(w.ctx)
		w.must(err)
		if st.Trouble["adapters"] != "the folder is not there: make it" || len(st.Deliveries) != 2 {
			t.Errorf("status %+v", st)
		}
		k := &keeper{}
		w.change(func() { w.adapters, w.unmade = map[string]compliance.Adapter{"xml": k}, nil })
		time.Sleep(time.Minute)
		want(t, "handed on", k.got(), []string{"before any is set", "while it cannot be made"})
	})
}

// TestRunAfterSettings: a batch that is wanted right after the settings were
// changed goes to the adapter as it is set now.
func TestRunAfterSettings(t *testing.T) {
	inBubble(t, func(w *world) {
		before, after := &keeper{}, &keeper{}
		w.adapters["xml"] = before
		s := w.service("one")
		defer s.Stop()
		time.Sleep(10 * time.Second)
		w.post("said")
		w.change(func() {
			w.settings.AddUserDetails = !w.settings.AddUserDetails
			w.adapters = map[string]compliance.Adapter{"xml": after}
		})
		w.must(s.RunNow(w.ctx))
		synctest.Wait()
		want(t, "the adapter as it was", before.got(), nil)
		want(t, "the adapter as it is", after.got(), []string{"said"})
	})
}

// TestFailures: an adapter that fails is tried again ever more slowly, holds up
// no other, and a batch that can never be delivered is set aside until an
// officer has it delivered again.
func TestFailures(t *testing.T) {
	inBubble(t, func(w *world) {
		bad, good := &keeper{fail: errors.New("the mail server is down")}, &keeper{}
		w.adapters["eml"], w.adapters["xml"] = bad, good
		s := w.service("one")
		defer s.Stop()
		w.post("first")
		time.Sleep(10 * time.Minute)
		w.post("second")
		time.Sleep(50 * time.Minute)
		want(t, "the good one", good.got(), []string{"first", "second"})
		want(t, "the bad one", bad.got(), nil)
		tries := bad.times()
		for i := 2; i < len(tries); i++ {
			if tries[i].Sub(tries[i-1]) < tries[i-1].Sub(tries[i-2]) {
				t.Errorf("pauses shrink: tries at %v", tries)
			}
		}
		if n := len(tries); n < 6 || n > 15 {
			t.Errorf("%d tries in an hour", n)
		}
		bad.set(&compliance.Permanent{Cause: errors.New("the mail server refuses it")})
		time.Sleep(16 * time.Minute)
		st, err := s.Status(w.ctx)
		w.must(err)
		aside := 0
		for _, d := range st.Deliveries {
			if d.State == compliance.Aside && d.Adapter == "eml" && d.Reason == "the mail server refuses it" {
				aside++
			}
		}
		if aside != 2 {
			t.Errorf("deliveries %+v", st.Deliveries)
		}
		bad.set(nil)
		w.must(s.Redeliver(w.ctx, "eml", 1))
		w.must(s.Redeliver(w.ctx, "eml", 2))
		time.Sleep(time.Second)
		want(t, "after delivering again", bad.got(), []string{"first", "second"})
		if err := s.Redeliver(w.ctx, "fax", 1); chat.KindOf(err) != chat.KindInvalid {
			t.Errorf("an adapter that does not run: %v", err)
		}
	})
}

// TestLease: of two servers one works; when it dies the other takes over where
// it was, and nothing the dead one still writes counts.
func TestLease(t *testing.T) {
	inBubble(t, func(w *world) {
		k := &keeper{}
		w.adapters["xml"] = k
		one := w.service("one")
		time.Sleep(time.Second)
		two := w.service("two")
		defer two.Stop()
		w.post("first")
		time.Sleep(2 * time.Minute)
		l, err := w.store.Holder(w.ctx)
		w.must(err)
		if l.Holder != "one" {
			t.Errorf("held by %+v", l)
		}
		one.Stop()
		w.post("second")
		time.Sleep(2 * time.Minute)
		now2, err := w.store.Holder(w.ctx)
		w.must(err)
		if now2.Holder != "two" || now2.Fence <= l.Fence {
			t.Errorf("then held by %+v, before by %+v", now2, l)
		}
		want(t, "handed on", k.got(), []string{"first", "second"})
		err = w.store.Append(w.ctx, l, []chat.Entry{{ID: 9999, Kind: chat.EntryPost}})
		if !errors.Is(err, compliance.ErrFenced) {
			t.Errorf("who lost the lease wrote: %v", err)
		}
	})
}

// TestFullDisk: while the disk under the compliance store is full the status
// says so, and afterwards nothing is missing.
func TestFullDisk(t *testing.T) {
	inBubble(t, func(w *world) {
		k := &keeper{}
		w.adapters["xml"] = k
		s := w.service("one")
		defer s.Stop()
		w.post("before")
		time.Sleep(2 * time.Minute)
		w.full.Store(true)
		w.post("while it is full")
		time.Sleep(10 * time.Minute)
		st, err := s.Status(w.ctx)
		w.must(err)
		if !strings.Contains(st.Trouble["copy"], "the disk is full") || s.Behind() == 0 {
			t.Errorf("status %+v", st)
		}
		w.full.Store(false)
		w.post("after")
		time.Sleep(2 * time.Minute)
		want(t, "handed on", k.got(), []string{"before", "while it is full", "after"})
		if st, err = s.Status(w.ctx); err != nil || len(st.Trouble) != 0 || s.Behind() != 0 {
			t.Errorf("status %+v, %v", st, err)
		}
	})
}

// TestBehind: an archive that nobody writes is reported after a while, and no
// more when somebody does.
func TestBehind(t *testing.T) {
	inBubble(t, func(w *world) {
		dead, err := w.store.Acquire(w.ctx, "dead", now(), chat.At(time.Now().Add(20*time.Minute)))
		w.must(err)
		s := w.service("one")
		defer s.Stop()
		w.post("nobody archives this yet")
		time.Sleep(4 * time.Minute)
		if b := s.Behind(); b != 0 {
			t.Errorf("after four minutes %v behind", b)
		}
		time.Sleep(2 * time.Minute)
		st, err := s.Status(w.ctx)
		w.must(err)
		if s.Behind() < 5*time.Minute || st.Trouble["lag"] == "" || st.Here || st.Holder != dead {
			t.Errorf("after six minutes %v behind: %+v", s.Behind(), st)
		}
		time.Sleep(20 * time.Minute)
		st, err = s.Status(w.ctx)
		w.must(err)
		if s.Behind() != 0 || len(st.Trouble) != 0 || !st.Here {
			t.Errorf("when the lease ran out %v behind: %+v", s.Behind(), st)
		}
	})
}

// TestSealed: all that is on record is in the sealed archive within two seconds,
// once, whatever server seals it.
func TestSealed(t *testing.T) {
	inBubble(t, func(w *world) {
		private, public, err := seal.GenerateKeys(rand.Reader, "test")
		w.must(err)
		dir := t.TempDir()
		w.seal, err = seal.Open(dir, seal.Keys{Private: private, Content: make([]byte, 32)}, seal.Options{Random: rand.Reader})
		w.must(err)
		for i := range 3 {
			s := w.service(fmt.Sprint("server ", i))
			w.post("one", "two", "three")
			time.Sleep(2 * time.Second)
			st, err := s.Status(w.ctx)
			w.must(err)
			if st.Sealed != st.Head || st.Unsealed != 0 {
				t.Errorf("status %+v", st)
			}
			s.Stop()
		}
		r, err := seal.Verify(w.ctx, dir, seal.VerifyOptions{PublicKey: public})
		w.must(err)
		if r.Outcome != seal.Good || r.Kinds["post"] != 9 || r.First != 1 {
			t.Errorf("%+v %v", r, r.Finding)
		}
	})
}

// TestRetention: what an act decides holds at once; contents end everywhere when
// their time is over, the adapters had them, and no hold covers them.
func TestRetention(t *testing.T) {
	inBubble(t, func(w *world) {
		private, public, err := seal.GenerateKeys(rand.Reader, "test")
		w.must(err)
		dir := t.TempDir()
		keys := seal.Keys{Private: private, Content: make([]byte, 32)}
		w.seal, err = seal.Open(dir, keys, seal.Options{Random: rand.Reader})
		w.must(err)
		k := &keeper{fail: errors.New("not now")}
		w.adapters["xml"] = k
		s := w.service("one")
		defer s.Stop()
		var approvers []string
		act := func(a seal.Act) error {
			a.Log, a.At, a.Reason = "test", w.now(), "a test"
			text, err := seal.DrawUp(a)
			for _, key := range approvers {
				if err == nil {
					text, err = seal.Approve(text, key)
				}
			}
			w.must(err)
			return s.PutAct(w.ctx, text)
		}
		for _, name := range []string{"anna", "boris"} {
			key, pub, err := seal.NewApprover(rand.Reader, name)
			w.must(err)
			w.must(act(seal.Act{Do: seal.Enroll, Key: pub}))
			approvers = append(approvers, key)
		}
		w.must(act(seal.Act{Do: seal.Define, Class: seal.DefaultClass, Floor: 2, Ceiling: 10}))
		w.post("first", "second")
		time.Sleep(5 * time.Minute)
		w.must(act(seal.Act{Do: seal.Erase, People: []string{"sip:alice@example.test"}}))
		time.Sleep(time.Minute)
		w.said("restricted", nil, "first", "second")
		w.later(s, 4)
		w.said("not handed on", nil, "first", "second")
		k.set(nil)
		time.Sleep(15 * time.Minute)
		w.later(s, 1)
		want(t, "handed on", k.got(), []string{"first", "second"})
		w.said("erased", nil)
		w.post("third", "fourth")
		w.must(act(seal.Act{Do: seal.Hold, Name: "case", Rooms: []string{w.room.GUID}, From: w.now() + 1}))
		time.Sleep(time.Minute)
		w.post("fifth")
		w.later(s, 12)
		w.said("at the ceiling", []string{"fifth"}, "fifth")
		if err := act(seal.Act{Do: seal.Hold, Name: "case", Rooms: []string{w.room.GUID}}); chat.KindOf(err) != chat.KindInvalid || !strings.Contains(err.Error(), "a hold case already") {
			t.Errorf("a second hold of that name: %v", err)
		}
		if err := act(seal.Act{Do: seal.Run}); chat.KindOf(err) != chat.KindInvalid {
			t.Errorf("a run from outside: %v", err)
		}
		st, err := s.Status(w.ctx)
		if err != nil || len(st.Trouble) != 0 {
			t.Errorf("status %+v, %v", st, err)
		}
		r, err := seal.Verify(w.ctx, dir, seal.VerifyOptions{PublicKey: public, Content: keys.Content})
		w.must(err)
		if r.Outcome != seal.Good || r.Destroyed < 4 || r.Contents != r.Leaves-r.Destroyed {
			t.Errorf("%+v %v", r, r.Finding)
		}
	})
}

// said checks which messages can be read, and whose texts the journal and the
// compliance store still have.
func (w *world) said(when string, readable []string, kept ...string) {
	w.t.Helper()
	list, err := w.journal.ListNewest(w.ctx, w.room.ID, 0, 100)
	w.must(err)
	var texts []string
	for _, m := range list {
		texts = append(texts, m.Text)
	}
	want(w.t, when+": can be read", texts, readable)
	entries, err := w.journal.ListEntries(w.ctx, 0, 10_000)
	w.must(err)
	texts = nil
	for _, e := range entries {
		if e.Kind == chat.EntryPost && e.Text != "" {
			texts = append(texts, e.Text)
		}
	}
	want(w.t, when+": the journal has", texts, kept)
	texts = nil
	for e, err := range w.store.Search(w.ctx, compliance.Query{Kinds: []chat.EntryKind{chat.EntryPost}}) {
		w.must(err)
		if e.Text != "" {
			texts = append(texts, e.Text)
		}
	}
	for _, text := range texts {
		if !slices.Contains(kept, text) {
			w.t.Errorf("%s: the compliance store has %q", when, text)
		}
	}
}

// TestPresent: a batch tells who was there before it.
func TestPresent(t *testing.T) {
	inBubble(t, func(w *world) {
		k := &keeper{}
		w.adapters["xml"] = k
		s := w.service("one")
		defer s.Stop()
		time.Sleep(100 * time.Millisecond) // past the service's ticks, which would wake in the same instant
		w.come(chat.EntryJoin, 1)
		w.come(chat.EntryJoin, 2)
		time.Sleep(2 * time.Minute)
		w.come(chat.EntryPart, 1)
		w.post("only u2 hears this")
		time.Sleep(2 * time.Minute)
		w.post("still")
		time.Sleep(2 * time.Minute)
		_, err := w.journal.Append(w.ctx, chat.Batch{Entries: []chat.Entry{{Kind: chat.EntryServer, At: now(), Cause: "started"}}})
		w.must(err)
		time.Sleep(2 * time.Minute)
		w.post("nobody is here")
		time.Sleep(2 * time.Minute)
		batches := k.taken()
		for i, there := range [][]chat.PrincipalID{nil, {1, 2}, {2}, nil, nil} {
			var got []chat.PrincipalID
			for _, c := range batches[i].Conversations {
				for _, p := range c.Present {
					got = append(got, p.User)
				}
			}
			want(t, fmt.Sprint("present before batch ", i+1), got, there)
		}
	})
}

// Package storetest is for tests: what every compliance.Store does, whatever
// engine keeps it. A driver's own test calls Test.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"perch/chat"
	"perch/compliance"
)

// Test checks a kind of store. open opens the store of the test that is given it,
// the same one each time: as two processes would.
func Test(t *testing.T, open func(t *testing.T) compliance.Store) {
	for name, test := range map[string]func(s *suite){
		"lease": lease, "fencing": fencing, "events": events, "batches": batches, "presence": presence, "deliveries": deliveries,
		"forget": forget, "erase": erase, "search": search, "gaps": gaps,
	} {
		t.Run(name, func(t *testing.T) {
			s := &suite{T: t, ctx: t.Context(), Store: open(t), again: func() compliance.Store { return open(t) }}
			test(s)
		})
	}
}

type suite struct {
	*testing.T
	compliance.Store
	ctx   context.Context
	again func() compliance.Store
	lease compliance.Lease
}

func (s *suite) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func want[V comparable](s *suite, what string, got, want V) {
	s.Helper()
	if got != want {
		s.Errorf("%s: %v, want %v", what, got, want)
	}
}

// hold takes the lease.
func (s *suite) hold() {
	s.Helper()
	var err error
	s.lease, err = s.Acquire(s.ctx, "one", 100, 200)
	s.must(err)
}

const minute = chat.Time(60_000_000)

// entry is an event of a room, at as many minutes as its number.
func entry(id int, kind chat.EntryKind, user int) chat.Entry {
	return chat.Entry{
		ID: chat.EntryID(id), Kind: kind, At: chat.Time(id) * minute, Actor: chat.PrincipalID(user), ActorURI: fmt.Sprintf("sip:u%d@example.test", user),
		ActorName: fmt.Sprintf("User %d", user), Room: 5, RoomGUID: "guid-5", RoomName: "Bonds", Message: chat.MessageID(id), Text: fmt.Sprintf("text %d", id),
		Endpoint: "e", Client: "c", Cause: "", Detail: "{}", Rich: "<b/>", Alert: id%2 == 0, Subject: int64(id), Last: 3,
	}
}

func posts(first, last int) (out []chat.Entry) {
	for id := first; id <= last; id++ {
		out = append(out, entry(id, chat.EntryPost, 7))
	}
	return out
}

func (s *suite) put(events ...chat.Entry) {
	s.Helper()
	s.must(s.Append(s.ctx, s.lease, events))
}

// ids are those of events.
func (s *suite) ids(seq func(func(*chat.Entry, error) bool)) (out []int) {
	s.Helper()
	for e, err := range seq {
		s.must(err)
		out = append(out, int(e.ID))
	}
	return out
}

func (s *suite) same(what string, got, want []int) {
	s.Helper()
	if !slices.Equal(got, want) {
		s.Errorf("%s: %v, want %v", what, got, want)
	}
}

// lease: one holder at a time; its number grows when it passes on.
func lease(s *suite) {
	other := s.again()
	a, err := s.Acquire(s.ctx, "one", 100, 200)
	s.must(err)
	if _, err := other.Acquire(s.ctx, "two", 199, 300); !errors.Is(err, compliance.ErrLeased) {
		s.Errorf("while one holds it: %v", err)
	}
	same, err := s.Acquire(s.ctx, "one", 150, 250)
	s.must(err)
	want(s, "prolonged", same, compliance.Lease{Holder: "one", Fence: a.Fence, Until: 250})
	b, err := other.Acquire(s.ctx, "two", 250, 350)
	s.must(err)
	if b.Fence <= a.Fence {
		s.Errorf("it passed from %+v to %+v", a, b)
	}
	s.must(s.Release(s.ctx, same)) // that is lost already
	held, err := s.Holder(s.ctx)
	s.must(err)
	want(s, "held", held, b)
	s.must(other.Release(s.ctx, b))
	c, err := s.Acquire(s.ctx, "one", 260, 360)
	s.must(err)
	if c.Fence <= b.Fence {
		s.Errorf("after a release: %+v, before %+v", c, b)
	}
}

// fencing: who lost the lease writes nothing, be it by a hair.
func fencing(s *suite) {
	s.hold()
	s.put(posts(1, 3)...)
	_, err := s.CloseBatch(s.ctx, s.lease, 10*minute, []string{"xml"}, nobody{})
	s.must(err)
	old := s.lease
	if s.lease, err = s.again().Acquire(s.ctx, "two", 300, 400); err != nil {
		s.Fatal(err)
	}
	for what, do := range map[string]func() error{
		"append": func() error { return s.Append(s.ctx, old, posts(4, 5)) },
		"close":  func() error { _, err := s.CloseBatch(s.ctx, old, 11*minute, []string{"xml"}, nobody{}); return err },
		"delivery": func() error {
			return s.UpdateDelivery(s.ctx, old, compliance.Delivery{Adapter: "xml", Batch: 1, State: compliance.Done})
		},
		"forget": func() error { _, err := s.Forget(s.ctx, old, 20*minute, []string{"xml"}); return err },
		"erase":  func() error { return s.Erase(s.ctx, old, []chat.EntryID{1}) },
	} {
		if err := do(); !errors.Is(err, compliance.ErrFenced) {
			s.Errorf("%s by who lost the lease: %v", what, err)
		}
	}
	at, err := s.Position(s.ctx)
	s.must(err)
	want(s, "position", at, 3)
	d, err := s.Next(s.ctx, "xml")
	s.must(err)
	if d == nil || d.State != compliance.Waiting {
		s.Errorf("the delivery is %+v", d)
	}
	s.put(posts(4, 5)...)
}

// events: kept as they are, once, with their position.
func events(s *suite) {
	s.hold()
	s.put()
	s.put(posts(1, 4)...)
	s.put(posts(3, 6)...) // what is there already is left out
	outside := entry(8, chat.EntryCommand, 0)
	outside.Room, outside.RoomGUID, outside.RoomName = 0, "", ""
	s.put(outside) // numbers may have holes
	again := s.again()
	at, err := again.Position(s.ctx)
	s.must(err)
	want(s, "position", at, 8)
	s.same("all", s.ids(again.Events(s.ctx, 1, 100, compliance.EveryRoom)), []int{1, 2, 3, 4, 5, 6, 8})
	s.same("a range", s.ids(again.Events(s.ctx, 2, 4, 5)), []int{2, 3, 4})
	s.same("of no room", s.ids(again.Events(s.ctx, 1, 100, compliance.OutsideRooms)), []int{8})
	for e, err := range again.Events(s.ctx, 4, 4, compliance.EveryRoom) {
		s.must(err)
		want(s, "an event", *e, entry(4, chat.EntryPost, 7))
	}
	n, oldest, err := s.Waiting(s.ctx)
	s.must(err)
	want(s, "waiting", fmt.Sprint(n, oldest/minute), "7 1")
}

// nobody knows nothing more of rooms and people.
type nobody struct{}

func (nobody) DescribeRoom(*compliance.Room)     {}
func (nobody) DescribePerson(*compliance.Person) {}

// teller knows more.
type teller struct{}

func (teller) DescribeRoom(r *compliance.Room) { r.URI = "ma-chan://example.test/" + r.GUID }
func (teller) DescribePerson(p *compliance.Person) {
	p.Name, p.Groups = strings.ToLower(p.DisplayName), []string{"all"}
}

// batches: closed, numbered without holes, and then always the same.
func batches(s *suite) {
	s.hold()
	b, err := s.CloseBatch(s.ctx, s.lease, minute, []string{"xml"}, nobody{})
	s.must(err)
	if b != nil {
		s.Errorf("a batch of nothing: %+v", b)
	}
	s.put(posts(1, 3)...)
	outside := entry(4, chat.EntryCommand, 8)
	outside.Room, outside.RoomGUID, outside.RoomName = 0, "", ""
	s.put(outside)
	first, err := s.CloseBatch(s.ctx, s.lease, 10*minute, []string{"xml", "csv"}, teller{})
	s.must(err)
	s.put(posts(5, 6)...)
	second, err := s.CloseBatch(s.ctx, s.lease, 20*minute, []string{"xml"}, nobody{})
	s.must(err)
	for _, b := range []*compliance.Batch{first, second} {
		again, err := s.again().FindBatch(s.ctx, b.Number)
		s.must(err)
		describe := func(b *compliance.Batch) string {
			return fmt.Sprintf("%d %d %d %d %d %d %+v %+v", b.Number, b.First, b.Last, b.Opened, b.Closed, b.Events, b.Conversations, b.People)
		}
		want(s, "read again", describe(again), describe(b))
		want(s, "events", len(s.ids(again.All(s.ctx))), b.Events)
	}
	if first.Number != 1 || second.Number != 2 || first.Last+1 != second.First || second.Opened != first.Closed || len(first.Conversations) != 2 {
		s.Errorf("%+v\n%+v", first, second)
	}
	c := first.Conversations[1]
	if first.Conversations[0].Room.ID != compliance.OutsideRooms || c.Room.URI != "ma-chan://example.test/guid-5" || c.Events != 3 || c.First != minute || c.Last != 3*minute {
		s.Errorf("conversations %+v", first.Conversations)
	}
	if p := first.People[7]; p.Name != "user 7" || p.URI != "sip:u7@example.test" || len(p.Groups) != 1 {
		s.Errorf("people %+v", first.People)
	}
	if _, err := s.FindBatch(s.ctx, 3); chat.KindOf(err) != chat.KindNoSuchObject {
		s.Errorf("a batch that is not there: %v", err)
	}
}

// presence: a batch tells who was there before it.
func presence(s *suite) {
	s.hold()
	there := func(at int) string {
		s.Helper()
		b, err := s.CloseBatch(s.ctx, s.lease, chat.Time(at)*minute, nil, nobody{})
		s.must(err)
		var out []string
		for _, p := range b.Conversations[len(b.Conversations)-1].Present {
			out = append(out, fmt.Sprintf("%d since %d", p.User, p.Since/minute))
		}
		return strings.Join(out, ", ")
	}
	s.put(entry(1, chat.EntryJoin, 1), entry(2, chat.EntryJoin, 2))
	want(s, "before all", there(3), "")
	s.put(entry(3, chat.EntryPart, 1))
	want(s, "before one went", there(4), "1 since 1, 2 since 2")
	s.put(entry(4, chat.EntryJoin, 2)) // who comes again was away
	want(s, "before he came again", there(5), "2 since 2")
	s.put(entry(5, chat.EntryPost, 2))
	want(s, "then", there(6), "2 since 4")
	start := entry(6, chat.EntryServer, 0)
	start.Cause = chat.ServerStarted
	s.put(start, entry(7, chat.EntryPost, 2))
	want(s, "before the server started", there(8), "2 since 4")
	s.put(entry(8, chat.EntryPost, 2))
	want(s, "after it", there(9), "")
}

func (s *suite) deliveries() string {
	s.Helper()
	list, err := s.ListDeliveries(s.ctx)
	s.must(err)
	var out []string
	for _, d := range list {
		out = append(out, fmt.Sprintf("%s %d %s", d.Adapter, d.Batch, d.State))
	}
	return strings.Join(out, ", ")
}

// deliveries: in order for each adapter, and what became of them is kept.
func deliveries(s *suite) {
	s.hold()
	for i := range 3 {
		s.put(entry(i+1, chat.EntryPost, 7))
		_, err := s.CloseBatch(s.ctx, s.lease, chat.Time(i+1)*minute, []string{"csv", "xml"}, nobody{})
		s.must(err)
	}
	next := func(adapter string) int64 {
		s.Helper()
		d, err := s.Next(s.ctx, adapter)
		s.must(err)
		if d == nil {
			return 0
		}
		return d.Batch
	}
	done := func(adapter string, batch int64, state compliance.State) {
		s.Helper()
		s.must(s.UpdateDelivery(s.ctx, s.lease, compliance.Delivery{Adapter: adapter, Batch: batch, State: state, Attempts: 2, Next: 5, Reason: "why", Finished: 6, Took: 7}))
	}
	want(s, "first", next("xml"), 1)
	done("xml", 1, compliance.Done)
	done("xml", 2, compliance.Aside)
	want(s, "then", next("xml"), 3)
	want(s, "the other", next("csv"), 1)
	want(s, "one that is not set", next("fax"), 0)
	done("xml", 3, compliance.Done)
	want(s, "list", s.deliveries(), "csv 1 waiting, csv 2 waiting, csv 3 waiting, xml 2 aside, xml 3 done")
	list, err := s.ListDeliveries(s.ctx)
	s.must(err)
	want(s, "one", list[3], compliance.Delivery{Adapter: "xml", Batch: 2, State: compliance.Aside, Attempts: 2, Next: 5, Reason: "why", Finished: 6, Took: 7})
	handed := func(adapters ...string) chat.EntryID {
		s.Helper()
		at, err := s.Handed(s.ctx, adapters)
		s.must(err)
		return at
	}
	want(s, "handed on by both", handed("xml", "csv"), 0)
	want(s, "by one", handed("xml"), 1)
	s.must(s.Redeliver(s.ctx, "xml", 2))
	want(s, "again", next("xml"), 2)
	again, err := s.Next(s.ctx, "xml")
	s.must(err)
	s.must(s.Redeliver(s.ctx, "xml", 2)) // while it is on its way
	again.State, again.Attempts, again.Next = compliance.Done, again.Attempts+1, 0
	s.must(s.UpdateDelivery(s.ctx, s.lease, *again))
	again, err = s.Next(s.ctx, "xml")
	s.must(err)
	want(s, "once more", *again, compliance.Delivery{Adapter: "xml", Batch: 2, State: compliance.Waiting, Attempts: 3, Reason: "why", Finished: 6, Took: 7, Asked: 2})
	again.State = compliance.Done
	s.must(s.UpdateDelivery(s.ctx, s.lease, *again))
	want(s, "by one, then", handed("xml"), 3)
	s.must(s.Redeliver(s.ctx, "fax", 1))
	want(s, "one that is new", next("fax"), 1)
	if err := s.Redeliver(s.ctx, "xml", 9); chat.KindOf(err) != chat.KindNoSuchObject {
		s.Errorf("a batch that is not there: %v", err)
	}
}

// forget: only what all have, and is old enough, in order.
func forget(s *suite) {
	s.hold()
	for i := range 4 {
		s.put(entry(i+1, chat.EntryPost, 7))
		_, err := s.CloseBatch(s.ctx, s.lease, chat.Time(i+1)*minute, []string{"csv", "xml"}, nobody{})
		s.must(err)
	}
	for _, d := range []compliance.Delivery{
		{Adapter: "xml", Batch: 1, State: compliance.Done},
		{Adapter: "csv", Batch: 1, State: compliance.Done},
		{Adapter: "xml", Batch: 2, State: compliance.Done},
		{Adapter: "xml", Batch: 3, State: compliance.Done},
		{Adapter: "csv", Batch: 3, State: compliance.Done},
	} {
		s.must(s.UpdateDelivery(s.ctx, s.lease, d))
	}
	gone := func(before chat.Time, adapters ...string) int {
		s.Helper()
		n, err := s.Forget(s.ctx, s.lease, before, adapters)
		s.must(err)
		return n
	}
	want(s, "not old enough", gone(minute, "xml", "csv"), 0)
	want(s, "what all have", gone(10*minute, "xml", "csv"), 1)
	s.same("kept", s.ids(s.Events(s.ctx, 1, 100, compliance.EveryRoom)), []int{2, 3, 4})
	if _, err := s.FindBatch(s.ctx, 1); chat.KindOf(err) != chat.KindNoSuchObject {
		s.Errorf("a batch that was forgotten: %v", err)
	}
	want(s, "an adapter that is no longer set", gone(10*minute, "xml"), 2)
	s.same("then kept", s.ids(s.Events(s.ctx, 1, 100, compliance.EveryRoom)), []int{4})
	want(s, "deliveries", s.deliveries(), "csv 3 done, csv 4 waiting, xml 3 done, xml 4 waiting")
	at, err := s.Position(s.ctx)
	s.must(err)
	want(s, "position", at, 4)
}

package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"perch/app"
	"perch/channel"
	"perch/chat"
	"perch/directory"
)

// BenchmarkPostNoticed is durable posts into 64 rooms, 64 outstanding, through
// the channel service and the store on disk, with full text and with members
// who are invited. With feeds, each room is followed by as many users, of whom
// each has a feed of ten keywords, and one post in twenty is for one of them;
// the time is until the last of these was told.
func BenchmarkPostNoticed(b *testing.B) {
	for _, followers := range []int{0, 10, 1000} {
		b.Run(fmt.Sprintf("feeds=%d", followers), func(b *testing.B) { benchmarkNoticed(b, followers) })
	}
}

func benchmarkNoticed(b *testing.B, followers int) {
	const rooms = 64
	s := startStored(b)
	ctx := context.Background()
	users := make([]directory.NewUser, followers+1)
	for i := range users {
		users[i].Name = fmt.Sprintf("user%d", i)
	}
	people, err := s.Directory().CreateUsers(ctx, users)
	if err != nil {
		b.Fatal(err)
	}
	everybody, err := s.Directory().CreateGroup(ctx, "Everybody", "")
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]chat.PrincipalID, len(people))
	for i := range people {
		ids[i] = people[i].ID
	}
	if err := s.Directory().Join(ctx, everybody.ID, ids...); err != nil {
		b.Fatal(err)
	}
	if _, err := s.Channel().CreateCategory(ctx, channel.CategorySpec{Name: "All", Allowed: []chat.PrincipalID{s.Directory().Domain()}, Invitations: true}); err != nil {
		b.Fatal(err)
	}
	specs := make([]channel.RoomSpec, rooms)
	for i := range specs {
		specs[i] = channel.RoomSpec{Name: fmt.Sprint("Room ", i), Category: "All", Privacy: chat.Closed, Members: []chat.PrincipalID{everybody.ID}}
	}
	made, err := s.Channel().CreateRooms(ctx, specs)
	if err != nil {
		b.Fatal(err)
	}
	guids := make([]string, rooms)
	for i := range made {
		guids[i] = made[i].GUID
	}
	told := &toldSink{b: b, last: make(chan struct{}, 1)}
	for i, p := range people[1:] {
		x := openSession(b, s, p.ID, told)
		if err := s.Channel().SetFollowed(ctx, p.ID, guids); err != nil {
			b.Fatal(err)
		}
		words := make([]string, 10)
		for k := range words {
			words[k] = fmt.Sprintf("isin%dx%d", i, k)
		}
		if _, err := x.SaveFeed(ctx, chat.Feed{Name: "Mine", Keywords: words}); err != nil {
			b.Fatal(err)
		}
	}
	poster := openSession(b, s, people[0].ID, told)
	poster.Join(ctx, guids)
	free := make(chan struct{}, 64)
	post := func(n int) {
		text := "a message of the length that people write in chat rooms, give or take"
		if followers > 0 && n%20 == 0 {
			told.wanted.Add(1)
			text = fmt.Sprintf("sold 5mm of ISIN%dX%d to them", n/20%followers, n%10)
		}
		free <- struct{}{}
		if err := poster.Post(channel.Post{RoomGUID: guids[n%rooms], Text: text}, taken{b, free}); err != nil {
			b.Fatal(err)
		}
	}
	n := 0
	for b.Loop() {
		n++
		post(n)
	}
	for range cap(free) {
		free <- struct{}{}
	}
	for followers > 0 && told.got.Load() < told.wanted.Load() {
		<-told.last
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "posts/s")
}

// startStored starts a server on a folder of its own.
func startStored(b *testing.B) *app.App {
	b.Helper()
	c := app.DefaultConfig()
	c.Data, c.Web.Listen = b.TempDir(), ""
	c.SIP.TCP, c.SIP.TLS, c.SIP.Auth = "127.0.0.1:0", "", []string{"none"}
	s, err := app.Start(b.Context(), app.Options{Config: c, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Stop(); err != nil {
			b.Error(err)
		}
	})
	return s
}

func openSession(b *testing.B, s *app.App, user chat.PrincipalID, to channel.Endpoint) *channel.Session {
	b.Helper()
	x, err := s.Channel().Open(context.Background(), channel.Opening{User: user, Endpoint: "bench", Client: "bench", Sink: to, Feeds: true})
	if err != nil {
		b.Fatal(err)
	}
	return x
}

// toldSink counts what feeds have gathered.
type toldSink struct {
	b           *testing.B
	wanted, got atomic.Int64
	last        chan struct{}
}

func (t *toldSink) Deliver(events []*channel.Event) error {
	for _, e := range events {
		if e.Kind != channel.EventGathered {
			continue
		}
		t.got.Add(1)
		select {
		case t.last <- struct{}{}:
		default:
		}
	}
	return nil
}

func (t *toldSink) Closed(channel.Cause) {}

// taken lets the next post go when one is on disk.
type taken struct {
	b    *testing.B
	free chan struct{}
}

func (t taken) Stored(_ chat.MessageID, err error) {
	if err != nil {
		t.b.Error(err)
	}
	<-t.free
}

func (taken) Release() {}

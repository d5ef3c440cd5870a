package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"perch/chat"
	"perch/store/sqlite"
)

// searches is the scenario of full-text search in a large history. It works on
// the store itself, without a server.
type searches struct {
	Messages int  `help:"Messages in the store; those that are missing are posted first." default:"1000000"`
	Rooms    int  `help:"Rooms, one of which holds a tenth of all messages." default:"33077"`
	Users    int  `help:"Users." default:"10000"`
	Searches int  `help:"Searches." default:"4000"`
	Readers  int  `help:"Searches at the same time." default:"4"`
	Limit    int  `help:"Messages of a page." default:"100"`
	Reindex  bool `help:"Make the index anew first, and measure that."`
}

const (
	seedBatch  = 512
	userRooms  = 24
	historyAge = 3 * 365 * 24 * time.Hour
)

// archive is the store under load.
type archive struct {
	*sqlite.Store
	path    string
	writer  *writer
	rooms   []chat.Room
	users   []chat.Principal
	weights []float64 // of rooms, cumulated
	first   time.Time // of the history
}

// Run drives the scenario.
func (f *searches) Run(ctx context.Context, t *target) error {
	unlock, err := lockFolder(t.Data)
	if err != nil {
		return err
	}
	defer unlock()
	a := &archive{path: filepath.Join(t.Data, "perch.db"), writer: newWriter(), first: time.Date(2023, 11, 24, 0, 0, 0, 0, time.UTC)}
	r := report{Scenario: fmt.Sprintf("search: %d messages in %d rooms, %d readers", f.Messages, f.Rooms, f.Readers)}
	if f.Reindex {
		if err := a.removeIndex(); err != nil {
			return err
		}
	}
	if a.Store, err = sqlite.Open(ctx, a.path); err != nil {
		return err
	}
	defer a.Close() //nolint:errcheck // nothing is written any more
	if err := a.prepare(ctx, f); err != nil {
		return err
	}
	if err := a.seed(ctx, f, &r); err != nil {
		return err
	}
	all, err := a.run(ctx, f)
	if err != nil {
		return err
	}
	addSearches(&r, all)
	a.addSizes(&r)
	return r.print(t.JSON)
}

// lockFolder keeps a server from using the folder meanwhile, as it does itself.
func lockFolder(path string) (unlock func(), err error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("a server uses %s; stop it or name another folder: %w", path, err)
	}
	return func() { f.Close() }, nil
}

// index are the files of the index.
func (a *archive) index() []string {
	files, _ := filepath.Glob(filepath.Join(filepath.Dir(a.path), "perch.search*")) // the pattern is well formed
	return files
}

func (a *archive) removeIndex() error {
	for _, name := range a.index() {
		if err := os.RemoveAll(name); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes what is missing of users and rooms.
func (a *archive) prepare(ctx context.Context, f *searches) (err error) {
	if a.users, err = a.ListPrincipals(ctx); err != nil {
		return err
	}
	for n := len(a.users); n < f.Users; n = len(a.users) {
		list := make([]chat.Principal, min(setupChunk, f.Users-n))
		for i := range list {
			name := fmt.Sprintf("load%05d", n+i)
			list[i] = chat.Principal{GUID: guid(1, n+i), Kind: chat.KindUser, Name: name, URI: "sip:" + name + "@example.test", DisplayName: name}
		}
		if list, err = a.CreatePrincipals(ctx, list, nil, make([]chat.Entry, len(list))); err != nil {
			return err
		}
		a.users = append(a.users, list...)
	}
	if a.rooms, err = a.ListRooms(ctx); err != nil || len(a.rooms) >= f.Rooms {
		return err
	}
	c, err := a.CreateCategory(ctx, chat.Category{GUID: guid(2, len(a.rooms)), Name: fmt.Sprint("load search ", len(a.rooms)), History: true}, chat.Entry{Kind: chat.EntryCat})
	if err != nil {
		return err
	}
	for n := len(a.rooms); n < f.Rooms; n = len(a.rooms) {
		list := make([]chat.Room, min(setupChunk, f.Rooms-n))
		for i := range list {
			list[i] = chat.Room{GUID: guid(3, n+i), Category: c.ID, Name: fmt.Sprint("load search room ", n+i), Behavior: chat.Normal}
		}
		if list, err = a.CreateRooms(ctx, list, make([]chat.Entry, len(list))); err != nil {
			return err
		}
		a.rooms = append(a.rooms, list...)
	}
	return nil
}

func guid(kind, n int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", kind, n) }

// weigh decides how often rooms are posted in: the first gets a tenth of all,
// the others less and less.
func (a *archive) weigh() {
	a.weights = make([]float64, len(a.rooms))
	sum := 0.0
	for i := 1; i < len(a.rooms); i++ {
		sum += 1 / float64(i+20)
		a.weights[i] = sum
	}
	for i := range a.weights {
		a.weights[i] += sum / 9
	}
}

func (a *archive) room(r *rand.Rand) *chat.Room {
	i, _ := slices.BinarySearch(a.weights, r.Float64()*a.weights[len(a.weights)-1])
	return &a.rooms[i]
}

// seed posts what is missing, and waits until it can be searched.
func (a *archive) seed(ctx context.Context, f *searches, r *report) error {
	a.weigh()
	have := 0
	for i := range a.rooms {
		head, err := a.Head(ctx, a.rooms[i].ID)
		if err != nil {
			return err
		}
		have += int(head)
	}
	start, missing := time.Now(), f.Messages-have
	for n := have; n < f.Messages; n += seedBatch {
		if _, err := a.Append(ctx, a.batch(n, min(seedBatch, f.Messages-n), f.Messages)); err != nil {
			return err
		}
		if n/1_000_000 != (n+seedBatch)/1_000_000 {
			fmt.Fprintf(os.Stderr, "%d messages after %s\n", n+seedBatch, time.Since(start).Round(time.Second))
		}
	}
	if missing > 0 {
		r.add("seeded", float64(missing), "messages")
		r.add("seeding", float64(missing)/time.Since(start).Seconds(), "messages/s")
	}
	if err := a.indexed(ctx); err != nil {
		return err
	}
	if missing > 0 || f.Reindex {
		r.add("until all of it can be searched", time.Since(start).Seconds(), "s")
		r.add("seeding and indexing", float64(max(missing, 0)+boolInt(f.Reindex)*have)/time.Since(start).Seconds(), "messages/s")
	}
	return nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// batch are the messages from number n on.
func (a *archive) batch(n, size, all int) chat.Batch {
	var b chat.Batch
	for i := n; i < n+size; i++ {
		r := rand.New(rand.NewPCG(3, uint64(i)))
		room, user := a.room(r), &a.users[rank(r, len(a.users))]
		at := a.first.Add(time.Duration(float64(historyAge) * float64(i) / float64(all)))
		b.Drafts = append(b.Drafts, chat.Draft{
			Room: room.ID, Author: user.ID, AuthorURI: user.URI, AuthorName: user.DisplayName, At: chat.At(at), Text: a.writer.text(i),
		})
		b.Origins = append(b.Origins, chat.Origin{RoomGUID: room.GUID, RoomName: room.Name, Endpoint: "load"})
	}
	return b
}

// indexed returns when the index has caught up.
func (a *archive) indexed(ctx context.Context) error {
	for {
		_, err := a.Search(ctx, chat.MessageSearch{Rooms: []chat.RoomID{a.rooms[len(a.rooms)-1].ID}, Text: "x", Limit: 1})
		if chat.KindOf(err) != chat.KindBusy {
			return err
		}
	}
}

// took is one search as it was measured.
type took struct {
	what, where, how string
	time             time.Duration
	found            chat.Found
	err              error
}

// run searches from several readers.
func (a *archive) run(ctx context.Context, f *searches) ([]took, error) {
	m := newMix(a)
	all := make([]took, f.Searches)
	next := make(chan int)
	var wg sync.WaitGroup
	for range f.Readers {
		wg.Go(func() {
			for i := range next {
				r := rand.New(rand.NewPCG(5, uint64(i)))
				q := m.draw(r, f.Messages)
				q.Limit, q.NewestFirst = f.Limit, true
				start := time.Now()
				found, err := a.Search(ctx, q.MessageSearch)
				all[i] = took{q.what, q.where, q.how, time.Since(start), found, err}
				if d := all[i].time; d > time.Second {
					fmt.Fprintf(os.Stderr, "slow: %s in %s %s, %q (%v): %d found in %s\n", q.what, q.where, q.how, q.Text, q.Match, found.Total, d)
				}
			}
		})
	}
	for i := range all {
		next <- i
	}
	close(next)
	wg.Wait()
	return all, ctx.Err()
}

// addSearches reports by what was looked for and where.
func addSearches(r *report, all []took) {
	group := func(name string, pick func(t *took) bool) {
		var times []time.Duration
		hits := 0
		for i := range all {
			if pick(&all[i]) {
				times = append(times, all[i].time)
				hits += all[i].found.Total
			}
		}
		if len(times) == 0 {
			return
		}
		slices.Sort(times)
		at := func(p float64) float64 { return micros(times[int(p*float64(len(times)-1))]) / 1000 }
		r.add(fmt.Sprintf("%s (%d, %d found each): p50", name, len(times), hits/len(times)), at(0.50), "ms")
		r.add(name+": p95", at(0.95), "ms")
		r.add(name+": max", at(1), "ms")
	}
	for _, what := range kinds(all, func(t *took) string { return t.what }) {
		group(what, func(t *took) bool { return t.what == what })
	}
	for _, where := range kinds(all, func(t *took) string { return t.where }) {
		group("in "+where, func(t *took) bool { return t.where == where })
	}
	for _, how := range kinds(all, func(t *took) string { return t.how }) {
		group(how, func(t *took) bool { return t.how == how })
	}
	group("all searches", func(*took) bool { return true })
	failed := map[string]int{}
	for i := range all {
		if err := all[i].err; err != nil && !errors.Is(err, context.Canceled) {
			failed[err.Error()]++
		}
	}
	for text, n := range failed {
		r.add("failed: "+text, float64(n), "")
	}
}

func kinds(all []took, of func(t *took) string) []string {
	var out []string
	for i := range all {
		out = append(out, of(&all[i]))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (a *archive) addSizes(r *report) {
	size := func(path string) (n int64) {
		_ = filepath.Walk(path, func(_ string, i os.FileInfo, err error) error {
			if err == nil && !i.IsDir() {
				n += i.Size()
			}
			return nil
		})
		return n
	}
	r.add("database", float64(size(a.path))/(1<<20), "MiB")
	n := int64(0)
	for _, name := range a.index() {
		n += size(name)
	}
	r.add("index", float64(n)/(1<<20), "MiB")
	if rss, err := residentBytes(os.Getpid()); err == nil {
		r.add("resident memory", float64(rss)/(1<<20), "MiB")
	}
}

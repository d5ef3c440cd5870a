package webhook_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/chat/chattest"
	"perch/directory"
	"perch/webhook"
)

// world is webhooks over a store in memory, in a bubble: users alice, who
// manages the rooms, and bob; the domain is allowed in the category "All".
type world struct {
	t     *testing.T
	ctx   context.Context
	store *chattest.Faulty
	dir   *directory.Service
	rooms *channel.Service
	svc   *webhook.Service
	cfg   webhook.Config
	users map[string]chat.PrincipalID
	room  map[string]chat.Room
}

var discard = slog.New(slog.DiscardHandler)

func inBubble(t *testing.T, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, ctx: context.Background(), store: chattest.NewFaulty(chattest.NewStore()), users: map[string]chat.PrincipalID{}, room: map[string]chat.Room{}}
		hosts, err := webhook.ParseHosts([]string{"http://127.0.0.1:9000", "http://127.0.0.1:9001"})
		w.must(err)
		w.cfg = webhook.Config{Domain: "example.test", Hosts: hosts, Rand: rand.Reader, Now: time.Now, Log: discard}
		w.dir, err = directory.Open(w.ctx, directory.Config{Domain: "example.test", Now: time.Now, Log: discard}, w.store)
		w.must(err)
		made, err := w.dir.CreateUsers(w.ctx, []directory.NewUser{{Name: "alice", DisplayName: "Alice Archer"}, {Name: "bob", DisplayName: "Bob Builder"}})
		w.must(err)
		for _, p := range made {
			w.users[p.Name] = p.ID
		}
		w.rooms = channel.New(channel.Config{Domain: "example.test", Workers: 2, Now: time.Now, Log: discard}, w.store, w.dir)
		w.must(w.rooms.Start(w.ctx))
		defer func() { w.must(w.rooms.Stop(w.ctx)) }()
		_, err = w.rooms.CreateCategory(w.ctx, channel.CategorySpec{Name: "All", Allowed: []chat.PrincipalID{w.dir.Domain()}})
		w.must(err)
		w.start()
		defer func() { w.must(w.svc.Stop(w.ctx)) }()
		test(w)
	})
}

// start starts the webhooks anew, on what is stored.
func (w *world) start() {
	w.t.Helper()
	if w.svc != nil {
		w.must(w.svc.Stop(w.ctx))
	}
	w.svc = webhook.New(w.cfg, w.store, w.rooms, w.dir)
	w.must(w.svc.Start(w.ctx))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) isKind(err error, k chat.Kind) {
	w.t.Helper()
	if err == nil || chat.KindOf(err) != k {
		w.t.Errorf("error %v, want %v", err, k)
	}
}

// open makes a room that alice manages and is a member of, like bob.
func (w *world) open(spec channel.RoomSpec) chat.Room {
	w.t.Helper()
	spec.Category = "All"
	spec.Managers = []chat.PrincipalID{w.users["alice"]}
	spec.Members = []chat.PrincipalID{w.users["alice"], w.users["bob"]}
	made, err := w.rooms.CreateRooms(w.ctx, []channel.RoomSpec{spec})
	w.must(err)
	w.room[spec.Name] = made[0]
	return made[0]
}

func (w *world) by(user string) webhook.Caller {
	return webhook.Caller{User: w.users[user], Client: "test"}
}

// incoming makes an incoming webhook as alice.
func (w *world) incoming(room, name string) (webhook.Info, string) {
	w.t.Helper()
	i, secret, err := w.svc.Create(w.ctx, w.by("alice"), webhook.Spec{Room: w.room[room].GUID, Name: name})
	w.must(err)
	return i, secret
}

// outgoing makes an outgoing webhook as alice.
func (w *world) outgoing(room, name, url string, words ...string) (webhook.Info, string) {
	w.t.Helper()
	i, secret, err := w.svc.Create(w.ctx, w.by("alice"), webhook.Spec{Room: w.room[room].GUID, Name: name, Outgoing: true, URL: url, Words: words})
	w.must(err)
	return i, secret
}

func (w *world) receive(secret, text string) error {
	w.t.Helper()
	if err := w.svc.Admit(secret); err != nil {
		return err
	}
	_, err := w.svc.Receive(w.ctx, secret, &webhook.Payload{Text: text}, "")
	return err
}

// again posts as a program does that did not hear the answer.
func (w *world) again(secret, text, key string) (chat.MessageID, error) {
	w.t.Helper()
	return w.svc.Receive(w.ctx, secret, &webhook.Payload{Text: text}, key)
}

// posts are the texts of a room, and their authors' names.
func (w *world) posts(room string) (texts, authors []string) {
	w.t.Helper()
	list, err := w.store.ListNewest(w.ctx, w.room[room].ID, 0, 1000)
	w.must(err)
	for _, m := range list {
		texts, authors = append(texts, m.Text), append(authors, m.AuthorName)
	}
	return texts, authors
}

type quiet struct{}

func (quiet) Deliver([]*channel.Event) error   { return nil }
func (quiet) Closed(channel.Cause)             {}
func (quiet) Stored(_ chat.MessageID, _ error) {}
func (quiet) Release()                         {}

// post posts as a user and waits until everything has come to rest.
func (w *world) post(user, room string, texts ...string) {
	w.t.Helper()
	x, err := w.rooms.Open(w.ctx, channel.Opening{User: w.users[user], Endpoint: "e", Sink: quiet{}})
	w.must(err)
	w.must(x.Join(w.ctx, []string{w.room[room].GUID})[0].Err)
	for _, text := range texts {
		w.must(x.Post(channel.Post{RoomGUID: w.room[room].GUID, Text: text}, quiet{}))
	}
	synctest.Wait()
	x.Close(channel.CauseLeft)
	synctest.Wait()
}

// info is a webhook as its managers see it.
func (w *world) info(room, guid string) webhook.Info {
	w.t.Helper()
	list, err := w.svc.List(w.by("alice"), w.room[room].GUID)
	w.must(err)
	for _, i := range list {
		if i.GUID == guid {
			return i
		}
	}
	w.t.Fatalf("there is no webhook %s", guid)
	return webhook.Info{}
}

func (w *world) entries(kind chat.EntryKind) (out []chat.Entry) {
	w.t.Helper()
	all, err := w.store.ListEntries(w.ctx, 0, 10_000)
	w.must(err)
	for _, e := range all {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// delivery is a request that a receiver got.
type delivery struct {
	header http.Header
	body   []byte
	at     time.Time
}

func (d *delivery) field(t *testing.T, name string) any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(d.body, &v); err != nil {
		t.Fatal(err)
	}
	return v[name]
}

// receiver is an HTTP server at the far end of pipes, so that it can be in a
// bubble. answer is asked for each request.
type receiver struct {
	conns chan net.Conn
	srv   *http.Server
	done  chan struct{}

	mu     sync.Mutex // guards the fields below
	got    []delivery
	answer func(n int, d *delivery) (status int, header http.Header, body string)
}

// network connects the webhooks to receivers by address.
func (w *world) network(addresses ...string) map[string]*receiver {
	w.t.Helper()
	all := map[string]*receiver{}
	for _, a := range addresses {
		r := &receiver{conns: make(chan net.Conn), done: make(chan struct{})}
		r.srv = &http.Server{Handler: r, ReadHeaderTimeout: time.Minute}
		go func() { // ends when the test closes the server
			defer close(r.done)
			_ = r.srv.Serve(r)
		}()
		all[a] = r
	}
	w.cfg.Dial = func(ctx context.Context, _, address string) (net.Conn, error) {
		r := all[address]
		if r == nil {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: io.ErrClosedPipe}
		}
		near, far := net.Pipe()
		select {
		case r.conns <- far:
			return near, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	w.start()
	return all
}

// shut ends the receivers; a bubble waits for every goroutine.
func (w *world) shut(all map[string]*receiver) {
	w.must(w.svc.Stop(w.ctx))
	for _, r := range all {
		_ = r.srv.Close()
		<-r.done
	}
}

// Accept, Close and Addr make it a net.Listener.
func (r *receiver) Accept() (net.Conn, error) {
	c, ok := <-r.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (r *receiver) Close() error   { close(r.conns); return nil }
func (r *receiver) Addr() net.Addr { return &net.TCPAddr{} }

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	b, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	d := delivery{header: req.Header, body: b, at: time.Now()}
	r.mu.Lock()
	n := len(r.got)
	r.got = append(r.got, d)
	answer := r.answer
	r.mu.Unlock()
	if answer == nil {
		return
	}
	status, header, body := answer(n, &d)
	for k, v := range header {
		w.Header()[k] = v
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func (r *receiver) answers(fn func(n int, d *delivery) (int, http.Header, string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = fn
}

func (r *receiver) all() []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]delivery(nil), r.got...)
}

// texts are what the receiver was told, in order, repetitions too.
func (r *receiver) texts(t *testing.T) (out []string) {
	t.Helper()
	for _, d := range r.all() {
		out = append(out, d.field(t, "text").(string))
	}
	return out
}

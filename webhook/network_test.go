package webhook_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/chat/chattest"
	"perch/directory"
	"perch/webhook"
)

// TestNetwork: over real sockets, HTTPS reaches a receiver at a private address
// only if the list has that address, whatever its name is.
func TestNetwork(t *testing.T) {
	var got atomic.Int32
	called := make(chan struct{}, 16)
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got.Add(1); called <- struct{}{} }))
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	_, port, _ := strings.Cut(srv.Listener.Addr().String(), ":")
	for _, c := range []struct {
		name  string
		hosts []string
		host  string
		want  string // its trouble
	}{
		{"allowed", []string{"localhost:" + port, "127.0.0.0/8", "::1"}, "localhost", ""},
		{"a name that leads inside", []string{"localhost:" + port}, "localhost", "which is not public and not in web.webhook_hosts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{t: t, ctx: t.Context(), store: chattest.NewFaulty(chattest.NewStore()), users: map[string]chat.PrincipalID{}, room: map[string]chat.Room{}}
			hosts, err := webhook.ParseHosts(c.hosts)
			w.must(err)
			// The certificate is for example.com.
			w.cfg = webhook.Config{Domain: "example.test", Hosts: hosts, TLS: &tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: tls.VersionTLS12}, Rand: rand.Reader, Now: time.Now, Log: discard}
			w.dir, err = directory.Open(w.ctx, directory.Config{Domain: "example.test", Now: time.Now, Log: discard}, w.store)
			w.must(err)
			made, err := w.dir.CreateUsers(w.ctx, []directory.NewUser{{Name: "alice"}, {Name: "bob"}})
			w.must(err)
			w.users["alice"], w.users["bob"] = made[0].ID, made[1].ID
			w.rooms = channel.New(channel.Config{Domain: "example.test", Now: time.Now, Log: discard}, w.store, w.dir)
			w.must(w.rooms.Start(w.ctx))
			defer func() { w.must(w.rooms.Stop(context.Background())) }()
			_, err = w.rooms.CreateCategory(w.ctx, channel.CategorySpec{Name: "All", Allowed: []chat.PrincipalID{w.dir.Domain()}})
			w.must(err)
			w.start()
			defer func() { w.must(w.svc.Stop(context.Background())) }()
			w.open(channel.RoomSpec{Name: "Ops"})
			i, _ := w.outgoing("Ops", "CRM", "https://"+c.host+":"+port+"/x")
			before := got.Load()
			x, err := w.rooms.Open(w.ctx, channel.Opening{User: w.users["bob"], Endpoint: "e", Sink: quiet{}})
			w.must(err)
			w.must(x.Join(w.ctx, []string{w.room["Ops"].GUID})[0].Err)
			w.must(x.Post(channel.Post{RoomGUID: w.room["Ops"].GUID, Text: "hello"}, quiet{}))
			deadline := time.After(20 * time.Second)
			for tick := time.NewTicker(5 * time.Millisecond); ; {
				now := w.info("Ops", i.GUID)
				if now.Last != 0 || now.Trouble != "" {
					tick.Stop()
					if c.want == "" && now.Trouble != "" || !strings.Contains(now.Trouble, c.want) {
						t.Errorf("its trouble: %q, want %q", now.Trouble, c.want)
					}
					break
				}
				select {
				case <-tick.C:
				case <-deadline:
					t.Fatal("nothing has happened in 20 s")
				}
			}
			if n := got.Load() - before; (n == 1) != (c.want == "") {
				t.Errorf("%d requests came through", n)
			}
		})
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"perch/front/admin/api"
	"perch/front/admin/client"
	"perch/probe"
)

// server is the running server under load.
type server struct {
	addr   string
	web    string // empty: there is no web listener
	domain string
	pid    int
	admin  *client.Client
}

const category = "load"

// connect finds the server and makes the category of the load's rooms.
func connect(ctx context.Context, t *target) (*server, error) {
	b, err := os.ReadFile(filepath.Join(t.Data, "addresses.json"))
	if err != nil {
		return nil, fmt.Errorf("no server runs on %s: %w", t.Data, err)
	}
	var a struct {
		TCP string `json:"sip_tcp"`
		Web string `json:"web"`
	}
	if err := json.Unmarshal(b, &a); err != nil || a.TCP == "" {
		return nil, fmt.Errorf("the server on %s has no TCP listener", t.Data)
	}
	s := &server{addr: a.TCP, web: a.Web}
	if s.admin, err = client.Open(t.Data); err != nil {
		return nil, err
	}
	st, err := s.admin.Status(ctx)
	if err != nil {
		return nil, err
	}
	s.domain, s.pid = st.Domain, st.PID
	name := category
	everyone := api.List{Add: []string{"everyone"}}
	if _, err := s.admin.Category(ctx, category); err != nil {
		if _, err := s.admin.AddCategory(ctx, api.CategoryChange{Name: &name, Allowed: everyone}); err != nil {
			return nil, err
		}
	}
	return s, nil
}

const setupChunk = 1000

// users makes sure that n users exist and returns their names.
func (s *server) users(ctx context.Context, n int) ([]string, error) {
	names := make([]string, n)
	items := make([]api.NewUser, n)
	for i := range names {
		names[i] = fmt.Sprintf("load%05d", i)
		items[i].Name = names[i]
	}
	for from := 0; from < n; from += setupChunk {
		part := items[from:min(from+setupChunk, n)]
		if _, err := s.admin.AddUsers(ctx, api.Bulk[api.NewUser]{Items: part, SkipExisting: true}); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// rooms makes sure that n rooms exist and returns their addresses. With members
// they are closed, without they are open.
func (s *server) rooms(ctx context.Context, prefix string, n int, members func(i int) []string) ([]probe.Room, error) {
	items := make([]api.NewRoom, n)
	index := make(map[string]int, n)
	for i := range items {
		items[i] = api.NewRoom{Name: fmt.Sprintf("%s %d", prefix, i), Category: category, Privacy: "open"}
		if members != nil {
			items[i].Privacy, items[i].Members = "closed", members(i)
		}
		index[items[i].Name] = i
	}
	for from := 0; from < n; from += setupChunk {
		part := items[from:min(from+setupChunk, n)]
		if _, err := s.admin.AddRooms(ctx, api.Bulk[api.NewRoom]{Items: part, SkipExisting: true}); err != nil {
			return nil, err
		}
	}
	all, err := s.admin.Rooms(ctx, url.Values{"category": {category}})
	if err != nil {
		return nil, err
	}
	out := make([]probe.Room, n)
	for _, r := range all {
		if i, ok := index[r.Name]; ok {
			out[i] = probe.Room{Domain: s.domain, GUID: r.URI[strings.LastIndexByte(r.URI, '/')+1:]}
		}
	}
	return out, nil
}

// seed posts messages into rooms that hold fewer, from a few connections.
// author says which user posts in a room.
func (s *server) seed(ctx context.Context, users []string, where []probe.Room, messages int, author func(i int) int) error {
	const perLink = 512
	for from := 0; from < len(where); from += perLink {
		part := where[from:min(from+perLink, len(where))]
		if err := s.seedPart(ctx, users, part, messages, func(i int) int { return author(from + i) }); err != nil {
			return fmt.Errorf("seeding: %w", err)
		}
	}
	return nil
}

func (s *server) seedPart(ctx context.Context, users []string, where []probe.Room, messages int, author func(i int) int) error {
	l, err := dial(ctx, s.addr)
	if err != nil {
		return err
	}
	defer l.Close()
	var boards []*board
	of := map[string]*board{}
	byUser := map[string]*probe.Endpoint{}
	for i, r := range where {
		have, err := s.admin.Messages(ctx, r.GUID, messages)
		if err != nil {
			return err
		}
		if len(have) >= messages {
			continue
		}
		name := users[author(i)]
		ep := byUser[name]
		if ep == nil {
			ep = probe.NewEndpoint(l, name, s.domain)
			byUser[name] = ep
			if err := ep.SignIn(ctx, ""); err != nil {
				return err
			}
			if err := ep.OpenChat(ctx, poolOf(s.domain)); err != nil {
				return err
			}
		}
		if err := ep.Join(ctx, r); err != nil {
			return err
		}
		b := newBoard(r, ep, 1, min(8, messages-len(have)), messages-len(have))
		boards = append(boards, b)
		of[r.GUID] = b
	}
	l.OnChat(func(ep *probe.Endpoint, body []byte) {
		if b := of[roomOf(body)]; b != nil && b.poster == ep {
			b.delivered(ep, body)
		}
	})
	for _, b := range boards {
		if err := b.run(ctx, "seed"); err != nil {
			return err
		}
	}
	return nil
}

// roomOf reads the room's GUID out of a chat message.
func roomOf(body []byte) string {
	_, rest, _ := bytes.Cut(body, []byte(` chanUri="ma-chan://`))
	_, rest, _ = bytes.Cut(rest, []byte("/"))
	guid, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(guid)
}

// collect has the server collect its garbage.
func (s *server) collect(ctx context.Context) error { return s.admin.FreeMemory(ctx) }

// residentAfterGC is the server's resident memory once it has settled.
func (s *server) residentAfterGC(ctx context.Context) (int64, error) {
	for range 2 {
		timer := time.NewTimer(settle)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return 0, ctx.Err()
		}
		if err := s.collect(ctx); err != nil {
			return 0, err
		}
	}
	return residentBytes(s.pid)
}

// verifyCmd checks that the server has what it acknowledged.
type verifyCmd struct {
	Ack string `arg:"" help:"File that a run with --ack wrote." type:"existingfile"`
}

// Run compares the file with the rooms: no acknowledged message is missing, ids
// are dense, and none stands twice.
func (v *verifyCmd) Run(ctx context.Context, t *target) error {
	s, err := connect(ctx, t)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(v.Ack)
	if err != nil {
		return err
	}
	acked := map[string]map[int64]int{}
	total := 0
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) != 3 { // cut off when the generator was
			continue
		}
		id, err1 := strconv.ParseInt(f[1], 10, 64)
		n, err2 := strconv.Atoi(f[2])
		if err1 != nil || err2 != nil {
			return fmt.Errorf("%s: %q is no acknowledgement", v.Ack, line)
		}
		if acked[f[0]] == nil {
			acked[f[0]] = map[int64]int{}
		}
		if was, twice := acked[f[0]][id]; twice && was != n {
			return fmt.Errorf("room %s: id %d was given twice, to posts %d and %d", f[0], id, was, n)
		}
		acked[f[0]][id] = n
		total++
	}
	for guid, want := range acked {
		if err := s.verifyRoom(ctx, guid, want); err != nil {
			return err
		}
	}
	fmt.Printf("%d acknowledged messages in %d rooms: all there, ids dense\n", total, len(acked))
	return nil
}

func (s *server) verifyRoom(ctx context.Context, guid string, want map[int64]int) error {
	have, err := s.admin.Messages(ctx, guid, 1<<30)
	if err != nil {
		return err
	}
	for i, m := range have {
		if m.ID != int64(i+1) {
			return fmt.Errorf("room %s: message %d stands where %d should", guid, m.ID, i+1)
		}
		n, acked := want[m.ID]
		if acked && !strings.HasPrefix(m.Text, "#"+strconv.Itoa(n)+" ") {
			return fmt.Errorf("room %s: message %d is %.20q, acknowledged was post %d", guid, m.ID, m.Text, n)
		}
		delete(want, m.ID)
	}
	for id := range want {
		return fmt.Errorf("room %s: acknowledged message %d is missing", guid, id)
	}
	return nil
}

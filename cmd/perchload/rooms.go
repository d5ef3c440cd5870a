package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"sync"

	"perch/probe"
)

// rooms is the scenario of many rooms with a poster in each.
type rooms struct {
	Rooms   int    `help:"Rooms." default:"200"`
	Members int    `help:"Members of each room." default:"10"`
	Window  int    `help:"Posts outstanding in each room." default:"1"`
	Posts   int    `help:"Posts in each room." default:"500"`
	Filler  int    `help:"Bytes of text beside the number." default:"64"`
	Ack     string `help:"Append every acknowledged message to this file: room, id, number."`
	Base    int    `help:"Number of the first post of each room."`
}

// Run drives the scenario.
func (f *rooms) Run(ctx context.Context, t *target) error {
	return f.run(ctx, t, "rooms", 1)
}

// run is shared with the trunk scenario, where links carry several dialogs.
func (f *rooms) run(ctx context.Context, t *target, name string, perLink int) error {
	s, err := connect(ctx, t)
	if err != nil {
		return err
	}
	where, c, err := f.people(ctx, s, name, perLink)
	if err != nil {
		return err
	}
	defer c.close()
	log, err := openAckLog(f.Ack)
	if err != nil {
		return err
	}
	boards := f.boards(c, where, log)
	u, err := runBoards(ctx, s.pid, boards, f.Filler)
	if cerr := log.close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	r := report{Scenario: fmt.Sprintf("%s: %d rooms of %d on %d connections, %d outstanding in each", name, f.Rooms, f.Members, len(c.links), f.Window)}
	posts, deliveries, latencies := tally(boards)
	r.addRun(posts, deliveries, u, latencies)
	return r.print(t.JSON)
}

// people signs everybody in and has them join their rooms.
func (f *rooms) people(ctx context.Context, s *server, name string, perLink int) ([]probe.Room, *crowd, error) {
	users, err := s.users(ctx, f.Rooms*f.Members)
	if err != nil {
		return nil, nil, err
	}
	where, err := s.rooms(ctx, fmt.Sprintf("load %s %d", name, f.Members), f.Rooms, nil)
	if err != nil {
		return nil, nil, err
	}
	c, err := gather(ctx, s, users, perLink)
	if err != nil {
		return nil, nil, err
	}
	byPlace := func(i int) probe.Room { return where[i/f.Members] }
	err = inParallel(len(users), connectWorkers, func(i int) error { return c.endpoints[i].Join(ctx, byPlace(i)) })
	if err != nil {
		c.close()
		return nil, nil, err
	}
	return where, c, nil
}

// boards makes a board a room and routes deliveries to them.
func (f *rooms) boards(c *crowd, where []probe.Room, log *ackLog) []*board {
	boards := make([]*board, len(where))
	of := make(map[*probe.Endpoint]*board, len(c.endpoints))
	for i := range where {
		b := newBoard(where[i], c.endpoints[i*f.Members], f.Members, f.Window, f.Posts)
		b.base = f.Base
		if log != nil {
			b.acked = log.write
		}
		boards[i] = b
		for _, ep := range c.endpoints[i*f.Members : (i+1)*f.Members] {
			of[ep] = b
		}
	}
	c.listen(func(ep *probe.Endpoint, body []byte) { of[ep].delivered(ep, body) })
	return boards
}

// ackLog writes down what the server acknowledged: the echo of a post means
// that it is on disk. A nil log writes nothing.
type ackLog struct {
	mu sync.Mutex // guards w
	f  *os.File
	w  *bufio.Writer
}

func openAckLog(name string) (*ackLog, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &ackLog{f: f, w: bufio.NewWriter(f)}, nil
}

func (a *ackLog) write(b *board, body []byte) {
	_, id, _ := bytes.Cut(body, []byte(` chatId="`))
	id, _, _ = bytes.Cut(id, []byte(`"`))
	a.mu.Lock()
	defer a.mu.Unlock()
	fmt.Fprintf(a.w, "%s %s %d\n", b.room.GUID, id, seqOf(body))
}

func (a *ackLog) close() error {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.w.Flush(); err != nil {
		return err
	}
	return a.f.Close()
}

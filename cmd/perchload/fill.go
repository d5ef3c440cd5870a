package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"time"

	"perch/chat"
	"perch/store/sqlite"
)

// fill gives one room a long history, as if its people had talked for years. It
// works on the store itself, without a server.
type fill struct {
	Room     string    `help:"Name of the room." required:""`
	Messages int       `help:"Messages to post." default:"1000000"`
	Until    time.Time `help:"When the last one is posted; the present if nothing is said."`
	Days     int       `help:"Days over which they are spread." default:"730"`
	Users    []string  `help:"Names of the authors, by turns of chance." required:""`
}

// Run fills the room.
func (f *fill) Run(ctx context.Context, t *target) error {
	unlock, err := lockFolder(t.Data)
	if err != nil {
		return err
	}
	defer unlock()
	a := &archive{path: filepath.Join(t.Data, "perch.db"), writer: newWriter()}
	if a.Store, err = sqlite.Open(ctx, a.path); err != nil {
		return err
	}
	defer a.Close() //nolint:errcheck // nothing is written any more
	if err := f.find(ctx, a); err != nil {
		return err
	}
	until := f.Until
	if until.IsZero() {
		until = time.Now()
	}
	span := time.Duration(f.Days) * 24 * time.Hour
	a.first = until.Add(-span)
	start := time.Now()
	for n := 0; n < f.Messages; n += seedBatch {
		if _, err := a.Append(ctx, f.batch(a, n, span)); err != nil {
			return err
		}
	}
	if err := a.indexed(ctx); err != nil {
		return err
	}
	r := report{Scenario: fmt.Sprintf("fill: %d messages in %s", f.Messages, f.Room)}
	r.add("until all of it can be searched", time.Since(start).Seconds(), "s")
	return r.print(t.JSON)
}

// find finds the room and the authors.
func (f *fill) find(ctx context.Context, a *archive) error {
	rooms, err := a.ListRooms(ctx)
	if err != nil {
		return err
	}
	for i := range rooms {
		if strings.EqualFold(rooms[i].Name, f.Room) {
			a.rooms = rooms[i : i+1]
		}
	}
	people, err := a.ListPrincipals(ctx)
	if err != nil {
		return err
	}
	for _, name := range f.Users {
		for i := range people {
			if people[i].Kind == chat.KindUser && strings.EqualFold(people[i].Name, name) {
				a.users = append(a.users, people[i])
			}
		}
	}
	if len(a.rooms) == 0 || len(a.users) < len(f.Users) {
		return fmt.Errorf("the folder has no room %s, or not all of the users %s", f.Room, strings.Join(f.Users, ", "))
	}
	return nil
}

func (f *fill) batch(a *archive, n int, span time.Duration) chat.Batch {
	var b chat.Batch
	room := &a.rooms[0]
	for i := n; i < min(n+seedBatch, f.Messages); i++ {
		user := &a.users[rand.New(rand.NewPCG(9, uint64(i))).IntN(len(a.users))]
		at := a.first.Add(time.Duration(float64(span) * float64(i+1) / float64(f.Messages)))
		b.Drafts = append(b.Drafts, chat.Draft{
			Room: room.ID, Author: user.ID, AuthorURI: user.URI, AuthorName: user.DisplayName, At: chat.At(at), Text: a.writer.text(i),
		})
		b.Origins = append(b.Origins, chat.Origin{RoomGUID: room.GUID, RoomName: room.Name, Endpoint: "load"})
	}
	return b
}

package chattest

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"perch/chat"
)

var roomTests = map[string]func(t *testing.T, w *world){
	"Rooms/every field is kept":              testRoomFields,
	"Rooms/ids":                              testRoomIDs,
	"Rooms/names are unique":                 testRoomNames,
	"Rooms/names may be exchanged":           testRoomExchange,
	"Rooms/all of a call or nothing":         testRoomsWhole,
	"Rooms/need a category":                  testRoomCategory,
	"Rooms/one of many changes wins":         testRoomCollision,
	"Rooms/are deleted with their messages":  testRoomDelete,
	"Rooms/lists stay the caller's":          testRoomKeepsNothing,
	"Rooms/bad ones are refused":             testRoomInvalid,
	"Rooms/lists and version of one moment":  testRoomSnapshot,
	"Rooms/posts and deletion in some order": testRoomDeleteRace,
}

func fullRoom(w *world, name string) chat.Room {
	r := newRoom(w.category, name)
	r.Description, r.Privacy, r.Behavior, r.Invitations, r.Disabled = `"x" & 'y'`, chat.Secret, chat.Auditorium, chat.InvitationsOff, true
	r.Addin, r.InvitesFrom = "6f3a0f9e-0000-4000-8000-000000000001", 7
	r.Members, r.Managers, r.Presenters = []chat.PrincipalID{w.alice, w.bob, 88}, []chat.PrincipalID{w.alice}, []chat.PrincipalID{w.bob, 99}
	r.Audit = chat.Audit{CreatedBy: w.alice, UpdatedBy: w.bob, CreatedAt: 1_700_000_000_000_001, UpdatedAt: 1_700_000_000_000_002}
	return r
}

func (w *world) findRoom(t testing.TB, id chat.RoomID) chat.Room {
	t.Helper()
	list := must(w.ListRooms(t.Context()))(t)
	i := slices.IndexFunc(list, func(r chat.Room) bool { return r.ID == id })
	if i < 0 {
		t.Fatalf("room %d is not listed", id)
	}
	return list[i]
}

func testRoomFields(t *testing.T, w *world) {
	want := []chat.Room{fullRoom(w, "Deals"), newRoom(w.category, "Talk")}
	made := must(w.CreateRooms(t.Context(), want, roomEntries(2)))(t)
	for i := range want {
		want[i].ID, want[i].Version = w.rooms[2].ID+chat.RoomID(i+1), 1
	}
	want[0].Since = []chat.InvitationID{2, 3, 4}
	same(t, "created", want, made)
	same(t, "listed", append(slices.Clone(w.rooms), want...), must(w.ListRooms(t.Context()))(t))

	second := must(w.CreateCategory(t.Context(), newCategory("Second"), chat.Entry{}))(t)
	change := made[0]
	change.Category, change.Name, change.Description, change.Privacy, change.Behavior = second.ID, "Offers", "", chat.Open, chat.Normal
	change.Invitations, change.Disabled, change.Addin, change.InvitesFrom = chat.InvitationsInherit, false, "", 8
	change.Members, change.Managers, change.Presenters = nil, []chat.PrincipalID{5, 6}, []chat.PrincipalID{7}
	change.Audit.UpdatedBy, change.Audit.UpdatedAt = 8, 9
	want[0] = change
	want[0].Version, want[0].Since = 2, nil
	// What was given at creation does not change.
	change.GUID, change.Audit.CreatedBy, change.Audit.CreatedAt = "another", 88, 99
	same(t, "updated", want[:1], must(w.UpdateRooms(t.Context(), []chat.Room{change}, roomEntries(1)))(t))
	same(t, "listed", append(slices.Clone(w.rooms), want...), must(w.ListRooms(t.Context()))(t))
}

func testRoomIDs(t *testing.T, w *world) {
	for i, r := range w.rooms {
		if r.ID != chat.RoomID(i+1) {
			t.Errorf("room %d has the id %d", i+1, r.ID)
		}
	}
	last := w.rooms[2].ID
	for range 3 {
		made := must(w.CreateRooms(t.Context(), []chat.Room{newRoom(w.category, "a"), newRoom(w.category, "b")}, roomEntries(2)))(t)
		if made[0].ID != last+1 || made[1].ID != last+2 {
			t.Errorf("ids %d and %d after %d: ids are dense, and those of deleted ones are not given again", made[0].ID, made[1].ID, last)
		}
		last = made[1].ID
		for _, r := range made {
			check(t, w.DeleteRoom(t.Context(), r.ID, chat.Entry{}))
		}
	}
}

func testRoomNames(t *testing.T, w *world) {
	for _, name := range []string{"Bonds", "bOnDs", "TRADING"} {
		w.refused(t, chat.KindDuplicateName, func(ctx context.Context) error {
			return drop(w.CreateRooms(ctx, []chat.Room{newRoom(w.category, name)}, roomEntries(1)))
		})
		r := w.rooms[1]
		r.Name = name
		w.refused(t, chat.KindDuplicateName, func(ctx context.Context) error { return drop(w.UpdateRooms(ctx, []chat.Room{r}, roomEntries(1))) })
	}
	twice := []chat.Room{newRoom(w.category, "Ökologie"), newRoom(w.category, "ÖKOLOGIE")}
	w.refused(t, chat.KindDuplicateName, func(ctx context.Context) error { return drop(w.CreateRooms(ctx, twice, roomEntries(2))) })
	r := w.rooms[0]
	r.Name = "BONDS" // its own, written otherwise
	r = must(w.UpdateRooms(t.Context(), []chat.Room{r}, roomEntries(1)))(t)[0]
	check(t, w.DeleteRoom(t.Context(), r.ID, chat.Entry{}))
	must(w.CreateCategory(t.Context(), newCategory("bonds"), chat.Entry{}))(t) // given up
}

func testRoomExchange(t *testing.T, w *world) {
	a, b := w.rooms[0], w.rooms[1]
	a.Name, b.Name = b.Name, a.Name
	changed := must(w.UpdateRooms(t.Context(), []chat.Room{a, b}, roomEntries(2)))(t)
	same(t, "listed", append(changed, w.rooms[2]), must(w.ListRooms(t.Context()))(t))
	w.refused(t, chat.KindDuplicateName, func(ctx context.Context) error {
		return drop(w.CreateRooms(ctx, []chat.Room{newRoom(w.category, a.Name)}, roomEntries(1)))
	})
}

// testRoomsWhole checks calls on several rooms of which the last is bad.
func testRoomsWhole(t *testing.T, w *world) {
	good := newRoom(w.category, "Good")
	w.refused(t, chat.KindDuplicateName, func(ctx context.Context) error {
		return drop(w.CreateRooms(ctx, []chat.Room{good, newRoom(w.category, "Oil")}, roomEntries(2)))
	})
	w.refused(t, chat.KindNoSuchCategory, func(ctx context.Context) error {
		return drop(w.CreateRooms(ctx, []chat.Room{good, newRoom(chat.Category{ID: 4711}, "Bad")}, roomEntries(2)))
	})
	a, b := w.rooms[0], w.rooms[1]
	a.Name = "Changed"
	for kind, spoil := range map[chat.Kind]func(r *chat.Room){
		chat.KindCollision:     func(r *chat.Room) { r.Version = 9 },
		chat.KindNoSuchRoom:    func(r *chat.Room) { r.ID = 4711 },
		chat.KindDuplicateName: func(r *chat.Room) { r.Name = "Oil" },
	} {
		bad := b
		spoil(&bad)
		w.refused(t, kind, func(ctx context.Context) error { return drop(w.UpdateRooms(ctx, []chat.Room{a, bad}, roomEntries(2))) })
	}
	must(w.CreateRooms(t.Context(), []chat.Room{good}, roomEntries(1)))(t) // its name was not taken by those refused
	must(w.UpdateRooms(t.Context(), []chat.Room{a}, roomEntries(1)))(t)
}

func testRoomCategory(t *testing.T, w *world) {
	for _, id := range []chat.CategoryID{0, 4711} {
		nowhere := chat.Category{ID: id}
		w.refused(t, chat.KindNoSuchCategory, func(ctx context.Context) error {
			return drop(w.CreateRooms(ctx, []chat.Room{newRoom(nowhere, "Lost")}, roomEntries(1)))
		})
		r := w.rooms[0]
		r.Category = id
		w.refused(t, chat.KindNoSuchCategory, func(ctx context.Context) error { return drop(w.UpdateRooms(ctx, []chat.Room{r}, roomEntries(1))) })
	}
}

func testRoomCollision(t *testing.T, w *world) {
	var wg sync.WaitGroup
	var won atomic.Int32
	for i := range 8 {
		wg.Go(func() {
			r := w.rooms[0]
			r.Members = []chat.PrincipalID{chat.PrincipalID(i + 1)}
			if _, err := w.UpdateRooms(t.Context(), []chat.Room{r}, roomEntries(1)); err == nil {
				won.Add(1)
			} else {
				kindIs(t, err, chat.KindCollision)
			}
		})
	}
	wg.Wait()
	if r := w.findRoom(t, w.rooms[0].ID); won.Load() != 1 || r.Version != 2 || len(r.Members) != 1 {
		t.Errorf("%d of 8 changes of one version won; version %d, members %v", won.Load(), r.Version, r.Members)
	}
}

func testRoomDelete(t *testing.T, w *world) {
	w.say(t, w.rooms[1], 3)
	w.say(t, w.rooms[0], 2)
	check(t, w.DeleteRoom(t.Context(), w.rooms[1].ID, chat.Entry{}))
	same(t, "listed", []chat.Room{w.rooms[0], w.rooms[2]}, must(w.ListRooms(t.Context()))(t))
	same(t, "messages", []chat.Message{}, must(w.ListAfter(t.Context(), w.rooms[1].ID, 0, 10))(t))
	if head := must(w.Head(t.Context(), w.rooms[1].ID))(t); head != 0 {
		t.Errorf("a deleted room has the head %d", head)
	}
	same(t, "another room's ids", []chat.MessageID{3}, must(w.Append(t.Context(), post("", w.rooms[0])))(t))
	for _, do := range []func(ctx context.Context) error{
		func(ctx context.Context) error { return drop(w.Append(ctx, post("late", w.rooms[1]))) },
		func(ctx context.Context) error { return drop(w.UpdateRooms(ctx, w.rooms[1:2], roomEntries(1))) },
		func(ctx context.Context) error { return w.DeleteRoom(ctx, w.rooms[1].ID, chat.Entry{}) },
	} {
		w.refused(t, chat.KindNoSuchRoom, do)
	}
}

// testRoomDeleteRace checks that each post is either before the deletion and in
// the journal, or refused.
func testRoomDeleteRace(t *testing.T, w *world) {
	r := w.rooms[0]
	var wg sync.WaitGroup
	var stored atomic.Int32
	for range 6 {
		wg.Go(func() {
			for {
				if _, err := w.Append(t.Context(), post("word ", r, w.rooms[1])); err != nil {
					kindIs(t, err, chat.KindNoSuchRoom)
					return
				}
				if stored.Add(1) == 20 {
					if err := w.DeleteRoom(t.Context(), r.ID, chat.Entry{Kind: chat.EntryRoom}); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	posts, gone := 0, false
	for _, e := range must(w.ListEntries(t.Context(), 0, everything))(t) {
		if e.Room != r.ID {
			continue
		}
		if e.Kind == chat.EntryPost {
			posts++
		}
		if gone || (e.Kind == chat.EntryPost && e.Text != "word 0") {
			t.Errorf("entry %d of a deleted room: %s %q", e.ID, e.Kind, e.Text)
		}
		gone = e.Kind == chat.EntryRoom && e.At == 0 && posts > 0
	}
	if head := must(w.Head(t.Context(), w.rooms[1].ID))(t); posts != int(stored.Load()) || int(head) != posts {
		t.Errorf("%d posts acknowledged, %d in the journal, %d in the room that stayed", stored.Load(), posts, head)
	}
}

func testRoomKeepsNothing(t *testing.T, w *world) {
	mine, entries := []chat.Room{fullRoom(w, "Deals")}, []chat.Entry{{Kind: chat.EntryRoom}}
	made := must(w.CreateRooms(t.Context(), mine, entries))(t)
	same(t, "the caller's entries", []chat.Entry{{Kind: chat.EntryRoom}}, entries)
	for range 2 {
		before := snapshot(t, w.Store)
		clear(mine[0].Members)
		clear(mine[0].Managers)
		clear(mine[0].Presenters)
		clear(mine[0].Since)
		same(t, "what was returned is shared with what was handed in", w.findRoom(t, made[0].ID), made[0])
		clear(made[0].Members)
		clear(made[0].Since)
		clear(w.findRoom(t, made[0].ID).Members)
		clear(w.findRoom(t, made[0].ID).Since)
		same(t, "the store kept a caller's slice", before, snapshot(t, w.Store))
		mine = []chat.Room{w.findRoom(t, made[0].ID)}
		made = must(w.UpdateRooms(t.Context(), mine, roomEntries(1)))(t)
	}
}

func testRoomInvalid(t *testing.T, w *world) {
	r := newRoom(w.category, "Twice")
	r.Members = []chat.PrincipalID{w.alice, w.alice}
	w.refused(t, chat.KindInvalid, func(ctx context.Context) error { return drop(w.CreateRooms(ctx, []chat.Room{r}, roomEntries(1))) })
	r = w.rooms[0]
	r.Presenters = []chat.PrincipalID{w.bob, w.bob}
	w.refused(t, chat.KindInvalid, func(ctx context.Context) error { return drop(w.UpdateRooms(ctx, []chat.Room{r}, roomEntries(1))) })
	r = newRoom(w.category, "Same GUID")
	r.GUID = w.rooms[0].GUID
	w.refused(t, chat.KindInvalid, func(ctx context.Context) error { return drop(w.CreateRooms(ctx, []chat.Room{r}, roomEntries(1))) })
	again := []chat.Room{w.rooms[0], w.rooms[0]}
	again[0].Name, again[1].Name = "First", "Second"
	w.refused(t, chat.KindCollision, func(ctx context.Context) error { return drop(w.UpdateRooms(ctx, again, roomEntries(2))) })
}

// testRoomSnapshot checks that a room is never listed with the lists of one
// version and the number of another.
func testRoomSnapshot(t *testing.T, w *world) {
	done := make(chan error, 1)
	go func() {
		defer close(done)
		r := w.rooms[0]
		for range 60 {
			r.Members = []chat.PrincipalID{chat.PrincipalID(r.Version + 1)}
			list, err := w.UpdateRooms(t.Context(), []chat.Room{r}, roomEntries(1))
			if err != nil {
				done <- err
				return
			}
			r = list[0]
		}
	}()
	for {
		r := w.findRoom(t, w.rooms[0].ID)
		if r.Version > 1 && (len(r.Members) != 1 || int64(r.Members[0]) != r.Version) {
			t.Fatalf("version %d was listed with the members %v", r.Version, r.Members)
		}
		select {
		case err := <-done:
			check(t, err)
			return
		default:
		}
	}
}

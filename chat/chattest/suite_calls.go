package chattest

import (
	"context"
	"slices"

	"perch/chat"
)

// reads are calls of every method that reads.
func (w *world) reads() map[string]func(ctx context.Context) error {
	room := w.rooms[0].ID
	return map[string]func(ctx context.Context) error{
		"ListNewest":      func(ctx context.Context) error { return drop(w.ListNewest(ctx, room, 0, 5)) },
		"ListAfter":       func(ctx context.Context) error { return drop(w.ListAfter(ctx, room, 0, 5)) },
		"Head":            func(ctx context.Context) error { return drop(w.Head(ctx, room)) },
		"ListRevised":     func(ctx context.Context) error { return drop(w.ListRevised(ctx, []chat.RoomID{room})) },
		"ListCategories":  func(ctx context.Context) error { return drop(w.ListCategories(ctx)) },
		"ListRooms":       func(ctx context.Context) error { return drop(w.ListRooms(ctx)) },
		"ListPrincipals":  func(ctx context.Context) error { return drop(w.ListPrincipals(ctx)) },
		"ListMemberships": func(ctx context.Context) error { return drop(w.ListMemberships(ctx)) },
		"FindCredentials": func(ctx context.Context) error { return drop(w.FindCredentials(ctx, w.alice)) },
		"ListObjects":     func(ctx context.Context) error { return drop(w.ListObjects(ctx, chat.ObjectGrant)) },
		"ListFollowers":   func(ctx context.Context) error { return drop(w.ListFollowers(ctx, room)) },
		"ListMarks":       func(ctx context.Context) error { return drop(w.ListMarks(ctx, w.alice)) },
		"FindMark":        func(ctx context.Context) error { return drop(w.FindMark(ctx, w.alice, room)) },
		"GatheredUpTo":    func(ctx context.Context) error { return drop(w.GatheredUpTo(ctx)) },
		"ListGathered":    func(ctx context.Context) error { return drop(w.ListGathered(ctx, w.alice, "", 0, 5)) },
		"ListMessages":    func(ctx context.Context) error { return drop(w.ListMessages(ctx, room, []chat.MessageID{1})) },
		"Search": func(ctx context.Context) error {
			return drop(w.Search(ctx, chat.MessageSearch{Rooms: []chat.RoomID{room}, Limit: 5}))
		},
		"FindContacts":     func(ctx context.Context) error { return drop(w.FindContacts(ctx, w.alice)) },
		"ListPublications": func(ctx context.Context) error { return drop(w.ListPublications(ctx, w.alice)) },
		"FindPreference":   func(ctx context.Context) error { return drop(w.FindPreference(ctx, w.alice, label)) },
		"FindFileToken":    func(ctx context.Context) error { return drop(w.FindFileToken(ctx, tokenOf(w.alice).Token)) },
		"FindFile":         func(ctx context.Context) error { return drop(w.FindFile(ctx, fileOf(w.alice, "stays"))) },
		"ListFiles":        func(ctx context.Context) error { return drop(w.ListFiles(ctx, chat.FileClean, "", 5)) },
		"ListPosted":       func(ctx context.Context) error { return drop(w.ListPosted(ctx, room, 0, 5)) },
		"ListUnposted":     func(ctx context.Context) error { return drop(w.ListUnposted(ctx, 9, 9, 5)) },
		"ListLeftovers":    func(ctx context.Context) error { return drop(w.ListLeftovers(ctx, 5)) },
		"FindPass":         func(ctx context.Context) error { return drop(w.FindPass(ctx, passOf(w.alice, chat.PassToken).Hash)) },
		"ListPasses":       func(ctx context.Context) error { return drop(w.ListPasses(ctx, 0, chat.PassToken)) },
		"ListStale":        func(ctx context.Context) error { return drop(w.ListStale(ctx, 1, 1, 5)) },
		"ListLockouts":     func(ctx context.Context) error { return drop(w.ListLockouts(ctx, 0)) },
		"ListEntries":      func(ctx context.Context) error { return drop(w.ListEntries(ctx, 0, 5)) },
		"JournalHead":      func(ctx context.Context) error { return drop(w.JournalHead(ctx)) },
	}
}

// writes are calls of every method that writes, each of which would succeed.
func (w *world) writes() map[string]func(ctx context.Context) error {
	e := chat.Entry{Kind: chat.EntryRoom}
	return map[string]func(ctx context.Context) error{
		"Append": func(ctx context.Context) error { return drop(w.Append(ctx, post("late ", w.rooms...))) },
		"CreateCategory": func(ctx context.Context) error {
			return drop(w.CreateCategory(ctx, newCategory("Late"), e))
		},
		"CreateRooms": func(ctx context.Context) error {
			return drop(w.CreateRooms(ctx, []chat.Room{newRoom(w.category, "Late too")}, []chat.Entry{e}))
		},
		"UpdateCategory": func(ctx context.Context) error { return drop(w.UpdateCategory(ctx, w.category, e)) },
		"UpdateRooms":    func(ctx context.Context) error { return drop(w.UpdateRooms(ctx, w.rooms[:1], []chat.Entry{e})) },
		"DeleteCategory": func(ctx context.Context) error { return w.DeleteCategory(ctx, w.category.ID, e) },
		"DeleteRoom":     func(ctx context.Context) error { return w.DeleteRoom(ctx, w.rooms[2].ID, e) },
		"CreatePrincipals": func(ctx context.Context) error {
			return drop(w.CreatePrincipals(ctx, []chat.Principal{newUser("late")}, nil, []chat.Entry{e}))
		},
		"UpdatePrincipal": func(ctx context.Context) error {
			p := newUser("robert")
			p.ID = w.bob
			return w.UpdatePrincipal(ctx, p, e)
		},
		"UpdateMemberships": func(ctx context.Context) error {
			return drop(w.UpdateMemberships(ctx, []chat.Membership{{Group: 5, Member: 6}}, nil, []chat.Entry{e}))
		},
		"UpdateCredentials": func(ctx context.Context) error {
			return w.UpdateCredentials(ctx, w.bob, chat.Credentials{Password: "x"}, "", e)
		},
		"UpdateObjects": func(ctx context.Context) error {
			return drop(w.UpdateObjects(ctx, []chat.Object{newGrant(w.bob)}, []chat.Entry{e}))
		},
		"DeleteObject": func(ctx context.Context) error {
			return w.DeleteObject(ctx, chat.ObjectGrant, newGrant(w.alice).Name, e)
		},
		"UpdateMarks": func(ctx context.Context) error {
			return w.UpdateMarks(ctx, []chat.Mark{{User: w.bob, Room: w.rooms[0].ID, Read: 1}})
		},
		"MoveMarks": func(ctx context.Context) error {
			return w.MoveMarks(ctx, []chat.Mark{{User: w.bob, Room: w.rooms[0].ID, Read: 1}})
		},
		"AppendGathered": func(ctx context.Context) error {
			return drop(w.AppendGathered(ctx, 1, []chat.Gathered{{User: w.bob, Feed: chat.Mentions, Position: 1, Room: w.rooms[0].ID, Message: 1}}))
		},
		"DeleteGathered": func(ctx context.Context) error { return w.DeleteGathered(ctx, w.alice, chat.Mentions) },
		"ChangeMessages": func(ctx context.Context) error {
			return drop(w.ChangeMessages(ctx, w.rooms[0].ID, []chat.MessageID{1}, nil, e))
		},
		"Purge":          func(ctx context.Context) error { return drop(w.Purge(ctx, w.rooms[1].ID, 1<<60, e)) },
		"UpdateContacts": func(ctx context.Context) error { return w.UpdateContacts(ctx, w.bob, contacts(2)) },
		"UpdatePublications": func(ctx context.Context) error {
			return w.UpdatePublications(ctx, w.bob, []chat.Publication{{Version: 1}}, nil)
		},
		"UpdatePreference": func(ctx context.Context) error { return drop(w.UpdatePreference(ctx, w.bob, label, "x")) },
		"CreateFileToken":  func(ctx context.Context) error { return w.CreateFileToken(ctx, tokenOf(w.bob), 0) },
		"CreateFile":       func(ctx context.Context) error { return w.CreateFile(ctx, w.file("late.txt"), 9) },
		"UpdateFile": func(ctx context.Context) error {
			return w.UpdateFile(ctx, w.file(fileOf(w.alice, "stays")), chat.FileUnfinished, []chat.Entry{e})
		},
		"DeleteFile": func(ctx context.Context) error { return w.DeleteFile(ctx, fileOf(w.alice, "goes"), []chat.Entry{e}) },
		"CreatePass": func(ctx context.Context) error { return w.CreatePass(ctx, passOf(w.bob, chat.PassToken), 9, nil) },
		"UsePass":    func(ctx context.Context) error { return w.UsePass(ctx, passOf(w.alice, chat.PassToken).ID, 99) },
		"DeletePasses": func(ctx context.Context) error {
			return drop(w.DeletePasses(ctx, []string{passOf(w.alice, chat.PassSession).ID}, []chat.Entry{e}))
		},
		"UpdateLockout":  func(ctx context.Context) error { return w.UpdateLockout(ctx, chat.Lockout{Name: "x", Until: 9}, 1) },
		"DeleteLockout":  func(ctx context.Context) error { return w.DeleteLockout(ctx, "x") },
		"DeleteLeftover": func(ctx context.Context) error { return w.DeleteLeftover(ctx, "x") },
	}
}

// names returns the names of calls, in a fixed order.
func names(calls map[string]func(ctx context.Context) error) (out []string) {
	for name := range calls {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

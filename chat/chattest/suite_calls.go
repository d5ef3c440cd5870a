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
		"ListNewest":       func(ctx context.Context) error { return drop(w.ListNewest(ctx, room, 0, 5)) },
		"ListAfter":        func(ctx context.Context) error { return drop(w.ListAfter(ctx, room, 0, 5)) },
		"Head":             func(ctx context.Context) error { return drop(w.Head(ctx, room)) },
		"ListCategories":   func(ctx context.Context) error { return drop(w.ListCategories(ctx)) },
		"ListRooms":        func(ctx context.Context) error { return drop(w.ListRooms(ctx)) },
		"ListPrincipals":   func(ctx context.Context) error { return drop(w.ListPrincipals(ctx)) },
		"ListMemberships":  func(ctx context.Context) error { return drop(w.ListMemberships(ctx)) },
		"FindCredentials":  func(ctx context.Context) error { return drop(w.FindCredentials(ctx, w.alice)) },
		"ListPolicies":     func(ctx context.Context) error { return drop(w.ListPolicies(ctx)) },
		"FindContacts":     func(ctx context.Context) error { return drop(w.FindContacts(ctx, w.alice)) },
		"ListPublications": func(ctx context.Context) error { return drop(w.ListPublications(ctx, w.alice)) },
		"FindPreference":   func(ctx context.Context) error { return drop(w.FindPreference(ctx, w.alice, label)) },
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
			return w.UpdateMemberships(ctx, []chat.Membership{{Group: 5, Member: 6}}, nil, []chat.Entry{e})
		},
		"UpdateCredentials": func(ctx context.Context) error {
			return w.UpdateCredentials(ctx, w.bob, chat.Credentials{Password: "x"}, e)
		},
		"UpdatePolicy":   func(ctx context.Context) error { return w.UpdatePolicy(ctx, chat.Policy{User: w.bob}, e) },
		"DeletePolicy":   func(ctx context.Context) error { return w.DeletePolicy(ctx, w.alice, e) },
		"UpdateContacts": func(ctx context.Context) error { return w.UpdateContacts(ctx, w.bob, contacts(2)) },
		"UpdatePublications": func(ctx context.Context) error {
			return w.UpdatePublications(ctx, w.bob, []chat.Publication{{Version: 1}}, nil)
		},
		"UpdatePreference": func(ctx context.Context) error { return drop(w.UpdatePreference(ctx, w.bob, label, "x")) },
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

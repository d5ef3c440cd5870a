package chattest

import (
	"context"
	"slices"
	"testing"

	"perch/chat"
)

var categoryTests = map[string]func(t *testing.T, w *world){
	"Categories/every field is kept":        testCategoryFields,
	"Categories/ids":                        testCategoryIDs,
	"Categories/names are unique":           testCategoryNames,
	"Categories/one of two changes wins":    testCategoryCollision,
	"Categories/with rooms are not deleted": testCategoryDelete,
	"Categories/lists stay the caller's":    testCategoryKeepsNothing,
	"Categories/bad ones are refused":       testCategoryInvalid,
}

func fullCategory(w *world) chat.Category {
	c := newCategory("Research")
	c.Description, c.Invitations, c.Files, c.History, c.Strict, c.Retention = `what we "know"`, true, true, false, true, "six-years"
	c.FileTypes = []string{"!image/gif", "image/*", "text/plain"}
	c.InvitesFrom = 7
	c.Allowed, c.Denied, c.Creators = []chat.PrincipalID{w.alice, w.bob, 77}, []chat.PrincipalID{w.bob}, []chat.PrincipalID{w.alice}
	c.Audit = chat.Audit{CreatedBy: w.alice, UpdatedBy: w.bob, CreatedAt: 1_700_000_000_000_001, UpdatedAt: 1_700_000_000_000_002}
	return c
}

func (w *world) findCategory(t testing.TB, id chat.CategoryID) chat.Category {
	t.Helper()
	list := must(w.ListCategories(t.Context()))(t)
	i := slices.IndexFunc(list, func(c chat.Category) bool { return c.ID == id })
	if i < 0 {
		t.Fatalf("category %d is not listed", id)
	}
	return list[i]
}

func testCategoryFields(t *testing.T, w *world) {
	want := fullCategory(w)
	made := must(w.CreateCategory(t.Context(), want, chat.Entry{}))(t)
	want.ID, want.Version = made.ID, 1
	same(t, "created", want, made)
	same(t, "listed", want, w.findCategory(t, made.ID))

	change := made
	change.Name, change.Description, change.Invitations, change.Files, change.History, change.Strict, change.Retention = "Studies", "", false, false, true, false, ""
	change.FileTypes = nil
	change.InvitesFrom = 8
	change.Allowed, change.Denied, change.Creators = []chat.PrincipalID{5}, nil, []chat.PrincipalID{6, 7}
	change.Audit.UpdatedBy, change.Audit.UpdatedAt = 8, 9
	want = change
	want.Version = 2
	// What was given at creation does not change.
	change.GUID, change.Audit.CreatedBy, change.Audit.CreatedAt = "another", 88, 99
	same(t, "updated", want, must(w.UpdateCategory(t.Context(), change, chat.Entry{}))(t))
	same(t, "listed", want, w.findCategory(t, made.ID))
	same(t, "another category", w.category, w.findCategory(t, w.category.ID))
}

func testCategoryIDs(t *testing.T, w *world) {
	last := w.category.ID
	if last != 1 {
		t.Errorf("the first id is %d", last)
	}
	for range 3 {
		c := must(w.CreateCategory(t.Context(), newCategory("Short-lived"), chat.Entry{}))(t)
		if c.ID != last+1 {
			t.Errorf("id %d after %d: ids are dense, and those of deleted ones are not given again", c.ID, last)
		}
		last = c.ID
		check(t, w.DeleteCategory(t.Context(), c.ID, chat.Entry{}))
	}
	same(t, "listed", []chat.Category{w.category}, must(w.ListCategories(t.Context()))(t))
}

func testCategoryNames(t *testing.T, w *world) {
	other := must(w.CreateCategory(t.Context(), newCategory("Ärzte"), chat.Entry{}))(t)
	for _, name := range []string{"Ärzte", "ÄRZTE", "ärzte", "trading", "BONDS"} {
		w.refused(t, chat.KindDuplicateName, func(ctx context.Context) error { return drop(w.CreateCategory(ctx, newCategory(name), chat.Entry{})) })
	}
	for _, name := range []string{"TRADING", "Oil"} {
		c := other
		c.Name = name
		w.refused(t, chat.KindDuplicateName, func(ctx context.Context) error { return drop(w.UpdateCategory(ctx, c, chat.Entry{})) })
	}
	other.Name = "ÄRZTE" // its own, written otherwise
	other = must(w.UpdateCategory(t.Context(), other, chat.Entry{}))(t)
	other.Name = "Nurses"
	other = must(w.UpdateCategory(t.Context(), other, chat.Entry{}))(t)
	must(w.CreateCategory(t.Context(), newCategory("ärzte"), chat.Entry{}))(t) // given up
	check(t, w.DeleteCategory(t.Context(), other.ID, chat.Entry{}))
	must(w.CreateRooms(t.Context(), []chat.Room{newRoom(w.category, "nurses")}, roomEntries(1)))(t)
}

func testCategoryCollision(t *testing.T, w *world) {
	a, b := w.category, w.category
	a.Description, b.Description = "a", "b"
	a = must(w.UpdateCategory(t.Context(), a, chat.Entry{}))(t)
	w.refused(t, chat.KindCollision, func(ctx context.Context) error { return drop(w.UpdateCategory(ctx, b, chat.Entry{})) })
	b.Version = a.Version + 1
	w.refused(t, chat.KindCollision, func(ctx context.Context) error { return drop(w.UpdateCategory(ctx, b, chat.Entry{})) })
	same(t, "listed", a, w.findCategory(t, a.ID))
}

func testCategoryDelete(t *testing.T, w *world) {
	w.refused(t, chat.KindNotEmpty, func(ctx context.Context) error { return w.DeleteCategory(ctx, w.category.ID, chat.Entry{}) })
	for _, r := range w.rooms {
		check(t, w.DeleteRoom(t.Context(), r.ID, chat.Entry{}))
	}
	check(t, w.DeleteCategory(t.Context(), w.category.ID, chat.Entry{}))
	same(t, "listed", []chat.Category{}, must(w.ListCategories(t.Context()))(t))
	w.refused(t, chat.KindNoSuchCategory, func(ctx context.Context) error { return w.DeleteCategory(ctx, w.category.ID, chat.Entry{}) })
}

func testCategoryKeepsNothing(t *testing.T, w *world) {
	mine := fullCategory(w)
	made := must(w.CreateCategory(t.Context(), mine, chat.Entry{}))(t)
	before := snapshot(t, w.Store)
	for range 2 {
		listed := w.findCategory(t, made.ID)
		for _, c := range []chat.Category{mine, made, listed} {
			clear(c.Allowed)
			clear(c.Denied)
			clear(c.Creators)
		}
		same(t, "the store kept a caller's slice", before, snapshot(t, w.Store))
		mine = w.findCategory(t, made.ID)
		made = must(w.UpdateCategory(t.Context(), mine, chat.Entry{}))(t)
		before = snapshot(t, w.Store)
		clear(mine.Allowed)
		same(t, "what was returned is shared with what was handed in", w.findCategory(t, made.ID), made)
	}
}

func testCategoryInvalid(t *testing.T, w *world) {
	c := newCategory("Twice")
	c.Allowed = []chat.PrincipalID{w.alice, w.alice}
	w.refused(t, chat.KindInvalid, func(ctx context.Context) error { return drop(w.CreateCategory(ctx, c, chat.Entry{})) })
	c = w.category
	c.Creators = []chat.PrincipalID{w.bob, w.bob}
	w.refused(t, chat.KindInvalid, func(ctx context.Context) error { return drop(w.UpdateCategory(ctx, c, chat.Entry{})) })
	c = newCategory("Same GUID")
	c.GUID = w.category.GUID
	w.refused(t, chat.KindInvalid, func(ctx context.Context) error { return drop(w.CreateCategory(ctx, c, chat.Entry{})) })
	for _, id := range []chat.CategoryID{0, 4711} {
		c.ID = id
		w.refused(t, chat.KindNoSuchCategory, func(ctx context.Context) error { return drop(w.UpdateCategory(ctx, c, chat.Entry{})) })
	}
}

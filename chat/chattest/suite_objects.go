package chattest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"perch/chat"
)

var objectTests = map[string]func(t *testing.T, w *world){
	"Objects/are listed by kind and name":    testObjectsListed,
	"Objects/every field is kept":            testObjectFields,
	"Objects/versions":                       testObjectVersions,
	"Objects/all of a call or none":          testObjectsWhole,
	"Objects/one of many changes wins":       testObjectCollision,
	"Objects/every change writes its entry":  testObjectEntries,
	"Objects/are deleted":                    testObjectDelete,
	"Objects/go with their owner":            testObjectOwner,
	"Objects/texts are kept byte for byte":   testObjectTexts,
	"Objects/the slices stay the caller's":   testObjectsKeepNothing,
	"Objects/a new store has none of a kind": testObjectsNew,
}

var objectEntry = chat.Entry{Kind: chat.EntryObject}

func policy(name, content string) chat.Object {
	return chat.Object{Kind: chat.ObjectPolicy, Name: name, Content: content}
}

// put stores objects and returns them as stored.
func (w *world) put(t testing.TB, o ...chat.Object) []chat.Object {
	t.Helper()
	return must(w.UpdateObjects(t.Context(), o, make([]chat.Entry, len(o))))(t)
}

func (w *world) objects(t testing.TB, kind chat.ObjectKind) []chat.Object {
	t.Helper()
	return must(w.ListObjects(t.Context(), kind))(t)
}

func (w *world) refusedObjects(t testing.TB, o ...chat.Object) {
	t.Helper()
	w.refused(t, chat.KindCollision, func(ctx context.Context) error { return drop(w.UpdateObjects(ctx, o, make([]chat.Entry, len(o)))) })
}

func testObjectsNew(t *testing.T, w *world) {
	for _, k := range []chat.ObjectKind{
		chat.ObjectPolicy, chat.ObjectGrant, chat.ObjectSettings, chat.ObjectCompliance, chat.ObjectAddin, chat.ObjectWall, chat.ObjectEndpoint,
		chat.ObjectPool, chat.ObjectFeed, "nothing",
	} {
		same(t, string(k), []chat.Object{}, w.objects(t, k))
	}
}

func testObjectsListed(t *testing.T, w *world) {
	w.put(t, policy("tag:b", "1"), policy("global", "2"), newGrant(w.bob), policy("tag:B", "3"), policy("tag:ä", "4"), newGrant(w.alice))
	var names []string
	for _, o := range w.objects(t, chat.ObjectPolicy) {
		names = append(names, o.Name+" "+o.Content)
	}
	same(t, "policies", []string{"global 2", "tag:B 3", "tag:b 1", "tag:ä 4"}, names)
	if n := len(w.objects(t, chat.ObjectGrant)); n != 2 {
		t.Errorf("%d grants", n)
	}
	// The same name in another kind is another object.
	w.put(t, chat.Object{Kind: chat.ObjectSettings, Name: "global"})
	same(t, "policies", "global", w.objects(t, chat.ObjectPolicy)[0].Name)
}

func testObjectFields(t *testing.T, w *world) {
	want := chat.Object{Kind: chat.ObjectFeed, Name: "guid", Owner: w.bob, Content: `{"Keywords":["gold"]}`}
	made := w.put(t, want)
	want.Version = 1
	same(t, "created", []chat.Object{want}, made)
	same(t, "listed", []chat.Object{want}, w.objects(t, chat.ObjectFeed))
	want.Owner, want.Content = 0, ""
	changed := w.put(t, want)
	want.Version = 2
	same(t, "updated", []chat.Object{want}, changed)
	same(t, "listed", []chat.Object{want}, w.objects(t, chat.ObjectFeed))
}

func testObjectVersions(t *testing.T, w *world) {
	o := w.put(t, policy("global", "1"))[0]
	for _, version := range []int64{0, 2, -1} {
		other := o
		other.Version = version
		w.refusedObjects(t, other)
	}
	for want := int64(2); want < 5; want++ {
		if o = w.put(t, o)[0]; o.Version != want {
			t.Errorf("version %d, want %d", o.Version, want)
		}
	}
	absent := policy("site:x", "")
	absent.Version = 1
	w.refusedObjects(t, absent)
}

func testObjectsWhole(t *testing.T, w *world) {
	a := w.put(t, policy("a", "1"))[0]
	stale := policy("a", "2")
	w.refusedObjects(t, policy("b", "1"), stale)
	a.Content = "2"
	w.refusedObjects(t, a, policy("b", "1"), a)
	w.refusedObjects(t, policy("c", "1"), policy("c", "2"))
	stored := w.put(t, a, policy("b", "1"))
	same(t, "listed", stored, w.objects(t, chat.ObjectPolicy))
	same(t, "none", []chat.Object{}, w.put(t))
}

func testObjectCollision(t *testing.T, w *world) {
	for round := range int64(3) {
		var wg sync.WaitGroup
		var won atomic.Int32
		for range 6 {
			wg.Go(func() {
				o := policy("global", "")
				o.Version = round
				if _, err := w.UpdateObjects(t.Context(), []chat.Object{o}, []chat.Entry{objectEntry}); err == nil {
					won.Add(1)
				} else {
					kindIs(t, err, chat.KindCollision)
				}
			})
		}
		wg.Wait()
		if o := w.objects(t, chat.ObjectPolicy)[0]; won.Load() != 1 || o.Version != round+1 {
			t.Errorf("%d of 6 changes of version %d won; the version is %d", won.Load(), round, o.Version)
		}
	}
}

func testObjectEntries(t *testing.T, w *world) {
	head := must(w.JournalHead(t.Context()))(t)
	e := []chat.Entry{{Kind: chat.EntryObject, At: 1, Detail: "a"}, {Kind: chat.EntryPolicy, At: 2, Actor: w.alice, Detail: "b"}}
	must(w.UpdateObjects(t.Context(), []chat.Object{policy("a", ""), policy("b", "")}, e))(t)
	check(t, w.DeleteObject(t.Context(), chat.ObjectPolicy, "a", chat.Entry{Kind: chat.EntryObject, At: 3, Detail: "c"}))
	want := append(e, chat.Entry{Kind: chat.EntryObject, At: 3, Detail: "c"})
	for i := range want {
		want[i].ID = head + chat.EntryID(i+1)
	}
	same(t, "entries", want, must(w.ListEntries(t.Context(), head, 10))(t))
}

func testObjectDelete(t *testing.T, w *world) {
	a := w.put(t, policy("a", "1"), chat.Object{Kind: chat.ObjectSettings, Name: "a"})[0]
	remove := func(kind chat.ObjectKind, name string) func(ctx context.Context) error {
		return func(ctx context.Context) error { return w.DeleteObject(ctx, kind, name, objectEntry) }
	}
	w.refused(t, chat.KindInvalid, remove(chat.ObjectPolicy, "A"))
	w.refused(t, chat.KindInvalid, remove(chat.ObjectGrant, "a"))
	check(t, remove(chat.ObjectPolicy, "a")(t.Context()))
	same(t, "listed", []chat.Object{}, w.objects(t, chat.ObjectPolicy))
	same(t, "settings", 1, len(w.objects(t, chat.ObjectSettings)))
	w.refused(t, chat.KindInvalid, remove(chat.ObjectPolicy, "a"))
	w.refusedObjects(t, a) // it is gone, and cannot be changed
	if o := w.put(t, policy("a", "2"))[0]; o.Version != 1 {
		t.Errorf("made anew it has the version %d", o.Version)
	}
}

func testObjectOwner(t *testing.T, w *world) {
	feed := chat.Object{Kind: chat.ObjectFeed, Name: "hers", Owner: w.alice}
	w.put(t, newGrant(w.alice), newGrant(w.bob), feed, policy("global", ""))
	p, _ := w.findPrincipal(t, w.alice)
	p.State = chat.PrincipalDisabled
	check(t, w.UpdatePrincipal(t.Context(), p, personEntry))
	same(t, "feeds of one who is disabled", 1, len(w.objects(t, chat.ObjectFeed)))
	p.State = chat.PrincipalDeleted
	check(t, w.UpdatePrincipal(t.Context(), p, personEntry))
	same(t, "feeds", []chat.Object{}, w.objects(t, chat.ObjectFeed))
	bob := newGrant(w.bob)
	bob.Version = 1
	same(t, "grants", []chat.Object{bob}, w.objects(t, chat.ObjectGrant))
	same(t, "policies", 1, len(w.objects(t, chat.ObjectPolicy)))
}

func testObjectTexts(t *testing.T, w *world) {
	for _, text := range texts {
		o := chat.Object{Kind: chat.ObjectKind(text), Name: text, Content: text}
		o = w.put(t, o)[0]
		same(t, "listed", []chat.Object{o}, w.objects(t, o.Kind))
		check(t, w.DeleteObject(t.Context(), o.Kind, o.Name, objectEntry))
	}
}

func testObjectsKeepNothing(t *testing.T, w *world) {
	mine := []chat.Object{policy("a", "1"), policy("b", "1")}
	made := w.put(t, mine...)
	same(t, "the caller's objects", []chat.Object{policy("a", "1"), policy("b", "1")}, mine)
	before := snapshot(t, w.Store)
	clear(mine)
	clear(made)
	clear(w.objects(t, chat.ObjectPolicy))
	same(t, "the store kept a caller's slice", before, snapshot(t, w.Store))
}

package chattest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"perch/chat"
)

var belongingsTests = map[string]func(t *testing.T, w *world){
	"Belongings/contacts":                        testContacts,
	"Belongings/one of many contact lists wins":  testContactsCollision,
	"Belongings/contacts stay the caller's":      testContactsKeepNothing,
	"Belongings/publications":                    testPublications,
	"Belongings/preferences":                     testPreferences,
	"Belongings/texts are kept byte for byte":    testBelongingsTexts,
	"Belongings/preferences from many at once":   testPreferencesConcurrently,
	"Belongings/are of one user and not another": testBelongingsApart,
}

func contacts(version int64) chat.ContactList {
	return chat.ContactList{
		Version: version, Groups: []chat.ContactGroup{{ID: 1, Name: "~"}, {ID: 7, Name: `"Freunde" <ü>`, ExternalURI: "<groupExtension/>"}},
		Contacts: []chat.Contact{
			{URI: "sip:bob@example.test", DisplayName: "Bob & Co", Groups: []int{1, 7}, Subscribed: true, ExternalURI: "x"}, {URI: "sip:carol@example.test"},
		},
	}
}

func testContacts(t *testing.T, w *world) {
	ctx := t.Context()
	same(t, "new", chat.ContactList{Version: 1, Groups: []chat.ContactGroup{{ID: 1, Name: "~"}}}, must(w.FindContacts(ctx, w.alice))(t))
	for _, version := range []int64{0, 1, 3} {
		w.refused(t, chat.KindCollision, func(ctx context.Context) error { return w.UpdateContacts(ctx, w.alice, contacts(version)) })
	}
	check(t, w.UpdateContacts(ctx, w.alice, contacts(2)))
	same(t, "stored", contacts(2), must(w.FindContacts(ctx, w.alice))(t))
	w.refused(t, chat.KindCollision, func(ctx context.Context) error { return w.UpdateContacts(ctx, w.alice, contacts(2)) })
	check(t, w.UpdateContacts(ctx, w.alice, chat.ContactList{Version: 3}))
	same(t, "emptied", chat.ContactList{Version: 3}, must(w.FindContacts(ctx, w.alice))(t))
}

func testContactsCollision(t *testing.T, w *world) {
	var wg sync.WaitGroup
	var won atomic.Int32
	for range 8 {
		wg.Go(func() {
			if err := w.UpdateContacts(t.Context(), w.alice, contacts(2)); err == nil {
				won.Add(1)
			} else {
				kindIs(t, err, chat.KindCollision)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 8 lists of one version won", won.Load())
	}
}

func testContactsKeepNothing(t *testing.T, w *world) {
	mine := contacts(2)
	check(t, w.UpdateContacts(t.Context(), w.alice, mine))
	for _, l := range []chat.ContactList{mine, must(w.FindContacts(t.Context(), w.alice))(t)} {
		clear(l.Contacts[0].Groups)
		clear(l.Contacts)
		clear(l.Groups)
		same(t, "the store kept a caller's slice", contacts(2), must(w.FindContacts(t.Context(), w.alice))(t))
	}
}

func testPublications(t *testing.T, w *world) {
	ctx := t.Context()
	key := func(category string, instance int64, container int) chat.PublicationKey {
		return chat.PublicationKey{Category: category, Instance: instance, Container: container}
	}
	a := chat.Publication{
		PublicationKey: key("state", 1<<40, 200), Version: 3, At: 1_783_000_000_123_456, Expire: "user", Seconds: 3600, Endpoint: "epid", Content: "<state xmlns='x'/>",
	}
	b := chat.Publication{PublicationKey: key("note", 0, 200), Version: 1, Expire: "static", Content: "at lunch"}
	c := chat.Publication{PublicationKey: key("note", 0, 300), Version: 1, Expire: "static"}
	listed := func(what string, want ...chat.Publication) {
		t.Helper()
		got := map[chat.PublicationKey]chat.Publication{}
		list := must(w.ListPublications(ctx, w.alice))(t)
		for _, p := range list {
			got[p.PublicationKey] = p
		}
		wanted := map[chat.PublicationKey]chat.Publication{}
		for _, p := range want {
			wanted[p.PublicationKey] = p
		}
		same(t, what, wanted, got)
		if len(list) != len(want) {
			t.Errorf("%s: %d publications, want %d", what, len(list), len(want))
		}
	}
	listed("new")
	check(t, w.UpdatePublications(ctx, w.alice, []chat.Publication{a, b, c}, nil))
	listed("stored", a, b, c)
	b.Version, b.Content = 2, "back"
	check(t, w.UpdatePublications(ctx, w.alice, []chat.Publication{b}, []chat.PublicationKey{c.PublicationKey, key("note", 1, 200)}))
	listed("one changed, one removed", a, b)
	check(t, w.UpdatePublications(ctx, w.alice, nil, []chat.PublicationKey{a.PublicationKey, b.PublicationKey}))
	listed("all removed")
}

func testPreferences(t *testing.T, w *world) {
	ctx := t.Context()
	_, err := w.FindPreference(ctx, w.alice, "theme")
	kindIs(t, err, chat.KindInvalid)
	for i, content := range []string{"dark", "", "light"} {
		version := int64(i + 1)
		if got := must(w.UpdatePreference(ctx, w.alice, "theme", content))(t); got != version {
			t.Errorf("version %d, want %d", got, version)
		}
		want := chat.Preference{Label: "theme", Version: version, Content: content}
		same(t, "stored", want, must(w.FindPreference(ctx, w.alice, "theme"))(t))
	}
	_, err = w.FindPreference(ctx, w.alice, "Theme")
	kindIs(t, err, chat.KindInvalid)
}

func testPreferencesConcurrently(t *testing.T, w *world) {
	const calls = 12
	seen := make([]atomic.Int32, calls+1)
	var wg sync.WaitGroup
	for range calls {
		wg.Go(func() {
			version, err := w.UpdatePreference(t.Context(), w.alice, label, "content")
			if err != nil || version < 1 || version > calls || seen[version].Add(1) > 1 {
				t.Errorf("version %d was given twice or is wrong: %v", version, err)
			}
		})
	}
	wg.Wait()
}

func testBelongingsTexts(t *testing.T, w *world) {
	for i, text := range texts {
		version := int64(i + 2)
		list := chat.ContactList{
			Version: version, Groups: []chat.ContactGroup{{ID: 1, Name: text}}, Contacts: []chat.Contact{{URI: text, DisplayName: text, ExternalURI: text}},
		}
		check(t, w.UpdateContacts(t.Context(), w.alice, list))
		same(t, "contacts", list, must(w.FindContacts(t.Context(), w.alice))(t))
		must(w.UpdatePreference(t.Context(), w.alice, text, text))(t)
		same(t, "preference", chat.Preference{Label: text, Version: 1, Content: text}, must(w.FindPreference(t.Context(), w.alice, text))(t))
		p := []chat.Publication{{PublicationKey: chat.PublicationKey{Category: text}, Expire: text, Endpoint: text, Content: text}}
		check(t, w.UpdatePublications(t.Context(), w.bob, p, nil))
		same(t, "publication", p, must(w.ListPublications(t.Context(), w.bob))(t))
		check(t, w.UpdatePublications(t.Context(), w.bob, nil, []chat.PublicationKey{p[0].PublicationKey}))
	}
}

func testBelongingsApart(t *testing.T, w *world) {
	before := snapshot(t, w.Store).Belongings[w.bob]
	w.equip(t, w.alice)
	w.equipped(t, w.alice)
	same(t, "another's", before, snapshot(t, w.Store).Belongings[w.bob])
	w.equip(t, w.bob)
	must(w.UpdatePreference(t.Context(), w.bob, label, "other"))(t)
	check(t, w.UpdatePublications(t.Context(), w.bob, nil, []chat.PublicationKey{{Category: "note"}}))
	w.equipped(t, w.alice)
}

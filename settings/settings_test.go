package settings_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"perch/chat"
	"perch/chat/chattest"
	"perch/settings"
)

func open(t *testing.T, store chat.Objects) *settings.Service {
	t.Helper()
	s, err := settings.Open(t.Context(), settings.Config{Pool: "example.test", Domain: "example.test", Server: "chat1", Now: time.Now}, store)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func isKind(t *testing.T, err error, k chat.Kind) {
	t.Helper()
	if err == nil || chat.KindOf(err) != k {
		t.Errorf("error %v, want %v", err, k)
	}
}

// TestScopes: the nearest scope wins whole, and all of it is kept.
func TestScopes(t *testing.T) {
	store := chattest.NewStore()
	s := open(t, store)
	if got := s.Settings(); got != chat.DefaultSettings() {
		t.Errorf("at first %+v", got)
	}
	heard := 0
	s.Watch(func() { heard++ })
	set := func(name string, history int) chat.Settings {
		t.Helper()
		v := chat.DefaultSettings()
		v.Name, v.DefaultChatHistory = name, history
		return must[chat.Settings](t)(s.SetSettings(t.Context(), v))
	}
	holds := func(name string, history int) {
		t.Helper()
		if got := s.Settings(); got.Name != name || got.DefaultChatHistory != history {
			t.Errorf("%s with %d holds, want %s with %d", got.Name, got.DefaultChatHistory, name, history)
		}
	}
	set("", 40)
	holds("global", 40)
	first := set("site:Default", 50)
	holds("site:Default", 50)
	set("pool:EXAMPLE.test", 60)
	set("pool:other", 70)
	holds("pool:EXAMPLE.test", 60)
	set("site:default", 55)
	_, err := s.SetSettings(t.Context(), first)
	isKind(t, err, chat.KindCollision)

	s = open(t, store)
	holds("pool:EXAMPLE.test", 60)
	if len(s.ListSettings()) != 4 || heard != 5 {
		t.Errorf("%d scopes, heard %d times", len(s.ListSettings()), heard)
	}
	for _, name := range []string{"pool:example.test", "site:default", "global", "global"} {
		if err := s.DeleteSettings(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	holds("global", 30)
	for _, name := range []string{"site:default", "pool:nowhere"} {
		isKind(t, s.DeleteSettings(t.Context(), name), chat.KindNoSuchObject)
		isKind(t, s.DeleteCompliance(t.Context(), name), chat.KindNoSuchObject)
	}
	isKind(t, s.DeleteSettings(t.Context(), "tag:x"), chat.KindInvalid)
}

// TestWatch: whoever watches is outside of all locks, and is not told of what was
// refused.
func TestWatch(t *testing.T) {
	s := open(t, chattest.NewStore())
	var heard []int
	s.Watch(func() {
		v := s.Settings()
		heard = append(heard, v.DefaultChatHistory)
		if v.DefaultChatHistory < 33 {
			v.DefaultChatHistory++
			must[chat.Settings](t)(s.SetSettings(t.Context(), v))
		}
	})
	v := chat.DefaultSettings()
	v.DefaultChatHistory = 31
	v = must[chat.Settings](t)(s.SetSettings(t.Context(), v))
	_, err := s.SetSettings(t.Context(), v)
	isKind(t, err, chat.KindCollision)
	isKind(t, s.DeleteEndpoint(t.Context(), "nobody"), chat.KindNoSuchObject)
	if err := s.DeleteCompliance(t.Context(), "global"); err != nil {
		t.Error(err)
	}
	if !slices.Equal(heard, []int{31, 32, 33}) {
		t.Errorf("heard %v", heard)
	}
}

// TestJournal: every change is written down with what was and what is.
func TestJournal(t *testing.T) {
	store := chattest.NewStore()
	s := open(t, store)
	v := chat.DefaultSettings()
	v.Name = "Site:London"
	v = must[chat.Settings](t)(s.SetSettings(t.Context(), v))
	v.DefaultChatHistory = 77
	must[chat.Settings](t)(s.SetSettings(t.Context(), v))
	if err := s.DeleteSettings(t.Context(), "site:london"); err != nil {
		t.Fatal(err)
	}
	want := [][2]int{{0, 30}, {30, 77}, {77, 0}} // DefaultChatHistory before and after
	for i, e := range must[[]chat.Entry](t)(store.ListEntries(t.Context(), 0, 9)) {
		var d struct {
			Kind, Name    string
			Before, After struct{ DefaultChatHistory int }
		}
		if err := json.Unmarshal([]byte(e.Detail), &d); err != nil {
			t.Fatal(err)
		}
		got := [2]int{d.Before.DefaultChatHistory, d.After.DefaultChatHistory}
		if e.Kind != chat.EntryObject || d.Kind != "settings" || d.Name != "site:london" || got != want[i] {
			t.Errorf("entry %d: %s %s", i, e.Kind, e.Detail)
		}
	}
}

// TestRanges: nothing out of range is kept.
func TestRanges(t *testing.T) {
	s := open(t, chattest.NewStore())
	for _, change := range []func(v *chat.Settings){
		func(v *chat.Settings) { v.DefaultChatHistory = 0 },
		func(v *chat.Settings) { v.DefaultChatHistory = 501 },
		func(v *chat.Settings) { v.MaxFileSizeKB = 0 },
		func(v *chat.Settings) { v.ParticipantUpdateLimit = 0 },
		func(v *chat.Settings) { v.MaxFileSizeKB = 1 << 31 },
		func(v *chat.Settings) { v.ParticipantUpdateLimit = 1_000_001 },
		func(v *chat.Settings) { v.RoomManagementURL = "chat.example.com" },
		func(v *chat.Settings) { v.RoomManagementURL = "ftp://chat.example.com" },
		func(v *chat.Settings) { v.RoomManagementURL = "https:///rooms" },
		func(v *chat.Settings) { v.RoomManagementURL = "https://x/" + strings.Repeat("y", 2048) },
		func(v *chat.Settings) { v.Name = "site:a\nb" },
		func(v *chat.Settings) { v.Name = "pool:" + strings.Repeat("x", 257) },
		func(v *chat.Settings) { v.Name = "tag:x" },
		func(v *chat.Settings) { v.Name = "site:" },
	} {
		v := chat.DefaultSettings()
		change(&v)
		_, err := s.SetSettings(t.Context(), v)
		isKind(t, err, chat.KindInvalid)
	}
	for _, change := range []func(v *chat.Compliance){
		func(v *chat.Compliance) { v.RunInterval = time.Second },
		func(v *chat.Compliance) { v.RunInterval = 31 * 24 * time.Hour },
		func(v *chat.Compliance) { v.AdapterName = "a\nb" },
		func(v *chat.Compliance) { v.AdapterOutputDirectory = "/var/\x00" },
		func(v *chat.Compliance) { v.CustomConfiguration = strings.Repeat("x", 1<<20+1) },
		func(v *chat.Compliance) { v.Name = "x" },
	} {
		v := chat.DefaultCompliance()
		change(&v)
		_, err := s.SetCompliance(t.Context(), v)
		isKind(t, err, chat.KindInvalid)
	}
	if len(s.ListSettings()) != 1 || len(s.ListCompliance()) != 1 {
		t.Error("something was kept")
	}
}

// TestCompliance: kept, changed and reset.
func TestCompliance(t *testing.T) {
	store := chattest.NewStore()
	s := open(t, store)
	v := chat.Compliance{Name: "global", AdapterType: "xml", AdapterOutputDirectory: "/var/archive", RunInterval: time.Hour, AddUserDetails: true}
	v = must[chat.Compliance](t)(s.SetCompliance(t.Context(), v))
	if got := open(t, store).Compliance(); got != v {
		t.Errorf("kept as %+v, want %+v", got, v)
	}
	if err := s.DeleteCompliance(t.Context(), "global"); err != nil || s.Compliance() != chat.DefaultCompliance() {
		t.Errorf("reset to %+v, %v", s.Compliance(), err)
	}
}

// TestEndpoints: further addresses, which nobody else has.
func TestEndpoints(t *testing.T) {
	store := chattest.NewStore()
	s, err := settings.Open(t.Context(), settings.Config{
		Domain: "example.test", Now: time.Now, Taken: func(uri string) bool { return uri == "sip:alice@example.test" },
	}, store)
	if err != nil {
		t.Fatal(err)
	}
	e := must[chat.ChatEndpoint](t)(s.CreateEndpoint(t.Context(), chat.ChatEndpoint{URI: "PCE@example.test", DisplayName: "Chat"}))
	if e.URI != "sip:pce@example.test" || !s.Serves("sip:PCE@Example.test") || !open(t, store).Serves(e.URI) {
		t.Errorf("endpoint %+v", e)
	}
	for _, uri := range []string{"", "sip:x@other.test", "@example.test", "sip:a b@example.test", "a\tb"} {
		_, err := s.CreateEndpoint(t.Context(), chat.ChatEndpoint{URI: uri})
		isKind(t, err, chat.KindInvalid)
	}
	for _, uri := range []string{"pce", "Alice@example.test"} {
		_, err := s.CreateEndpoint(t.Context(), chat.ChatEndpoint{URI: uri})
		isKind(t, err, chat.KindDuplicateName)
	}
	if list := s.Endpoints(); len(list) != 1 || list[0].DisplayName != "Chat" {
		t.Errorf("endpoints %+v", list)
	}
	if err := s.DeleteEndpoint(t.Context(), "PCE"); err != nil || len(s.Endpoints()) != 0 {
		t.Errorf("deleted: %v", err)
	}
	isKind(t, s.DeleteEndpoint(t.Context(), "pce@example.test"), chat.KindNoSuchObject)
}

// TestPool: which servers take sessions.
func TestPool(t *testing.T) {
	store := chattest.NewStore()
	s := open(t, store)
	accepts := func(want bool, active, inactive []string) {
		t.Helper()
		must[chat.PoolState](t)(s.SetPool(t.Context(), chat.PoolState{Active: active, Inactive: inactive}))
		if s.Accepting() != want {
			t.Errorf("active %v, inactive %v: accepting is %v", active, inactive, !want)
		}
	}
	accepts(true, nil, nil)
	accepts(false, nil, []string{"chat1"})
	accepts(false, []string{"chat2"}, nil)
	accepts(true, []string{"chat2", "chat1", "chat1"}, []string{"chat3"})
	if got := s.Pool().Active; !slices.Equal(got, []string{"chat1", "chat2"}) {
		t.Errorf("active %v", got)
	}
	accepts(true, []string{" CHAT1"}, nil)
	mine := []string{"z", "y"}
	must[chat.PoolState](t)(s.SetPool(t.Context(), chat.PoolState{Active: mine}))
	if !slices.Equal(mine, []string{"z", "y"}) {
		t.Errorf("the caller's list is %v", mine)
	}
	for _, v := range []chat.PoolState{
		{Active: []string{"x"}, Inactive: []string{"X"}}, {Active: []string{" "}}, {Inactive: []string{"a\nb"}},
	} {
		_, err := s.SetPool(t.Context(), v)
		isKind(t, err, chat.KindInvalid)
	}
	old := s.Pool()
	old.FailedOver = true
	must[chat.PoolState](t)(s.SetPool(t.Context(), old))
	_, err := s.SetPool(t.Context(), old)
	isKind(t, err, chat.KindCollision)
	if p := open(t, store).Pool(); !p.FailedOver || p.Version != old.Version+1 {
		t.Errorf("kept as %+v", p)
	}
}

// TestActiveServers: servers are moved between the two lists.
func TestActiveServers(t *testing.T) {
	s := open(t, chattest.NewStore())
	for _, step := range []struct {
		change           settings.ServersChange
		active, inactive string
	}{
		{settings.ServersChange{Activate: []string{"B", "a"}, Deactivate: []string{"c"}}, "a b", "c"},
		{settings.ServersChange{Swap: true}, "c", "a b"},
		{settings.ServersChange{Set: []string{"A", "d"}}, "a d", "b c"},
		{settings.ServersChange{Deactivate: []string{"D", "e"}, Activate: []string{"b"}}, "a b", "c d e"},
		{settings.ServersChange{Set: []string{}}, "", "a b c d e"},
		{settings.ServersChange{Swap: true, Deactivate: []string{"a"}}, "b c d e", "a"},
	} {
		p := must[chat.PoolState](t)(s.SetActiveServers(t.Context(), step.change))
		if a, i := strings.Join(p.Active, " "), strings.Join(p.Inactive, " "); a != step.active || i != step.inactive {
			t.Errorf("%+v: active %s, inactive %s", step.change, a, i)
		}
	}
}

// TestStoreFails: what the store refused has not happened, and nobody is told.
func TestStoreFails(t *testing.T) {
	store := chattest.NewStore()
	s := open(t, store)
	v := chat.DefaultSettings()
	v.DefaultChatHistory = 40
	v = must[chat.Settings](t)(s.SetSettings(t.Context(), v))
	s.Watch(func() { t.Error("told") })
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	other := v
	other.DefaultChatHistory = 50
	_, err := s.SetSettings(t.Context(), other)
	isKind(t, err, chat.KindDatabase)
	isKind(t, s.DeleteSettings(t.Context(), "global"), chat.KindDatabase)
	if s.Settings() != v {
		t.Errorf("holds %+v", s.Settings())
	}
}

// TestConcurrent: changes and questions from many sides at once.
func TestConcurrent(t *testing.T) {
	s := open(t, chattest.NewStore())
	s.Watch(func() { s.Settings(); s.Accepting() })
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				if _, err := s.SetActiveServers(t.Context(), settings.ServersChange{Activate: []string{fmt.Sprint("s", i)}}); err != nil {
					t.Error(err)
				}
				s.Pool()
				s.ListSettings()
			}
		})
	}
	wg.Wait()
	if n := len(s.Pool().Active); n != 8 {
		t.Errorf("%d servers are active", n)
	}
}

// TestRoomsPage: where no setting names a page for managing rooms, clients are
// told the server's own.
func TestRoomsPage(t *testing.T) {
	const own, other = "http://127.0.0.1:8450/PersistentChat/RM/", "https://rooms.example.test/"
	s, err := settings.Open(t.Context(), settings.Config{Now: time.Now, RoomsPage: func() string { return own }}, chattest.NewStore())
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Settings().RoomManagementURL; got != own {
		t.Errorf("at first %q", got)
	}
	v := chat.DefaultSettings()
	v.RoomManagementURL = other
	must[chat.Settings](t)(s.SetSettings(t.Context(), v))
	if got := s.Settings().RoomManagementURL; got != other {
		t.Errorf("set, %q", got)
	}
	if got := s.ListSettings()[0].RoomManagementURL; got != other {
		t.Errorf("listed %q", got)
	}
}

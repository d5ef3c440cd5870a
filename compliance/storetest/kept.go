package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"perch/chat"
	"perch/compliance"
	"perch/compliance/seal"
)

// erase: what events say, and nothing else.
func erase(s *suite) {
	s.hold()
	s.put(posts(1, 3)...)
	s.must(s.Erase(s.ctx, s.lease, []chat.EntryID{2, 77}))
	for e, err := range s.Events(s.ctx, 1, 3, compliance.EveryRoom) {
		s.must(err)
		full := entry(int(e.ID), chat.EntryPost, 7)
		if e.ID == 2 {
			full.Text, full.Rich, full.Cause, full.Detail = "", "", "", ""
		}
		want(s, "an event", *e, full)
	}
}

// search: by each thing, and by several.
func search(s *suite) {
	s.hold()
	s.put(posts(1, 3)...)
	other := entry(4, chat.EntryJoin, 8)
	other.Room, other.RoomGUID, other.Detail = 6, "guid-6", `{"what":"STRASSE Über"}`
	s.put(other, entry(5, chat.EntryPart, 8))
	for name, c := range map[string]struct {
		q    compliance.Query
		want []int
	}{
		"all":             {compliance.Query{}, []int{1, 2, 3, 4, 5}},
		"room":            {compliance.Query{Rooms: []string{"guid-6", "guid-7"}}, []int{4}},
		"person":          {compliance.Query{People: []string{"sip:u8@example.test"}}, []int{4, 5}},
		"kind":            {compliance.Query{Kinds: []chat.EntryKind{chat.EntryPart, chat.EntryPost}}, []int{1, 2, 3, 5}},
		"time":            {compliance.Query{Since: 2 * minute, Till: 4 * minute}, []int{2, 3}},
		"words":           {compliance.Query{Words: "TEXT 3"}, []int{3}},
		"words elsewhere": {compliance.Query{Words: "über"}, []int{4}},
		"after and limit": {compliance.Query{After: 1, Limit: 2}, []int{2, 3}},
		"several":         {compliance.Query{Rooms: []string{"guid-5"}, People: []string{"sip:u8@example.test"}, Since: minute}, []int{5}},
		"none":            {compliance.Query{Words: "nothing"}, nil},
	} {
		s.same(name, s.ids(s.Search(s.ctx, c.q)), c.want)
	}
}

// gaps: what was not captured is told even when the events that told it are gone.
func gaps(s *suite) {
	s.hold()
	server := func(id int, cause string) chat.Entry {
		e := entry(id, chat.EntryServer, 0)
		e.Room, e.RoomGUID, e.RoomName, e.Cause = 0, "", "", cause
		return e
	}
	denied := func(id int, room string) chat.Entry {
		e := entry(id, chat.EntryDenied, 7)
		e.RoomGUID, e.Cause, e.Detail = room, fmt.Sprint("behind ", id), `{"action":"post","rule":"strict"}`
		return e
	}
	s.put(server(1, chat.ServerStarted), entry(2, chat.EntryPost, 7))
	s.put(server(9, chat.ServerStarted))
	s.put(denied(10, "guid-5"), denied(11, "guid-6"))
	s.put(denied(69, "guid-5"), server(70, chat.ServerStopped), server(80, chat.ServerStarted), denied(180, "guid-5"))
	for i := range 2 {
		list, err := s.again().Gaps(s.ctx, 10)
		s.must(err)
		slices.SortFunc(list, func(a, b seal.Gap) int { return cmp.Compare(a.From, b.From) })
		var got []string
		for _, g := range list {
			got = append(got, fmt.Sprintf("%s %s %d %d-%d", g.Kind, g.Room, g.Count, g.From/minute, g.Until/minute))
		}
		want(s, "gaps", strings.Join(got, ", "), "crashed  0 2-9, refused guid-5 2 10-69, refused guid-6 1 11-11, stopped  0 70-80, refused guid-5 1 180-180")
		if i > 0 {
			break
		}
		_, err = s.CloseBatch(s.ctx, s.lease, 200*minute, nil, nobody{})
		s.must(err)
		n, err := s.Forget(s.ctx, s.lease, 300*minute, nil)
		s.must(err)
		want(s, "forgotten", n, 9)
	}
	list, err := s.Gaps(s.ctx, 2)
	s.must(err)
	if len(list) != 2 || list[0].Kind != seal.Stopped || list[1].Entry != 180 {
		s.Errorf("the newest two: %+v", list)
	}
}

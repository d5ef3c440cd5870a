package seal_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"perch/chat"
	"perch/compliance/seal"
)

// story tells an archive what administrators and people do.
type story struct {
	*archive
	at chat.Time
}

func (s *story) tell(e chat.Entry, detail any) {
	s.t.Helper()
	s.at += 1_000_000
	e.ID, e.At = s.next, s.at
	s.next++
	if detail != nil {
		b, err := json.Marshal(detail)
		if err != nil {
			s.t.Fatal(err)
		}
		e.Detail = string(b)
	}
	if err := s.log.Seal(s.t.Context(), []chat.Entry{e}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) person(id chat.PrincipalID, kind chat.PrincipalKind, name string) chat.Principal {
	p := chat.Principal{ID: id, Kind: kind, Name: name, URI: map[bool]string{true: "sip:" + name + "@example.test", false: "ma-grp:" + name}[kind == chat.KindUser]}
	s.tell(chat.Entry{Kind: chat.EntryPerson, Subject: int64(id)}, map[string]any{"before": nil, "after": p})
	return p
}

func (s *story) group(g chat.Principal, cause string, members ...string) {
	s.tell(chat.Entry{Kind: chat.EntryPerson, Cause: cause}, map[string]any{"before": g, "after": g, "members": members})
}

func (s *story) comes(kind chat.EntryKind, who, room, endpoint string) {
	s.tell(chat.Entry{Kind: kind, ActorURI: "sip:" + who + "@example.test", RoomGUID: room, RoomName: strings.ToUpper(room), Endpoint: endpoint, Cause: "a wall"}, nil)
}

// TestContacts: who could have talked to whom is told as lists, groups, walls and
// presences were at each moment.
func TestContacts(t *testing.T) {
	s := &story{archive: newArchive(t), at: 1_795_453_200_000_000}
	ann, bob, cyd := s.person(1, chat.KindUser, "ann"), s.person(2, chat.KindUser, "bob"), s.person(3, chat.KindUser, "cyd")
	research, trading := s.person(10, chat.KindGroup, "research"), s.person(11, chat.KindGroup, "trading")
	s.group(research, "joined", ann.URI)
	s.group(trading, "joined", bob.URI)
	s.tell(chat.Entry{Kind: chat.EntryCat, Subject: 5}, map[string]any{"after": chat.Category{Allowed: []chat.PrincipalID{1, 11}}})
	room := chat.Room{GUID: "deals", Category: 5, Members: []chat.PrincipalID{2, 10}}
	s.tell(chat.Entry{Kind: chat.EntryRoom, RoomGUID: "deals", RoomName: "Deals"}, map[string]any{"after": room}) // 8: both may enter
	s.comes(chat.EntryJoin, "ann", "deals", "a")
	s.comes(chat.EntryJoin, "bob", "deals", "b1") // 10: together
	s.comes(chat.EntryJoin, "bob", "deals", "b2")
	s.comes(chat.EntryPart, "bob", "deals", "b1")
	s.comes(chat.EntryPart, "bob", "deals", "b2") // 13: no more
	s.tell(chat.Entry{Kind: chat.EntryObject}, map[string]any{"kind": "wall", "name": "w", "after": map[string]int{"A": 10, "B": 11}})
	s.comes(chat.EntryDenied, "bob", "deals", "b1") // 15
	s.group(trading, "joined", cyd.URI)
	s.group(trading, "left", bob.URI)
	s.comes(chat.EntryJoin, "bob", "deals", "b3") // he is no trader any more
	s.comes(chat.EntryDenied, "ann", "lobby", "a")
	s.tell(chat.Entry{Kind: chat.EntryDenied, ActorURI: "sip:max@example.test", RoomGUID: "deals", RoomName: "DEALS", Cause: "a wall"},
		map[string]any{"action": "add", "rule": "wall", "who": []string{trading.URI}})
	s.tell(chat.Entry{Kind: chat.EntryDenied, ActorURI: "sip:max@example.test", RoomName: "DEALS", Cause: "a wall"},
		map[string]any{"action": "add", "rule": "wall", "who": []string{"sip:eve@example.test"}})
	s.tell(chat.Entry{Kind: chat.EntryServer, Cause: "started"}, nil)
	s.comes(chat.EntryJoin, "cyd", "deals", "c")
	contacts, refused, err := seal.Contacts(t.Context(), s.dir, s.public, s.keys.Content, []string{"research"}, []string{"trading"}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range contacts {
		until := int64(-1)
		if c.Until != nil {
			until = c.Until.Index
		}
		got = append(got, fmt.Sprintf("%s %s %s %v %d-%d", c.A[4:7], c.B[4:7], c.Name, c.Together, c.From.Index, until))
	}
	for _, x := range refused {
		got = append(got, fmt.Sprint(x.Person[4:7], " refused at ", x.Name, " ", x.Why, x.Action, x.With))
	}
	want(t, "contacts", got, []string{"ann bob Deals false 8-14", "ann bob Deals true 10-13", "bob refused at DEALS a wall[]", "ann refused at LOBBY a wall[]", "max refused at DEALS a walladd[ma-grp:trading]"})
	if contacts, _, err = seal.Contacts(t.Context(), s.dir, s.public, s.keys.Content, []string{"ann"}, []string{"sip:bob@example.test"}, 0, 0); err != nil || len(contacts) != 3 {
		t.Errorf("of people by their names: %+v, %v", contacts, err)
	}
	if contacts, refused, err = seal.Contacts(t.Context(), s.dir, s.public, s.keys.Content, []string{"research"}, []string{"trading"}, s.at, 0); err != nil || len(contacts)+len(refused) != 0 {
		t.Errorf("later: %+v %+v, %v", contacts, refused, err)
	}
	if _, _, err := seal.Contacts(t.Context(), s.dir, s.public, nil, []string{"a"}, []string{"b"}, 0, 0); err == nil {
		t.Error("without the content key")
	}
}

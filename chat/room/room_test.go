package room_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"perch/chat"
	"perch/chat/room"
)

// TestStories runs the files under testdata: what happens in a room, and what
// the room says to it.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var r *room.Room[string]
		users := map[string]chat.PrincipalID{}
		id := func(name string) chat.PrincipalID {
			if users[name] == 0 {
				users[name] = chat.PrincipalID(len(users) + 1)
			}
			return users[name]
		}
		say := func(n room.Notice, who string) string {
			verb := map[room.Notice]string{room.Nothing: "nothing", room.Entered: "tell the others: " + who + " has joined", room.Left: "tell the others: " + who + " has parted"}[n]
			size := "normal"
			if r.Large() {
				size = "large"
			}
			return fmt.Sprintf("%s (%d participants, %s)\n", verb, r.Participants(), size)
		}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "new":
				var limit int
				d.ScanArgs(t, "limit", &limit)
				r = room.New[string](limit)
				return ""
			case "list":
				var names []string
				for name := range users {
					if _, in := r.List(id(d.CmdArgs[0].Key))[id(name)]; in {
						names = append(names, name)
					}
				}
				slices.Sort(names)
				return strings.Join(names, " ") + "\n"
			}
			who, device, _ := strings.Cut(d.CmdArgs[0].Key, "/")
			seat := who + "/" + device
			switch d.Cmd {
			case "join":
				return say(r.Join(seat, id(who), 3456), who)
			case "part":
				n, was := r.Part(seat)
				if !was {
					return "was not here\n"
				}
				return say(n, who)
			}
			return "unknown command\n"
		})
	})
}

func TestNewest(t *testing.T) {
	message := func(id chat.MessageID) chat.Message { return chat.Message{ID: id} }
	ids := func(ms []chat.Message) (out []int) {
		for _, m := range ms {
			out = append(out, int(m.ID))
		}
		return out
	}
	n := room.NewNewest(3)
	n.Posted(message(8))
	if _, ok := n.Last(1); ok {
		t.Error("an unseeded room answers from memory: what came before is not known")
	}
	n.Posted(message(9))
	n.Seed([]chat.Message{message(6), message(7), message(8)}, n.Age()) // read while 9 was on its way
	if got, ok := n.Last(3); !ok || !slices.Equal(ids(got), []int{7, 8, 9}) {
		t.Errorf("Last(3) = %v, %v", ids(got), ok)
	}
	if _, ok := n.Last(5); ok {
		t.Error("more than is kept must come from the store")
	}
	for id := chat.MessageID(10); id < 30; id++ {
		n.Posted(message(id))
	}
	if got, ok := n.Last(3); !ok || !slices.Equal(ids(got), []int{27, 28, 29}) {
		t.Errorf("Last(3) = %v, %v", ids(got), ok)
	}
	young := room.NewNewest(3)
	young.Seed(nil, young.Age())
	young.Posted(message(1))
	if got, ok := young.Last(100); !ok || !slices.Equal(ids(got), []int{1}) {
		t.Errorf("a room that is all in memory: %v, %v", ids(got), ok)
	}
}

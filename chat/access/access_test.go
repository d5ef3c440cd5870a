package access_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"perch/chat"
	"perch/chat/access"
)

// world is what the commands of a table have set up.
type world struct {
	ids    map[string]chat.PrincipalID
	groups map[string][]string // who holds a principal
	off    map[string]string   // user -> disabled | policy-off | admin
	cat    chat.Category
	room   chat.Room
	walls  [][2]string
	hit    map[string]bool
}

// TestDecisions runs the tables under testdata. A table reads:
//
//	room closed member=alice     the room under question, in a category that
//	                             allows everybody unless `category` said else
//	alice join                   who wants what
//	----
//	allow: ... (XCCOS 7.2) [rule]
//	give alice                   may a wall's two sides have her on these lists
func TestDecisions(t *testing.T) {
	hit := map[string]bool{}
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		w := newWorld(hit)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "category":
				w.category(d)
			case "room":
				w.makeRoom(d)
			case "group":
				w.group(d)
			case "wall":
				w.walls = append(w.walls, [2]string{d.CmdArgs[0].Key, d.CmdArgs[1].Key})
			case "user":
				for _, a := range d.CmdArgs[1:] {
					w.off[d.CmdArgs[0].Key] = a.Key
				}
			case "mask":
				return fmt.Sprintf("%d\n", access.Mask(w.subject(d.CmdArgs[0].Key), w.place()))
			case "give":
				return w.give(d.CmdArgs[0].Key)
			case "eligible":
				return w.eligible(d)
			default:
				return w.decide(d.Cmd, access.Action(d.CmdArgs[0].Key))
			}
			return ""
		})
	})
	for _, name := range access.RuleNames() {
		if !hit[name] {
			t.Errorf("no table reaches rule %q", name)
		}
	}
}

func newWorld(hit map[string]bool) *world {
	w := &world{ids: map[string]chat.PrincipalID{}, groups: map[string][]string{}, off: map[string]string{}, hit: hit}
	w.cat = chat.Category{Name: "Trading", History: true, Allowed: []chat.PrincipalID{w.id("everyone")}}
	return w
}

func (w *world) id(name string) chat.PrincipalID {
	if _, ok := w.ids[name]; !ok {
		w.ids[name] = chat.PrincipalID(len(w.ids) + 1)
	}
	return w.ids[name]
}

func (w *world) list(names []string) (ids []chat.PrincipalID) {
	for _, n := range names {
		ids = append(ids, w.id(n))
	}
	slices.Sort(ids)
	return ids
}

func (w *world) category(d *datadriven.TestData) {
	w.cat = chat.Category{Name: "Trading", History: !d.HasArg("history-off"), Files: d.HasArg("files")}
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "allow":
			w.cat.Allowed = w.list(a.Vals)
		case "deny":
			w.cat.Denied = w.list(a.Vals)
		case "creator":
			w.cat.Creators = w.list(a.Vals)
		}
	}
}

func (w *world) makeRoom(d *datadriven.TestData) {
	w.room = chat.Room{Name: "Rates", Behavior: chat.Normal, Privacy: chat.Closed}
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "open":
			w.room.Privacy = chat.Open
		case "secret":
			w.room.Privacy = chat.Secret
		case "auditorium":
			w.room.Behavior = chat.Auditorium
		case "disabled":
			w.room.Disabled = true
		case "member":
			w.room.Members = w.list(a.Vals)
		case "manager":
			w.room.Managers = w.list(a.Vals)
		case "presenter":
			w.room.Presenters = w.list(a.Vals)
		}
	}
}

func (w *world) group(d *datadriven.TestData) {
	for _, a := range d.CmdArgs[1:] {
		for _, member := range a.Vals {
			w.groups[member] = append(w.groups[member], d.CmdArgs[0].Key)
			w.id(member)
		}
	}
}

func (w *world) place() access.Place { return access.Place{Category: &w.cat, Room: &w.room} }

func (w *world) affiliations(name string) []chat.PrincipalID {
	ids := []chat.PrincipalID{w.id(name), w.id("everyone")}
	for _, g := range w.groups[name] {
		ids = append(ids, w.affiliations(g)...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (w *world) subject(name string) *access.Subject {
	s := &access.Subject{User: chat.Principal{ID: w.id(name)}, Affiliations: w.affiliations(name), Enabled: true}
	for _, wall := range w.walls {
		if side, ok := w.line(wall[0], wall[1]).Stand(s.Affiliations); ok {
			s.Sides = append(s.Sides, side)
		}
	}
	switch w.off[name] {
	case "disabled":
		s.User.State = chat.PrincipalDisabled
	case "policy-off":
		s.Enabled = false
	case "administrator":
		s.Administrator = true
	}
	return s
}

// line is a wall between two groups.
func (w *world) line(a, b string) *access.Line {
	holders := func(side, not string) (ids []chat.PrincipalID) {
		for who := range w.ids {
			if w.people(who) && w.holds(who, side) && !w.holds(who, not) {
				ids = append(ids, w.affiliations(who)...)
			}
		}
		slices.Sort(ids)
		return slices.Compact(ids)
	}
	return &access.Line{
		Wall: &chat.Wall{Name: a + "-" + b, A: w.id(a), B: w.id(b)}, A: holders(a, b), B: holders(b, a), UpA: w.affiliations(a), UpB: w.affiliations(b),
	}
}

func (w *world) holds(who, group string) bool {
	return slices.Contains(w.affiliations(who), w.id(group))
}

// give says whether walls let somebody have a role in the room, whose lists name him.
func (w *world) give(who string) string {
	for _, wall := range w.walls {
		if l := w.line(wall[0], wall[1]); l.Refuses(w.place(), w.id(who), w.affiliations(who)) {
			return "no: " + l.Wall.Name + "\n"
		}
	}
	return "yes\n"
}

// people says whether a name is that of a person: nobody is in him.
func (w *world) people(name string) bool {
	for _, groups := range w.groups {
		if slices.Contains(groups, name) {
			return false
		}
	}
	return name != "everyone"
}

func (w *world) decide(who string, what access.Action) string {
	d := access.Decide(w.subject(who), what, w.place())
	w.hit[d.Rule()] = true
	word := "deny"
	if d.Allowed {
		word = "allow"
	} else if d.Err() == nil {
		return "a refusal without an error\n"
	}
	if d.Kind == chat.KindNoSuchRoom && !d.Allowed {
		word = "hide"
	}
	through := ""
	for name, id := range w.ids {
		if d.Through() == id && name != who {
			through = ", through " + name
		}
	}
	return fmt.Sprintf("%s: %s%s (%s) [%s]\n", word, d.Reason(), through, d.Clause(), d.Rule())
}

func (w *world) eligible(d *datadriven.TestData) string {
	role := map[string]chat.Role{"member": chat.Member, "manager": chat.Manager, "presenter": chat.Presenter}[d.CmdArgs[1].Key]
	if err := access.Eligible(role, w.place(), w.affiliations(d.CmdArgs[0].Key)); err != nil {
		return "no: " + strings.TrimSpace(err.Error()) + "\n"
	}
	return "yes\n"
}

func BenchmarkDecide(b *testing.B) {
	w := newWorld(map[string]bool{})
	w.room = chat.Room{Privacy: chat.Closed, Behavior: chat.Normal, Members: w.list([]string{"a", "b", "c", "alice"})}
	s := w.subject("alice")
	b.ReportAllocs()
	for b.Loop() {
		if !access.Decide(s, access.Post, w.place()).Allowed {
			b.Fatal("refused")
		}
	}
}

package xccos

import (
	"strings"
	"time"
)

// RoomForm is a room as cmd:chancreate and cmd:chanmodify give it (XCCOS 4.15
// [guess]): a chanib. Nil is what it does not say.
type RoomForm struct {
	Name, Description *string
	Parent            *string // ma-cat address
	Behavior          *string // NORMAL, AUDITORIUM
	Visibility        *string // OPEN, SCOPED, PRIVATE
	Addin             *string // GUID; empty: none
	Invite, Disabled  *bool
	// Members, Managers and Presenters are whole lists of addresses.
	Members, Managers, Presenters *[]string
	// UpdatedOn is that of the copy which was edited; zero: not said.
	UpdatedOn time.Time
}

// RoomForm reads the command's chanib.
func (p *Primitive) RoomForm() RoomForm {
	e := p.Data.Child("chanib")
	f := RoomForm{
		Name: e.optional("name"), Description: e.optional("description"), Parent: e.optional("parent"),
		Behavior: e.optional("behavior"), Addin: e.optional("siopid"), Disabled: e.optionalBool("disabled"),
	}
	for c := range e.Children() {
		id := strings.ToLower(c.Attr("id"))
		switch text := strings.TrimSpace(c.Text()); {
		case c.Is("info") && (strings.HasSuffix(id, ":visibility") || strings.HasSuffix(id, ":visibilty")):
			f.Visibility = &text
		case c.Is("prop") && strings.HasSuffix(id, ":invite"):
			on := strings.EqualFold(text, "true")
			f.Invite = &on
		case c.Is("audit"):
			f.UpdatedOn, _ = ParseTime(c.Attr("updatedon")) // nonsense is as good as nothing
		case c.Is("association"):
			f.list(c)
		}
	}
	return f
}

// list reads a list of people under the name of their role.
func (f *RoomForm) list(e Element) {
	who := []string{}
	for c := range e.Children() {
		if uri := c.Attr("uri"); uri != "" {
			who = append(who, uri)
		}
	}
	switch strings.ToUpper(e.Attr("type")) {
	case "MEMBER":
		f.Members = &who
	case "MANAGER":
		f.Managers = &who
	case "PRESENTER":
		f.Presenters = &who
	}
}

func (e Element) optional(name string) *string {
	v, ok := e.attr(name)
	if !ok {
		return nil
	}
	s := string(v)
	return &s
}

func (e Element) optionalBool(name string) *bool {
	v := e.optional(name)
	if v == nil {
		return nil
	}
	on := strings.EqualFold(strings.TrimSpace(*v), "true")
	return &on
}

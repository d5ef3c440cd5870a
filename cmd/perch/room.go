package main

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"perch/front/admin/api"
)

type roomCmd struct {
	Add     roomAdd     `cmd:"" help:"Add a room, or many."`
	List    roomList    `cmd:"" help:"List rooms."`
	Show    roomShow    `cmd:"" help:"Show a room."`
	Set     roomSet     `cmd:"" help:"Change a room."`
	Disable roomDisable `cmd:"" help:"Close a room; it is kept and can be enabled again."`
	Enable  roomEnable  `cmd:"" help:"Open a disabled room again."`
	Delete  roomDelete  `cmd:"" help:"Delete a room and its messages for good."`
	Grant   roomGrant   `cmd:"" help:"Give a role in a room, or many."`
	Revoke  roomRevoke  `cmd:"" help:"Take a role in a room."`

	Eligible roomEligible `cmd:"" help:"List who may be given a role in a room or category."`
}

type roomAdd struct {
	Name        string   `arg:"" optional:"" help:"Name, unique in the pool."`
	Category    string   `help:"Category of the room."`
	Description string   `help:"What it is for."`
	Privacy     string   `enum:"open,closed,secret" default:"closed" help:"open, closed or secret."`
	Type        string   `enum:"normal,auditorium" default:"normal" help:"normal or auditorium."`
	Invitations string   `enum:"inherit,off" default:"inherit" help:"inherit or off."`
	Addin       string   `help:"Add-in to show beside it."`
	Disabled    bool     `help:"Nobody may enter it yet."`
	Member      []string `help:"User or group that may join."`
	Manager     []string `help:"User or group that manages."`
	Presenter   []string `help:"User or group that may post in an auditorium."`
	bulkFlags
}

// Run adds rooms.
func (c *roomAdd) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	send := func(b api.Bulk[api.NewRoom]) (api.Done, error) { return cl.AddRooms(ctx, b) }
	if c.CSV {
		rows, err := readCSV(g.in, []string{"name", "category"}, []string{"name", "category", "description", "privacy", "type", "invitations", "addin", "members", "managers", "presenters"})
		if err != nil {
			return err
		}
		items, lines := make([]api.NewRoom, len(rows)), make([]int, len(rows))
		for i, r := range rows {
			lines[i] = r.line
			items[i] = api.NewRoom{
				Name: r.cell["name"], Category: r.cell["category"], Description: r.cell["description"], Privacy: r.cell["privacy"], Type: r.cell["type"],
				Invitations: r.cell["invitations"], Addin: r.cell["addin"], Members: r.split("members"), Managers: r.split("managers"), Presenters: r.split("presenters"),
			}
		}
		return bulk(g, c.bulkFlags, items, lines, send)
	}
	if c.Name == "" || c.Category == "" {
		return usageError("name the room and its --category, or give --csv")
	}
	_, err = send(api.Bulk[api.NewRoom]{DryRun: c.DryRun, SkipExisting: c.SkipExisting, Items: []api.NewRoom{{
		Name: c.Name, Category: c.Category, Description: c.Description, Privacy: c.Privacy, Type: c.Type, Invitations: c.Invitations,
		Addin: c.Addin, Disabled: c.Disabled, Members: c.Member, Managers: c.Manager, Presenters: c.Presenter,
	}}})
	if err != nil || c.DryRun {
		return err
	}
	r, err := cl.Room(ctx, c.Name)
	if err != nil {
		return err
	}
	return g.showRoom(r)
}

func (g *globals) showRoom(r api.Room) error {
	return g.show(r, "", func(row func(...any)) {
		row("name", r.Name)
		row("address", r.URI)
		row("category", r.Category)
		row("description", r.Description)
		row("privacy", r.Privacy)
		row("type", r.Type)
		row("invitations", r.Invitations)
		row("add-in", r.Addin)
		row("disabled", yesNo(r.Disabled))
		row("participants now", r.Participants)
		row("members", list(r.Members))
		row("managers", list(r.Managers))
		row("presenters", list(r.Presenters))
		row("version", r.Version)
	})
}

type roomList struct {
	Filter            string `help:"Words that the name holds."`
	SearchDescription bool   `help:"The words may stand in the description, too."`
	Category          string `help:"Only rooms of this category."`
	Addin             string `help:"Only rooms that show this add-in."`
	Member            string `help:"Only rooms whose member this is, himself or through a group."`
	Manager           string `help:"Only rooms that this one manages."`
	Disabled          string `enum:",yes,no" default:"" help:"Only disabled rooms, or only enabled ones: yes or no."`
	Privacy           string `enum:",open,closed,secret" default:"" help:"open, closed or secret."`
	Type              string `enum:",normal,auditorium" default:"" help:"normal or auditorium."`
	Invitations       string `enum:",inherit,off" default:"" help:"inherit or off."`
	ResultSize        int    `help:"Most rooms to show; 0: all."`
}

func (c *roomList) filters() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"words": c.Filter, "category": c.Category, "addin": c.Addin, "member": c.Member, "manager": c.Manager,
		"privacy": c.Privacy, "type": c.Type, "invitations": c.Invitations,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if c.Disabled != "" {
		v.Set("disabled", strconv.FormatBool(c.Disabled == "yes"))
	}
	if c.SearchDescription {
		v.Set("descriptions", "true")
	}
	if c.ResultSize > 0 {
		v.Set("limit", strconv.Itoa(c.ResultSize))
	}
	return v
}

// Run lists rooms.
func (c *roomList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	rooms, err := cl.Rooms(ctx, c.filters())
	if err != nil {
		return err
	}
	return g.show(rooms, "NAME|CATEGORY|PRIVACY|TYPE|IN IT|ADDRESS", func(row func(...any)) {
		for _, r := range rooms {
			row(r.Name, r.Category, r.Privacy, r.Type, r.Participants, r.URI)
		}
	})
}

type roomEligible struct {
	In         string `arg:"" help:"Room or category."`
	Filter     string `help:"Beginning of a name or address."`
	Presenters bool   `help:"Who may present in the auditorium, instead of who may be member or manager."`
	ResultSize int    `help:"Most to show; 0: the server's limit."`
}

// Run lists eligible principals.
func (c *roomEligible) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	p, err := cl.Eligible(ctx, url.Values{
		"in": {c.In}, "prefix": {c.Filter}, "presenters": {strconv.FormatBool(c.Presenters)}, "limit": {strconv.Itoa(c.ResultSize)},
	})
	if err != nil {
		return err
	}
	return g.show(p, "NAME|SHOWN AS|KIND|ADDRESS", func(row func(...any)) {
		for _, x := range p.People {
			row(x.Name, x.DisplayName, x.Kind, x.URI)
		}
		if p.More {
			row("... and more: narrow with --filter")
		}
	})
}

// where is the argument of commands about one room.
type where struct {
	Room string `arg:"" help:"Name or address."`
}

type roomShow struct{ where }

// Run shows a room.
func (c *roomShow) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	r, err := cl.Room(ctx, c.Room)
	if err != nil {
		return err
	}
	return g.showRoom(r)
}

func (w *where) change(ctx context.Context, g *globals, ch api.RoomChange) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	r, err := cl.ChangeRoom(ctx, w.Room, ch)
	if err != nil {
		return err
	}
	return g.showRoom(r)
}

type roomSet struct {
	where
	Name        *string `help:"New name."`
	Description *string `help:"What it is for."`
	Category    *string `help:"Move to this category; roles that its scope does not allow are taken away."`
	Privacy     *string `enum:"open,closed,secret" help:"open, closed or secret."`
	Type        *string `enum:"normal,auditorium" help:"normal or auditorium."`
	Invitations *string `enum:"inherit,off" help:"inherit or off."`
	Addin       *string `help:"Add-in to show beside it; empty: none."`
	Disabled    *bool   `negatable:"" help:"Nobody may enter it; it is kept."`
	// Whole lists; grant and revoke change one name at a time.
	Members    *[]string `help:"Exactly these are members; an empty list: nobody."`
	Managers   *[]string `help:"Exactly these are managers."`
	Presenters *[]string `help:"Exactly these are presenters."`
	versionFlag
}

// Run changes a room.
func (c *roomSet) Run(ctx context.Context, g *globals) error {
	return c.change(ctx, g, api.RoomChange{
		Name: c.Name, Description: c.Description, Category: c.Category, Privacy: c.Privacy, Type: c.Type, Invitations: c.Invitations,
		Addin: c.Addin, Disabled: c.Disabled, Members: whole(c.Members), Managers: whole(c.Managers), Presenters: whole(c.Presenters), Version: c.Version,
	})
}

// whole tells an empty list, which empties, from none, which leaves.
func whole(list *[]string) *[]string {
	if list != nil && *list == nil {
		return &[]string{}
	}
	return list
}

type roomDisable struct{ where }

// Run disables a room.
func (c *roomDisable) Run(ctx context.Context, g *globals) error {
	on := true
	return c.change(ctx, g, api.RoomChange{Disabled: &on})
}

type roomEnable struct{ where }

// Run enables a room.
func (c *roomEnable) Run(ctx context.Context, g *globals) error {
	return c.change(ctx, g, api.RoomChange{Disabled: new(bool)})
}

type roomDelete struct {
	where
	ifExists
}

// Run deletes a room.
func (c *roomDelete) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	return c.gone(g, cl.DeleteRoom(ctx, c.Room), "deleted room %s", c.Room)
}

// roleFlags name roles and who is to have them.
type roleFlags struct {
	Room      string   `arg:"" optional:"" help:"Name or address."`
	Member    []string `help:"As member."`
	Manager   []string `help:"As manager."`
	Presenter []string `help:"As presenter."`
}

func (f *roleFlags) grants(revoke bool) []api.Grant {
	var out []api.Grant
	for _, l := range [...]struct {
		role string
		who  []string
	}{{"member", f.Member}, {"manager", f.Manager}, {"presenter", f.Presenter}} {
		for _, w := range l.who {
			out = append(out, api.Grant{Room: f.Room, Role: l.role, Principal: w, Revoke: revoke})
		}
	}
	return out
}

type roomGrant struct {
	roleFlags
	bulkFlags
}

// Run gives roles.
func (c *roomGrant) Run(ctx context.Context, g *globals) error {
	if !c.CSV {
		return c.send(ctx, g, c.grants(false), c.DryRun)
	}
	cl, err := g.client()
	if err != nil {
		return err
	}
	columns := []string{"room", "role", "principal"}
	rows, err := readCSV(g.in, columns, columns)
	if err != nil {
		return err
	}
	items, lines := make([]api.Grant, len(rows)), make([]int, len(rows))
	for i, r := range rows {
		lines[i] = r.line
		items[i] = api.Grant{Room: r.cell["room"], Role: strings.ToLower(r.cell["role"]), Principal: r.cell["principal"]}
	}
	return bulk(g, c.bulkFlags, items, lines, func(b api.Bulk[api.Grant]) (api.Done, error) { return cl.Grant(ctx, b) })
}

func (f *roleFlags) send(ctx context.Context, g *globals, grants []api.Grant, dryRun bool) error {
	if f.Room == "" || len(grants) == 0 {
		return usageError("name the room, and whom with --member, --manager or --presenter")
	}
	cl, err := g.client()
	if err != nil {
		return err
	}
	if _, err := cl.Grant(ctx, api.Bulk[api.Grant]{Items: grants, DryRun: dryRun}); err != nil {
		return err
	}
	r, err := cl.Room(ctx, f.Room)
	if err != nil {
		return err
	}
	return g.showRoom(r)
}

type roomRevoke struct{ roleFlags }

// Run takes roles.
func (c *roomRevoke) Run(ctx context.Context, g *globals) error {
	return c.send(ctx, g, c.grants(true), false)
}

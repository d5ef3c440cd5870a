package app

import (
	"context"
	"fmt"
	"io"
	"net"

	"perch/channel"
	"perch/chat"
	"perch/directory"
)

// demoUsers sign in with their name and "-demo" as password.
var demoUsers = [...]directory.NewUser{
	{Name: "alice", DisplayName: "Alice Archer"},
	{Name: "bob", DisplayName: "Bob Builder"},
	{Name: "carol", DisplayName: "Carol Clerk"},
	{Name: "dave", DisplayName: "Dave Dealer"},
}

func demoPassword(name string) string { return name + "-demo" }

// Demo makes a small organisation on an empty store, and tells how to sign in.
func (a *App) Demo(ctx context.Context, out io.Writer) error {
	if len(a.directory.List(chat.KindUser)) == 0 {
		if err := a.makeDemo(ctx); err != nil {
			return err
		}
	}
	a.tellDemo(ctx, out)
	return nil
}

func (a *App) makeDemo(ctx context.Context) error {
	users := demoUsers
	for i := range users {
		users[i].Password, users[i].NTLM = demoPassword(users[i].Name), true
	}
	made, err := a.directory.CreateUsers(ctx, users[:])
	if err != nil {
		return err
	}
	alice, bob, carol, dave := made[0].ID, made[1].ID, made[2].ID, made[3].ID
	desk, err := a.directory.CreateGroup(ctx, "desk", "Trading desk")
	if err != nil {
		return err
	}
	if err := a.directory.Join(ctx, desk.ID, alice, bob, dave); err != nil {
		return err
	}
	everyone := []chat.PrincipalID{a.directory.Domain()}
	for _, c := range []channel.CategorySpec{
		{Name: "Company", Description: "For everybody", Files: true, Allowed: everyone, Creators: []chat.PrincipalID{alice}},
		{Name: "Trading", Description: "The desk", Allowed: []chat.PrincipalID{desk.ID, alice, bob, dave}, Creators: []chat.PrincipalID{alice}},
	} {
		if _, err := a.channel.CreateCategory(ctx, c); err != nil {
			return err
		}
	}
	rooms, err := a.channel.CreateRooms(ctx, []channel.RoomSpec{
		{Name: "Lobby", Description: "Open to everybody", Category: "Company", Privacy: chat.Open},
		{Name: "Announcements", Description: "Alice speaks, everybody listens", Category: "Company", Privacy: chat.Closed, Behavior: chat.Auditorium, Members: everyone, Presenters: []chat.PrincipalID{alice}, Managers: []chat.PrincipalID{alice}},
		{Name: "Rates", Description: "Rates desk", Category: "Trading", Privacy: chat.Closed, Members: []chat.PrincipalID{desk.ID}, Managers: []chat.PrincipalID{alice}},
		{Name: "Merger", Description: "Secret: only its members see it", Category: "Trading", Privacy: chat.Secret, Members: []chat.PrincipalID{alice, dave}, Managers: []chat.PrincipalID{dave}},
		{Name: "Helpdesk", Description: "Ask Carol", Category: "Company", Privacy: chat.Open, Managers: []chat.PrincipalID{carol}},
	})
	if err != nil {
		return err
	}
	if _, err := a.settings.GrantDuty(ctx, made[0].URI, chat.Administrator, ""); err != nil {
		return err
	}
	return a.demoMessages(ctx, rooms, bob, carol)
}

func (a *App) demoMessages(ctx context.Context, rooms []chat.Room, bob, carol chat.PrincipalID) error {
	var b chat.Batch
	say := func(r chat.Room, who chat.PrincipalID, text string) {
		p, _ := a.directory.FindPrincipal(who)
		b.Drafts = append(b.Drafts, chat.Draft{Room: r.ID, Author: p.ID, AuthorURI: p.URI, AuthorName: p.DisplayName, At: chat.At(a.opt.Now()), Text: text})
		b.Origins = append(b.Origins, chat.Origin{RoomGUID: r.GUID, RoomName: r.Name, Endpoint: "demo"})
	}
	say(rooms[0], carol, "Welcome to Perch. Whatever is said here stays here: sign out, come back, and read on.")
	say(rooms[0], bob, "Good morning, everybody.")
	say(rooms[2], bob, "10y at 2.41 / 2.42")
	_, err := a.store.Append(ctx, b)
	return err
}

// tellDemo says how to sign in, as those of the demo's users who still have the
// demo's password.
func (a *App) tellDemo(ctx context.Context, out io.Writer) {
	d := a.opt.Config.Domain
	fmt.Fprint(out, "\nPerch is running.\n\n")
	if a.addresses.Web != "" {
		fmt.Fprintf(out, "  In a browser  %s/\n", a.webURL())
	}
	fmt.Fprintf(out, "  SIP over TLS  %s\n  SIP over TCP  %s (loopback only)\n\n  user                 password\n", a.addresses.TLS, a.addresses.TCP)
	for _, u := range demoUsers {
		if _, err := a.directory.CheckPassword(ctx, u.Name, demoPassword(u.Name)); err == nil {
			what := ""
			if u.Name == demoUsers[0].Name {
				what = "  (an administrator in the browser)"
			}
			fmt.Fprintf(out, "  %-20s %s%s\n", u.Name+"@"+d, demoPassword(u.Name), what)
		}
	}
	host, port, err := net.SplitHostPort(a.addresses.TLS)
	if err != nil {
		host, port = "127.0.0.1", "5061"
	}
	fmt.Fprintf(out, `
Sign in with Pidgin and its SIPE plugin (package pidgin-sipe):
  Accounts > Manage > Add: protocol Office Communicator, username alice@%s,
  password %s; tab Advanced: server %s:%s, connection type SSL/TLS,
  authentication scheme NTLM. Accept the self-made certificate.
  Then Tools > Room List. (If the list stays empty on an updated Debian 12, see
  "libxml2" in docs/admin.md.)

Administer it in another terminal: bin/perch room list, bin/perch --help
Stop it with Ctrl-C.

`, d, demoPassword("alice"), host, port)
}

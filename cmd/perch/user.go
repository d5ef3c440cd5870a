package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"perch/front/admin/api"
)

type userCmd struct {
	Add      userAdd      `cmd:"" help:"Add a user, or many."`
	List     userList     `cmd:"" help:"List users."`
	Show     userShow     `cmd:"" help:"Show a user."`
	Set      userSet      `cmd:"" help:"Change a user's particulars."`
	Password userPassword `cmd:"" help:"Set a user's password."`
	Disable  userDisable  `cmd:"" help:"Cut a user off; he can be enabled again."`
	Enable   userEnable   `cmd:"" help:"Let a disabled user in again."`
	Unlock   userUnlock   `cmd:"" help:"Let a user try again who is locked out because too many passwords were wrong."`
	Sessions userSessions `cmd:"" help:"List where a user is signed in to the web client."`
	SignOut  userSignOut  `cmd:"" name:"sign-out" help:"End a user's sessions of the web client."`
	Delete   userDelete   `cmd:"" help:"Delete a user for good; his messages stay."`
}

type userAdd struct {
	Name          string `arg:"" optional:"" help:"The part of the address before the @."`
	DisplayName   string `name:"name" help:"Name to show."`
	Email         string `help:"Mail address."`
	Company       string `help:"Company."`
	PasswordStdin bool   `help:"Read the password from standard input."`
	NTLM          bool   `name:"ntlm" help:"Allow sign-in by NTLM (Lync, SIPE); keeps a secret that is as good as the password."`
	bulkFlags
}

// Run adds users.
func (c *userAdd) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if c.CSV {
		rows, err := readCSV(g.in, []string{"name"}, []string{"name", "display", "email", "company", "password", "ntlm"})
		if err != nil {
			return err
		}
		items, lines := make([]api.NewUser, len(rows)), make([]int, len(rows))
		for i, r := range rows {
			ntlm, err := strconv.ParseBool(orFalse(r.cell["ntlm"]))
			if err != nil {
				return usageError(fmt.Sprintf("line %d: ntlm is true or false", r.line))
			}
			lines[i] = r.line
			items[i] = api.NewUser{Name: r.cell["name"], DisplayName: r.cell["display"], Email: r.cell["email"], Company: r.cell["company"], Password: r.cell["password"], NTLM: ntlm}
		}
		return bulk(g, c.bulkFlags, items, lines, func(b api.Bulk[api.NewUser]) (api.Done, error) { return cl.AddUsers(ctx, b) })
	}
	if c.Name == "" {
		return usageError("name the user to add, or give --csv")
	}
	u := api.NewUser{Name: c.Name, DisplayName: c.DisplayName, Email: c.Email, Company: c.Company, NTLM: c.NTLM}
	if c.PasswordStdin || c.NTLM {
		if u.Password, err = g.readPassword(c.PasswordStdin); err != nil {
			return err
		}
	}
	if _, err := cl.AddUsers(ctx, api.Bulk[api.NewUser]{Items: []api.NewUser{u}, DryRun: c.DryRun, SkipExisting: c.SkipExisting}); err != nil {
		return err
	}
	if !c.NTLM {
		return g.done("added user %s, who cannot sign in from Lync or SIPE yet: perch user password %s --ntlm", c.Name, c.Name)
	}
	return g.done("added user %s", c.Name)
}

func orFalse(s string) string {
	if s == "" {
		return "false"
	}
	return s
}

// readPassword reads a password from standard input, without its newline, or
// asks for it on a terminal.
func (g *globals) readPassword(stdin bool) (string, error) {
	if f, ok := g.in.(*os.File); ok && !stdin && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(g.err, "Password: ")
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(g.err)
		return string(b), err
	}
	if !stdin {
		return "", usageError("give the password with --password-stdin")
	}
	b, err := io.ReadAll(bufio.NewReader(io.LimitReader(g.in, 64<<10)))
	if err != nil {
		return "", err
	}
	p := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	switch {
	case p == "":
		return "", errors.New("the password is empty")
	case strings.ContainsAny(p, "\r\n"):
		return "", usageError("standard input holds several lines: a password is one")
	}
	return p, nil
}

type userList struct{}

// Run lists users.
func (userList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	users, err := cl.Users(ctx)
	if err != nil {
		return err
	}
	return g.show(users, "NAME|ADDRESS|SHOWN AS|STATE|CHAT", func(row func(...any)) {
		for _, u := range users {
			row(u.Name, u.URI, u.DisplayName, u.State, yesNo(u.Enabled))
		}
	})
}

// who is the argument of commands about one user.
type who struct {
	User string `arg:"" help:"Name or address."`
}

type userShow struct{ who }

// Run shows a user.
func (c *userShow) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	u, err := cl.User(ctx, c.User)
	if err != nil {
		return err
	}
	return g.showUser(u)
}

func (g *globals) showUser(u api.User) error {
	return g.show(u, "", func(row func(...any)) {
		row("name", u.Name)
		row("address", u.URI)
		row("shown as", u.DisplayName)
		row("mail", u.Email)
		row("company", u.Company)
		row("state", u.State)
		row("chat enabled", yesNo(u.Enabled))
		row("password", yesNo(u.Password))
		row("NTLM", yesNo(u.NTLM))
		if u.Bot {
			row("bot", yesNo(u.Bot))
		}
		if u.LockedUntil != "" {
			row("locked out until", u.LockedUntil)
		}
		row("groups", list(u.Groups))
		row("version", u.Version)
	})
}

// change sends a change of one user and shows him.
func (w *who) change(ctx context.Context, g *globals, ch api.UserChange) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	u, err := cl.ChangeUser(ctx, w.User, ch)
	if err != nil {
		return err
	}
	return g.showUser(u)
}

type userSet struct {
	who
	DisplayName *string `name:"name" help:"Name to show."`
	Email       *string `help:"Mail address."`
	Company     *string `help:"Company."`
	NoNTLM      bool    `name:"no-ntlm" help:"Forget the NTLM secret. (To allow NTLM set the password with --ntlm.)"`
	versionFlag
}

// Run changes a user.
func (c *userSet) Run(ctx context.Context, g *globals) error {
	ch := api.UserChange{DisplayName: c.DisplayName, Email: c.Email, Company: c.Company, Version: c.Version}
	if c.NoNTLM {
		ch.NTLM = new(bool)
	}
	return c.change(ctx, g, ch)
}

type userPassword struct {
	who
	PasswordStdin bool  `help:"Read the password from standard input."`
	NTLM          *bool `name:"ntlm" negatable:"" help:"Allow sign-in by NTLM, or not; unchanged if not given."`
}

// Run sets a password.
func (c *userPassword) Run(ctx context.Context, g *globals) error {
	p, err := g.readPassword(c.PasswordStdin)
	if err != nil {
		return err
	}
	return c.change(ctx, g, api.UserChange{Password: &p, NTLM: c.NTLM})
}

type userDisable struct{ who }

// Run disables a user.
func (c *userDisable) Run(ctx context.Context, g *globals) error {
	on := true
	return c.change(ctx, g, api.UserChange{Disabled: &on})
}

type userEnable struct{ who }

// Run enables a user.
func (c *userEnable) Run(ctx context.Context, g *globals) error {
	return c.change(ctx, g, api.UserChange{Disabled: new(bool)})
}

type userDelete struct{ who }

// Run deletes a user.
func (c *userDelete) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if err := cl.DeleteUser(ctx, c.User); err != nil {
		return err
	}
	return g.done("deleted user %s", c.User)
}

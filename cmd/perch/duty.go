package main

import (
	"context"
	"fmt"
	"os/user"
	"slices"
	"strings"

	"perch/front/admin/api"
)

type dutyCmd struct {
	List       dutyList   `cmd:"" help:"List who holds which duty, and broken glasses."`
	Grant      dutyGrant  `cmd:"" help:"Give an account of the server's machine, or a user on the web, a duty."`
	Revoke     dutyRevoke `cmd:"" help:"Take a duty from an account or user."`
	BreakGlass dutyAsk    `cmd:"" help:"Ask to read contents in an emergency; a second person approves it."`
	Approve    dutyBreak  `cmd:"" help:"Approve somebody else's request to read contents."`
}

// Help is what is to be said beside the flags.
func (dutyCmd) Help() string {
	return `Administrators manage people, rooms and settings; officers decide what is archived and kept, and read contents; auditors see how all is
set and what is on record, without contents. As long as no account was granted a duty, every account that may reach the server holds all of
them. A user, named by his address, holds a duty on the web if he was granted it, and only then. Accounts other than the server's own reach it if admin_socket and admin_group are set in its configuration.`
}

type dutyList struct{}

// Run lists.
func (dutyList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	d, err := cl.Duties(ctx)
	if err != nil {
		return err
	}
	return g.show(d, "", func(row func(...any)) {
		row("you are", d.You)
		if !slices.ContainsFunc(d.Operators, func(o api.Operator) bool { return strings.HasPrefix(o.Name, "os:") }) {
			row("duties", "are not parted: every account of the machine that reaches the server holds all of them")
		}
		for _, o := range d.Operators {
			why := ""
			if o.Reason != "" {
				why = "together: " + o.Reason
			}
			row(o.Name, list(o.Duties), why)
		}
		for _, b := range d.Glasses {
			state := "waits for a second person: perch duty approve " + b.ID
			if b.Approver != "" {
				state = fmt.Sprintf("approved by %s, until %s", b.Approver, b.Until)
			}
			row("glass "+b.ID, fmt.Sprintf("%s asked at %s for %d minutes: %s", b.Operator, b.Asked, b.Minutes, b.Reason), state)
		}
	})
}

// operatorArg is an account or user, and a duty.
type operatorArg struct {
	Account string `arg:"" help:"Account of the server's machine, 'me' for the own one; or a user's address, such as alice@example.test."`
	Duty    string `arg:"" enum:"administrator,officer,auditor" help:"administrator, officer or auditor."`
}

func (a *operatorArg) name() (string, error) {
	if strings.Contains(a.Account, "@") && !strings.HasPrefix(a.Account, "os:") {
		return a.Account, nil // the server completes it
	}
	name := strings.TrimPrefix(a.Account, "os:")
	if name == "me" {
		u, err := user.Current()
		if err != nil {
			return "", err
		}
		name = u.Username
	}
	return "os:" + name, nil
}

type dutyGrant struct {
	operatorArg
	Together string `placeholder:"REASON" help:"Why the account holds this duty beside another; it is on record."`
}

// Run grants.
func (c *dutyGrant) Run(ctx context.Context, g *globals) error {
	return c.change(ctx, g, api.DutyChange{Together: c.Together}, "%s is %s now")
}

func (a *operatorArg) change(ctx context.Context, g *globals, d api.DutyChange, done string) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if d.Operator, err = a.name(); err != nil {
		return err
	}
	d.Duty = a.Duty
	if err := cl.ChangeDuty(ctx, d); err != nil {
		return err
	}
	return g.done(done, d.Operator, d.Duty)
}

type dutyRevoke struct{ operatorArg }

// Run revokes.
func (c *dutyRevoke) Run(ctx context.Context, g *globals) error {
	return c.change(ctx, g, api.DutyChange{Revoke: true}, "%s is no longer %s")
}

type dutyAsk struct {
	Reason  string `required:"" help:"Why; it is on record."`
	Minutes int    `default:"60" help:"For how long, from when it is approved: 1 to 1440."`
}

// Run asks.
func (c *dutyAsk) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	b, err := cl.AskGlass(ctx, api.Glass{Reason: c.Reason, Minutes: c.Minutes})
	if err != nil {
		return err
	}
	return g.done("asked: an officer or auditor other than you approves it with perch duty approve %s", b.ID)
}

type dutyBreak struct {
	ID string `arg:"" help:"Number of the request (perch duty list)."`
}

// Run approves.
func (c *dutyBreak) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	b, err := cl.ApproveGlass(ctx, c.ID)
	if err != nil {
		return err
	}
	return g.done("%s may read contents until %s", b.Operator, b.Until)
}

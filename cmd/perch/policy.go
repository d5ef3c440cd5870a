package main

import (
	"context"

	"perch/front/admin/api"
)

type policyCmd struct {
	List   policyList   `cmd:"" help:"List policies."`
	Show   policyShow   `cmd:"" help:"Show a policy, or with --user the one that holds for a user."`
	Add    policyAdd    `cmd:"" help:"Add a policy."`
	Set    policySet    `cmd:"" help:"Change a policy; global, unless one is named."`
	Delete policyDelete `cmd:"" help:"Delete a policy; the global one returns to its default."`
	Grant  policyGrant  `cmd:"" help:"Grant users a policy, or many by CSV."`
}

type policyList struct{}

// Run lists policies.
func (policyList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	all, err := cl.Policies(ctx)
	if err != nil {
		return err
	}
	return g.show(all, "NAME|EnablePersistentChat|GRANTED TO|DESCRIPTION", func(row func(...any)) {
		for _, p := range all {
			row(p.Name, p.Enabled, p.GrantedTo, p.Description)
		}
	})
}

type policyShow struct {
	Name string `arg:"" optional:"" default:"global" help:"global, site:NAME, pool:NAME or the name of one that is granted."`
	User string `help:"Show the policy that holds for this user."`
}

// Run shows a policy.
func (c *policyShow) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	var p api.Policy
	if c.User != "" {
		p, err = cl.UserPolicy(ctx, c.User)
	} else {
		p, err = cl.Policy(ctx, c.Name)
	}
	if err != nil {
		return err
	}
	return g.showPolicy(p)
}

func (g *globals) showPolicy(p api.Policy) error {
	return g.show(p, "", func(row func(...any)) {
		if p.User != "" {
			row("user", p.User)
		}
		row("policy", p.Name)
		row("EnablePersistentChat", p.Enabled)
		row("description", p.Description)
		row("granted to", p.GrantedTo)
	})
}

// policyFlags are what adding and changing have in common.
type policyFlags struct {
	Enable      bool    `xor:"policy" help:"Chat is allowed."`
	Disable     bool    `xor:"policy" help:"Chat is not allowed."`
	Description *string `help:"What it is for."`
}

func (f *policyFlags) change() api.PolicyChange {
	ch := api.PolicyChange{Description: f.Description}
	if f.Enable || f.Disable {
		ch.Enabled = &f.Enable
	}
	return ch
}

type policyAdd struct {
	Name string `arg:"" help:"site:NAME, pool:NAME, or a name by which it is granted to users."`
	policyFlags
	bulkExisting
}

// Run adds a policy.
func (c *policyAdd) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if old, err := cl.Policy(ctx, c.Name); err == nil && c.SkipExisting {
		return g.showPolicy(old)
	}
	ch := c.change()
	ch.New = true
	p, err := cl.SetPolicy(ctx, c.Name, ch)
	if err != nil {
		return err
	}
	return g.showPolicy(p)
}

type policySet struct {
	Name string `arg:"" optional:"" default:"global" help:"global, site:NAME, pool:NAME or the name of one that is granted."`
	policyFlags
	Version int64 `help:"Refuse the change if this is no longer the policy's version."`
}

// Run changes a policy.
func (c *policySet) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	ch := c.change()
	ch.Version = c.Version
	p, err := cl.SetPolicy(ctx, c.Name, ch)
	if err != nil {
		return err
	}
	return g.showPolicy(p)
}

type policyDelete struct {
	Name  string `arg:"" help:"Name."`
	Force bool   `help:"Also when it is granted to users; they fall back to the next nearest."`
	ifExists
}

// Run deletes a policy.
func (c *policyDelete) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	return c.gone(g, cl.DeletePolicy(ctx, c.Name, c.Force), "deleted policy %s", c.Name)
}

type policyGrant struct {
	User    []string `arg:"" optional:"" help:"Names or addresses."`
	Policy  string   `xor:"what" help:"Policy to grant."`
	Inherit bool     `xor:"what" help:"Take back what was granted; the nearest of pool, site and global holds."`
	CSV     bool     `name:"csv" help:"Read users and policies from CSV on standard input; the first line names the columns."`
	DryRun  bool     `help:"Only say what would be done."`
}

// Run grants policies.
func (c *policyGrant) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	send := func(b api.Bulk[api.PolicyGrant]) (api.Done, error) { return cl.GrantPolicies(ctx, b) }
	if c.CSV {
		columns := []string{"user", "policy"}
		rows, err := readCSV(g.in, columns, columns)
		if err != nil {
			return err
		}
		items, lines := make([]api.PolicyGrant, len(rows)), make([]int, len(rows))
		for i, r := range rows {
			items[i], lines[i] = api.PolicyGrant{User: r.cell["user"], Policy: r.cell["policy"]}, r.line
		}
		return bulk(g, bulkFlags{DryRun: c.DryRun}, items, lines, send)
	}
	if len(c.User) == 0 || c.Policy == "" && !c.Inherit {
		return usageError("name users, and --policy or --inherit")
	}
	b := api.Bulk[api.PolicyGrant]{DryRun: c.DryRun}
	for _, u := range c.User {
		b.Items = append(b.Items, api.PolicyGrant{User: u, Policy: c.Policy})
	}
	done, err := send(b)
	if err != nil {
		return err
	}
	return g.showDone(done, c.DryRun)
}

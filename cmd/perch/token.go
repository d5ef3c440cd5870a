package main

import (
	"context"
	"fmt"

	"perch/front/admin/api"
)

type botCmd struct {
	Add  botAdd  `cmd:"" help:"Add a bot: a user that is a program, and signs in by tokens only."`
	List botList `cmd:"" help:"List bots."`
}

// Help is what is to be said beside the flags.
func (botCmd) Help() string {
	return `A bot has roles and rooms as people have them, and what it posts is marked. It has no password: make it a token with perch token add.
Everything else is done with perch user: show, set, disable, enable, delete.`
}

type botAdd struct {
	Name        string `arg:"" help:"The part of the address before the @."`
	DisplayName string `name:"name" help:"Name to show."`
}

// Run adds a bot.
func (c *botAdd) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if _, err := cl.AddUsers(ctx, api.Bulk[api.NewUser]{Items: []api.NewUser{{Name: c.Name, DisplayName: c.DisplayName, Bot: true}}}); err != nil {
		return err
	}
	return g.done("added bot %s; make it a token: perch token add %s --name NAME --scope post", c.Name, c.Name)
}

type botList struct{}

// Run lists bots.
func (botList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	users, err := cl.Users(ctx)
	if err != nil {
		return err
	}
	bots := []api.User{}
	for _, u := range users {
		if u.Bot {
			bots = append(bots, u)
		}
	}
	return g.show(bots, "NAME|ADDRESS|SHOWN AS|STATE|CHAT", func(row func(...any)) {
		for _, u := range bots {
			row(u.Name, u.URI, u.DisplayName, u.State, yesNo(u.Enabled))
		}
	})
}

type tokenCmd struct {
	Add    tokenAdd    `cmd:"" help:"Make a token for a user or bot; its secret is printed, once."`
	List   tokenList   `cmd:"" help:"List tokens, without their secrets."`
	Delete tokenDelete `cmd:"" help:"Make a token useless, at once."`
}

// Help is what is to be said beside the flags.
func (tokenCmd) Help() string {
	return `Whoever has a token's secret acts as its user in the web API: Authorization: Bearer SECRET. Users make tokens for themselves in the web
client. A token with the scope read reads; post also posts and sends files; manage does everything that its user may do.`
}

type tokenAdd struct {
	User  string `arg:"" help:"Name or address."`
	Name  string `required:"" help:"What the token is for."`
	Scope string `enum:"read,post,manage" default:"post" help:"read, post or manage (default: post)."`
	Days  int    `help:"For how many days it is good; none: until it is deleted."`
}

// Run makes a token. Its secret stands alone on standard output.
func (c *tokenAdd) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	t, err := cl.AddToken(ctx, api.NewToken{User: c.User, Name: c.Name, Scope: c.Scope, Days: c.Days})
	if err != nil {
		return err
	}
	if !g.JSON {
		fmt.Fprintf(g.err, "token %s of %s, for %s; this is its secret, which is not told again:\n", t.ID, t.User, t.Scope)
	}
	return g.show(t, "", func(row func(...any)) { row(t.Secret) })
}

type tokenList struct {
	User string `arg:"" optional:"" help:"Name or address; none: everybody's."`
}

// Run lists tokens.
func (c *tokenList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	tokens, err := cl.Tokens(ctx, c.User)
	if err != nil {
		return err
	}
	return g.show(tokens, "ID|USER|NAME|SCOPE|MADE|LAST USED|EXPIRES", func(row func(...any)) {
		for _, t := range tokens {
			row(t.ID, t.User, t.Name, t.Scope, t.Created, orNever(t.LastUsed), orNever(t.Expires))
		}
	})
}

func orNever(at string) string {
	if at == "" {
		return "never"
	}
	return at
}

type tokenDelete struct {
	ID string `arg:"" help:"Its id (perch token list)."`
}

// Run deletes a token.
func (c *tokenDelete) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if err := cl.DeleteToken(ctx, c.ID); err != nil {
		return err
	}
	return g.done("deleted token %s", c.ID)
}

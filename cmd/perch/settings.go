package main

import (
	"context"

	"perch/front/admin/api"
)

// scopeArg names what is set.
type scopeArg struct {
	Scope string `arg:"" optional:"" default:"global" help:"global, site:NAME or pool:NAME."`
}

// editFlags are those of commands that change what is set.
type editFlags struct {
	Version int64 `help:"Refuse the change if this is no longer the version."`
}

type settingsCmd struct {
	List   settingsList   `cmd:"" help:"List the settings of all scopes."`
	Show   settingsShow   `cmd:"" help:"Show the settings of a scope, or of 'effective': what holds for this server."`
	Add    settingsAdd    `cmd:"" help:"Add settings for a site or pool."`
	Set    settingsSet    `cmd:"" help:"Change the settings of a scope."`
	Delete settingsDelete `cmd:"" help:"Delete a scope's settings; the global ones return to their defaults."`
}

type settingsList struct{}

// Run lists settings.
func (settingsList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	all, err := cl.ListSettings(ctx)
	if err != nil {
		return err
	}
	return g.show(all, "SCOPE|DefaultChatHistory|MaxFileSizeKB|ParticipantUpdateLimit|RoomManagementUrl", func(row func(...any)) {
		for _, s := range all {
			row(s.Scope, s.DefaultChatHistory, s.MaxFileSizeKB, s.ParticipantUpdateLimit, s.RoomManagementURL)
		}
	})
}

func (g *globals) showSettings(s api.Settings) error {
	return g.show(s, "", func(row func(...any)) {
		row("scope", s.Scope)
		row("DefaultChatHistory", s.DefaultChatHistory)
		row("MaxFileSizeKB", s.MaxFileSizeKB)
		row("ParticipantUpdateLimit", s.ParticipantUpdateLimit)
		row("RoomManagementUrl", s.RoomManagementURL)
	})
}

type settingsShow struct{ scopeArg }

// Run shows settings.
func (c *settingsShow) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	s, err := cl.Settings(ctx, c.Scope)
	if err != nil {
		return err
	}
	return g.showSettings(s)
}

// settingsFlags are what adding and changing have in common.
type settingsFlags struct {
	DefaultChatHistory     *int    `help:"Newest messages of a room kept in memory and given at once, 1 to 500 (default 30)."`
	MaxFileSizeKB          *int    `name:"max-file-size-kb" help:"Largest file, in KB (default 20000)."`
	ParticipantUpdateLimit *int    `help:"Participants above which joins and parts are not told (default 75)."`
	RoomManagementURL      *string `name:"room-management-url" help:"Web page for managing rooms, told to clients; empty: the server's own."`
}

func (f *settingsFlags) change() api.SettingsChange {
	return api.SettingsChange{
		DefaultChatHistory: f.DefaultChatHistory, MaxFileSizeKB: f.MaxFileSizeKB,
		ParticipantUpdateLimit: f.ParticipantUpdateLimit, RoomManagementURL: f.RoomManagementURL,
	}
}

type settingsAdd struct {
	Scope string `arg:"" help:"site:NAME or pool:NAME."`
	settingsFlags
	bulkExisting
}

// Run adds settings.
func (c *settingsAdd) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if old, err := cl.Settings(ctx, c.Scope); err == nil && c.SkipExisting {
		return g.showSettings(old)
	}
	ch := c.change()
	ch.New = true
	s, err := cl.SetSettings(ctx, c.Scope, ch)
	if err != nil {
		return err
	}
	return g.showSettings(s)
}

type settingsSet struct {
	scopeArg
	settingsFlags
	editFlags
}

// Run changes settings.
func (c *settingsSet) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	ch := c.change()
	ch.Version = c.Version
	s, err := cl.SetSettings(ctx, c.Scope, ch)
	if err != nil {
		return err
	}
	return g.showSettings(s)
}

type settingsDelete struct{ scopeArg }

// Run deletes settings.
func (c *settingsDelete) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if err := cl.DeleteSettings(ctx, c.Scope); err != nil {
		return err
	}
	return g.done("deleted the settings of %s", c.Scope)
}

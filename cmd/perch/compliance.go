package main

import (
	"context"
	"time"

	"perch/front/admin/api"
)

type complianceCmd struct {
	List   complianceList   `cmd:"" help:"List the compliance configurations of all scopes."`
	Show   complianceShow   `cmd:"" help:"Show that of a scope, or of 'effective': what holds for this server."`
	Add    complianceAdd    `cmd:"" help:"Add a configuration for a site or pool."`
	Set    complianceSet    `cmd:"" help:"Change the configuration of a scope."`
	Delete complianceDelete `cmd:"" help:"Delete a scope's configuration; the global one returns to its defaults."`
}

type complianceList struct{}

// Run lists configurations.
func (complianceList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	all, err := cl.ListCompliance(ctx)
	if err != nil {
		return err
	}
	return g.show(all, "SCOPE|AdapterName|AdapterType|AdapterOutputDirectory|RunInterval", func(row func(...any)) {
		for _, c := range all {
			row(c.Scope, c.AdapterName, c.AdapterType, c.AdapterOutputDirectory, c.RunInterval)
		}
	})
}

func (g *globals) showCompliance(c api.Compliance) error {
	return g.show(c, "", func(row func(...any)) {
		row("scope", c.Scope)
		row("AdapterName", c.AdapterName)
		row("AdapterType", c.AdapterType)
		row("AdapterOutputDirectory", c.AdapterOutputDirectory)
		row("RunInterval", c.RunInterval)
		row("OneChatRoomPerOutputFile", c.OneChatRoomPerOutputFile)
		row("AddChatRoomDetails", c.AddChatRoomDetails)
		row("AddUserDetails", c.AddUserDetails)
		row("CreateFileAttachmentsManifest", c.CreateFileAttachmentsManifest)
		row("CustomConfiguration", c.CustomConfiguration)
	})
}

type complianceShow struct{ scopeArg }

// Run shows a configuration.
func (c *complianceShow) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	v, err := cl.Compliance(ctx, c.Scope)
	if err != nil {
		return err
	}
	return g.showCompliance(v)
}

// complianceFlags are what adding and changing have in common.
type complianceFlags struct {
	AdapterName                   *string        `help:"A label."`
	AdapterType                   *string        `help:"What records are handed to; empty: nothing is handed on."`
	AdapterOutputDirectory        *string        `help:"Where the adapter writes."`
	RunInterval                   *time.Duration `help:"Time between two runs, 1m to 720h (default 15m)."`
	OneChatRoomPerOutputFile      *bool          `negatable:"" help:"A file a room."`
	AddChatRoomDetails            *bool          `negatable:"" help:"More about rooms."`
	AddUserDetails                *bool          `negatable:"" help:"More about people."`
	CreateFileAttachmentsManifest *bool          `negatable:"" help:"A list of files beside the records."`
	CustomConfiguration           *string        `help:"Transformation applied to the output."`
}

func (f *complianceFlags) change() api.ComplianceChange {
	ch := api.ComplianceChange{
		AdapterName: f.AdapterName, AdapterType: f.AdapterType, AdapterOutputDirectory: f.AdapterOutputDirectory,
		OneChatRoomPerOutputFile: f.OneChatRoomPerOutputFile, AddChatRoomDetails: f.AddChatRoomDetails, AddUserDetails: f.AddUserDetails,
		CreateFileAttachmentsManifest: f.CreateFileAttachmentsManifest, CustomConfiguration: f.CustomConfiguration,
	}
	if f.RunInterval != nil {
		interval := f.RunInterval.String()
		ch.RunInterval = &interval
	}
	return ch
}

type complianceAdd struct {
	Scope string `arg:"" help:"site:NAME or pool:NAME."`
	complianceFlags
	bulkExisting
}

// Run adds a configuration.
func (c *complianceAdd) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if old, err := cl.Compliance(ctx, c.Scope); err == nil && c.SkipExisting {
		return g.showCompliance(old)
	}
	ch := c.change()
	ch.New = true
	v, err := cl.SetCompliance(ctx, c.Scope, ch)
	if err != nil {
		return err
	}
	return g.showCompliance(v)
}

type complianceSet struct {
	scopeArg
	complianceFlags
	editFlags
}

// Run changes a configuration.
func (c *complianceSet) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	ch := c.change()
	ch.Version = c.Version
	v, err := cl.SetCompliance(ctx, c.Scope, ch)
	if err != nil {
		return err
	}
	return g.showCompliance(v)
}

type complianceDelete struct{ scopeArg }

// Run deletes a configuration.
func (c *complianceDelete) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if err := cl.DeleteCompliance(ctx, c.Scope); err != nil {
		return err
	}
	return g.done("deleted the compliance configuration of %s", c.Scope)
}

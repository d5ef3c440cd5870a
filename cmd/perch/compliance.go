package main

import (
	"context"
	"maps"
	"os"
	"slices"
	"time"

	"perch/front/admin/api"
)

type complianceCmd struct {
	Status    complianceStatus    `cmd:"" help:"How archiving does: lag, adapters, what failed and what to do, when the server was down."`
	Search    complianceSearch    `cmd:"" help:"Search what is on record, by room, person, time, words and kind; the search is on record itself."`
	Run       complianceRun       `cmd:"" help:"Close a batch now and hand it on, without waiting for the run interval."`
	Redeliver complianceRedeliver `cmd:"" help:"Hand a batch to an adapter again."`
	Settings  complianceSettings  `cmd:"" help:"What is handed on, how and where to."`
}

type complianceSettings struct {
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
		row("AdapterAttachmentDirectory", c.AdapterAttachmentDirectory)
		row("RunInterval", c.RunInterval)
		row("OneChatRoomPerOutputFile", c.OneChatRoomPerOutputFile)
		row("AddChatRoomDetails", c.AddChatRoomDetails)
		row("AddUserDetails", c.AddUserDetails)
		row("CreateFileAttachmentsManifest", c.CreateFileAttachmentsManifest)
		row("CustomConfiguration", c.CustomConfiguration)
		for _, name := range slices.Sorted(maps.Keys(c.AdapterOptions)) {
			row("option "+name, c.AdapterOptions[name])
		}
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
	AdapterName                   *string           `help:"A label."`
	AdapterType                   *string           `help:"Kinds of adapters, parted by commas: xml, actiance, csv, jsonl, eml, smtp-journal, command; empty: nothing is handed on."`
	AdapterOutputDirectory        *string           `placeholder:"DIR" help:"Where the adapter writes; of several each writes into a folder of its name there."`
	AdapterAttachmentDirectory    *string           `placeholder:"DIR" help:"Compliance File Store: uploaded files are copied there, by their SHA-256, before the batch that mentions them is handed on; empty: they are not."`
	RunInterval                   *time.Duration    `help:"Time between two runs, 1m to 720h (default 15m)."`
	OneChatRoomPerOutputFile      *bool             `negatable:"" help:"A file a room."`
	AddChatRoomDetails            *bool             `negatable:"" help:"More about rooms."`
	AddUserDetails                *bool             `negatable:"" help:"More about people."`
	CreateFileAttachmentsManifest *bool             `negatable:"" help:"A list of files beside the records."`
	CustomConfiguration           *string           `placeholder:"FILE" help:"XSLT stylesheet for the xml adapter's output; empty: none."`
	AdapterOption                 map[string]string `mapsep:"none" placeholder:"NAME=VALUE" help:"Option of one adapter, such as smtp.server=HOST:PORT; an empty value takes it away."`
}

func (f *complianceFlags) change() (api.ComplianceChange, error) {
	ch := api.ComplianceChange{
		AdapterName: f.AdapterName, AdapterType: f.AdapterType, AdapterOutputDirectory: f.AdapterOutputDirectory, AdapterAttachmentDirectory: f.AdapterAttachmentDirectory,
		OneChatRoomPerOutputFile: f.OneChatRoomPerOutputFile, AddChatRoomDetails: f.AddChatRoomDetails, AddUserDetails: f.AddUserDetails,
		CreateFileAttachmentsManifest: f.CreateFileAttachmentsManifest, AdapterOptions: f.AdapterOption,
	}
	if f.CustomConfiguration != nil {
		text := ""
		if *f.CustomConfiguration != "" {
			b, err := os.ReadFile(*f.CustomConfiguration)
			if err != nil {
				return ch, err
			}
			text = string(b)
		}
		ch.CustomConfiguration = &text
	}
	if f.RunInterval != nil {
		interval := f.RunInterval.String()
		ch.RunInterval = &interval
	}
	return ch, nil
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
	ch, err := c.change()
	if err != nil {
		return err
	}
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
	ch, err := c.change()
	if err != nil {
		return err
	}
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

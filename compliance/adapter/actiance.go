package adapter

import (
	"bufio"
	"context"
	"strconv"

	"perch/chat"
	"perch/compliance"
)

// actiance writes FileDump XML: a conversation for each room, who was there at
// its beginning and who came and left, messages, transfers of files. Times are
// milliseconds since 1970. A message that an administrator replaced or removed is a
// message with UpdatedType, as Mattermost's export has it.
type actiance struct {
	o   *Options
	out folder
}

func newActiance(o *Options) (compliance.Adapter, error) {
	return &actiance{o, folder(o.OutputDirectory)}, nil
}

// Deliver writes one file for the batch, or one for each room.
func (a *actiance) Deliver(ctx context.Context, b *compliance.Batch) error {
	return a.o.perFile(b, func(name string, list []compliance.Conversation) error { return a.file(ctx, b, name, list) })
}

func (a *actiance) file(ctx context.Context, b *compliance.Batch, name string, list []compliance.Conversation) error {
	if len(list) == 1 && list[0].Room.GUID == "" {
		return nil // the format knows rooms only
	}
	err := a.out.write(name+".xml", func(w *bufio.Writer) error {
		m := &markup{w: w}
		m.put(`<?xml version="1.0" encoding="utf-8"?>` + "\n")
		m.open("FileDump")
		for i := range list {
			if err := a.conversation(ctx, m, b, &list[i]); err != nil {
				return err
			}
		}
		m.shut("FileDump")
		return m.err
	})
	if err != nil || !a.o.CreateFileAttachmentsManifest {
		return err
	}
	return attachments(ctx, a.out, name, b, list)
}

func epoch(t chat.Time) string { return strconv.FormatInt(int64(t)/1000, 10) }

func (a *actiance) conversation(ctx context.Context, m *markup, b *compliance.Batch, c *compliance.Conversation) error {
	if c.Room.GUID == "" {
		return nil
	}
	m.open("Conversation", "Perspective", c.Room.Name)
	m.leaf("RoomID", c.Room.URI)
	m.leaf("StartTimeUTC", epoch(c.First))
	for _, p := range c.Present {
		who := b.People[p.User]
		a.participant(m, "ParticipantEntered", &who, c.First)
	}
	err := each(b.In(ctx, c), func(e *chat.Entry) error {
		a.event(m, b, e)
		return m.err
	})
	if err != nil {
		return err
	}
	m.leaf("EndTimeUTC", epoch(c.Last))
	m.shut("Conversation")
	return m.err
}

func (a *actiance) event(m *markup, b *compliance.Batch, e *chat.Entry) {
	who := actor(b, e)
	switch e.Kind {
	case chat.EntryJoin:
		a.participant(m, "ParticipantEntered", &who, e.At)
	case chat.EntryPart:
		a.participant(m, "ParticipantLeft", &who, e.At)
	case chat.EntryPost:
		a.message(m, &who, e, "")
	case chat.EntryReplace:
		a.message(m, &who, e, "EditedNewMsg")
	case chat.EntryRemove:
		a.message(m, &who, e, "Deleted")
	case chat.EntryUpload, chat.EntryDownload:
		f, _ := compliance.FileOf(e)
		for _, name := range []string{"FileTransferStarted", "FileTransferEnded"} {
			m.open(name)
			m.leaf("LoginName", who.URI)
			m.leaf("DateTimeUTC", epoch(e.At))
			m.leaf("UserFileName", f.Name)
			m.leaf("FileName", f.ID)
			if name == "FileTransferEnded" {
				m.leaf("Status", "Completed")
			}
			m.shut(name)
		}
	}
}

func (a *actiance) participant(m *markup, element string, p *compliance.Person, at chat.Time) {
	m.open(element)
	m.leaf("LoginName", p.URI)
	m.leaf("UserType", "user")
	m.leaf("DateTimeUTC", epoch(at))
	m.leaf("InternalFlag", "true")
	m.leaf("CorporateEmailID", p.Email)
	if a.o.AddUserDetails {
		m.leaf("DisplayName", nameOf(p))
		m.leaf("Company", p.Company)
	}
	m.shut(element)
}

func (a *actiance) message(m *markup, p *compliance.Person, e *chat.Entry, updated string) {
	m.open("Message")
	m.leaf("LoginName", p.URI)
	m.leaf("DateTimeUTC", epoch(e.At))
	m.leaf("Content", e.Text)
	m.leaf("MessageId", strconv.FormatInt(int64(e.Message), 10))
	if updated != "" {
		m.leaf("UpdatedType", updated)
	}
	m.shut("Message")
}

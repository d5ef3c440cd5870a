package adapter

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"perch/chat"
	"perch/compliance"
)

// xmlAdapter writes Conversations XML, as the original's XmlAdapter did: a
// conversation for each room, in one file a batch or a room (pchat 7.4,
// conversations.xsd). The format has six types of messages; what it has none
// for (messages replaced or removed, changes of rooms and rights, sign-ins) is
// in the csv and jsonl adapters' output.
type xmlAdapter struct {
	o   *Options
	out folder
}

func newXML(o *Options) (compliance.Adapter, error) {
	if o.CustomConfiguration != "" {
		if _, err := exec.LookPath("xsltproc"); err != nil {
			return nil, errors.New("a stylesheet is set as CustomConfiguration, and the program xsltproc that applies it is not installed (Debian: apt-get install xsltproc)")
		}
	}
	return &xmlAdapter{o, folder(o.OutputDirectory)}, nil
}

// xmlType is the type of a message of that format, empty if it has none.
func xmlType(e *chat.Entry) string {
	switch e.Kind {
	case chat.EntryJoin:
		return "JOIN"
	case chat.EntryPart:
		return "PART"
	case chat.EntryPost:
		return "CHAT"
	case chat.EntryHistory, chat.EntrySearch:
		return "BACKCHAT"
	case chat.EntryUpload:
		return "FILEUPLOAD"
	case chat.EntryDownload:
		return "FILEDOWNLOAD"
	}
	return ""
}

// Deliver writes the batch's files.
func (a *xmlAdapter) Deliver(ctx context.Context, b *compliance.Batch) error {
	return a.o.perFile(b, func(name string, list []compliance.Conversation) error { return a.file(ctx, b, name, list) })
}

// file writes one file, unless there is nothing for it, and its manifest.
func (a *xmlAdapter) file(ctx context.Context, b *compliance.Batch, name string, list []compliance.Conversation) error {
	var said []said
	for i := range list {
		s, err := survey(ctx, b, &list[i])
		if err != nil {
			return err
		}
		if s.first.Kind != "" {
			said = append(said, s)
		}
	}
	if len(said) == 0 {
		return nil
	}
	write := func(w *bufio.Writer) error { return a.write(ctx, w, b, said) }
	if a.o.CustomConfiguration != "" {
		write = func(w *bufio.Writer) error { return a.transform(ctx, w, b, said) }
	}
	if err := a.out.write(name+".xml", write); err != nil {
		return err
	}
	if !a.o.CreateFileAttachmentsManifest {
		return nil
	}
	return attachments(ctx, a.out, name, b, list)
}

// said is a conversation that has messages of the format, with its first.
type said struct {
	c     *compliance.Conversation
	first chat.Entry
	from  chat.Time
	until chat.Time
}

// survey finds the first message of a conversation, and how long it lasted.
func survey(ctx context.Context, b *compliance.Batch, c *compliance.Conversation) (said, error) {
	s := said{c: c}
	if c.Room.GUID == "" {
		return s, nil
	}
	err := each(b.In(ctx, c), func(e *chat.Entry) error {
		if xmlType(e) == "" {
			return nil
		}
		if s.first.Kind == "" {
			s.first, s.from = *e, e.At
		}
		s.until = e.At
		return nil
	})
	return s, err
}

func (a *xmlAdapter) write(ctx context.Context, w *bufio.Writer, b *compliance.Batch, list []said) error {
	m := &markup{w: w}
	m.put(`<?xml version="1.0" encoding="utf-8"?>` + "\n")
	m.open("Conversations", "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance", "xmlns:xsd", "http://www.w3.org/2001/XMLSchema")
	for i := range list {
		s := &list[i]
		m.open("Conversation")
		m.empty("Channel", a.room(&s.c.Room)...)
		a.message(m, b, "FirstMessage", &s.first)
		m.open("Messages")
		err := each(b.In(ctx, s.c), func(e *chat.Entry) error {
			if xmlType(e) != "" {
				a.message(m, b, "Message", e)
			}
			return m.err
		})
		if err != nil {
			return err
		}
		m.shut("Messages")
		m.empty("StartTimeUTC", times(s.from)...)
		m.empty("EndTimeUTC", times(s.until)...)
		m.shut("Conversation")
	}
	m.shut("Conversations")
	return m.err
}

func (a *xmlAdapter) room(r *compliance.Room) []string {
	attrs := []string{"uri", r.URI, "name", r.Name}
	if a.o.AddChatRoomDetails {
		attrs = append(attrs, "description", r.Description, "category", r.Category, "privacy", r.Privacy, "type", r.Type)
	}
	return attrs
}

func (a *xmlAdapter) message(m *markup, b *compliance.Batch, element string, e *chat.Entry) {
	id := chat.MessageID(0)
	if e.Kind == chat.EntryPost {
		id = e.Message
	}
	m.open(element, "type", xmlType(e), "content", contentOf(e), "id", strconv.FormatInt(int64(id), 10))
	p := actor(b, e)
	attrs := []string{"UserName", nameOf(&p), "id", strconv.FormatInt(int64(p.ID), 10)}
	if p.Email != "" {
		attrs = append(attrs, "email", p.Email)
	}
	attrs = append(attrs, "internal", "true", "uri", p.URI)
	if a.o.AddUserDetails {
		attrs = append(attrs, "company", p.Company, "groups", strings.Join(p.Groups, "; "))
	}
	m.empty("Sender", attrs...)
	m.empty("DateTimeUTC", times(e.At)...)
	m.shut(element)
}

// contentOf is what a message of that format says.
func contentOf(e *chat.Entry) string {
	switch e.Kind {
	case chat.EntryPost:
		return e.Text
	case chat.EntryHistory:
		return fmt.Sprintf("messages %d to %d", e.Message, e.Last)
	case chat.EntrySearch:
		return e.Detail
	case chat.EntryUpload, chat.EntryDownload:
		f, _ := compliance.FileOf(e)
		return f.ID
	}
	return ""
}

// times are the three forms of a moment: milliseconds since 1970, text with
// seven decimals, and .NET ticks.
func times(t chat.Time) []string {
	const ticksTo1970 = 621_355_968_000_000_000
	return []string{
		"since1970", strconv.FormatInt(int64(t)/1000, 10),
		"string", t.Std().UTC().Format("2006-01-02T15:04:05.0000000Z"),
		"long", strconv.FormatInt(int64(t)*10+ticksTo1970, 10),
	}
}

// transform applies the stylesheet. A stylesheet that fails will not do better
// next time.
func (a *xmlAdapter) transform(ctx context.Context, w *bufio.Writer, b *compliance.Batch, list []said) error {
	dir, err := os.MkdirTemp("", "perch-xslt-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is a temporary folder
	if err := folder(dir).write("in.xml", func(w *bufio.Writer) error { return a.write(ctx, w, b, list) }); err != nil {
		return err
	}
	style := filepath.Join(dir, "style.xsl")
	if err := os.WriteFile(style, []byte(a.o.CustomConfiguration), 0o600); err != nil {
		return err
	}
	c := exec.CommandContext(ctx, "xsltproc", "--nonet", "--nowrite", "--nomkdir", style, filepath.Join(dir, "in.xml"))
	c.WaitDelay = leftover
	var said bytes.Buffer
	c.Stdout, c.Stderr = w, &said
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &compliance.Permanent{Cause: fmt.Errorf("the stylesheet failed: %w: %s", err, firstLine(said.String()))}
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return cmp.Or(line, "it said nothing")
}

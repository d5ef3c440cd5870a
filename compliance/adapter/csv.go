package adapter

import (
	"bufio"
	"context"
	"slices"
	"strconv"
	"strings"

	"perch/chat"
	"perch/compliance"
)

// csvAdapter writes a table of all events, a row each (RFC 4180, UTF-8), and
// beside it a dictionary of its columns. A cell that a spreadsheet would take
// for a formula gets an apostrophe in front.
type csvAdapter struct {
	o   *Options
	out folder
}

func newCSV(o *Options) (compliance.Adapter, error) {
	return &csvAdapter{o, folder(o.OutputDirectory)}, nil
}

// column is one column of the table.
type column struct {
	name, about string
	value       func(b *compliance.Batch, e *chat.Entry) string
}

func number[T ~int64](v T) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatInt(int64(v), 10)
}

func columns() []column {
	return []column{
		{"entry", "number of the event in the server's journal", func(_ *compliance.Batch, e *chat.Entry) string { return number(e.ID) }},
		{"time", "when it happened, UTC", func(_ *compliance.Batch, e *chat.Entry) string { return iso(e.At) }},
		{"kind", "what happened: post, join, part, history (messages read), search, replace, remove, purge, upload, download, invite, room, category, principal, policy, object, signin, signout, refused, command, export, server", func(_ *compliance.Batch, e *chat.Entry) string { return string(e.Kind) }},
		{"room", "address of the room", func(b *compliance.Batch, e *chat.Entry) string { return roomURI(b, e) }},
		{"room_name", "name of the room at that moment", func(_ *compliance.Batch, e *chat.Entry) string { return e.RoomName }},
		{"user", "address of who did it; os:NAME for an account of the server's machine", func(_ *compliance.Batch, e *chat.Entry) string { return e.ActorURI }},
		{"user_name", "his display name at that moment", func(b *compliance.Batch, e *chat.Entry) string { p := actor(b, e); return p.DisplayName }},
		{"user_id", "his number, which is never given again", func(_ *compliance.Batch, e *chat.Entry) string { return number(e.Actor) }},
		{"email", "his e-mail address when the batch was closed", func(b *compliance.Batch, e *chat.Entry) string { return b.People[e.Actor].Email }},
		{"subject", "number of the principal or category that a change is about", func(_ *compliance.Batch, e *chat.Entry) string { return number(e.Subject) }},
		{"message", "number of the message in its room; of history and purge the first", func(_ *compliance.Batch, e *chat.Entry) string { return number(e.Message) }},
		{"last", "of history and purge the last message", func(_ *compliance.Batch, e *chat.Entry) string { return number(e.Last) }},
		{"alert", "1: posted as urgent", func(_ *compliance.Batch, e *chat.Entry) string { return map[bool]string{true: "1"}[e.Alert] }},
		{"text", "text of the message", func(_ *compliance.Batch, e *chat.Entry) string { return e.Text }},
		{"rich", "the message as rich text, if it had any", func(_ *compliance.Batch, e *chat.Entry) string { return e.Rich }},
		{"endpoint", "which of his devices", func(_ *compliance.Batch, e *chat.Entry) string { return e.Endpoint }},
		{"client", "the program, as it names itself", func(_ *compliance.Batch, e *chat.Entry) string { return e.Client }},
		{"cause", "why, of parts, sign-outs and refusals", func(_ *compliance.Batch, e *chat.Entry) string { return e.Cause }},
		{"detail", "what else there is to say, as JSON: before and after of a change, terms of a search, a file's name, size and SHA-256", func(_ *compliance.Batch, e *chat.Entry) string { return e.Detail }},
	}
}

// roomURI is the address of an event's room.
func roomURI(b *compliance.Batch, e *chat.Entry) string {
	if e.Room == compliance.OutsideRooms {
		return ""
	}
	i, found := slices.BinarySearchFunc(b.Conversations, e.RoomGUID, func(c compliance.Conversation, guid string) int { return strings.Compare(c.Room.GUID, guid) })
	if found && b.Conversations[i].Room.URI != "" {
		return b.Conversations[i].Room.URI
	}
	return e.RoomGUID
}

// Deliver writes the table, or one a room, and the dictionary.
func (a *csvAdapter) Deliver(ctx context.Context, b *compliance.Batch) error {
	if err := a.out.write("dictionary.csv", writeDictionary); err != nil {
		return err
	}
	return a.o.perFile(b, func(name string, list []compliance.Conversation) error { return a.file(ctx, b, name, list) })
}

func (a *csvAdapter) file(ctx context.Context, b *compliance.Batch, name string, list []compliance.Conversation) error {
	table := columns()
	err := a.out.write(name+".csv", func(w *bufio.Writer) error {
		row := make([]string, len(table))
		for i := range table {
			row[i] = table[i].name
		}
		if err := writeRow(w, row); err != nil {
			return err
		}
		return each(eventsOf(ctx, b, list), func(e *chat.Entry) error {
			for i := range table {
				row[i] = table[i].value(b, e)
			}
			return writeRow(w, row)
		})
	})
	if err != nil || !a.o.CreateFileAttachmentsManifest {
		return err
	}
	return attachments(ctx, a.out, name, b, list)
}

func writeDictionary(w *bufio.Writer) error {
	if err := writeRow(w, []string{"column", "meaning"}); err != nil {
		return err
	}
	for _, c := range columns() {
		if err := writeRow(w, []string{c.name, c.about}); err != nil {
			return err
		}
	}
	return writeRow(w, []string{"(every cell)", "a cell that would begin with = + - @, a tab or a carriage return has an apostrophe in front, which is no part of it"})
}

// writeRow writes a row. encoding/csv is not used because with the line ends of
// RFC 4180 it drops carriage returns that are part of a cell.
func writeRow(w *bufio.Writer, cells []string) error {
	row := w.AvailableBuffer()
	for i, c := range cells {
		if i > 0 {
			row = append(row, ',')
		}
		if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
			c = "'" + c
		}
		if strings.ContainsAny(c, "\",\r\n") {
			c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		row = append(row, c...)
	}
	_, err := w.Write(append(row, "\r\n"...))
	return err
}

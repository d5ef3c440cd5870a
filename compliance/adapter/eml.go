package adapter

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"html"
	"mime"
	"mime/quotedprintable"
	"net/textproto"
	"strings"
	"time"

	"perch/chat"
	"perch/compliance"
)

// eml makes a mail for each room and batch, and one for what happened outside
// of rooms: a summary, who was there from when to when with how many messages,
// and everything that happened, as text and as HTML. What would be larger than
// mail.max-size is several mails, numbered in X-Perch-Part. Files are named
// with their hashes, not attached.
type eml struct{ *mails }

func newEML(o *Options) (compliance.Adapter, error) {
	m, err := newMails(o)
	return &eml{m}, err
}

// Deliver sends the mails of a batch, or writes them into the folder.
func (a *eml) Deliver(ctx context.Context, b *compliance.Batch) (err error) {
	box, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.close()) }()
	for i := range b.Conversations {
		if err := a.conversation(ctx, box, b, &b.Conversations[i]); err != nil {
			return err
		}
	}
	return nil
}

// attendance is one person's part in a conversation.
type attendance struct {
	who          compliance.Person
	joined, left chat.Time
	messages     int
}

// minutes is what a first reading of a conversation finds.
type minutes struct {
	people []*attendance
	starts []chat.EntryID // the first entry of each mail
	last   chat.EntryID
}

// sizes of a mail, estimated: every event is in it twice, and every byte of text
// may become three.
const (
	eventSize    = 600
	textGrowth   = 6
	summarySize  = 20_000
	attenderSize = 600
)

func (a *eml) read(ctx context.Context, b *compliance.Batch, c *compliance.Conversation) (*minutes, error) {
	m := &minutes{}
	by := map[chat.PrincipalID]*attendance{}
	attend := func(p compliance.Person, at chat.Time) *attendance {
		t := by[p.ID]
		if t == nil {
			t = &attendance{who: p, joined: at}
			by[p.ID] = t
			m.people = append(m.people, t)
		}
		return t
	}
	for _, p := range c.Present {
		attend(b.People[p.User], p.Since)
	}
	size := a.max // so that the first event begins a mail
	err := each(b.In(ctx, c), func(e *chat.Entry) error {
		if e.Actor != 0 {
			t := attend(actor(b, e), e.At)
			switch e.Kind {
			case chat.EntryPart:
				t.left = e.At
			case chat.EntryJoin:
				t.left = 0
			case chat.EntryPost:
				t.messages++
			}
		}
		n := eventSize + textGrowth*(len(e.Text)+len(e.Detail)+len(e.Cause))
		if size+n > a.max {
			m.starts = append(m.starts, e.ID)
			size = summarySize + attenderSize*len(m.people)
		}
		size += n
		m.last = e.ID
		return nil
	})
	return m, err
}

func (a *eml) conversation(ctx context.Context, box mailbox, b *compliance.Batch, c *compliance.Conversation) error {
	m, err := a.read(ctx, b, c)
	if err != nil {
		return err
	}
	for i := range m.starts {
		name := roomName(b, &c.Room)
		if len(m.starts) > 1 {
			name = fmt.Sprintf("%s-%03d", name, i+1)
		}
		if err := box.put(name, func(w *bufio.Writer) error { return a.write(ctx, w, b, c, m, i) }); err != nil {
			return err
		}
	}
	return nil
}

// title is what a conversation is called.
func title(c *compliance.Conversation) string {
	if c.Room.GUID == "" {
		return "outside of rooms"
	}
	return c.Room.Name
}

// write writes one mail of a conversation.
func (a *eml) write(ctx context.Context, w *bufio.Writer, b *compliance.Batch, c *compliance.Conversation, m *minutes, part int) error {
	id := fmt.Sprintf("%s.%d@perch", roomName(b, &c.Room), part+1)
	subject := fmt.Sprintf("Chat %s, %s to %s", title(c), iso(c.First), iso(c.Last))
	err := headers(w, "From", a.from, "To", strings.Join(a.to, ", "), "Date", b.Closed.Std().UTC().Format(time.RFC1123Z),
		"Subject", mime.QEncoding.Encode("utf-8", subject), "Message-ID", "<"+id+">", "MIME-Version", "1.0",
		"X-Perch-Batch", fmt.Sprint(b.Number), "X-Perch-Room", c.Room.URI, "X-Perch-Part", fmt.Sprintf("%d/%d", part+1, len(m.starts)),
		"Content-Type", `multipart/alternative; boundary="`+boundary(id)+`"`)
	if err != nil {
		return err
	}
	fmt.Fprint(w, "\r\n")
	p, err := parts(w, id)
	if err != nil {
		return err
	}
	last := m.last
	if part+1 < len(m.starts) {
		last = m.starts[part+1] - 1
	}
	for _, form := range []form{plainForm{}, htmlForm{}} {
		body, err := p.CreatePart(textproto.MIMEHeader{"Content-Type": {form.kind()}, "Content-Transfer-Encoding": {"quoted-printable"}})
		if err != nil {
			return err
		}
		qp := quotedprintable.NewWriter(body)
		t := &teller{w: bufio.NewWriter(qp), form: form}
		t.begin(c, m, part)
		err = each(b.Source.Events(ctx, m.starts[part], last, c.Room.ID), func(e *chat.Entry) error {
			t.event(b, e)
			return nil
		})
		if err != nil {
			return err
		}
		t.end()
		if err := t.w.Flush(); err != nil {
			return err
		}
		if err := qp.Close(); err != nil {
			return err
		}
	}
	return p.Close()
}

// form is how a mail's body looks.
type form interface {
	kind() string
	line(label, value string) string
	table(rows [][]string) string
	event(cells []string) string
	wrap() (begin, end string)
}

// teller writes a body in a form. Errors are found by Flush.
type teller struct {
	w    *bufio.Writer
	form form
}

func (t *teller) put(s string) { _, _ = t.w.WriteString(s) } // the error stays in w

func (t *teller) begin(c *compliance.Conversation, m *minutes, part int) {
	begin, _ := t.form.wrap()
	t.put(begin)
	for _, l := range [][2]string{
		{"Room", title(c)},
		{"Address", c.Room.URI},
		{"From", iso(c.First)},
		{"Until", iso(c.Last)},
		{"Duration", c.Last.Std().Sub(c.First.Std()).Round(time.Second).String()},
		{"Events", fmt.Sprint(c.Events)},
		{"Part", fmt.Sprintf("%d of %d", part+1, len(m.starts))},
	} {
		t.put(t.form.line(l[0], l[1]))
	}
	rows := [][]string{{"Participant", "Address", "E-mail", "From", "Until", "Messages"}}
	for _, p := range m.people {
		until := "still there"
		if p.left != 0 {
			until = iso(p.left)
		}
		rows = append(rows, []string{nameOf(&p.who), p.who.URI, p.who.Email, iso(p.joined), until, fmt.Sprint(p.messages)})
	}
	t.put(t.form.table(rows))
}

func (t *teller) event(b *compliance.Batch, e *chat.Entry) {
	p := actor(b, e)
	t.put(t.form.event([]string{iso(e.At), nameOf(&p), p.URI, inWords(e)}))
}

func (t *teller) end() {
	_, end := t.form.wrap()
	t.put(end)
}

// inWords tells an event.
func inWords(e *chat.Entry) string {
	about := strings.TrimSpace(e.Cause + " " + e.Detail)
	switch e.Kind {
	case chat.EntryPost:
		if e.Alert {
			return "(alert) " + e.Text
		}
		return e.Text
	case chat.EntryJoin:
		return "* joined, with " + e.Client
	case chat.EntryPart:
		return "* left: " + e.Cause
	case chat.EntryHistory:
		return fmt.Sprintf("* read messages %d to %d", e.Message, e.Last)
	case chat.EntryReplace:
		return fmt.Sprintf("* message %d replaced by: %s", e.Message, e.Text)
	case chat.EntryRemove:
		return fmt.Sprintf("* message %d removed", e.Message)
	case chat.EntryPurge:
		return fmt.Sprintf("* messages %d to %d purged", e.Message, e.Last)
	case chat.EntryUpload, chat.EntryDownload:
		f, _ := compliance.FileOf(e)
		return fmt.Sprintf("* %sed %s (%s, %d bytes, SHA-256 %s)", e.Kind, f.Name, f.ID, f.Size, f.SHA256)
	}
	return "* " + strings.TrimSpace(string(e.Kind)+" "+about)
}

type plainForm struct{}

func (plainForm) kind() string                    { return "text/plain; charset=utf-8" }
func (plainForm) line(label, value string) string { return label + ": " + value + "\r\n" }
func (plainForm) event(cells []string) string {
	return cells[0] + " " + cells[1] + " <" + cells[2] + ">\r\n    " + strings.ReplaceAll(cells[3], "\n", "\n    ") + "\r\n"
}

func (plainForm) table(rows [][]string) string {
	var b strings.Builder
	b.WriteString("\r\n")
	for _, r := range rows {
		b.WriteString(strings.Join(r, " | ") + "\r\n")
	}
	return b.String() + "\r\n"
}
func (plainForm) wrap() (begin, end string) { return "", "" }

type htmlForm struct{}

func (htmlForm) kind() string { return "text/html; charset=utf-8" }

func (htmlForm) text(s string) string {
	return strings.ReplaceAll(html.EscapeString(s), "\n", "<br>\n")
}

func (f htmlForm) line(label, value string) string {
	return "<p><b>" + f.text(label) + "</b> " + f.text(value) + "</p>\n"
}

func (f htmlForm) table(rows [][]string) string {
	var b strings.Builder
	b.WriteString("<table border=\"1\">\n")
	for i, r := range rows {
		cell := "td"
		if i == 0 {
			cell = "th"
		}
		b.WriteString("<tr>")
		for _, v := range r {
			b.WriteString("<" + cell + ">" + f.text(v) + "</" + cell + ">")
		}
		b.WriteString("</tr>\n")
	}
	return b.String() + "</table>\n"
}

func (f htmlForm) event(cells []string) string {
	return "<p><small>" + f.text(cells[0]) + "</small> <b title=\"" + html.EscapeString(cells[2]) + "\">" + f.text(cells[1]) + "</b><br>\n" + f.text(cells[3]) + "</p>\n"
}

func (htmlForm) wrap() (begin, end string) {
	return "<!DOCTYPE html>\n<html><body>\n", "</body></html>\n"
}

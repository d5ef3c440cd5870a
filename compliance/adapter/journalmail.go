package adapter

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"perch/chat"
	"perch/compliance"
)

// journalMail makes a mail for each message, as mail archives take them: its
// text names sender, message and everybody who was in the room, and the message
// itself is attached as message/rfc822. What is no message is not in this form.
type journalMail struct{ *mails }

func newJournalMail(o *Options) (compliance.Adapter, error) {
	m, err := newMails(o)
	return &journalMail{m}, err
}

// Deliver sends the mails of a batch, or writes them into the folder.
func (a *journalMail) Deliver(ctx context.Context, b *compliance.Batch) (err error) {
	box, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.close()) }()
	for i := range b.Conversations {
		c := &b.Conversations[i]
		there := map[seat]string{} // address by who is in the room
		for _, p := range c.Present {
			there[seat{p.User, p.Endpoint}] = b.People[p.User].URI
		}
		err := each(b.In(ctx, c), func(e *chat.Entry) error {
			switch e.Kind {
			case chat.EntryJoin:
				there[seat{e.Actor, e.Endpoint}] = e.ActorURI
			case chat.EntryPart:
				delete(there, seat{e.Actor, e.Endpoint})
			case chat.EntryPost:
				name := fmt.Sprintf("%s-%09d", roomName(b, &c.Room), e.Message)
				return box.put(name, func(w *bufio.Writer) error { return a.write(w, b, c, e, there) })
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// seat is one device of a user in a room.
type seat struct {
	user     chat.PrincipalID
	endpoint string
}

func address(uri string) string { return strings.TrimPrefix(uri, "sip:") }

func (a *journalMail) write(w *bufio.Writer, b *compliance.Batch, c *compliance.Conversation, e *chat.Entry, there map[seat]string) error {
	who := actor(b, e)
	id := fmt.Sprintf("%s.%d@perch", c.Room.GUID, e.Message)
	date := e.At.Std().UTC().Format(time.RFC1123Z)
	subject := mime.QEncoding.Encode("utf-8", oneLine(e.RoomName))
	outer := "journal." + id
	err := headers(w, "From", a.from, "To", strings.Join(a.to, ", "), "Date", date, "Subject", subject, "Message-ID", "<"+outer+">",
		"MIME-Version", "1.0", "X-MS-Journal-Report", "", "Content-Type", `multipart/mixed; boundary="`+boundary(outer)+`"`)
	if err != nil {
		return err
	}
	fmt.Fprint(w, "\r\n")
	p, err := parts(w, outer)
	if err != nil {
		return err
	}
	report, err := p.CreatePart(textproto.MIMEHeader{"Content-Type": {"text/plain; charset=utf-8"}})
	if err != nil {
		return err
	}
	recipients := slices.Compact(slices.Sorted(maps.Values(there)))
	fmt.Fprintf(report, "Sender: %s\r\nSubject: %s\r\nMessage-Id: <%s>\r\n", address(who.URI), oneLine(e.RoomName), id)
	for _, r := range recipients {
		fmt.Fprintf(report, "To: %s\r\n", address(r))
	}
	original, err := p.CreatePart(textproto.MIMEHeader{"Content-Type": {"message/rfc822"}})
	if err != nil {
		return err
	}
	inner := bufio.NewWriter(original)
	from := mail.Address{Name: nameOf(&who), Address: address(who.URI)}
	if err := headers(inner, "From", from.String(), "To", (&mail.Address{Name: e.RoomName, Address: c.Room.GUID + "@rooms.perch"}).String(),
		"Date", date, "Subject", subject, "Message-ID", "<"+id+">", "MIME-Version", "1.0", "X-Perch-Room", c.Room.URI,
		"X-Perch-Entry", fmt.Sprint(e.ID), "Content-Type", "text/plain; charset=utf-8", "Content-Transfer-Encoding", "quoted-printable"); err != nil {
		return err
	}
	fmt.Fprint(inner, "\r\n")
	qp := quotedprintable.NewWriter(inner)
	if _, err := qp.Write([]byte(inWords(e))); err != nil {
		return err
	}
	if err := errors.Join(qp.Close(), inner.Flush()); err != nil {
		return err
	}
	return p.Close()
}

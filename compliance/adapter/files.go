package adapter

import (
	"bufio"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"perch/chat"
	"perch/compliance"
)

// baseName begins the names of a batch's files: they sort by time, and each
// batch has its own.
func baseName(b *compliance.Batch) string {
	return fmt.Sprintf("%s-%012d", b.Closed.Std().UTC().Format("20060102T150405Z"), b.Number)
}

// roomName is baseName for one room's file.
func roomName(b *compliance.Batch, r *compliance.Room) string {
	if r.GUID == "" {
		return baseName(b) + "-outside"
	}
	return baseName(b) + "-" + r.GUID
}

// folder is where files go.
type folder string

// check says whether files can be written there.
func (f folder) check() error {
	st, err := os.Stat(string(f))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the output folder %s is not there: make it, or name another as AdapterOutputDirectory", f)
	case err != nil:
		return fmt.Errorf("the output folder: %w", err)
	case !st.IsDir():
		return fmt.Errorf("the output folder %s is no folder: name one as AdapterOutputDirectory", f)
	}
	return nil
}

// write makes a file whole: under a name that begins with a dot, synced, and
// then renamed. A file of that name is replaced, by the same bytes.
func (f folder) write(name string, fill func(w *bufio.Writer) error) error {
	if err := f.check(); err != nil {
		return err
	}
	tmp := filepath.Join(string(f), "."+name+".tmp")
	out, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o640) //nolint:gosec // who collects it is in the folder's group
	if err != nil {
		return f.advise(err)
	}
	defer os.Remove(tmp) //nolint:errcheck // after the rename it is not there
	w := bufio.NewWriterSize(out, 64<<10)
	err = fill(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = out.Sync()
	}
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(tmp, filepath.Join(string(f), name))
	}
	if err == nil {
		err = f.sync()
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", filepath.Join(string(f), name), f.advise(err))
	}
	return nil
}

// advise says of an error of the folder what to do about it.
func (f folder) advise(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the output folder %s cannot be written: give the server's account the right to (%w)", f, err)
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("the output folder %s cannot be written: mount its file system for writing, or name another folder as AdapterOutputDirectory (%w)", f, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("the output folder %s has no room: make some (%w)", f, err)
	}
	return fmt.Errorf("the output folder: %w", err)
}

// sync makes a rename last.
func (f folder) sync() error {
	d, err := os.Open(string(f))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// iso is a time as ISO 8601 in UTC, with microseconds.
func iso(t chat.Time) string { return t.Std().UTC().Format("2006-01-02T15:04:05.000000Z") }

// nameOf is how a person is called in lists: his display name, or his name, or
// what his address begins with.
func nameOf(p *compliance.Person) string {
	switch {
	case p.DisplayName != "":
		return p.DisplayName
	case p.Name != "":
		return p.Name
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(p.URI, "sip:"), "@")
	return name
}

// actor is who did something, with the names of that moment.
func actor(b *compliance.Batch, e *chat.Entry) compliance.Person {
	p := b.People[e.Actor]
	p.ID = e.Actor
	if e.ActorURI != "" {
		p.URI = e.ActorURI
	}
	if e.ActorName != "" {
		p.DisplayName = e.ActorName
	}
	return p
}

// markup writes XML. The first error is kept.
type markup struct {
	w     *bufio.Writer
	depth int
	err   error
}

func (m *markup) put(s string) {
	if m.err == nil {
		_, m.err = m.w.WriteString(s)
	}
}

// begin writes a start tag without its end; attrs are names and values by turns.
func (m *markup) begin(name string, attrs []string) {
	m.put(strings.Repeat("  ", m.depth))
	m.put("<" + name)
	for i := 0; i+1 < len(attrs); i += 2 {
		m.put(" " + attrs[i] + `="`)
		m.escape(attrs[i+1])
		m.put(`"`)
	}
}

// open writes a start tag.
func (m *markup) open(name string, attrs ...string) {
	m.begin(name, attrs)
	m.put(">\n")
	m.depth++
}

// shut writes the end tag of open.
func (m *markup) shut(name string) {
	m.depth--
	m.put(strings.Repeat("  ", m.depth) + "</" + name + ">\n")
}

// empty writes an element without content.
func (m *markup) empty(name string, attrs ...string) {
	m.begin(name, attrs)
	m.put("/>\n")
}

// leaf writes an element of text.
func (m *markup) leaf(name, text string) {
	m.begin(name, nil)
	m.put(">")
	m.escape(text)
	m.put("</" + name + ">\n")
}

// escape writes text for an attribute or an element. What XML 1.0 has no
// character for becomes U+FFFD.
func (m *markup) escape(text string) {
	if m.err == nil {
		m.err = xml.EscapeText(m.w, []byte(text))
	}
}

// each does something with every event, until an error.
func each(events func(func(*chat.Entry, error) bool), do func(e *chat.Entry) error) error {
	for e, err := range events {
		if err != nil {
			return err
		}
		if err := do(e); err != nil {
			return err
		}
	}
	return nil
}

// peopleOf are the people of a batch, by number.
func peopleOf(b *compliance.Batch) []compliance.Person {
	out := make([]compliance.Person, 0, len(b.People))
	for _, id := range slices.Sorted(maps.Keys(b.People)) {
		out = append(out, b.People[id])
	}
	return out
}

// perFile has the batch's file written, or one for each room.
func (o *Options) perFile(b *compliance.Batch, write func(name string, list []compliance.Conversation) error) error {
	if !o.OneChatRoomPerOutputFile {
		return write(baseName(b), b.Conversations)
	}
	for i := range b.Conversations {
		if err := write(roomName(b, &b.Conversations[i].Room), b.Conversations[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// eventsOf are the events of a file: of the whole batch, in their order, or of
// one room.
func eventsOf(ctx context.Context, b *compliance.Batch, list []compliance.Conversation) iter.Seq2[*chat.Entry, error] {
	if len(list) == 1 {
		return b.In(ctx, &list[0])
	}
	return b.All(ctx)
}

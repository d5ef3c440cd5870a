package adapter

import (
	"bufio"
	"context"
	"encoding/json"
	"io"

	"perch/chat"
	"perch/compliance"
)

// jsonlAdapter writes everything that a batch holds, a JSON object a line: one
// that describes the batch, then its rooms and people, then its events in order.
type jsonlAdapter struct {
	o   *Options
	out folder
}

func newJSONL(o *Options) (compliance.Adapter, error) {
	return &jsonlAdapter{o, folder(o.OutputDirectory)}, nil
}

// Lines of a file. Line says which of them one is.
type (
	batchLine struct {
		Line   string       `json:"line"` // batch
		Format int          `json:"format"`
		Number int64        `json:"number"`
		First  chat.EntryID `json:"first"`
		Last   chat.EntryID `json:"last"`
		Opened string       `json:"opened"`
		Closed string       `json:"closed"`
		Events int          `json:"events"`
	}
	roomLine struct {
		Line        string             `json:"line"` // room
		GUID        string             `json:"guid"`
		URI         string             `json:"uri"`
		Name        string             `json:"name"`
		Description string             `json:"description,omitempty"`
		Category    string             `json:"category,omitempty"`
		Privacy     string             `json:"privacy,omitempty"`
		Type        string             `json:"type,omitempty"`
		Members     []chat.PrincipalID `json:"members,omitempty"`
		Managers    []chat.PrincipalID `json:"managers,omitempty"`
		Presenters  []chat.PrincipalID `json:"presenters,omitempty"`
		Present     []presentLine      `json:"present,omitempty"`
	}
	presentLine struct {
		User     chat.PrincipalID `json:"user"`
		Endpoint string           `json:"endpoint"`
		Since    string           `json:"since"`
	}
	personLine struct {
		Line        string           `json:"line"` // person
		ID          chat.PrincipalID `json:"id"`
		GUID        string           `json:"guid,omitempty"`
		URI         string           `json:"uri"`
		Name        string           `json:"name,omitempty"`
		DisplayName string           `json:"display_name,omitempty"`
		Email       string           `json:"email,omitempty"`
		Company     string           `json:"company,omitempty"`
		Groups      []string         `json:"groups,omitempty"`
	}
	eventLine struct {
		Line     string           `json:"line"` // event
		Entry    chat.EntryID     `json:"entry"`
		Kind     chat.EntryKind   `json:"kind"`
		At       string           `json:"at"`
		Actor    chat.PrincipalID `json:"actor,omitempty"`
		URI      string           `json:"actor_uri,omitempty"`
		Name     string           `json:"actor_name,omitempty"`
		Subject  int64            `json:"subject,omitempty"`
		Room     string           `json:"room,omitempty"`
		RoomName string           `json:"room_name,omitempty"`
		Message  chat.MessageID   `json:"message,omitempty"`
		Last     chat.MessageID   `json:"last,omitempty"`
		Alert    bool             `json:"alert,omitempty"`
		Text     string           `json:"text,omitempty"`
		Rich     string           `json:"rich,omitempty"`
		Endpoint string           `json:"endpoint,omitempty"`
		Client   string           `json:"client,omitempty"`
		Cause    string           `json:"cause,omitempty"`
		Detail   json.RawMessage  `json:"detail,omitempty"`
	}
)

func lineOf(e *chat.Entry) eventLine {
	l := eventLine{
		Line: "event", Entry: e.ID, Kind: e.Kind, At: iso(e.At), Actor: e.Actor, URI: e.ActorURI, Name: e.ActorName, Subject: e.Subject, Room: e.RoomGUID,
		RoomName: e.RoomName, Message: e.Message, Last: e.Last, Alert: e.Alert, Text: e.Text, Rich: e.Rich, Endpoint: e.Endpoint,
		Client: e.Client, Cause: e.Cause,
	}
	if json.Valid([]byte(e.Detail)) {
		l.Detail = json.RawMessage(e.Detail)
	} else if e.Detail != "" {
		l.Detail, _ = json.Marshal(e.Detail) // a string always can be
	}
	return l
}

// Deliver writes one file for the batch, or one a room.
func (a *jsonlAdapter) Deliver(ctx context.Context, b *compliance.Batch) error {
	return a.o.perFile(b, func(name string, list []compliance.Conversation) error { return a.file(ctx, b, name, list) })
}

func (a *jsonlAdapter) file(ctx context.Context, b *compliance.Batch, name string, list []compliance.Conversation) error {
	err := a.out.write(name+".jsonl", func(w *bufio.Writer) error { return writeLines(w, b, list, eventsOf(ctx, b, list)) })
	if err != nil || !a.o.CreateFileAttachmentsManifest {
		return err
	}
	return attachments(ctx, a.out, name, b, list)
}

// writeLines writes a batch, or some of its rooms.
func writeLines(w io.Writer, b *compliance.Batch, list []compliance.Conversation, events func(func(*chat.Entry, error) bool)) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	err := enc.Encode(batchLine{"batch", 1, b.Number, b.First, b.Last, iso(b.Opened), iso(b.Closed), b.Events})
	for i := range list {
		if r := &list[i].Room; err == nil && r.GUID != "" {
			err = enc.Encode(roomLineOf(&list[i]))
		}
	}
	for _, p := range peopleOf(b) {
		if err == nil {
			err = enc.Encode(personLine{"person", p.ID, p.GUID, p.URI, p.Name, p.DisplayName, p.Email, p.Company, p.Groups})
		}
	}
	if err != nil {
		return err
	}
	return each(events, func(e *chat.Entry) error { return enc.Encode(lineOf(e)) })
}

func roomLineOf(c *compliance.Conversation) roomLine {
	r := &c.Room
	l := roomLine{"room", r.GUID, r.URI, r.Name, r.Description, r.Category, r.Privacy, r.Type, r.Members, r.Managers, r.Presenters, nil}
	for _, p := range c.Present {
		l.Present = append(l.Present, presentLine{p.User, p.Endpoint, iso(p.Since)})
	}
	return l
}

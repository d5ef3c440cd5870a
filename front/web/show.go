package web

import (
	"context"
	"strings"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/front/web/api"
)

// Archive is what is kept of rooms, and for how long.
type Archive struct {
	Archived, Sealed bool
	KeepDays         map[string]int  // by retention class, of those that destroy contents; empty: the default class
	Held             map[string]bool // rooms under a legal hold, by GUID
	AllHeld          bool            // a hold covers everything
}

func (a *Archive) recording(v *channel.RoomView) api.Recording {
	out := api.Recording{
		History: v.Logged, Archived: a.Archived, Sealed: &a.Sealed, Strict: v.Strict, Held: a.AllHeld || a.Held[strings.ToLower(v.GUID)],
	}
	if v.Retention != "" {
		out.Retention = &v.Retention
	}
	if days, ok := a.KeepDays[v.Retention]; ok {
		out.KeepDays = &days
	}
	return out
}

// showRooms shows rooms as the session's user sees them.
func (s *Server) showRooms(ctx context.Context, x *channel.Session, views []channel.RoomView) ([]api.Room, error) {
	heads, err := s.rooms.Heads(ctx, views)
	if err != nil {
		return nil, err
	}
	may, err := x.May(views)
	if err != nil {
		return nil, err
	}
	var archive Archive
	if s.cfg.Archive != nil {
		archive = s.cfg.Archive()
	}
	out := make([]api.Room, len(views))
	for i := range views {
		out[i] = s.showRoom(&views[i], heads[views[i].ID], may[i])
		out[i].Recording = archive.recording(&views[i])
	}
	return out, nil
}

// showOne shows one room.
func (s *Server) showOne(ctx context.Context, x *channel.Session, v channel.RoomView) (api.Room, error) {
	list, err := s.showRooms(ctx, x, []channel.RoomView{v})
	if err != nil {
		return api.Room{}, err
	}
	return list[0], nil
}

func (s *Server) showRoom(v *channel.RoomView, head chat.MessageID, may channel.May) api.Room {
	out := api.Room{
		Guid: v.GUID, Uri: "ma-chan://" + s.cfg.Domain + "/" + v.GUID, Name: v.Name, Description: v.Description,
		Category: v.CategoryName, CategoryGuid: v.CategoryGUID, Privacy: api.Privacy(v.Privacy.String()), Type: api.RoomType(v.Behavior.String()),
		Invitations: api.InvitationSetting(v.Room.Invitations.String()), Invites: &v.Invitations, Disabled: v.Disabled,
		Participants: v.Participants, Head: int64(head), Files: v.Files, Version: v.Version,
		May:     api.May{Join: may.Join, Read: may.Read, Post: may.Post, Manage: may.Manage, Upload: may.Upload, Download: may.Download},
		Created: timeOf(v.Audit.CreatedAt), Changed: timeOf(v.Audit.UpdatedAt),
	}
	if len(v.FileTypes) > 0 {
		out.FileTypes = &v.FileTypes
	}
	if v.Shows.GUID != "" {
		addin := showAddin(&v.Shows)
		out.Addin = &addin
	}
	if p, ok := s.dir.FindPrincipal(v.Audit.UpdatedBy); ok {
		out.ChangedBy = &p.DisplayName
	}
	return out
}

func showAddin(a *chat.Addin) api.Addin { return api.Addin{Guid: a.GUID, Name: a.Name, Url: a.URL} }

// timeOf is a time, nil for none.
func timeOf(t chat.Time) *time.Time {
	if t == 0 {
		return nil
	}
	at := t.Std()
	return &at
}

// showMessage shows a message of the room with a GUID.
func (s *Server) showMessage(ctx context.Context, m *chat.Message, room string) api.Message {
	out := api.Message{Room: room, Id: int64(m.ID), AuthorUri: m.AuthorURI, AuthorName: m.AuthorName, At: m.At.Std(), Text: m.Text}
	if p, ok := s.dir.FindPrincipal(m.Author); ok {
		out.Author = strings.ToLower(p.GUID)
		if p.Bot {
			out.Bot = &p.Bot
		}
	}
	if m.Replaced {
		replaced := api.MessageChangedReplaced
		out.Changed = &replaced
	}
	if m.Alert {
		out.Alert = &m.Alert
	}
	if title, body, ok := parseStory(m.Text); ok {
		out.Title, out.Text = &title, body
	}
	if files := s.filesOf(ctx, m, room); len(files) > 0 {
		out.Files = &files
	}
	return out
}

func (s *Server) showMessages(ctx context.Context, list []chat.Message, room string) []api.Message {
	out := make([]api.Message, len(list))
	for i := range list {
		out[i] = s.showMessage(ctx, &list[i], room)
	}
	return out
}

// parseStory takes the text of a story apart: behind the mark the first line is its
// title (XCCOS 3.9).
func parseStory(text string) (title, body string, ok bool) {
	rest, ok := strings.CutPrefix(text, chat.StoryMark)
	if !ok {
		return "", "", false
	}
	title, body, _ = strings.Cut(rest, "\n")
	return strings.TrimSpace(title), body, true
}

// storyText is the text of a story as everybody's clients get it.
func storyText(title, body string) string {
	return chat.StoryMark + strings.Join(strings.Fields(title), " ") + "\n" + body
}

// filesOf are the files of its room that a message links to. Most link to none, and
// then nothing is asked of the store.
func (s *Server) filesOf(ctx context.Context, m *chat.Message, room string) (out []api.File) {
	for _, id := range chat.FileLinks(m.Text) {
		f, err := s.store.FindFile(ctx, id)
		if err == nil && f.Room == m.Room && f.State != chat.FileUnfinished {
			out = append(out, s.file(&f, room))
		}
	}
	return out
}

func people(list []chat.Principal) []api.Person {
	out := make([]api.Person, len(list))
	for i := range list {
		out[i] = person(&list[i])
	}
	return out
}

func participants(list []channel.Participant) []api.Person {
	out := make([]api.Person, len(list))
	for i := range list {
		out[i] = person(&list[i].User)
	}
	return out
}

// value is what an optional field says, or its zero.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

package web

import (
	"context"
	"strings"
	"unicode/utf8"

	"perch/channel"
	"perch/chat"
	"perch/filestore"
	"perch/front/web/api"
)

// pageSize is how many messages a page has if nothing is said.
const pageSize = 50

// ListMessages reads a part of a room's history.
func (s *Server) ListMessages(ctx context.Context, r api.ListMessagesRequestObject) (api.ListMessagesResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	q, err := pageQuery(&r.Params)
	if err != nil {
		return nil, err
	}
	page, err := x.Page(ctx, r.Room, q)
	if err != nil {
		return nil, err
	}
	return api.ListMessages200JSONResponse{
		Messages: s.showMessages(ctx, page.Messages, page.Room.GUID), Head: int64(page.Head), First: int64(page.First), Revised: int64(page.Revised),
		Before: page.Older, After: page.Newer,
	}, nil
}

func pageQuery(p *api.ListMessagesParams) (q channel.PageQuery, err error) {
	q.N = pageSize
	set(&q.N, p.Limit)
	asked := 0
	for _, by := range [...]struct {
		id    *int64
		where channel.Where
	}{{p.Before, channel.BeforeID}, {p.After, channel.AfterID}, {p.Around, channel.AroundID}} {
		if by.id != nil {
			q.Where, q.ID = by.where, chat.MessageID(*by.id)
			asked++
		}
	}
	if p.At != nil {
		q.Where, q.Time = channel.AtTime, chat.At(*p.At)
		asked++
	}
	if asked > 1 {
		return q, chat.E(chat.KindInvalid, "say one of before, after, around and at")
	}
	return q, nil
}

// Bounds of a post.
const (
	maxTitle       = 256 // characters
	maxPostedFiles = 20
)

// PostMessage posts. The answer comes when the message is on disk.
func (s *Server) PostMessage(ctx context.Context, r api.PostMessageRequestObject) (api.PostMessageResponseObject, error) {
	x, id, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	if r.Body.ClientId == "" {
		return nil, chat.E(chat.KindInvalid, "a post needs a client_id, so that it can be tried again without being doubled")
	}
	room, text, err := s.postText(ctx, x, id, r.Room, r.Body)
	if err != nil {
		return nil, err
	}
	m, err := x.PostAndWait(ctx, channel.Post{RoomGUID: room, Text: text, Alert: value(r.Body.Alert), ClientID: r.Body.ClientId, Absent: true})
	if err != nil {
		return nil, err
	}
	shown := s.showMessage(ctx, &m, room)
	shown.ClientId = &r.Body.ClientId
	return api.PostMessage201JSONResponse(shown), nil
}

// postText is the text that is posted, and the room's GUID as it is written.
func (s *Server) postText(ctx context.Context, x *channel.Session, id identity, room string, in *api.NewMessage) (guid, text string, err error) {
	guid, text = strings.ToLower(room), in.Text
	if in.Title != nil {
		if strings.TrimSpace(*in.Title) == "" || utf8.RuneCountInString(*in.Title) > maxTitle {
			return "", "", chat.E(chat.KindInvalid, "a story has a title of up to 256 characters")
		}
		text = storyText(*in.Title, text)
	}
	if len(value(in.Files)) == 0 {
		return guid, text, nil
	}
	v, err := x.Room(ctx, guid)
	if err != nil {
		return "", "", err
	}
	links, err := s.linksOf(ctx, id.user.ID, &v, *in.Files)
	if text != "" {
		text += "\n"
	}
	return guid, text + links, err
}

// linksOf are the links to files of the room that the user has uploaded, a line
// each, as old clients show them.
func (s *Server) linksOf(ctx context.Context, user chat.PrincipalID, v *channel.RoomView, ids []string) (string, error) {
	if len(ids) > maxPostedFiles {
		return "", chat.E(chat.KindInvalid, "a message has up to 20 files")
	}
	links := make([]string, len(ids))
	for i, id := range ids {
		f, err := s.store.FindFile(ctx, strings.ToLower(id))
		if err != nil && chat.KindOf(err) != chat.KindNoSuchObject {
			return "", err
		}
		if err != nil || f.Room != v.ID || f.Uploader != user || f.State == chat.FileUnfinished {
			return "", chat.E(chat.KindNoSuchObject, "you have uploaded no file "+id+" to this room")
		}
		links[i] = filestore.Link(s.cfg.Domain, v.GUID, &f)
	}
	return strings.Join(links, "\n"), nil
}

// MarkRead notes how far the caller has read. His sockets are told by the Channel
// service.
func (s *Server) MarkRead(ctx context.Context, r api.MarkReadRequestObject) (api.MarkReadResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	if r.Body.UpTo < 0 {
		return nil, chat.E(chat.KindInvalid, "up_to is a message's id, or 0 for everything")
	}
	return api.MarkRead204Response{}, x.MarkRead(ctx, r.Room, chat.MessageID(r.Body.UpTo))
}

// GetProof gives the evidence of a message that the caller may read.
func (s *Server) GetProof(ctx context.Context, r api.GetProofRequestObject) (api.GetProofResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	_, m, err := x.Message(ctx, r.Room, chat.MessageID(r.Message))
	if err != nil {
		return nil, err
	}
	if s.cfg.Prove == nil {
		return nil, chat.E(chat.KindNotSupported, "this server has no sealed archive")
	}
	text, err := s.cfg.Prove(ctx, &m)
	return api.GetProof200TextResponse(text), err
}

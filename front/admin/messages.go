package admin

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/front/admin/api"
)

func messageOf(m *chat.Message) api.Message {
	return api.Message{ID: int64(m.ID), At: m.At.Std(), Author: m.AuthorURI, Name: m.AuthorName, Alert: m.Alert, Text: m.Text}
}

func (s *Server) messages(r *http.Request) (any, error) {
	n, err := strconv.Atoi(r.URL.Query().Get("last"))
	if err != nil {
		return nil, chat.E(chat.KindInvalid, "last must be a number")
	}
	list, err := s.rooms.Messages(r.Context(), r.PathValue("room"), n)
	out := []api.Message{}
	for i := range list {
		out = append(out, messageOf(&list[i]))
	}
	return out, err
}

func (s *Server) filter(in *api.MessageFilter, room string) (channel.MessageFilter, error) {
	f := channel.MessageFilter{Room: room, Text: in.Words, CaseSensitive: in.CaseSensitive}
	switch strings.ToLower(in.Match) {
	case "", "all":
		f.Match = chat.MatchAll
	case "any", "or":
		f.Match = chat.MatchAny
	case "exact":
		f.Match = chat.MatchExact
	default:
		return f, chat.E(chat.KindInvalid, "words match all, any or exact, not "+strconv.Quote(in.Match))
	}
	if in.Author != "" {
		p, err := s.dir.Find(in.Author)
		if err != nil {
			return f, err
		}
		f.Author = p.URI
	}
	if in.From != nil {
		f.From = chat.At(*in.From)
	}
	if in.Until != nil {
		f.Until = chat.At(*in.Until)
	}
	return f, nil
}

// searchMessages shows what a filter picks.
func (s *Server) searchMessages(r *http.Request) (any, error) {
	in, err := read[api.MessageFilter](r)
	if err != nil {
		return nil, err
	}
	with(r, in)
	f, err := s.filter(&in, r.PathValue("room"))
	if err != nil {
		return nil, err
	}
	return s.found(r, f, in.Limit)
}

// withheld stands for contents that are for officers.
const withheld = "(withheld: contents are for officers)"

func (s *Server) found(r *http.Request, f channel.MessageFilter, limit int) (any, error) {
	if limit <= 0 {
		limit = 20
	}
	found, err := s.rooms.FilterMessages(r.Context(), f, limit)
	out := api.FoundMessages{Total: found.Total, Messages: []api.Message{}}
	for i := range found.Hits {
		if !s.reads(r) { // an administrator sees which messages he is about to change, not what they say
			found.Hits[i].Message.Text = withheld
		}
		out.Messages = append(out.Messages, messageOf(&found.Hits[i].Message))
	}
	return out, err
}

// changeMessages removes or replaces what a filter picks, or shows it first.
func (s *Server) changeMessages(r *http.Request) (any, error) {
	in, err := read[api.MessageChange](r)
	if err != nil {
		return nil, err
	}
	with(r, in)
	f, err := s.filter(&in.MessageFilter, r.PathValue("room"))
	if err != nil {
		return nil, err
	}
	if f.Text == "" && f.Author == "" && f.From == 0 && f.Until == 0 && !in.All {
		return nil, chat.E(chat.KindInvalid, "say which messages: by words, author or date, or all of them")
	}
	if in.DryRun {
		return s.found(r, f, in.Limit)
	}
	var n int
	if in.Replace {
		text := in.Text
		if text == "" {
			text = channel.Replacement
		}
		n, err = s.rooms.ReplaceMessages(r.Context(), f, text)
	} else {
		n, err = s.rooms.RemoveMessages(r.Context(), f)
	}
	return api.FoundMessages{Total: n, Messages: []api.Message{}}, err
}

// purge takes everything that was posted up to a time out of a room.
func (s *Server) purge(r *http.Request) (any, error) {
	in, err := read[api.Purge](r)
	if err != nil {
		return nil, err
	}
	if in.Until.IsZero() || in.Until.After(s.cfg.Now().Add(24*time.Hour)) {
		return nil, chat.E(chat.KindInvalid, "say up to when, not later than today")
	}
	if in.DryRun {
		return s.found(r, channel.MessageFilter{Room: r.PathValue("room"), Until: chat.At(in.Until) + 1}, 20)
	}
	n, err := s.rooms.Purge(r.Context(), r.PathValue("room"), chat.At(in.Until))
	return api.FoundMessages{Total: n, Messages: []api.Message{}}, err
}

package web

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"perch/chat"
	"perch/front/web/api"
)

// draftLabel begins the labels of drafts; the GUID of a room follows. Drafts are
// kept as preferences are: only for their user, and in no journal.
const draftLabel = "web.draft."

// Bounds of drafts.
const (
	maxDrafts    = 200   // of one user
	maxDraftText = 65536 // bytes
)

// keptDraft is a draft as it is kept.
type keptDraft struct {
	Text  string    `json:"text"`
	Caret int       `json:"caret"`
	At    time.Time `json:"at"`
	From  string    `json:"from,omitempty"`
}

// ListDrafts lists what the caller began to write.
func (s *Server) ListDrafts(ctx context.Context, _ api.ListDraftsRequestObject) (api.ListDraftsResponseObject, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.store.ListPreferences(ctx, id.user.ID, draftLabel)
	if err != nil {
		return nil, err
	}
	out := api.ListDrafts200JSONResponse{}
	for _, p := range list {
		var d keptDraft
		if json.Unmarshal([]byte(p.Content), &d) == nil { // an old client can write there, too
			out = append(out, d.show(strings.TrimPrefix(p.Label, draftLabel)))
		}
	}
	return out, nil
}

func (d *keptDraft) show(room string) api.Draft {
	out := api.Draft{Room: &room, Text: d.Text, Caret: &d.Caret, At: &d.At}
	if d.From != "" {
		out.From = &d.From
	}
	return out
}

// SetDraft keeps a draft, or forgets it. The caller's other sockets are told.
func (s *Server) SetDraft(ctx context.Context, r api.SetDraftRequestObject) (api.SetDraftResponseObject, error) {
	x, id, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	v, err := x.Room(ctx, r.Room)
	if err != nil {
		return nil, err
	}
	d := keptDraft{Text: r.Body.Text, Caret: value(r.Body.Caret), At: s.cfg.Now().UTC(), From: value(r.Body.From)}
	if err := s.keepDraft(ctx, id.user.ID, draftLabel+v.GUID, &d); err != nil {
		return nil, err
	}
	shown := d.show(v.GUID)
	s.hub.tell(id.user.ID, d.From, api.ServerFrame{Type: api.ServerFrameTypeDraft, Room: &v.GUID, Draft: &shown})
	return api.SetDraft204Response{}, nil
}

func (s *Server) keepDraft(ctx context.Context, user chat.PrincipalID, label string, d *keptDraft) error {
	switch {
	case d.Text == "":
		return s.store.DeletePreference(ctx, user, label)
	case len(d.Text) > maxDraftText || len(d.From) > maxDraftText:
		return chat.E(chat.KindTooLarge, "a draft has up to 65536 bytes")
	}
	if _, err := s.store.FindPreference(ctx, user, label); chat.KindOf(err) == chat.KindInvalid {
		all, err := s.store.ListPreferences(ctx, user, draftLabel)
		if err != nil {
			return err
		}
		if len(all) >= maxDrafts {
			return chat.E(chat.KindLimit, "you have 200 drafts already: send or delete one")
		}
	}
	b, err := json.Marshal(d)
	if err != nil {
		return chat.Wrap(chat.KindUnknown, "a draft", err)
	}
	_, err = s.store.UpdatePreference(ctx, user, label, string(b))
	return err
}

package web

import (
	"context"
	"encoding/json"
	"unicode/utf8"

	"perch/chat"
	"perch/front/web/api"
)

// preferencesLabel is the label of the client's own preferences.
const preferencesLabel = "web.preferences"

// Bounds of preferences.
const (
	maxPreferences     = 200  // of one user
	maxPreference      = 4096 // characters of a value
	maxPreferenceName  = 100  // bytes
	maxPreferencesSize = 256 << 10
)

// GetPreferences tells how the caller likes the client.
func (s *Server) GetPreferences(ctx context.Context, _ api.GetPreferencesRequestObject) (api.GetPreferencesResponseObject, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	out := api.GetPreferences200JSONResponse{Values: map[string]string{}}
	p, err := s.store.FindPreference(ctx, id.user.ID, preferencesLabel)
	switch {
	case chat.KindOf(err) == chat.KindInvalid:
		return out, nil // none yet
	case err != nil:
		return nil, err
	}
	out.Version = p.Version
	if json.Unmarshal([]byte(p.Content), &out.Values) != nil || out.Values == nil {
		out.Values = map[string]string{} // an old client can write there, too
	}
	return out, nil
}

// SetPreferences keeps them, if nobody else has meanwhile. The caller's sockets are
// told.
func (s *Server) SetPreferences(ctx context.Context, r api.SetPreferencesRequestObject) (api.SetPreferencesResponseObject, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkPreferences(r.Body.Values); err != nil {
		return nil, err
	}
	b, err := json.Marshal(r.Body.Values)
	if err != nil {
		return nil, chat.Wrap(chat.KindInvalid, "preferences", err)
	}
	if len(b) > maxPreferencesSize {
		return nil, chat.E(chat.KindTooLarge, "the preferences have more than 256 KiB")
	}
	version, err := s.store.ReplacePreference(ctx, id.user.ID, chat.Preference{Label: preferencesLabel, Version: r.Body.Version, Content: string(b)})
	if chat.KindOf(err) == chat.KindCollision {
		return nil, chat.E(chat.KindCollision, "the preferences were changed elsewhere meanwhile: read them again")
	}
	if err != nil {
		return nil, err
	}
	s.hub.tell(id.user.ID, "", api.ServerFrame{Type: api.ServerFrameTypePreferences, Version: &version})
	return api.SetPreferences200JSONResponse{Version: version, Values: r.Body.Values}, nil
}

func checkPreferences(values map[string]string) error {
	if values == nil || len(values) > maxPreferences {
		return chat.E(chat.KindInvalid, "there are up to 200 preferences")
	}
	for name, v := range values {
		if name == "" || len(name) > maxPreferenceName || utf8.RuneCountInString(v) > maxPreference {
			return chat.E(chat.KindInvalid, "a preference has a name of up to 100 bytes and a value of up to 4096 characters")
		}
	}
	return nil
}

package channel

import (
	"context"

	"perch/chat"
	"perch/chat/access"
)

// Associated lists the rooms in which the user is member or manager himself or
// through a group. Disabled rooms are left out for members.
func (x *Session) Associated(_ context.Context, as chat.Role, limit int) ([]RoomView, error) {
	sub, ok := x.svc.subject(x.user.ID)
	if !ok {
		return nil, chat.E(chat.KindForbidden, "the user is no longer served")
	}
	if limit <= 0 || limit > x.svc.cfg.Limits.SearchResults {
		limit = x.svc.cfg.Limits.SearchResults
	}
	var rooms []RoomView
	for _, p := range x.svc.catalog.heldBy(sub.Affiliations, as) {
		if p.Category == nil || p.Room.Disabled && as != chat.Manager || !access.Decide(&sub, access.See, p).Allowed {
			continue
		}
		rooms = append(rooms, x.svc.view(p, access.Mask(&sub, p)))
		if len(rooms) == limit {
			break
		}
	}
	return rooms, nil
}

// Creatable lists the categories in which the user may create rooms.
func (x *Session) Creatable(context.Context) ([]chat.Category, error) {
	sub, ok := x.svc.subject(x.user.ID)
	if !ok {
		return nil, chat.E(chat.KindForbidden, "the user is no longer served")
	}
	var out []chat.Category
	for _, c := range x.svc.Categories() {
		if access.Decide(&sub, access.Create, access.Place{Category: &c}).Allowed {
			out = append(out, c)
		}
	}
	return out, nil
}

// Info describes the pool.
func (x *Session) Info() ServerInfo {
	c := &x.svc.cfg
	return ServerInfo{
		Time: c.Now(), Limits: c.Limits, StoreGUID: x.svc.store.Identity(), RootGUID: x.svc.store.Identity(),
		DisplayName: c.DisplayName, ManagementURL: x.svc.settings().RoomManagementURL,
	}
}

// Preference and SetPreference keep an old client's labelled blobs.
func (x *Session) Preference(ctx context.Context, label string) (chat.Preference, error) {
	return x.svc.store.FindPreference(ctx, x.user.ID, label)
}

// SetPreference stores content and returns its new version.
func (x *Session) SetPreference(ctx context.Context, label, content string) (version int64, err error) {
	if label == "" || len(label) > chat.MaxNameLength {
		return 0, chat.E(chat.KindInvalid, "a preference needs a label of up to 256 characters")
	}
	return x.svc.store.UpdatePreference(ctx, x.user.ID, label, content)
}

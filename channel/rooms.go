package channel

import (
	"context"
	"encoding/json"
	"slices"

	"perch/chat"
	"perch/chat/access"
)

// FindRoom finds a room by address (ma-chan://...), GUID or name.
func (s *Service) FindRoom(arg string) (RoomView, error) {
	p, err := s.findPlace(arg)
	if err != nil {
		return RoomView{}, err
	}
	return s.view(p, 0), nil
}

func (s *Service) findPlace(arg string) (access.Place, error) {
	if p, ok := s.catalog.place(lower(arg)); ok {
		return p, nil
	}
	if r, ok := s.catalog.find(arg).(*chat.Room); ok {
		if p, ok := s.catalog.placeOf(r.ID); ok {
			return p, nil
		}
	}
	return access.Place{}, chat.E(chat.KindNoSuchRoom, "no room is named "+arg)
}

// Rooms lists all rooms by name, or those of one category.
func (s *Service) Rooms(category string) ([]RoomView, error) {
	var only chat.CategoryID
	if category != "" {
		c, err := s.FindCategory(category)
		if err != nil {
			return nil, err
		}
		only = c.ID
	}
	sorted, categories := s.catalog.list()
	out := make([]RoomView, 0, len(sorted))
	for _, n := range sorted {
		if c := categories[n.room.Category]; c != nil && (only == 0 || c.ID == only) {
			out = append(out, s.view(access.Place{Room: n.room, Category: c}, 0))
		}
	}
	return out, nil
}

// Messages returns the newest n messages of a room, for an administrator.
func (s *Service) Messages(ctx context.Context, arg string, n int) ([]chat.Message, error) {
	p, err := s.findPlace(arg)
	if err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, chat.E(chat.KindInvalid, "ask for one message or more")
	}
	return s.store.ListNewest(ctx, p.Room.ID, 0, n)
}

// Explain answers whether a user may do something in a room, or, for Create, in
// the category named or that of the room named, and why.
func (s *Service) Explain(user chat.PrincipalID, action access.Action, arg string) (access.Decision, error) {
	if !slices.Contains(access.Actions(), action) {
		return access.Decision{}, chat.E(chat.KindInvalid, "the actions are see, join, read, post, upload, download, manage and create")
	}
	sub, ok := s.subject(user)
	if !ok {
		return access.Decision{}, chat.E(chat.KindNoSuchPrincipal, "no such user")
	}
	if action == access.Create {
		if c, err := s.FindCategory(arg); err == nil {
			return access.Decide(&sub, action, access.Place{Category: &c}), nil
		}
	}
	p, err := s.findPlace(arg)
	if err != nil {
		return access.Decision{}, err
	}
	return access.Decide(&sub, action, p), nil
}

// detail is the before and after of a change, for the journal.
func detail[T any](before, after *T) string {
	b, err := json.Marshal(map[string]*T{"before": before, "after": after})
	if err != nil {
		return "" // plain structs always marshal
	}
	return string(b)
}

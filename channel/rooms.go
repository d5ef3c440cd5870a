package channel

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"

	"perch/chat"
	"perch/chat/access"
)

// RoomSpec describes a room to create. Privacy is as given (the zero value is
// chat.Open); Behavior zero means chat.Normal.
type RoomSpec struct {
	Name, Description             string
	Category                      string // name or address
	Privacy                       chat.Privacy
	Behavior                      chat.Behavior
	Invitations                   chat.InvitationSetting
	Members, Managers, Presenters []chat.PrincipalID
}

// RoomPatch changes a room; nil leaves a thing as it is.
type RoomPatch struct {
	Name, Description, Category   *string
	Privacy                       *chat.Privacy
	Behavior                      *chat.Behavior
	Invitations                   *chat.InvitationSetting
	Disabled                      *bool
	Members, Managers, Presenters ListPatch
}

// GrantSpec gives or takes a role in a room.
type GrantSpec struct {
	Room   string
	Role   chat.Role
	Who    chat.PrincipalID
	Revoke bool
}

// FindRoom finds a room by address (ma-chan://...), GUID or name.
func (s *Service) FindRoom(arg string) (RoomView, error) {
	p, err := s.findPlace(arg)
	if err != nil {
		return RoomView{}, err
	}
	return s.view(p, 0), nil
}

func (s *Service) findPlace(arg string) (access.Place, error) {
	if r, ok := s.catalog.find(arg).(*chat.Room); ok {
		if p, ok := s.catalog.placeOf(r.ID); ok {
			return p, nil
		}
	}
	if p, ok := s.catalog.place(strings.ToLower(arg[strings.LastIndexByte(arg, '/')+1:])); ok {
		return p, nil
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

// CreateRooms creates rooms together, or none of them.
func (s *Service) CreateRooms(ctx context.Context, specs []RoomSpec) ([]chat.Room, error) {
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	now := chat.At(s.cfg.Now())
	rooms := make([]chat.Room, len(specs))
	entries := make([]chat.Entry, len(specs))
	for i := range specs {
		r, err := s.roomOf(&specs[i], now)
		if err != nil {
			return nil, err
		}
		rooms[i] = r
		entries[i] = chat.Entry{Kind: chat.EntryRoom, At: now, RoomGUID: r.GUID, RoomName: r.Name, Detail: detail(nil, &r)}
	}
	rooms, err := s.store.CreateRooms(ctx, rooms, entries)
	if err != nil {
		return nil, err
	}
	s.catalog.putRooms(slices.Clone(rooms))
	return rooms, nil
}

// CheckRooms says what is wrong with rooms to be created.
func (s *Service) CheckRooms(specs []RoomSpec) error {
	for i := range specs {
		if _, err := s.roomOf(&specs[i], 0); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) roomOf(spec *RoomSpec, now chat.Time) (chat.Room, error) {
	name, err := checkName(spec.Name)
	if err != nil {
		return chat.Room{}, err
	}
	if err := checkDescription(spec.Description); err != nil {
		return chat.Room{}, err
	}
	c, err := s.FindCategory(spec.Category)
	if err != nil {
		return chat.Room{}, err
	}
	r := chat.Room{
		GUID: uuid.NewString(), Category: c.ID, Name: name, Description: spec.Description,
		Privacy: spec.Privacy, Behavior: max(spec.Behavior, chat.Normal), Invitations: spec.Invitations,
		Members: sorted(spec.Members), Managers: sorted(spec.Managers), Presenters: sorted(spec.Presenters),
		Audit: chat.Audit{CreatedAt: now, UpdatedAt: now},
	}
	return r, s.checkRoles(access.Place{Category: &c, Room: &r}, nil)
}

// checkRoles checks everybody who has a role now and had it not in old.
func (s *Service) checkRoles(p access.Place, old *chat.Room) error {
	if old == nil {
		old = &chat.Room{}
	}
	for _, of := range [...]struct {
		role     chat.Role
		now, was []chat.PrincipalID
	}{
		{chat.Member, p.Room.Members, old.Members},
		{chat.Manager, p.Room.Managers, old.Managers},
		{chat.Presenter, p.Room.Presenters, old.Presenters},
	} {
		for _, id := range of.now {
			if _, had := slices.BinarySearch(of.was, id); had {
				continue
			}
			if err := access.Eligible(of.role, p, s.dir.Affiliations(id)); err != nil {
				who, _ := s.dir.FindPrincipal(id)
				return chat.E(chat.KindOf(err), who.Name+" as "+of.role.String()+" of "+p.Room.Name+": "+err.Error())
			}
		}
	}
	return nil
}

// UpdateRoom changes a room. Who loses the right to be in it is put out. Roles
// that a new category does not allow are taken away, as the original does.
func (s *Service) UpdateRoom(ctx context.Context, arg string, patch RoomPatch) (chat.Room, error) {
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	place, err := s.findPlace(arg)
	if err != nil {
		return chat.Room{}, err
	}
	r, err := s.patched(place, &patch)
	if err != nil {
		return chat.Room{}, err
	}
	return s.storeRoom(ctx, place.Room, r)
}

func (s *Service) storeRoom(ctx context.Context, old *chat.Room, r chat.Room) (chat.Room, error) {
	r.Audit.UpdatedBy, r.Audit.UpdatedAt = 0, chat.At(s.cfg.Now())
	e := chat.Entry{Kind: chat.EntryRoom, At: r.Audit.UpdatedAt, Room: r.ID, RoomGUID: r.GUID, RoomName: r.Name, Detail: detail(old, &r)}
	rooms, err := s.store.UpdateRooms(ctx, []chat.Room{r}, []chat.Entry{e})
	if err != nil {
		return chat.Room{}, err
	}
	s.catalog.putRooms(slices.Clone(rooms))
	s.review.roomsChanged(r.ID)
	return rooms[0], nil
}

func (s *Service) patched(place access.Place, patch *RoomPatch) (chat.Room, error) {
	r := *place.Room
	var err error
	if patch.Name != nil {
		if r.Name, err = checkName(*patch.Name); err != nil {
			return r, err
		}
	}
	set(&r.Description, patch.Description)
	if err := checkDescription(r.Description); err != nil {
		return r, err
	}
	category := *place.Category
	if patch.Category != nil {
		if category, err = s.FindCategory(*patch.Category); err != nil {
			return r, err
		}
	}
	set(&r.Privacy, patch.Privacy)
	set(&r.Behavior, patch.Behavior)
	set(&r.Invitations, patch.Invitations)
	set(&r.Disabled, patch.Disabled)
	old := *place.Room
	if category.ID != r.Category {
		r.Category = category.ID
		s.purgeRoles(&old, &category)
	}
	r.Members, r.Managers, r.Presenters = patch.Members.apply(old.Members), patch.Managers.apply(old.Managers), patch.Presenters.apply(old.Presenters)
	return r, s.checkRoles(access.Place{Category: &category, Room: &r}, &old)
}

// purgeRoles takes the roles away that a category's scope does not allow.
func (s *Service) purgeRoles(r *chat.Room, c *chat.Category) {
	out := func(list []chat.PrincipalID) []chat.PrincipalID {
		return slices.DeleteFunc(slices.Clone(list), func(id chat.PrincipalID) bool { return !access.InScope(c, s.dir.Affiliations(id)) })
	}
	r.Members, r.Managers, r.Presenters = out(r.Members), out(r.Managers), out(r.Presenters)
}

// Grant gives or takes roles, all of them or none; a dry run only checks them.
func (s *Service) Grant(ctx context.Context, grants []GrantSpec, dryRun bool) error {
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	before := map[chat.RoomID]access.Place{}
	after := map[chat.RoomID]*chat.Room{}
	var order []chat.RoomID
	for _, g := range grants {
		place, err := s.findPlace(g.Room)
		if err != nil {
			return err
		}
		id := place.Room.ID
		if after[id] == nil {
			r := *place.Room
			before[id], after[id] = place, &r
			order = append(order, id)
		}
		r := after[id]
		list := map[chat.Role]*[]chat.PrincipalID{chat.Member: &r.Members, chat.Manager: &r.Managers, chat.Presenter: &r.Presenters}[g.Role]
		if list == nil {
			return chat.E(chat.KindInvalid, "a room has members, managers and presenters; creators belong to categories")
		}
		patch := ListPatch{Add: []chat.PrincipalID{g.Who}}
		if g.Revoke {
			patch = ListPatch{Remove: []chat.PrincipalID{g.Who}}
		}
		*list = patch.apply(*list)
	}
	now := chat.At(s.cfg.Now())
	var rooms []chat.Room
	var entries []chat.Entry
	for _, id := range order {
		r := after[id]
		if err := s.checkRoles(access.Place{Category: before[id].Category, Room: r}, before[id].Room); err != nil {
			return err
		}
		r.Audit.UpdatedBy, r.Audit.UpdatedAt = 0, now
		rooms = append(rooms, *r)
		entries = append(entries, chat.Entry{Kind: chat.EntryRoom, At: now, Room: id, RoomGUID: r.GUID, RoomName: r.Name, Detail: detail(before[id].Room, r)})
	}
	if dryRun {
		return nil
	}
	rooms, err := s.store.UpdateRooms(ctx, rooms, entries)
	if err != nil {
		return err
	}
	s.catalog.putRooms(slices.Clone(rooms))
	s.review.roomsChanged(order...)
	return nil
}

// DeleteRoom deletes a room and its messages; the journal keeps its record.
func (s *Service) DeleteRoom(ctx context.Context, arg string) error {
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	p, err := s.findPlace(arg)
	if err != nil {
		return err
	}
	e := chat.Entry{Kind: chat.EntryRoom, At: chat.At(s.cfg.Now()), Room: p.Room.ID, RoomGUID: p.Room.GUID, RoomName: p.Room.Name, Detail: detail(p.Room, nil)}
	if err := s.store.DeleteRoom(ctx, p.Room.ID, e); err != nil {
		return err
	}
	s.catalog.dropRoom(p.Room.ID)
	s.review.roomsChanged(p.Room.ID)
	return nil
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

// Explain answers whether a user may do something in a room, and why.
func (s *Service) Explain(user chat.PrincipalID, action access.Action, arg string) (access.Decision, error) {
	if !slices.Contains(access.Actions(), action) {
		return access.Decision{}, chat.E(chat.KindInvalid, "the actions are see, join, read, post, manage and create")
	}
	sub, ok := s.subject(user)
	if !ok {
		return access.Decision{}, chat.E(chat.KindNoSuchPrincipal, "no such user")
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

package channel

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"perch/chat"
	"perch/chat/access"
)

// RoomSpec describes a room to create. Privacy is as given (the zero value is
// chat.Open); Behavior zero means chat.Normal.
type RoomSpec struct {
	GUID                          string // of an imported room; empty: a new one
	Name, Description             string
	Category                      string // name or address
	Privacy                       chat.Privacy
	Behavior                      chat.Behavior
	Invitations                   chat.InvitationSetting
	Addin                         string // name or GUID; empty: none
	Disabled                      bool
	Members, Managers, Presenters []chat.PrincipalID
}

// RoomPatch changes a room; nil leaves a thing as it is.
type RoomPatch struct {
	// Version is that of the room that was edited: if it has changed since, the
	// patch is refused (KindCollision). Zero: whatever it is now.
	Version                       int64
	Name, Description, Category   *string
	Privacy                       *chat.Privacy
	Behavior                      *chat.Behavior
	Invitations                   *chat.InvitationSetting
	Addin                         *string // name or GUID; empty: none
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

// actor is who makes a change: a user by one of his sessions, or an
// administrator.
type actor struct {
	sub access.Subject
	x   *Session // nil: an administrator
}

func administrator() *actor { return &actor{sub: access.Subject{Administrator: true}} }

// actor is the session's user as one who makes changes.
func (x *Session) actor() (*actor, error) {
	sub, ok := x.svc.subject(x.user.ID)
	if !ok {
		return nil, chat.E(chat.KindForbidden, "the user is no longer served")
	}
	return &actor{sub, x}, nil
}

// entry begins the journal entry of a change that the actor makes.
func (a *actor) entry(kind chat.EntryKind, at chat.Time, r *chat.Room, change string) chat.Entry {
	e := chat.Entry{Kind: kind, At: at, Room: r.ID, RoomGUID: r.GUID, RoomName: r.Name, Detail: change}
	if u := &a.sub.User; u.ID != 0 {
		e.Actor, e.ActorURI, e.ActorName = u.ID, u.URI, u.DisplayName
	}
	if a.x != nil {
		e.Endpoint, e.Client = a.x.opening.Endpoint, a.x.opening.Client
	}
	return e
}

// CreateRooms creates rooms together, or none of them.
func (s *Service) CreateRooms(ctx context.Context, specs []RoomSpec) ([]chat.Room, error) {
	return s.createRooms(ctx, administrator(), specs)
}

// CreateRoom creates a room in a category that lets the user do so; he becomes
// its manager, and a member only if the spec says so (pchat 11).
func (x *Session) CreateRoom(ctx context.Context, spec RoomSpec) (RoomView, error) {
	by, err := x.actor()
	if err != nil {
		return RoomView{}, err
	}
	c, err := x.svc.FindCategory(spec.Category)
	if err != nil {
		return RoomView{}, err
	}
	if d := access.Decide(&by.sub, access.Create, access.Place{Category: &c}); !d.Allowed {
		return RoomView{}, chat.E(chat.KindCannotCreate, d.Reason())
	}
	if !slices.Contains(spec.Managers, x.user.ID) {
		spec.Managers = append(slices.Clone(spec.Managers), x.user.ID)
	}
	rooms, err := x.svc.createRooms(ctx, by, []RoomSpec{spec})
	if err != nil {
		return RoomView{}, err
	}
	return x.Room(ctx, rooms[0].GUID)
}

func (s *Service) createRooms(ctx context.Context, by *actor, specs []RoomSpec) ([]chat.Room, error) {
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	now := chat.At(s.cfg.Now())
	rooms := make([]chat.Room, len(specs))
	entries := make([]chat.Entry, len(specs))
	for i := range specs {
		r, err := s.roomOf(by, &specs[i], now)
		if err != nil {
			return nil, s.refused(ctx, by, err)
		}
		r.Audit.CreatedBy, r.Audit.UpdatedBy = by.sub.User.ID, by.sub.User.ID
		rooms[i] = r
		entries[i] = by.entry(chat.EntryRoom, now, &r, detail(nil, &r))
	}
	rooms, err := s.store.CreateRooms(ctx, rooms, entries)
	if err != nil {
		return nil, err
	}
	s.catalog.putRooms(slices.Clone(rooms))
	s.review.invite(rooms)
	return rooms, nil
}

// CheckRooms says what is wrong with rooms to be created.
func (s *Service) CheckRooms(specs []RoomSpec) error {
	names := map[string]bool{}
	for i := range specs {
		r, err := s.roomOf(administrator(), &specs[i], 0)
		if err != nil {
			return err
		}
		if names[foldName(r.Name)] || s.catalog.find(r.Name) != nil {
			return chat.E(chat.KindDuplicateName, "a room or category is named "+r.Name+" already")
		}
		names[foldName(r.Name)] = true
	}
	return nil
}

func (s *Service) roomOf(by *actor, spec *RoomSpec, now chat.Time) (chat.Room, error) {
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
	guid := spec.GUID
	if guid == "" {
		guid = uuid.NewString()
	}
	r := chat.Room{
		GUID: guid, Category: c.ID, Name: name, Description: spec.Description, Disabled: spec.Disabled,
		Privacy: spec.Privacy, Behavior: max(spec.Behavior, chat.Normal), Invitations: spec.Invitations, InvitesFrom: chat.InvitesFromNow,
		Members: sorted(spec.Members), Managers: sorted(spec.Managers), Presenters: sorted(spec.Presenters),
		Audit: chat.Audit{CreatedAt: now, UpdatedAt: now},
	}
	if r.Addin, err = s.addinGUID(spec.Addin); err != nil {
		return r, err
	}
	return r, s.checkRoles(by, access.Place{Category: &c, Room: &r}, nil)
}

func (s *Service) addinGUID(arg string) (string, error) {
	if arg == "" {
		return "", nil
	}
	a, err := s.FindAddin(arg)
	return a.GUID, err
}

// checkRoles checks everybody who has a role now and had it not in old.
func (s *Service) checkRoles(by *actor, p access.Place, old *chat.Room) error {
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
			if err := s.checkWalls(by, of.role, p, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// UpdateRoom changes a room. Who loses the right to be in it is put out. Roles
// that a new category does not allow are taken away, as the original does.
func (s *Service) UpdateRoom(ctx context.Context, arg string, patch RoomPatch) (chat.Room, error) {
	return s.updateRoom(ctx, administrator(), arg, &patch)
}

// UpdateRoom changes a room that the user manages. A manager disables a room,
// only an administrator enables it again; a manager moves it only to a category
// in which he may create rooms (pchat 11).
func (x *Session) UpdateRoom(ctx context.Context, guid string, patch RoomPatch) (RoomView, error) {
	by, err := x.actor()
	if err != nil {
		return RoomView{}, err
	}
	r, err := x.svc.updateRoom(ctx, by, guid, &patch)
	if err != nil {
		return RoomView{}, err
	}
	p, sub, err := x.decide(access.See, r.GUID)
	if p.Room == nil {
		return RoomView{}, err
	}
	return x.svc.view(p, access.Mask(&sub, p)), nil // though he may have taken the right to see it from himself
}

// placeFor finds a room for an actor: he must manage it.
func (s *Service) placeFor(by *actor, arg string) (access.Place, error) {
	if by.sub.Administrator {
		return s.findPlace(arg)
	}
	p, ok := s.catalog.place(lower(arg))
	if !ok {
		return p, chat.E(chat.KindNoSuchRoom, "")
	}
	return p, access.Decide(&by.sub, access.Manage, p).Err()
}

// managed is placeFor, and that the actor does not manage the room is on record
// before it returns. It waits for the disk: no lock is held.
func (s *Service) managed(ctx context.Context, by *actor, arg string) (access.Place, error) {
	p, err := s.placeFor(by, arg)
	if err != nil && by.x != nil && p.Room != nil {
		err = by.x.refuse(ctx, "manage", access.Decide(&by.sub, access.Manage, p), p.Room)
	}
	return p, err
}

// mayPatch refuses what a manager may not do though he manages the room.
func (s *Service) mayPatch(by *actor, p access.Place, patch *RoomPatch) error {
	if by.sub.Administrator {
		return nil
	}
	if p.Room.Disabled && patch.Disabled != nil && !*patch.Disabled {
		return chat.E(chat.KindForbidden, "only an administrator enables a room that is disabled")
	}
	if patch.Category == nil {
		return nil
	}
	c, err := s.FindCategory(*patch.Category)
	if err != nil || c.ID == p.Category.ID {
		return err
	}
	if !access.Decide(&by.sub, access.Create, access.Place{Category: &c}).Allowed {
		return chat.E(chat.KindCannotCreate, "a manager moves a room only to a category in which he may create rooms")
	}
	return nil
}

func (s *Service) updateRoom(ctx context.Context, by *actor, arg string, patch *RoomPatch) (chat.Room, error) {
	if _, err := s.managed(ctx, by, arg); err != nil {
		return chat.Room{}, err
	}
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	place, err := s.placeFor(by, arg)
	if err != nil {
		return chat.Room{}, err
	}
	if err := s.mayPatch(by, place, patch); err != nil {
		return chat.Room{}, err
	}
	if patch.Version != 0 && patch.Version != place.Room.Version {
		return chat.Room{}, chat.E(chat.KindCollision, "the room was changed by somebody else meanwhile: read it again")
	}
	r, err := s.patched(by, place, patch)
	if err != nil {
		return chat.Room{}, s.refused(ctx, by, err)
	}
	return s.storeRoom(ctx, by, place.Room, r)
}

// storeRoom stores one changed room and tells everybody concerned. The caller
// holds catalog.change.
func (s *Service) storeRoom(ctx context.Context, by *actor, old *chat.Room, r chat.Room) (chat.Room, error) {
	r.Audit.UpdatedBy, r.Audit.UpdatedAt = by.sub.User.ID, chat.At(s.cfg.Now())
	rooms, err := s.store.UpdateRooms(ctx, []chat.Room{r}, []chat.Entry{by.entry(chat.EntryRoom, r.Audit.UpdatedAt, &r, detail(old, &r))})
	if err != nil {
		return chat.Room{}, err
	}
	s.catalog.putRooms(slices.Clone(rooms))
	if shown(old) != shown(&rooms[0]) {
		s.tellChanged(r.ID)
	}
	s.review.invite(rooms)
	s.review.roomsChanged(r.ID)
	return rooms[0], nil
}

// shown is what those in a room see of its settings.
func shown(r *chat.Room) any {
	return [...]any{r.Name, r.Description, r.Category, r.Privacy, r.Behavior, r.Invitations, r.Disabled, r.Addin}
}

// patched is the room as the patch makes it, checked.
func (s *Service) patched(by *actor, place access.Place, patch *RoomPatch) (chat.Room, error) {
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
	if patch.Addin != nil {
		if r.Addin, err = s.addinGUID(*patch.Addin); err != nil {
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
	if !invites(place.Category, place.Room) && invites(&category, &r) {
		r.InvitesFrom = chat.InvitesFromNow
	}
	r.Members, r.Managers, r.Presenters = patch.Members.apply(old.Members), patch.Managers.apply(old.Managers), patch.Presenters.apply(old.Presenters)
	return r, s.checkRoles(by, access.Place{Category: &category, Room: &r}, &old)
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
	before, after, err := s.granted(grants)
	if err != nil {
		return err
	}
	now := chat.At(s.cfg.Now())
	by := administrator()
	var rooms []chat.Room
	var entries []chat.Entry
	for i := range after {
		r := &after[i]
		if err := s.checkRoles(by, access.Place{Category: before[i].Category, Room: r}, before[i].Room); err != nil {
			if dryRun {
				return err
			}
			return s.refused(ctx, by, err)
		}
		r.Audit.UpdatedBy, r.Audit.UpdatedAt = 0, now
		rooms = append(rooms, *r)
		entries = append(entries, by.entry(chat.EntryRoom, now, r, detail(before[i].Room, r)))
	}
	if dryRun {
		return nil
	}
	if rooms, err = s.store.UpdateRooms(ctx, rooms, entries); err != nil {
		return err
	}
	s.catalog.putRooms(slices.Clone(rooms))
	s.review.invite(rooms)
	for i := range rooms {
		s.review.roomsChanged(rooms[i].ID)
	}
	return nil
}

// granted is the rooms named by grants, as they are and as they become.
func (s *Service) granted(grants []GrantSpec) (before []access.Place, after []chat.Room, err error) {
	at := map[chat.RoomID]int{}
	for _, g := range grants {
		place, err := s.findPlace(g.Room)
		if err != nil {
			return nil, nil, err
		}
		i, known := at[place.Room.ID]
		if !known {
			i = len(after)
			at[place.Room.ID] = i
			before, after = append(before, place), append(after, *place.Room)
		}
		r := &after[i]
		list := map[chat.Role]*[]chat.PrincipalID{chat.Member: &r.Members, chat.Manager: &r.Managers, chat.Presenter: &r.Presenters}[g.Role]
		if list == nil {
			return nil, nil, chat.E(chat.KindInvalid, "a room has members, managers and presenters; creators belong to categories")
		}
		patch := ListPatch{Add: []chat.PrincipalID{g.Who}}
		if g.Revoke {
			patch = ListPatch{Remove: []chat.PrincipalID{g.Who}}
		}
		*list = patch.apply(*list)
	}
	return before, after, nil
}

// DeleteRoom deletes a room and its messages; the journal keeps its record.
func (s *Service) DeleteRoom(ctx context.Context, arg string) error {
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	p, err := s.findPlace(arg)
	if err != nil {
		return err
	}
	e := administrator().entry(chat.EntryRoom, chat.At(s.cfg.Now()), p.Room, detail(p.Room, nil))
	if err := s.store.DeleteRoom(ctx, p.Room.ID, e); err != nil {
		return err
	}
	s.catalog.dropRoom(p.Room.ID)
	s.tell(p.Room.ID, &Event{Kind: EventDeleted, Room: refOf(p.Room)})
	s.review.roomsChanged(p.Room.ID)
	return nil
}

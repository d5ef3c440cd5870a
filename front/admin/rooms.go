package admin

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"perch/channel"
	"perch/chat"
	"perch/front/admin/api"
)

func (s *Server) category(c *chat.Category, rooms int) api.Category {
	return api.Category{
		Name: c.Name, URI: "ma-cat://" + s.cfg.Domain + "/" + c.GUID, Description: c.Description, Invitations: c.Invitations,
		Files: c.Files, History: c.History, Strict: c.Strict, Retention: c.Retention, FileTypes: c.FileTypes, Allowed: s.names(c.Allowed), Denied: s.names(c.Denied), Creators: s.names(c.Creators), Rooms: rooms, Version: c.Version,
	}
}

func (s *Server) listCategories(*http.Request) (any, error) {
	rooms, err := s.rooms.Rooms("")
	if err != nil {
		return nil, err
	}
	count := map[chat.CategoryID]int{}
	for i := range rooms {
		count[rooms[i].Category]++
	}
	out := []api.Category{}
	for _, c := range s.rooms.Categories() {
		out = append(out, s.category(&c, count[c.ID]))
	}
	return out, nil
}

func (s *Server) showCategory(r *http.Request) (any, error) {
	c, err := s.rooms.FindCategory(r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	rooms, err := s.rooms.Rooms(c.Name)
	return s.category(&c, len(rooms)), err
}

func (s *Server) listPatch(l api.List) (channel.ListPatch, error) {
	add, err := s.ids(l.Add)
	if err != nil {
		return channel.ListPatch{}, err
	}
	remove, err := s.ids(l.Remove)
	return channel.ListPatch{Add: add, Remove: remove}, err
}

func (s *Server) categoryPatch(r *http.Request) (channel.CategoryPatch, error) {
	in, err := read[api.CategoryChange](r)
	p := channel.CategoryPatch{Version: in.Version, Name: in.Name, Description: in.Description, Invitations: in.Invitations, Files: in.Files, History: in.History, Strict: in.Strict, Retention: in.Retention, FileTypes: in.FileTypes}
	if err == nil {
		p.Allowed, err = s.listPatch(in.Allowed)
	}
	if err == nil {
		p.Denied, err = s.listPatch(in.Denied)
	}
	if err == nil {
		p.Creators, err = s.listPatch(in.Creators)
	}
	return p, err
}

func (s *Server) addCategory(r *http.Request) (any, error) {
	p, err := s.categoryPatch(r)
	if err != nil {
		return nil, err
	}
	spec := channel.CategorySpec{Allowed: p.Allowed.Add, Denied: p.Denied.Add, Creators: p.Creators.Add}
	for _, f := range [...]struct{ at, from *string }{{&spec.Name, p.Name}, {&spec.Description, p.Description}, {&spec.Retention, p.Retention}} {
		if f.from != nil {
			*f.at = *f.from
		}
	}
	spec.Invitations = p.Invitations != nil && *p.Invitations
	spec.Files = p.Files != nil && *p.Files
	spec.NoHistory = p.History != nil && !*p.History
	spec.Strict = p.Strict != nil && *p.Strict
	if p.FileTypes != nil {
		spec.FileTypes = *p.FileTypes
	}
	c, err := s.rooms.CreateCategory(r.Context(), spec)
	return s.category(&c, 0), err
}

func (s *Server) changeCategory(r *http.Request) (any, error) {
	p, err := s.categoryPatch(r)
	if err != nil {
		return nil, err
	}
	c, err := s.rooms.UpdateCategory(r.Context(), r.PathValue("name"), p)
	if err != nil {
		return nil, collided(err, func() (any, error) { return s.showCategory(r) })
	}
	return s.category(&c, 0), nil
}

func (s *Server) deleteCategory(r *http.Request) (any, error) {
	return struct{}{}, s.rooms.DeleteCategory(r.Context(), r.PathValue("name"))
}

func (s *Server) room(v *channel.RoomView) api.Room {
	return api.Room{
		Name: v.Name, URI: "ma-chan://" + s.cfg.Domain + "/" + v.GUID, Category: v.CategoryName, Privacy: v.Privacy.String(), Type: v.Behavior.String(),
		Description: v.Description, Invitations: v.Room.Invitations.String(), Disabled: v.Disabled, Participants: v.Participants, Addin: v.Shows.Name,
		Members: s.names(v.Members), Managers: s.names(v.Managers), Presenters: s.names(v.Presenters), Version: v.Version,
	}
}

// listRooms lists rooms by the filters of Get-CsPersistentChatRoom.
func (s *Server) listRooms(r *http.Request) (any, error) {
	q, err := s.roomQuery(r.URL.Query())
	if err != nil {
		return nil, err
	}
	rooms, _, err := s.rooms.FindRooms(q)
	out := []api.Room{}
	for i := range rooms {
		out = append(out, s.room(&rooms[i]))
	}
	return out, err
}

func (s *Server) roomQuery(v url.Values) (q channel.RoomQuery, err error) {
	q = channel.RoomQuery{Criteria: v.Get("words"), Match: chat.MatchAll, Descriptions: v.Get("descriptions") == "true", Category: v.Get("category"), Addin: v.Get("addin")}
	for name, at := range map[string]*string{"member": &q.Member, "manager": &q.Manager, "joined": &q.Joined} {
		if v.Get(name) == "" {
			continue
		}
		p, err := s.dir.Find(v.Get(name))
		if err != nil {
			return q, err
		}
		*at = p.URI
	}
	if d := v.Get("disabled"); d != "" {
		on := d == "true"
		q.Disabled = &on
	}
	if w := v.Get("privacy"); w != "" {
		p, err := privacyOf(w)
		if err != nil {
			return q, err
		}
		q.Privacy = &p
	}
	if w := v.Get("type"); w != "" {
		b, err := behaviorOf(w)
		if err != nil {
			return q, err
		}
		q.Behavior = &b
	}
	if w := v.Get("invitations"); w != "" {
		i, err := invitationsOf(w)
		if err != nil {
			return q, err
		}
		q.Invitations = &i
	}
	if n := v.Get("limit"); n != "" {
		if q.Limit, err = strconv.Atoi(n); err != nil || q.Limit < 0 {
			return q, chat.E(chat.KindInvalid, "limit must be a number")
		}
	}
	return q, nil
}

// eligible lists who may be given a role in a room or category.
func (s *Server) eligible(r *http.Request) (any, error) {
	v := r.URL.Query()
	role := chat.Member
	if v.Get("presenters") == "true" {
		role = chat.Presenter
	}
	limit, _ := strconv.Atoi(v.Get("limit")) // nonsense: the server's limit
	list, more, err := s.rooms.Eligible(role, v.Get("in"), v.Get("prefix"), limit)
	out := api.People{More: more, People: []api.Person{}}
	for _, p := range list {
		out.People = append(out.People, api.Person{Name: p.Name, URI: p.URI, DisplayName: p.DisplayName, Kind: p.Kind.String()})
	}
	return out, err
}

func (s *Server) showRoom(r *http.Request) (any, error) {
	v, err := s.rooms.FindRoom(r.PathValue("room"))
	if err != nil {
		return nil, err
	}
	return s.room(&v), nil
}

func privacyOf(word string) (chat.Privacy, error) {
	for _, p := range [...]chat.Privacy{chat.Open, chat.Closed, chat.Secret} {
		if strings.EqualFold(word, p.String()) {
			return p, nil
		}
	}
	return 0, chat.E(chat.KindInvalid, "privacy is open, closed or secret, not "+strconv.Quote(word))
}

func behaviorOf(word string) (chat.Behavior, error) {
	for _, b := range [...]chat.Behavior{chat.Normal, chat.Auditorium} {
		if strings.EqualFold(word, b.String()) {
			return b, nil
		}
	}
	return 0, chat.E(chat.KindInvalid, "type is normal or auditorium, not "+strconv.Quote(word))
}

func invitationsOf(word string) (chat.InvitationSetting, error) {
	for _, i := range [...]chat.InvitationSetting{chat.InvitationsInherit, chat.InvitationsOff} {
		if strings.EqualFold(word, i.String()) {
			return i, nil
		}
	}
	return 0, chat.E(chat.KindInvalid, "invitations is inherit or off, not "+strconv.Quote(word))
}

func orDefault(word, otherwise string) string {
	if word == "" {
		return otherwise
	}
	return word
}

func (s *Server) spec(in *api.NewRoom) (channel.RoomSpec, error) {
	spec := channel.RoomSpec{Name: in.Name, Description: in.Description, Category: in.Category, Addin: in.Addin, Disabled: in.Disabled}
	var err error
	if spec.Privacy, err = privacyOf(orDefault(in.Privacy, "closed")); err != nil {
		return spec, err
	}
	if spec.Behavior, err = behaviorOf(orDefault(in.Type, "normal")); err != nil {
		return spec, err
	}
	if spec.Invitations, err = invitationsOf(orDefault(in.Invitations, "inherit")); err != nil {
		return spec, err
	}
	for _, l := range [...]struct {
		names []string
		at    *[]chat.PrincipalID
	}{{in.Members, &spec.Members}, {in.Managers, &spec.Managers}, {in.Presenters, &spec.Presenters}} {
		if *l.at, err = s.ids(l.names); err != nil {
			return spec, err
		}
	}
	return spec, nil
}

func (s *Server) addRooms(r *http.Request) (any, error) {
	in, err := read[api.Bulk[api.NewRoom]](r)
	if err != nil {
		return nil, err
	}
	var done api.Done
	var specs []channel.RoomSpec
	for i := range in.Items {
		_, err := s.rooms.FindRoom(in.Items[i].Name)
		if err == nil && in.SkipExisting {
			done.Skipped++
			continue
		}
		if err == nil {
			return nil, chat.E(chat.KindDuplicateName, "a room or category is named "+in.Items[i].Name+" already")
		}
		spec, err := s.spec(&in.Items[i])
		if err != nil {
			return nil, err
		}
		specs = append(specs, spec)
	}
	done.Done = len(specs)
	if in.DryRun || len(specs) == 0 {
		return done, s.rooms.CheckRooms(specs)
	}
	_, err = s.rooms.CreateRooms(r.Context(), specs)
	return done, err
}

func (s *Server) changeRoom(r *http.Request) (any, error) {
	in, err := read[api.RoomChange](r)
	if err != nil {
		return nil, err
	}
	patch := channel.RoomPatch{Version: in.Version, Name: in.Name, Description: in.Description, Category: in.Category, Disabled: in.Disabled, Addin: in.Addin}
	for _, l := range [...]struct {
		names *[]string
		at    *channel.ListPatch
	}{{in.Members, &patch.Members}, {in.Managers, &patch.Managers}, {in.Presenters, &patch.Presenters}} {
		if l.names == nil {
			continue
		}
		l.at.Clear = true
		if l.at.Add, err = s.ids(*l.names); err != nil {
			return nil, err
		}
	}
	if in.Privacy != nil {
		p, err := privacyOf(*in.Privacy)
		if err != nil {
			return nil, err
		}
		patch.Privacy = &p
	}
	if in.Type != nil {
		b, err := behaviorOf(*in.Type)
		if err != nil {
			return nil, err
		}
		patch.Behavior = &b
	}
	if in.Invitations != nil {
		i, err := invitationsOf(*in.Invitations)
		if err != nil {
			return nil, err
		}
		patch.Invitations = &i
	}
	changed, err := s.rooms.UpdateRoom(r.Context(), r.PathValue("room"), patch)
	if err != nil {
		return nil, collided(err, func() (any, error) { return s.showRoom(r) })
	}
	v, err := s.rooms.FindRoom(changed.GUID)
	return s.room(&v), err
}

func (s *Server) deleteRoom(r *http.Request) (any, error) {
	return struct{}{}, s.rooms.DeleteRoom(r.Context(), r.PathValue("room"))
}

func (s *Server) grant(r *http.Request) (any, error) {
	in, err := read[api.Bulk[api.Grant]](r)
	if err != nil {
		return nil, err
	}
	grants := make([]channel.GrantSpec, len(in.Items))
	for i, g := range in.Items {
		p, err := s.dir.Find(g.Principal)
		if err != nil {
			return nil, err
		}
		grants[i] = channel.GrantSpec{Room: g.Room, Who: p.ID, Revoke: g.Revoke, Role: -1}
		for _, role := range [...]chat.Role{chat.Member, chat.Manager, chat.Presenter} {
			if strings.EqualFold(g.Role, role.String()) {
				grants[i].Role = role
			}
		}
		if grants[i].Role < 0 {
			return nil, chat.E(chat.KindInvalid, "the role is member, manager or presenter, not "+strconv.Quote(g.Role))
		}
	}
	return api.Done{Done: len(grants)}, s.rooms.Grant(r.Context(), grants, in.DryRun)
}

package wire_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/directory"
)

func makeUsers(ctx context.Context, s *script, names []string) error {
	users := make([]directory.NewUser, len(names))
	for i, name := range names {
		users[i] = directory.NewUser{Name: name, DisplayName: strings.ToUpper(name[:1]) + name[1:] + " Archer", Email: name + "@" + domain}
	}
	made, err := s.server.Directory().CreateUsers(ctx, users)
	for _, p := range made {
		s.vars[p.Name] = p.GUID
	}
	return err
}

func makeGroup(ctx context.Context, s *script, args []string) error {
	g, err := s.server.Directory().CreateGroup(ctx, args[0], args[0])
	s.vars[args[0]] = g.GUID
	if err != nil || len(args) == 1 {
		return err
	}
	members, err := s.who(strings.Join(args[1:], ","))
	if err != nil {
		return err
	}
	return s.server.Directory().Join(ctx, g.ID, members...)
}

func enrol(ctx context.Context, s *script, args []string) error {
	ids, err := s.who(strings.Join(args, ","))
	if err != nil {
		return err
	}
	return s.server.Directory().Join(ctx, ids[0], ids[1:]...)
}

func expel(ctx context.Context, s *script, args []string) error {
	ids, err := s.who(strings.Join(args, ","))
	if err != nil {
		return err
	}
	return s.server.Directory().Leave(ctx, ids[0], ids[1:]...)
}

// options are the name=value words of a line.
func options(args []string, do func(name, value string) error) error {
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		if !ok {
			return fmt.Errorf("%q is not name=value", a)
		}
		if err := do(name, value); err != nil {
			return err
		}
	}
	return nil
}

func unknown(name string) error { return fmt.Errorf("%s is not known here", name) }

func makeCategory(ctx context.Context, s *script, args []string) error {
	spec := channel.CategorySpec{Name: args[0]}
	err := options(args[1:], func(name, value string) (err error) {
		switch name {
		case "description":
			spec.Description = value
		case "allow":
			spec.Allowed, err = s.who(value)
		case "deny":
			spec.Denied, err = s.who(value)
		case "creators":
			spec.Creators, err = s.who(value)
		case "history":
			spec.NoHistory = value == "off"
		case "files":
			spec.Files = value == "on"
		case "invitations":
			spec.Invitations = value == "on"
		default:
			err = unknown(name)
		}
		return err
	})
	if err != nil {
		return err
	}
	c, err := s.server.Channel().CreateCategory(ctx, spec)
	key := strings.ToLower(c.Name)
	s.vars[key], s.vars[key+".uri"] = c.GUID, "ma-cat://"+domain+"/"+c.GUID
	return err
}

func makeRoom(ctx context.Context, s *script, args []string) error {
	spec := channel.RoomSpec{Name: args[0], Privacy: chat.Closed, Invitations: chat.InvitationsInherit}
	err := options(args[1:], func(name, value string) (err error) {
		switch name {
		case "description":
			spec.Description = value
		case "category":
			spec.Category = value
		case "privacy":
			spec.Privacy, err = privacy(value)
		case "type":
			if value == "auditorium" {
				spec.Behavior = chat.Auditorium
			}
		case "invitations":
			if value == "off" {
				spec.Invitations = chat.InvitationsOff
			}
		case "addin":
			spec.Addin = value
		case "disabled":
			spec.Disabled = value == "on"
		case "member":
			spec.Members, err = s.who(value)
		case "manager":
			spec.Managers, err = s.who(value)
		case "presenter":
			spec.Presenters, err = s.who(value)
		default:
			err = unknown(name)
		}
		return err
	})
	if err != nil {
		return err
	}
	rooms, err := s.server.Channel().CreateRooms(ctx, []channel.RoomSpec{spec})
	for _, r := range rooms {
		key := strings.ReplaceAll(strings.ToLower(r.Name), " ", "-")
		s.vars[key], s.vars[key+".uri"] = r.GUID, "ma-chan://"+domain+"/"+r.GUID
	}
	return err
}

func privacy(text string) (chat.Privacy, error) {
	for _, p := range []chat.Privacy{chat.Open, chat.Closed, chat.Secret} {
		if p.String() == text {
			return p, nil
		}
	}
	return 0, unknown(text)
}

// setPolicy sets the global policy, or grants users one of their own.
func setPolicy(ctx context.Context, s *script, args []string) error {
	dir := s.server.Directory()
	policy := chat.Policy{Name: "tag:" + args[1], EnablePersistentChat: args[1] == "on"}
	if args[0] == "*" {
		policy.Name = directory.GlobalPolicy
		_, err := dir.SetPolicy(ctx, policy)
		return err
	}
	ids, err := s.who(args[0])
	if err != nil {
		return err
	}
	if args[1] == "default" {
		return dir.GrantPolicy(ctx, ids, "")
	}
	if _, err := dir.SetPolicy(ctx, policy); err != nil {
		return err
	}
	return dir.GrantPolicy(ctx, ids, policy.Name)
}

// setSettings changes the settings of all scopes.
func setSettings(ctx context.Context, s *script, args []string) error {
	v := s.server.Settings().Settings()
	v.Version = 0
	err := options(args, func(name, value string) (err error) {
		switch name {
		case "limit":
			v.ParticipantUpdateLimit, err = strconv.Atoi(value)
		case "history":
			v.DefaultChatHistory, err = strconv.Atoi(value)
		case "rooms":
			v.RoomManagementURL = value
		default:
			err = unknown(name)
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = s.server.Settings().SetSettings(ctx, v)
	return err
}

// makeAddin registers an add-in.
func makeAddin(ctx context.Context, s *script, args []string) error {
	a, err := s.server.Channel().CreateAddin(ctx, args[0], args[1])
	s.vars[strings.ToLower(args[0])] = a.GUID
	return err
}

// makeWall puts a wall between two groups, or takes it down.
func makeWall(ctx context.Context, s *script, args []string) error {
	if args[1] == "down" {
		return s.server.Channel().DeleteWall(ctx, args[0])
	}
	ids, err := s.who(strings.Join(args[1:], ","))
	if err != nil {
		return err
	}
	_, err = s.server.Channel().CreateWall(ctx, args[0], ids[0], ids[1])
	return err
}

// makeEndpoint gives the pool one more address.
func makeEndpoint(ctx context.Context, s *script, args []string) error {
	_, err := s.server.Settings().CreateEndpoint(ctx, chat.ChatEndpoint{URI: args[0]})
	return err
}

// setActive says which servers take sessions; none: all.
func setActive(ctx context.Context, s *script, args []string) error {
	var p chat.PoolState
	if args[0] != "all" {
		p.Active = args
	}
	_, err := s.server.Settings().SetPool(ctx, p)
	return err
}

// purgeRoom takes everything that was posted until now out of a room; replace
// gives those that hold a word another text.
func purgeRoom(ctx context.Context, s *script, args []string) error {
	_, err := s.server.Channel().Purge(ctx, args[0], chat.At(time.Now()))
	return err
}

func replaceMessages(ctx context.Context, s *script, args []string) error {
	_, err := s.server.Channel().ReplaceMessages(ctx, channel.MessageFilter{Room: args[0], Text: args[1]}, channel.Replacement)
	return err
}

// person makes a verb of what is done with one principal.
func person(s *script, name string, do func(id chat.PrincipalID) error) error {
	ids, err := s.who(name)
	if err != nil {
		return err
	}
	return do(ids[0])
}

func disableUser(ctx context.Context, s *script, args []string) error {
	return person(s, args[0], func(id chat.PrincipalID) error { return s.server.Directory().Disable(ctx, id) })
}

func enableUser(ctx context.Context, s *script, args []string) error {
	return person(s, args[0], func(id chat.PrincipalID) error { return s.server.Directory().Enable(ctx, id) })
}

func removeUser(ctx context.Context, s *script, args []string) error {
	return person(s, args[0], func(id chat.PrincipalID) error { return s.server.Directory().Delete(ctx, id) })
}

func grant(ctx context.Context, s *script, args []string) error  { return s.grant(ctx, args, false) }
func revoke(ctx context.Context, s *script, args []string) error { return s.grant(ctx, args, true) }

func (s *script) grant(ctx context.Context, args []string, off bool) error {
	var grants []channel.GrantSpec
	err := options(args[1:], func(name, value string) error {
		role, ok := map[string]chat.Role{"member": chat.Member, "manager": chat.Manager, "presenter": chat.Presenter}[name]
		if !ok {
			return unknown(name)
		}
		ids, err := s.who(value)
		for _, id := range ids {
			grants = append(grants, channel.GrantSpec{Room: args[0], Role: role, Who: id, Revoke: off})
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.server.Channel().Grant(ctx, grants, false)
}

// change changes a room, or the category of that name.
func change(ctx context.Context, s *script, args []string) error {
	if _, err := s.server.Channel().FindCategory(args[0]); err == nil {
		return s.changeCategory(ctx, args)
	}
	var patch channel.RoomPatch
	err := options(args[1:], func(name, value string) error {
		on := value == "on"
		switch name {
		case "disabled":
			patch.Disabled = &on
		case "name":
			patch.Name = &value
		case "description":
			patch.Description = &value
		case "category":
			patch.Category = &value
		case "privacy":
			p, err := privacy(value)
			patch.Privacy = &p
			return err
		default:
			return unknown(name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = s.server.Channel().UpdateRoom(ctx, args[0], patch)
	return err
}

func (s *script) changeCategory(ctx context.Context, args []string) error {
	var patch channel.CategoryPatch
	err := options(args[1:], func(name, value string) (err error) {
		on := value == "on"
		switch name {
		case "history":
			patch.History = &on
		case "invitations":
			patch.Invitations = &on
		case "allow":
			patch.Allowed.Add, err = s.who(value)
		case "disallow":
			patch.Allowed.Remove, err = s.who(value)
		case "deny":
			patch.Denied.Add, err = s.who(value)
		default:
			err = unknown(name)
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = s.server.Channel().UpdateCategory(ctx, args[0], patch)
	return err
}

func deleteRoom(ctx context.Context, s *script, args []string) error {
	return s.server.Channel().DeleteRoom(ctx, args[0])
}

// fill stores "message 1", "message 2" and so on as posted a second apart.
func fill(ctx context.Context, s *script, args []string) error {
	room, err := s.server.Channel().FindRoom(args[0])
	if err != nil {
		return err
	}
	author, err := s.server.Directory().Find(args[1])
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	if s.server.Channel().Status().LiveRooms > 0 {
		return errors.New("rooms are filled before anybody joins")
	}
	var b chat.Batch
	for i := 1; i <= n; i++ {
		b.Drafts = append(b.Drafts, chat.Draft{
			Room: room.ID, Author: author.ID, AuthorURI: author.URI, AuthorName: author.DisplayName,
			At: chat.At(s.began.Add(time.Duration(i-n) * time.Second)), Text: "message " + strconv.Itoa(i),
		})
		b.Origins = append(b.Origins, chat.Origin{RoomGUID: room.GUID, RoomName: room.Name})
	}
	_, err = s.store.Append(ctx, b)
	return err
}

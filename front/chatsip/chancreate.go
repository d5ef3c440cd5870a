package chatsip

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/xccos"
)

// chancreate creates a room (XCCOS 4.15).
func chancreate(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	f := p.RoomForm()
	if f.Name == nil || f.Parent == nil {
		return nil, chat.E(chat.KindInvalid, "a room needs a name and a parent")
	}
	patch, err := l.patch(&f)
	if err != nil {
		return nil, err
	}
	spec := channel.RoomSpec{
		Name: *f.Name, Category: *f.Parent, Privacy: chat.Closed, Invitations: chat.InvitationsInherit,
		Members: patch.Members.Add, Managers: patch.Managers.Add, Presenters: patch.Presenters.Add,
	}
	take(&spec.Description, patch.Description)
	take(&spec.Privacy, patch.Privacy)
	take(&spec.Behavior, patch.Behavior)
	take(&spec.Invitations, patch.Invitations)
	take(&spec.Addin, patch.Addin)
	take(&spec.Disabled, patch.Disabled)
	room, err := x.CreateRoom(ctx, spec)
	if err != nil {
		return nil, err
	}
	return l.list([]channel.RoomView{room}), nil
}

// chanmodify changes a room, whole lists of roles and its category included. The
// updatedOn of the copy that was edited is the optimistic lock (XCCOS 4.15).
func chanmodify(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	guid, err := l.room(p)
	if err != nil {
		return nil, err
	}
	f := p.RoomForm()
	old, err := x.Room(ctx, guid)
	if err != nil {
		return nil, err
	}
	patch, err := l.patch(&f)
	if err != nil {
		return nil, err
	}
	if !f.UpdatedOn.IsZero() {
		if chat.At(f.UpdatedOn) != old.Room.Audit.UpdatedAt {
			return nil, chat.E(chat.KindCollision, "the room was changed meanwhile")
		}
		patch.Version = old.Version
	}
	room, err := x.UpdateRoom(ctx, guid, patch)
	if err != nil {
		return nil, err
	}
	return l.list([]channel.RoomView{room}), nil
}

func take[T any](at *T, from *T) {
	if from != nil {
		*at = *from
	}
}

// patch reads a form.
func (l *link) patch(f *xccos.RoomForm) (channel.RoomPatch, error) {
	patch := channel.RoomPatch{Name: f.Name, Description: f.Description, Category: f.Parent, Addin: f.Addin, Disabled: f.Disabled}
	var err error
	if f.Visibility != nil {
		if patch.Privacy, err = privacyOf(*f.Visibility); err != nil {
			return patch, err
		}
	}
	if f.Behavior != nil {
		if patch.Behavior, err = behaviorOf(*f.Behavior); err != nil {
			return patch, err
		}
	}
	if f.Invite != nil {
		setting := chat.InvitationsOff
		if *f.Invite {
			setting = chat.InvitationsInherit
		}
		patch.Invitations = &setting
	}
	for _, role := range [...]struct {
		given *[]string
		list  *channel.ListPatch
	}{{f.Members, &patch.Members}, {f.Managers, &patch.Managers}, {f.Presenters, &patch.Presenters}} {
		if role.given == nil {
			continue
		}
		role.list.Clear = true
		if role.list.Add, err = l.people(*role.given); err != nil {
			return patch, err
		}
	}
	return patch, nil
}

// people resolves addresses.
func (l *link) people(uris []string) ([]chat.PrincipalID, error) {
	ids := make([]chat.PrincipalID, len(uris))
	for i, uri := range uris {
		p, ok := l.front.dir.FindURI(uri)
		if !ok {
			return nil, chat.E(chat.KindNoSuchPrincipal, "nobody has the address "+uri)
		}
		ids[i] = p.ID
	}
	return ids, nil
}

func privacyOf(word string) (*chat.Privacy, error) {
	for i, name := range visibilities {
		if word == name {
			p := chat.Privacy(i)
			return &p, nil
		}
	}
	return nil, chat.E(chat.KindInvalid, "the visibility is OPEN, SCOPED or PRIVATE")
}

func behaviorOf(word string) (*chat.Behavior, error) {
	b := chat.Normal
	switch word {
	case "NORMAL":
	case "AUDITORIUM":
		b = chat.Auditorium
	default:
		return nil, chat.E(chat.KindInvalid, "the behavior is NORMAL or AUDITORIUM")
	}
	return &b, nil
}

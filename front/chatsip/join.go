package chatsip

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/xccos"
)

// join enters one room (XCCOS 4.4).
func join(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	guid, err := l.room(p)
	if err != nil {
		return nil, err
	}
	outcome := x.Join(ctx, []string{guid})
	if outcome[0].Err != nil {
		return nil, outcome[0].Err
	}
	return l.joined(outcome, nil), nil
}

// joined appends the participants, the rooms with their permission masks, and
// the rooms that failed, failed among them. A participant stands in one aib of a
// room (SIPE 6.2).
func (l *link) joined(outcome []channel.Joined, failed []xccos.FIB) func([]byte) []byte {
	j := xccos.Joined{Failed: failed}
	number := map[chat.PrincipalID]int{}
	for i := range outcome {
		o := &outcome[i]
		if o.Err != nil {
			j.Failed = append(j.Failed, xccos.FIB{Key: xccos.OperationFailed, Domain: l.front.cfg.Domain, Value: o.GUID})
			continue
		}
		room := l.front.chanib(&o.Room)
		room.Users = max(room.Users, len(o.People))
		for _, person := range o.People {
			id, known := number[person.User.ID]
			if !known {
				id = len(j.Users)
				number[person.User.ID] = id
				j.Users = append(j.Users, uib(id, &person.User))
			}
			room.AIB = addTo(room.AIB, int(person.Permission), id)
		}
		j.Rooms = append(j.Rooms, room)
	}
	return func(dst []byte) []byte { return xccos.AppendJoined(dst, &j) }
}

// addTo lists a participant under his mask.
func addTo(aibs []xccos.AIB, mask, id int) []xccos.AIB {
	for i := range aibs {
		if aibs[i].Key == mask {
			aibs[i].Value = append(aibs[i].Value, id)
			return aibs
		}
	}
	return append(aibs, xccos.AIB{Key: mask, Value: []int{id}})
}

// uib describes a user (XCCOS 3.4).
func uib(id int, p *chat.Principal) xccos.UIB {
	return xccos.UIB{
		ID: id, URI: p.URI, GUID: p.GUID, Type: int(p.Kind), Name: p.Name, Display: p.DisplayName,
		Disabled: p.State != chat.PrincipalActive,
	}
}

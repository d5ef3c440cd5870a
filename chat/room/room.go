// Package room is a live room as a state machine: who has joined from where,
// whether the room is large, and its newest messages. Each call is an event;
// what it returns is what the shell has to do.
//
// It promises: one notice when a user's first endpoint enters and one when his
// last one leaves; no such notice while the room is large (XCCOS 7.4); the
// newest messages in order without holes.
//
// It has no lock, no clock and no I/O: whoever holds it orders the calls. It
// does not decide rights (chat/access does) and does not know what a seat is.
package room

import "perch/chat"

// Room is the state of one live room. S names one endpoint that has joined.
type Room[S comparable] struct {
	limit  int // participants above which the room is large
	large  bool
	seats  []S
	places map[S]int // where a seat stands in seats
	owners []chat.PrincipalID
	people map[chat.PrincipalID]*person
}

type person struct {
	mask  chat.Permission
	seats int
}

// Notice is what the others are to be told.
type Notice int

// Notices.
const (
	Nothing Notice = iota
	Entered        // the user has joined
	Left           // the user has parted
)

// New returns an empty room that is large above limit participants.
func New[S comparable](limit int) *Room[S] {
	return &Room[S]{limit: limit, places: map[S]int{}, people: map[chat.PrincipalID]*person{}}
}

// Join seats an endpoint of a user, who has the given permissions. An endpoint
// that is seated already stays so.
func (r *Room[S]) Join(s S, user chat.PrincipalID, mask chat.Permission) Notice {
	if _, seated := r.places[s]; seated {
		return Nothing
	}
	r.places[s] = len(r.seats)
	r.seats = append(r.seats, s)
	r.owners = append(r.owners, user)
	p := r.people[user]
	if p == nil {
		p = &person{}
		r.people[user] = p
	}
	p.mask = mask
	p.seats++
	if p.seats > 1 {
		return Nothing
	}
	r.measure()
	if r.large {
		return Nothing
	}
	return Entered
}

// Part takes an endpoint's seat away; false if it had none.
func (r *Room[S]) Part(s S) (Notice, bool) {
	i, seated := r.places[s]
	if !seated {
		return Nothing, false
	}
	user := r.owners[i]
	last := len(r.seats) - 1
	r.seats[i], r.owners[i] = r.seats[last], r.owners[last]
	r.places[r.seats[i]] = i
	var none S
	r.seats[last] = none
	r.seats, r.owners = r.seats[:last], r.owners[:last]
	delete(r.places, s)

	p := r.people[user]
	p.seats--
	if p.seats > 0 {
		return Nothing, true
	}
	delete(r.people, user)
	quiet := r.large
	r.measure()
	if quiet {
		return Nothing, true
	}
	return Left, true
}

// measure makes the room large above the limit, and normal again below 80 % of
// it (XCCOS 7.4).
func (r *Room[S]) measure() {
	n := len(r.people)
	switch {
	case n > r.limit:
		r.large = true
	case n*5 < r.limit*4:
		r.large = false
	}
}

// SetMask changes a user's permissions; false if he has not joined or had them
// already.
func (r *Room[S]) SetMask(user chat.PrincipalID, mask chat.Permission) bool {
	p := r.people[user]
	if p == nil || p.mask == mask {
		return false
	}
	p.mask = mask
	return true
}

// SetLimit changes the number of participants above which the room is large.
func (r *Room[S]) SetLimit(limit int) {
	r.limit = limit
	r.measure()
}

// Large says that notices and participant lists are suspended.
func (r *Room[S]) Large() bool { return r.large }

// Seats are all endpoints that have joined. The slice is the room's own, good
// until the next event.
func (r *Room[S]) Seats() []S { return r.seats }

// Seated says whether an endpoint has joined.
func (r *Room[S]) Seated(s S) bool { _, ok := r.places[s]; return ok }

// Owner is the user of the i-th seat.
func (r *Room[S]) Owner(i int) chat.PrincipalID { return r.owners[i] }

// Participants counts the users who have joined.
func (r *Room[S]) Participants() int { return len(r.people) }

// Mask is a participant's permission mask.
func (r *Room[S]) Mask(user chat.PrincipalID) (chat.Permission, bool) {
	p := r.people[user]
	if p == nil {
		return 0, false
	}
	return p.mask, true
}

// List is whom a user who has just joined is shown: everybody, or in a large
// room only himself.
func (r *Room[S]) List(joiner chat.PrincipalID) map[chat.PrincipalID]chat.Permission {
	if r.large {
		return map[chat.PrincipalID]chat.Permission{joiner: r.people[joiner].mask}
	}
	return r.All()
}

// All are the participants, also of a large room.
func (r *Room[S]) All() map[chat.PrincipalID]chat.Permission {
	list := make(map[chat.PrincipalID]chat.Permission, len(r.people))
	for id, p := range r.people {
		list[id] = p.mask
	}
	return list
}

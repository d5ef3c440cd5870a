package channel

import (
	"cmp"
	"context"
	"slices"
	"time"

	"perch/chat"
)

// Usage is what happened in a span of time: what the original's resource kit
// reported (pchat 3, ChatUsageReport).
type Usage struct {
	From, Until  chat.Time
	Posts        int
	ActiveUsers  int // who posted or joined
	Joins        int
	Searches     int
	Rooms        int // there are now
	EnabledRooms int
	Days         []UsageDay // from the first to the last
	Users        []UserUsage
	// TopRooms have the most posts, QuietRooms the fewest; Inactive had none.
	TopRooms, QuietRooms, Inactive []RoomUsage
}

// UsageDay is one day, UTC.
type UsageDay struct {
	Day                     time.Time
	Posts, Users, RoomsUsed int
}

// UserUsage is what one user did.
type UserUsage struct {
	URI, Name    string
	Posts, Rooms int
}

// RoomUsage is what happened in one room. Last is the newest post of the span.
type RoomUsage struct {
	Room         RoomRef
	Category     string
	Posts, Users int
	Last         chat.Time
}

// UsageQuery says what to report; the numbers are how many to name.
type UsageQuery struct {
	From, Until               chat.Time // From <= At < Until
	TopUsers, TopRooms, Quiet int
	InactiveSince             chat.Time // rooms without a post since; zero: none are listed
}

// Usage reads the journal of a span of time and counts. It needs memory for the
// people and rooms that were active, not for the posts.
func (s *Service) Usage(ctx context.Context, q UsageQuery) (Usage, error) {
	c := newCounter(&q)
	since := q.From
	if q.InactiveSince != 0 {
		since = min(since, q.InactiveSince)
	}
	after, err := s.entryBefore(ctx, since)
	if err != nil {
		return Usage{}, err
	}
	for {
		entries, err := s.store.ListEntries(ctx, after, usageBatch)
		if err != nil {
			return Usage{}, err
		}
		for i := range entries {
			c.count(&entries[i])
		}
		if len(entries) < usageBatch {
			return s.summary(c), nil
		}
		after = entries[len(entries)-1].ID
	}
}

const usageBatch = 5000

// entryBefore is a place in the journal before everything of a time: clocks are
// set back by an hour at most.
func (s *Service) entryBefore(ctx context.Context, at chat.Time) (chat.EntryID, error) {
	head, err := s.store.JournalHead(ctx)
	if err != nil {
		return 0, err
	}
	at -= chat.Time(time.Hour / time.Microsecond)
	low, high := chat.EntryID(0), head
	for low < high {
		mid := (low + high) / 2
		e, err := s.store.ListEntries(ctx, mid, 1)
		if err != nil {
			return 0, err
		}
		if len(e) > 0 && e[0].At < at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, nil
}

// counter counts entries.
type counter struct {
	q      *UsageQuery
	out    Usage
	people map[chat.PrincipalID]*userCount
	rooms  map[chat.RoomID]*roomCount
	days   map[int64]*dayCount
	since  map[chat.RoomID]bool // rooms with a post since InactiveSince
}

type (
	userCount struct {
		uri   string
		posts int
		rooms map[chat.RoomID]bool
	}
	roomCount struct {
		posts int
		users map[chat.PrincipalID]bool
		last  chat.Time
	}
	dayCount struct {
		posts int
		users map[chat.PrincipalID]bool
		rooms map[chat.RoomID]bool
	}
)

func newCounter(q *UsageQuery) *counter {
	return &counter{
		q: q, out: Usage{From: q.From, Until: q.Until}, people: map[chat.PrincipalID]*userCount{},
		rooms: map[chat.RoomID]*roomCount{}, days: map[int64]*dayCount{}, since: map[chat.RoomID]bool{},
	}
}

func (c *counter) count(e *chat.Entry) {
	if e.Kind == chat.EntryPost && c.q.InactiveSince != 0 && e.At >= c.q.InactiveSince {
		c.since[e.Room] = true
	}
	if e.At < c.q.From || e.At >= c.q.Until {
		return
	}
	switch e.Kind {
	case chat.EntryPost:
		c.out.Posts++
		c.post(e)
	case chat.EntryJoin:
		c.out.Joins++
		c.person(e)
	case chat.EntrySearch:
		c.out.Searches++
	default: // not usage
	}
}

func (c *counter) person(e *chat.Entry) *userCount {
	u := c.people[e.Actor]
	if u == nil {
		u = &userCount{uri: e.ActorURI, rooms: map[chat.RoomID]bool{}}
		c.people[e.Actor] = u
	}
	return u
}

func (c *counter) post(e *chat.Entry) {
	u := c.person(e)
	u.posts++
	u.rooms[e.Room] = true
	r := c.rooms[e.Room]
	if r == nil {
		r = &roomCount{users: map[chat.PrincipalID]bool{}}
		c.rooms[e.Room] = r
	}
	r.posts++
	r.users[e.Actor] = true
	r.last = max(r.last, e.At)
	day := e.At.Std().Truncate(24 * time.Hour).Unix()
	d := c.days[day]
	if d == nil {
		d = &dayCount{users: map[chat.PrincipalID]bool{}, rooms: map[chat.RoomID]bool{}}
		c.days[day] = d
	}
	d.posts++
	d.users[e.Actor], d.rooms[e.Room] = true, true
}

// summary makes the report of what was counted.
func (s *Service) summary(c *counter) Usage {
	out := c.out
	out.ActiveUsers = len(c.people)
	for day, d := range c.days {
		out.Days = append(out.Days, UsageDay{Day: time.Unix(day, 0).UTC(), Posts: d.posts, Users: len(d.users), RoomsUsed: len(d.rooms)})
	}
	slices.SortFunc(out.Days, func(a, b UsageDay) int { return a.Day.Compare(b.Day) })
	out.Users = s.topUsers(c)
	var rooms []RoomUsage
	for _, r := range s.allRooms() {
		p, ok := s.catalog.placeOf(r.ID)
		if !ok || p.Category == nil {
			continue
		}
		out.Rooms++
		u := RoomUsage{Room: refOf(r), Category: p.Category.Name}
		if n := c.rooms[r.ID]; n != nil {
			u.Posts, u.Users, u.Last = n.posts, len(n.users), n.last
		}
		if r.Disabled {
			continue
		}
		out.EnabledRooms++
		rooms = append(rooms, u)
		if c.q.InactiveSince != 0 && !c.since[r.ID] {
			out.Inactive = append(out.Inactive, u)
		}
	}
	slices.SortStableFunc(rooms, func(a, b RoomUsage) int { return cmp.Compare(b.Posts, a.Posts) })
	out.TopRooms = slices.Clone(rooms[:min(c.q.TopRooms, len(rooms))])
	slices.Reverse(rooms)
	out.QuietRooms = rooms[:min(c.q.Quiet, len(rooms))]
	return out
}

func (s *Service) topUsers(c *counter) []UserUsage {
	var users []UserUsage
	for id, u := range c.people {
		if u.posts == 0 {
			continue
		}
		p, _ := s.dir.FindPrincipal(id)
		users = append(users, UserUsage{URI: u.uri, Name: cmp.Or(p.DisplayName, u.uri), Posts: u.posts, Rooms: len(u.rooms)})
	}
	slices.SortFunc(users, func(a, b UserUsage) int { return cmp.Or(cmp.Compare(b.Posts, a.Posts), cmp.Compare(a.URI, b.URI)) })
	return users[:min(c.q.TopUsers, len(users))]
}

package channel_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/chat/access"
	"perch/chat/chattest"
	"perch/directory"
)

// planned is the original's planning model (pchat 9): 33,077 rooms with 731,088
// entries in their lists, people with 100 to 200 affiliations.
type planned struct {
	svc   *channel.Service
	dir   *directory.Service
	users []chat.PrincipalID
	rooms []chat.Room
	aces  int
}

const (
	modelUsers  = 20_000 // the rights of one do not depend on how many there are
	modelGroups = 3_000

	smallRooms  = 32_000
	mediumRooms = 1_067
	largeRooms  = 10
)

// newPlanned builds the model over a store in memory.
func newPlanned(tb testing.TB) *planned {
	tb.Helper()
	ctx := context.Background()
	store := chattest.NewStore()
	m := &planned{}
	var err error
	if m.dir, err = directory.Open(ctx, directory.Config{Domain: "example.test", Now: time.Now, Log: discard}, store); err != nil {
		tb.Fatal(err)
	}
	list := make([]directory.NewUser, modelUsers)
	for i := range list {
		list[i].Name = fmt.Sprint("u", i)
	}
	made, err := m.dir.CreateUsers(ctx, list)
	if err != nil {
		tb.Fatal(err)
	}
	for i := range made {
		m.users = append(m.users, made[i].ID)
	}
	groups := m.nest(ctx, tb)
	m.svc = channel.New(channel.Config{Domain: "example.test", Now: time.Now, Log: discard}, store, m.dir)
	if err := m.svc.Start(ctx); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = m.svc.Stop(ctx) }) // it has nothing to lose
	m.fill(ctx, tb, groups)
	return m
}

// nest makes groups of which a tenth hold the others, so that each user who is in
// a few has the affiliations of the model.
func (m *planned) nest(ctx context.Context, tb testing.TB) []chat.PrincipalID {
	rnd := rand.New(rand.NewPCG(1, 2))
	var groups []chat.PrincipalID
	for i := range modelGroups {
		g, err := m.dir.CreateGroup(ctx, fmt.Sprint("g", i), "")
		if err != nil {
			tb.Fatal(err)
		}
		groups = append(groups, g.ID)
	}
	leaves, above := groups[modelGroups/10:], groups[:modelGroups/10]
	for _, up := range above { // each holds many leaves
		var held []chat.PrincipalID
		for range len(leaves) / 22 {
			held = append(held, leaves[rnd.IntN(len(leaves))])
		}
		if err := m.dir.Join(ctx, up, held...); err != nil {
			tb.Fatal(err)
		}
	}
	for _, leaf := range leaves {
		var held []chat.PrincipalID
		for range len(m.users) * 11 / len(leaves) {
			held = append(held, m.users[rnd.IntN(len(m.users))])
		}
		if err := m.dir.Join(ctx, leaf, held...); err != nil {
			tb.Fatal(err)
		}
	}
	return groups
}

// fill makes the rooms: half of the memberships direct, half by group.
func (m *planned) fill(ctx context.Context, tb testing.TB, groups []chat.PrincipalID) {
	if _, err := m.svc.CreateCategory(ctx, channel.CategorySpec{Name: "All", Allowed: []chat.PrincipalID{m.dir.Domain()}, Invitations: true}); err != nil {
		tb.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	some := func(from []chat.PrincipalID, n int) (out []chat.PrincipalID) {
		for range n {
			out = append(out, from[rnd.IntN(len(from))])
		}
		return out
	}
	var specs []channel.RoomSpec
	add := func(kind string, n, direct, byGroup int) {
		for i := range n {
			s := channel.RoomSpec{
				Name: fmt.Sprint(kind, " ", i), Category: "All", Privacy: chat.Closed, Invitations: chat.InvitationsInherit,
				Managers: some(m.users, 6), Members: append(some(m.users, direct), some(groups, byGroup)...),
			}
			if i%33 == 0 {
				s.Privacy = chat.Open
			}
			specs = append(specs, s)
		}
	}
	add("small", smallRooms, 13, 3)
	add("medium", mediumRooms, 15, 4)
	add("large", largeRooms, 0, 10)
	rooms, err := m.svc.CreateRooms(ctx, specs)
	if err != nil {
		tb.Fatal(err)
	}
	m.rooms = rooms
	for i := range rooms {
		m.aces += len(rooms[i].Members) + len(rooms[i].Managers) + len(rooms[i].Presenters)
	}
}

// BenchmarkRights asks whether somebody may post in a room of the model: the
// subject, his affiliations, the room and the table of rules. A user asks about
// as many rooms as he has, as at sign-in, and then comes another one.
func BenchmarkRights(b *testing.B) {
	m := newPlanned(b)
	up := 0
	for _, u := range m.users {
		up += len(m.dir.Affiliations(u))
	}
	rnd := rand.New(rand.NewPCG(5, 6))
	const roomsOfUser = 24
	b.ReportAllocs()
	user := m.users[0]
	for i := 0; b.Loop(); i++ {
		if i%roomsOfUser == 0 {
			user = m.users[rnd.IntN(len(m.users))]
		}
		if _, err := m.svc.Explain(user, access.Post, m.rooms[rnd.IntN(len(m.rooms))].GUID); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(m.aces), "entries")
	b.ReportMetric(float64(up)/float64(len(m.users)), "affiliations")
}

// BenchmarkInvitations computes what a user of the model is invited to.
func BenchmarkInvitations(b *testing.B) {
	m := newPlanned(b)
	x, err := m.svc.Open(context.Background(), channel.Opening{User: m.users[17], Endpoint: "a", Sink: &sink{}})
	if err != nil {
		b.Fatal(err)
	}
	list, err := x.Invitations(b.Context(), 0)
	if err != nil {
		b.Fatal(err)
	}
	last := list[len(list)-1].ID
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.Invitations(b.Context(), last); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(list)), "rooms")
}

// BenchmarkGrant makes one person a member, and a group of thousands: both cost
// the same, because nobody's invitation is stored.
func BenchmarkGrant(b *testing.B) {
	m := newPlanned(b)
	ctx := context.Background()
	big, err := m.dir.CreateGroup(ctx, "big", "")
	if err != nil {
		b.Fatal(err)
	}
	if err := m.dir.Join(ctx, big.ID, m.users[:16_000]...); err != nil {
		b.Fatal(err)
	}
	for name, who := range map[string]chat.PrincipalID{"person": m.users[0], "group of 16000": big.ID} {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				g := channel.GrantSpec{Room: m.rooms[7].GUID, Role: chat.Member, Who: who, Revoke: i%2 == 1}
				if err := m.svc.Grant(ctx, []channel.GrantSpec{g}, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package directory_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"perch/chat"
	"perch/directory"
)

// The model has 80,000 users, each with 100 to 200 affiliations (pchat 9.1).
const modelUsers = 80_000

// model is a store that holds the model and gives numbers, but keeps nothing.
type model struct {
	chat.Store
	principals  []chat.Principal
	memberships []chat.Membership
	given       chat.InvitationID
}

func newModel() *model {
	m := &model{}
	add := func(kind chat.PrincipalKind, uri, name, display string) chat.PrincipalID {
		id := chat.PrincipalID(len(m.principals) + 1)
		m.principals = append(m.principals, chat.Principal{ID: id, GUID: fmt.Sprintf("%032x", id), Kind: kind, URI: uri, Name: name, DisplayName: display})
		return id
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	join := func(member chat.PrincipalID, groups []chat.PrincipalID, n int) {
		for _, i := range rnd.Perm(len(groups))[:n] {
			m.given++
			m.memberships = append(m.memberships, chat.Membership{Group: groups[i], Member: member, Since: m.given})
		}
	}
	add(chat.KindDomain, "ma-grp:0@u.g", "example.test", "example.test")
	// Groups in groups, four deep: 10, 100, 1,000, 4,000.
	var levels [4][]chat.PrincipalID
	for i, n := range [...]int{10, 100, 1000, 4000} {
		for j := range n {
			name := fmt.Sprintf("g%d-%d", i, j)
			g := add(chat.KindGroup, "ma-grp:"+name+"@u.g", name, fmt.Sprint("Group ", j, " of level ", i))
			if i > 0 {
				join(g, levels[i-1], 2)
			}
			levels[i] = append(levels[i], g)
		}
	}
	for i := range modelUsers {
		name := fmt.Sprintf("user%05d", i)
		u := add(chat.KindUser, "sip:"+name+"@example.test", name, fmt.Sprintf("Given%d van Family%d", i%1000, i))
		for n := range 20 { // as rnd.Perm, but quickly
			m.given++
			m.memberships = append(m.memberships, chat.Membership{Group: levels[3][(i*7+n*199+rnd.IntN(199))%4000], Member: u, Since: m.given})
		}
		join(u, levels[1], 4)
	}
	return m
}

func (m *model) ListPrincipals(context.Context) ([]chat.Principal, error) {
	return append([]chat.Principal(nil), m.principals...), nil
}

func (m *model) ListMemberships(context.Context) ([]chat.Membership, error) {
	return m.memberships, nil
}

func (m *model) ListObjects(context.Context, chat.ObjectKind) ([]chat.Object, error) { return nil, nil }

func (m *model) UpdateObjects(_ context.Context, o []chat.Object, _ []chat.Entry) ([]chat.Object, error) {
	out := append([]chat.Object(nil), o...)
	for i := range out {
		out[i].Version++
	}
	return out, nil
}

func (m *model) UpdateMemberships(_ context.Context, add, _ []chat.Membership, _ []chat.Entry) ([]chat.Membership, error) {
	out := append([]chat.Membership(nil), add...)
	for i := range out {
		m.given++
		out[i].Since = m.given
	}
	return out, nil
}

func openModel(b *testing.B, m *model) *directory.Service {
	d, err := directory.Open(b.Context(), directory.Config{Domain: "example.test", Now: time.Now, Log: slog.New(slog.DiscardHandler)}, m)
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// BenchmarkOpen: a start with the model.
func BenchmarkOpen(b *testing.B) {
	m := newModel()
	b.ReportAllocs()
	for b.Loop() {
		openModel(b, m)
	}
}

// BenchmarkAffiliations: the first question for a user, and every other.
func BenchmarkAffiliations(b *testing.B) {
	m := newModel()
	first := m.principals[len(m.principals)-modelUsers].ID
	b.Run("first", func(b *testing.B) {
		var d *directory.Service
		i, sum := 0, 0
		b.ReportAllocs()
		for b.Loop() {
			if i%modelUsers == 0 {
				b.StopTimer()
				d = openModel(b, m)
				b.StartTimer()
			}
			sum += len(d.Affiliations(first + chat.PrincipalID(i%modelUsers)))
			i++
		}
		b.ReportMetric(float64(sum)/float64(i), "affiliations")
	})
	d := openModel(b, m)
	for i := range chat.PrincipalID(modelUsers) {
		d.Affiliations(first + i)
	}
	b.Run("again", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			d.Affiliations(first + chat.PrincipalID(i%modelUsers))
		}
	})
	b.Run("since", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			d.AffiliatedSince(first + chat.PrincipalID(i%modelUsers))
		}
	})
}

// BenchmarkChange: what a change costs the directory beside its store.
func BenchmarkChange(b *testing.B) {
	m := newModel()
	d := openModel(b, m)
	first := m.principals[len(m.principals)-modelUsers].ID
	var users []chat.PrincipalID
	for i := range chat.PrincipalID(modelUsers) {
		users = append(users, first+i)
		d.Affiliations(first + i)
	}
	b.Run("one member", func(b *testing.B) {
		for b.Loop() {
			check(b, d.Join(b.Context(), 2, users[0]))
			check(b, d.Leave(b.Context(), 2, users[0]))
		}
	})
	b.Run("all members", func(b *testing.B) {
		for b.Loop() {
			check(b, d.Join(b.Context(), 2, users...))
			check(b, d.Leave(b.Context(), 2, users...))
		}
	})
	b.Run("group in group", func(b *testing.B) {
		for b.Loop() {
			check(b, d.Join(b.Context(), 2, 3))
			check(b, d.Leave(b.Context(), 2, 3))
		}
	})
	b.Run("policy", func(b *testing.B) {
		on := false
		for b.Loop() {
			on = !on
			_, err := d.SetPolicy(b.Context(), chat.Policy{Name: directory.GlobalPolicy, EnablePersistentChat: on})
			check(b, err)
		}
	})
	b.Run("preview", func(b *testing.B) {
		for b.Loop() {
			d.Preview([]chat.Membership{{Group: 2, Member: users[0]}}, nil).Affiliations(users[0])
		}
	})
	b.Run("search", func(b *testing.B) {
		for b.Loop() {
			d.SearchPrincipals("family7777")
		}
	})
}

func check(b *testing.B, err error) {
	if err != nil {
		b.Fatal(err)
	}
}

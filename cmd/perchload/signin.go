package main

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"perch/probe"
)

// signin is the scenario of a morning storm: everybody signs in at once,
// joins his followed rooms and reads their newest messages.
type signin struct {
	Users    int `help:"Users who sign in." default:"5000"`
	Follow   int `help:"Rooms that each follows." default:"24"`
	Members  int `help:"Members of each room." default:"10"`
	Messages int `help:"Messages read in each room." default:"25"`
	Workers  int `help:"Users signing in at the same time." default:"64"`
}

// Run drives the scenario.
func (f *signin) Run(ctx context.Context, t *target) error {
	s, err := connect(ctx, t)
	if err != nil {
		return err
	}
	users, err := s.users(ctx, f.Users)
	if err != nil {
		return err
	}
	n := f.Users * f.Follow / f.Members
	where, err := s.rooms(ctx, "load storm", n, func(i int) []string { return f.membersOf(users, i) })
	if err != nil {
		return err
	}
	if err := s.seed(ctx, users, where, f.Messages, func(i int) int { return (i * f.Members) % f.Users }); err != nil {
		return err
	}
	if err := s.collect(ctx); err != nil {
		return err
	}
	links := make([]*probe.Conn, f.Users)
	defer func() {
		for _, l := range links {
			if l != nil {
				l.Close()
			}
		}
	}()
	took := make([]time.Duration, f.Users)
	var messages atomic.Int64
	m, err := startMeter(s.pid)
	if err != nil {
		return err
	}
	err = inParallel(f.Users, f.Workers, func(i int) error {
		start := time.Now()
		l, err := dial(ctx, s.addr)
		if err != nil {
			return err
		}
		links[i] = l
		got, err := f.one(ctx, probe.NewEndpoint(l, users[i], s.domain), s.domain, f.followed(where, i))
		messages.Add(int64(got))
		took[i] = time.Since(start)
		return err
	})
	if err != nil {
		return err
	}
	u, err := m.stop()
	if err != nil {
		return err
	}
	r := report{Scenario: fmt.Sprintf("signin: %d users, each in %d of %d rooms of %d", f.Users, f.Follow, n, f.Members)}
	r.add("complete sign-ins/s", float64(f.Users)/u.wall.Seconds(), "1/s")
	r.add("messages of history read", float64(messages.Load()), "")
	r.add("server CPU a sign-in", micros(u.server)/float64(f.Users)/1000, "ms")
	r.addCPU(u)
	r.addLatencies("sign-in", took)
	return r.print(t.JSON)
}

// Room i holds the Members users that follow one another in the circle of all
// users, so that user u is in the rooms whose run covers him: Follow of them.
func (f *signin) membersOf(users []string, i int) []string {
	out := make([]string, f.Members)
	for k := range out {
		out[k] = users[(i*f.Members+k)%len(users)]
	}
	return out
}

func (f *signin) followed(where []probe.Room, user int) []probe.Room {
	var out []probe.Room
	perLap := f.Users / f.Members
	for lap := range f.Follow {
		out = append(out, where[lap*perLap+user/f.Members])
	}
	return out
}

// one signs one user in the way a Lync 2013 client does (XCCOS 8.1) and
// returns how many messages of history he read.
func (f *signin) one(ctx context.Context, ep *probe.Endpoint, domain string, follow []probe.Room) (int, error) {
	const self = `<roamingList xmlns="http://schemas.microsoft.com/2006/09/sip/roaming-self"><roaming type="categories"/><roaming type="containers"/><roaming type="subscribers"/></roamingList>`
	if err := ep.SignIn(ctx, ""); err != nil {
		return 0, err
	}
	if _, err := ep.Subscribe(ctx, "vnd-microsoft-roaming-contacts", "", ""); err != nil {
		return 0, err
	}
	p, err := ep.Provisioning(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := ep.Subscribe(ctx, "vnd-microsoft-roaming-self", "application/vnd-microsoft-roaming-self+xml", self); err != nil {
		return 0, err
	}
	if err := publish(ctx, ep); err != nil {
		return 0, err
	}
	if err := ep.OpenChat(ctx, p.Pool); err != nil {
		return 0, err
	}
	for _, cmd := range [][2]string{
		{"getserverinfo", `<sib domain="` + domain + `" infoType="123"/>`},
		{"getassociations", `<association domain="` + domain + `" type="MEMBER" maxResults="1000"/>`},
		{"getassociations", `<association domain="` + domain + `" type="MANAGER" maxResults="1000"/>`},
		{"bjoin", chanids(follow)},
	} {
		if _, err := ep.Command(ctx, cmd[0], cmd[1]); err != nil {
			return 0, err
		}
	}
	got := 0
	for _, r := range follow {
		body, err := ep.Command(ctx, "bccontext", fmt.Sprintf(`<chanib uri="%s"/><bcq><last cnt="%d"/></bcq>`, r.URI(), f.Messages))
		if err != nil {
			return got, err
		}
		got += strings.Count(string(body), "<msg ")
	}
	_, err = ep.Command(ctx, "getinv", `<inv inviteId="1" domain="`+domain+`"/>`)
	return got, err
}

func chanids(rs []probe.Room) string {
	var b strings.Builder
	for i, r := range rs {
		b.WriteString(r.ChanID(i))
	}
	return b.String()
}

// publish sends the first publication of a signed-in client: its device and state.
func publish(ctx context.Context, ep *probe.Endpoint) error {
	body := `<publish xmlns="http://schemas.microsoft.com/2006/09/sip/rich-presence"><publications uri="` + ep.URI() + `">` +
		`<publication categoryName="state" instance="993308598" container="2" version="0" expireType="endpoint"><state xmlns="http://schemas.microsoft.com/2006/09/sip/state" manual="false" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="machineState"><availability>3500</availability><endpointLocation/></state></publication>` +
		`</publications></publish>`
	return ep.Serve(ctx, "application/msrtc-category-publish+xml", body)
}

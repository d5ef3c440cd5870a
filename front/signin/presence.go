package signin

import (
	"context"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"perch/chat"
	"perch/sip"
	"perch/sip/ua"
)

const (
	categoriesType = "application/msrtc-event-categories+xml"
	stateCategory  = "state"
)

// presences holds the publications of users who are signed in, or watched.
type presences struct {
	mu     sync.Mutex // guards the fields below
	byUser map[chat.PrincipalID]*presence
	timed  map[chat.PrincipalID]chat.Principal // who has publications that run out
}

func (t *presences) init() {
	t.byUser, t.timed = map[chat.PrincipalID]*presence{}, map[chat.PrincipalID]chat.Principal{}
}

// time notes a user who has published something that runs out.
func (t *presences) time(user chat.Principal, put []chat.Publication) {
	if !slices.ContainsFunc(put, func(p chat.Publication) bool { return p.Expire == expireTime }) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.timed[user.ID] = user
}

// expirePublications drops what has run out, and tells watchers.
func (s *Service) expirePublications() {
	now := s.cfg.Now()
	s.presences.mu.Lock()
	users := slices.Collect(maps.Values(s.presences.timed))
	s.presences.mu.Unlock()
	for _, user := range users {
		if gone := s.presences.expired(user.ID, now); len(gone) > 0 {
			s.dropPublications(user, gone)
		}
	}
}

// expired lists a user's publications that have run out, and forgets him when
// no others will.
func (t *presences) expired(user chat.PrincipalID, now time.Time) (gone []chat.PublicationKey) {
	more := false
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.byUser[user]
	if p == nil {
		delete(t.timed, user)
		return nil
	}
	for _, pub := range p.all() {
		switch {
		case pub.Expire != expireTime:
		case now.Sub(pub.At.Std()) >= time.Duration(pub.Seconds)*time.Second:
			gone = append(gone, pub.PublicationKey)
		default:
			more = true
		}
	}
	if !more {
		delete(t.timed, user)
	}
	return gone
}

func (s *Service) dropPublications(user chat.Principal, gone []chat.PublicationKey) {
	if p, err := s.presenceOf(user); err == nil {
		p.apply(nil, gone)
		p.lapse(gone)
		s.notifyPresence(user)
	}
}

// presence is what one user has published.
type presence struct {
	change sync.Mutex // held through one change

	mu     sync.Mutex // guards the fields below
	pubs   map[chat.PublicationKey]chat.Publication
	lapsed bool // a state ran out, and no other was published since
}

// lapse notes what ran out.
func (p *presence) lapse(gone []chat.PublicationKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lapsed = p.lapsed || slices.ContainsFunc(gone, func(k chat.PublicationKey) bool { return k.Category == stateCategory })
}

func (p *presence) stale() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lapsed
}

// presenceOf returns a user's publications, read from the store at first.
func (s *Service) presenceOf(user chat.Principal) (*presence, error) {
	s.presences.mu.Lock()
	p := s.presences.byUser[user.ID]
	s.presences.mu.Unlock()
	if p != nil {
		return p, nil
	}
	kept, err := s.store.ListPublications(context.Background(), user.ID)
	if err != nil {
		return nil, err
	}
	s.presences.mu.Lock()
	defer s.presences.mu.Unlock()
	if p = s.presences.byUser[user.ID]; p != nil {
		return p, nil
	}
	p = &presence{pubs: make(map[chat.PublicationKey]chat.Publication, len(kept))}
	for _, pub := range kept {
		p.pubs[pub.PublicationKey] = pub
	}
	s.presences.byUser[user.ID] = p
	return p, nil
}

func (p *presence) get(k chat.PublicationKey) (chat.Publication, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pub, ok := p.pubs[k]
	return pub, ok
}

func (p *presence) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.pubs)
}

func (p *presence) apply(put []chat.Publication, remove []chat.PublicationKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range remove {
		delete(p.pubs, k)
	}
	for _, pub := range put {
		p.pubs[pub.PublicationKey] = pub
		p.lapsed = p.lapsed && pub.Category != stateCategory
	}
}

// all lists publications in a steady order.
func (p *presence) all() []chat.Publication {
	p.mu.Lock()
	out := make([]chat.Publication, 0, len(p.pubs))
	for _, pub := range p.pubs {
		out = append(out, pub)
	}
	p.mu.Unlock()
	slices.SortFunc(out, func(a, b chat.Publication) int {
		if c := strings.Compare(a.Category, b.Category); c != 0 {
			return c
		}
		if a.Instance != b.Instance {
			return int(a.Instance - b.Instance)
		}
		return a.Container - b.Container
	})
	return out
}

// endpointHere tells watchers that a user has come.
func (s *Service) endpointHere(b *binding) { s.notifyPresence(b.user) }

// endpointGone drops what an endpoint published for as long as it is there.
func (s *Service) endpointGone(b *binding) {
	s.presences.mu.Lock()
	p := s.presences.byUser[b.user.ID]
	if len(s.registrar.ofUser(b.user.URI)) == 0 {
		delete(s.presences.byUser, b.user.ID)
	}
	s.presences.mu.Unlock()
	if p == nil {
		return
	}
	var gone []chat.PublicationKey
	for _, pub := range p.all() {
		if pub.Expire == expireEndpoint && pub.Endpoint == b.endpoint {
			gone = append(gone, pub.PublicationKey)
		}
	}
	p.apply(nil, gone)
	s.notifyPresence(b.user)
}

type batchRequest struct {
	Actions []struct {
		Name      string `xml:"name,attr"`
		Resources []struct {
			URI string `xml:"uri,attr"`
		} `xml:"adhocList>resource"`
	} `xml:"action"`
}

// targetsOf reads whom a SUBSCRIBE to presence is about.
func targetsOf(r *ua.Request) ([]string, error) {
	if len(r.Body) == 0 {
		aor, err := sip.CanonicalAOR(r.URI)
		return []string{aor}, err
	}
	var in batchRequest
	if err := xml.Unmarshal(r.Body, &in); err != nil {
		return nil, err
	}
	var out []string
	for _, a := range in.Actions {
		for _, res := range a.Resources {
			if uri := contactURI(res.URI); uri != "" && len(out) < maxContacts {
				out = append(out, uri)
			}
		}
	}
	return out, nil
}

// subscribePresence begins a batch subscription (SIPE 4.4).
func (s *Service) subscribePresence(r *ua.Request, user chat.Principal) {
	targets, err := targetsOf(r)
	if err != nil {
		r.Respond(400, "", s.diagnostics(1003, "the batch subscription is not XML"), nil)
		return
	}
	sub := &subscription{svc: s, event: eventPresence, user: user}
	contentType, body, shown := s.multipart(user, targets)
	s.answer(r, sub, contentType, body, sip.Header{Name: "Require", Value: "eventlist"})
	if sub.d != nil {
		s.subs.watch(sub, targets)
		s.answered(sub, targets, shown)
	}
}

// answered notes what a subscriber was told of those whom he has begun to watch.
func (s *Service) answered(sub *subscription, targets []string, shown map[string]chat.Principal) {
	for _, uri := range targets {
		if target, told := shown[uri]; told {
			s.hideAgain(sub, target)
		} else {
			s.subs.hide(sub, uri, true)
		}
	}
}

// morePresence adds contacts to a subscription that stands.
func (s *Service) morePresence(r *ua.Request, sub *subscription, expires int) {
	targets, err := targetsOf(r)
	if err != nil {
		r.Respond(400, "", s.diagnostics(1003, "the batch subscription is not XML"), nil)
		return
	}
	s.subs.watch(sub, targets)
	contentType, body, shown := s.multipart(sub.user, targets)
	r.Respond(200, "", []sip.Header{
		{Name: "Event", Value: eventPresence},
		{Name: "Expires", Value: strconv.Itoa(expires)},
		{Name: "Require", Value: "eventlist"},
		{Name: "subscription-state", Value: "active;expires=" + strconv.Itoa(expires)},
		{Name: "ms-piggyback-cseq", Value: "1"},
		{Name: "Content-Type", Value: contentType},
	}, body)
	s.answered(sub, targets, shown)
}

// multipart is the first answer: an rlmi list and a document for each contact that
// there is and from whom no wall keeps the user.
func (s *Service) multipart(user chat.Principal, targets []string) (contentType string, body []byte, shown map[string]chat.Principal) {
	shown = map[string]chat.Principal{}
	const boundary = "perchPresenceBoundary"
	var b strings.Builder
	part := func(headers, text string) { fmt.Fprintf(&b, "--%s\r\n%s\r\n\r\n%s\r\n\r\n", boundary, headers, text) }
	part("Content-Transfer-Encoding: binary\r\nContent-ID: resourceList\r\nContent-Type: application/rlmi+xml",
		`<list xmlns="urn:ietf:params:xml:ns:rlmi" uri="`+escape(user.URI)+`" version="0" fullState="false"/>`)
	for _, uri := range targets {
		if target, ok := s.dir.FindURI(uri); ok && !s.apart(user, target) {
			part("Content-Transfer-Encoding: binary\r\nContent-Type: "+categoriesType, s.categories(target))
			shown[uri] = target
		}
	}
	b.WriteString("--" + boundary + "--\r\n")
	return `multipart/related;type="application/rlmi+xml";start=resourceList;boundary=` + boundary, []byte(b.String()), shown
}

// categories is what others see of a user: his card, his state, his note.
func (s *Service) categories(user chat.Principal) string {
	availability, note := s.stateOf(user)
	return s.document(user, availability, note)
}

// hidden is what they see of him from whom a wall keeps him.
func (s *Service) hidden(user chat.Principal) string { return s.document(user, unknown, "") }

func (s *Service) document(user chat.Principal, availability int, note string) string {
	now := s.cfg.Now().UTC().Format(time.RFC3339)
	return fmt.Sprintf(`<categories xmlns="http://schemas.microsoft.com/2006/09/sip/categories" uri="%s">`+
		`<category name="contactCard" instance="0" publishTime="%s"><contactCard xmlns="http://schemas.microsoft.com/2006/09/sip/contactcard"><identity><name><displayName>%s</displayName></name><email>%s</email></identity><company>%s</company></contactCard></category>`+
		`<category name="state" instance="1" publishTime="%s"><state xmlns="http://schemas.microsoft.com/2006/09/sip/state" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="aggregateState"><availability>%d</availability></state></category>`+
		`<category name="note" instance="0" publishTime="%s">%s</category></categories>`,
		escape(user.URI), now, escape(user.DisplayName), escape(user.Email), escape(user.Company), now, availability, now, note)
}

// Availability numbers (SIPE 4.3). Below the first known one clients show somebody as
// unknown.
const (
	Available = 3500
	Away      = 15500

	unknown = 0
	offline = 18500
)

type stateContent struct {
	Type         string `xml:"type,attr"`
	Availability int    `xml:"availability"`
}

// stateOf aggregates a user's states: the busier of what he set himself and of
// his most available machine. Of whom no state holds any more, because it was not
// published anew in time, nobody knows how he is. Who is not signed in here is as
// another front end says.
func (s *Service) stateOf(user chat.Principal) (availability int, note string) {
	if len(s.registrar.ofUser(user.URI)) == 0 {
		return s.elsewhere.is(user.ID), ""
	}
	p, err := s.presenceOf(user)
	if err != nil {
		return offline, ""
	}
	wish, machine := 0, 0
	for _, pub := range p.all() {
		switch pub.Category {
		case "note":
			note = pub.Content
		case stateCategory:
			var c stateContent
			if xml.Unmarshal([]byte(pub.Content), &c) != nil || c.Availability == 0 {
				continue
			}
			if c.Type == "userState" {
				wish = c.Availability
			} else if machine == 0 || c.Availability < machine {
				machine = c.Availability
			}
		}
	}
	switch {
	case wish != 0 || machine != 0:
	case p.stale():
		return unknown, note
	default:
		return Available, note
	}
	return max(wish, machine), note
}

// notifyPresence tells those who watch a user how he is now.
func (s *Service) notifyPresence(user chat.Principal) {
	s.elsewhere.tell(user.ID)
	watching := s.subs.watching(user.URI)
	if len(watching) == 0 {
		return
	}
	body := []byte(s.categories(user))
	for _, sub := range watching {
		if !s.apart(sub.user, user) {
			s.subs.hide(sub, user.URI, false)
			sub.notify(categoriesType, body)
			s.hideAgain(sub, user)
		}
	}
}

// hideAgain shows somebody as unknown if a wall was put up while a subscriber was
// told how he is: he may have been told of the wall first.
func (s *Service) hideAgain(sub *subscription, user chat.Principal) {
	if s.apart(sub.user, user) {
		s.subs.hide(sub, user.URI, true)
		sub.notify(categoriesType, []byte(s.hidden(user)))
	}
}

// WallsChanged shows as unknown, to those who watch them, whom a wall keeps from them
// now, and as they are whom none does any longer.
func (s *Service) WallsChanged() {
	for _, uri := range s.subs.watched() {
		user, ok := s.dir.FindURI(uri)
		if !ok {
			continue
		}
		for _, sub := range s.subs.watching(uri) {
			apart := s.apart(sub.user, user)
			if !s.subs.hide(sub, uri, apart) {
				continue
			}
			body := s.hidden(user)
			if !apart {
				body = s.categories(user)
			}
			sub.notify(categoriesType, []byte(body))
		}
	}
}

// apart says whether a wall keeps a user from knowing how another is.
func (s *Service) apart(user, other chat.Principal) bool {
	return s.cfg.Apart != nil && s.cfg.Apart(user.ID, other.ID)
}

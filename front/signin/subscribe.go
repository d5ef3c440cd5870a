package signin

import (
	"maps"
	"slices"
	"strconv"
	"sync"

	"perch/chat"
	"perch/sip"
	"perch/sip/ua"
)

// The event packages (SIPE 4).
const (
	eventProvisioning = "vnd-microsoft-provisioning-v2"
	eventContacts     = "vnd-microsoft-roaming-contacts"
	eventSelf         = "vnd-microsoft-roaming-self"
	eventPresence     = "presence"
)

// subscription is one SUBSCRIBE dialog. It implements ua.DialogHandler.
type subscription struct {
	svc   *Service
	event string
	user  chat.Principal
	d     *ua.Dialog
	// groups are the provisioning groups asked for; targets whose presence is
	// watched (guarded by subscriptions.mu).
	groups  []string
	targets []string
	// hidden are the targets of whom the subscriber was told nothing, or nothing any
	// more: a wall keeps them from him, or there is nobody (guarded by subscriptions.mu).
	hidden map[string]bool
}

// subscriptions knows who watches what.
type subscriptions struct {
	mu       sync.Mutex // guards the fields below, and targets
	byUser   map[chat.PrincipalID][]*subscription
	watchers map[string]map[*subscription]struct{} // of a user's presence
}

func (t *subscriptions) init() {
	t.byUser, t.watchers = map[chat.PrincipalID][]*subscription{}, map[string]map[*subscription]struct{}{}
}

func (t *subscriptions) add(sub *subscription) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byUser[sub.user.ID] = append(t.byUser[sub.user.ID], sub)
}

// watch adds targets to a presence subscription.
func (t *subscriptions) watch(sub *subscription, targets []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, uri := range targets {
		if slices.Contains(sub.targets, uri) || len(sub.targets) >= maxContacts {
			continue
		}
		sub.targets = append(sub.targets, uri)
		if t.watchers[uri] == nil {
			t.watchers[uri] = map[*subscription]struct{}{}
		}
		t.watchers[uri][sub] = struct{}{}
	}
}

func (t *subscriptions) drop(sub *subscription) {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := slices.DeleteFunc(t.byUser[sub.user.ID], func(x *subscription) bool { return x == sub })
	if len(list) == 0 {
		delete(t.byUser, sub.user.ID)
	} else {
		t.byUser[sub.user.ID] = list
	}
	for _, uri := range sub.targets {
		delete(t.watchers[uri], sub)
		if len(t.watchers[uri]) == 0 {
			delete(t.watchers, uri)
		}
	}
}

// of lists a user's subscriptions to an event, but not those of one endpoint.
func (t *subscriptions) of(user chat.PrincipalID, event, notEndpoint string) []*subscription {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []*subscription
	for _, sub := range t.byUser[user] {
		if sub.event == event && sub.d != nil && (notEndpoint == "" || sub.d.Endpoint() != notEndpoint) {
			out = append(out, sub)
		}
	}
	return out
}

// users lists who has subscriptions to an event.
func (t *subscriptions) users(event string) (out []chat.Principal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, list := range t.byUser {
		if i := slices.IndexFunc(list, func(sub *subscription) bool { return sub.event == event }); i >= 0 {
			out = append(out, list[i].user)
		}
	}
	return out
}

func (t *subscriptions) watching(uri string) []*subscription {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]*subscription, 0, len(t.watchers[uri]))
	for sub := range t.watchers[uri] {
		out = append(out, sub)
	}
	return out
}

// hide notes whether somebody is hidden from a subscriber who watches him, and says
// whether that is new.
func (t *subscriptions) hide(sub *subscription, uri string, hidden bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if sub.hidden[uri] == hidden || hidden && !slices.Contains(sub.targets, uri) {
		return false
	}
	if !hidden {
		delete(sub.hidden, uri)
		return true
	}
	if sub.hidden == nil {
		sub.hidden = map[string]bool{}
	}
	sub.hidden[uri] = true
	return true
}

// watched lists all whose presence is watched.
func (t *subscriptions) watched() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Collect(maps.Keys(t.watchers))
}

// subscribe answers the first SUBSCRIBE of a dialog.
func (s *Service) subscribe(r *ua.Request) {
	event := string(r.Get("event"))
	do := s.events[event]
	if do == nil {
		r.Respond(489, "", []sip.Header{{Name: "Allow-Events", Value: "vnd-microsoft-provisioning-v2,vnd-microsoft-roaming-contacts,vnd-microsoft-roaming-self,presence"}}, nil)
		return
	}
	user, ok := s.dir.FindURI(r.From.User)
	if !ok {
		r.Respond(403, "", nil, nil)
		return
	}
	if target, err := sip.CanonicalAOR(r.URI); event != eventPresence && (err != nil || target != user.URI) {
		r.Respond(403, "", s.diagnostics(1004, "only one's own data can be subscribed to"), nil)
		return
	}
	do(r, user)
}

// requested is the life asked for in seconds, and whether it was asked for.
func requested(r *ua.Request) int {
	n, err := strconv.Atoi(string(r.Get("expires")))
	if err != nil || n < 0 || n > subscriptionExpires {
		return subscriptionExpires
	}
	return n
}

// answer accepts a subscription with its document in the 200 (SIPE 4). One that
// wants only the document once makes no dialog.
func (s *Service) answer(r *ua.Request, sub *subscription, contentType string, body []byte, extra ...sip.Header) {
	expires := requested(r)
	state := "active;expires=" + strconv.Itoa(expires)
	if expires == 0 {
		state = "terminated;expires=0"
	}
	h := append([]sip.Header{
		{Name: "Event", Value: sub.event},
		{Name: "Expires", Value: strconv.Itoa(expires)},
		{Name: "subscription-state", Value: state},
		{Name: "ms-piggyback-cseq", Value: "1"},
		{Name: "Supported", Value: "ms-benotify, ms-piggyback-first-notify"},
	}, extra...)
	if expires == 0 {
		r.Respond(200, "", append(h, sip.Header{Name: "Content-Type", Value: contentType}), body)
		return
	}
	if d := r.Accept(ua.Accept{Handler: sub, Headers: h, ContentType: contentType, Body: body, Expires: expires}); d != nil {
		s.subs.mu.Lock()
		sub.d = d
		s.subs.mu.Unlock()
		s.subs.add(sub)
	}
}

// ServeDialog handles a refreshing or ending SUBSCRIBE.
func (t *subscription) ServeDialog(d *ua.Dialog, r *ua.Request) {
	if r.Method != sip.SUBSCRIBE {
		r.Respond(501, "", nil, nil)
		return
	}
	expires := requested(r)
	h := []sip.Header{{Name: "Event", Value: t.event}, {Name: "Expires", Value: strconv.Itoa(expires)}}
	if expires == 0 {
		r.Respond(200, "", h, nil)
		d.Drop()
		return
	}
	d.SetExpires(expires)
	if t.event == eventPresence && len(r.Body) > 0 {
		t.svc.morePresence(r, t, expires)
		return
	}
	r.Respond(200, "", append(h, sip.Header{Name: "subscription-state", Value: "active;expires=" + strconv.Itoa(expires)}), nil)
}

// DialogEnded forgets the subscription.
func (t *subscription) DialogEnded(*ua.Dialog, ua.EndCause) { t.svc.subs.drop(t) }

// notify tells a subscriber of a change by BENOTIFY, which has no answer.
func (t *subscription) notify(contentType string, body []byte) {
	_ = t.d.Send(sip.BENOTIFY, []sip.Header{
		{Name: "Event", Value: t.event},
		{Name: "subscription-state", Value: "active;expires=" + strconv.Itoa(subscriptionExpires)},
		{Name: "Content-Type", Value: contentType},
	}, body) // an ended dialog has told DialogEnded
}

package signin

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"perch/chat"
	"perch/sip"
	"perch/sip/auth"
	"perch/sip/ua"
)

// registrar knows which endpoints are signed in, and over which connections.
type registrar struct {
	mu     sync.Mutex // guards the fields below, and bindings
	byUser map[string][]*binding
	conns  map[*ua.Conn]*connection
}

// binding is one signed-in endpoint of a user.
type binding struct {
	user     chat.Principal
	endpoint string
	instance string // "<urn:uuid:...>" as sent
	contact  string // URI of the Contact, as sent
	conn     *ua.Conn
	until    time.Time
}

// connection is what signing in remembers of a connection.
type connection struct {
	users        map[string]*binding // by From URI as the client writes it, where no proof is needed
	bindings     []*binding
	exchanges    []pending
	associations map[string]proven // by opaque
}

// pending is a sign-in that was challenged.
type pending struct {
	exchange *auth.Exchange
	at       time.Time
}

// proven is an established association.
type proven struct {
	association *auth.Association
	since       time.Time
}

// Bounds of sign-ins that are under way on one connection.
const (
	maxExchanges = 8
	exchangeLife = time.Minute
	provenLife   = 8 * time.Hour
)

func (g *registrar) init() {
	g.byUser, g.conns = map[string][]*binding{}, map[*ua.Conn]*connection{}
}

// connection returns what is known of c; gone is called when c closes.
func (g *registrar) connection(c *ua.Conn, gone func()) *connection {
	g.mu.Lock()
	k := g.conns[c]
	fresh := k == nil
	if fresh {
		k = &connection{users: map[string]*binding{}, associations: map[string]proven{}}
		g.conns[c] = k
	}
	g.mu.Unlock()
	if fresh {
		c.OnClose(gone)
	}
	return k
}

// ofUser lists a user's bindings.
func (g *registrar) ofUser(uri string) []*binding {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.byUser[uri])
}

func (g *registrar) ofID(id chat.PrincipalID) []*binding {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, list := range g.byUser {
		if len(list) > 0 && list[0].user.ID == id {
			return slices.Clone(list)
		}
	}
	return nil
}

// only says whether a binding is the only one of its connection.
func (g *registrar) only(b *binding) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	k := g.conns[b.conn]
	return k == nil || len(k.bindings) <= 1
}

// put stores a binding. It returns the one it replaces: the same endpoint over
// another connection (SIPE 7.4), and whether the endpoint is new.
func (g *registrar) put(b *binding, fromURI string) (old *binding, fresh bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.byUser[b.user.URI]
	k := g.conns[b.conn]
	if k == nil { // closed meanwhile
		return nil, false
	}
	k.users[fromURI] = b
	for i, was := range list {
		if was.endpoint != b.endpoint || was.instance != b.instance {
			continue
		}
		list[i] = b
		g.dropFromConn(was)
		k.bindings = append(k.bindings, b)
		if was.conn == b.conn {
			return nil, false
		}
		return was, true
	}
	g.byUser[b.user.URI] = append(list, b)
	k.bindings = append(k.bindings, b)
	return nil, true
}

func (g *registrar) dropFromConn(b *binding) {
	k := g.conns[b.conn]
	if k == nil {
		return
	}
	k.bindings = slices.DeleteFunc(k.bindings, func(x *binding) bool { return x == b })
	for from, x := range k.users {
		if x == b {
			delete(k.users, from)
		}
	}
}

// drop removes a binding; false if it was gone. last says that its endpoint is
// bound in no other way: an endpoint may be here twice, with another instance.
func (g *registrar) drop(b *binding) (dropped, last bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.byUser[b.user.URI]
	i := slices.Index(list, b)
	if i < 0 {
		return false, false
	}
	list = slices.Delete(list, i, i+1)
	if len(list) == 0 {
		delete(g.byUser, b.user.URI)
	} else {
		g.byUser[b.user.URI] = list
	}
	g.dropFromConn(b)
	return true, !slices.ContainsFunc(list, func(x *binding) bool { return x.endpoint == b.endpoint })
}

// closed forgets a connection and returns its bindings.
func (g *registrar) closed(c *ua.Conn) []*binding {
	g.mu.Lock()
	defer g.mu.Unlock()
	k := g.conns[c]
	delete(g.conns, c)
	if k == nil {
		return nil
	}
	return slices.Clone(k.bindings)
}

// expired lists the bindings that ran out.
func (g *registrar) expired(now time.Time) []*binding {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []*binding
	for _, list := range g.byUser {
		for _, b := range list {
			if now.After(b.until) {
				out = append(out, b)
			}
		}
	}
	return out
}

// unbind ends a binding, and what its endpoint has here if that is bound no more.
func (s *Service) unbind(b *binding, cause string) {
	dropped, last := s.registrar.drop(b)
	if !dropped {
		return
	}
	if last { // before the record, which takes its time: who signs in meanwhile keeps what he has then
		s.cfg.Gone(b.user.ID, b.endpoint)
		s.endpointGone(b)
	}
	_ = s.record(chat.EntrySignOut, b.user, b.endpoint, cause, "") // it is logged; the sign-out stands
}

func (s *Service) expireBindings() {
	for _, b := range s.registrar.expired(s.cfg.Now()) {
		s.unbind(b, "expired")
	}
}

// gruu is the address of one endpoint, as real servers make it: the instance's
// bytes and two zeros in base64.
func gruu(user, instance string) string {
	digits := strings.NewReplacer("<", "", ">", "", "urn:uuid:", "", "-", "").Replace(strings.ToLower(instance))
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != 16 {
		return ""
	}
	return user + ";opaque=user:epid:" + base64.URLEncoding.EncodeToString(append(b, 0, 0)) + ";gruu"
}

// bindingOf reads endpoint, instance and contact of a REGISTER.
func bindingOf(r *ua.Request, user chat.Principal) *binding {
	instance, _ := sip.Param(r.Contact, "+sip.instance")
	return &binding{
		user: user, endpoint: ua.EndpointOf(r.Message), instance: string(instance),
		contact: string(sip.AddressURI(r.Contact)), conn: r.Conn,
	}
}

package web

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"perch/chat"
)

// addresses bounds how often signing in may fail from one address: that also
// bounds what strangers can write into the journal. (What fails for one name
// costs in the directory.)
type addresses struct {
	perMinute int // 0: no bound

	mu      sync.Mutex // guards the fields below
	byIP    *lru.Cache[string, *rate.Limiter]
	refused map[string]*unread // since the record was last told
}

// unread are sign-ins from one address that were refused without a look at them.
type unread struct {
	count       int
	from, until time.Time
}

// mostAddresses are remembered at a time; who failed longest ago is forgotten.
const mostAddresses = 50_000

func newAddresses(perMinute int) *addresses {
	cache, err := lru.New[string, *rate.Limiter](mostAddresses)
	if err != nil {
		panic(err) // its size is not positive
	}
	return &addresses{perMinute: perMinute, byIP: cache, refused: map[string]*unread{}}
}

// allow refuses who failed too often.
func (a *addresses) allow(address string, now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := network(address)
	l, ok := a.byIP.Get(key)
	if !ok || l.TokensAt(now) >= 1 {
		return nil
	}
	u := a.refused[key] // there are no more than addresses that failed
	if u == nil {
		u = &unread{from: now}
		a.refused[key] = u
	}
	u.count, u.until = u.count+1, now
	wait := time.Duration((1 - l.TokensAt(now)) / float64(l.Limit()) * float64(time.Second)).Round(time.Second)
	wait = max(wait, time.Second)
	return &chat.Error{Kind: chat.KindLimit, Text: fmt.Sprintf("too many sign-ins failed from your address: try again in %d seconds", wait/time.Second), Wait: wait}
}

// failed counts a failure.
func (a *addresses) failed(address string, now time.Time) {
	if a.perMinute == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	key := network(address)
	l, ok := a.byIP.Get(key)
	if !ok {
		l = rate.NewLimiter(rate.Limit(float64(a.perMinute)/60), a.perMinute)
		a.byIP.Add(key, l)
	}
	l.AllowN(now, 1)
}

// unrecorded are the refusals that are not on record yet, which they count as from
// now on.
func (a *addresses) unrecorded() map[string]*unread {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := a.refused
	a.refused = map[string]*unread{}
	return out
}

// recordUnread puts on record what was refused without a look at it, an entry for
// each address: one for each try would let strangers fill the journal.
func (s *Server) recordUnread(ctx context.Context) {
	all := s.addresses.unrecorded()
	if len(all) == 0 {
		return
	}
	entries := make([]chat.Entry, 0, len(all))
	for _, address := range slices.Sorted(maps.Keys(all)) {
		u := all[address]
		detail, err := json.Marshal(map[string]any{"address": address, "tries": u.count, "from": chat.At(u.from), "until": chat.At(u.until)})
		if err != nil {
			s.cfg.Log.Error("refused sign-ins were not put on record", "error", err)
			continue
		}
		entries = append(entries, chat.Entry{
			Kind: chat.EntryRefused, At: chat.At(s.cfg.Now()), Cause: "tries to sign in that were refused unread, because too many from this address had failed", Detail: string(detail),
		})
	}
	if _, err := s.store.Append(ctx, chat.Batch{Entries: entries}); err != nil {
		s.cfg.Log.Error("refused sign-ins were not put on record", "error", err)
	}
}

// network is what counts as one address: of IPv6 the part that one customer has.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	p, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// addressOf is where a request comes from: the other end of its connection or, if
// that is one of our proxies, what the proxies say; whom the last proxy that is not
// ours names cannot be known.
func (s *Server) addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if !s.ours(host) {
		return host
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		ip, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		host = ip.Unmap().String()
		if !s.ours(host) {
			break
		}
	}
	return host
}

// ours says whether an address is that of a proxy of ours.
func (s *Server) ours(address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, p := range s.cfg.Proxies {
		if p.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

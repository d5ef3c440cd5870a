package web

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"perch/chat"
	"perch/directory"
)

// addresses bounds how often signing in may fail from one address: that also
// bounds what strangers can write into the journal. (What fails for one name
// costs in the directory.)
type addresses struct {
	perMinute int // 0: no bound

	unread directory.Unread

	mu   sync.Mutex // guards byIP
	byIP *lru.Cache[string, *rate.Limiter]
}

// mostAddresses are remembered at a time; who failed longest ago is forgotten.
const mostAddresses = 50_000

func newAddresses(perMinute int) *addresses {
	cache, err := lru.New[string, *rate.Limiter](mostAddresses)
	if err != nil {
		panic(err) // its size is not positive
	}
	return &addresses{perMinute: perMinute, byIP: cache}
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
	a.unread.Add(key, now)
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

// recordUnread puts on record what was refused without a look at it.
func (s *Server) recordUnread(ctx context.Context) {
	if err := s.addresses.unread.Record(ctx, s.store, s.cfg.Now()); err != nil {
		s.cfg.Log.Error("refused sign-ins are not on record yet", "error", err)
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

package settings

import (
	"context"
	"slices"
	"strings"

	"perch/chat"
)

// poolName is the one object of its kind.
const poolName = "state"

// Pool says which servers take sessions.
func (s *Service) Pool() chat.PoolState {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v := s.pool.byName[poolName]
	v.Active, v.Inactive = slices.Clone(v.Active), slices.Clone(v.Inactive)
	return v
}

// SetPool stores which servers take sessions. A server stands in one list only,
// by its name in lower case. A Version that is not zero must be the stored one
// (KindCollision).
func (s *Service) SetPool(ctx context.Context, v chat.PoolState) (chat.PoolState, error) {
	v, err := checkPool(v)
	if err != nil {
		return v, err
	}
	return put(ctx, s, s.pool, poolName, v)
}

// checkPool checks a state and returns it as it is kept.
func checkPool(v chat.PoolState) (chat.PoolState, error) {
	v.Active, v.Inactive = serverNames(v.Active), serverNames(v.Inactive)
	for _, name := range slices.Concat(v.Active, v.Inactive) {
		if name == "" {
			return v, chat.E(chat.KindInvalid, "a server needs a name")
		}
		if err := checkText("a server's name", name); err != nil {
			return v, err
		}
	}
	for _, name := range v.Active {
		if slices.Contains(v.Inactive, name) {
			return v, chat.E(chat.KindInvalid, "the server "+name+" cannot be active and inactive")
		}
	}
	return v, nil
}

// serverNames are names of servers as they are kept: folded, sorted, each once.
func serverNames(names []string) (out []string) {
	for _, name := range names {
		out = append(out, strings.ToLower(strings.TrimSpace(name)))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ServersChange says which servers become active; its parts are done in order.
type ServersChange struct {
	Swap bool // the active ones become inactive, and the inactive ones active
	// Set, unless nil, are the active ones; those that were and are not among
	// them become inactive.
	Set                  []string
	Activate, Deactivate []string
}

// SetActiveServers changes which servers take sessions.
func (s *Service) SetActiveServers(ctx context.Context, ch ServersChange) (chat.PoolState, error) {
	set, on, off := serverNames(ch.Set), serverNames(ch.Activate), serverNames(ch.Deactivate)
	return edit(ctx, s, s.pool, poolName, func(old *chat.PoolState) (v chat.PoolState, err error) {
		if old != nil {
			v = *old
		}
		if ch.Swap {
			v.Active, v.Inactive = v.Inactive, v.Active
		}
		if ch.Set != nil {
			v.Active, v.Inactive = set, less(slices.Concat(v.Inactive, v.Active), set)
		}
		v.Active, v.Inactive = slices.Concat(v.Active, on), less(v.Inactive, on)
		v.Active, v.Inactive = less(v.Active, off), slices.Concat(v.Inactive, off)
		return checkPool(v)
	})
}

// less is a list less the names of another.
func less(list, names []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(name string) bool { return slices.Contains(names, name) })
}

// Accepting says whether this server takes new sessions: it is active, or nobody
// is and it is not inactive. Those that it has, it keeps.
func (s *Service) Accepting() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	p, server := s.pool.byName[poolName], strings.ToLower(s.cfg.Server)
	if len(p.Active) > 0 {
		return slices.Contains(p.Active, server)
	}
	return !slices.Contains(p.Inactive, server)
}

package directory

import (
	"context"
	"fmt"

	"perch/chat"
)

// Policy is the policy that holds for a user (zero: the global one) and where
// it comes from: "user" or "global". The nearest wins.
func (s *Service) Policy(user chat.PrincipalID) (chat.Policy, string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if on, ok := s.policies[user]; ok && user != 0 {
		return chat.Policy{User: user, EnablePersistentChat: on}, "user"
	}
	return chat.Policy{EnablePersistentChat: s.policies[0]}, "global"
}

// SetPolicy sets a user's own policy, or the global one.
func (s *Service) SetPolicy(ctx context.Context, user chat.PrincipalID, enabled bool) error {
	return s.changePolicy(ctx, user, fmt.Sprint(enabled), func(e chat.Entry) error {
		return s.store.UpdatePolicy(ctx, chat.Policy{User: user, EnablePersistentChat: enabled}, e)
	}, func() { s.policies[user] = enabled })
}

// ClearPolicy returns a user to the global policy.
func (s *Service) ClearPolicy(ctx context.Context, user chat.PrincipalID) error {
	if user == 0 {
		return chat.E(chat.KindInvalid, "the global policy cannot be removed; set it")
	}
	return s.changePolicy(ctx, user, "inherit", func(e chat.Entry) error {
		return s.store.DeletePolicy(ctx, user, e)
	}, func() { delete(s.policies, user) })
}

func (s *Service) changePolicy(_ context.Context, user chat.PrincipalID, to string, write func(chat.Entry) error, apply func()) error {
	s.change.Lock()
	defer s.change.Unlock()
	who := "global"
	concerned := []chat.PrincipalID{user}
	if user == 0 {
		concerned = s.Members(s.domain)
	} else if p, ok := s.FindPrincipal(user); ok {
		who = p.URI
	} else {
		return chat.E(chat.KindNoSuchPrincipal, "")
	}
	e := chat.Entry{Kind: chat.EntryPolicy, At: chat.At(s.cfg.Now()), Detail: fmt.Sprintf(`{"policy":%q,"EnablePersistentChat":%q}`, who, to)}
	if err := write(e); err != nil {
		return err
	}
	s.mu.Lock()
	apply()
	s.mu.Unlock()
	s.tellRights(concerned)
	return nil
}

package settings

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"perch/chat"
)

// Operators are accounts of the server's machine ("os:alice") and users, on the
// web ("sip:alice@example.test"). As long as no account was granted a duty, every
// account holds all of them; a user holds those that he was granted, and no
// others. So the first user who becomes an administrator shuts nobody out.

// Operators lists who was granted which duties, by name.
func (s *Service) Operators() []chat.OperatorDuties {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []chat.OperatorDuties
	for _, o := range s.operators.byName {
		o.Duties = slices.Clone(o.Duties)
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b chat.OperatorDuties) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Duties are those of one operator.
func (s *Service) Duties(operator string) []chat.Duty {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if !isUser(operator) && !s.partedLocked() {
		return chat.AllDuties()
	}
	return slices.Clone(s.operators.byName[strings.ToLower(operator)].Duties)
}

// isUser says whether an operator is a user, and not an account of the machine.
func isUser(operator string) bool { return strings.HasPrefix(strings.ToLower(operator), "sip:") }

// partedLocked says whether an account of the machine was ever granted a duty:
// from then on the accounts' duties are parted. There always is an administrator
// among them then.
func (s *Service) partedLocked() bool {
	for name := range s.operators.byName {
		if !isUser(name) {
			return true
		}
	}
	return false
}

// checkOperator checks an operator's name, in lower case.
func checkOperator(name string) error {
	_, account, _ := strings.Cut(name, ":")
	switch {
	case account == "" || strings.ContainsAny(name, " \t\n"):
	case strings.HasPrefix(name, "os:"):
		return nil
	case isUser(name) && strings.Contains(account, "@"):
		return nil
	}
	return chat.E(chat.KindInvalid, `an operator is an account of the server's machine, such as "os:alice", or a user, such as "sip:alice@example.test"`)
}

// GrantDuty gives an operator a duty. Who holds one already needs a reason to hold
// two, which is on record with it. The first account to be granted one must become
// an administrator: somebody at the machine must be able to grant the others. That
// a user is there is for the caller to see.
func (s *Service) GrantDuty(ctx context.Context, operator string, duty chat.Duty, together string) (chat.OperatorDuties, error) {
	operator = strings.ToLower(strings.TrimSpace(operator))
	if err := checkOperator(operator); err != nil {
		return chat.OperatorDuties{}, err
	}
	if !slices.Contains(chat.AllDuties(), duty) {
		return chat.OperatorDuties{}, chat.E(chat.KindInvalid, "duties are administrator, officer and auditor")
	}
	return edit(ctx, s, s.operators, operator, func(old *chat.OperatorDuties) (chat.OperatorDuties, error) {
		o := chat.OperatorDuties{Name: operator}
		if old != nil {
			o = *old
			o.Duties = slices.Clone(o.Duties)
		}
		switch {
		case slices.Contains(o.Duties, duty):
			return o, chat.E(chat.KindAlreadyDefined, operator+" has that duty already")
		case !isUser(operator) && !s.partedLocked() && duty != chat.Administrator:
			return o, chat.E(chat.KindInvalid, "grant somebody the duty of an administrator first: only administrators grant duties")
		case len(o.Duties) > 0 && strings.TrimSpace(together) == "":
			return o, chat.E(chat.KindForbidden, operator+" is "+string(o.Duties[0])+" already: to hold both takes a reason, which is on record (--together)")
		}
		o.Duties = append(o.Duties, duty)
		if slices.Sort(o.Duties); len(o.Duties) > 1 {
			o.Reason = together
		}
		return o, nil
	})
}

// RevokeDuty takes a duty from an operator. The last administrator among the
// accounts of the machine keeps his.
func (s *Service) RevokeDuty(ctx context.Context, operator string, duty chat.Duty) error {
	operator = strings.ToLower(operator)
	_, err := edit(ctx, s, s.operators, operator, func(old *chat.OperatorDuties) (chat.OperatorDuties, error) {
		if old == nil || !slices.Contains(old.Duties, duty) {
			return chat.OperatorDuties{}, chat.E(chat.KindNoSuchObject, operator+" does not have that duty")
		}
		others := 0
		for name, o := range s.operators.byName {
			if name != operator && !isUser(name) && slices.Contains(o.Duties, chat.Administrator) {
				others++
			}
		}
		if duty == chat.Administrator && !isUser(operator) && others == 0 {
			return *old, chat.E(chat.KindForbidden, "the last administrator keeps his duty: grant it to somebody else first")
		}
		o := *old
		o.Duties = slices.DeleteFunc(slices.Clone(o.Duties), func(d chat.Duty) bool { return d == duty })
		if len(o.Duties) < 2 {
			o.Reason = ""
		}
		return o, nil
	})
	return err
}

// ForgetOperator takes every duty from a user who is about to be deleted: somebody
// else may have his address one day.
func (s *Service) ForgetOperator(ctx context.Context, user string) error {
	return drop(ctx, s, s.operators, user, true)
}

// Bounds of how long a broken glass lets contents be read.
const (
	leastGlass = 1       // minutes
	mostGlass  = 24 * 60 // minutes
)

// AskGlass asks for an operator to read contents for some minutes.
func (s *Service) AskGlass(ctx context.Context, operator, reason string, minutes int) (chat.Glass, error) {
	switch {
	case operator == "":
		return chat.Glass{}, chat.E(chat.KindForbidden, "it is not known who asks")
	case strings.TrimSpace(reason) == "":
		return chat.Glass{}, chat.E(chat.KindInvalid, "a reason is needed")
	case minutes < leastGlass || minutes > mostGlass:
		return chat.Glass{}, chat.E(chat.KindInvalid, "for 1 to 1440 minutes")
	}
	s.mu.RLock()
	name := strconv.Itoa(len(s.glasses.byName) + 1) // none is ever deleted
	s.mu.RUnlock()
	return edit(ctx, s, s.glasses, name, func(old *chat.Glass) (chat.Glass, error) {
		if old != nil {
			return *old, chat.E(chat.KindCollision, "somebody else asked at the same time: ask again")
		}
		return chat.Glass{Name: name, Operator: operator, Reason: reason, Asked: chat.At(s.cfg.Now()), Minutes: minutes}, nil
	})
}

// ApproveGlass breaks the glass: the approver is another officer or auditor than
// who asked.
func (s *Service) ApproveGlass(ctx context.Context, name, approver string) (chat.Glass, error) {
	return edit(ctx, s, s.glasses, name, func(old *chat.Glass) (chat.Glass, error) {
		switch {
		case old == nil:
			return chat.Glass{}, chat.E(chat.KindNoSuchObject, "nobody has asked for that")
		case old.Approver != "":
			return *old, chat.E(chat.KindAlreadyDefined, "it was approved by "+old.Approver)
		case strings.EqualFold(old.Operator, approver) || approver == "":
			return *old, chat.E(chat.KindForbidden, "it takes a second person: somebody else than who asked")
		}
		g := *old
		g.Approver, g.Until = approver, chat.At(s.cfg.Now())+chat.Time(g.Minutes)*60_000_000
		return g, nil
	})
}

// Glasses lists what was asked for, the newest first.
func (s *Service) Glasses() []chat.Glass {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []chat.Glass
	for _, g := range s.glasses.byName {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b chat.Glass) int { return cmp.Compare(b.Asked, a.Asked) })
	return out
}

// Broken says whether an operator may read contents by a broken glass now.
func (s *Service) Broken(operator string) bool {
	now := chat.At(s.cfg.Now())
	return slices.ContainsFunc(s.Glasses(), func(g chat.Glass) bool { return strings.EqualFold(g.Operator, operator) && now < g.Until })
}

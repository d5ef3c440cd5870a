package channel

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"perch/chat"
	"perch/chat/access"
	"perch/chat/search"
)

// notVisible is the rule of a denial that is about people of whom somebody may not
// know.
const notVisible = "not-visible"

// maxNamed bounds whom one denial names.
const maxNamed = 100

// denied is the journal's entry of what was refused: at an ethical wall, say.
func (x *Session) denied(what string, r *chat.Room, rule, why string, who ...string) chat.Entry {
	e := x.entry(chat.EntryDenied, r)
	e.Cause, e.Detail = why, denial(what, rule, who)
	return e
}

// denial is the detail of a denial; see chat.Denial.
func denial(action, rule string, who []string) string {
	b, err := json.Marshal(struct {
		Action string   `json:"action"`
		Rule   string   `json:"rule"`
		Who    []string `json:"who,omitempty"`
	}{action, rule, who[:min(len(who), maxNamed)]})
	if err != nil {
		b = nil // plain strings always marshal
	}
	return string(b)
}

// allow is decide, and what it refuses is on record before it returns; what says
// what was tried.
func (x *Session) allow(ctx context.Context, what string, a access.Action, guid string) (access.Place, access.Subject, error) {
	p, sub, err := x.decide(a, guid)
	if err != nil && p.Room != nil {
		err = x.refuse(ctx, what, access.Decide(&sub, a, p), p.Room)
	}
	return p, sub, err
}

// refuse puts a refusal on record and returns it.
func (x *Session) refuse(ctx context.Context, what string, d access.Decision, r *chat.Room) error {
	if err := x.svc.commits.record(ctx, []chat.Entry{x.denied(what, r, d.Rule(), d.Reason())}); err != nil {
		return err
	}
	return d.Err()
}

// refuseLater is refuse for who cannot wait. It keeps nothing while very much
// waits to be written.
func (x *Session) refuseLater(what string, r *chat.Room, rule, why string) {
	if x.svc.commits.waiting() < mostDenials {
		x.svc.commits.add(job{entries: []chat.Entry{x.denied(what, r, rule, why)}})
	}
}

// mostDenials is how many jobs may wait before refusals are no longer put on record.
const mostDenials = 1000

// parted is the refusal of a role that an ethical wall forbids.
type parted struct {
	told error          // the caller
	role chat.Role      // that was to be given
	who  chat.Principal // to whom
	room *chat.Room     // as it would have become
	wall *chat.Wall
}

func (p *parted) Error() string { return p.told.Error() }
func (p *parted) Unwrap() error { return p.told }

func (p *parted) why() string {
	return "the ethical wall " + p.wall.Name + " separates " + p.who.Name + " from people of the room"
}

// checkWalls refuses a role that a wall forbids. Which wall it is learns who stands
// at neither of its sides and may know of the person; others learn only that the
// person cannot be added.
func (s *Service) checkWalls(by *actor, role chat.Role, p access.Place, id chat.PrincipalID) error {
	if s.wallShelf.empty() {
		return nil
	}
	up := s.dir.Affiliations(id)
	lines := s.wallLines()
	for i := range lines {
		l := &lines[i]
		if !l.Refuses(p, id, up) {
			continue
		}
		who, _ := s.dir.FindPrincipal(id)
		no := &parted{role: role, who: who, room: p.Room, wall: l.Wall}
		no.told = s.tellParted(by, no, l)
		return no
	}
	return nil
}

func (s *Service) tellParted(by *actor, no *parted, l *access.Line) error {
	_, stands := l.Stand(by.sub.Affiliations)
	switch {
	case by.sub.Administrator || !stands && s.knows(&by.sub)(no.who.ID):
		return chat.E(chat.KindForbidden, no.who.Name+" cannot be made "+no.role.String()+" of "+no.room.Name+": "+no.why())
	case s.knows(&by.sub)(no.who.ID):
		return chat.E(chat.KindForbidden, no.who.Name+" cannot be added to "+no.room.Name)
	}
	return chat.E(chat.KindNoSuchPrincipal, "this person cannot be added to "+no.room.Name)
}

// refused puts a refusal at a wall on record, and returns it. The caller holds
// catalog.change.
func (s *Service) refused(ctx context.Context, by *actor, err error) error {
	no, ok := errors.AsType[*parted](err)
	if !ok {
		return err
	}
	r := *no.room
	if r.ID == 0 {
		r.GUID = "" // it never came to be
	}
	e := by.entry(chat.EntryDenied, chat.At(s.cfg.Now()), &r, denial("add", access.WallRule, []string{no.who.URI}))
	e.Cause = no.why()
	if by.x == nil {
		e.ActorURI = chat.Operator(ctx) // the committer stores it without the call's context
	}
	if failed := s.commits.record(ctx, []chat.Entry{e}); failed != nil {
		return failed
	}
	return err
}

// notTold puts on record that somebody asked for people of whom he may not know.
func (x *Session) notTold(ctx context.Context, why string, hidden []chat.PrincipalID) error {
	if len(hidden) == 0 {
		return nil
	}
	e := x.denied("people", &chat.Room{}, notVisible, why, x.svc.addresses(hidden)...)
	return x.svc.commits.record(ctx, []chat.Entry{e})
}

func (s *Service) addresses(ids []chat.PrincipalID) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if p, ok := s.dir.FindPrincipal(id); ok {
			out = append(out, p.URI)
		}
	}
	return out
}

// looksUp says whether what was typed is the whole name or address of somebody.
func looksUp(typed string, p *chat.Principal) bool {
	typed = strings.TrimPrefix(foldName(typed), "sip:")
	for _, name := range [...]string{p.Name, strings.TrimPrefix(p.URI, "sip:"), p.Email, p.DisplayName} {
		if typed != "" && typed == foldName(name) {
			return true
		}
	}
	return false
}

// mentioned puts on record whom a text names (@name) across an ethical wall. The
// text is posted, since a refusal would tell who is there; it reaches none of them.
func (x *Session) mentioned(sub *access.Subject, p access.Place, text string) {
	if len(sub.Sides) == 0 || !strings.Contains(text, "@") || x.svc.commits.waiting() >= mostDenials {
		return
	}
	named := slices.DeleteFunc(x.svc.gather.namesNow(x.svc).addressed(search.Fold(text)), func(id chat.PrincipalID) bool { return !walledOff(sub, id) })
	if len(named) == 0 {
		return
	}
	e := x.denied("mention", p.Room, access.WallRule, "a text names people behind an ethical wall", x.svc.addresses(sorted(named))...)
	if !x.svc.commits.add(job{entries: []chat.Entry{e}}) {
		x.svc.cfg.Log.Debug("a mention came while the server stops", slog.String("user", x.user.URI))
	}
}

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"perch/chat"
	"perch/compliance/seal"
)

// days is a span of whole days: "90d", "6y" (366 days a year, so that nothing
// ends early), or a number of days.
type days int64

// UnmarshalText reads one.
func (d *days) UnmarshalText(b []byte) error {
	text, unit := strings.TrimSuffix(string(b), "d"), int64(1)
	if y, ok := strings.CutSuffix(string(b), "y"); ok {
		text, unit = y, 366
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is no span like 90d or 6y", b)
	}
	*d = days(n * unit)
	return nil
}

// actFlags are what drawing up an act takes beside its own flags.
type actFlags struct {
	Reason string `required:"" help:"Why; it stands in the archive."`
	To     string `placeholder:"FILE" help:"Write the decision into a file for two approvers (perch archive approve, then submit) instead of putting it into the archive."`
}

// draw draws an act up and puts it into the archive, or into a file.
func (f *actFlags) draw(ctx context.Context, g *globals, a seal.Act, done string) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	rules, err := cl.Rules(ctx)
	if err != nil {
		return err
	}
	a.Log, a.At, a.Reason = rules.Log, chat.At(time.Now()), f.Reason
	text, err := seal.DrawUp(a)
	if err != nil {
		return err
	}
	if f.To == "" {
		if err := cl.PutAct(ctx, text); err != nil {
			return fmt.Errorf("%w; --to FILE draws it up for approval", err)
		}
		return g.done("%s", done)
	}
	if err := writeNew(f.To, text, 0o644); err != nil {
		return err
	}
	return g.done("drawn up in %s: two approvers sign it (perch archive approve %s --key FILE), then perch archive submit %s", f.To, f.To, f.To)
}

// writeNew writes a file that is not there yet.
func writeNew(name, text string, mode os.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// scopeFlags pick records.
type scopeFlags struct {
	Room  []string `help:"Only in these rooms: addresses or GUIDs."`
	User  []string `help:"Only by these people: addresses."`
	From  *moment  `help:"At or after this: a day (2026-11-23) or a time (2026-11-23T10:00:00Z)."`
	Until *moment  `help:"Up to this: the end of a day, or before a time."`
}

func (f *scopeFlags) selection() (s seal.Selection) {
	for _, room := range f.Room {
		s.Rooms = append(s.Rooms, strings.ToLower(room[strings.LastIndexByte(room, '/')+1:]))
	}
	s.People = addresses(f.User)
	if f.From != nil {
		s.From = chat.At(f.From.start)
	}
	if f.Until != nil {
		s.Until = chat.At(f.Until.end)
	}
	return s
}

// addresses completes addresses that were given without their scheme.
func addresses(list []string) (out []string) {
	for _, who := range list {
		if !strings.Contains(who, ":") {
			who = "sip:" + strings.ToLower(who)
		}
		out = append(out, who)
	}
	return out
}

func (f *scopeFlags) act(do seal.Deed) seal.Act {
	s := f.selection()
	return seal.Act{Do: do, Rooms: s.Rooms, People: s.People, From: s.From, Until: s.Until}
}

type retainCmd struct {
	List  retainList  `cmd:"" help:"List retention classes, and erasures."`
	Class retainClass `cmd:"" help:"Say for how long the contents of a class are kept at least and at most."`
	Erase retainErase `cmd:"" help:"Draw up that contents are destroyed when their floor is reached, and restricted until then."`
	Run   retainRun   `cmd:"" help:"Destroy what is due now, without waiting for the daily run."`
}

type retainList struct{}

// Run lists.
func (retainList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	r, err := cl.Rules(ctx)
	if err != nil {
		return err
	}
	return g.show(r, "WHAT|FLOOR|CEILING|OF", func(row func(...any)) {
		for _, c := range r.Classes {
			row("class "+c.Name, dayText(c.Floor, "none"), dayText(c.Ceiling, "never"), list(c.Categories))
		}
		for _, text := range r.Erasures {
			row("erasure", "", "", actText(text))
		}
	})
}

func dayText(n int64, zero string) string {
	if n == 0 {
		return zero
	}
	return fmt.Sprintf("%d days", n)
}

// actText says in a line what an act covers.
func actText(text string) string {
	a, approvers, err := seal.ReadAct(text)
	if err != nil {
		return err.Error()
	}
	var parts []string
	add := func(format string, v any, there bool) {
		if there {
			parts = append(parts, fmt.Sprintf(format, v))
		}
	}
	day := func(t chat.Time) string { return t.Std().UTC().Format(time.RFC3339) }
	add("%s", a.Name, a.Name != "")
	add("rooms %s", list(a.Rooms), len(a.Rooms) > 0)
	add("people %s", list(a.People), len(a.People) > 0)
	add("entries %v", a.Entries, len(a.Entries) > 0)
	add("from %s", day(a.From), a.From != 0)
	add("until %s", day(a.Until), a.Until != 0)
	add("(%s)", a.Reason, true)
	add("approved by %s", list(approvers), len(approvers) > 0)
	return strings.Join(parts, " ")
}

type retainClass struct {
	Name     string `arg:"" help:"Name of the class; categories name it (perch category set --retention). 'default' holds for all that has none."`
	Floor    days   `help:"Contents cannot be destroyed before this age: 90d, 6y."`
	Ceiling  days   `help:"Contents are destroyed at this age; 0: never. Needs two approvers."`
	Existing bool   `help:"The floor holds for records that are there already, too. Without it, they keep the floor that they were sealed with."`
	actFlags
}

// Run defines a class.
func (c *retainClass) Run(ctx context.Context, g *globals) error {
	a := seal.Act{Do: seal.Define, Class: c.Name, Floor: int64(c.Floor), Ceiling: int64(c.Ceiling), Existing: c.Existing}
	return c.draw(ctx, g, a, fmt.Sprintf("class %s: floor %s, ceiling %s", c.Name, dayText(a.Floor, "none"), dayText(a.Ceiling, "never")))
}

type retainErase struct {
	scopeFlags
	Entry []int64 `help:"Only these entries of the journal (perch compliance search shows their numbers)."`
	actFlags
}

// Help is what is to be said beside the flags.
func (retainErase) Help() string {
	return `What is covered is hidden from users at once. Its contents are destroyed, here and in the sealed archive, when they have reached the
floor of their class and no hold covers them; until then they are restricted: perch compliance search shows them in a case only. The proof that
there was a record, when, where and by whom, stays. It needs two approvers, so it is drawn up with --to.`
}

// Run draws an erasure up.
func (c *retainErase) Run(ctx context.Context, g *globals) error {
	a := c.act(seal.Erase)
	a.Entries = c.Entry
	return c.draw(ctx, g, a, "erased")
}

type retainRun struct{}

// Run has the server look what is due.
func (retainRun) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if err := cl.Expire(ctx); err != nil {
		return err
	}
	return g.done("the server destroys what is due; perch compliance search --kind retention shows the run")
}

type holdCmd struct {
	Set     holdSet     `cmd:"" help:"Hold records: nothing of them is destroyed until the hold is released."`
	List    holdList    `cmd:"" help:"List the holds that are in force."`
	Release holdRelease `cmd:"" help:"Draw up the end of a hold, which needs two approvers."`
}

type holdSet struct {
	Name string `arg:"" help:"Name of the hold, such as the case's number."`
	scopeFlags
	actFlags
}

// Run sets a hold.
func (c *holdSet) Run(ctx context.Context, g *globals) error {
	a := c.act(seal.Hold)
	a.Name = c.Name
	return c.draw(ctx, g, a, "the hold "+c.Name+" is in force")
}

type holdList struct{}

// Run lists.
func (holdList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	r, err := cl.Rules(ctx)
	if err != nil {
		return err
	}
	return g.show(r.Holds, "HOLD", func(row func(...any)) {
		for _, text := range r.Holds {
			row(actText(text))
		}
	})
}

type holdRelease struct {
	Name string `arg:"" help:"Name of the hold."`
	actFlags
}

// Run draws a release up.
func (c *holdRelease) Run(ctx context.Context, g *globals) error {
	return c.draw(ctx, g, seal.Act{Do: seal.Release, Name: c.Name}, "the hold "+c.Name+" is released")
}

type approverCmd struct {
	New    approverNew    `cmd:"" help:"Make an approver's key; it needs no server."`
	List   approverList   `cmd:"" help:"List the approvers."`
	Enroll approverEnroll `cmd:"" help:"Make somebody an approver; the third and all after him need the approval of two."`
	Revoke approverRevoke `cmd:"" help:"Draw up that somebody is no longer one."`
}

type approverNew struct {
	Name string `arg:"" help:"Name of the approver, without spaces; it stands in his approvals."`
	To   string `required:"" placeholder:"FILE" help:"New file for the private key, which he keeps to himself; FILE.pub is for the archive and for auditors."`
}

// Run makes a key.
func (c *approverNew) Run(g *globals) error {
	if strings.ContainsAny(c.Name, " +\t\n") || c.Name == "" {
		return errors.New("an approver's name has no spaces and no +")
	}
	private, public, err := seal.NewApprover(rand.Reader, c.Name)
	if err != nil {
		return err
	}
	if err := writeNew(c.To, private+"\n", 0o600); err != nil {
		return err
	}
	if err := writeNew(c.To+".pub", public+"\n", 0o644); err != nil {
		return err
	}
	return g.done("%s is the private key, %s.pub the public one", c.To, c.To)
}

type approverList struct{}

// Run lists.
func (approverList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	r, err := cl.Rules(ctx)
	if err != nil {
		return err
	}
	return g.show(r.Approvers, "APPROVER|PUBLIC KEY", func(row func(...any)) {
		for _, key := range r.Approvers {
			name, _, _ := strings.Cut(key, "+")
			row(name, key)
		}
	})
}

type approverEnroll struct {
	Key string `arg:"" type:"existingfile" help:"File with his public key."`
	actFlags
}

// Run enrolls.
func (c *approverEnroll) Run(ctx context.Context, g *globals) error {
	return c.change(ctx, g, c.Key, seal.Enroll, "enrolled")
}

type approverRevoke struct {
	Key string `arg:"" type:"existingfile" help:"File with his public key."`
	actFlags
}

// Run draws a revocation up.
func (c *approverRevoke) Run(ctx context.Context, g *globals) error {
	return c.change(ctx, g, c.Key, seal.Revoke, "revoked")
}

func (f *actFlags) change(ctx context.Context, g *globals, file string, do seal.Deed, done string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return f.draw(ctx, g, seal.Act{Do: do, Key: strings.TrimSpace(string(b))}, done)
}

type actApprove struct {
	Act string `arg:"" type:"existingfile" help:"File with the decision; the approval is added to it."`
	Key string `required:"" type:"existingfile" placeholder:"FILE" help:"The approver's private key."`
}

// Run approves.
func (c *actApprove) Run(g *globals) error {
	text, err := os.ReadFile(c.Act)
	if err != nil {
		return err
	}
	key, err := os.ReadFile(c.Key)
	if err != nil {
		return err
	}
	signed, err := seal.Approve(string(text), string(key))
	if err != nil {
		return err
	}
	tmp := c.Act + ".tmp"
	if err := writeNew(tmp, signed, 0o644); err != nil {
		return err
	}
	if err := os.Rename(tmp, c.Act); err != nil {
		return err
	}
	return g.done("approved: %s", actText(signed))
}

type actSubmit struct {
	Act string `arg:"" type:"existingfile" help:"File with the decision."`
}

// Run submits.
func (c *actSubmit) Run(ctx context.Context, g *globals) error {
	text, err := os.ReadFile(c.Act)
	if err != nil {
		return err
	}
	cl, err := g.client()
	if err != nil {
		return err
	}
	if err := cl.PutAct(ctx, string(text)); err != nil {
		return err
	}
	a, _, err := seal.ReadAct(string(text))
	if err != nil {
		return err
	}
	return g.done("in force: %s %s", a.Do, actText(string(text)))
}

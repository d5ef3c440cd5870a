package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"perch/chat"
)

// Act is a decision about what the archive keeps. It stands in the clear in a
// leaf, so that whoever verifies the archive can judge every content that is no
// more. Its bytes are JSON as a leaf's are, in a line; two approvers sign them
// (C2SP signed-note).
type Act struct {
	At       chat.Time `json:"at"`                 // when it was drawn up
	Ceiling  int64     `json:"ceiling,omitempty"`  // days after which a class's contents are destroyed; zero: never
	Class    string    `json:"class,omitempty"`    // a retention class
	Do       Deed      `json:"do"`                 // what is decided
	Entries  []int64   `json:"entries,omitempty"`  // of the journal; empty: all that the rest of it covers
	Existing bool      `json:"existing,omitempty"` // the floor holds for records that are there already, too
	Floor    int64     `json:"floor,omitempty"`    // days for which contents cannot be destroyed
	From     chat.Time `json:"from,omitempty"`
	Key      string    `json:"key,omitempty"` // an approver's public key
	Log      string    `json:"log"`           // the log's name
	Name     string    `json:"name,omitempty"`
	People   []string  `json:"people,omitempty"` // addresses; empty: all
	Reason   string    `json:"reason,omitempty"`
	Rooms    []string  `json:"rooms,omitempty"` // GUIDs; empty: all
	Until    chat.Time `json:"until,omitempty"` // not included
}

// Deed is what an act decides.
type Deed string

// Deeds. Those marked * need two approvers, some always, some only where they let
// go of something.
const (
	Enroll  Deed = "enroll"  // Key is an approver's; * once there are two
	Revoke  Deed = "revoke"  // * Key is no longer one
	Define  Deed = "class"   // Class has Floor and Ceiling from now on; * with a ceiling, or where the floor becomes lower
	Hold    Deed = "hold"    // nothing covered is destroyed, whatever else says so; Name
	Release Deed = "release" // * the hold Name ends
	Erase   Deed = "erase"   // * what is covered is destroyed when its floor is reached, and restricted until then
	Run     Deed = "run"     // what is due now is destroyed
	Trim    Deed = "trim"    // a server that archived nothing deleted old entries of its journal, of those from Entries[0] to Entries[1]
)

// DefaultClass holds for records of rooms whose category has no class, and for
// those of no room.
const DefaultClass = "default"

// covers says whether a leaf is among those that an act names.
func (a *Act) covers(l *Leaf) bool {
	s := Selection{Rooms: a.Rooms, People: a.People, From: a.From, Until: a.Until}
	return (len(a.Entries) == 0 || slices.Contains(a.Entries, l.Entry)) && s.has(l)
}

// check says what is wrong with an act by itself.
func (a *Act) check() error {
	all := len(a.Rooms)+len(a.People)+len(a.Entries) == 0
	switch a.Do {
	case Enroll, Revoke:
		if _, err := note.NewVerifier(a.Key); err != nil {
			return fmt.Errorf("the approver's public key cannot be read: %w", err)
		}
	case Define:
		switch {
		case a.Class == "" || strings.ContainsAny(a.Class, " \n\""):
			return errors.New("a retention class has a name without spaces")
		case a.Floor < 0 || a.Ceiling < 0 || a.Floor > maxDays || a.Ceiling > maxDays:
			return fmt.Errorf("floor and ceiling are 0 to %d days", maxDays)
		case a.Ceiling > 0 && a.Ceiling < a.Floor:
			return errors.New("the ceiling is below the floor")
		}
	case Hold, Release:
		if a.Name == "" {
			return errors.New("a hold has a name")
		}
	case Erase:
		if all || a.Until == 0 {
			return errors.New("an erasure names rooms, people or entries, and ends at a time")
		}
	case Trim:
		if len(a.Entries) != 2 || a.Entries[0] < 1 || a.Entries[1] < a.Entries[0] {
			return errors.New("entries that were deleted are named by the first and the last")
		}
	case Run:
	default:
		return fmt.Errorf("an act cannot %q", a.Do)
	}
	if a.Reason == "" && a.Do != Run && a.Do != Enroll {
		return errors.New("an act has a reason")
	}
	return nil
}

// maxDays bounds floors and ceilings: two hundred years.
const maxDays = 73_000

// maxAct bounds an act with its approvals, which must fit into a leaf.
const maxAct = 48 << 10

// DrawUp returns an act's text, for its approvers to sign.
func DrawUp(a Act) (string, error) {
	if a.Do == Erase && a.Until == 0 {
		a.Until = a.At // of what is there, not of what comes
	}
	if err := a.check(); err != nil {
		return "", err
	}
	b, err := encode(a)
	if len(b) > maxAct/2 {
		return "", fmt.Errorf("the act has %d bytes, more than %d: draw up several", len(b), maxAct/2)
	}
	return string(b) + "\n", err
}

// Approve adds the approval of whoever has a private key (NewApprover) to an act.
func Approve(text, privateKey string) (string, error) {
	signer, err := note.NewSigner(strings.TrimSpace(privateKey))
	if err != nil {
		return "", fmt.Errorf("the approver's private key cannot be read: %w", err)
	}
	n := &note.Note{Text: text}
	if isSigned(text) {
		if n, err = openNote(text, nil); err != nil {
			return "", err
		}
	}
	if _, err := parseAct(n.Text); err != nil {
		return "", err
	}
	signed, err := note.Sign(n, signer)
	return string(signed), err
}

// NewApprover makes an approver's key pair.
func NewApprover(random io.Reader, name string) (private, public string, err error) {
	return note.GenerateKey(random, name)
}

// ReadAct reads an act, signed or not, and tells who has signed it; whether their
// signatures are right shows when it is put into the archive.
func ReadAct(text string) (a Act, approvers []string, err error) {
	if isSigned(text) {
		n, err := openNote(text, nil)
		if err != nil {
			return a, nil, err
		}
		for _, s := range n.UnverifiedSigs {
			approvers = append(approvers, s.Name)
		}
		text = n.Text
	}
	a, err = parseAct(text)
	return a, approvers, err
}

func isSigned(text string) bool { return strings.Contains(text, "\n\n\u2014 ") }

// openNote reads a signed note; signatures by others than those are unverified.
func openNote(text string, by []note.Verifier) (*note.Note, error) {
	n, err := note.Open([]byte(text), note.VerifierList(by...))
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		return unverified.Note, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the act's signatures cannot be read: %w", err)
	}
	return n, nil
}

// parseAct reads an act's line, which must be in the one form that is written.
func parseAct(text string) (Act, error) {
	var a Act
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return a, fmt.Errorf("the act is not JSON: %w", err)
	}
	again, err := encode(a)
	if err != nil || string(again)+"\n" != text {
		return a, errors.New("the act is not in canonical form")
	}
	return a, a.check()
}

// ledger is what the acts of a log come to. What is handed out of it is not
// changed any more: to add an act, add it to a clone.
type ledger struct {
	log  string
	only []string // public keys; nil: all that are enrolled

	acts      []sealedAct
	approvers []term
	classes   map[string][]class
	holds     []decision
	erasures  []decision
	runs      []decision
	trims     []decision
	texts     map[string]bool
	void      int // acts that stand in the log and do nothing
}

// sealedAct is an act as it stands in the log.
type sealedAct struct {
	Index int64
	At    chat.Time
	Text  string
}

// term is a time in which somebody was an approver, by indexes; until is zero
// while he is.
type term struct {
	verifier    note.Verifier
	key         string
	from, until int64
}

type class struct {
	index, floor, ceiling int64
	existing              bool
}

// decision is an act with its place; until is where a hold was released, or zero.
type decision struct {
	Act
	index, until int64
	at           chat.Time // of the leaf
}

func newLedger(log string, only []string) *ledger {
	return &ledger{log: log, only: only, classes: map[string][]class{}, texts: map[string]bool{}}
}

// clone plays all acts again.
func (g *ledger) clone() *ledger {
	out := newLedger(g.log, g.only)
	for _, a := range g.acts {
		out.add(a.Index, a.At, a.Text)
	}
	return out
}

// isAct finds leaves that hold an act without reading them.
func isAct(leaf []byte) bool { return bytes.HasPrefix(leaf, []byte(`{"act":`)) }

// approvals counts who of the approvers has signed.
func (g *ledger) approvals(n *note.Note) int {
	count := 0
	for _, s := range n.Sigs {
		for _, t := range g.approvers {
			if t.until == 0 && t.verifier.Name() == s.Name && t.verifier.KeyHash() == s.Hash && (g.only == nil || slices.Contains(g.only, t.key)) {
				count++
				break
			}
		}
	}
	return count
}

// judge reads an act and says why it would do nothing.
func (g *ledger) judge(text string) (Act, error) {
	if b, err := encode(text); err != nil || len(b) > maxAct || !utf8.ValidString(text) {
		return Act{}, fmt.Errorf("the act has more than %d bytes as they stand in a leaf, or is not UTF-8", maxAct)
	}
	signed := 0
	line := text
	if isSigned(text) {
		var by []note.Verifier
		for _, t := range g.approvers {
			if t.until == 0 {
				by = append(by, t.verifier)
			}
		}
		n, err := openNote(text, by)
		if err != nil {
			return Act{}, err
		}
		signed, line = g.approvals(n), n.Text
	}
	a, err := parseAct(line)
	if err != nil {
		return a, err
	}
	switch {
	case a.Log != g.log:
		return a, fmt.Errorf("the act is for the log %s, not %s", a.Log, g.log)
	case g.texts[line]:
		return a, errors.New("the act was carried out before; draw up a new one")
	}
	if err := g.fits(&a); err != nil {
		return a, err
	}
	if g.needsApproval(&a) && signed < 2 {
		return a, fmt.Errorf("it has %d of the two approvals that it needs (perch archive approve)", signed)
	}
	return a, nil
}

// fits says why an act is none in the present state.
func (g *ledger) fits(a *Act) error {
	switch a.Do {
	case Enroll:
		if g.enrolled(a.Key) >= 0 {
			return errors.New("that key is an approver's already")
		}
	case Revoke:
		if g.enrolled(a.Key) < 0 {
			return errors.New("that key is no approver's")
		}
	case Hold:
		if g.held(a.Name) >= 0 {
			return fmt.Errorf("there is a hold %s already", a.Name)
		}
	case Release:
		if g.held(a.Name) < 0 {
			return fmt.Errorf("there is no hold %s", a.Name)
		}
	case Define, Erase, Run, Trim:
	}
	return nil
}

func (g *ledger) needsApproval(a *Act) bool {
	switch a.Do {
	case Enroll:
		return g.count() >= 2
	case Revoke, Release, Erase:
		return true
	case Define:
		c := g.class(a.Class, unbounded)
		below := func(c class) bool { return a.Floor < c.floor }
		return a.Ceiling > 0 || c.ceiling > 0 || below(c) || a.Existing && slices.ContainsFunc(g.classes[a.Class], below)
	case Hold, Run, Trim:
	}
	return false
}

// unbounded is an index beyond every log.
const unbounded = int64(1) << 62

// class is what a retention class is for records before an index.
func (g *ledger) class(name string, before int64) class {
	if name == "" {
		name = DefaultClass
	}
	list := g.classes[name]
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].index < before {
			return list[i]
		}
	}
	return class{index: -1}
}

func (g *ledger) enrolled(key string) int {
	return slices.IndexFunc(g.approvers, func(t term) bool { return t.key == key && t.until == 0 })
}

func (g *ledger) count() (n int) {
	for _, t := range g.approvers {
		if t.until == 0 {
			n++
		}
	}
	return n
}

func (g *ledger) held(name string) int {
	return slices.IndexFunc(g.holds, func(d decision) bool { return d.Name == name && d.until == 0 })
}

// add carries an act out that stands in the log. One that is void is counted.
func (g *ledger) add(index int64, at chat.Time, text string) {
	g.acts = append(g.acts, sealedAct{index, at, text})
	a, err := g.judge(text)
	if err != nil {
		g.void++
		return
	}
	line, _, _ := strings.Cut(text, "\n\n")
	g.texts[strings.TrimSuffix(line, "\n")+"\n"] = true
	d := decision{Act: a, index: index, at: at}
	switch a.Do {
	case Enroll:
		v, _ := note.NewVerifier(a.Key) // check has read it
		g.approvers = append(g.approvers, term{verifier: v, key: a.Key, from: index})
	case Revoke:
		g.approvers[g.enrolled(a.Key)].until = index
	case Define:
		g.classes[a.Class] = append(g.classes[a.Class], class{index, a.Floor, a.Ceiling, a.Existing})
	case Hold:
		g.holds = append(g.holds, d)
	case Release:
		g.holds[g.held(a.Name)].until = index
	case Erase:
		g.erasures = append(g.erasures, d)
	case Run:
		g.runs = append(g.runs, d)
	case Trim:
		g.trims = append(g.trims, d)
	}
}

// trimmed says whether all of the journal's entries of a range, which are not in
// the log, had been deleted before they could be sealed, as acts after that
// index tell.
func (g *ledger) trimmed(first, last, index int64) bool {
	for again := true; again && first <= last; {
		again = false
		for i := range g.trims {
			if t := &g.trims[i]; t.index >= index && t.Entries[0] <= first && first <= t.Entries[1] {
				first, again = t.Entries[1]+1, true
			}
		}
	}
	return first > last
}

const day = chat.Time(24 * 3600 * 1_000_000)

// floorOf is the floor that a new leaf has.
func (g *ledger) floorOf(l *Leaf) chat.Time {
	c := g.class(l.Class, l.Index)
	if c.floor == 0 {
		return 0
	}
	return chat.Time(l.At) + chat.Time(c.floor)*day
}

// floorAt is the floor that a leaf has for a run: its own, unless a later act has
// set another for records that were there already.
func (g *ledger) floorAt(l *Leaf, run int64) chat.Time {
	floor := chat.Time(l.Floor)
	name := l.Class
	if name == "" {
		name = DefaultClass
	}
	for _, c := range g.classes[name] {
		if c.existing && c.index > l.Index && c.index < run {
			floor = chat.Time(l.At) + chat.Time(c.floor)*day
		}
	}
	return floor
}

// covered says whether some rule wants a leaf's content destroyed, by its class's
// ceiling or by an erasure, were its floor reached.
func (g *ledger) covered(l *Leaf, r *decision) bool {
	if c := g.class(l.Class, r.index); c.ceiling > 0 && chat.Time(l.At)+chat.Time(c.ceiling)*day <= r.at {
		return true
	}
	return g.erased(l, r.index)
}

func (g *ledger) erased(l *Leaf, before int64) bool {
	for i := range g.erasures {
		if e := &g.erasures[i]; e.index < before && l.Index < e.index && e.covers(l) {
			return true
		}
	}
	return false
}

// onHold says whether a hold that is in force at an index covers a leaf.
func (g *ledger) onHold(l *Leaf, at int64) bool {
	for i := range g.holds {
		if h := &g.holds[i]; h.index < at && (h.until == 0 || h.until > at) && h.covers(l) {
			return true
		}
	}
	return false
}

// due says whether a run destroys a leaf's content.
func (g *ledger) due(l *Leaf, r *decision) bool {
	return l.Index < r.index && g.covered(l, r) && g.floorAt(l, r.index) <= r.at && !g.onHold(l, r.index)
}

// allowed says whether any run destroyed a leaf's content.
func (g *ledger) allowed(l *Leaf) bool {
	for i := len(g.runs) - 1; i >= 0; i-- {
		if g.due(l, &g.runs[i]) {
			return true
		}
	}
	return false
}

// idle says that no rule wants anything destroyed.
func (g *ledger) idle() bool {
	for _, list := range g.classes {
		if list[len(list)-1].ceiling > 0 {
			return false
		}
	}
	return len(g.erasures) == 0
}

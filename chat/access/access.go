// Package access decides who may see, join, read, post in, manage and create
// rooms, and upload and download their files. It is the only place where a right is decided: SIP, search, files and
// administration all ask here.
//
// It promises that every decision comes from one table of rules (rules.go),
// that the first rule that applies decides, and that the rule explains itself
// in a sentence a room manager understands. What a person may not see does not
// exist for him: the refusal is "no such room".
//
// It is a set of pure functions over values; it knows no store and no clock.
package access

import (
	"slices"

	"perch/chat"
)

// Subject is who asks.
type Subject struct {
	User chat.Principal
	// Affiliations are, sorted, the user himself and every principal that
	// holds him.
	Affiliations []chat.PrincipalID
	// Administrator is bound by no scope and no role.
	Administrator bool
	// Enabled says that policy gives him persistent chat.
	Enabled bool
	// Sides are where he stands at ethical walls; most people stand at none.
	Sides []Side
}

// Place is what is asked about. Room is nil for a question about a category.
type Place struct {
	Category *chat.Category
	Room     *chat.Room
}

// Action is what somebody wants to do.
type Action string

// Actions.
const (
	See      Action = "see"
	Join     Action = "join"
	Read     Action = "read"
	Post     Action = "post"
	Upload   Action = "upload"   // a file
	Download Action = "download" // a file
	Manage   Action = "manage"
	Create   Action = "create"
)

// Actions lists them all.
func Actions() []Action { return []Action{See, Join, Read, Post, Upload, Download, Manage, Create} }

// Decision is the answer to "may X do Y there", and the rule it rests on.
type Decision struct {
	Allowed bool
	Kind    chat.Kind // of the refusal
	rule    *rule
	sub     *Subject
	place   Place
}

// Decide answers whether sub may do a in p. It does not allocate.
func Decide(sub *Subject, a Action, p Place) Decision {
	asked := setOf(a)
	for i := range rules {
		r := &rules[i]
		if r.on&asked != 0 && r.when(sub, a, p) {
			return Decision{Allowed: r.allow, Kind: r.kind, rule: r, sub: sub, place: p}
		}
	}
	return Decision{Kind: chat.KindForbidden, rule: &lastRule, sub: sub, place: p}
}

// Err is nil for an allowed action, and otherwise the refusal.
func (d Decision) Err() error {
	if d.Allowed {
		return nil
	}
	if d.Kind == chat.KindNoSuchRoom {
		return chat.E(chat.KindNoSuchRoom, "")
	}
	return chat.E(d.Kind, d.rule.says)
}

// Rule is the name of the rule that decided, and Clause where it is stated.
func (d Decision) Rule() string   { return d.rule.name }
func (d Decision) Clause() string { return d.rule.clause }

// AtWall says whether it was an ethical wall that refused: one between groups, or
// a category that denies the user.
func (d Decision) AtWall() bool {
	return !d.Allowed && (d.rule.name == WallRule || d.rule.name == deniedRule)
}

// Reason is why, in a sentence.
func (d Decision) Reason() string {
	if d.rule.name == WallRule {
		if side := d.sub.barring(d.place); side != nil {
			return "the ethical wall " + side.Wall.Name + " separates the user from people of the room"
		}
	}
	return d.rule.says
}

// Through returns the principal through which the user has what the rule rests
// on: himself, a group or a domain; zero if the rule rests on no list.
func (d Decision) Through() chat.PrincipalID {
	if d.rule.list == nil {
		return 0
	}
	return meet(d.rule.list(d.place), d.sub.Affiliations)
}

// meet returns the first element of both sorted slices, or 0. Slices of like
// length are walked together; of a much longer one little is looked at.
func meet(a, b []chat.PrincipalID) chat.PrincipalID {
	if len(a) > len(b) {
		a, b = b, a
	}
	const muchLonger = 16
	if len(b) > muchLonger*len(a) {
		for _, id := range a {
			at, found := slices.BinarySearch(b, id)
			if found {
				return id
			}
			b = b[at:]
		}
		return 0
	}
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] == b[0]:
			return a[0]
		case a[0] < b[0]:
			a = a[1:]
		default:
			b = b[1:]
		}
	}
	return 0
}

func has(list, affiliations []chat.PrincipalID) bool { return meet(list, affiliations) != 0 }

// InScope says whether the category's scope holds somebody: allowed and not
// denied, himself or through an affiliation (XCCOS 7.2).
func InScope(c *chat.Category, affiliations []chat.PrincipalID) bool {
	return has(c.Allowed, affiliations) && !has(c.Denied, affiliations)
}

// Mask is the permission mask that goes out on the wire (XCCOS 3.7).
func Mask(sub *Subject, p Place) chat.Permission {
	var m chat.Permission
	if Decide(sub, See, p).Allowed {
		m |= chat.PermView
	}
	if Decide(sub, Read, p).Allowed {
		m |= chat.PermReadHistory
	}
	if Decide(sub, Join, p).Allowed {
		m |= chat.PermJoin | chat.PermPost | chat.PermReadHistory
	}
	if has(p.Room.Presenters, sub.Affiliations) && p.Room.Behavior == chat.Auditorium {
		m |= chat.PermPostAuditorium
	}
	if Decide(sub, Manage, p).Allowed {
		m |= chat.PermManage | chat.PermView | chat.PermReadHistory | chat.PermViewAll
	}
	return m
}

// Holds says whether a sorted list holds somebody, himself or through one of his
// affiliations.
func Holds(list, affiliations []chat.PrincipalID) bool { return has(list, affiliations) }

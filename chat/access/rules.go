package access

import "perch/chat"

// rule is one row of the table: for the actions it names, when its condition
// holds, it decides.
type rule struct {
	name   string
	on     actions
	when   func(s *Subject, a Action, p Place) bool
	allow  bool
	kind   chat.Kind // of a refusal
	says   string
	clause string
	list   func(p Place) []chat.PrincipalID // the list that `when` found him in
}

// actions is a set of them.
type actions uint8

const (
	onSee actions = 1 << iota
	onJoin
	onRead
	onPost
	onUpload
	onDownload
	onManage
	onCreate
)

// setOf is the set of one action.
func setOf(a Action) actions {
	switch a {
	case See:
		return onSee
	case Join:
		return onJoin
	case Read:
		return onRead
	case Post:
		return onPost
	case Upload:
		return onUpload
	case Download:
		return onDownload
	case Manage:
		return onManage
	case Create:
		return onCreate
	}
	return 0
}

// rules is the table. The first row that concerns the action and whose
// condition holds decides; order matters.
var rules = [...]rule{
	{
		name: "user-inactive", on: onSee | onJoin | onRead | onPost | onUpload | onDownload | onManage | onCreate,
		when: func(s *Subject, _ Action, _ Place) bool {
			return !s.Administrator && s.User.State != chat.PrincipalActive
		},
		kind: chat.KindForbidden, says: "the user is disabled or deleted", clause: "XCCOS 7.2",
	},
	{
		name: "policy-off", on: onSee | onJoin | onRead | onPost | onUpload | onDownload | onManage | onCreate,
		when: func(s *Subject, _ Action, _ Place) bool { return !s.Administrator && !s.Enabled },
		kind: chat.KindForbidden, says: "policy does not give the user persistent chat", clause: "XCCOS 7.2",
	},
	{
		name: "administrator", on: onSee | onManage | onCreate | onRead,
		when:  func(s *Subject, _ Action, _ Place) bool { return s.Administrator },
		allow: true, says: "administrators are bound by no scope and no role", clause: "XCCOS 7.2",
	},
	{
		name: deniedRule, on: onSee | onJoin | onRead | onPost | onUpload | onDownload | onManage | onCreate,
		when: func(s *Subject, _ Action, p Place) bool { return has(p.Category.Denied, s.Affiliations) },
		kind: chat.KindNoSuchRoom, says: "the category denies the user (ethical wall)", clause: "XCCOS 7.2",
		list: func(p Place) []chat.PrincipalID { return p.Category.Denied },
	},
	{
		name: "not-in-scope", on: onSee | onJoin | onRead | onPost | onUpload | onDownload | onManage | onCreate,
		when: func(s *Subject, _ Action, p Place) bool { return !has(p.Category.Allowed, s.Affiliations) },
		kind: chat.KindNoSuchRoom, says: "the category does not allow the user", clause: "XCCOS 7.2",
	},
	{
		name: WallRule, on: onSee | onJoin | onRead | onPost | onUpload | onDownload | onManage,
		when: func(s *Subject, _ Action, p Place) bool { return s.barring(p) != nil },
		kind: chat.KindNoSuchRoom, says: "an ethical wall separates the user from people of the room", clause: "XCCOS 7.6",
	},
	{
		name: "creator", on: onCreate,
		when:  func(s *Subject, _ Action, p Place) bool { return has(p.Category.Creators, s.Affiliations) },
		allow: true, says: "the user is a creator of the category", clause: "XCCOS 7.2",
		list: func(p Place) []chat.PrincipalID { return p.Category.Creators },
	},
	{
		name: "no-creator", on: onCreate,
		when: func(*Subject, Action, Place) bool { return true },
		kind: chat.KindCannotCreate, says: "the user is not a creator of the category", clause: "XCCOS 7.2",
	},
	{
		name: "manager", on: onManage,
		when:  func(s *Subject, _ Action, p Place) bool { return has(p.Room.Managers, s.Affiliations) },
		allow: true, says: "the user is a manager of the room", clause: "XCCOS 7.2",
		list: func(p Place) []chat.PrincipalID { return p.Room.Managers },
	},
	{
		name: "secret-hidden", on: onSee | onJoin | onRead | onPost | onUpload | onDownload | onManage,
		when: func(s *Subject, _ Action, p Place) bool {
			return p.Room.Privacy == chat.Secret && !has(p.Room.Members, s.Affiliations) && !has(p.Room.Managers, s.Affiliations)
		},
		kind: chat.KindNoSuchRoom, says: "the room is secret and the user is not a member", clause: "XCCOS 7.2",
	},
	{
		name: "no-manager", on: onManage,
		when: func(*Subject, Action, Place) bool { return true },
		kind: chat.KindForbidden, says: "the user is not a manager of the room", clause: "XCCOS 7.2",
	},
	{
		name: "disabled-manager-sees", on: onSee,
		when: func(s *Subject, _ Action, p Place) bool {
			return p.Room.Disabled && has(p.Room.Managers, s.Affiliations)
		},
		allow: true, says: "the room is disabled; its managers still see it", clause: "XCCOS 7.2",
		list: func(p Place) []chat.PrincipalID { return p.Room.Managers },
	},
	{
		name: "disabled", on: onSee | onJoin | onRead | onPost | onUpload | onDownload,
		when: func(_ *Subject, _ Action, p Place) bool { return p.Room.Disabled },
		kind: chat.KindDisabled, says: "the room is disabled", clause: "XCCOS 7.2",
	},
	{
		name: "visible", on: onSee,
		when:  func(*Subject, Action, Place) bool { return true },
		allow: true, says: "the user is in the category's scope and the room is not hidden from him", clause: "XCCOS 7.2",
		list: func(p Place) []chat.PrincipalID { return p.Category.Allowed },
	},
	{
		name: "not-a-member", on: onJoin | onRead | onPost | onUpload | onDownload,
		when: func(s *Subject, _ Action, p Place) bool {
			return p.Room.Privacy != chat.Open && !has(p.Room.Members, s.Affiliations)
		},
		kind: chat.KindForbidden, says: "the user is not a member of the room (being manager or presenter alone is not enough)", clause: "XCCOS 7.2",
	},
	{
		name: "history-off", on: onRead,
		when: func(_ *Subject, _ Action, p Place) bool { return !p.Category.History },
		kind: chat.KindForbidden, says: "the category keeps no history", clause: "XCCOS 7.2",
	},
	{
		name: "no-presenter", on: onPost | onUpload,
		when: func(s *Subject, _ Action, p Place) bool {
			return p.Room.Behavior == chat.Auditorium && !has(p.Room.Presenters, s.Affiliations)
		},
		kind: chat.KindForbidden, says: "the room is an auditorium and the user is not a presenter", clause: "XCCOS 7.2",
	},
	{
		name: "files-off", on: onUpload,
		when: func(_ *Subject, _ Action, p Place) bool { return !p.Category.Files },
		kind: chat.KindForbidden, says: "the category takes no files", clause: "XCCOS 7.2",
	},
	{
		name: "open-room", on: onJoin | onRead | onPost | onUpload | onDownload,
		when:  func(_ *Subject, _ Action, p Place) bool { return p.Room.Privacy == chat.Open },
		allow: true, says: "the room is open to everybody in the category's scope", clause: "XCCOS 7.2",
		list: func(p Place) []chat.PrincipalID { return p.Category.Allowed },
	},
	{
		name: "member", on: onJoin | onRead | onPost | onUpload | onDownload,
		when:  func(*Subject, Action, Place) bool { return true },
		allow: true, says: "the user is a member of the room", clause: "XCCOS 7.2",
		list: func(p Place) []chat.PrincipalID { return p.Room.Members },
	},
}

// WallRule is the row whose reason names the wall.
const WallRule = "wall"

// deniedRule is the row of a category's denied principals.
const deniedRule = "denied"

// lastRule refuses what no row of the table allows.
var lastRule = rule{name: "not-allowed", kind: chat.KindForbidden, says: "nothing allows it", clause: "XCCOS 7.2"}

// RuleNames lists the rows of the table, for the test that each is reached.
func RuleNames() []string {
	names := make([]string, len(rules))
	for i := range rules {
		names[i] = rules[i].name
	}
	return names
}

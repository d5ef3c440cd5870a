package access

import (
	"perch/chat"
)

// Eligible says whether a principal may be given a role in a room (XCCOS 7.2):
// he must be in the category's scope, and a presenter of an auditorium must be
// a member already. A group is in scope when the group itself, or one that
// holds it, is allowed and none is denied; affiliations are its own and those.
func Eligible(role chat.Role, p Place, affiliations []chat.PrincipalID) error {
	switch {
	case !InScope(p.Category, affiliations):
		return chat.E(chat.KindNotInScope, "not in the scope of category "+p.Category.Name+": allow the principal there first")
	case role == chat.Presenter && p.Room != nil && p.Room.Behavior == chat.Auditorium &&
		p.Room.Privacy != chat.Open && !has(p.Room.Members, affiliations):
		return chat.E(chat.KindPresenterNotMember, "a presenter must be a member first")
	}
	return nil
}

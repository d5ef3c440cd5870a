package xccos

import "time"

// InvitationsAfter is the id of the newest invitation that the client knows
// (XCCOS 4.8).
func (p *Primitive) InvitationsAfter() int { return max(0, p.Data.Child("inv").Int("inviteid", 0)) }

// Invitation is a room that the user was invited to, in rpl:getinv and ntc:invite
// (XCCOS 4.8, 5.3 [guess]).
type Invitation struct {
	ID        int64
	CreatedOn time.Time
	Room      ChanIB
}

// AppendInvitations appends invitations, oldest first.
func AppendInvitations(dst []byte, domain string, list []Invitation) []byte {
	for i := range list {
		v := &list[i]
		dst = append(dst, `<inv`...)
		dst = appendInt(dst, "inviteId", int(v.ID))
		dst = appendAttr(dst, "domain", domain)
		dst = append(appendTime(dst, "createdOn", v.CreatedOn), '>')
		dst = append(appendChanIB(dst, &v.Room), `</inv>`...)
	}
	return dst
}

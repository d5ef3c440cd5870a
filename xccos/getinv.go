package xccos

// InvitationsAfter is the id of the newest invitation that the client knows
// (XCCOS 4.8).
func (p *Primitive) InvitationsAfter() int { return max(0, p.Data.Child("inv").Int("inviteid", 0)) }

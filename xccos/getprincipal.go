package xccos

// Principal describes somebody and what holds him (XCCOS 4.15 [guess]).
type Principal struct {
	User           UIB
	Email, Company string
	MemberOf       []UIB
}

// AppendPrincipal appends the data of rpl:getprincipal.
func AppendPrincipal(dst []byte, p *Principal) []byte {
	dst = appendUIBOpen(dst, &p.User)
	dst = appendAttr(dst, "email", p.Email)
	dst = append(appendAttr(dst, "company", p.Company), '>')
	return append(AppendUsers(dst, p.MemberOf), `</uib>`...)
}

package xccos

// RoleList is who has one role in a room.
type RoleList struct {
	Type  string // MEMBER, MANAGER, PRESENTER
	Users []UIB
}

// AppendRoles appends the data of rpl:getroles (XCCOS 4.15 [guess]): the room and
// in it a list for each role, in the form of getassociations.
func AppendRoles(dst []byte, roomURI string, lists []RoleList) []byte {
	dst = append(dst, `<chanib`...)
	dst = append(appendAttr(dst, "uri", roomURI), '>')
	for i := range lists {
		dst = append(dst, `<association`...)
		dst = append(appendAttr(dst, "type", lists[i].Type), '>')
		dst = append(AppendUsers(dst, lists[i].Users), `</association>`...)
	}
	return append(dst, `</chanib>`...)
}

// AppendUsers appends people: the data of rpl:geteligible, rpl:getcatusers,
// rpl:finduser and rpl:getpartlist (XCCOS 4.15 [guess]).
func AppendUsers(dst []byte, users []UIB) []byte {
	for i := range users {
		dst = appendUIB(dst, &users[i])
	}
	return dst
}

// AppendMore appends that the limit cut a list.
func AppendMore(dst []byte, more bool) []byte {
	if more {
		dst = append(dst, `<more/>`...)
	}
	return dst
}

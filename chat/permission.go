package chat

// Permission is a permission mask: what one principal may do in one room. The
// bits are the original's and go out on the wire as decimal numbers (XCCOS 3.7).
type Permission int

const (
	PermManage         Permission = 1 << 2
	PermCreate         Permission = 1 << 4
	PermJoin           Permission = 1 << 7
	PermPost           Permission = 1 << 8
	PermReadHistory    Permission = 1 << 10
	PermView           Permission = 1 << 11
	PermPostAuditorium Permission = 1 << 12
	PermViewAll        Permission = 1 << 13 // sees the room whatever its privacy
)

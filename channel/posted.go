package channel

import "perch/chat"

// OnPosted has fn called for every message that was stored, before it is fanned
// out; nil ends that. fn must not block: it is for whoever reads rooms behind
// the posts, to know when there is something to read.
func (s *Service) OnPosted(fn func(room chat.RoomID)) {
	if fn == nil {
		s.onPosted.Store(nil)
		return
	}
	s.onPosted.Store(&fn)
}

func (s *Service) tellPosted(room chat.RoomID) {
	if fn := s.onPosted.Load(); fn != nil {
		(*fn)(room)
	}
}

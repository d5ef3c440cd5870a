package admin

import (
	"encoding/json"
	"log/slog"
	"net/http"

	"perch/channel"
	"perch/chat"
	"perch/chat/access"
	"perch/front/admin/api"
)

// rights streams what users may do in rooms, a line of JSON each.
func (s *Server) rights(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var user chat.PrincipalID
	if who := q.Get("user"); who != "" {
		p, err := s.dir.Find(who)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		user = p.ID
	}
	if room := q.Get("room"); room != "" {
		if _, err := s.rooms.FindRoom(room); err != nil {
			s.refuse(w, r, err)
			return
		}
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := json.NewEncoder(w)
	err := s.rooms.Rights(user, q.Get("room"), func(right channel.Right) bool {
		return out.Encode(rightOf(&right)) == nil
	})
	if err != nil {
		s.cfg.Log.Error("the list of rights was cut short", slog.Any("error", err))
	}
}

func rightOf(r *channel.Right) api.Right {
	out := api.Right{User: r.User.Name, Room: r.Room.Name, Category: r.Room.CategoryName, May: []string{}}
	for _, a := range access.Actions() {
		if d, asked := r.Decisions[a]; asked && d.Allowed {
			out.May = append(out.May, string(a))
		}
	}
	out.ReadRule = r.Decisions[access.Read].Rule()
	return out
}

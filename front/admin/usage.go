package admin

import (
	"net/http"
	"strconv"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/front/admin/api"
)

// usage reports what happened in a span of time.
func (s *Server) usage(r *http.Request) (any, error) {
	v := r.URL.Query()
	var q channel.UsageQuery
	for name, at := range map[string]*chat.Time{"from": &q.From, "until": &q.Until, "inactive_since": &q.InactiveSince} {
		if v.Get(name) == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, v.Get(name))
		if err != nil {
			return nil, chat.E(chat.KindInvalid, name+" is not a time")
		}
		*at = chat.At(t)
	}
	if q.Until <= q.From {
		return nil, chat.E(chat.KindInvalid, "the report ends before it begins")
	}
	for name, at := range map[string]*int{"top_users": &q.TopUsers, "top_rooms": &q.TopRooms, "least_rooms": &q.Quiet} {
		n, err := strconv.Atoi(v.Get(name))
		if err != nil || n < 0 {
			return nil, chat.E(chat.KindInvalid, name+" must be a number")
		}
		*at = n
	}
	u, err := s.rooms.Usage(r.Context(), q)
	return usageOf(&u), err
}

func usageOf(u *channel.Usage) api.Usage {
	out := api.Usage{
		From: u.From.Std(), Until: u.Until.Std(), Posts: u.Posts, ActiveUsers: u.ActiveUsers, Joins: u.Joins, Searches: u.Searches,
		Rooms: u.Rooms, EnabledRooms: u.EnabledRooms, Days: []api.UsageDay{}, Users: []api.UserUsage{},
		TopRooms: roomsUsage(u.TopRooms), LeastRooms: roomsUsage(u.QuietRooms), InactiveRooms: roomsUsage(u.Inactive),
	}
	for _, d := range u.Days {
		out.Days = append(out.Days, api.UsageDay{Day: d.Day.Format(time.DateOnly), Posts: d.Posts, Users: d.Users, Rooms: d.RoomsUsed})
	}
	for _, x := range u.Users {
		out.Users = append(out.Users, api.UserUsage{URI: x.URI, Name: x.Name, Posts: x.Posts, Rooms: x.Rooms})
	}
	return out
}

func roomsUsage(list []channel.RoomUsage) []api.RoomUsage {
	out := []api.RoomUsage{}
	for _, r := range list {
		one := api.RoomUsage{Name: r.Room.Name, Category: r.Category, Posts: r.Posts, Users: r.Users}
		if r.Last != 0 {
			at := r.Last.Std()
			one.Last = &at
		}
		out = append(out, one)
	}
	return out
}

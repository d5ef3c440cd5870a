package signin

import (
	"context"
	"encoding/xml"
	"log/slog"
	"slices"
	"strings"

	"perch/chat"
)

// roomSetting is the category of a publication that says which room a user
// follows (XCCOS 12.2).
const roomSetting = "roomSetting"

type roomSettingContent struct {
	Property []property `xml:"roomSetting>property"`
}

// followedChanged tells the Channel service which rooms a user follows now, if
// what was published says so. It does not wait for it.
func (s *Service) followedChanged(user chat.Principal, p *presence, put []chat.Publication, remove []chat.PublicationKey) {
	said := slices.ContainsFunc(put, func(x chat.Publication) bool { return x.Category == roomSetting }) ||
		slices.ContainsFunc(remove, func(x chat.PublicationKey) bool { return x.Category == roomSetting })
	if !said || s.cfg.Followed == nil {
		return
	}
	s.wg.Go(func() {
		s.following.Lock() // the one that comes last takes the list that stands then
		defer s.following.Unlock()
		var rooms []string
		for _, pub := range p.all() {
			if url := followed(&pub); url != "" {
				rooms = append(rooms, url)
			}
		}
		if err := s.cfg.Followed(context.Background(), user.ID, rooms); err != nil {
			s.cfg.Log.Error("followed rooms were not stored", slog.String("principal", user.URI), slog.Any("error", err))
		}
	})
}

// followed is the address of the room that a publication says is followed.
func followed(pub *chat.Publication) string {
	if pub.Category != roomSetting {
		return ""
	}
	var c roomSettingContent
	if err := xml.Unmarshal([]byte("<x>"+pub.Content+"</x>"), &c); err != nil {
		return ""
	}
	for _, p := range c.Property {
		if strings.EqualFold(p.Name, "url") {
			return strings.TrimSpace(p.Value)
		}
	}
	return ""
}

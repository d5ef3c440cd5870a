package signin

import (
	"context"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"perch/chat"
	"perch/sip"
	"perch/sip/ua"
)

// service answers SERVICE by the type of its body (SIPE 4.2, 4.3).
func (s *Service) service(r *ua.Request) {
	user, ok := s.dir.FindURI(r.From.User)
	if !ok {
		r.Respond(403, "", nil, nil)
		return
	}
	kind, _, _ := strings.Cut(strings.ToLower(string(r.ContentType)), ";")
	switch strings.TrimSpace(kind) {
	case "application/msrtc-category-publish+xml":
		s.publish(r, user)
	case "application/msrtc-setcontainermembers+xml":
		r.Respond(200, "", nil, nil) // who sees what is the same for everybody here
	case "application/soap+xml":
		s.changeContacts(r, user)
	default:
		r.Respond(501, "", s.diagnostics(1003, "no such service"), nil)
	}
}

type publishRequest struct {
	Publications []struct {
		Category  string `xml:"categoryName,attr"`
		Instance  int64  `xml:"instance,attr"`
		Container int    `xml:"container,attr"`
		Version   int64  `xml:"version,attr"`
		Expire    string `xml:"expireType,attr"`
		Expires   string `xml:"expires,attr"`
		Content   string `xml:",innerxml"`
	} `xml:"publications>publication"`
}

// How long a publication lasts (SIPE 4.3): as long as its endpoint is signed in,
// or for a number of seconds; others are kept.
const (
	expireEndpoint = "endpoint"
	expireTime     = "time"
)

// maxPublications bounds what one user keeps; followed rooms are among them.
const maxPublications = 2000

// publish stores publications (SIPE 4.3). All of them or none: a wrong version
// is answered 409 with the right ones.
func (s *Service) publish(r *ua.Request, user chat.Principal) {
	var in publishRequest
	if err := xml.Unmarshal(r.Body, &in); err != nil {
		r.Respond(400, "", s.diagnostics(1003, "the publication is not XML"), nil)
		return
	}
	endpoint := ua.EndpointOf(r.Message)
	now := chat.At(s.cfg.Now())
	p, err := s.presenceOf(user)
	if err != nil {
		s.unavailable(r, err)
		return
	}
	p.change.Lock()
	defer p.change.Unlock()
	var put []chat.Publication
	var remove []chat.PublicationKey
	var wrong []string
	for i, in := range in.Publications {
		key := chat.PublicationKey{Category: in.Category, Instance: in.Instance, Container: in.Container}
		old, _ := p.get(key)
		if old.Version != in.Version {
			wrong = append(wrong, fmt.Sprintf(`<operation index="%d" curVersion="%d"/>`, i+1, old.Version))
			continue
		}
		if in.Expires == "0" {
			remove = append(remove, key)
			continue
		}
		pub := chat.Publication{
			PublicationKey: key, Version: old.Version + 1, At: now, Expire: in.Expire, Endpoint: endpoint, Content: in.Content,
		}
		if in.Expire == expireTime {
			if pub.Seconds, err = strconv.Atoi(in.Expires); err != nil || pub.Seconds < 0 {
				r.Respond(400, "", s.diagnostics(1003, "a publication with expireType time needs expires in seconds"), nil)
				return
			}
		}
		put = append(put, pub)
	}
	if len(wrong) > 0 {
		body := `<Fault xmlns="http://schemas.microsoft.com/2006/09/sip/fault"><Faultcode>Client.BadCall.WrongDelta</Faultcode><details>` + strings.Join(wrong, "") + `</details></Fault>`
		r.Respond(409, "", []sip.Header{{Name: "Content-Type", Value: "application/msrtc-fault+xml"}}, []byte(body))
		return
	}
	if p.count()+len(put) > maxPublications {
		r.Respond(413, "", s.diagnostics(1003, "too many publications"), nil)
		return
	}
	if err := s.keep(user, put, remove); err != nil {
		s.unavailable(r, err)
		return
	}
	p.apply(put, remove)
	s.followedChanged(user, p, put, remove)
	s.presences.time(user, put)
	body := selfCategories(user.URI, put)
	r.Respond(200, "", []sip.Header{{Name: "Content-Type", Value: selfType}}, body)
	for _, sub := range s.subs.of(user.ID, eventSelf, endpoint) {
		sub.notify(selfType, body)
	}
	s.notifyPresence(user)
}

// keep stores what outlives the endpoint.
func (s *Service) keep(user chat.Principal, put []chat.Publication, remove []chat.PublicationKey) error {
	lasting := slices.DeleteFunc(slices.Clone(put), func(p chat.Publication) bool { return p.Expire == expireEndpoint || p.Expire == expireTime })
	if len(lasting) == 0 && len(remove) == 0 {
		return nil
	}
	return s.store.UpdatePublications(context.Background(), user.ID, lasting, remove)
}

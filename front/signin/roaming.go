package signin

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"perch/chat"
	"perch/sip/ua"
)

const selfType = "application/vnd-microsoft-roaming-self+xml"

type roamingRequest struct {
	Roaming []struct {
		Type string `xml:"type,attr"`
	} `xml:"roaming"`
}

// subscribeSelf gives a user what he has published, followed rooms included,
// from whichever endpoint (SIPE 4.3).
func (s *Service) subscribeSelf(r *ua.Request, user chat.Principal) {
	var in roamingRequest
	if len(r.Body) > 0 {
		if err := xml.Unmarshal(r.Body, &in); err != nil {
			r.Respond(400, "", s.diagnostics(1003, "the roaming request is not XML"), nil)
			return
		}
	}
	p, err := s.presenceOf(user)
	if err != nil {
		s.unavailable(r, err)
		return
	}
	var b strings.Builder
	b.WriteString(`<roamingData xmlns="http://schemas.microsoft.com/2006/09/sip/roaming-self">`)
	for _, want := range in.Roaming {
		switch want.Type {
		case "categories":
			writeCategories(&b, user.URI, p.all())
		case "containers":
			b.WriteString(`<containers xmlns="http://schemas.microsoft.com/2006/09/sip/containers">`)
			for _, id := range [...]int{0, 100, 200, 300, 400, 32000} {
				fmt.Fprintf(&b, `<container id="%d" version="0"/>`, id)
			}
			b.WriteString(`</containers>`)
		case "subscribers":
			b.WriteString(`<subscribers xmlns="http://schemas.microsoft.com/2006/09/sip/presence-subscribers"/>`)
		}
	}
	b.WriteString(`</roamingData>`)
	s.answer(r, &subscription{svc: s, event: eventSelf, user: user}, selfType, []byte(b.String()))
}

// selfCategories is the document of some of a user's own publications.
func selfCategories(uri string, list []chat.Publication) []byte {
	var b strings.Builder
	b.WriteString(`<roamingData xmlns="http://schemas.microsoft.com/2006/09/sip/roaming-self">`)
	writeCategories(&b, uri, list)
	b.WriteString(`</roamingData>`)
	return []byte(b.String())
}

// writeCategories writes publications as their owner sees them. Their content
// is what he sent, which was read as XML.
func writeCategories(b *strings.Builder, uri string, list []chat.Publication) {
	fmt.Fprintf(b, `<categories xmlns="http://schemas.microsoft.com/2006/09/sip/categories" uri="%s">`, escape(uri))
	for _, p := range list {
		fmt.Fprintf(b, `<category name="%s" instance="%d" container="%d" version="%d" publishTime="%s" expireType="%s">%s</category>`,
			escape(p.Category), p.Instance, p.Container, p.Version, p.At.Std().Format(time.RFC3339), escape(p.Expire), p.Content)
	}
	b.WriteString(`</categories>`)
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

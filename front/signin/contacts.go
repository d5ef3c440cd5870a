package signin

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"perch/chat"
	"perch/sip"
	"perch/sip/ua"
)

const contactsType = "application/vnd-microsoft-roaming-contacts+xml"

// Bounds of one contact list.
const (
	maxContacts = 1000
	maxGroups   = 64
)

type (
	contactListDoc struct {
		XMLName  xml.Name     `xml:"contactList"`
		Delta    int64        `xml:"deltaNum,attr"`
		Groups   []groupElt   `xml:"group"`
		Contacts []contactElt `xml:"contact"`
	}
	contactDeltaDoc struct {
		XMLName         xml.Name     `xml:"contactDelta"`
		Delta           int64        `xml:"deltaNum,attr"`
		AddedGroup      []groupElt   `xml:"addedGroup"`
		ModifiedGroup   []groupElt   `xml:"modifiedGroup"`
		DeletedGroup    []groupElt   `xml:"deletedGroup"`
		AddedContact    []contactElt `xml:"addedContact"`
		ModifiedContact []contactElt `xml:"modifiedContact"`
		DeletedContact  []contactElt `xml:"deletedContact"`
	}
	groupElt struct {
		ID       int    `xml:"id,attr"`
		Name     string `xml:"name,attr"`
		External string `xml:"externalURI,attr"`
	}
	contactElt struct {
		URI        string `xml:"uri,attr"`
		Name       string `xml:"name,attr"`
		Groups     string `xml:"groups,attr"`
		Subscribed bool   `xml:"subscribed,attr"`
		External   string `xml:"externalURI,attr"`
	}
)

func groupOf(g chat.ContactGroup) groupElt { return groupElt{g.ID, g.Name, g.ExternalURI} }

// contactOf shows a contact; the whole list has its address without "sip:".
func contactOf(c chat.Contact, scheme bool) contactElt {
	uri := c.URI
	if !scheme {
		uri = strings.TrimPrefix(uri, "sip:")
	}
	ids := make([]string, len(c.Groups))
	for i, g := range c.Groups {
		ids[i] = strconv.Itoa(g)
	}
	return contactElt{uri, c.DisplayName, strings.Join(ids, " "), c.Subscribed, c.ExternalURI}
}

// subscribeContacts gives a user his contact list (SIPE 4.2).
func (s *Service) subscribeContacts(r *ua.Request, user chat.Principal) {
	l, err := s.store.FindContacts(context.Background(), user.ID)
	if err != nil {
		s.unavailable(r, err)
		return
	}
	doc := contactListDoc{Delta: l.Version}
	for _, g := range l.Groups {
		doc.Groups = append(doc.Groups, groupOf(g))
	}
	for _, c := range l.Contacts {
		doc.Contacts = append(doc.Contacts, contactOf(c, false))
	}
	s.answer(r, &subscription{svc: s, event: eventContacts, user: user}, contactsType, marshal(doc))
}

func (s *Service) unavailable(r *ua.Request, err error) {
	s.cfg.Log.Error("the store failed", "error", err)
	r.Respond(503, "", append(s.diagnostics(20007, chat.KindOf(err).String()), sip.Header{Name: "Retry-After", Value: "5"}), nil)
}

// soapChange is the body of a SERVICE that changes the contact list.
type soapChange struct {
	Body struct {
		SetContact    *soapContact `xml:"setContact"`
		DeleteContact *soapContact `xml:"deleteContact"`
		AddGroup      *soapGroup   `xml:"addGroup"`
		ModifyGroup   *soapGroup   `xml:"modifyGroup"`
		DeleteGroup   *soapGroup   `xml:"deleteGroup"`
	} `xml:"Body"`
}

type soapContact struct {
	DisplayName string `xml:"displayName"`
	Groups      string `xml:"groups"`
	Subscribed  string `xml:"subscribed"`
	URI         string `xml:"URI"`
	External    string `xml:"externalURI"`
}

type soapGroup struct {
	ID       int    `xml:"groupID"`
	Name     string `xml:"name"`
	External string `xml:"externalURI"`
}

var errContacts = errors.New("the contact list cannot be changed so")

// changeContacts carries out a SOAP change. The client counts deltaNum itself,
// so that of the request is not looked at.
func (s *Service) changeContacts(r *ua.Request, user chat.Principal) {
	var in soapChange
	if err := xml.Unmarshal(r.Body, &in); err != nil {
		r.Respond(400, "", s.diagnostics(1003, "the SOAP body is not XML"), nil)
		return
	}
	for range 5 { // another endpoint may change the list meanwhile
		l, err := s.store.FindContacts(context.Background(), user.ID)
		if err != nil {
			s.unavailable(r, err)
			return
		}
		var delta contactDeltaDoc
		answer, err := apply(&l, &in, &delta)
		if err != nil {
			r.Respond(400, "", s.diagnostics(1003, err.Error()), nil)
			return
		}
		l.Version++
		err = s.store.UpdateContacts(context.Background(), user.ID, l)
		if chat.KindOf(err) == chat.KindCollision {
			continue
		}
		if err != nil {
			s.unavailable(r, err)
			return
		}
		if answer == nil {
			r.Respond(200, "", nil, nil)
		} else {
			r.Respond(200, "", []sip.Header{{Name: "Content-Type", Value: "application/SOAP+xml"}}, answer)
		}
		delta.Delta = l.Version
		for _, sub := range s.subs.of(user.ID, eventContacts, ua.EndpointOf(r.Message)) {
			sub.notify(contactsType, marshal(delta))
		}
		return
	}
	r.Respond(503, "", []sip.Header{{Name: "Retry-After", Value: "1"}}, nil)
}

// apply changes the list as one of the five SOAP calls says.
func apply(l *chat.ContactList, in *soapChange, delta *contactDeltaDoc) (answer []byte, err error) {
	switch b := &in.Body; {
	case b.SetContact != nil:
		return nil, setContact(l, b.SetContact, delta)
	case b.DeleteContact != nil:
		uri := contactURI(b.DeleteContact.URI)
		l.Contacts = slices.DeleteFunc(l.Contacts, func(c chat.Contact) bool { return c.URI == uri })
		delta.DeletedContact = []contactElt{{URI: uri}}
	case b.AddGroup != nil:
		return addGroup(l, b.AddGroup, delta)
	case b.ModifyGroup != nil:
		for i := range l.Groups {
			if g := &l.Groups[i]; g.ID == b.ModifyGroup.ID {
				g.Name, g.ExternalURI = b.ModifyGroup.Name, b.ModifyGroup.External
				delta.ModifiedGroup = []groupElt{groupOf(*g)}
			}
		}
	case b.DeleteGroup != nil:
		id := b.DeleteGroup.ID
		l.Groups = slices.DeleteFunc(l.Groups, func(g chat.ContactGroup) bool { return g.ID == id && id != 1 })
		for i := range l.Contacts {
			l.Contacts[i].Groups = slices.DeleteFunc(l.Contacts[i].Groups, func(g int) bool { return g == id })
		}
		delta.DeletedGroup = []groupElt{{ID: id}}
	default:
		return nil, errContacts
	}
	return nil, nil
}

func addGroup(l *chat.ContactList, in *soapGroup, delta *contactDeltaDoc) ([]byte, error) {
	if len(l.Groups) >= maxGroups {
		return nil, fmt.Errorf("%w: at most %d groups", errContacts, maxGroups)
	}
	g := chat.ContactGroup{ID: 1, Name: in.Name, ExternalURI: in.External}
	for _, other := range l.Groups {
		g.ID = max(g.ID, other.ID+1)
	}
	l.Groups = append(l.Groups, g)
	delta.AddedGroup = []groupElt{groupOf(g)}
	return fmt.Appendf(nil, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/winrtc/2002/11/sip"><s:Body><m:addGroup><m:groupID>%d</m:groupID></m:addGroup></s:Body></s:Envelope>`, g.ID), nil
}

func setContact(l *chat.ContactList, in *soapContact, delta *contactDeltaDoc) error {
	c := chat.Contact{URI: contactURI(in.URI), DisplayName: in.DisplayName, ExternalURI: in.External, Subscribed: strings.EqualFold(in.Subscribed, "true")}
	if c.URI == "" {
		return errContacts
	}
	for _, id := range strings.Fields(in.Groups) {
		if n, err := strconv.Atoi(id); err == nil {
			c.Groups = append(c.Groups, n)
		}
	}
	for i := range l.Contacts {
		if l.Contacts[i].URI == c.URI {
			l.Contacts[i] = c
			delta.ModifiedContact = []contactElt{contactOf(c, true)}
			return nil
		}
	}
	if len(l.Contacts) >= maxContacts {
		return fmt.Errorf("%w: at most %d contacts", errContacts, maxContacts)
	}
	l.Contacts = append(l.Contacts, c)
	delta.AddedContact = []contactElt{contactOf(c, true)}
	return nil
}

// contactURI is a contact's canonical address, or "".
func contactURI(uri string) string {
	uri = strings.TrimSpace(uri)
	if !strings.Contains(uri, ":") {
		uri = "sip:" + uri
	}
	aor, err := sip.CanonicalAOR([]byte(uri))
	if err != nil {
		return ""
	}
	return aor
}

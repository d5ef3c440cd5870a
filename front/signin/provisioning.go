package signin

import (
	"encoding/xml"
	"slices"
	"strconv"

	"perch/chat"
	"perch/sip/ua"
)

const (
	provisioningType = "application/vnd-microsoft-roaming-provisioning-v2+xml"
	provisioningNS   = "http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification"
)

// provisioningRequest is the body of the SUBSCRIBE (SIPE 4.1).
type provisioningRequest struct {
	Groups []struct {
		Name string `xml:"name,attr"`
	} `xml:"provisioningGroup"`
}

type (
	provisioningDoc struct {
		XMLName xml.Name         `xml:"provisionGroupList"`
		NS      string           `xml:"xmlns,attr"`
		Groups  []provisionGroup `xml:"provisionGroup"`
	}
	provisionGroup struct {
		Name       string        `xml:"name,attr"`
		Encryption string        `xml:"ucPC2PCAVEncryption,omitempty"`
		PortRange  string        `xml:"ucPortRangeEnabled,omitempty"`
		Properties *propertyList `xml:"propertyEntryList"`
	}
	propertyList struct {
		Property []property `xml:"property"`
	}
	property struct {
		Name  string `xml:"name,attr"`
		Value string `xml:",chardata"`
	}
)

// subscribeProvisioning tells a client policy and pool (SIPE 4.1).
func (s *Service) subscribeProvisioning(r *ua.Request, user chat.Principal) {
	var asked provisioningRequest
	if len(r.Body) > 0 {
		if err := xml.Unmarshal(r.Body, &asked); err != nil {
			r.Respond(400, "", s.diagnostics(1003, "the provisioning request is not XML"), nil)
			return
		}
	}
	sub := &subscription{svc: s, event: eventProvisioning, user: user}
	for _, g := range asked.Groups {
		sub.groups = append(sub.groups, g.Name)
	}
	s.answer(r, sub, provisioningType, s.provisioning(user, sub.groups))
}

// provisioning makes the document; no groups means all that we have.
func (s *Service) provisioning(user chat.Principal, groups []string) []byte {
	doc := provisioningDoc{NS: provisioningNS}
	wanted := func(name string) bool { return len(groups) == 0 || slices.Contains(groups, name) }
	if wanted("ServerConfiguration") {
		doc.Groups = append(doc.Groups, provisionGroup{Name: "ServerConfiguration", Encryption: "SupportEncryption", PortRange: "false"})
	}
	if wanted("persistentChatConfiguration") {
		p := []property{
			{"EnablePersistentChat", strconv.FormatBool(s.dir.Enabled(user.ID))},
			{"DefaultPersistentChatPoolUri", s.cfg.PoolURI},
			{"PersistentChatPoolUris", s.cfg.PoolURI},
		}
		if u := s.cfg.Settings().RoomManagementURL; u != "" {
			p = append(p, property{"PersistentChatWebManagerUriInt", u}, property{"PersistentChatWebManagerUriExt", u})
		}
		doc.Groups = append(doc.Groups, provisionGroup{Name: "persistentChatConfiguration", Properties: &propertyList{p}})
	}
	return marshal(doc)
}

// notifyProvisioning tells a user's clients that policy has changed.
func (s *Service) notifyProvisioning(user chat.Principal) {
	for _, sub := range s.subs.of(user.ID, eventProvisioning, "") {
		sub.notify(provisioningType, s.provisioning(user, sub.groups))
	}
}

// SettingsChanged tells every client what holds now.
func (s *Service) SettingsChanged() {
	for _, user := range s.subs.users(eventProvisioning) {
		s.notifyProvisioning(user)
	}
}

// marshal prints XML; our own structs always can be.
func marshal(v any) []byte {
	b, err := xml.Marshal(v)
	if err != nil {
		return nil
	}
	return b
}

package probe

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"time"

	"perch/sip"
	"perch/sip/auth"
)

// ErrNoPassword says that the server asks for a proof and no password was given.
var ErrNoPassword = errors.New("the server asks for a password")

// SignIn registers the endpoint: without proof if the server wants none, and
// otherwise by NTLM (SIPE 3.4, 3.6).
func (ep *Endpoint) SignIn(ctx context.Context, password string) error {
	a, err := ep.register(ctx, nil, nil)
	if err != nil || a.Status == 200 {
		return err
	}
	if a.Status != 401 {
		return ep.refusal("REGISTER", &a)
	}
	if password == "" {
		return fmt.Errorf("%s: %w", ep.user, ErrNoPassword)
	}
	client := &auth.Client{User: ep.user, Domain: ep.domain, Hash: auth.NTHash(password), Rand: rand.Reader}
	value, err := client.Ask([]byte(a.offer))
	if err != nil {
		return fmt.Errorf("%s: %w", ep.user, err)
	}
	if a, err = ep.register(ctx, []sip.Header{{Name: "Authorization", Value: value}}, nil); err != nil {
		return err
	}
	if a.Status != 401 {
		return ep.refusal("REGISTER", &a)
	}
	signer, err := client.Prove([]byte(a.offer), time.Now())
	if err != nil {
		return fmt.Errorf("%s: %w", ep.user, err)
	}
	ep.signer.Store(signer) // the answer is signed already
	if a, err = ep.register(ctx, nil, signer); err == nil && a.Status != 200 {
		ep.signer.Store(nil)
		err = ep.refusal("REGISTER", &a)
	}
	return err
}

// SignOff ends the registration.
func (ep *Endpoint) SignOff(ctx context.Context) error {
	a, err := ep.register(ctx, []sip.Header{{Name: "Expires", Value: "0"}}, nil)
	if err == nil && a.Status != 200 {
		err = ep.refusal("REGISTER", &a)
	}
	return err
}

// register sends one REGISTER; all of an endpoint have one Call-ID (SIPE 2).
func (ep *Endpoint) register(ctx context.Context, headers []sip.Header, prove *auth.Signer) (Answer, error) {
	ep.registers++
	r := &request{
		method: sip.REGISTER, uri: "sip:" + ep.domain, call: ep.registration, seq: ep.registers, prove: prove,
		headers: append([]sip.Header{{Name: "Supported", Value: "gruu-10, adhoclist, msrtc-event-categories"}, {Name: "Event", Value: "registration"}}, headers...),
	}
	msg := ep.print(r)
	ep.registration = r.call
	return ep.ask(ctx, msg, "REGISTER")
}

// Provisioning is what a user is told after sign-in (SIPE 4.1).
type Provisioning struct {
	Enabled bool   // EnablePersistentChat
	Pool    string // DefaultPersistentChatPoolUri
}

const (
	provisioningEvent = "vnd-microsoft-provisioning-v2"
	provisioningType  = "application/vnd-microsoft-roaming-provisioning-v2+xml"
	provisioningBody  = `<provisioningGroupList xmlns="http://schemas.microsoft.com/2006/09/sip/provisioninggrouplist">` +
		`<provisioningGroup name="ServerConfiguration"/><provisioningGroup name="persistentChatConfiguration"/></provisioningGroupList>`
)

// Provisioning asks what holds for the user.
func (ep *Endpoint) Provisioning(ctx context.Context) (Provisioning, error) {
	body, err := ep.Subscribe(ctx, provisioningEvent, provisioningType, provisioningBody, sip.Header{Name: "Expires", Value: "0"})
	if err != nil {
		return Provisioning{}, err
	}
	var doc struct {
		Properties []struct {
			Name  string `xml:"name,attr"`
			Value string `xml:",chardata"`
		} `xml:"provisionGroup>propertyEntryList>property"`
	}
	if err := xml.Unmarshal(body, &doc); err != nil {
		return Provisioning{}, fmt.Errorf("%s: the provisioning cannot be read: %w", ep.user, err)
	}
	var p Provisioning
	for _, x := range doc.Properties {
		switch x.Name {
		case "EnablePersistentChat":
			p.Enabled = x.Value == "true"
		case "DefaultPersistentChatPoolUri":
			p.Pool = x.Value
		}
	}
	return p, nil
}

// Subscribe asks for one event package of the user himself and returns the
// document that comes with the answer (SIPE 4).
func (ep *Endpoint) Subscribe(ctx context.Context, event, media, body string, headers ...sip.Header) ([]byte, error) {
	a, err := ep.demand(ctx, ep.print(&request{
		method: sip.SUBSCRIBE, uri: ep.URI(), media: media, body: body,
		headers: append([]sip.Header{
			{Name: "Event", Value: event},
			{Name: "Supported", Value: "ms-benotify"},
			{Name: "Proxy-Require", Value: "ms-benotify"},
			{Name: "Supported", Value: "ms-piggyback-first-notify"},
		}, headers...),
	}), "SUBSCRIBE "+event)
	return a.body, err
}

// Serve sends a SERVICE: a publication or a change of contacts (SIPE 4.2, 4.3).
func (ep *Endpoint) Serve(ctx context.Context, media, body string) error {
	_, err := ep.demand(ctx, ep.print(&request{method: sip.SERVICE, uri: ep.URI(), media: media, body: body}), "SERVICE")
	return err
}

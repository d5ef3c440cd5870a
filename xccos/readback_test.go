package xccos_test

import (
	"encoding/xml"
	"strconv"
	"strings"
	"testing"
	"time"

	"perch/xccos"
)

// The envelope as encoding/xml reads it: a reader that shares nothing with
// ours, so that what the writer makes is judged by somebody else.
type (
	envelopeXML struct {
		XMLName  xml.Name    `xml:"urn:parlano:xml:ns:xccos xccos"`
		Ver      string      `xml:"ver,attr"`
		EnvID    uint64      `xml:"envid,attr"`
		Replies  []replyXML  `xml:"rpl"`
		Notices  []noticeXML `xml:"ntc"`
		Messages []msgXML    `xml:"grpchat"`
	}
	replyXML struct {
		ID      string `xml:"id,attr"`
		Seq     string `xml:"seqid,attr"`
		Command struct {
			Seq   string `xml:"seqid,attr"`
			EnvID string `xml:"envid,attr"`
		} `xml:"commandid"`
		Resp struct {
			Code int    `xml:"code,attr"`
			Text string `xml:",chardata"`
		} `xml:"resp"`
		Data dataXML `xml:"data"`
	}
	noticeXML struct {
		ID   string  `xml:"id,attr"`
		Seq  string  `xml:"seqid,attr"`
		Data dataXML `xml:"data"`
	}
	dataXML struct {
		Users  []uibXML    `xml:"uib"`
		Rooms  []chanibXML `xml:"chanib"`
		Failed []struct {
			Key    string `xml:"key,attr"`
			Domain string `xml:"domain,attr"`
			Value  string `xml:"value,attr"`
		} `xml:"fib"`
		Server *sibXML `xml:"sib"`
		Pref   *struct {
			Label   string  `xml:"label,attr"`
			Seq     int64   `xml:"seqid,attr"`
			Content *string `xml:"content,attr"`
		} `xml:"pref"`
	}
	uibXML struct {
		ID       int      `xml:"id,attr"`
		URI      string   `xml:"uri,attr"`
		GUID     string   `xml:"guid,attr"`
		Type     int      `xml:"type,attr"`
		Name     string   `xml:"uname,attr"`
		Display  string   `xml:"dispname,attr"`
		Disabled bool     `xml:"disabled,attr"`
		AIB      []aibXML `xml:"aib"`
	}
	aibXML struct {
		Key   int    `xml:"key,attr"`
		Value string `xml:"value,attr"`
	}
	chanibXML struct {
		URI         string   `xml:"uri,attr"`
		Name        string   `xml:"name,attr"`
		Description string   `xml:"description,attr"`
		Parent      string   `xml:"parent,attr"`
		Behavior    string   `xml:"behavior,attr"`
		Disabled    bool     `xml:"disabled,attr"`
		AIB         []aibXML `xml:"aib"`
		Audit       *struct {
			UpdatedBy string    `xml:"updatedby,attr"`
			UpdatedOn time.Time `xml:"updatedon,attr"`
			CreatedBy string    `xml:"createdby,attr"`
			CreatedOn time.Time `xml:"createdon,attr"`
		} `xml:"audit"`
		Infos    []idXML  `xml:"info"`
		Props    []idXML  `xml:"prop"`
		Messages []msgXML `xml:"msg"`
		Users    []uibXML `xml:"uib"`
	}
	idXML struct {
		ID   string `xml:"id,attr"`
		Text string `xml:",chardata"`
	}
	sibXML struct {
		InfoType   string    `xml:"infoType,attr"`
		ServerTime time.Time `xml:"serverTime,attr"`
		Search     int       `xml:"searchLimit,attr"`
		Message    int       `xml:"messageSizeLimit,attr"`
		Story      int       `xml:"storySizeLimit,attr"`
		Root       string    `xml:"rootUri,attr"`
		DBVersion  string    `xml:"dbVersion,attr"`
		Display    string    `xml:"displayName,attr"`
		RoomsURL   string    `xml:"roomManagementUrl,attr"`
	}
	msgXML struct {
		ID       string    `xml:"id,attr"`
		ChanURI  string    `xml:"chanUri,attr"`
		Author   string    `xml:"author,attr"`
		AuthDisp string    `xml:"authdisp,attr"`
		Alert    bool      `xml:"alert,attr"`
		ChatID   int64     `xml:"chatId,attr"`
		TS       time.Time `xml:"ts,attr"`
		Chat     string    `xml:"chat"`
		RTF      string    `xml:"rtf"`
	}
)

// data is all that one body of the server can hold, in the writer's own terms.
type data struct {
	Users    []xccos.UIB
	Rooms    []xccos.ChanIB
	Failed   []xccos.FIB
	Messages []xccos.Message
	Entered  []xccos.Entry
	Left     []string
	Server   *xccos.SIB
	Pref     *xccos.Pref
}

// failer is what *testing.T and *rapid.T have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// unmarshal reads a body with encoding/xml. It turns CR LF into LF as every
// XML reader does, so line ends that were written are made good first.
func unmarshal(t failer, body []byte) envelopeXML {
	t.Helper()
	var e envelopeXML
	if err := xml.Unmarshal([]byte(strings.ReplaceAll(string(body), "\r\n", "&#13;\n")), &e); err != nil {
		t.Fatalf("not well-formed: %v\n%s", err, body)
	}
	return e
}

// data gathers what the envelope holds.
func (e envelopeXML) data(t testing.TB) data {
	t.Helper()
	var d data
	for _, m := range e.Messages {
		d.Messages = append(d.Messages, m.message(t))
	}
	for _, r := range e.Replies {
		r.Data.into(t, &d)
	}
	for _, n := range e.Notices {
		n.Data.into(t, &d)
	}
	return d
}

func (x *dataXML) into(t testing.TB, d *data) {
	t.Helper()
	for _, u := range x.Users {
		d.Users = append(d.Users, u.uib())
		for _, a := range u.AIB {
			d.Entered = append(d.Entered, xccos.Entry{User: u.uib(), Key: a.Key, Value: a.Value})
		}
	}
	for _, c := range x.Rooms {
		d.Rooms = append(d.Rooms, c.chanib(t))
		for _, m := range c.Messages {
			d.Messages = append(d.Messages, m.message(t))
		}
		for _, u := range c.Users {
			d.Left = append(d.Left, u.URI)
		}
	}
	for _, f := range x.Failed {
		d.Failed = append(d.Failed, xccos.FIB(f))
	}
	if s := x.Server; s != nil {
		d.Server = &xccos.SIB{
			InfoType: s.InfoType, ServerTime: s.ServerTime, SearchLimit: s.Search, MessageSizeLimit: s.Message, StorySizeLimit: s.Story,
			RootURI: s.Root, DBVersion: s.DBVersion, DisplayName: s.Display, RoomManagementURL: s.RoomsURL,
		}
	}
	if p := x.Pref; p != nil {
		d.Pref = &xccos.Pref{Label: p.Label, Seq: p.Seq, Has: p.Content != nil}
		if p.Content != nil {
			d.Pref.Content = *p.Content
		}
	}
}

func (m msgXML) message(t testing.TB) xccos.Message {
	t.Helper()
	if m.ID != "grpchat" {
		t.Errorf("the id of a message is %q", m.ID)
	}
	return xccos.Message{ChanURI: m.ChanURI, Author: m.Author, AuthDisp: m.AuthDisp, ChatID: m.ChatID, TS: m.TS, Alert: m.Alert, Chat: m.Chat, RTF: m.RTF}
}

func (u uibXML) uib() xccos.UIB {
	return xccos.UIB{ID: u.ID, URI: u.URI, GUID: u.GUID, Type: u.Type, Name: u.Name, Display: u.Display, Disabled: u.Disabled}
}

func (c chanibXML) chanib(t failer) xccos.ChanIB {
	t.Helper()
	out := xccos.ChanIB{URI: c.URI, Name: c.Name, Description: c.Description, Parent: c.Parent, Behavior: c.Behavior, Disabled: c.Disabled}
	for _, a := range c.AIB {
		var ids []int
		for s := range strings.SplitSeq(a.Value, ",") {
			id, err := strconv.Atoi(s)
			if err != nil {
				t.Fatalf("aib %q: %v", a.Value, err)
			}
			ids = append(ids, id)
		}
		out.AIB = append(out.AIB, xccos.AIB{Key: a.Key, Value: ids})
	}
	if a := c.Audit; a != nil {
		out.Audit = xccos.Audit{UpdatedBy: a.UpdatedBy, UpdatedOn: a.UpdatedOn, CreatedBy: a.CreatedBy, CreatedOn: a.CreatedOn}
	}
	for _, i := range c.Infos {
		switch i.ID {
		case "urn:parlano:ma:info:ucnt":
			out.Users, _ = strconv.Atoi(i.Text)
		case "urn:parlano:ma:info:visibility", "urn:parlano:ma:info:visibilty": // both spellings, or they differ
			if out.Visibility != "" && out.Visibility != i.Text {
				t.Fatalf("visibility is %q and %q", out.Visibility, i.Text)
			}
			out.Visibility = i.Text
		default:
			t.Fatalf("info %q", i.ID)
		}
	}
	on := map[string]*bool{"filepost": &out.FilePost, "invite": &out.Invite, "logged": &out.Logged}
	for _, p := range c.Props {
		*on[strings.TrimPrefix(p.ID, "urn:parlano:ma:prop:")] = p.Text == "True"
	}
	return out
}

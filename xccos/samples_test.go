package xccos_test

import (
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"perch/xccos"
)

// How the server's side of an exchange begins, and a successful reply in it.
const (
	serverEnvelope = `<xccos xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ver="1" envid="7962449779256945056" xmlns="urn:parlano:xml:ns:xccos">`
	answersOne     = `" seqid="1"><commandid seqid="1" envid="139132352"/><resp code="200">SUCCESS_OK</resp>`
)

func sampleReply(name, data string) string {
	return serverEnvelope + `<rpl id="rpl:` + name + answersOne + data + `</rpl></xccos>`
}

func sampleNotice(name, data string) string {
	return serverEnvelope + `<ntc id="ntc:` + name + `" seqid="1"><data>` + data + `</data></ntc></xccos>`
}

var roomA = xccos.RoomURI("contoso.com", "GUID-A")

// samples are the wire examples that the reference material gives for what the
// server says. Those marked so there were seen byte by byte or element by
// element; adds lists what we send beyond one, which readers pass over
// (XCCOS 16): if a client turns out not to, this is where to look.
func samples() []sample {
	server := info
	server.RootURI, server.DisplayName, server.RoomManagementURL = xccos.CategoryURI("contoso.com", "GUID"), "", ""
	a := xccos.ChanIB{URI: roomA, Name: "Ops", Description: "Operations", Behavior: "NORMAL", Users: 17, Visibility: "SCOPED", FilePost: true, Invite: true, Logged: true}
	listed := xccos.ChanIB{URI: xccos.RoomURI("contoso.com", "GUID"), Name: "Ops", Users: 3}
	crowd := xccos.Joined{
		Users: []xccos.UIB{{ID: 0, URI: alice.URI, GUID: guidA, Type: 5, Name: "Alice", Display: "Alice"}, {ID: 1, URI: bob.URI, GUID: guidB, Type: 5, Name: "Bob", Display: "Bob"}},
		Rooms: []xccos.ChanIB{within(ops, xccos.AIB{Key: 3456, Value: []int{0}}, xccos.AIB{Key: 11652, Value: []int{1}})},
	}
	some := xccos.Joined{
		Users:  []xccos.UIB{{URI: alice.URI}},
		Rooms:  []xccos.ChanIB{within(xccos.ChanIB{URI: roomA, Name: "A"}, xccos.AIB{Key: 3456, Value: []int{0}})},
		Failed: []xccos.FIB{{Key: xccos.OperationFailed, Domain: "contoso.com", Value: "GUID-B"}},
	}
	post := xccos.Message{ChanURI: roomA, Author: alice.URI, AuthDisp: "Alice", ChatID: 42, TS: at.Add(753086500), Chat: "line 1 ...", RTF: `{\rtf1 ...}`}
	old := xccos.Message{ChanURI: roomA, Author: bob.URI, AuthDisp: "Bob", ChatID: 41, TS: at, Chat: "hello"}
	return []sample{
		{"rpl:requri", sampleReply("requri", `<data><uib uri="sip:GC-1-PersistentChatService-2@contoso.com"/></data>`), reply("requri", func(b []byte) []byte { return xccos.AppendServerURI(b, "sip:GC-1-PersistentChatService-2@contoso.com") }), nil},
		{"rpl:getserverinfo", sampleReply("getserverinfo", `<data><sib infoType="123" serverTime="2010-09-14T14:26:17.6206356Z" searchLimit="999" messageSizeLimit="512" storySizeLimit="4096" rootUri="ma-cat://contoso.com/GUID" dbVersion="3ea3a5a8-ef36-46cf-898f-7a5133931d63"/></data>`), reply("getserverinfo", func(b []byte) []byte { return xccos.AppendSIB(b, &server) }), nil},
		{"rpl:getassociations", sampleReply("getassociations", `<data><chanib name="Ops" description="" uri="ma-chan://contoso.com/GUID"><info id="urn:parlano:ma:info:ucnt">3</info></chanib></data>`), reply("getassociations", func(b []byte) []byte { return xccos.AppendRooms(b, []xccos.ChanIB{listed}) }), []string{"chanib/@behavior", "chanib/@disabled", "chanib/@topic", "chanib/info", "chanib/prop"}},
		{"rpl:join", sampleReply("join", `<data>
 <uib id="0" uri="sip:alice@contoso.com" guid="`+guidA+`" type="5" uname="Alice" dispname="Alice" disabled="false"/>
 <uib id="1" uri="sip:bob@contoso.com"   guid="`+guidB+`" type="5" uname="Bob"   dispname="Bob"   disabled="false"/>
 <chanib name="R&amp;D &lt;ops>" description="on call&#13;&#10;day and night" parent="ma-cat://contoso.com/`+guidB+`" behavior="NORMAL" topic="" uri="ma-chan://contoso.com/094f5a4a-c492-4f6b-91c2-385eba134fd3">
  <aib key="3456" value="0"/><aib key="11652" value="1"/>
  <audit updatedby="sip:alice@contoso.com" updatedon="2013-08-03T11:11:12.1234567Z" createdby="sip:bob@contoso.com" createdon="2013-08-03T10:11:12.1234567Z"/>
  <info id="urn:parlano:ma:info:ucnt">2</info><info id="urn:parlano:ma:info:visibility">SCOPED</info>
  <prop id="urn:parlano:ma:prop:logged">True</prop><prop id="urn:parlano:ma:prop:invite">False</prop><prop id="urn:parlano:ma:prop:filepost">True</prop>
 </chanib></data>`), reply("join", func(b []byte) []byte { return xccos.AppendJoined(b, &crowd) }), []string{"chanib/@disabled", "chanib/info"}},
		{"rpl:bjoin", sampleReply("bjoin", `<data><uib id="0" uri="sip:alice@contoso.com"/><chanib name="A" topic="" uri="ma-chan://contoso.com/GUID-A"><aib key="3456" value="0"/></chanib><fib key="OPERATION_FAILED" value="GUID-B" domain="contoso.com"/></data>`), reply("bjoin", func(b []byte) []byte { return xccos.AppendJoined(b, &some) }), []string{
			"chanib/@behavior", "chanib/@description", "chanib/@disabled", "chanib/info", "chanib/prop", "uib/@disabled", "uib/@dispname", "uib/@guid", "uib/@type", "uib/@uname",
		}},
		{"rpl:part", sampleReply("part", `<data><chanib uri="ma-chan://contoso.com/GUID-A"/></data>`), reply("part", func(b []byte) []byte { return xccos.AppendRoomURI(b, roomA) }), nil},
		{"rpl:bccontext", sampleReply("bccontext", `<data><chanib uri="ma-chan://contoso.com/GUID-A"><msg id="grpchat" chanUri="ma-chan://contoso.com/GUID-A" author="sip:bob@contoso.com" authdisp="Bob" alert="false" chatId="41" ts="2013-08-03T10:11:12.1234567Z"><chat>hello</chat></msg></chanib></data>`), reply("bccontext", func(b []byte) []byte { return xccos.AppendHistory(b, roomA, []xccos.Message{old}) }), []string{"msg/@seqid"}},
		{"rpl:getinv", sampleReply("getinv", `<data/>`), reply("getinv", nil), nil},
		{"rpl:chansrch", sampleReply("chansrch", `<data><chanib name="Ops" description="Operations" uri="ma-chan://contoso.com/GUID-A"><info id="urn:parlano:ma:info:ucnt">17</info><info id="urn:parlano:ma:info:visibilty">SCOPED</info><prop id="urn:parlano:ma:prop:filepost">True</prop><prop id="urn:parlano:ma:prop:invite">True</prop><prop id="urn:parlano:ma:prop:logged">True</prop></chanib></data>`), reply("chansrch", func(b []byte) []byte { return xccos.AppendRooms(b, []xccos.ChanIB{a}) }), []string{"chanib/@behavior", "chanib/@disabled", "chanib/@topic", "chanib/info"}},
		{"rpl:setpref", sampleReply("setpref", `<data><pref label="kedzie.GroupChannels" seqid="72"/></data>`), reply("setpref", func(b []byte) []byte { return xccos.AppendPref(b, &prefSet) }), nil},
		{"rpl:nodespermcreatechild", sampleReply("nodespermcreatechild", `<data/>`), reply("nodespermcreatechild", nil), nil},
		{"a command that failed", strings.ReplaceAll(sampleReply("join", `<data/>`), `200">SUCCESS_OK`, `403">ERROR_PERMISSION`), xccos.AppendReply(nil, envid, "join", ref, 403, "ERROR_PERMISSION", nil), nil},
		{"ntc:join", sampleNotice("join", `<uib uri="sip:alice@contoso.com"><aib key="3456" domain="contoso.com" value="GUID-A"/></uib>`), xccos.AppendNotice(nil, envid, "join", func(b []byte) []byte {
			return xccos.AppendEntered(b, "contoso.com", []xccos.Entry{{User: some.Users[0], Key: 3456, Value: "GUID-A"}})
		}), []string{"uib/@disabled", "uib/@dispname", "uib/@guid", "uib/@id", "uib/@type", "uib/@uname"}},
		{"ntc:part", sampleNotice("part", `<chanib uri="ma-chan://contoso.com/GUID-A"><uib uri="sip:alice@contoso.com"/></chanib>`), xccos.AppendNotice(nil, envid, "part", func(b []byte) []byte { return xccos.AppendLeft(b, roomA, []string{alice.URI}) }), nil},
		{"grpchat", serverEnvelope + `<grpchat id="grpchat" seqid="1" chanUri="ma-chan://contoso.com/GUID-A" author="sip:alice@contoso.com" authdisp="Alice" alert="false" chatId="42" ts="2013-08-03T10:11:12.8765432Z"><chat>line 1 ...</chat><rtf>{\rtf1 ...}</rtf></grpchat></xccos>`, xccos.AppendChat(nil, envid, &post), nil},
	}
}

type sample struct {
	name string
	want string
	got  []byte
	adds []string // nil: it is the same byte for byte
}

// TestSamples compares what the writer makes with the wire examples: it must
// hold all that stands there, and nothing else but what is listed.
func TestSamples(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			if s.adds == nil {
				if d := cmp.Diff(s.want, string(s.got)); d != "" {
					t.Errorf("(-sample +written):\n%s", d)
				}
				return
			}
			adds := map[string]bool{}
			if missing := missing(tree(t, s.want), tree(t, string(s.got)), adds); missing != "" {
				t.Errorf("%s of the sample is not in\n%s", missing, s.got)
			}
			if d := cmp.Diff(s.adds, slices.Sorted(maps.Keys(adds))); d != "" {
				t.Errorf("what is added (-listed +written):\n%s", d)
			}
		})
	}
}

func tree(t *testing.T, body string) *node {
	t.Helper()
	n, err := parse([]byte(body))
	if err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	return n
}

// missing says what of a sample is not in an element, and collects what the
// element has beyond it. Order counts among elements of one name, since a list
// has one, and not among attributes.
func missing(want, got *node, adds map[string]bool) string {
	if want.name != got.name || strings.TrimSpace(want.text) != strings.TrimSpace(got.text) {
		return fmt.Sprintf("<%s>%s", want.name, want.text)
	}
	for _, a := range want.attrs {
		if !slices.Contains(got.attrs, a) {
			return fmt.Sprintf("<%s> %s=%q", want.name, a.Name.Local, a.Value)
		}
	}
	for _, a := range got.attrs {
		if !slices.ContainsFunc(want.attrs, func(b xml.Attr) bool { return a.Name == b.Name }) {
			adds[got.name+"/@"+a.Name.Local] = true
		}
	}
	left := slices.Clone(got.kids)
	for _, kid := range want.kids {
		i := slices.IndexFunc(left, func(n *node) bool { return n.name == kid.name && n.key() == kid.key() })
		if i < 0 {
			return fmt.Sprintf("<%s>: <%s> %s", want.name, kid.name, kid.key())
		}
		if what := missing(kid, left[i], adds); what != "" {
			return what
		}
		left = slices.Delete(left, i, i+1)
	}
	for _, kid := range left {
		adds[got.name+"/"+kid.name] = true
	}
	return ""
}

// key tells the info and prop elements of a room apart, whose order was not
// seen to matter; others have none.
func (n *node) key() string {
	if n.name != "info" && n.name != "prop" {
		return ""
	}
	for _, a := range n.attrs {
		if a.Name.Local == "id" {
			return a.Value
		}
	}
	return ""
}

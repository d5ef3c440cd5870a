package xccos_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"perch/xccos"
)

// What the writer is given in the tests.
var (
	at    = time.Date(2013, 8, 3, 10, 11, 12, 123456700, time.UTC)
	ref   = xccos.Ref{Seq: "1", EnvID: "139132352"}
	alice = xccos.UIB{ID: 0, URI: "sip:alice@contoso.com", GUID: "8c325dd3-607c-5bdf-8410-6eeb59369631", Type: 5, Name: "Alice", Display: `Alice "Al" Archer`}
	bob   = xccos.UIB{ID: 1, URI: "sip:bob@contoso.com", GUID: "2905ef16-2787-51cc-b551-c887309e4fa0", Type: 5, Name: "Bob", Display: "Bob", Disabled: true}
	ops   = xccos.ChanIB{
		URI: xccos.RoomURI("contoso.com", guidA), Name: "R&D <ops>", Description: "on call\r\nday and night", Parent: xccos.CategoryURI("contoso.com", guidB),
		Behavior: "NORMAL", Users: 2, Visibility: "SCOPED", FilePost: true, Logged: true,
		Audit: xccos.Audit{CreatedBy: bob.URI, CreatedOn: at, UpdatedBy: alice.URI, UpdatedOn: at.Add(time.Hour)},
	}
	stage = xccos.ChanIB{URI: xccos.RoomURI("contoso.com", guidB), Behavior: "AUDITORIUM", Disabled: true, Visibility: "PRIVATE", Invite: true}
	hello = xccos.Message{
		ChanURI: ops.URI, Author: alice.URI, AuthDisp: "Alice", ChatID: 41, TS: at, Alert: true,
		Chat: "line 1\r\nline 2 <not markup> & \"quoted\" 'too' \U0001F600\r", RTF: `{\rtf1 line 1}`,
	}
	plain = xccos.Message{ChanURI: ops.URI, Author: bob.URI, ChatID: 42, TS: at.Add(time.Second), Chat: "plain"}
)

const (
	envid = 7962449779256945056
	guidA = "094f5a4a-c492-4f6b-91c2-385eba134fd3"
	guidB = "647d8c4d-b4db-5709-9d36-b6ee28cbbd93"
)

// within gives a room the participants of a join reply.
func within(c xccos.ChanIB, aib ...xccos.AIB) xccos.ChanIB {
	c.AIB = aib
	return c
}

// withAddin gives a room an add-in.
func withAddin(c xccos.ChanIB) xccos.ChanIB {
	c.Addin = xccos.SIOP{ID: guidB, Name: "Ticker", URL: "https://ticker.test/"}
	return c
}

func reply(name string, data func([]byte) []byte) []byte {
	return xccos.AppendReply(nil, envid, name, ref, 200, "SUCCESS_OK", data)
}

// written is one body of every shape that the server sends, and what its data
// was made of.
var written = []struct {
	file string
	body []byte
	of   data
}{
	{"rpl_requri", reply("requri", func(b []byte) []byte { return xccos.AppendServerURI(b, "sip:pchat-server01@example.test") }), data{Users: []xccos.UIB{{URI: "sip:pchat-server01@example.test"}}}},
	{"rpl_getserverinfo", reply("getserverinfo", func(b []byte) []byte { return xccos.AppendSIB(b, &info) }), data{Server: &info}},
	{"rpl_getassociations", reply("getassociations", func(b []byte) []byte { return xccos.AppendRooms(b, []xccos.ChanIB{ops}) }), data{Rooms: []xccos.ChanIB{ops}}},
	{"rpl_chansrch", reply("chansrch", func(b []byte) []byte { return xccos.AppendRooms(b, []xccos.ChanIB{ops, stage}) }), data{Rooms: []xccos.ChanIB{ops, stage}}},
	{"rpl_join", reply("join", func(b []byte) []byte { return xccos.AppendJoined(b, &joined) }), data{Users: joined.Users, Rooms: joined.Rooms}},
	{"rpl_bjoin", reply("bjoin", func(b []byte) []byte { return xccos.AppendJoined(b, &bjoined) }), data{Users: bjoined.Users, Rooms: bjoined.Rooms, Failed: bjoined.Failed}},
	{"rpl_part", reply("part", func(b []byte) []byte { return xccos.AppendRoomURI(b, ops.URI) }), data{Rooms: []xccos.ChanIB{{URI: ops.URI}}}},
	{"rpl_bccontext", reply("bccontext", func(b []byte) []byte { return xccos.AppendHistory(b, ops.URI, []xccos.Message{hello, plain}) }), data{Rooms: []xccos.ChanIB{{URI: ops.URI}}, Messages: []xccos.Message{hello, plain}}},
	{"rpl_getinv", reply("getinv", nil), data{}},
	{"rpl_getpref", reply("getpref", func(b []byte) []byte { return xccos.AppendPref(b, &pref) }), data{Pref: &pref}},
	{"rpl_setpref", reply("setpref", func(b []byte) []byte { return xccos.AppendPref(b, &prefSet) }), data{Pref: &prefSet}},
	{"rpl_nodespermcreatechild", reply("nodespermcreatechild", func(b []byte) []byte { return xccos.AppendCategories(b, categories) }), data{Rooms: []xccos.ChanIB{
		{URI: categories[0].URI, Name: "Desks", Description: "all <desks>", Invite: true},
		{URI: categories[1].URI, Name: "Labs"},
	}}},
	{"rpl_bcbydate", reply("bcbydate", func(b []byte) []byte {
		return xccos.AppendFound(b, []xccos.FoundRoom{{URI: ops.URI, Messages: []xccos.Message{hello, plain}, Total: 7, More: true}}, joinedFailed)
	}), data{Rooms: []xccos.ChanIB{{URI: ops.URI}}, Messages: []xccos.Message{hello, plain}, Failed: joinedFailed}},
	{"rpl_invitations", reply("getinv", func(b []byte) []byte { return xccos.AppendInvitations(b, "contoso.com", invitations) }), data{}},
	{"rpl_getroles", reply("getroles", func(b []byte) []byte {
		return xccos.AppendRoles(b, ops.URI, []xccos.RoleList{{Type: "MEMBER", Users: []xccos.UIB{alice, bob}}, {Type: "MANAGER"}})
	}), data{Rooms: []xccos.ChanIB{{URI: ops.URI}}}},
	{"rpl_getperm", reply("getperm", func(b []byte) []byte { return xccos.AppendPermission(b, "contoso.com", guidA, 3456) }), data{}},
	{"rpl_getaddins", reply("getaddins", func(b []byte) []byte {
		return xccos.AppendAddins(b, []xccos.SIOP{{ID: guidA, Name: "A & B", URL: "https://x.test/?a=1&b=2"}, {ID: guidB}})
	}), data{}},
	{"rpl_getchan", reply("getchan", func(b []byte) []byte { return xccos.AppendRooms(b, []xccos.ChanIB{withAddin(ops)}) }), data{Rooms: []xccos.ChanIB{ops}}},
	{"rpl_finduser", reply("finduser", func(b []byte) []byte { return xccos.AppendMore(xccos.AppendUsers(b, []xccos.UIB{alice, bob}), true) }), data{Users: []xccos.UIB{alice, bob}}},
	{"rpl_getprincipal", reply("getprincipal", func(b []byte) []byte {
		return xccos.AppendPrincipal(b, &xccos.Principal{User: alice, Email: "a&b@contoso.com", Company: "<Contoso>", MemberOf: []xccos.UIB{bob}})
	}), data{Users: []xccos.UIB{alice}}},
	{"ntc_invite", xccos.AppendNotice(nil, envid, "invite", func(b []byte) []byte { return xccos.AppendInvitations(b, "contoso.com", invitations[:1]) }), data{}},
	{"ntc_chanmodify", xccos.AppendNotice(nil, envid, "chanmodify", func(b []byte) []byte { return xccos.AppendRooms(b, []xccos.ChanIB{stage}) }), data{Rooms: []xccos.ChanIB{stage}}},
	{"ntc_permmodify", xccos.AppendNotice(nil, envid, "permmodify", func(b []byte) []byte { return xccos.AppendEntered(b, "contoso.com", entered[1:]) }), data{Users: []xccos.UIB{bob}, Entered: entered[1:]}},
	{"ntc_chandelete", xccos.AppendNotice(nil, envid, "chandelete", func(b []byte) []byte { return xccos.AppendRoomURI(b, ops.URI) }), data{Rooms: []xccos.ChanIB{{URI: ops.URI}}}},
	{"rpl_getftok", reply("getftok", func(b []byte) []byte {
		return xccos.AppendFileToken(b, guidB, "https://pool.contoso.com/PersistentChat/MGCWebService.asmx?a=1&b=2")
	}), data{}},
	{"rpl_failed", xccos.AppendReply(nil, envid, "join", ref, 403, "ERROR_PERMISSION", nil), data{}},
	{"ntc_join", xccos.AppendNotice(nil, envid, "join", func(b []byte) []byte { return xccos.AppendEntered(b, "contoso.com", entered[:1]) }), data{Users: []xccos.UIB{alice}, Entered: entered[:1]}},
	{"ntc_bjoin", xccos.AppendNotice(nil, envid, "bjoin", func(b []byte) []byte { return xccos.AppendEntered(b, "contoso.com", entered) }), data{Users: []xccos.UIB{alice, bob}, Entered: entered}},
	{"ntc_part", xccos.AppendNotice(nil, envid, "part", func(b []byte) []byte { return xccos.AppendLeft(b, ops.URI, []string{alice.URI, bob.URI}) }), data{Rooms: []xccos.ChanIB{{URI: ops.URI}}, Left: []string{alice.URI, bob.URI}}},
	{"grpchat", xccos.AppendChat(nil, envid, &hello), data{Messages: []xccos.Message{hello}}},
}

var (
	info = xccos.SIB{
		InfoType: "123", ServerTime: time.Date(2010, 9, 14, 14, 26, 17, 620635600, time.UTC), SearchLimit: 999, MessageSizeLimit: 512, StorySizeLimit: 4096,
		RootURI: xccos.CategoryURI("contoso.com", guidA), DBVersion: "3ea3a5a8-ef36-46cf-898f-7a5133931d63",
		DisplayName: "Chat & Co", RoomManagementURL: "https://pool.contoso.com/rooms?a=1&b=2",
	}
	joined  = xccos.Joined{Users: []xccos.UIB{alice, bob}, Rooms: []xccos.ChanIB{within(ops, xccos.AIB{Key: 3456, Value: []int{0}}, xccos.AIB{Key: 11652, Value: []int{1}})}}
	bjoined = xccos.Joined{
		Users:  []xccos.UIB{alice, bob},
		Rooms:  []xccos.ChanIB{within(ops, xccos.AIB{Key: 3456, Value: []int{0, 1}}), within(stage, xccos.AIB{Key: 7552, Value: []int{0}})},
		Failed: []xccos.FIB{{Key: xccos.OperationFailed, Domain: "contoso.com", Value: "300"}},
	}
	joinedFailed = bjoined.Failed
	invitations  = []xccos.Invitation{{ID: 7, CreatedOn: at, Room: ops}, {ID: 9, CreatedOn: at.Add(time.Hour), Room: stage}}
	entered      = []xccos.Entry{{User: alice, Key: 3456, Value: guidA}, {User: bob, Key: 11652, Value: guidA}}
	pref         = xccos.Pref{Label: "kedzie.GroupChannels", Seq: 71, Content: "QkFTRTY0", Has: true}
	prefSet      = xccos.Pref{Label: "kedzie.GroupChannels", Seq: 72}
	categories   = []xccos.CatIB{{URI: xccos.CategoryURI("contoso.com", guidA), Name: "Desks", Description: "all <desks>", Invite: true}, {URI: xccos.CategoryURI("contoso.com", guidB), Name: "Labs"}}
)

// TestWritten compares every body that the server sends with its golden file,
// in which each element stands on a line of its own, and reads it back with
// encoding/xml: it must be well-formed and hold what was given.
func TestWritten(t *testing.T) {
	for _, w := range written {
		t.Run(w.file, func(t *testing.T) {
			golden(t, "testdata/"+w.file+".golden", strings.ReplaceAll(string(w.body), "><", ">\n<")+"\n")
			e := unmarshal(t, w.body)
			if e.Ver != "1" || e.EnvID != envid {
				t.Errorf("version %q, envelope %d", e.Ver, e.EnvID)
			}
			if d := cmp.Diff(w.of, e.data(t)); d != "" {
				t.Errorf("it reads back otherwise (-given +read):\n%s", d)
			}
			if _, err := xccos.Decode(w.body); err != nil {
				t.Errorf("our own reader: %v", err)
			}
		})
	}
}

// TestReply checks what a reply refers to.
func TestReply(t *testing.T) {
	body := xccos.AppendReply(nil, envid, "join", xccos.Ref{Seq: "2", EnvID: "0000000000000000042"}, 403, "ERROR_PERMISSION", nil)
	r := unmarshal(t, body).Replies[0]
	want := replyXML{ID: "rpl:join", Seq: "1"}
	want.Command.Seq, want.Command.EnvID = "2", "0000000000000000042"
	want.Resp.Code, want.Resp.Text = 403, "ERROR_PERMISSION"
	if d := cmp.Diff(want, r); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestReplyToMadeUpName checks that a verb a client made up comes back as it
// came, and as nothing else (XCCOS 4).
func TestReplyToMadeUpName(t *testing.T) {
	name := command(t, `<cmd id="cmd:a&quot;&gt;&lt;evil b='" seqid='"&lt;&amp;'/>`).Name
	body := xccos.AppendReply(nil, envid, name, xccos.Ref{Seq: `"<&`, EnvID: "'\n"}, 501, "ERROR_MSG_NOT_SUPPORTED", nil)
	r := unmarshal(t, body).Replies[0]
	if r.ID != `rpl:a"><evil b='` || r.Command.Seq != `"<&` || r.Command.EnvID != "'\n" {
		t.Errorf("%+v of %s", r, body)
	}
	body = xccos.AppendNotice(nil, envid, `"><`, nil)
	if n := unmarshal(t, body).Notices[0]; n.ID != `ntc:"><` {
		t.Errorf("%+v of %s", n, body)
	}
}

// TestAsSeen compares with what was seen of real servers, byte for byte, but
// that they put a blank before the end of an empty element.
func TestAsSeen(t *testing.T) {
	token := func(b []byte) []byte {
		return xccos.AppendFileToken(b, "effab007-2465-45c5-b62f-04e1689cdd10", "https://lync-server.lync.nextlabs.solutions/PersistentChat/MGCWebService.asmx")
	}
	seen := info
	seen.DisplayName, seen.RoomManagementURL = "", "" // they are [likely], as additions
	crowd := xccos.Joined{
		Rooms:  []xccos.ChanIB{within(xccos.ChanIB{}, xccos.AIB{Key: 3984, Value: []int{0, 1, 2, 3, 4, 5, 7, 9, 10, 12, 13, 14, 15, 16, 17}})},
		Failed: []xccos.FIB{{Key: xccos.OperationFailed, Domain: "contoso.com", Value: guidA}},
	}
	for _, c := range []struct{ name, seen, got string }{
		{"rpl:getftok [csharp], the whole envelope", string(read(t, "testdata/rpl_getftok.csharp.xml")), string(xccos.AppendReply(nil, envid, "getftok", ref, 200, "SUCCESS_OK", token))},
		{"sib [sipe]", `<sib infoType="123" serverTime="2010-09-14T14:26:17.6206356Z" searchLimit="999" messageSizeLimit="512" storySizeLimit="4096" rootUri="ma-cat://contoso.com/` + guidA + `" dbVersion="3ea3a5a8-ef36-46cf-898f-7a5133931d63" />`, string(xccos.AppendSIB(nil, &seen))},
		{"aib [sipe]", `<aib key="3984" value="0,1,2,3,4,5,7,9,10,12,13,14,15,16,17"/>`, cut(t, string(xccos.AppendJoined(nil, &crowd)), "<aib", "/>")},
		{"fib [csharp]", `<fib key="OPERATION_FAILED" value="` + guidA + `" domain="contoso.com"/>`, cut(t, string(xccos.AppendJoined(nil, &crowd)), "<fib", "/>")},
		{"pref [sipe], without createdefault", `<pref label="kedzie.GroupChannels" seqid="71" content="QkFTRTY0" />`, string(xccos.AppendPref(nil, &pref))},
		{"data of rpl:requri, as SIPE took it", `<uib uri="sip:pchat-server01@example.test"/>`, string(xccos.AppendServerURI(nil, "sip:pchat-server01@example.test"))},
		{"data of rpl:part, as SIPE took it", `<chanib uri="ma-chan://example.test/` + guidB + `"/>`, string(xccos.AppendRoomURI(nil, xccos.RoomURI("example.test", guidB)))},
		{"data of ntc:part, as SIPE took it", `<chanib uri="ma-chan://example.test/` + guidB + `"><uib uri="sip:carol@example.test"/></chanib>`, string(xccos.AppendLeft(nil, xccos.RoomURI("example.test", guidB), []string{"sip:carol@example.test"}))},
		{"rpl:nodespermcreatechild for nobody [sipe]", `<data />`, cut(t, string(reply("nodespermcreatechild", nil)), "<data", "/>")},
	} {
		if want := strings.ReplaceAll(c.seen, " />", "/>"); c.got != want {
			t.Errorf("%s:\n%s\nwas seen as\n%s", c.name, c.got, want)
		}
	}
}

// cut finds one element by its beginning and end.
func cut(t *testing.T, s, begin, end string) string {
	t.Helper()
	_, after, ok := strings.Cut(s, begin)
	inside, _, found := strings.Cut(after, end)
	if !ok || !found {
		t.Fatalf("no %s%s in %s", begin, end, s)
	}
	return begin + inside + end
}

// TestEscapes spells out what is written for what: our own reader and
// encoding/xml are more forgiving than some clients, which turn any white space
// in an attribute into blanks.
func TestEscapes(t *testing.T) {
	const in = "<&>\"'\ta\nb\rc\r\nd\x00\x7f\uffff\ufffd\xffä\U0001F600\r"
	if got, want := string(xccos.AppendEscaped(nil, in)), "&lt;&amp;&gt;&quot;'\ta\nb&#13;c\r\nd\ufffd\x7f\ufffd\ufffd\ufffdä\U0001F600&#13;"; got != want {
		t.Errorf("text: %q\nnot:  %q", got, want)
	}
	if got, want := string(xccos.AppendRoomURI(nil, in)), "<chanib uri=\"&lt;&amp;&gt;&quot;'&#9;a&#10;b&#13;c&#13;&#10;d\ufffd\x7f\ufffd\ufffd\ufffdä\U0001F600&#13;\"/>"; got != want {
		t.Errorf("attribute: %q\nnot:       %q", got, want)
	}
}

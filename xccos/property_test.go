package xccos_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"perch/xccos"
)

// text draws any string, with all that XML treats specially in it more often
// than chance would have it.
func text() *rapid.Generator[string] {
	special := rapid.SampledFrom([]string{
		"&", "<", ">", `"`, "'", "\r\n", "\r", "\n", "\t", " ", "]]>", "<![CDATA[", "&amp;", "&#13;", "<!--", "?>", "\x00", "\x1b", "\x7f",
		"\ufeff", "\ufffe", "\uffff", "\ufffd", "\U0001F600", "\u0085", "\u2028", "\xff", "\xe2\x82", "\xed\xa0\xbd", "</chat></grpchat></xccos>",
	})
	piece := rapid.OneOf(special, rapid.String(), rapid.StringN(0, 3, 3))
	return rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), "") })
}

// clean puts U+FFFD for what XML does not have: the one thing that does not
// come back as it was given.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', r >= ' ' && r != 0xFFFE && r != 0xFFFF:
			return r
		}
		return 0xFFFD
	}, s)
}

// when draws a time in the resolution that the wire has.
func when(t *rapid.T, label string) time.Time {
	const tick = 100 // nanoseconds
	return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, label), rapid.Int64Range(0, 1e9/tick-1).Draw(t, label+" ticks")*tick).UTC()
}

func drawMessage(t *rapid.T) xccos.Message {
	return xccos.Message{
		ChanURI: xccos.RoomURI("contoso.com", guidA), Author: text().Draw(t, "author"), AuthDisp: text().Draw(t, "authdisp"),
		ChatID: rapid.Int64().Draw(t, "chatId"), TS: when(t, "ts"), Alert: rapid.Bool().Draw(t, "alert"),
		Chat: text().Draw(t, "chat"), RTF: text().Draw(t, "rtf"),
	}
}

// readMessage reads a message with our own reader.
func readMessage(t *rapid.T, e xccos.Element) xccos.Message {
	ts, err := time.Parse(time.RFC3339Nano, e.Attr("ts"))
	if err != nil {
		t.Fatal(err)
	}
	return xccos.Message{
		ChanURI: e.Attr("chanUri"), Author: e.Attr("author"), AuthDisp: e.Attr("authdisp"), ChatID: int64(e.Int("chatId", 0)), TS: ts,
		Alert: e.Bool("alert"), Chat: e.Child("chat").Text(), RTF: e.Child("rtf").Text(),
	}
}

func cleaned(m xccos.Message) xccos.Message {
	m.Author, m.AuthDisp, m.Chat, m.RTF = clean(m.Author), clean(m.AuthDisp), clean(m.Chat), clean(m.RTF)
	return m
}

func mustDecode(t *rapid.T, body []byte) *xccos.Envelope {
	e, err := xccos.Decode(body)
	if err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	return e
}

// TestMessagesComeBack checks that whatever was posted comes back byte for
// byte, live and in history, to our reader and to encoding/xml (XCCOS 3.9).
func TestMessagesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMessage(t)
		body := xccos.AppendChat(nil, rapid.Uint64().Draw(t, "envid"), &m)
		e := mustDecode(t, body)
		defer e.Release()
		p := &e.Primitives[0]
		if d := cmp.Diff(cleaned(m), readMessage(t, p.Element)); d != "" {
			t.Fatalf("(-given +read):\n%s", d)
		}
		want := xccos.Post{Room: xccos.RoomRef{Domain: "contoso.com", GUID: guidA}, OK: true, Alert: m.Alert, Chat: clean(m.Chat), RTF: clean(m.RTF)}
		if d := cmp.Diff(want, p.Post()); d != "" {
			t.Fatalf("as a post (-given +read):\n%s", d)
		}
		if x := unmarshal(t, body).Messages[0]; x.Chat != clean(m.Chat) || x.AuthDisp != clean(m.AuthDisp) || !x.TS.Equal(m.TS) {
			t.Fatalf("encoding/xml reads %+v", x)
		}
	})
}

// TestHistoryComesBack checks the same of a whole history, and its order.
func TestHistoryComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := rapid.SliceOfN(rapid.Custom(drawMessage), 0, 5).Draw(t, "messages")
		uri := xccos.RoomURI("contoso.com", guidA)
		e := mustDecode(t, xccos.AppendReply(nil, envid, "bccontext", ref, 200, "SUCCESS_OK", func(b []byte) []byte { return xccos.AppendHistory(b, uri, given) }))
		defer e.Release()
		var got, want []xccos.Message
		for m := range e.Primitives[0].Data.Child("chanib").Children() {
			got = append(got, readMessage(t, m))
		}
		for i := range given {
			want = append(want, cleaned(given[i]))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("(-given +read):\n%s", d)
		}
	})
}

// TestRoomsComeBack checks that rooms of any name come back from every list,
// to encoding/xml and to our reader.
func TestRoomsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := rapid.SliceOfN(rapid.Custom(drawRoom), 1, 3).Draw(t, "rooms")
		body := reply("chansrch", func(b []byte) []byte { return xccos.AppendRooms(b, given) })
		e := mustDecode(t, body)
		defer e.Release()
		ours := e.Primitives[0].Rooms()
		for i, x := range unmarshal(t, body).Replies[0].Data.Rooms {
			want := given[i]
			want.Name, want.Description, want.Parent = clean(want.Name), clean(want.Description), clean(want.Parent)
			want.Audit.CreatedBy, want.Audit.UpdatedBy = clean(want.Audit.CreatedBy), clean(want.Audit.UpdatedBy)
			if d := cmp.Diff(want, x.chanib(t)); d != "" {
				t.Fatalf("(-given +read):\n%s", d)
			}
			if xccos.RoomURI(ours[i].Domain, ours[i].GUID) != want.URI {
				t.Fatalf("%v of %s", ours[i], want.URI)
			}
		}
	})
}

func drawRoom(t *rapid.T) xccos.ChanIB {
	c := xccos.ChanIB{
		URI: xccos.RoomURI("contoso.com", rapid.StringMatching(`[0-9a-f-]{1,36}`).Draw(t, "guid")), Name: text().Draw(t, "name"), Description: text().Draw(t, "description"),
		Parent: text().Draw(t, "parent"), Behavior: rapid.SampledFrom([]string{"NORMAL", "AUDITORIUM"}).Draw(t, "behavior"),
		Disabled: rapid.Bool().Draw(t, "disabled"), Users: rapid.IntRange(0, 1e6).Draw(t, "users"),
		Visibility: rapid.SampledFrom([]string{"OPEN", "SCOPED", "PRIVATE"}).Draw(t, "visibility"),
		FilePost:   rapid.Bool().Draw(t, "filepost"), Invite: rapid.Bool().Draw(t, "invite"), Logged: rapid.Bool().Draw(t, "logged"),
	}
	if rapid.Bool().Draw(t, "audit") {
		c.Audit = xccos.Audit{CreatedBy: text().Draw(t, "createdby"), CreatedOn: when(t, "createdon"), UpdatedBy: text().Draw(t, "updatedby"), UpdatedOn: when(t, "updatedon")}
	}
	for range rapid.IntRange(0, 2).Draw(t, "masks") {
		c.AIB = append(c.AIB, xccos.AIB{Key: rapid.IntRange(0, 1<<14).Draw(t, "key"), Value: rapid.SliceOfN(rapid.IntRange(0, 1e5), 1, 4).Draw(t, "ids")})
	}
	return c
}

// TestPeopleComeBack checks users of any name, in every place they stand.
func TestPeopleComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := xccos.UIB{
			ID: rapid.IntRange(0, 1e6).Draw(t, "id"), URI: text().Draw(t, "uri"), GUID: guidA, Type: rapid.IntRange(1, 10).Draw(t, "type"),
			Name: text().Draw(t, "uname"), Display: text().Draw(t, "dispname"), Disabled: rapid.Bool().Draw(t, "disabled"),
		}
		want := u
		want.URI, want.Name, want.Display = clean(u.URI), clean(u.Name), clean(u.Display)
		in := unmarshal(t, reply("join", func(b []byte) []byte { return xccos.AppendJoined(b, &xccos.Joined{Users: []xccos.UIB{u}}) })).Replies[0].Data.Users
		entering := unmarshal(t, xccos.AppendNotice(nil, 1, "join", func(b []byte) []byte {
			return xccos.AppendEntered(b, "contoso.com", []xccos.Entry{{User: u, Key: 3456, Value: guidA}})
		})).Notices[0].Data.Users
		if d := cmp.Diff([]xccos.UIB{want, want}, []xccos.UIB{in[0].uib(), entering[0].uib()}); d != "" {
			t.Fatalf("(-given +read):\n%s", d)
		}
		left := unmarshal(t, xccos.AppendNotice(nil, 1, "part", func(b []byte) []byte { return xccos.AppendLeft(b, "ma-chan://d/g", []string{u.URI}) }))
		if got := left.Notices[0].Data.Rooms[0].Users[0].URI; got != want.URI {
			t.Fatalf("%q left, %q was read", want.URI, got)
		}
	})
}

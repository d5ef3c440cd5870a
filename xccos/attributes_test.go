package xccos_test

import (
	"regexp"
	"testing"
	"time"

	"perch/xccos"
)

// anything holds each character that an attribute may not hold as it is.
const anything = "a\tb\nc\rd\r\ne\"f<g>h&i\x00"

var rawInAttribute = regexp.MustCompile(`="[^"]*[\t\r\n\x00<>][^"]*"`)

// TestAttributesAreEscaped checks every string that the writer puts into an
// attribute: encoding/xml would not notice a line end that stands there as it
// is, but readers that go by the standard make a blank of it (XML 1.0, 3.3.3).
func TestAttributesAreEscaped(t *testing.T) {
	m := xccos.Message{ChanURI: anything, Author: anything, AuthDisp: anything, Chat: anything, RTF: anything}
	u := xccos.UIB{URI: anything, GUID: anything, Name: anything, Display: anything}
	c := xccos.ChanIB{
		URI: anything, Name: anything, Description: anything, Parent: anything, Behavior: anything, Visibility: anything,
		Audit: xccos.Audit{UpdatedBy: anything, CreatedBy: anything, CreatedOn: at, UpdatedOn: at},
	}
	s := xccos.SIB{InfoType: anything, RootURI: anything, DBVersion: anything, DisplayName: anything, RoomManagementURL: anything}
	for name, body := range map[string][]byte{
		"reply":   xccos.AppendReply(nil, envid, anything, xccos.Ref{Seq: anything, EnvID: anything}, 500, anything, nil),
		"notice":  xccos.AppendNotice(nil, envid, anything, nil),
		"chat":    xccos.AppendChat(nil, envid, &m),
		"history": reply("x", func(b []byte) []byte { return xccos.AppendHistory(b, anything, []xccos.Message{m}) }),
		"categories": reply("x", func(b []byte) []byte {
			return xccos.AppendCategories(b, []xccos.CatIB{{URI: anything, Name: anything, Description: anything}})
		}),
		"joined": reply("x", func(b []byte) []byte {
			return xccos.AppendJoined(b, &xccos.Joined{Users: []xccos.UIB{u}, Rooms: []xccos.ChanIB{c}, Failed: []xccos.FIB{{Key: anything, Domain: anything, Value: anything}}})
		}),
		"entered": reply("x", func(b []byte) []byte {
			return xccos.AppendEntered(b, anything, []xccos.Entry{{User: u, Value: anything}})
		}),
		"left": reply("x", func(b []byte) []byte { return xccos.AppendLeft(b, anything, []string{anything}) }),
		"pref": reply("x", func(b []byte) []byte {
			return xccos.AppendPref(b, &xccos.Pref{Label: anything, Content: anything, Has: true})
		}),
		"server": reply("x", func(b []byte) []byte { return xccos.AppendSIB(xccos.AppendServerURI(b, anything), &s) }),
	} {
		if raw := rawInAttribute.Find(body); raw != nil {
			t.Errorf("%s: %q", name, raw)
		}
		if _, err := parse(body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTimesAreUTC checks that a time goes out in UTC with its seven digits,
// cut and not rounded, from whatever zone it came (XCCOS 2).
func TestTimesAreUTC(t *testing.T) {
	m := plain
	m.TS = time.Date(2013, 12, 31, 22, 59, 59, 999999999, time.FixedZone("", -2*60*60))
	if got, want := cut(t, string(xccos.AppendChat(nil, envid, &m)), ` ts="`, `"`), ` ts="2014-01-01T00:59:59.9999999Z"`; got != want {
		t.Errorf("%s, not%s", got, want)
	}
}

// TestEveryCharacterIsEscaped writes each byte and each character at an edge of
// what XML allows, alone and between others: it must come back as itself, or as
// U+FFFD if XML does not have it.
func TestEveryCharacterIsEscaped(t *testing.T) {
	var all []string
	for b := range 256 {
		all = append(all, string([]byte{byte(b)}))
	}
	for _, r := range []rune{0x80, 0x9F, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x10FFFF} {
		all = append(all, string(r))
	}
	for _, c := range all {
		for _, s := range []string{c, "a" + c + "b", c + c} {
			m := plain
			m.Chat, m.Author = s, s
			body := xccos.AppendChat(nil, envid, &m)
			x := unmarshal(t, body).Messages[0]
			if want := clean(s); x.Chat != want || x.Author != want {
				t.Errorf("%q came back as %q, and %q in an attribute", s, x.Chat, x.Author)
			}
			e := decode(t, string(body))
			if p := &e.Primitives[0]; p.Post().Chat != clean(s) || p.Element.Attr("author") != clean(s) {
				t.Errorf("%q came back to us as %q and %q", s, p.Post().Chat, p.Element.Attr("author"))
			}
			e.Release()
		}
	}
}

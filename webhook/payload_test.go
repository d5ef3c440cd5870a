package webhook_test

import (
	"strings"
	"testing"

	"perch/chat"
	"perch/webhook"
)

// TestRender: what programs post to Slack reads well in a room of text.
func TestRender(t *testing.T) {
	name := func(id string) string {
		if id == "alice" {
			return "Alice Archer"
		}
		return id
	}
	for _, c := range []struct{ name, payload, want string }{
		{"text", `{"text":"deployed *v1.2* to _prod_"}`, "deployed *v1.2* to _prod_"},
		{"link", `{"text":"see <https://ci.example.com/7|build 7> and <https://example.com>"}`, "see build 7 (https://ci.example.com/7) and https://example.com"},
		{"link that is its label", `{"text":"<https://a.example|https://a.example>"}`, "https://a.example"},
		{"mail", `{"text":"ask <mailto:ops@example.com|ops@example.com>"}`, "ask ops@example.com"},
		{"mentions", `{"text":"<@alice> <@U123> <@U9|bob> <!here> <!subteam^S1|@oncall> <#C1|general> <!date^1^{date}|today>"}`, "@Alice Archer @U123 @bob @here @oncall #general today"},
		{"entities", `{"text":"a &lt;b&gt; &amp;amp; <https://x.example/?a=1&amp;b=2|q>"}`, "a <b> &amp; q (https://x.example/?a=1&b=2)"},
		{"brackets that are none", `{"text":"1 < 2, <>, <a\nb> and <"}`, "1 < 2, <>, <a\nb> and <"},
		{"plain", `{"text":"<https://x.example|x>","mrkdwn":false}`, "<https://x.example|x>"},
		{"user", `{"text":"up","username":"graf\nana"}`, "graf ana: up"},
		{
			"attachment",
			`{"text":"Alarm","attachments":[{"fallback":"f","pretext":"from <https://m.example|monitor>","title":"CPU &amp; disk","title_link":"https://m.example/1","text":"*high*","fields":[{"title":"host","value":"db1"},{"title":"load","value":12.5},{"title":"","value":"alone"}],"footer":"monitor"}]}`,
			"Alarm\nfrom monitor (https://m.example)\nCPU & disk (https://m.example/1)\n*high*\nhost: db1\nload: 12.5\nalone\nmonitor",
		},
		{"fallback", `{"attachments":[{"fallback":"only this","color":"#f00"}]}`, "only this"},
		{
			"blocks",
			`{"text":"for notifications","blocks":[{"type":"header","text":{"type":"plain_text","text":"Deploy"}},{"type":"divider"},{"type":"section","text":{"type":"mrkdwn","text":"<https://x.example|log>"},"fields":[{"type":"mrkdwn","text":"*env*"},{"type":"plain_text","text":"<prod>"}]},{"type":"context","elements":[{"type":"image","image_url":"https://x.example/i","alt_text":"i"},{"type":"mrkdwn","text":"by"},{"type":"plain_text","text":"ci"}]},{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Go"}}]}]}`,
			"Deploy\n---\nlog (https://x.example)\n*env*\n<prod>\nby ci",
		},
		{"blocks without text", `{"text":"instead","blocks":[{"type":"image","image_url":"https://x.example/i","alt_text":"i"}]}`, "instead"},
		{"nothing", `{"text":" \n","username":"x"}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := webhook.ParsePayload([]byte(c.payload))
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Render(name); got != c.want {
				t.Errorf("got\n%q, want\n%q", got, c.want)
			}
		})
	}
}

// TestParseRefuses: what is no payload is said to be none.
func TestParseRefuses(t *testing.T) {
	for payload, kind := range map[string]chat.Kind{
		``: chat.KindInvalid, `[]`: chat.KindInvalid, `{"text":7}`: chat.KindInvalid, `{"text":"a"`: chat.KindInvalid,
		`{"attachments":[` + strings.Repeat(`{},`, 100) + `{}]}`: chat.KindLimit,
	} {
		if _, err := webhook.ParsePayload([]byte(payload)); err == nil || chat.KindOf(err) != kind {
			t.Errorf("%.40s: %v, want %v", payload, err, kind)
		}
	}
}

// FuzzRender: whatever is posted, the text is made of it without a crash.
func FuzzRender(f *testing.F) {
	f.Add(`{"text":"<@a|b> <!x^y> &lt;","attachments":[{"fields":[{"value":true}]}],"blocks":[{"type":"context","elements":{}}]}`)
	f.Fuzz(func(_ *testing.T, payload string) {
		if p, err := webhook.ParsePayload([]byte(payload)); err == nil {
			p.Render(func(s string) string { return s })
		}
	})
}

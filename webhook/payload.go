package webhook

import (
	"encoding/json"
	"strings"
	"unicode"

	"perch/chat"
)

// Payload is what a program posts, as Slack's incoming webhooks take it. What
// else Slack knows (icons, colours, buttons) says nothing in a room of text.
type Payload struct {
	Text        string       `json:"text"`
	Username    string       `json:"username"` // which part of the program speaks; the author is the bot all the same
	Attachments []attachment `json:"attachments"`
	Blocks      []block      `json:"blocks"`
	Markdown    *bool        `json:"mrkdwn"` // false: the text is plain
	Alert       bool         `json:"alert"`  // ours: post as an alert
}

type attachment struct {
	Fallback  string  `json:"fallback"`
	Pretext   string  `json:"pretext"`
	Author    string  `json:"author_name"`
	Title     string  `json:"title"`
	TitleLink string  `json:"title_link"`
	Text      string  `json:"text"`
	Fields    []field `json:"fields"`
	Footer    string  `json:"footer"`
	Blocks    []block `json:"blocks"`
}

type field struct {
	Title string `json:"title"`
	Value text   `json:"value"`
}

// block is one of Slack's layout blocks. Elements of those that are shown as
// text are texts themselves.
type block struct {
	Type     string          `json:"type"`
	Text     *blockText      `json:"text"`
	Fields   []blockText     `json:"fields"`
	Elements json.RawMessage `json:"elements"`
}

type blockText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// text is a string, or a number or truth value that a program did not quote.
type text string

// UnmarshalJSON takes any scalar.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err == nil {
		*t = text(s)
		return nil
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	switch v.(type) {
	case float64, bool:
		*t = text(b)
	}
	return nil
}

// Bounds of a payload, as Slack has them.
const (
	maxAttachments = 100
	maxBlocks      = 50
)

// ParsePayload reads a payload; KindInvalid if it is none.
func ParsePayload(b []byte) (Payload, error) {
	var p Payload
	if err := json.Unmarshal(b, &p); err != nil {
		return p, chat.E(chat.KindInvalid, "the payload is not the JSON that is expected: "+err.Error())
	}
	if len(p.Attachments) > maxAttachments || len(p.Blocks) > maxBlocks {
		return p, chat.E(chat.KindLimit, "a payload has 100 attachments and 50 blocks at most")
	}
	return p, nil
}

// Render is the payload as the text of a message; empty if it says nothing.
// name turns what a mention names into what is shown.
func (p *Payload) Render(name func(string) string) string {
	r := renderer{name: name}
	if len(p.Blocks) > 0 { // Slack shows the text in notifications only, then
		r.blocks(p.Blocks)
	}
	if len(r.lines) == 0 {
		r.text(p.Text, p.Markdown == nil || *p.Markdown)
	}
	for i := range p.Attachments {
		r.attachment(&p.Attachments[i])
	}
	out := strings.TrimSpace(strings.Join(r.lines, "\n"))
	if by := oneLine(p.Username); by != "" && out != "" {
		out = by + ": " + out
	}
	return out
}

// oneLine is what may stand before a text as a name.
func oneLine(s string) string {
	const longest = 80
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest])
	}
	return s
}

type renderer struct {
	name  func(string) string
	lines []string
}

func (r *renderer) text(s string, markdown bool) {
	if markdown {
		s = plain(s, r.name)
	} else {
		s = unescape(s)
	}
	r.add(s)
}

func (r *renderer) add(line string) {
	if strings.TrimSpace(line) != "" {
		r.lines = append(r.lines, line)
	}
}

func (r *renderer) attachment(a *attachment) {
	was := len(r.lines)
	r.text(a.Pretext, true)
	r.text(a.Author, false)
	title := plain(a.Title, r.name)
	if a.TitleLink != "" {
		title = strings.TrimSpace(link(a.TitleLink, title))
	}
	r.add(title)
	r.text(a.Text, true)
	r.blocks(a.Blocks)
	for _, f := range a.Fields {
		line := strings.TrimSpace(plain(f.Title, r.name))
		if v := plain(string(f.Value), r.name); line != "" && v != "" {
			line += ": " + v
		} else {
			line += v
		}
		r.add(line)
	}
	r.text(a.Footer, false)
	if len(r.lines) == was {
		r.text(a.Fallback, false)
	}
}

func (r *renderer) blocks(all []block) {
	for i := range all {
		b := &all[i]
		switch b.Type {
		case "divider":
			if len(r.lines) > 0 {
				r.lines = append(r.lines, "---")
			}
		case "header", "section", "markdown":
			if b.Text != nil {
				r.blockText(b.Text)
			}
			for j := range b.Fields {
				r.blockText(&b.Fields[j])
			}
		case "context":
			r.context(b.Elements)
		}
	}
}

func (r *renderer) blockText(t *blockText) { r.text(t.Text, t.Type != "plain_text") }

// context shows the texts of a context block in one line.
func (r *renderer) context(elements json.RawMessage) {
	var list []blockText
	if json.Unmarshal(elements, &list) != nil {
		return // of a form that has no text
	}
	inner := renderer{name: r.name}
	for i := range list {
		if list[i].Type == "mrkdwn" || list[i].Type == "plain_text" {
			inner.blockText(&list[i])
		}
	}
	r.add(strings.Join(inner.lines, " "))
}

package webhook

import "strings"

// plain makes of Slack's mrkdwn the text that people read: links and mentions
// in angle brackets become words, entities characters. Emphasis stays as typed.
// name turns what a mention names into what is shown.
func plain(text string, name func(string) string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "<")
		b.WriteString(unescape(before))
		if !found {
			return b.String()
		}
		inside, after, closed := strings.Cut(rest, ">")
		if !closed || strings.ContainsAny(inside, "<\n") {
			b.WriteByte('<') // a bracket that is no markup
			text = rest
			continue
		}
		b.WriteString(unescape(marked(inside, name)))
		text = after
	}
}

// marked is what stands for the inside of angle brackets.
func marked(inside string, name func(string) string) string {
	target, label, labelled := strings.Cut(inside, "|")
	switch {
	case target == "":
		return "<" + inside + ">"
	case target[0] == '@':
		if labelled && label != "" {
			return "@" + strings.TrimPrefix(label, "@")
		}
		return "@" + name(target[1:])
	case target[0] == '#':
		if labelled && label != "" {
			return "#" + strings.TrimPrefix(label, "#")
		}
		return target
	case target[0] == '!':
		return special(target[1:], label)
	}
	return link(target, label)
}

// special is <!here>, <!subteam^ID|@team> or <!date^...|fallback>.
func special(target, label string) string {
	if label != "" {
		return label
	}
	word, _, _ := strings.Cut(target, "^")
	return "@" + word
}

// link shows a label and where it leads, once if they are the same.
func link(target, label string) string {
	shown := strings.TrimPrefix(target, "mailto:")
	if label == "" || label == target || label == shown {
		return shown
	}
	return label + " (" + shown + ")"
}

// entities are the three that Slack escapes.
var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

func unescape(s string) string { return entities.Replace(s) }

package xccos

import (
	"strconv"
	"time"
)

// Message is a chat message, live or in history (XCCOS 3.9).
type Message struct {
	ChanURI, Author, AuthDisp string
	ChatID                    int64
	TS                        time.Time
	Alert                     bool
	Chat                      string // plain text, byte for byte
	RTF                       string // rich text beside it, or empty
}

// Post is a chat message as a client posts it. The author it names is of no
// interest: who posts is who signed in.
type Post struct {
	Room  RoomRef
	OK    bool // Room could be read
	Alert bool
	Chat  string
	RTF   string
}

// Post reads a grpchat.
func (p *Primitive) Post() Post {
	room, ok := roomOf(p.Element)
	return Post{Room: room, OK: ok, Alert: p.Element.Bool("alert"), Chat: p.Element.Child("chat").Text(), RTF: p.Element.Child("rtf").Text()}
}

// AppendChat appends a whole envelope with one live message.
func AppendChat(dst []byte, envid uint64, m *Message) []byte {
	dst = openEnvelope(dst, envid)
	dst = append(dst, `<grpchat`...)
	dst = appendMessage(dst, m)
	return append(dst, `</grpchat></xccos>`...)
}

// appendMessage appends attributes and children.
func appendMessage(dst []byte, m *Message) []byte {
	dst = append(dst, ` id="grpchat" seqid="1"`...)
	dst = appendAttr(dst, "chanUri", m.ChanURI)
	dst = appendAttr(dst, "author", m.Author)
	dst = appendAttr(dst, "authdisp", m.AuthDisp)
	dst = append(dst, ` alert="`...)
	dst = strconv.AppendBool(dst, m.Alert)
	dst = append(dst, `" chatId="`...)
	dst = strconv.AppendInt(dst, m.ChatID, 10)
	dst = append(dst, '"')
	dst = appendTime(dst, "ts", m.TS)
	dst = append(dst, `><chat>`...)
	dst = AppendEscaped(dst, m.Chat)
	dst = append(dst, `</chat>`...)
	if m.RTF != "" {
		dst = append(dst, `<rtf>`...)
		dst = append(AppendEscaped(dst, m.RTF), `</rtf>`...)
	}
	return dst
}

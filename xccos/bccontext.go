package xccos

import "strconv"

// Last is how many of the newest messages cmd:bccontext asks for (XCCOS 4.7);
// 0 if it says nothing that is understood.
func (p *Primitive) Last() int { return max(0, p.Data.Child("bcq").Child("last").Int("cnt", 0)) }

// Before is the message that bcq names to ask for older ones than it (XCCOS 4.7
// [guess]); 0 if it names none.
func (p *Primitive) Before() int64 {
	id, err := strconv.ParseInt(p.Data.Child("bcq").Child("msgid").Attr("id"), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// AppendHistory appends the data of rpl:bccontext: messages oldest first.
func AppendHistory(dst []byte, roomURI string, messages []Message) []byte {
	dst = append(dst, `<chanib`...)
	dst = append(appendAttr(dst, "uri", roomURI), '>')
	return append(appendMessages(dst, messages), `</chanib>`...)
}

func appendMessages(dst []byte, messages []Message) []byte {
	for i := range messages {
		dst = append(dst, `<msg`...)
		dst = appendMessage(dst, &messages[i])
		dst = append(dst, `</msg>`...)
	}
	return dst
}

package xccos

// Last is how many of the newest messages cmd:bccontext asks for (XCCOS 4.7);
// 0 if it says nothing that is understood.
func (p *Primitive) Last() int { return max(0, p.Data.Child("bcq").Child("last").Int("cnt", 0)) }

// AppendHistory appends the data of rpl:bccontext: messages oldest first.
func AppendHistory(dst []byte, roomURI string, messages []Message) []byte {
	dst = append(dst, `<chanib`...)
	dst = append(appendAttr(dst, "uri", roomURI), '>')
	for i := range messages {
		dst = append(dst, `<msg`...)
		dst = appendMessage(dst, &messages[i])
		dst = append(dst, `</msg>`...)
	}
	return append(dst, `</chanib>`...)
}

package channel_test

import (
	"testing"

	"perch/chat"
)

// TestAddinAddress: an add-in is a page that came by HTTPS, or one of this machine.
func TestAddinAddress(t *testing.T) {
	inBubble(t, chat.Limits{}, 1, func(w *world) {
		for i, address := range []string{"https://ticker.example.com/a?b=c#d", "http://127.0.0.1:8080/", "http://localhost/x", "http://[::1]:8080/"} {
			_, err := w.svc.CreateAddin(w.ctx, string(rune('a'+i)), address)
			w.must(err)
		}
		for _, address := range []string{
			"", "ticker.example.com", "http://ticker.example.com/", "http://127.0.0.1.example.com/", "https://user:secret@example.com/",
			"javascript:alert(1)", "data:text/html,x", "//example.com/", "https://", "file:///etc/passwd",
		} {
			_, err := w.svc.CreateAddin(w.ctx, "z", address)
			isKind(t, err, chat.KindInvalid)
		}
	})
}

package chattest

import (
	"testing"

	"perch/chat"
)

var lockoutTests = map[string]func(t *testing.T, w *world){
	"Lockouts/are kept until they end": testLockouts,
}

func testLockouts(t *testing.T, w *world) {
	ctx := t.Context()
	list := func(after chat.Time) []chat.Lockout { return must(w.ListLockouts(ctx, after))(t) }
	head := w.head(t)
	bob, alice, nobody := chat.Lockout{Name: "sip:bob@example.test", Until: 200}, chat.Lockout{Name: "sip:alice@example.test", Until: 100}, chat.Lockout{Name: "sip:Ünknown@example.test", Until: 300}
	for _, l := range []chat.Lockout{bob, alice, nobody} {
		check(t, w.UpdateLockout(ctx, l, 0))
	}
	same(t, "all", []chat.Lockout{alice, bob, nobody}, list(0))
	same(t, "that end after", []chat.Lockout{bob, nobody}, list(100))
	alice.Until = 400
	check(t, w.UpdateLockout(ctx, alice, 200)) // bob's has ended then
	same(t, "later", []chat.Lockout{alice, nobody}, list(0))
	check(t, w.DeleteLockout(ctx, alice.Name))
	check(t, w.DeleteLockout(ctx, alice.Name))
	same(t, "taken away", []chat.Lockout{nobody}, list(0))
	same(t, "entries", 0, len(w.newEntries(t, head)))
}

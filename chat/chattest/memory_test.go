package chattest_test

import (
	"testing"

	"perch/chat"
	"perch/chat/chattest"
)

func TestMemory(t *testing.T) {
	chattest.TestStore(t, func(t *testing.T) chat.Store {
		s := chattest.NewStore()
		t.Cleanup(func() { s.Close() })
		return s
	})
}

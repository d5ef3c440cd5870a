package settings_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"perch/chat"
	"perch/chat/chattest"
)

// TestDuties: nobody's are parted until somebody is an administrator; two together
// take a reason, which is on record; the last administrator stays.
func TestDuties(t *testing.T) {
	ctx := t.Context()
	store := chattest.NewStore()
	s := open(t, store)
	if len(s.Duties("os:anybody")) != 3 {
		t.Error("at first not everybody holds all duties")
	}
	refused := func(kind chat.Kind, who string, duty chat.Duty, together string) {
		t.Helper()
		_, err := s.GrantDuty(ctx, who, duty, together)
		isKind(t, err, kind)
	}
	grant := func(who string, duty chat.Duty, together string) {
		t.Helper()
		must[chat.OperatorDuties](t)(s.GrantDuty(ctx, who, duty, together))
	}
	refused(chat.KindInvalid, "os:anna", chat.Officer, "")
	refused(chat.KindInvalid, "anna", chat.Administrator, "")
	refused(chat.KindInvalid, "os:anna", "king", "")
	grant("os:Anna", chat.Administrator, "")
	grant("os:boris", chat.Officer, "")
	refused(chat.KindAlreadyDefined, "os:anna", chat.Administrator, "x")
	refused(chat.KindForbidden, "os:anna", chat.Officer, " ")
	grant("os:anna", chat.Auditor, "it is a small clinic")
	list, err := store.ListEntries(ctx, 0, 100)
	if err != nil || len(list) != 3 || !strings.Contains(list[2].Detail, "it is a small clinic") {
		t.Errorf("on record: %+v, %v", list, err)
	}
	s = open(t, store)
	if d := s.Duties("os:anna"); len(d) != 2 || len(s.Duties("os:carla")) != 0 || len(s.Duties("")) != 0 {
		t.Errorf("anna has %v", d)
	}
	isKind(t, s.RevokeDuty(ctx, "os:anna", chat.Administrator), chat.KindForbidden)
	isKind(t, s.RevokeDuty(ctx, "os:boris", chat.Auditor), chat.KindNoSuchObject)
	grant("os:carla", chat.Administrator, "")
	if err := s.RevokeDuty(ctx, "os:anna", chat.Administrator); err != nil {
		t.Error(err)
	}
	if o := s.Operators(); len(o) != 3 || o[0].Reason != "" || len(o[0].Duties) != 1 {
		t.Errorf("operators %+v", o)
	}
}

// TestUsersDuties: a user holds on the web what he was granted, from the start and
// alone; that shuts no account of the machine out, and when those are parted, one
// of them is an administrator for good. A user's duties end before his address is
// another's.
func TestUsersDuties(t *testing.T) {
	ctx := t.Context()
	store := chattest.NewStore()
	s := open(t, store)
	const alice = "sip:alice@example.test"
	has := func(who string, want int) {
		t.Helper()
		if d := s.Duties(who); len(d) != want {
			t.Errorf("%s holds %v, want %d", who, d, want)
		}
	}
	has(alice, 0)
	must[chat.OperatorDuties](t)(s.GrantDuty(ctx, "SIP:Alice@example.test", chat.Officer, "")) // no account is shut out: it need be no administrator
	has(alice, 1)
	has("os:root", 3)
	has("", 3)
	for _, bad := range []string{"sip:", "sip:alice", "sip:a b@x", "alice@example.test", "os:"} {
		_, err := s.GrantDuty(ctx, bad, chat.Administrator, "")
		isKind(t, err, chat.KindInvalid)
	}
	must[chat.OperatorDuties](t)(s.GrantDuty(ctx, "sip:bob@example.test", chat.Administrator, ""))
	_, err := s.GrantDuty(ctx, "os:anna", chat.Officer, "") // bob is none of the machine's
	isKind(t, err, chat.KindInvalid)
	must[chat.OperatorDuties](t)(s.GrantDuty(ctx, "os:anna", chat.Administrator, ""))
	has("os:root", 0)
	has("os:anna", 1)
	isKind(t, s.RevokeDuty(ctx, "os:anna", chat.Administrator), chat.KindForbidden)
	if err := s.RevokeDuty(ctx, "sip:bob@example.test", chat.Administrator); err != nil {
		t.Error(err)
	}
	has("sip:bob@example.test", 0)
	for range 2 {
		if err := s.ForgetOperator(ctx, alice); err != nil {
			t.Error(err)
		}
	}
	s = open(t, store)
	has(alice, 0)
	has("os:anna", 1)
	has("os:root", 0)
}

// TestGlass: contents are read in an emergency when a second person has approved
// it, for as long as was asked for.
func TestGlass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		store := chattest.NewStore()
		s := open(t, store)
		for _, minutes := range []int{0, 1441} {
			_, err := s.AskGlass(ctx, "os:anna", "fire", minutes)
			isKind(t, err, chat.KindInvalid)
		}
		_, err := s.AskGlass(ctx, "os:anna", " ", 5)
		isKind(t, err, chat.KindInvalid)
		g := must[chat.Glass](t)(s.AskGlass(ctx, "os:anna", "fire", 5))
		if s.Broken("os:anna") {
			t.Error("one person was enough")
		}
		for _, who := range []string{"os:anna", "os:ANNA", ""} {
			_, err = s.ApproveGlass(ctx, g.Name, who)
			isKind(t, err, chat.KindForbidden)
		}
		_, err = s.ApproveGlass(ctx, "7", "os:boris")
		isKind(t, err, chat.KindNoSuchObject)
		must[chat.Glass](t)(s.ApproveGlass(ctx, g.Name, "os:boris"))
		_, err = s.ApproveGlass(ctx, g.Name, "os:carla")
		isKind(t, err, chat.KindAlreadyDefined)
		s = open(t, store)
		if !s.Broken("os:anna") || s.Broken("os:boris") {
			t.Error("the glass is not broken for who asked")
		}
		time.Sleep(5 * time.Minute)
		if s.Broken("os:anna") || len(s.Glasses()) != 1 {
			t.Error("it is broken for longer")
		}
	})
}

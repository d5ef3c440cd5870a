package webhook_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/webhook"
)

const (
	one = "http://127.0.0.1:9000/in?token=t"
	two = "http://127.0.0.1:9001/in"
)

func want[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// withReceivers runs a test with two receivers.
func withReceivers(t *testing.T, test func(w *world, a, b *receiver)) {
	t.Helper()
	inBubble(t, func(w *world) {
		all := w.network("127.0.0.1:9000", "127.0.0.1:9001")
		defer w.shut(all)
		w.open(channel.RoomSpec{Name: "Ops"})
		w.open(channel.RoomSpec{Name: "Other"})
		test(w, all["127.0.0.1:9000"], all["127.0.0.1:9001"])
	})
}

// TestDeliver: a post of the room goes out, signed, and its way out was on record
// before.
func TestDeliver(t *testing.T) {
	withReceivers(t, func(w *world, a, _ *receiver) {
		var recorded atomic.Int32
		a.answers(func(int, *delivery) (int, http.Header, string) {
			recorded.Store(int32(len(w.entries(chat.EntryExport))))
			return 200, nil, "ok"
		})
		w.post("bob", "Ops", "before it was made")
		i, key := w.outgoing("Ops", "CRM", one)
		w.post("bob", "Other", "elsewhere")
		w.post("bob", "Ops", "the <deal> is done")
		got := a.all()
		if len(got) != 1 {
			t.Fatalf("%d deliveries", len(got))
		}
		d := &got[0]
		if sign := webhook.Sign([]byte(key), d.header.Get("X-Perch-Timestamp"), d.body); d.header.Get("X-Perch-Signature") != sign {
			t.Errorf("signed %q, want %q", d.header.Get("X-Perch-Signature"), sign)
		}
		if d.header.Get("X-Perch-Delivery") != i.GUID+"-2" || d.header.Get("X-Perch-Timestamp") != fmt.Sprint(d.at.Unix()) || d.header.Get("Content-Type") != "application/json" {
			t.Errorf("headers %v", d.header)
		}
		bob, _ := w.dir.FindPrincipal(w.users["bob"])
		for name, v := range map[string]any{
			"text": "the <deal> is done", "room": w.room["Ops"].GUID, "channel_id": w.room["Ops"].GUID, "channel_name": "Ops", "message": 2.0,
			"author": bob.GUID, "author_uri": bob.URI, "author_name": "Bob Builder", "user_name": "bob", "team_domain": "example.test", "token": nil, "alert": false,
			"timestamp": fmt.Sprintf("%d.%06d", d.at.Unix(), d.at.Nanosecond()/1000), "at": d.at.UTC().Format(time.RFC3339Nano),
		} {
			if got := d.field(t, name); got != v {
				t.Errorf("%s is %v, want %v", name, got, v)
			}
		}
		if n := recorded.Load(); n != 1 {
			t.Errorf("%d exports were on record when it went out", n)
		}
		e := w.entries(chat.EntryExport)[0]
		if e.Room != w.room["Ops"].ID || e.Message != 2 || e.Actor != i.Bot || strings.Contains(e.Detail, "token=t") || !strings.Contains(e.Detail, `"to":"http://127.0.0.1:9000"`) || !strings.Contains(e.Detail, "alice") {
			t.Errorf("on record: %+v", e)
		}
	})
}

// TestWords: only posts with one of the words go out.
func TestWords(t *testing.T) {
	withReceivers(t, func(w *world, a, _ *receiver) {
		w.outgoing("Ops", "CRM", one, "gold", "end of day")
		w.post("bob", "Ops", "golden times", "GOLD is up", "silver", "the end  of day")
		want(t, "sent", a.texts(t), []string{"golden times", "GOLD is up", "the end  of day"})
		if w := a.all()[2].field(t, "trigger_word"); w != "end of day" {
			t.Errorf("by the word %v", w)
		}
	})
}

// TestRetries: what does not get through is tried again after growing pauses, and
// what comes after it waits its turn.
func TestRetries(t *testing.T) {
	withReceivers(t, func(w *world, a, _ *receiver) {
		a.answers(func(n int, _ *delivery) (int, http.Header, string) {
			switch {
			case n < 4:
				return 503, nil, ""
			case n == 4:
				return 429, http.Header{"Retry-After": {"60"}}, ""
			}
			return 204, nil, ""
		})
		i, _ := w.outgoing("Ops", "CRM", one)
		start := time.Now()
		w.post("bob", "Ops", "1", "2")
		if now := w.info("Ops", i.GUID); now.Trouble != "the receiver answered 503 Service Unavailable" || now.Last != 0 {
			t.Errorf("while it fails it is %+v", now)
		}
		time.Sleep(2 * time.Minute)
		want(t, "sent", a.texts(t), []string{"1", "1", "1", "1", "1", "1", "2"})
		var pauses []time.Duration
		for _, d := range a.all() {
			pauses = append(pauses, d.at.Sub(start))
		}
		s := time.Second
		want(t, "at", pauses, []time.Duration{0, s, 3 * s, 7 * s, 15 * s, 75 * s, 75 * s})
		if now := w.info("Ops", i.GUID); now.Trouble != "" || now.Last == 0 || now.SetAside != 0 {
			t.Errorf("when it works again it is %+v", now)
		}
		if n := len(w.entries(chat.EntryExport)); n != 2 {
			t.Errorf("%d exports are on record", n)
		}
	})
}

// TestSlowReceiver: one that does not answer holds up no other.
func TestSlowReceiver(t *testing.T) {
	withReceivers(t, func(w *world, a, b *receiver) {
		hang := make(chan struct{})
		a.answers(func(int, *delivery) (int, http.Header, string) { <-hang; return 200, nil, "" })
		i, _ := w.outgoing("Ops", "CRM", one)
		w.outgoing("Ops", "Log", two)
		w.post("bob", "Ops", "1", "2", "3")
		want(t, "the other's", b.texts(t), []string{"1", "2", "3"})
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if now := w.info("Ops", i.GUID); now.Trouble != "the receiver did not answer in 10s" {
			t.Errorf("its trouble: %q", now.Trouble)
		}
		close(hang)
		time.Sleep(time.Minute)
		if got := a.texts(t); !slices.Equal(slices.Compact(got), []string{"1", "2", "3"}) {
			t.Errorf("sent %v", got)
		}
	})
}

// TestSetAside: what does not get through for hours is set aside, on record, and
// does not stand in the way of what comes after.
func TestSetAside(t *testing.T) {
	withReceivers(t, func(w *world, a, _ *receiver) {
		var works atomic.Bool
		a.answers(func(int, *delivery) (int, http.Header, string) {
			if works.Load() {
				return 200, nil, ""
			}
			return 500, nil, ""
		})
		i, _ := w.outgoing("Ops", "CRM", one)
		w.post("bob", "Ops", "1")
		time.Sleep(5 * time.Hour)
		w.post("bob", "Ops", "2", "3")
		time.Sleep(time.Hour + 15*time.Minute)
		now := w.info("Ops", i.GUID)
		if now.SetAside != 1 || !strings.Contains(now.Trouble, "message 1 was set aside: the receiver answered 500") {
			t.Errorf("after six hours it is %+v", now)
		}
		works.Store(true)
		time.Sleep(20 * time.Minute)
		if got := a.texts(t); !slices.Equal(slices.Compact(got), []string{"1", "2", "3"}) {
			t.Errorf("sent %v", got)
		}
		if now := w.info("Ops", i.GUID); now.SetAside != 1 || now.Trouble != "" {
			t.Errorf("when it works again it is %+v", now)
		}
		last := ""
		for _, e := range w.entries(chat.EntryExport) {
			if e.Cause != "" {
				last = fmt.Sprint(e.Message, " ", e.Cause)
			}
		}
		if last != "1 set aside: the receiver answered 500 Internal Server Error" {
			t.Errorf("on record: %q", last)
		}
	})
}

// TestRefusedForGood: a post that the receiver will never take is set aside at once.
func TestRefusedForGood(t *testing.T) {
	withReceivers(t, func(w *world, a, _ *receiver) {
		a.answers(func(n int, _ *delivery) (int, http.Header, string) {
			if n == 0 {
				return 400, nil, "no"
			}
			return 200, nil, ""
		})
		i, _ := w.outgoing("Ops", "CRM", one)
		w.post("bob", "Ops", "1", "2")
		want(t, "sent", a.texts(t), []string{"1", "2"})
		if now := w.info("Ops", i.GUID); now.SetAside != 1 {
			t.Errorf("it is %+v", now)
		}
	})
}

// TestRedirect: a redirect is not followed.
func TestRedirect(t *testing.T) {
	withReceivers(t, func(w *world, a, b *receiver) {
		a.answers(func(int, *delivery) (int, http.Header, string) {
			return 307, http.Header{"Location": {two}}, ""
		})
		i, _ := w.outgoing("Ops", "CRM", one)
		w.post("bob", "Ops", "1")
		if n := len(b.all()); n != 0 {
			t.Errorf("%d requests followed the redirect", n)
		}
		if now := w.info("Ops", i.GUID); !strings.Contains(now.Trouble, "redirects are not followed") {
			t.Errorf("its trouble: %q", now.Trouble)
		}
	})
}

// TestResume: after a stop in the middle everything goes out that had not, and
// what had does not go out again.
func TestResume(t *testing.T) {
	withReceivers(t, func(w *world, a, _ *receiver) {
		var works atomic.Bool
		works.Store(true)
		a.answers(func(int, *delivery) (int, http.Header, string) {
			if works.Load() {
				return 200, nil, ""
			}
			return 500, nil, ""
		})
		w.outgoing("Ops", "CRM", one)
		w.post("bob", "Ops", "1", "2")
		works.Store(false)
		w.post("bob", "Ops", "3")
		w.must(w.svc.Stop(w.ctx))
		w.post("bob", "Ops", "4")
		works.Store(true)
		w.start()
		synctest.Wait()
		want(t, "sent", a.texts(t), []string{"1", "2", "3", "3", "4"})
	})
}

// TestAnswer: what a receiver answers is posted by the bot, and what bots post
// goes nowhere.
func TestAnswer(t *testing.T) {
	withReceivers(t, func(w *world, a, b *receiver) {
		answer := func(_ int, d *delivery) (int, http.Header, string) {
			return 200, nil, `{"text":"re: <@alice> ` + d.field(t, "text").(string) + `"}`
		}
		a.answers(answer)
		b.answers(answer)
		w.outgoing("Ops", "CRM", one)
		j, _ := w.outgoing("Ops", "Echo", two)
		_, secret := w.incoming("Ops", "Monitor")
		w.post("bob", "Ops", "hello")
		w.must(w.receive(secret, "alarm"))
		synctest.Wait()
		texts, _ := w.posts("Ops")
		slices.Sort(texts)
		want(t, "posted", texts, []string{"alarm", "hello", "re: @Alice Archer hello", "re: @Alice Archer hello"})
		want(t, "sent", a.texts(t), []string{"hello"})
		// A bot that is gone was one all the same.
		w.must(w.svc.Delete(w.ctx, w.by("alice"), w.room["Ops"].GUID, j.GUID))
		w.start()
		w.post("bob", "Ops", "bye")
		want(t, "sent", a.texts(t), []string{"hello", "bye"})
	})
}

// TestCreatorMayRead: what is posted goes out only while the creator may read it.
func TestCreatorMayRead(t *testing.T) {
	withReceivers(t, func(w *world, a, _ *receiver) {
		room := w.room["Ops"]
		closed := chat.Closed
		_, err := w.rooms.UpdateRoom(w.ctx, room.GUID, channel.RoomPatch{Privacy: &closed})
		w.must(err)
		i, _ := w.outgoing("Ops", "CRM", one)
		alice := []chat.PrincipalID{w.users["alice"]}
		_, err = w.rooms.UpdateRoom(w.ctx, room.GUID, channel.RoomPatch{Members: channel.ListPatch{Remove: alice}})
		w.must(err)
		w.post("bob", "Ops", "not for her")
		if n := len(a.all()); n != 0 || len(w.entries(chat.EntryExport)) != 0 {
			t.Errorf("%d posts went out", n)
		}
		if now := w.info("Ops", i.GUID); !strings.Contains(now.Trouble, "sip:alice@example.test, who made it, may not read the room any more") {
			t.Errorf("its trouble: %q", now.Trouble)
		}
		_, _, err = w.svc.Create(w.ctx, w.by("alice"), webhook.Spec{Room: room.GUID, Name: "Another", Outgoing: true, URL: two})
		w.isKind(err, chat.KindForbidden)
		_, err = w.rooms.UpdateRoom(w.ctx, room.GUID, channel.RoomPatch{Members: channel.ListPatch{Add: alice}})
		w.must(err)
		time.Sleep(11 * time.Minute)
		want(t, "sent", a.texts(t), []string{"not for her"})
	})
}

// TestNotPosted: what was taken out of the room meanwhile does not go out.
func TestNotPosted(t *testing.T) {
	withReceivers(t, func(w *world, a, _ *receiver) {
		w.outgoing("Ops", "CRM", one)
		a.answers(func(n int, _ *delivery) (int, http.Header, string) {
			if n == 0 {
				return 500, nil, ""
			}
			return 200, nil, ""
		})
		w.post("bob", "Ops", "1", "2")
		w.must(w.rooms.HideMessages(w.ctx, w.room["Ops"].GUID, []chat.MessageID{2}))
		time.Sleep(time.Minute)
		want(t, "sent", a.texts(t), []string{"1", "1"})
	})
}

// TestNowhere: without a list of receivers nothing goes out, and one that is taken
// off the list is not sent to any more.
func TestNowhere(t *testing.T) {
	withReceivers(t, func(w *world, a, _ *receiver) {
		i, _ := w.outgoing("Ops", "CRM", one)
		w.cfg.Hosts = webhook.Hosts{}
		w.start()
		w.post("bob", "Ops", "1")
		if n := len(a.all()); n != 0 {
			t.Errorf("%d posts went out", n)
		}
		if now := w.info("Ops", i.GUID); !strings.Contains(now.Trouble, "web.webhook_hosts") {
			t.Errorf("its trouble: %q", now.Trouble)
		}
		_, _, err := w.svc.Create(w.ctx, w.by("alice"), webhook.Spec{Room: w.room["Ops"].GUID, Name: "Another", Outgoing: true, URL: two})
		w.isKind(err, chat.KindForbidden)
	})
}

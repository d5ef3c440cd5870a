package webhook_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/webhook"
)

// TestReceive: what comes in for the secret is on disk when it is answered, and
// its author is the webhook's bot; the secret is nowhere.
func TestReceive(t *testing.T) {
	inBubble(t, func(w *world) {
		w.open(channel.RoomSpec{Name: "Ops"})
		i, secret := w.incoming("Ops", "Build server")
		w.must(w.receive(secret, "build <https://ci.example.com/7|7> failed"))
		texts, authors := w.posts("Ops")
		if !slices.Equal(texts, []string{"build 7 (https://ci.example.com/7) failed"}) || !slices.Equal(authors, []string{"Build server"}) {
			t.Errorf("posted %q by %q", texts, authors)
		}
		list, err := w.store.ListEntries(w.ctx, 0, 1000)
		w.must(err)
		for _, e := range list {
			if strings.Contains(e.Detail, secret) {
				t.Errorf("the secret is in the journal: %+v", e)
			}
			if e.Kind == chat.EntryPost && (e.Actor != i.Bot || e.Endpoint != "webhook:"+i.GUID) {
				t.Errorf("posted by %+v", e)
			}
		}
		objects, err := w.store.ListObjects(w.ctx, chat.ObjectWebhook)
		w.must(err)
		if len(objects) != 1 || strings.Contains(objects[0].Content, secret) {
			t.Errorf("stored: %+v", objects)
		}
		if now := w.info("Ops", i.GUID); now.Last != chat.At(time.Now()) || now.Trouble != "" {
			t.Errorf("it is shown as %+v", now)
		}
		_, err = w.dir.CheckPassword(w.ctx, i.BotName, "")
		w.isKind(err, chat.KindForbidden)
	})
}

// TestRecord: that a webhook was made and deleted is on record, with who did it.
func TestRecord(t *testing.T) {
	inBubble(t, func(w *world) {
		room := w.open(channel.RoomSpec{Name: "Ops"})
		i, _ := w.outgoing("Ops", "CRM", "http://127.0.0.1:9000/secret-path")
		w.must(w.svc.Delete(w.ctx, w.by("alice"), room.GUID, i.GUID))
		list := w.entries(chat.EntryObject)
		if len(list) != 2 {
			t.Fatalf("%d entries: %+v", len(list), list)
		}
		for n, want := range []string{`"before":null,"after":{"name":"CRM"`, `"outgoing":true`} {
			e := &list[n]
			if !strings.Contains(e.Detail, want) || strings.Contains(e.Detail, "secret-path") || strings.Contains(e.Detail, `"key"`) || e.Actor != w.users["alice"] || e.Room != room.ID || e.Client != "test" {
				t.Errorf("entry %d: %+v", n, e)
			}
		}
		if !strings.Contains(list[1].Detail, `"after":null`) || !strings.Contains(list[0].Detail, `"url":"http://127.0.0.1:9000"`) {
			t.Errorf("entries %+v", list)
		}
	})
}

// TestRefusedPost: a bot's posts are decided like anybody's.
func TestRefusedPost(t *testing.T) {
	inBubble(t, func(w *world) {
		room := w.open(channel.RoomSpec{Name: "Ops", Privacy: chat.Closed, Behavior: chat.Auditorium})
		i, secret := w.incoming("Ops", "Build server")
		r, err := w.rooms.FindRoom(room.GUID)
		w.must(err)
		if !slices.Contains(r.Members, i.Bot) || !slices.Contains(r.Presenters, i.Bot) || slices.Contains(r.Managers, i.Bot) {
			t.Errorf("the bot's roles: %+v", r.Room)
		}
		if r.Audit.UpdatedBy != w.users["alice"] {
			t.Errorf("the room was changed by %d", r.Audit.UpdatedBy)
		}
		w.must(w.receive(secret, "one"))
		_, err = w.rooms.UpdateRoom(w.ctx, room.GUID, channel.RoomPatch{Presenters: channel.ListPatch{Remove: []chat.PrincipalID{i.Bot}}})
		w.must(err)
		w.isKind(w.receive(secret, "two"), chat.KindForbidden)
		if now := w.info("Ops", i.GUID); !strings.Contains(now.Trouble, "not a presenter") {
			t.Errorf("its trouble: %q", now.Trouble)
		}
		_, err = w.rooms.UpdateRoom(w.ctx, room.GUID, channel.RoomPatch{Presenters: channel.ListPatch{Add: []chat.PrincipalID{i.Bot}}})
		w.must(err)
		w.must(w.receive(secret, "three"))
		yes := true
		_, err = w.rooms.UpdateRoom(w.ctx, room.GUID, channel.RoomPatch{Disabled: &yes})
		w.must(err)
		w.isKind(w.receive(secret, "four"), chat.KindDisabled)
		w.isKind(w.receive(secret, ""), chat.KindInvalid)
		w.isKind(w.receive("no such secret", "five"), chat.KindNoSuchObject)
		if texts, _ := w.posts("Ops"); !slices.Equal(texts, []string{"one", "three"}) {
			t.Errorf("posted %q", texts)
		}
	})
}

// TestScope: a manager cannot put a bot into a scope; an administrator can, by
// name, by the group webhooks, or when he makes the webhook.
func TestScope(t *testing.T) {
	inBubble(t, func(w *world) {
		_, err := w.rooms.CreateCategory(w.ctx, channel.CategorySpec{Name: "Desk", Allowed: []chat.PrincipalID{w.users["alice"]}})
		w.must(err)
		made, err := w.rooms.CreateRooms(w.ctx, []channel.RoomSpec{{
			Name: "Deals", Category: "Desk", Privacy: chat.Closed, Members: []chat.PrincipalID{w.users["alice"]}, Managers: []chat.PrincipalID{w.users["alice"]},
		}})
		w.must(err)
		w.room["Deals"] = made[0]
		spec := webhook.Spec{Room: made[0].GUID, Name: "Prices"}
		_, _, err = w.svc.Create(w.ctx, w.by("alice"), spec)
		w.isKind(err, chat.KindForbidden)
		if text := chat.TextOf(err); !strings.Contains(text, "not in the scope of category Desk") || !strings.Contains(text, "perch webhook add --allow") {
			t.Errorf("refused with %q", text)
		}
		if n := len(w.dir.List(chat.KindUser)); n != 2 {
			t.Errorf("%d users are there: a bot was left over", n)
		}
		i, _, err := w.svc.Create(w.ctx, webhook.Caller{}, spec)
		w.must(err)
		if !strings.Contains(i.Trouble, "does not allow the user") {
			t.Errorf("an administrator's webhook that cannot post shows %q", i.Trouble)
		}
		spec.Allow, spec.Room = true, "Deals"
		i, secret, err := w.svc.Create(w.ctx, webhook.Caller{}, spec)
		w.must(err)
		if i.Trouble != "" {
			t.Errorf("with Allow: %q", i.Trouble)
		}
		w.must(w.receive(secret, "10.5"))
		g, err := w.dir.CreateGroup(w.ctx, webhook.BotGroup, "")
		w.must(err)
		_, err = w.rooms.UpdateCategory(w.ctx, "Desk", channel.CategoryPatch{Allowed: channel.ListPatch{Add: []chat.PrincipalID{g.ID}}})
		w.must(err)
		_, secret = w.incoming("Deals", "News")
		w.must(w.receive(secret, "up"))
		if texts, _ := w.posts("Deals"); !slices.Equal(texts, []string{"10.5", "up"}) {
			t.Errorf("posted %q", texts)
		}
	})
}

// TestManagersOnly: webhooks are for those who manage the room, and what somebody
// may not see is not there.
func TestManagersOnly(t *testing.T) {
	inBubble(t, func(w *world) {
		room := w.open(channel.RoomSpec{Name: "Ops"})
		hidden, err := w.rooms.CreateRooms(w.ctx, []channel.RoomSpec{{Name: "Board", Category: "All", Privacy: chat.Secret}})
		w.must(err)
		other := w.open(channel.RoomSpec{Name: "Other"})
		i, _ := w.incoming("Ops", "Build server")
		_, err = w.svc.List(w.by("bob"), room.GUID)
		w.isKind(err, chat.KindForbidden)
		_, _, err = w.svc.Create(w.ctx, w.by("bob"), webhook.Spec{Room: room.GUID, Name: "x"})
		w.isKind(err, chat.KindForbidden)
		w.isKind(w.svc.Delete(w.ctx, w.by("bob"), room.GUID, i.GUID), chat.KindForbidden)
		_, err = w.svc.List(w.by("bob"), hidden[0].GUID)
		w.isKind(err, chat.KindNoSuchRoom)
		w.isKind(w.svc.Delete(w.ctx, w.by("alice"), other.GUID, i.GUID), chat.KindNoSuchObject)
		_, _, err = w.svc.Create(w.ctx, w.by("alice"), webhook.Spec{Room: room.GUID, Name: "bob builder"})
		w.isKind(err, chat.KindDuplicateName)
		for _, bad := range []webhook.Spec{{Name: " "}, {Name: "a\nb"}, {Name: strings.Repeat("x", 101)}, {Name: "x", URL: "https://x"}, {Name: "x", Words: []string{"w"}}} {
			bad.Room = room.GUID
			_, _, err = w.svc.Create(w.ctx, w.by("alice"), bad)
			w.isKind(err, chat.KindInvalid)
		}
		all, err := w.svc.List(webhook.Caller{}, "")
		w.must(err)
		if len(all) != 1 || all[0].GUID != i.GUID || all[0].RoomName != "Ops" {
			t.Errorf("the administrator sees %+v", all)
		}
	})
}

// TestCreatorLeaves: a webhook stays when its creator loses the right to manage
// the room.
func TestCreatorLeaves(t *testing.T) {
	inBubble(t, func(w *world) {
		room := w.open(channel.RoomSpec{Name: "Ops"})
		i, secret := w.incoming("Ops", "Build server")
		_, err := w.rooms.UpdateRoom(w.ctx, room.GUID, channel.RoomPatch{Managers: channel.ListPatch{Clear: true, Add: []chat.PrincipalID{w.users["bob"]}}})
		w.must(err)
		w.must(w.receive(secret, "still here"))
		list, err := w.svc.List(w.by("bob"), room.GUID)
		w.must(err)
		if len(list) != 1 || list[0].CreatedBy != "sip:alice@example.test" {
			t.Errorf("bob sees %+v", list)
		}
		w.must(w.svc.Delete(w.ctx, w.by("bob"), room.GUID, i.GUID))
		w.isKind(w.receive(secret, "gone"), chat.KindNoSuchObject)
		if _, there := w.dir.FindPrincipal(i.Bot); there {
			t.Error("the bot is still there")
		}
		if texts, authors := w.posts("Ops"); len(texts) != 1 || authors[0] != "Build server" {
			t.Errorf("what it posted is %q by %q now", texts, authors)
		}
	})
}

// TestTooFast: a webhook that posts too fast is told when to go on.
func TestTooFast(t *testing.T) {
	inBubble(t, func(w *world) {
		w.open(channel.RoomSpec{Name: "Ops"})
		_, secret := w.incoming("Ops", "Build server")
		_, other := w.incoming("Ops", "Monitor")
		for range 30 {
			w.must(w.svc.Admit(secret))
		}
		err := w.svc.Admit(secret)
		limited, ok := errors.AsType[*webhook.Limited](err)
		if !ok || limited.After != time.Second {
			t.Fatalf("the 31st: %v", err)
		}
		w.must(w.svc.Admit(other))
		time.Sleep(limited.After)
		w.must(w.svc.Admit(secret))
	})
}

// TestKept: webhooks outlive the server, and go with their room or bot.
func TestKept(t *testing.T) {
	inBubble(t, func(w *world) {
		room := w.open(channel.RoomSpec{Name: "Ops"})
		w.open(channel.RoomSpec{Name: "Other"})
		i, secret := w.incoming("Ops", "Build server")
		j, another := w.incoming("Other", "Monitor")
		w.must(w.receive(secret, "one"))
		w.start()
		w.must(w.receive(secret, "two"))
		if now := w.info("Ops", i.GUID); now.Last == 0 || now.Name != "Build server" {
			t.Errorf("after the restart it is %+v", now)
		}
		w.must(w.rooms.DeleteRoom(w.ctx, room.GUID))
		w.isKind(w.receive(secret, "three"), chat.KindNoSuchRoom)
		w.must(w.dir.Delete(w.ctx, j.Bot))
		time.Sleep(31 * time.Second)
		synctest.Wait()
		for _, s := range []string{secret, another} {
			w.isKind(w.svc.Admit(s), chat.KindNoSuchObject)
		}
		if _, there := w.dir.FindPrincipal(i.Bot); there {
			t.Error("the bot outlived its room")
		}
		objects, err := w.store.ListObjects(w.ctx, chat.ObjectWebhook)
		w.must(err)
		if len(objects) != 0 {
			t.Errorf("stored are %+v", objects)
		}
	})
}

// TestStoreFails: a post that is not on disk is not answered as if it were.
func TestStoreFails(t *testing.T) {
	inBubble(t, func(w *world) {
		w.open(channel.RoomSpec{Name: "Ops"})
		_, secret := w.incoming("Ops", "Build server")
		w.must(w.receive(secret, "one"))
		w.store.Fail(chat.Wrap(chat.KindDatabase, "writing", errors.New("no space left on device")))
		w.isKind(w.receive(secret, "two"), chat.KindDatabase)
		w.store.Heal()
		w.must(w.receive(secret, "three"))
		if texts, _ := w.posts("Ops"); !slices.Equal(texts, []string{"one", "three"}) {
			t.Errorf("posted %q", texts)
		}
	})
}

// TestOnce: a post that is tried again with its key is stored once; the bot is
// never in the room.
func TestOnce(t *testing.T) {
	inBubble(t, func(w *world) {
		room := w.open(channel.RoomSpec{Name: "Ops"})
		_, secret := w.incoming("Ops", "Build server")
		_, other := w.incoming("Ops", "Monitor")
		long := strings.Repeat("k", 300)
		for _, c := range []struct {
			secret, text, key string
			want              chat.MessageID
		}{{secret, "one", long, 1}, {secret, "one", long, 1}, {secret, "two", long + "2", 2}, {other, "one", long, 3}, {secret, "one", "", 4}, {secret, "one", "", 5}} {
			id, err := w.again(c.secret, c.text, c.key)
			w.must(err)
			if id != c.want {
				t.Errorf("%s %.3s: message %d, want %d", c.text, c.key, id, c.want)
			}
		}
		_, err := w.again(secret, "another text", long)
		w.isKind(err, chat.KindCollision)
		r, err := w.rooms.FindRoom(room.GUID)
		w.must(err)
		if n := len(w.entries(chat.EntryJoin)); n != 0 || r.Participants != 0 {
			t.Errorf("%d joins, %d participants", n, r.Participants)
		}
	})
}

package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"perch/channel"
	"perch/chat"
	"perch/front/web/api"
)

// openEvents upgrades a request to the WebSocket of what happens. Its origin must
// be this server, so that no other site's page uses the reader's cookie.
func (s *Server) openEvents(w http.ResponseWriter, r *http.Request) {
	_, id, err := s.act(r.Context()) // who may not act is answered before the upgrade
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	// serve is the first worker.
	k := &socket{srv: s, id: uuid.NewString(), who: id, working: true}
	if k.conn, err = websocket.Accept(lean{w}, r, nil); err != nil { // which has answered
		s.cfg.Log.Info("a WebSocket was refused", slog.Any("error", err))
		return
	}
	k.conn.SetReadLimit(maxFrame)
	k.session, err = s.rooms.Open(context.WithoutCancel(r.Context()), channel.Opening{
		User: id.user.ID, Endpoint: endpointOf(id.signIn) + "-" + k.id[:8], Client: id.client, Sink: k, Feeds: true,
	})
	if err != nil {
		_ = k.conn.Close(websocket.StatusPolicyViolation, chat.TextOf(err)) // or it is closed already
		return
	}
	k.forget = s.onSignedOut(id, func(reason string) { k.end(api.ServerFrameReason(reason)) })
	if err := s.hub.add(k); err != nil {
		_ = k.conn.Close(websocket.StatusTryAgainLater, chat.TextOf(err)) // or it is closed already
		k.leave()
	}
}

// leave ends the session. Its rooms are not kept for the endpoint: that is named
// anew for every socket.
func (k *socket) leave() {
	k.forget()
	k.session.Close(channel.CauseLeft)
	k.srv.rooms.Forget(k.who.user.ID, endpointOf(k.who.signIn)+"-"+k.id[:8])
}

// serve is the reader: it greets, joins what the user follows, and does what the
// client says until the connection ends.
func (k *socket) serve() {
	k.greet()
	k.work() // what has come meanwhile: rooms followed or left since greet has read which
	ctx := context.Background()
	for {
		_, body, err := k.conn.Read(ctx)
		if err != nil {
			break
		}
		var f api.ClientFrame
		if err := json.Unmarshal(body, &f); err != nil {
			_ = k.conn.Close(websocket.StatusInvalidFramePayloadData, "a frame is a JSON object, see ClientFrame") // or it is closed already
			break
		}
		k.obey(ctx, &f)
	}
	k.mu.Lock()
	k.ending, k.queue = true, nil
	k.mu.Unlock()
	_ = k.conn.CloseNow() // or it is closed already
	k.srv.hub.remove(k)
	k.leave()
}

// greet says hello and joins the rooms that the user follows.
func (k *socket) greet() {
	ctx := context.Background()
	f := api.ServerFrame{Type: api.ServerFrameTypeHello, Session: &k.id}
	if k.srv.cfg.Sealed != nil {
		if until, ok := k.srv.cfg.Sealed(ctx); ok {
			f.SealedUntil = &until
		}
	}
	k.send(k.srv.frame(&f))
	news, err := k.session.News(ctx)
	if err != nil {
		k.fail("reading what its user follows", err)
		return
	}
	guids, read := make([]string, len(news)), make(map[string]int64, len(news))
	for i := range news {
		guids[i] = news[i].Room.GUID
		read[guids[i]] = int64(news[i].Read)
	}
	k.join(ctx, guids, read)
}

// obey does what the client says.
func (k *socket) obey(ctx context.Context, f *api.ClientFrame) {
	rooms := value(f.Rooms)
	if len(rooms) > maxRoomsAtOnce {
		rooms = rooms[:maxRoomsAtOnce]
	}
	switch f.Type {
	case api.ClientFrameTypeJoin:
		k.join(ctx, rooms, nil)
	case api.ClientFrameTypePart:
		k.unshow(ctx, rooms)
	case api.ClientFrameTypeWatch:
		k.watch(ctx, value(f.Users))
	case api.ClientFrameTypeAway, api.ClientFrameTypeBack:
		k.srv.hub.away(k, f.Type == api.ClientFrameTypeAway)
	case api.ClientFrameTypePing:
		k.send(k.srv.frame(&api.ServerFrame{Type: api.ServerFrameTypePong}))
	}
}

const (
	// joinStep is how many rooms are joined, and told of, together.
	joinStep       = 50
	maxRoomsAtOnce = 1000
)

// join joins rooms step by step and says how they are. read has the marks, if they
// are known. How far they go is read after joining, so that nothing falls between
// what is told here and what is told as it happens.
func (k *socket) join(ctx context.Context, guids []string, read map[string]int64) {
	for part := range slices.Chunk(guids, joinStep) {
		joined := k.session.Join(ctx, part)
		var views []channel.RoomView
		for i := range joined {
			switch chat.KindOf(joined[i].Err) {
			case chat.KindDatabase, chat.KindBusy:
				k.fail("joining", joined[i].Err)
				return
			}
			if joined[i].Err == nil {
				views = append(views, joined[i].Room)
			}
		}
		heads, err := k.srv.rooms.Heads(ctx, views)
		revised, again := k.srv.rooms.Revised(ctx, views)
		if err = errors.Join(err, again); err != nil {
			k.fail("reading how far they go", err)
			return
		}
		out := make([]api.JoinedRoom, len(joined))
		for i := range joined {
			id := joined[i].Room.ID
			out[i] = k.joinedRoom(ctx, &joined[i], int64(heads[id]), int64(revised[id]), read)
		}
		k.send(k.srv.frame(&api.ServerFrame{Type: api.ServerFrameTypeJoined, Rooms: &out}))
	}
}

// fail ends the socket because the store did not answer, which may pass: its client
// comes again and asks anew, instead of staying without rooms.
func (k *socket) fail(what string, err error) {
	k.srv.cfg.Log.Error("a WebSocket cannot have its rooms", slog.String("at", what), slog.Any("error", err))
	k.end(api.ServerFrameReasonSlow)
}

func (k *socket) joinedRoom(ctx context.Context, j *channel.Joined, head, revised int64, read map[string]int64) api.JoinedRoom {
	out := api.JoinedRoom{Room: strings.ToLower(j.GUID)}
	if j.Err != nil {
		text, code := chat.TextOf(j.Err), refusals[chat.KindOf(j.Err)].code
		out.Error, out.Code = &text, &code
		return out
	}
	people := j.Room.Participants
	mark, known := read[j.Room.GUID]
	if !known {
		if n, _, err := k.session.Unread(ctx, j.Room.GUID); err == nil {
			mark = int64(n.Read)
		}
	}
	out.Head, out.Revised, out.Participants, out.Read = &head, &revised, &people, &mark
	return out
}

// unshow parts what the client shows no more, unless it is followed.
func (k *socket) unshow(ctx context.Context, guids []string) {
	k.following.Lock()
	defer k.following.Unlock()
	for _, guid := range guids {
		follows, err := k.session.Follows(ctx, guid)
		if err != nil {
			k.srv.cfg.Log.Error("whether a room is followed cannot be read", slog.Any("error", err))
		} else if !follows {
			k.part(ctx, guid)
		}
	}
}

// part leaves a room.
func (k *socket) part(ctx context.Context, guid string) {
	if _, err := k.session.Part(ctx, guid); err != nil {
		return // it was not there
	}
	guid = strings.ToLower(guid)
	k.send(k.srv.frame(&api.ServerFrame{Type: api.ServerFrameTypeParted, Room: &guid}))
}

// watch tells how people are, now and from now on.
func (k *socket) watch(ctx context.Context, guids []string) {
	list, err := k.srv.visible(ctx, k.session, guids)
	if err != nil {
		k.srv.cfg.Log.Info("presence cannot be watched", slog.Any("error", err))
		return
	}
	ids := make([]chat.PrincipalID, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	k.srv.hub.watch(k, ids)
	for i := range list {
		k.send(k.srv.presenceFrame(k.srv.presence(&list[i])))
		k.srv.hideAgain(k, &list[i])
	}
}

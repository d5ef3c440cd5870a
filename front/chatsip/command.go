package chatsip

import (
	"cmp"
	"context"
	"log/slog"

	"perch/channel"
	"perch/chat"
	"perch/sip/ua"
	"perch/xccos"
)

// command serves one verb: it returns what appends the reply's data (nil for
// none), or the error to reply with.
type command func(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error)

// commandTable is the dispatcher. Replies have their command's name, but for
// those in replyNames.
func commandTable() map[string]command {
	return map[string]command{
		"getserverinfo":        getserverinfo,
		"getassociations":      getassociations,
		"join":                 join,
		"bjoin":                bjoin,
		"part":                 part,
		"bccontext":            bccontext,
		"getinv":               getinv,
		"chansrch":             chansrch,
		"getpref":              getpref,
		"setpref":              setpref,
		"nodespermcreatechild": nodespermcreatechild,
		"bcbydate":             bcbydate,
		"bcbymsg":              bcbydate,
		"chancreate":           chancreate,
		"chanmodify":           chanmodify,
		"getchan":              getchan,
		"getroles":             getroles,
		"roleadd":              roleadd,
		"roleremove":           roleremove,
		"getperm":              getperm,
		"geteligible":          geteligible,
		"getcatusers":          getcatusers,
		"getcategories":        getcategories,
		"getaddins":            getaddins,
		"finduser":             finduser,
		"getprincipal":         getprincipal,
		"getpartlist":          getpartlist,
		"getfutok":             getfutok,
		"getfdtok":             getfdtok,
	}
}

// replyNames are those of replies that have not their command's name.
func replyNames() map[string]string {
	return map[string]string{
		"getfutok": "getftok",
		"getfdtok": "getftok",
	}
}

// obey carries out one envelope: its primitives in order.
func (l *link) obey(q queued) {
	e, err := xccos.Decode(q.body)
	if err != nil { // it was decoded once already
		l.settle(q.answer, err)
		return
	}
	defer e.Release()
	var refused error
	for i := range e.Primitives {
		p := &e.Primitives[i]
		switch p.Kind {
		case xccos.Command:
			l.answer(e.ID, p)
		case xccos.Chat:
			x, err := l.open()
			if err == nil && len(e.Primitives) == 1 {
				l.post(x, e, q.answer)
				return
			}
			if err == nil {
				err = l.postAndWait(x, e.ID, p)
			}
			if refused == nil {
				refused = err
			}
		default: // a client's replies and notices mean nothing here
		}
	}
	l.settle(q.answer, refused)
}

// settle gives the SIP answer of an envelope that held posts.
func (l *link) settle(answer *ua.Deferred, refused error) {
	if answer == nil {
		return
	}
	l.respond(answer, refused)
	answer.Flush()
}

func (l *link) respond(answer *ua.Deferred, refused error) {
	if refused == nil {
		answer.Respond(200, "", nil)
		return
	}
	c := codeOf(chat.KindOf(refused))
	f := l.front.refusal(c.status, c.number, chat.TextOf(refused))
	answer.Respond(f.Status, "", f.Headers)
}

// answer carries out one command and sends its reply.
func (l *link) answer(envid string, p *xccos.Primitive) {
	data, err := l.execute(p)
	l.reply(cmp.Or(l.front.replies[p.Name], p.Name), xccos.Ref{Seq: p.Seq, EnvID: envid}, data, err)
}

func (l *link) execute(p *xccos.Primitive) (func([]byte) []byte, error) {
	if p.Name == "requri" { // needs no session
		return requri(l.front), nil
	}
	do := l.front.commands[p.Name]
	if do == nil {
		l.front.cfg.Log.Info("XCCOS command that is not supported", slog.String("command", p.Name), slog.String("body", p.Source()))
		return nil, chat.E(chat.KindNotSupported, "")
	}
	x, err := l.open()
	if err != nil {
		return nil, err
	}
	return do(l.front.ctx, l, x, p)
}

// reply sends a reply in an INFO of its own.
func (l *link) reply(name string, ref xccos.Ref, data func([]byte) []byte, err error) {
	c := code{status: 200, text: "SUCCESS_OK"}
	if err != nil {
		c, data = codeOf(chat.KindOf(err)), nil
		if c.status >= 500 && c.status != 501 {
			l.front.cfg.Log.Error("XCCOS command failed", slog.String("command", name), slog.Any("error", err))
		}
	}
	body := xccos.AppendReply(nil, l.front.nextEnvelope(), name, ref, c.status, c.text, data)
	_ = l.d.Deliver(body) // an ended dialog is told to DialogEnded
}

// room checks that a command names exactly one room of this domain.
func (l *link) room(p *xccos.Primitive) (string, error) {
	rooms := p.Rooms()
	if len(rooms) != 1 {
		return "", chat.E(chat.KindInvalid, "the command must name one room")
	}
	if rooms[0].Domain != l.front.cfg.Domain {
		return "", chat.E(chat.KindNoSuchRoom, "")
	}
	return rooms[0].GUID, nil
}

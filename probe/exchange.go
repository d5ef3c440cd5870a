package probe

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"perch/sip"
	"perch/xccos"
)

// Account is a user as he signs in.
type Account struct {
	Address  string // alice@example.test
	Password string // empty where the server asks for none
}

// Exchange is the check of a whole server as two of its users meet it: both
// sign in, enter a room, post to one another, and leave.
type Exchange struct {
	Target           string      // host:port
	TLS              *tls.Config // nil: TCP
	Sender, Receiver Account
	Room             string // name, or ma-chan address
}

// Stage is what is done in a step.
type Stage string

// Stages, in the order in which a user comes to them.
const (
	Connect   Stage = "connect"
	SignIn    Stage = "sign in"
	Provision Stage = "learn policy and pool"
	LookUp    Stage = "look up the pool's server"
	OpenChat  Stage = "open the chat session"
	Find      Stage = "find the room"
	Join      Stage = "join the room"
	Post      Stage = "post a message"
	Receive   Stage = "receive the other's message"
	Part      Stage = "leave the room"
	SignOff   Stage = "sign off"
)

// Step is one thing that was done, or failed.
type Step struct {
	Role  string // sender or receiver
	Stage Stage
	User  string // his address
	Took  time.Duration
	Err   error
}

// ErrDisabled says that policy does not enable a user for chat.
var ErrDisabled = errors.New("policy does not enable the user for chat")

// side is one of the two users.
type side struct {
	x        *Exchange
	role     string
	account  Account
	conn     *Conn
	ep       *Endpoint
	pool     string
	messages chan string // texts of this exchange, as they come
}

// Run goes through the steps until one fails, which is then the last of those
// it returns. Nobody is left signed in.
func (x *Exchange) Run(ctx context.Context) []Step {
	token := random(8)
	sender := &side{x: x, role: "sender", account: x.Sender, messages: make(chan string, 8)}
	receiver := &side{x: x, role: "receiver", account: x.Receiver, messages: make(chan string, 8)}
	defer sender.close()
	defer receiver.close()
	var (
		room  Room
		steps []Step
	)
	for _, s := range x.script(sender, receiver, &room, token) {
		start := time.Now()
		err := s.do(ctx)
		steps = append(steps, Step{Role: s.by.role, Stage: s.stage, User: s.by.account.Address, Took: time.Since(start), Err: err})
		if err != nil {
			break
		}
	}
	return steps
}

// act is a step that is to be done.
type act struct {
	by    *side
	stage Stage
	do    func(ctx context.Context) error
}

func (x *Exchange) script(sender, receiver *side, room *Room, token string) []act {
	var acts []act
	for _, s := range [...]*side{sender, receiver} {
		acts = append(acts,
			act{s, Connect, func(ctx context.Context) error { return s.connect(ctx, token) }},
			act{s, SignIn, func(ctx context.Context) error { return s.ep.SignIn(ctx, s.account.Password) }},
			act{s, Provision, s.provision},
			act{s, LookUp, func(ctx context.Context) (err error) { s.pool, err = s.ep.LookUp(ctx, s.pool); return err }},
			act{s, OpenChat, func(ctx context.Context) error { return s.ep.OpenChat(ctx, s.pool) }},
		)
	}
	if r, ok := ParseRoom(x.Room); ok {
		*room = r
	} else {
		acts = append(acts, act{sender, Find, func(ctx context.Context) (err error) { *room, err = sender.ep.Find(ctx, x.Room); return err }})
	}
	for _, s := range [...]*side{sender, receiver} {
		acts = append(acts, act{s, Join, func(ctx context.Context) error { return s.ep.Join(ctx, *room) }})
	}
	for i, turn := range [...][2]*side{{sender, receiver}, {receiver, sender}} {
		text := fmt.Sprintf("Perch test message %d of 2 (%s)", i+1, token)
		acts = append(acts,
			act{turn[0], Post, func(ctx context.Context) error { return turn[0].post(ctx, *room, text) }},
			act{turn[1], Receive, func(ctx context.Context) error { return turn[1].await(ctx, text) }})
	}
	for _, s := range [...]*side{sender, receiver} {
		acts = append(acts,
			act{s, Part, func(ctx context.Context) error { return s.part(ctx, *room) }},
			act{s, SignOff, func(ctx context.Context) error { return s.ep.SignOff(ctx) }})
	}
	return acts
}

// connect dials. The device is a new one each time, so that the check disturbs
// neither the user's own nor another check.
func (s *side) connect(ctx context.Context, token string) error {
	aor, err := sip.CanonicalAOR([]byte("sip:" + strings.TrimPrefix(s.account.Address, "sip:")))
	if err != nil {
		return fmt.Errorf("%q is no SIP address: %w", s.account.Address, err)
	}
	if s.conn, err = Dial(ctx, s.x.Target, s.x.TLS); err != nil {
		return err
	}
	user, domain, _ := strings.Cut(strings.TrimPrefix(aor, "sip:"), "@")
	s.ep = NewEndpoint(s.conn, user, domain)
	s.ep.epid = random(6)
	s.conn.OnChat(func(_ *Endpoint, body []byte) { s.heard(body, token) })
	return nil
}

// heard keeps the texts of this exchange; a busy room says much else.
func (s *side) heard(body []byte, token string) {
	e, err := xccos.Decode(body)
	if err != nil {
		s.ep.fail(fmt.Errorf("the server's message cannot be read: %w", err))
		return
	}
	defer e.Release()
	for i := range e.Primitives {
		if p := &e.Primitives[i]; p.Kind == xccos.Chat && strings.Contains(p.Post().Chat, token) {
			select {
			case s.messages <- p.Post().Chat:
			default: // there are two of them; more is the server's fault and told by what is awaited
			}
		}
	}
}

func (s *side) provision(ctx context.Context) error {
	p, err := s.ep.Provisioning(ctx)
	switch {
	case err != nil:
		return err
	case !p.Enabled:
		return fmt.Errorf("%s: %w", s.ep.user, ErrDisabled)
	case p.Pool == "":
		return fmt.Errorf("%s: the provisioning names no pool", s.ep.user)
	}
	s.pool = p.Pool
	return nil
}

// post posts and awaits the echo.
func (s *side) post(ctx context.Context, r Room, text string) error {
	if err := s.ep.Post(ctx, r, text); err != nil {
		return err
	}
	return s.await(ctx, text)
}

func (s *side) await(ctx context.Context, text string) error {
	select {
	case got := <-s.messages:
		if got != text {
			return fmt.Errorf("%s: %q came where %q should", s.ep.user, got, text)
		}
		return nil
	case err := <-s.ep.failed:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%s: the message %q did not come: %w", s.ep.user, text, ctx.Err())
	}
}

func (s *side) part(ctx context.Context, r Room) error {
	if err := s.ep.Part(ctx, r); err != nil {
		return err
	}
	return s.ep.Bye(ctx)
}

// close ends the connection, and with it whatever still stands.
func (s *side) close() {
	if s.conn != nil {
		s.conn.Close()
	}
}

// random is n random bytes in hexadecimal.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}

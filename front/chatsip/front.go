package chatsip

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/filestore"
	"perch/sip"
	"perch/sip/ua"
	"perch/xccos"
)

// Config is what the front end needs to know.
type Config struct {
	Domain         string
	Host           string // source in ms-diagnostics
	PoolURI        string // the provisioned address
	ServerURI      string // what cmd:requri answers; differs from PoolURI (SIPE 5.1)
	SessionExpires int    // seconds; 0: 600
	Commands       int    // commands that may wait in one dialog; 0: 128
	Log            *slog.Logger
	Now            func() time.Time
	// Also says whether a canonical address is one more of the pool's.
	Also func(uri string) bool
	// Accepting says whether new sessions are taken.
	Accepting func() bool
	// Files is the file service, nil if there is none, and FilesURL where clients
	// reach it.
	Files    *filestore.Service
	FilesURL func() string
}

// Front serves the pool's addresses.
type Front struct {
	cfg      Config
	svc      *channel.Service
	dir      chat.Directory
	served   map[string]bool
	commands map[string]command
	replies  map[string]string // their names, where they differ
	encoding channel.Encoding
	envid    atomic.Uint64
	ctx      context.Context //nolint:containedctx // the life of the front itself, for its command loops
	cancel   context.CancelFunc
	wg       sync.WaitGroup
}

// New returns a front end that is ready to serve.
func New(cfg Config, svc *channel.Service, dir chat.Directory) *Front {
	if cfg.SessionExpires == 0 {
		cfg.SessionExpires = 600
	}
	if cfg.Commands == 0 {
		cfg.Commands = 128
	}
	f := &Front{cfg: cfg, svc: svc, dir: dir, commands: commandTable(), replies: replyNames(), served: map[string]bool{}}
	for _, uri := range []string{cfg.PoolURI, cfg.ServerURI, "sip:ocschat@" + cfg.Domain} {
		if aor, err := sip.CanonicalAOR([]byte(uri)); err == nil {
			f.served[aor] = true
		}
	}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.encoding.Encode = f.encode
	f.envid.Store(uint64(cfg.Now().UnixNano()))
	return f
}

// Stop ends the command loops and waits for them.
func (f *Front) Stop(ctx context.Context) error {
	f.cancel()
	done := make(chan struct{})
	go func() { f.wg.Wait(); close(done) }() // ends with the last command loop
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("chat commands did not end: %w", ctx.Err())
	}
}

// Serves says whether an address is one of the pool's.
func (f *Front) Serves(uri []byte) bool {
	aor, err := sip.CanonicalAOR(uri)
	return err == nil && (f.served[aor] || f.cfg.Also != nil && f.cfg.Also(aor))
}

// ServeInvite answers an INVITE to one of the pool's addresses (XCCOS 1.2).
func (f *Front) ServeInvite(r *ua.Request) {
	user, ok := f.dir.FindURI(r.From.User)
	if !ok || user.State != chat.PrincipalActive || !f.dir.Enabled(user.ID) {
		f.cfg.Log.Info("chat refused: policy does not enable the user", slog.String("principal", r.From.User))
		r.Refuse(f.refusal(403, 20010, "Rejected session (principal not provisioned)"))
		return
	}
	if f.cfg.Accepting != nil && !f.cfg.Accepting() {
		r.Refuse(f.refusal(503, 20008, "this server takes no new sessions"))
		return
	}
	l := &link{front: f, user: user.ID, client: string(r.Get("user-agent")) + " " + r.Conn.Remote().String()}
	l.d = r.Accept(ua.Accept{
		Handler: l, ContentType: "application/sdp", Body: answerSDP(r.Conn.Local()), SessionExpires: f.cfg.SessionExpires,
	})
}

// answerSDP mirrors the form of the offer (XCCOS 1.2); nobody looks at it.
func answerSDP(local net.Addr) []byte {
	host, port, err := net.SplitHostPort(local.String())
	if err != nil {
		host, port = "127.0.0.1", "5060"
	}
	family := "IP4"
	if strings.Contains(host, ":") {
		family = "IP6"
	}
	return fmt.Appendf(nil, "v=0\r\no=- 0 0 IN %s %s\r\ns=session\r\nc=IN %s %s\r\nt=0 0\r\nm=message %s sip null\r\na=accept-types:text/plain\r\n",
		family, host, family, host, port)
}

// refusal is a negative answer that says why in ms-diagnostics (XCCOS 1.4).
func (f *Front) refusal(status, number int, why string) *ua.Refusal {
	why = strings.Map(func(r rune) rune {
		if r < ' ' || r == '"' || r == '\\' {
			return '\''
		}
		return r
	}, why)
	h := []sip.Header{{Name: "ms-diagnostics", Value: fmt.Sprintf(`%d;reason="%s";source="%s"`, number, why, f.cfg.Host)}}
	if status == 503 {
		h = append(h, sip.Header{Name: "Retry-After", Value: "2"})
	}
	return &ua.Refusal{Status: status, Headers: h}
}

// nextEnvelope numbers our envelopes; 19 digits, as seen from real servers.
func (f *Front) nextEnvelope() uint64 { return f.envid.Add(1) }

// roomURI is a room's address.
func (f *Front) roomURI(guid string) string { return xccos.RoomURI(f.cfg.Domain, guid) }

package wire_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"perch/app"
	"perch/chat"
	"perch/chat/chattest"
	"perch/test/memnet"
)

// script is a script being run.
type script struct {
	archive *archive
	line    int
	vars    variables
	used    map[string]bool // parts that were looked at
	clients map[string]*client
	dialled int
	said    strings.Builder // the conversation, for the failure
	log     safeBuffer      // the server's log
	began   time.Time

	config   app.Config
	files    string // folder of rooms' files
	store    *chattest.Faulty
	stalled  bool // the store
	listener *memnet.Listener
	server   *app.App
}

// verb carries out one line.
type verb struct {
	args int // at least
	do   func(ctx context.Context, s *script, args []string) error
}

func newScript(a *archive) *script {
	return &script{
		archive: a, used: map[string]bool{"config": true}, clients: map[string]*client{}, began: time.Now(),
		vars: variables{
			"pool":   "sip:GC-1-PersistentChatService-1@" + domain,
			"cr":     "\r",
			"server": "sip:GC-1-PersistentChatService-1-server@" + domain,
		},
	}
}

// usual are the settings of every script; a part named config overrides them.
var usual = [...]string{`domain = "` + domain + `"`, `sip.auth = ["none"]`, `sip.host = "pool01.example.test"`, `web.url = "https://web.example.test"`}

func (s *script) start(ctx context.Context) error {
	text := s.archive.parts["config"]
	for _, line := range usual {
		if key, _, _ := strings.Cut(line, " "); !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(key) + `\b`).MatchString(text) {
			text += "\n" + line
		}
	}
	var err error
	if s.config, err = app.LoadConfig([]byte(text), nil); err != nil {
		return err
	}
	s.store = chattest.NewFaulty(chattest.NewStore())
	return s.boot(ctx)
}

// boot starts the server on the script's store.
func (s *script) boot(ctx context.Context) error {
	s.listener = memnet.Listen("127.0.0.1:5060")
	var err error
	s.server, err = app.Start(ctx, app.Options{
		Config: s.config, Store: s.store, Listeners: []app.Listener{{Listener: s.listener}}, Now: time.Now,
		Rand: &steadyRand{source: rand.NewChaCha8([32]byte{1})}, Log: slog.New(slog.NewTextHandler(&s.log, nil)), Version: "test", Files: s.files,
	})
	return err
}

// run carries the script out line by line.
func (s *script) run(ctx context.Context) error {
	first, _, _ := strings.Cut(s.archive.script, "\n")
	if !regexp.MustCompile(`^# \S.* \((SIPE|XCCOS|RFC) .*\)\.$`).MatchString(first) {
		return errors.New("the first line must state the behaviour and its clause: # A does B (SIPE 1)")
	}
	for line := range strings.Lines(s.archive.script) {
		s.line++
		w := words(strings.TrimRight(line, "\n"))
		if len(w) == 0 || strings.HasPrefix(w[0], "#") {
			continue
		}
		v, ok := verbTable()[w[0]]
		if !ok {
			return fmt.Errorf("%s is no verb", w[0])
		}
		if len(w)-1 < v.args {
			return fmt.Errorf("%s needs %d words more", w[0], v.args)
		}
		fmt.Fprintf(&s.said, "%8v | %s", time.Since(s.began), line)
		if err := v.do(ctx, s, w[1:]); err != nil {
			return err
		}
		synctest.Wait()
	}
	return s.settle()
}

// settle checks that nobody got more than the script says, and that no part
// was left out by mistake.
func (s *script) settle() error {
	for _, c := range s.clients {
		if err := s.quiet(c); err != nil {
			return fmt.Errorf("at the end: %w", err)
		}
	}
	for _, name := range s.archive.names {
		if !s.used[name] {
			return fmt.Errorf("the part %s is not used", name)
		}
	}
	return nil
}

// close ends everything that was started, so that the bubble can end.
func (s *script) close() error {
	s.resume()
	for _, c := range s.clients {
		c.hangUp()
	}
	if s.server == nil {
		return nil
	}
	return s.server.Stop()
}

// resume lets a stalled store go on.
func (s *script) resume() {
	if s.stalled {
		s.store.Resume()
		s.stalled = false
	}
}

// note adds to the conversation.
func (s *script) note(c *client, direction, text string) {
	const most = 4000
	if len(text) > most {
		text = fmt.Sprintf("%s... (%d bytes)", text[:most], len(text))
	}
	text = strings.ReplaceAll(strings.TrimRight(text, "\r\n"), "\r\n", "\n")
	for line := range strings.Lines(text) {
		fmt.Fprintf(&s.said, "         %s%s %s\n", c.name, direction, strings.TrimRight(line, "\n"))
	}
	s.said.WriteString("\n")
}

// part is the text of a part that a line names.
func (s *script) part(name string) (string, error) {
	text, ok := s.archive.parts[name]
	if !ok {
		return "", fmt.Errorf("there is no part %s", name)
	}
	s.used[name] = true
	return text, nil
}

func (s *script) client(name string) (*client, error) {
	c := s.clients[name]
	if c == nil {
		return nil, fmt.Errorf("%s has no connection: dial first", name)
	}
	return c, nil
}

// who finds principals by their names, divided by commas.
func (s *script) who(names string) ([]chat.PrincipalID, error) {
	var out []chat.PrincipalID
	for name := range strings.SplitSeq(names, ",") {
		p, err := s.server.Directory().Find(name)
		if err != nil {
			return nil, err
		}
		out = append(out, p.ID)
	}
	return out, nil
}

// steadyRand is the same in every run.
type steadyRand struct {
	mu     sync.Mutex // guards source
	source *rand.ChaCha8
}

func (r *steadyRand) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.source.Read(b)
}

// safeBuffer is written by the server and read by the test.
type safeBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

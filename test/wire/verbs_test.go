package wire_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"perch/chat"
)

// verbTable is the transcript language; doc.go describes it.
func verbTable() map[string]verb {
	return map[string]verb{
		"dial":       {1, dial},
		"sign-in":    {1, signIn},
		"chat":       {1, openChat},
		"join":       {2, joinRoom},
		"post":       {3, postMessage},
		"send":       {2, sendPart},
		"expect":     {2, expectParts},
		"expect-any": {2, expectAnyParts},
		"quiet":      {0, expectQuiet},
		"closed":     {1, expectClosed},
		"manual":     {1, beManual},
		"deaf":       {1, beDeaf},
		"close":      {1, hangUp},
		"differ":     {2, differ},
		"advance":    {1, advance},
		"restart":    {0, restart},
		"user":       {1, makeUsers},
		"group":      {1, makeGroup},
		"enrol":      {2, enrol},
		"expel":      {2, expel},
		"category":   {1, makeCategory},
		"room":       {1, makeRoom},
		"policy":     {2, setPolicy},
		"settings":   {1, setSettings},
		"addin":      {2, makeAddin},
		"wall":       {2, makeWall},
		"endpoint":   {1, makeEndpoint},
		"active":     {1, setActive},
		"purge":      {1, purgeRoom},
		"replace":    {2, replaceMessages},
		"disable":    {1, disableUser},
		"enable":     {1, enableUser},
		"remove":     {1, removeUser},
		"grant":      {2, grant},
		"revoke":     {2, revoke},
		"change":     {2, change},
		"delete":     {1, deleteRoom},
		"fill":       {3, fill},
		"store":      {1, faultStore},
	}
}

// each does something for every client that is named.
func (s *script) each(names []string, do func(c *client) error) error {
	for _, name := range names {
		c, err := s.client(name)
		if err == nil {
			err = do(c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func dial(_ context.Context, s *script, names []string) error {
	for _, name := range names {
		if s.clients[name] != nil {
			return fmt.Errorf("%s has a connection; write %s+2 for another one", name, name)
		}
		s.dialled++
		c, err := newClient(name, s.listener, s.dialled)
		if err != nil {
			return err
		}
		s.clients[name] = c
	}
	return nil
}

// say sends a request that stands for itself and expects its answer.
func (s *script) say(c *client, text, label string, expect ...string) error {
	if err := s.send(c, "", text, label); err != nil {
		return err
	}
	return s.expect(c, expect)
}

func signIn(ctx context.Context, s *script, names []string) error {
	if err := dial(ctx, s, names); err != nil {
		return err
	}
	return s.each(names, func(c *client) error { return s.say(c, "REGISTER", "", "200") })
}

func openChat(_ context.Context, s *script, names []string) error {
	return s.each(names, func(c *client) error { return s.say(c, "INVITE "+s.vars["server"], "chat", "200") })
}

func joinRoom(_ context.Context, s *script, args []string) error {
	return s.each(args[:1], func(c *client) error {
		key := strings.ToLower(args[1])
		if err := s.say(c, `INFO chat`+"\n"+`cmd:join`+"\n"+`<chanid key="0" domain="`+domain+`" value="${`+key+`}"/>`, "", "200"); err != nil {
			return err
		}
		return s.expectText(c, "INFO chat\nrpl:join 200 SUCCESS_OK\n...")
	})
}

func postMessage(_ context.Context, s *script, args []string) error {
	return s.each(args[:1], func(c *client) error {
		text := escape(strings.Join(args[2:], " "))
		room := `chanUri="${` + strings.ToLower(args[1]) + `.uri}" author="` + c.uri() + `"`
		if err := s.say(c, `INFO chat`+"\n"+`<grpchat id="grpchat" seqid="1" `+room+` ts="2000-01-01T00:00:00Z"><chat>`+text+`</chat></grpchat>`, "", "200"); err != nil {
			return err
		}
		return s.expectText(c, `INFO chat`+"\n"+`<grpchat `+room+`>...<chat>`+text+`</chat></grpchat>`)
	})
}

// expectText expects a message that no part holds.
func (s *script) expectText(c *client, text string) error {
	m, err := s.next(c)
	if err != nil {
		return err
	}
	if m == nil {
		return fmt.Errorf("%s received nothing", c.name)
	}
	return s.compare(c, m, "", text)
}

func sendPart(_ context.Context, s *script, args []string) error {
	label := ""
	if len(args) == 4 && args[2] == "as" {
		label = args[3]
	} else if len(args) != 2 {
		return errors.New("send CLIENT PART [as DIALOG]")
	}
	text, err := s.part(args[1])
	if err != nil {
		return err
	}
	return s.each(args[:1], func(c *client) error { return s.send(c, args[1], text, label) })
}

func expectParts(_ context.Context, s *script, args []string) error {
	return s.each(args[:1], func(c *client) error { return s.expect(c, args[1:]) })
}

func expectAnyParts(_ context.Context, s *script, args []string) error {
	return s.each(args[:1], func(c *client) error { return s.expectAny(c, args[1:]) })
}

func expectQuiet(_ context.Context, s *script, names []string) error {
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(s.clients))
	}
	return s.each(names, s.quiet)
}

func expectClosed(_ context.Context, s *script, names []string) error { return s.each(names, s.closed) }

func beManual(_ context.Context, s *script, names []string) error {
	return s.each(names, func(c *client) error { c.manual.Store(true); return nil })
}

// beDeaf makes a client stop to read.
func beDeaf(_ context.Context, s *script, names []string) error {
	return s.each(names, func(c *client) error { c.deaf.Store(true); return nil })
}

func hangUp(_ context.Context, s *script, names []string) error {
	return s.each(names, func(c *client) error { s.drop(c); return nil })
}

// differ says that two variables captured different things.
func differ(_ context.Context, s *script, args []string) error {
	if a, b := s.vars[args[0]], s.vars[args[1]]; a == "" || a == b {
		return fmt.Errorf("%s and %s are both %q", args[0], args[1], a)
	}
	return nil
}

func advance(_ context.Context, _ *script, args []string) error {
	d, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	time.Sleep(d) // in the bubble's time
	synctest.Wait()
	return nil
}

// restart stops the server and starts it on the same store. The clients lose
// their connections, and hear nothing before (SIPE 7.3).
func restart(ctx context.Context, s *script, _ []string) error {
	if err := s.server.Stop(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(s.clients)) {
		if err := s.closed(s.clients[name]); err != nil {
			return err
		}
	}
	return s.boot(ctx)
}

func faultStore(_ context.Context, s *script, args []string) error {
	switch args[0] {
	case "fails":
		s.store.Fail(chat.E(chat.KindDatabase, "the disk is full"))
	case "heals":
		s.store.Heal()
	case "stalls":
		s.store.Stall()
		s.stalled = true
	case "resumes":
		s.resume()
	default:
		return errors.New("the store fails, heals, stalls or resumes")
	}
	synctest.Wait()
	return nil
}

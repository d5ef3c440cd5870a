package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"perch/probe"
)

// baselineCmd measures the bare fan-out server below, with the generator's
// own clients, in the shape of the scenario it is compared with.
type baselineCmd struct {
	Form    string `arg:"" enum:"each,batch" help:"each: one write a message; batch: messages that are there together share a write."`
	Rooms   int    `help:"Groups of connections." default:"1"`
	Members int    `help:"Connections of each group." default:"500"`
	Window  int    `help:"Posts outstanding in each group." default:"1"`
	Posts   int    `help:"Posts in each group." default:"2000"`
	Filler  int    `help:"Bytes of text beside the number." default:"64"`
}

// Run starts the bare server as a process of its own and drives it.
func (f *baselineCmd) Run(ctx context.Context, t *target) error {
	cmd := exec.CommandContext(ctx, "/proc/self/exe", "baseline-serve", "--form", f.Form)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		stdin.Close()
		_ = cmd.Wait() // its end is told by the pipe
	}()
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the bare server did not start: %w", err)
	}
	c, err := f.gather(ctx, strings.TrimSpace(addr))
	if err != nil {
		return err
	}
	defer c.close()
	scenario := rooms{Rooms: f.Rooms, Members: f.Members, Window: f.Window, Posts: f.Posts}
	where := make([]probe.Room, f.Rooms)
	for i := range where {
		where[i] = probe.Room{Domain: "localhost", GUID: fmt.Sprintf("647d8c4d-b4db-5709-9d36-%012x", i)}
	}
	boards := scenario.boards(c, where, nil)
	u, err := runBoards(ctx, cmd.Process.Pid, boards, f.Filler)
	if err != nil {
		return err
	}
	r := report{Scenario: fmt.Sprintf("baseline %s: %d groups of %d, %d outstanding in each", f.Form, f.Rooms, f.Members, f.Window)}
	posts, deliveries, latencies := tally(boards)
	r.addRun(posts, deliveries, u, latencies)
	return r.print(t.JSON)
}

// gather connects everybody; the first line on a connection names its group.
// It returns when the server has them all: a post that came before the last
// member would miss him.
func (f *baselineCmd) gather(ctx context.Context, addr string) (*crowd, error) {
	c := &crowd{}
	for i := range f.Rooms * f.Members {
		l, err := dial(ctx, addr)
		if err != nil {
			c.close()
			return nil, err
		}
		c.links = append(c.links, l)
		ep := probe.NewEndpoint(l, fmt.Sprintf("load%05d", i), "localhost")
		ep.Assume(probe.Dialog{CallID: baselineCall, Tag: "t1", Remote: "<sip:pool@localhost>;tag=1", Target: "sip:127.0.0.1:5060;transport=tcp"})
		c.endpoints = append(c.endpoints, ep)
		if err := l.Write(fmt.Appendf(nil, "GROUP %d\n", i/f.Members)); err != nil {
			c.close()
			return nil, err
		}
	}
	if err := awaitMembers(ctx, addr, f.Rooms*f.Members); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// awaitMembers asks the bare server until it has n connections in its groups.
func awaitMembers(ctx context.Context, addr string, n int) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	for {
		fmt.Fprintln(conn, howMany)
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		if strings.TrimSpace(line) == strconv.Itoa(n) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// howMany asks the bare server how many connections its groups have.
const howMany = "HOW MANY"

const baselineCall = "B84Eg0133aD7ADiCD5BmEFC5tE41Eb387Ex4AF6x"

// baselineServe is the bare server: it copies the text of each post into one
// ready-made INFO, writes that to every connection of the group, and reads the
// answers without looking at them.
type baselineServe struct {
	Form string `enum:"each,batch" default:"each"`
}

// group is the connections that get the same messages.
type group struct {
	mu    sync.Mutex // guards conns
	conns []net.Conn
}

// Run serves until standard input is closed.
func (f *baselineServe) Run(ctx context.Context) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() { // ends with the process, whose end this is
		_, _ = io.Copy(io.Discard, os.Stdin)
		l.Close()
	}()
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex // guards the two below
		groups = map[string]*group{}
		total  int
	)
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		wg.Go(func() {
			defer c.Close()
			r := bufio.NewReaderSize(c, 4<<10)
			name, err := r.ReadString('\n')
			for ; err == nil && name == howMany+"\n"; name, err = r.ReadString('\n') {
				mu.Lock()
				fmt.Fprintln(c, total)
				mu.Unlock()
			}
			if err != nil {
				return
			}
			mu.Lock()
			g := groups[name]
			if g == nil {
				g = &group{}
				groups[name] = g
			}
			mu.Unlock()
			g.mu.Lock()
			g.conns = append(g.conns, c)
			g.mu.Unlock()
			mu.Lock()
			total++
			mu.Unlock()
			f.serve(c, r, g)
		})
	}
}

// serve reads one connection. Only posters' connections carry posts; what the
// others send is answers.
func (f *baselineServe) serve(c net.Conn, r *bufio.Reader, g *group) {
	buf := make([]byte, 0, 64<<10)
	buf = append(buf, peeked(r)...)
	var out []byte
	for {
		out = out[:0]
		for {
			text, rest, found := cutPost(buf)
			if !found {
				buf = buf[:copy(buf, rest)]
				break
			}
			out = appendBare(out, text)
			if f.Form == "each" {
				g.send(out)
				out = out[:0]
			}
			buf = buf[:copy(buf, rest)]
		}
		if len(out) > 0 {
			g.send(out)
		}
		n, err := c.Read(buf[len(buf):cap(buf)])
		if err != nil {
			return
		}
		buf = buf[:len(buf)+n]
	}
}

func peeked(r *bufio.Reader) []byte {
	b, _ := r.Peek(r.Buffered())
	return b
}

func (g *group) send(b []byte) {
	g.mu.Lock()
	conns := g.conns
	g.mu.Unlock()
	for _, c := range conns {
		_, _ = c.Write(b) // a member that is gone is no concern of the baseline
	}
}

// cutPost finds the text of the first whole post in buf. Without one it
// returns what must be kept: the beginning of a post, or nothing.
func cutPost(buf []byte) (text, rest []byte, found bool) {
	_, after, ok := bytes.Cut(buf, []byte("<chat>"))
	if ok {
		text, rest, ok = bytes.Cut(after, []byte("</chat></grpchat></xccos>"))
		if ok {
			return bytes.Clone(text), rest, true
		}
		return nil, buf, false
	}
	if i := bytes.LastIndex(buf, []byte("INFO sip:127")); i >= 0 {
		return nil, buf[i:], false
	}
	return nil, nil, false
}

// appendBare appends the INFO that a real server would send: the same headers,
// the same envelope.
func appendBare(dst, text []byte) []byte {
	const (
		open = `<xccos xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ver="1" envid="7962449779256945056" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" seqid="1" chanUri="ma-chan://localhost/647d8c4d-b4db-5709-9d36-b6ee28cbbd93" author="sip:load00000@localhost" authdisp="load00000" alert="false" chatId="100001" ts="2026-11-23T11:13:33.1234560Z"><chat>`
		end  = `</chat></grpchat></xccos>`
	)
	dst = append(dst, "INFO sip:127.0.0.1:46534;transport=tcp SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK0000000100000001\r\n"+
		"From: <sip:GC-1-PersistentChatService-1@localhost>;tag=3894ef910b\r\nTo: <sip:load00000@localhost>;tag=t1;epid=e0000load00000\r\n"+
		"Call-ID: "+baselineCall+"\r\nCSeq: 100001 INFO\r\nMax-Forwards: 70\r\nContact: <sip:GC-1-PersistentChatService-1@localhost>\r\n"+
		"Content-Type: text/plain; charset=UTF-8\r\nContent-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(open)+len(text)+len(end)), 10)
	dst = append(dst, "\r\n\r\n"+open...)
	dst = append(dst, text...)
	return append(dst, end...)
}

// settle is how long a server is left alone before its memory is read.
const settle = 2 * time.Second

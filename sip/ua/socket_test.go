package ua_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"math/big"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"perch/sip"
	"perch/sip/ua"
)

// narrow is a TCP listener whose connections have a small send buffer, so that
// a socket is soon full.
type narrow struct{ net.Listener }

func (n narrow) Accept() (net.Conn, error) {
	nc, err := n.Listener.Accept()
	if err == nil {
		err = nc.(*net.TCPConn).SetWriteBuffer(8 << 10)
	}
	return nc, err
}

// onSocket starts a stack on a loopback address.
func onSocket(t testing.TB, addr string, config *tls.Config, cfg ua.Config) (f *front, s *ua.Stack, to string) {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	f = newFront()
	cfg.Guard, cfg.Handler, cfg.Log = guard{}, f, slog.New(slog.DiscardHandler)
	s = ua.New(cfg)
	if err := s.Serve(narrow{l}, config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return f, s, l.Addr().String()
}

func certificate(t testing.TB) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// dialSocket connects, over TLS if config is the server's.
func dialSocket(t testing.TB, addr string, config *tls.Config) *peer {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if config != nil {
		leaf, err := x509.ParseCertificate(config.Certificates[0].Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		roots.AddCert(leaf)
		host, _, _ := net.SplitHostPort(addr)
		nc = tls.Client(nc, &tls.Config{RootCAs: roots, ServerName: host})
	}
	return newPeer(t, nc)
}

var networks = []struct {
	name, addr string
	secure     bool
}{{"TCP", "127.0.0.1:0", false}, {"TCP6", "[::1]:0", false}, {"TLS", "127.0.0.1:0", true}, {"TLS6", "[::1]:0", true}}

// overSockets runs a test over each network.
func overSockets(t *testing.T, cfg ua.Config, test func(t *testing.T, f *front, s *ua.Stack, addr string, config *tls.Config)) {
	for _, network := range networks {
		t.Run(network.name, func(t *testing.T) {
			t.Parallel() // most of them wait
			var config *tls.Config
			if network.secure {
				config = certificate(t)
			}
			f, s, addr := onSocket(t, network.addr, config, cfg)
			test(t, f, s, addr, config)
		})
	}
}

func TestSocket(t *testing.T) {
	t.Parallel()
	overSockets(t, ua.Config{}, func(t *testing.T, f *front, _ *ua.Stack, addr string, config *tls.Config) {
		p := dialSocket(t, addr, config)
		p.listen()
		c := p.call("alice")
		c.dialog = <-f.dialogs
		transport, name := "tcp", "TCP"
		if config != nil {
			transport, name = "tls", "TLS"
		}
		if got := string(c.answer.Contact); got != "<sip:"+addr+";transport="+transport+">" {
			t.Errorf("Contact is %s", got)
		}
		conn := c.dialog.Conn()
		if conn.Secure() != (config != nil) || conn.Local().String() != addr || conn.Remote().String() != p.conn.LocalAddr().String() {
			t.Errorf("connection of %v with %v, secure %v", conn.Local(), conn.Remote(), conn.Secure())
		}
		for i := range 20 {
			deliver(t, c.dialog, strconv.Itoa(i))
			m := p.wantInfo(strconv.Itoa(i))
			if !strings.HasPrefix(string(m.Via), "SIP/2.0/"+name+" "+addr+";branch=") {
				t.Errorf("Via is %s", m.Via)
			}
			text := reply(m, 200) + c.request("INFO", strings.Repeat("x", 1000*i))
			p.write(text[:len(text)/2])
			p.write(text[len(text)/2:])
			p.want(200)
		}
		p.write(c.request("BYE", ""))
		p.want(200)
		f.wantEnd(t, c.dialog, ua.EndBye)
	})
}

// TestSocketLost sees the refusal before a connection that is out of step ends.
func TestSocketLost(t *testing.T) {
	t.Parallel()
	overSockets(t, ua.Config{}, func(t *testing.T, _ *front, _ *ua.Stack, addr string, config *tls.Config) {
		p := dialSocket(t, addr, config)
		p.listen()
		p.write(strings.Replace(p.request("OPTIONS", ""), "Content-Length: 0", "Content-Length: x", 1))
		p.want(400)
		p.wantClosed()
	})
}

// TestFullSocket delivers more than the socket takes: nothing blocks, and
// everything arrives once the client reads.
func TestFullSocket(t *testing.T) {
	t.Parallel()
	const n = 400
	body := strings.Repeat("x", 20<<10)
	overSockets(t, ua.Config{MaxOut: 16 << 20}, func(t *testing.T, f *front, _ *ua.Stack, addr string, config *tls.Config) {
		p := dialSocket(t, addr, config)
		c := p.ring("alice")
		c.dialog = <-f.dialogs
		start := time.Now()
		for range n { // 8 MB; the kernel gives a client that reads nothing less
			deliver(t, c.dialog, body)
		}
		if took := time.Since(start); took > patience {
			t.Errorf("Deliver blocked: %v", took)
		}
		p.listen()
		for seq := uint32(1); seq <= n; {
			if m := p.next(); m.Status != 200 { // the answer to INVITE may be sent again
				if m.Seq != seq || string(m.Body) != body {
					t.Fatalf("CSeq %d with %d bytes, want %d", m.Seq, len(m.Body), seq)
				}
				seq++
			}
		}
		p.write(c.request("INFO", "x"))
		for m := p.next(); m.SeqMethod != sip.INFO; m = p.next() { // all is in order still
		}
		f.wantNoEnd(t)
	})
}

// TestFullSocketOverflow cuts a client off that reads nothing at all.
func TestFullSocketOverflow(t *testing.T) {
	t.Parallel()
	overSockets(t, ua.Config{MaxOut: 1 << 20}, func(t *testing.T, f *front, s *ua.Stack, addr string, config *tls.Config) {
		dialSocket(t, addr, config).ring("alice")
		d := <-f.dialogs
		body := []byte(strings.Repeat("x", 20<<10))
		sent := 0
		for d.Deliver(body) == nil {
			if sent += len(body); sent > 64<<20 {
				t.Fatal("it is never cut off")
			}
		}
		f.wantEnd(t, d, ua.EndOverflow)
		stop(t, s)
	})
}

// TestLastWords: data and the end of the stream that come together are one
// edge for epoll(7), and nothing is written that would fail.
func TestLastWords(t *testing.T) {
	t.Parallel()
	overSockets(t, ua.Config{}, func(t *testing.T, f *front, _ *ua.Stack, addr string, config *tls.Config) {
		reached, release := make(chan *ua.Deferred), make(chan struct{})
		f.serve = func(_ *ua.Dialog, r *ua.Request) {
			reached <- r.Defer()
			<-release
		}
		p := dialSocket(t, addr, config)
		p.listen()
		c := p.call("alice")
		p.write(c.request("INFO", "x"))
		later := <-reached // the reader is busy
		p.write(c.request("ACK", ""))
		p.conn.Close()
		p.wantClosed()
		close(release)
		f.wantEnd(t, <-f.dialogs, ua.EndConnection)
		later.Respond(200, "", nil)
		later.Flush()
	})
}

// TestHangUp is the same with an answer to a closed socket, as at the end of a
// session of the client program (SIPE 7.5).
func TestHangUp(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"INFO", "BYE", "ACK"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			overSockets(t, ua.Config{}, func(t *testing.T, f *front, _ *ua.Stack, addr string, config *tls.Config) {
				p := dialSocket(t, addr, config)
				p.listen()
				c := p.call("alice")
				gone := make(chan struct{})
				(<-f.dialogs).Conn().OnClose(func() { close(gone) })
				p.write(c.request(method, ""))
				p.conn.Close()
				select {
				case <-gone:
				case <-time.After(patience):
					t.Error("not noticed")
				}
				if got := f.end(t).cause; got != ua.EndConnection && (method != "BYE" || got != ua.EndBye) {
					t.Errorf("ended by %q", got)
				}
			})
		})
	}
}

// TestQuietConnection lives on: being made to read once more is no end, nor
// does it move the time that a message has.
func TestQuietConnection(t *testing.T) {
	t.Parallel()
	const most = 6 * time.Second
	f, _, addr := onSocket(t, "127.0.0.1:0", nil, ua.Config{SlowMessage: most})
	p, slow := dialSocket(t, addr, nil), dialSocket(t, addr, nil)
	p.listen()
	slow.listen()
	c := p.call("alice")
	text := slow.request("OPTIONS", "")
	start := time.Now()
	slow.write(text[:40])
	time.Sleep(most / 2)
	slow.write(text[40:60])
	slow.wantClosed()
	// It is made to read a second after that at the soonest: if the time began anew, it would be over after ten.
	if took := slow.gone.Sub(start); took < most-100*time.Millisecond || took > 10*time.Second {
		t.Errorf("cut off after %v", took)
	}
	p.write(c.request("INFO", "x"))
	p.want(200)
	f.wantNoEnd(t)
}

package dialog_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"perch/sip"
	"perch/sip/dialog"
)

// parse reads a message written with plain line ends and no empty line.
func parse(t testing.TB, text string) *sip.Message {
	t.Helper()
	text = strings.ReplaceAll(strings.TrimSpace(text), "\n", "\r\n") + "\r\n\r\n"
	m := new(sip.Message)
	if n, err := sip.Parse([]byte(text), sip.Limits{}, m); err != nil || n != len(text) {
		t.Fatalf("%d of %d bytes, %v:\n%s", n, len(text), err, text)
	}
	return m
}

func invite(t testing.TB) *sip.Message {
	t.Helper()
	text, err := os.ReadFile("testdata/invite.msg")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text))
}

var local = dialog.Local{Tag: "0996f44c92", Via: "SIP/2.0/TCP 127.0.0.1:5999", Contact: "<sip:chat@example.test>"}

func uas(t testing.TB) *dialog.Dialog {
	t.Helper()
	d, err := dialog.NewUAS(invite(t), local)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestRequestIsAsCaptured compares with an INFO that SIPE took, but for the
// sequence number in the branch.
func TestRequestIsAsCaptured(t *testing.T) {
	want := parse(t, `INFO sip:alice@example.test;opaque=user:epid:CF4L2AMcWg2NmvFJquaVSgAA;gruu SIP/2.0
Via: SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bK00007b902ec8a4b6.1
Max-Forwards: 70
From: <sip:pchat-lookup@example.test>;tag=0996f44c92
To: <sip:alice@example.test>;tag=1647042625;epid=b34afb6ebb23
Call-ID: B84Eg0133aD7ADiCD5BmEFC5tE41Eb387Ex4AF6x
Contact: <sip:chat@example.test>
CSeq: 1 INFO
Content-Type: text/plain; charset=UTF-8
Content-Length: 0`)
	d := uas(t)
	got := d.AppendRequest(nil, sip.INFO, d.NextSeq(), 0x7b902ec8a4b6, "text/plain; charset=UTF-8", 0)
	if !bytes.Equal(got, want.Head) {
		t.Errorf("got\n%s\nwant\n%s", got, want.Head)
	}
}

func TestIDIsTheSameOnBothSides(t *testing.T) {
	req := invite(t)
	d := uas(t)
	info := parse(t, `INFO sip:chat@example.test SIP/2.0
Via: SIP/2.0/tcp 127.0.0.1:46534
From: <sip:alice@example.test>;tag=1647042625;epid=b34afb6ebb23
To: <sip:pchat-lookup@example.test>;tag=0996f44c92
CSeq: 2 INFO
Call-ID: B84Eg0133aD7ADiCD5BmEFC5tE41Eb387Ex4AF6x`)
	if got := dialog.ID(dialog.AppendID(nil, info)); got != d.ID() {
		t.Errorf("a request in the dialog has %q, the dialog %q", got, d.ID())
	}
	head := d.AppendRequest(nil, sip.NOTIFY, 1, 1, "", 0)
	head = append([]byte("SIP/2.0 200 OK\r\n"), head[bytes.IndexByte(head, '\n')+1:]...)
	var ours sip.Message
	if _, err := sip.Parse(head, sip.Limits{}, &ours); err != nil {
		t.Fatal(err)
	}
	if got := dialog.ID(dialog.AppendID(nil, &ours)); got != d.ID() {
		t.Errorf("a response in the dialog has %q, the dialog %q", got, d.ID())
	}
	var resp sip.Message
	if _, err := sip.Parse(sip.AppendResponse(nil, req, 200, "", local.Tag, nil, nil), sip.Limits{}, &resp); err != nil {
		t.Fatal(err)
	}
	peer, err := dialog.NewUAC(req, &resp, local)
	if err != nil {
		t.Fatal(err)
	}
	if want := "B84Eg0133aD7ADiCD5BmEFC5tE41Eb387Ex4AF6x 1647042625 0996f44c92"; string(peer.ID()) != want {
		t.Errorf("the other side has %q, want %q", peer.ID(), want)
	}
}

func TestTooLong(t *testing.T) {
	req := invite(t)
	text := strings.Replace(strings.TrimSpace(string(req.Head)), "Max-Forwards", "Record-Route: <sip:"+strings.Repeat("x", dialog.MaxTemplate)+";lr>\r\nMax-Forwards", 1)
	long := new(sip.Message)
	if _, err := sip.Parse([]byte(text+"\r\n\r\n"), sip.Limits{}, long); err != nil {
		t.Fatal(err)
	}
	if _, err := dialog.NewUAS(long, local); !errors.Is(err, dialog.ErrTooLong) {
		t.Errorf("got %v", err)
	}
	d := uas(t)
	update := &sip.Message{Method: sip.UPDATE, Contact: []byte("<sip:" + strings.Repeat("x", dialog.MaxTemplate) + ">")}
	before := string(d.Target())
	if err := d.Retarget(update); !errors.Is(err, dialog.ErrTooLong) || string(d.Target()) != before {
		t.Errorf("got %v, target %q", err, d.Target())
	}
}

// TestRetargetKeepsTheRest changes the target at will and checks that nothing
// else of a request changes, and that a peer cannot add headers.
func TestRetargetKeepsTheRest(t *testing.T) {
	base := invite(t)
	rapid.Check(t, func(t *rapid.T) {
		d, err := dialog.NewUAS(base, local)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := bytes.Cut(d.AppendRequest(nil, sip.INFO, 7, 9, "", 0), []byte("\r\n"))
		from, to, callID := string(d.LocalAddress()), string(d.RemoteAddress()), string(d.CallID())
		for range rapid.IntRange(1, 5).Draw(t, "times") {
			uri := rapid.StringMatching(`sip:[a-z\r\n@.;=]{0,80}x`).Draw(t, "uri")
			if err := d.Retarget(&sip.Message{Method: sip.UPDATE, Contact: []byte("<" + uri + ">")}); err != nil {
				t.Fatal(err)
			}
			line, got, _ := bytes.Cut(d.AppendRequest(nil, sip.INFO, 7, 9, "", 0), []byte("\r\n"))
			clean := strings.NewReplacer("\r", " ", "\n", " ").Replace(uri)
			if want := "INFO " + clean + " SIP/2.0"; string(line) != want || !bytes.Equal(got, rest) {
				t.Fatalf("got %q %q, want %q %q", line, got, want, rest)
			}
			if string(d.Target()) != clean || string(d.LocalAddress()) != from || string(d.RemoteAddress()) != to || string(d.CallID()) != callID {
				t.Fatalf("parts moved: %q %q %q %q", d.Target(), d.LocalAddress(), d.RemoteAddress(), d.CallID())
			}
		}
	})
}

// TestSize keeps what each of 20,000 dialogs costs below one KiB.
func TestSize(t *testing.T) {
	const n = 1000
	req := invite(t)
	dialogs := make([]*dialog.Dialog, n)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range dialogs {
		d, err := dialog.NewUAS(req, local)
		if err != nil {
			t.Fatal(err)
		}
		dialogs[i] = d
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / n
	runtime.KeepAlive(dialogs)
	t.Logf("%d bytes a dialog", each)
	if each > 1024 {
		t.Errorf("a dialog takes %d bytes", each)
	}
}

func BenchmarkAppendRequest(b *testing.B) {
	d := uas(b)
	buf := make([]byte, 0, 2048)
	b.ReportAllocs()
	for b.Loop() {
		buf = d.AppendRequest(buf[:0], sip.INFO, d.NextSeq(), 0x7b902ec8a4b6, "text/plain; charset=UTF-8", 700)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkNewUAS(b *testing.B) {
	req := invite(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := dialog.NewUAS(req, local); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleDialog() {
	var req sip.Message
	text := "INVITE sip:chat@example.test SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nFrom: <sip:a@example.test>;tag=1\r\n" +
		"To: <sip:chat@example.test>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContact: <sip:a@192.0.2.1>\r\n\r\n"
	if _, err := sip.Parse([]byte(text), sip.Limits{}, &req); err != nil {
		fmt.Println(err)
	}
	d, err := dialog.NewUAS(&req, dialog.Local{Tag: "2", Via: "SIP/2.0/TCP 192.0.2.9:5060"})
	if err != nil {
		fmt.Println(err)
	}
	d.Session, _ = dialog.Negotiate(&req, 20*time.Minute, time.Unix(0, 0))
	d.Confirm()
	fmt.Println(d.ID(), d.State(), d.Session.Header(false).Value)
	// Output: x 2 1 confirmed 1200;refresher=uac
}

package xccos_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"perch/xccos"
)

var update = flag.Bool("update", false, "rewrite the golden files that differ")

// golden compares with a file of testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	want, err := os.ReadFile(file)
	if err == nil && string(want) == got {
		return
	}
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Errorf("not as in %s; if it should be, run with -update (-want +got):\n%s", file, cmp.Diff(string(want), got))
}

// captured lists the bodies of testdata, named verb.source.xml: .sipe.xml was
// sent by SIPE 1.25.0, byte for byte with the CR LF that its Content-Length
// counts, .csharp.xml by other clients, and .sample.xml is pieced together from
// elements that were seen.
func captured(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(files) < 19 {
		t.Fatalf("%d captured bodies, %v", len(files), err)
	}
	return files
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// TestCaptured decodes what clients send and compares what was understood.
func TestCaptured(t *testing.T) {
	for _, file := range captured(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			e, err := xccos.Decode(read(t, file))
			if err != nil {
				t.Fatal(err)
			}
			defer e.Release()
			golden(t, strings.TrimSuffix(file, ".xml")+".golden", describe(e))
		})
	}
}

var kinds = map[xccos.Kind]string{xccos.Command: "command", xccos.Reply: "reply", xccos.Notice: "notice", xccos.Chat: "chat"}

// describe writes down all that can be read out of an envelope.
func describe(e *xccos.Envelope) string {
	var b strings.Builder
	fmt.Fprintf(&b, "envelope %q\n", e.ID)
	for i := range e.Primitives {
		p := &e.Primitives[i]
		fmt.Fprintf(&b, "%s %q, sequence %q\n", kinds[p.Kind], p.Name, p.Seq)
		for _, r := range p.Rooms() {
			fmt.Fprintf(&b, "  names the room %q of %q\n", r.GUID, r.Domain)
		}
		describeData(&b, p)
	}
	return b.String()
}

// describeData writes down what the verb's own reader makes of the data, or
// the data itself if there is no reader.
func describeData(b *strings.Builder, p *xccos.Primitive) {
	switch p.Name {
	case "join", "bjoin", "part", "requri", "nodespermcreatechild": // nothing but rooms
	case "bccontext":
		fmt.Fprintf(b, "  asks for the last %d messages\n", p.Last())
	case "getinv":
		fmt.Fprintf(b, "  asks for invitations after %d\n", p.InvitationsAfter())
	case "getserverinfo":
		fmt.Fprintf(b, "  asks for information %q\n", p.ServerInfo())
	case "chansrch":
		describeForm(b, p.Query())
	case "bcbydate", "bcbymsg":
		q, err := p.HistoryQuery()
		fmt.Fprintf(b, "  %+v, error %v\n", q, err)
	case "chancreate", "chanmodify":
		describeForm(b, p.RoomForm())
	case "roleadd", "roleremove", "geteligible", "getcatusers", "finduser", "getprincipal":
		fmt.Fprintf(b, "  %+v, category %q, people %q\n", p.PeopleQuery(), p.Category(), p.Users())
	case "getassociations":
		fmt.Fprintf(b, "  %+v\n", p.Association())
	case "getpref", "setpref":
		fmt.Fprintf(b, "  %+v\n", p.Pref())
	case "grpchat":
		m := p.Post()
		fmt.Fprintf(b, "  posts in the room %q of %q (read: %t), alert %t\n  chat %q\n  rtf %q\n", m.Room.GUID, m.Room.Domain, m.OK, m.Alert, m.Chat, m.RTF)
	default:
		if p.Data.Exists() {
			describeElement(b, p.Data, "  ")
		}
	}
}

// describeForm writes down what a form says; what it does not say is left out.
func describeForm(b *strings.Builder, f any) {
	v := reflect.ValueOf(f)
	for i := range v.NumField() {
		at := v.Field(i)
		if at.Kind() == reflect.Pointer {
			if at.IsNil() {
				continue
			}
			at = at.Elem()
		}
		fmt.Fprintf(b, "  %s %v\n", v.Type().Field(i).Name, at)
	}
}

func describeElement(b *strings.Builder, e xccos.Element, indent string) {
	fmt.Fprintf(b, "%s%s %q\n", indent, e.Name(), e.Text())
	for _, name := range []string{"channeluri", "fileurl", "token", "serveruri"} {
		if v := e.Attr(name); v != "" {
			fmt.Fprintf(b, "%s  %s = %q\n", indent, name, v)
		}
	}
	for c := range e.Children() {
		describeElement(b, c, indent+"  ")
	}
}

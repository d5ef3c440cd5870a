package xccos_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"perch/xccos"
)

const crowdSize = 150 // the participants of a room of medium size

// BenchmarkDecodePost reads a captured post as the front end does.
func BenchmarkDecodePost(b *testing.B) {
	body := read(b, "testdata/grpchat.sipe.xml")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		e := decoded(b, body)
		if p := e.Primitives[0].Post(); !p.OK {
			b.Fatal(p)
		}
		e.Release()
	}
}

// BenchmarkEncodePost makes the fan-out body as the front end does.
func BenchmarkEncodePost(b *testing.B) {
	m := hello
	m.Chat, m.RTF = "hello <world> & \"all\" äöü\r\nsecond line", ""
	b.SetBytes(int64(len(xccos.AppendChat(nil, envid, &m))))
	b.ReportAllocs()
	for b.Loop() {
		xccos.AppendChat(make([]byte, 0, 512+len(m.Chat)+len(m.RTF)), envid, &m)
	}
}

// BenchmarkEncodeLongPost makes a long one: 8 KiB without markup, as a story is.
func BenchmarkEncodeLongPost(b *testing.B) {
	m := hello
	m.Chat, m.RTF = strings.Repeat("Lorem ipsum dolor sit amet, consectetur. ", 200), ""
	b.SetBytes(int64(len(m.Chat)))
	b.ReportAllocs()
	for b.Loop() {
		xccos.AppendChat(make([]byte, 0, 512+len(m.Chat)+len(m.RTF)), envid, &m)
	}
}

// BenchmarkDecodeJoin reads the join of one room, and the bjoin of a hundred.
func BenchmarkDecodeJoin(b *testing.B) {
	var rooms strings.Builder
	for i := range 100 {
		fmt.Fprintf(&rooms, `<chanid key="%d" domain="example.test" value="647d8c4d-b4db-5709-9d36-%012d"/>`, i, i)
	}
	for name, body := range map[string][]byte{
		"1":   read(b, "testdata/join.sipe.xml"),
		"100": []byte(envelope(`<cmd id="cmd:bjoin" seqid="1"><data>` + rooms.String() + `</data></cmd>`)),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				e := decoded(b, body)
				if len(e.Primitives[0].Rooms()) == 0 {
					b.Fatal("no room")
				}
				e.Release()
			}
		})
	}
}

// BenchmarkEncodeJoin makes the reply to the join of a room of medium size.
func BenchmarkEncodeJoin(b *testing.B) {
	j := xccos.Joined{Rooms: []xccos.ChanIB{within(ops, xccos.AIB{Key: 3456})}}
	for i := range crowdSize {
		u := bob
		u.ID = i
		j.Users = append(j.Users, u)
		j.Rooms[0].AIB[0].Value = append(j.Rooms[0].AIB[0].Value, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		reply("join", func(b []byte) []byte { return xccos.AppendJoined(b, &j) })
	}
}

// BenchmarkEncodeHistory makes the reply with the last 25 messages.
func BenchmarkEncodeHistory(b *testing.B) {
	messages := make([]xccos.Message, 25)
	for i := range messages {
		messages[i] = hello
	}
	b.ReportAllocs()
	for b.Loop() {
		reply("bccontext", func(b []byte) []byte { return xccos.AppendHistory(b, ops.URI, messages) })
	}
}

// hostile are bodies as long as the wire takes, made to be slow to read.
func hostile() map[string][]byte {
	const size = 256 << 10
	return map[string][]byte{
		"siblings":   []byte(envelope(`<cmd id="cmd:x"/>` + strings.Repeat("<a/>", 8190))),
		"pieces":     []byte(posted(strings.Repeat("a<!---->", size/8))),
		"entities":   []byte(posted(strings.Repeat("&#10;", size/5))),
		"attributes": []byte(envelope(strings.Repeat(`<grpchat`+strings.Repeat(` a=""`, 64)+`/>`, 60))),
	}
}

// BenchmarkDecodeHostile says what the worst bodies cost; by the byte it should
// not be far from what an honest one does.
func BenchmarkDecodeHostile(b *testing.B) {
	for name, body := range hostile() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				decoded(b, body).Release()
			}
		})
	}
}

// TestHostile checks that no body takes memory out of proportion to its length.
func TestHostile(t *testing.T) {
	for name, body := range hostile() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		decode(t, string(body)).Release()
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
			t.Errorf("%s: %d bytes took %d bytes to read", name, len(body), n)
		}
	}
}

func decoded(b *testing.B, body []byte) *xccos.Envelope {
	e, err := xccos.Decode(body)
	if err != nil {
		b.Fatalf("%v: %.200s", err, bytes.ToValidUTF8(body, nil))
	}
	return e
}

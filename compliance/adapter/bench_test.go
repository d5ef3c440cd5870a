package adapter_test

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"testing"

	"perch/chat"
	"perch/compliance"
	"perch/compliance/adapter"
)

// many is a batch of posts in one room.
func many(n int) *compliance.Batch {
	events := make([]chat.Entry, n)
	for i := range events {
		events[i] = chat.Entry{Kind: chat.EntryPost, Actor: 1, Room: 1, Message: chat.MessageID(i + 1), Text: fmt.Sprintf("message number %d, of the length that people write", i)}
	}
	return batch(events...)
}

// made is a source that keeps no event.
type made struct{ rooms int }

func (m made) Events(_ context.Context, first, last chat.EntryID, room chat.RoomID) iter.Seq2[*chat.Entry, error] {
	return func(yield func(*chat.Entry, error) bool) {
		var e chat.Entry
		for id := first; id <= last; id++ {
			in := chat.RoomID(int(id)%m.rooms + 1)
			if room != compliance.EveryRoom && room != in {
				continue
			}
			e = chat.Entry{
				ID: id, Kind: chat.EntryPost, At: start + chat.Time(id), Actor: 1, ActorURI: "sip:alice@example.test", ActorName: "Alice",
				Room: in, RoomGUID: fmt.Sprintf("0000-%d", in), RoomName: "Room", Message: chat.MessageID(id), Text: "a message of the length that people write in chat rooms, give or take",
			}
			if !yield(&e, nil) {
				return
			}
		}
	}
}

// BenchmarkDeliver hands on a batch of 1,000,000 events in 10 rooms. heap-MiB is
// what the heap has grown to at most.
func BenchmarkDeliver(b *testing.B) {
	const n, rooms = 1_000_000, 10
	for _, kind := range []string{"xml", "csv", "jsonl", "eml"} {
		b.Run(kind, func(b *testing.B) {
			a, err := adapter.New(kind, options(kind, b.TempDir()))
			if err != nil {
				b.Fatal(err)
			}
			in := batch()
			in.First, in.Last, in.Events, in.Source = 1, n, n, made{rooms}
			for i := range rooms {
				guid := fmt.Sprintf("0000-%d", i+1)
				in.Conversations = append(in.Conversations, compliance.Conversation{Room: compliance.Room{ID: chat.RoomID(i + 1), GUID: guid, URI: "ma-chan://example.test/" + guid, Name: "Room"}, Events: n / rooms, First: start, Last: start + n})
			}
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				if err := a.Deliver(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64(int64(after.HeapSys)-int64(before.HeapSys))/(1<<20), "heap-MiB")
		})
	}
}

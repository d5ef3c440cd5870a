package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"perch/chat"
	"perch/compliance"
	"perch/compliance/adapter"
)

const adapterRooms = 10

// adapters hands one batch to the adapters that write files, and watches the
// memory of this process meanwhile.
func (f *archiving) adapters(ctx context.Context, dir string, r *report) error {
	debug.FreeOSMemory()
	watched := watchMemory()
	total, err := f.deliverAll(ctx, dir, r)
	most := watched()
	if err != nil {
		return err
	}
	r.add("adapters: all four", float64(f.Events)/total.Seconds(), "events/s")
	r.atMost("adapters: memory of the process", float64(most)/(1<<20), "MiB", mostMemory)
	return nil
}

// deliverAll tells how long all adapters took together.
func (f *archiving) deliverAll(ctx context.Context, dir string, r *report) (time.Duration, error) {
	in := generatedBatch(f.Events)
	var total time.Duration
	for _, kind := range []string{"xml", "csv", "jsonl", "eml"} {
		out := filepath.Join(dir, kind)
		if err := os.MkdirAll(out, 0o700); err != nil {
			return 0, err
		}
		a, err := adapter.New(kind, adapter.Options{OutputDirectory: out, Extra: adapter.ExtraFor(kind, map[string]string{
			"mail.from": "perch@example.test", "mail.to": "archive@example.test",
		})})
		if err != nil {
			return 0, err
		}
		start := time.Now()
		if err := a.Deliver(ctx, in); err != nil {
			return 0, fmt.Errorf("the adapter %s: %w", kind, err)
		}
		took := time.Since(start)
		total += took
		r.add("adapters: "+kind, float64(f.Events)/took.Seconds(), "events/s")
		if err := os.RemoveAll(out); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// generated is a source that makes up posts and keeps none.
type generated struct{}

// Events implements compliance.Source.
func (generated) Events(ctx context.Context, first, last chat.EntryID, room chat.RoomID) iter.Seq2[*chat.Entry, error] {
	return func(yield func(*chat.Entry, error) bool) {
		for id := first; id <= last; id++ {
			in := int(id) % adapterRooms
			if room != compliance.EveryRoom && room != chat.RoomID(in+1) {
				continue
			}
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			e := chat.Entry{
				ID: id, Kind: chat.EntryPost, At: firstMade + chat.Time(id), Actor: 1, ActorURI: "sip:load00001@example.test", ActorName: "load00001",
				Room: chat.RoomID(in + 1), RoomGUID: guid(5, in), RoomName: fmt.Sprint("load archive ", in), Message: chat.MessageID(id),
				Text: "a message of the length that people write in chat rooms, give or take",
			}
			if !yield(&e, nil) {
				return
			}
		}
	}
}

// generatedBatch is a batch of n posts.
func generatedBatch(n int) *compliance.Batch {
	end := firstMade + chat.Time(n)
	b := &compliance.Batch{
		Number: 1, First: 1, Last: chat.EntryID(n), Opened: firstMade, Closed: end, Events: n, Source: generated{},
		People: map[chat.PrincipalID]compliance.Person{
			1: {ID: 1, GUID: guid(6, 1), URI: "sip:load00001@example.test", Name: "load00001", DisplayName: "load00001", Email: "load00001@example.test"},
		},
	}
	for i := range adapterRooms {
		events := (n + adapterRooms - i) / adapterRooms
		if i == 0 {
			events = n / adapterRooms
		}
		b.Conversations = append(b.Conversations, compliance.Conversation{
			Room:   compliance.Room{ID: chat.RoomID(i + 1), GUID: guid(5, i), URI: "ma-chan://example.test/" + guid(5, i), Name: fmt.Sprint("load archive ", i)},
			Events: events, First: firstMade, Last: end,
		})
	}
	return b
}

// watchMemory watches what the Go runtime has of the system's memory, until stop
// is called, which tells the most there was.
func watchMemory() (stop func() uint64) {
	var (
		wg   sync.WaitGroup
		most uint64
		done = make(chan struct{})
	)
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	look := func() {
		metrics.Read(sample)
		most = max(most, sample[0].Value.Uint64()-sample[1].Value.Uint64())
	}
	look()
	wg.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				look()
				return
			case <-tick.C:
				look()
			}
		}
	})
	return func() uint64 {
		close(done)
		wg.Wait()
		return most
	}
}

package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"perch/chat"
	"perch/store/sqlite"
)

func open(b testing.TB, rooms int) (*sqlite.Store, []chat.Room) {
	b.Helper()
	ctx := context.Background()
	s, err := sqlite.Open(ctx, filepath.Join(b.TempDir(), "perch.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	c, err := s.CreateCategory(ctx, chat.Category{GUID: uuid.NewString(), Name: "Trading", History: true}, chat.Entry{Kind: chat.EntryCat})
	if err != nil {
		b.Fatal(err)
	}
	list := make([]chat.Room, rooms)
	for i := range list {
		list[i] = chat.Room{GUID: uuid.NewString(), Category: c.ID, Name: fmt.Sprint("room ", i), Behavior: chat.Normal}
	}
	list, err = s.CreateRooms(ctx, list, make([]chat.Entry, rooms))
	if err != nil {
		b.Fatal(err)
	}
	return s, list
}

func draft(r *chat.Room) chat.Batch {
	return chat.Batch{
		Drafts:  []chat.Draft{{Room: r.ID, Author: 1, AuthorURI: "sip:alice@example.test", AuthorName: "Alice", At: 1, Text: "a message of the length that people write in chat rooms, give or take"}},
		Origins: []chat.Origin{{RoomGUID: r.GUID, RoomName: r.Name, Endpoint: "b34afb6ebb23"}},
	}
}

// BenchmarkAppend is durable posts from concurrent posters, one draft a call.
func BenchmarkAppend(b *testing.B) {
	for _, posters := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("posters=%d", posters), func(b *testing.B) {
			s, rooms := open(b, 200)
			var next atomic.Int64
			b.SetParallelism(max(1, posters/2))
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					r := &rooms[int(next.Add(1))%len(rooms)]
					if _, err := s.Append(context.Background(), draft(r)); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
		})
	}
}

// BenchmarkAppendBatch is durable posts in batches, as the channel service
// hands them over.
func BenchmarkAppendBatch(b *testing.B) {
	for _, size := range []int{1, 16, 128, 512} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			s, rooms := open(b, 200)
			var batch chat.Batch
			for i := range size {
				d := draft(&rooms[i%len(rooms)])
				batch.Drafts, batch.Origins = append(batch.Drafts, d.Drafts...), append(batch.Origins, d.Origins...)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Append(context.Background(), batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "posts/s")
		})
	}
}

// BenchmarkAppendIndexed is what full text costs a post: posts from concurrent
// posters, beside the index and without it, and how many were not indexed yet
// at the end.
func BenchmarkAppendIndexed(b *testing.B) {
	for _, posters := range []int{1, 16, 128} {
		for _, indexed := range []bool{false, true} {
			b.Run(fmt.Sprintf("posters=%d/index=%v", posters, indexed), func(b *testing.B) {
				s, rooms := open(b, 200)
				if !indexed {
					s.StopIndex()
				}
				var next atomic.Int64
				b.SetParallelism(max(1, posters/2))
				b.ReportAllocs()
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						n := next.Add(1)
						d := draft(&rooms[int(n)%len(rooms)])
						d.Drafts[0].Text = fmt.Sprintf("please confirm settlement %d of US91282%dZT at 10.1.%d.3 before the end of day", n, n%5000, n%256)
						if _, err := s.Append(context.Background(), d); err != nil {
							b.Error(err)
							return
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
				if indexed {
					b.ReportMetric(float64(s.IndexBehind(context.Background())), "behind")
				}
			})
		}
	}
}

// BenchmarkListNewest30 reads the newest of a room with 10,000 messages.
func BenchmarkListNewest30(b *testing.B) {
	s, rooms := open(b, 1)
	var batch chat.Batch
	for range 10_000 {
		d := draft(&rooms[0])
		batch.Drafts, batch.Origins = append(batch.Drafts, d.Drafts...), append(batch.Origins, d.Origins...)
	}
	if _, err := s.Append(context.Background(), batch); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		m, err := s.ListNewest(context.Background(), rooms[0].ID, 0, 30)
		if err != nil || len(m) != 30 {
			b.Fatal(len(m), err)
		}
	}
}

// BenchmarkFindAt looks for times in a room of 1,000,000 messages, a second apart.
func BenchmarkFindAt(b *testing.B) {
	const messages = 1_000_000
	s, rooms := open(b, 1)
	for n := 0; n < messages; {
		var batch chat.Batch
		for range 5000 {
			d := draft(&rooms[0])
			d.Drafts[0].At = chat.Time(n) * 1_000_000
			batch.Drafts, batch.Origins = append(batch.Drafts, d.Drafts...), append(batch.Origins, d.Origins...)
			n++
		}
		if _, err := s.Append(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	i := 0
	for b.Loop() {
		i += 104_729
		want := i % messages
		id, err := s.FindAt(context.Background(), rooms[0].ID, chat.Time(want)*1_000_000)
		if err != nil || id != chat.MessageID(want+1) {
			b.Fatal(id, want, err)
		}
	}
}

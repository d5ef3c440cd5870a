package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"perch/chat"
	"perch/compliance/seal"
)

// sealBatch is how many entries are sealed at a time, as the Compliance service
// does when it is behind.
const sealBatch = 8192

// log measures a sealed archive by itself: making it, its tree, and verifying it.
func (f *archiving) log(ctx context.Context, dir string, r *report) error {
	archive, keyDir := filepath.Join(dir, "archive"), filepath.Join(dir, "archive-keys")
	keys, err := seal.LoadKeys(keyDir, "perchload/archive", rand.Reader)
	if err != nil {
		return err
	}
	if err := f.append(ctx, archive, keys, r); err != nil {
		return err
	}
	a, err := openLog(archive, keyDir)
	if err != nil {
		return err
	}
	took, err := a.recompute(ctx)
	if err != nil {
		return err
	}
	r.atLeast("log: leaves whose tree is made again", float64(f.Records)/took.cpu.Seconds(), "1/s a core", leastTree)
	for _, with := range []struct {
		name    string
		content []byte
	}{{"bodies as they are encrypted", nil}, {"bodies and their contents", keys.Content}} {
		leaves, took, err := a.verify(ctx, with.content)
		if err != nil {
			return err
		}
		r.atLeast("log: records verified, "+with.name, float64(leaves)/took.cpu.Seconds(), "1/s a core", leastVerified)
	}
	return nil
}

// append makes the archive. What is measured is sealing, with its syncs and
// signatures, not making up what is sealed.
func (f *archiving) append(ctx context.Context, dir string, keys seal.Keys, r *report) error {
	l, err := seal.Open(dir, keys, seal.Options{Random: rand.Reader})
	if err != nil {
		return err
	}
	var took stopwatch
	w := newWriter()
	for n := 0; n < f.Records; n += sealBatch {
		entries := made(w, f.Rooms, n, min(sealBatch, f.Records-n))
		if err := took.time(func() error { return l.Seal(ctx, entries) }); err != nil {
			return err
		}
	}
	r.atLeast("log: leaves appended", float64(f.Records)/took.wall.Seconds(), "1/s", leastAppended)
	r.add("log: leaves appended, by CPU time", float64(f.Records)/took.cpu.Seconds(), "1/s a core")
	return l.Close()
}

// made are entries of posts from number n on.
func made(w *writer, rooms, n, size int) []chat.Entry {
	out := make([]chat.Entry, size)
	for i := range out {
		at := n + i
		room := at % rooms
		out[i] = chat.Entry{
			ID: chat.EntryID(at + 1), Kind: chat.EntryPost, At: firstMade + chat.Time(at)*1000,
			Actor: 7, ActorURI: "sip:load00007@example.test", ActorName: "load00007",
			Room: chat.RoomID(room + 1), RoomGUID: guid(4, room), RoomName: fmt.Sprint("load archive ", room),
			Message: chat.MessageID(at/rooms + 1), Text: w.text(at), Endpoint: "e00000load00007",
		}
	}
	return out
}

// firstMade is the time of the first entry that is made up: 2026-11-23T17:00:00Z.
const firstMade = chat.Time(1_795_453_200_000_000)

// sealedLog is an archive's folder and the public key of its log.
type sealedLog struct{ dir, key string }

// openLog reads the public key.
func openLog(dir, keys string) (sealedLog, error) {
	b, err := os.ReadFile(filepath.Join(keys, seal.PublicFile))
	return sealedLog{dir, strings.TrimSpace(string(b))}, err
}

// recompute makes the tree again.
func (a sealedLog) recompute(ctx context.Context) (took stopwatch, err error) {
	err = took.time(func() error {
		_, err := seal.Recompute(ctx, a.dir, a.key)
		return err
	})
	return took, err
}

// verify verifies everything, with the content key contents too.
func (a sealedLog) verify(ctx context.Context, content []byte) (leaves int64, took stopwatch, err error) {
	err = took.time(func() error {
		v, err := seal.Verify(ctx, a.dir, seal.VerifyOptions{PublicKey: a.key, Content: content, Backwards: 10 * time.Minute, Growing: true})
		if err == nil && v.Finding != nil {
			err = v.Finding
		}
		leaves = v.Leaves
		return err
	})
	return leaves, took, err
}

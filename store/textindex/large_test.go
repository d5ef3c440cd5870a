package textindex_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"perch/chat"
	"perch/store/textindex"
)

// A large history: so many messages that segments of every size are made.
const (
	largeMessages = 70_000
	largeRooms    = 40
)

// largeWorld is such a history, of which half is in room 1.
func largeWorld(t *testing.T, rnd *rand.Rand) (*world, map[chat.RoomID]chat.MessageID) {
	w := newWorld(t, filepath.Join(t.TempDir(), "index"))
	words := strings.Fields("settlement of the US912828ZT04 bond at 10.1.2.3 10.1.2.34 VOD.L end day 结算 расчёт unsettled :-) Gold-silver")
	heads := map[chat.RoomID]chat.MessageID{}
	for i := range largeMessages {
		room := chat.RoomID(1 + rnd.IntN(largeRooms)*rnd.IntN(2))
		heads[room]++
		var text []string
		for range 1 + rnd.IntN(6) {
			text = append(text, words[rnd.IntN(len(words))])
		}
		text = append(text, fmt.Sprint("n", rnd.IntN(largeMessages)))
		m := &message{Doc: textindex.Doc{
			Position: w.entry(), Room: room, ID: heads[room], Author: chat.PrincipalID(1 + rnd.IntN(300)), At: chat.Time(1000*i + rnd.IntN(5000)), Text: strings.Join(text, " "),
		}}
		w.docs, w.journal = append(w.docs, m), append(w.journal, event{post: m})
	}
	for w.Last().Entry < largeMessages {
		w.tell(1000)
	}
	return w, heads
}

// look compares searches of all kinds with a scan.
func (w *world) look(rnd *rand.Rand) {
	w.Helper()
	w.check(w.Merge())
	for range 60 {
		q := chat.MessageSearch{Match: chat.Match(rnd.IntN(3)), CaseSensitive: rnd.IntN(5) == 0, Limit: rnd.IntN(200), NewestFirst: rnd.IntN(2) == 0}
		for r := range chat.RoomID(largeRooms + 1) {
			if rnd.IntN(3) > 0 {
				q.Rooms = append(q.Rooms, r)
			}
		}
		q.Text = [...]string{"settle", "n12", "of the", "10.1.2.3", "end day", "结算", "vod.l gold", ":-)", "n777", "ZT0", "", "-si"}[rnd.IntN(12)]
		if rnd.IntN(3) == 0 {
			q.From, q.Until = chat.Time(1000*rnd.IntN(largeMessages)), chat.Time(1000*rnd.IntN(largeMessages))
		}
		if rnd.IntN(4) == 0 {
			q.Authors = []chat.PrincipalID{7, 9}
		}
		if rnd.IntN(4) == 0 {
			q.After, q.AfterPosition = chat.MessageID(rnd.IntN(1500)), chat.EntryID(rnd.IntN(largeMessages))
		}
		if rnd.IntN(4) == 0 {
			q.Names = [][]string{{"gold"}, {"end of", "silver"}, {"settle"}}[rnd.IntN(3)]
		}
		w.same(q)
	}
}

// TestLarge purges most of a large history, so that segments are made anew.
func TestLarge(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	w, heads := largeWorld(t, rnd)
	defer func() { w.Close() }()
	w.look(rnd)
	before := w.Segments()
	w.replace(w.docs[0], "settlement again")
	w.purge(1, heads[1]*9/10)
	for r := range chat.RoomID(largeRooms) {
		w.purge(r+1, heads[r+1]*2/3)
	}
	w.tell(1000)
	w.look(rnd)
	w.check(w.Flush())
	w.look(rnd)
	w.Close()
	w.open()
	w.tell(1000)
	w.look(rnd)
	if after := w.Segments(); before > 16 || after > before {
		t.Errorf("%d segments, then %d", before, after)
	}
	if size := folderSize(t, w.folder); size > largeMessages*100 {
		t.Errorf("%d bytes are left", size)
	}
}

func folderSize(t *testing.T, folder string) (n int64) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if i, err := f.Info(); err == nil {
			n += i.Size()
		}
	}
	return n
}

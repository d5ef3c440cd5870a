package compliance_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"perch/chat"
	"perch/compliance"
)

// file records what became of a file.
func (w *world) file(kind chat.EntryKind, name string) {
	w.t.Helper()
	detail := fmt.Sprintf(`{"id":"%s.txt","name":%q,"size":3,"sha256":"%064d"}`, name, name, len(name))
	w.must(w.record(w.ctx, chat.Entry{Kind: kind, At: now(), Actor: 7, Room: w.room.ID, RoomGUID: w.room.GUID, RoomName: w.room.Name, Detail: detail}))
}

// looker checks that the files of a batch are there when it is handed on.
type looker struct {
	keeper
	w *world
}

func (l *looker) Deliver(ctx context.Context, b *compliance.Batch) error {
	for e, err := range b.All(ctx) {
		if err != nil {
			return err
		}
		if f, ok := compliance.FileOf(e); ok {
			l.w.change(func() {
				if !slices.Contains(l.w.attached, "/files/"+f.Name) {
					l.w.t.Errorf("the batch with %s is handed on before the file is there", f.Name)
				}
			})
		}
	}
	return l.keeper.Deliver(ctx, b)
}

// TestAttachments: a file that is uploaded or downloaded is in the Compliance
// File Store before its batch is handed on, soon after it came, and while that
// cannot be the batch waits and the status says why.
func TestAttachments(t *testing.T) {
	inBubble(t, func(w *world) {
		l := &looker{w: w}
		w.adapters["xml"] = l
		s := w.service("one")
		defer s.Stop()
		w.file(chat.EntryUpload, "from before")
		time.Sleep(10 * time.Second)
		w.change(func() { want(t, "without a folder", w.attached, nil) })
		w.change(func() { w.settings.AdapterAttachmentDirectory = "/files" })
		w.file(chat.EntryUpload, "first")
		time.Sleep(3 * time.Second)
		w.change(func() { want(t, "soon", w.attached, []string{"/files/from before", "/files/first"}) })
		w.change(func() { w.unwilling = errors.New("the folder is full: make room") })
		w.file(chat.EntryDownload, "older than all")
		w.post("a text")
		time.Sleep(2 * time.Minute)
		want(t, "while a file cannot be copied", l.got(), nil)
		st, err := s.Status(w.ctx)
		w.must(err)
		if !strings.Contains(st.Trouble["attachments"], "make room") || !strings.Contains(st.Deliveries[0].Reason, "copying the file") {
			t.Errorf("status %+v", st)
		}
		w.change(func() { w.unwilling = nil })
		time.Sleep(5 * time.Minute)
		want(t, "then", l.got(), []string{"a text"})
		if st, err = s.Status(w.ctx); err != nil || len(st.Trouble) != 0 {
			t.Errorf("status %+v, %v", st, err)
		}
		w.change(func() {
			want(t, "at the end", w.attached, []string{"/files/from before", "/files/first", "/files/older than all"})
		})
	})
}

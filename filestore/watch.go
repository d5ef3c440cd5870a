package filestore

import (
	"context"
	"maps"
	"slices"
	"sync"

	"perch/chat"
)

// watchers are told what becomes of files.
type watchers struct {
	mu   sync.Mutex // guards the fields below
	next int
	fns  map[int]func(chat.File)
}

// Watch calls fn with every file whose state, or whose reason for it, has
// changed, once the store has it: when an upload is complete, when the scanner
// has passed it, found something or does not answer, when it leaves quarantine.
// Of one file the changes come in order. fn must not block, nor call the service;
// it may be called from several goroutines at once. stop may be called once; a
// call that runs then may still end.
func (s *Service) Watch(fn func(chat.File)) (stop func()) {
	w := &s.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fns == nil {
		w.fns = map[int]func(chat.File){}
	}
	w.next++
	key := w.next
	w.fns[key] = fn
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.fns, key)
	}
}

// change stores what became of a complete file and tells of it.
func (s *Service) change(ctx context.Context, f chat.File, from chat.FileState, e []chat.Entry) error {
	defer s.hold(f.ID)() // so that changes are told in their order
	if err := s.store.UpdateFile(ctx, f, from, e); err != nil {
		return err
	}
	s.tell(ctx, f)
	return nil
}

// tell tells what was stored of a file, as it is now: a message may link to it
// since f was read.
func (s *Service) tell(ctx context.Context, f chat.File) {
	if now, err := s.store.FindFile(ctx, f.ID); err == nil {
		f = now
	} else {
		s.logError("reading a file that has changed", err)
	}
	s.watch.tell(f)
}

func (w *watchers) tell(f chat.File) {
	w.mu.Lock()
	fns := slices.Collect(maps.Values(w.fns))
	w.mu.Unlock()
	for _, fn := range fns {
		fn(f)
	}
}

package directory

import (
	"sync"

	"perch/chat"
)

// watchers tells of changes. Changes are serialised by Service.change, so each
// watcher hears them in order.
type watchers struct {
	mu   sync.Mutex // guards the fields below
	next int
	fns  map[int]func(chat.PrincipalChange)
}

// Watch calls fn after every change, in order, outside of any lock but the one
// that keeps changes apart. fn must not block, nor change the directory. stop
// may be called once; after it fn is not called again.
func (s *Service) Watch(fn func(chat.PrincipalChange)) (stop func()) {
	w := &s.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fns == nil {
		w.fns = map[int]func(chat.PrincipalChange){}
	}
	w.next++
	key := w.next
	w.fns[key] = fn
	return func() {
		w.mu.Lock()
		delete(w.fns, key)
		w.mu.Unlock()
	}
}

func (w *watchers) tell(changes ...chat.PrincipalChange) {
	w.mu.Lock()
	fns := make([]func(chat.PrincipalChange), 0, len(w.fns))
	for _, fn := range w.fns {
		fns = append(fns, fn)
	}
	w.mu.Unlock()
	for _, c := range changes {
		for _, fn := range fns {
			fn(c)
		}
	}
}

package ua

import (
	"sync"
	"sync/atomic"
)

// table finds dialogs by number. A number is a slot and 32 random bits; it is
// our tag of the dialog and the branch of its requests, so that neither
// requests nor responses need a search. Looking up takes no lock.
type table struct {
	slots atomic.Pointer[[]atomic.Pointer[Dialog]]

	mu   sync.Mutex // guards the fields below, and growing slots
	free []uint32
	used int
}

func (t *table) find(number uint64) *Dialog {
	slots := t.slots.Load()
	slot := number >> 32
	if slots == nil || slot >= uint64(len(*slots)) {
		return nil
	}
	if d := (*slots)[slot].Load(); d != nil && d.number == number {
		return d
	}
	return nil
}

// insert gives d a slot and its number.
func (t *table) insert(d *Dialog, random uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.free) == 0 {
		t.grow()
	}
	slot := t.free[len(t.free)-1]
	t.free = t.free[:len(t.free)-1]
	t.used++
	d.number = uint64(slot)<<32 | uint64(random)
	(*t.slots.Load())[slot].Store(d)
}

func (t *table) grow() {
	var old []atomic.Pointer[Dialog]
	if p := t.slots.Load(); p != nil {
		old = *p
	}
	bigger := make([]atomic.Pointer[Dialog], max(64, 2*len(old)))
	for i := range old {
		bigger[i].Store(old[i].Load())
	}
	for i := len(bigger) - 1; i >= len(old); i-- {
		t.free = append(t.free, uint32(i))
	}
	t.slots.Store(&bigger)
}

func (t *table) remove(d *Dialog) {
	t.mu.Lock()
	defer t.mu.Unlock()
	slot := uint32(d.number >> 32)
	if p := &(*t.slots.Load())[slot]; p.Load() == d {
		p.Store(nil)
		t.free = append(t.free, slot)
		t.used--
	}
}

func (t *table) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.used
}

func (t *table) each(f func(d *Dialog)) {
	slots := t.slots.Load()
	if slots == nil {
		return
	}
	for i := range *slots {
		if d := (*slots)[i].Load(); d != nil {
			f(d)
		}
	}
}

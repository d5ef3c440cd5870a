package channel

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"perch/chat"
)

// shelf holds administered things of one kind in memory, by GUID, as the store
// has them. Values are not changed once they are on it.
type shelf[T any] struct {
	kind chat.ObjectKind

	mu    sync.RWMutex // guards the fields below
	items map[string]shelved[T]
}

type shelved[T any] struct {
	value   T
	version int64
	owner   chat.PrincipalID
}

func newShelf[T any](kind chat.ObjectKind) *shelf[T] {
	return &shelf[T]{kind: kind, items: map[string]shelved[T]{}}
}

// load takes what the store has.
func (s *shelf[T]) load(objects []chat.Object) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range objects {
		if err := s.putLocked(&objects[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf[T]) putLocked(o *chat.Object) error {
	var v T
	if err := json.Unmarshal([]byte(o.Content), &v); err != nil {
		return chat.Wrap(chat.KindDatabase, "reading the "+string(o.Kind)+" "+o.Name, err)
	}
	s.items[o.Name] = shelved[T]{v, o.Version, o.Owner}
	return nil
}

func (s *shelf[T]) put(o *chat.Object) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.putLocked(o)
}

func (s *shelf[T]) drop(guid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, guid)
}

func (s *shelf[T]) find(guid string) (shelved[T], bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	it, ok := s.items[guid]
	return it, ok
}

// each calls fn for every item, in no order, with the lock held.
func (s *shelf[T]) each(fn func(guid string, it shelved[T])) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for guid, it := range s.items {
		fn(guid, it)
	}
}

func (s *shelf[T]) empty() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.items) == 0
}

// object is a value as the store keeps it.
func object[T any](kind chat.ObjectKind, guid string, owner chat.PrincipalID, version int64, v *T) (chat.Object, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return chat.Object{}, chat.Wrap(chat.KindUnknown, "marshalling", err)
	}
	return chat.Object{Kind: kind, Name: guid, Owner: owner, Version: version, Content: string(b)}, nil
}

// byName sorts what administrators list.
func byName[T any](list []T, name func(*T) string) []T {
	slices.SortFunc(list, func(a, b T) int { return strings.Compare(foldName(name(&a)), foldName(name(&b))) })
	return list
}

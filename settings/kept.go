package settings

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"perch/chat"
)

// kept are the objects of one kind, as the store has them.
type kept[T any] struct {
	kind    chat.ObjectKind
	version func(*T) *int64
	byName  map[string]T // by folded name
}

func newKept[T any](kind chat.ObjectKind, version func(*T) *int64) *kept[T] {
	return &kept[T]{kind, version, map[string]T{}}
}

func (k *kept[T]) load(ctx context.Context, store chat.Objects) error {
	objects, err := store.ListObjects(ctx, k.kind)
	if err != nil {
		return err
	}
	for _, o := range objects {
		var v T
		if err := json.Unmarshal([]byte(o.Content), &v); err != nil {
			return chat.Wrap(chat.KindDatabase, "reading the "+string(k.kind)+" "+o.Name, err)
		}
		*k.version(&v) = o.Version
		k.byName[strings.ToLower(o.Name)] = v
	}
	return nil
}

// put stores a value under a name; a version that is not zero must be that of
// the stored one.
func put[T any](ctx context.Context, s *Service, k *kept[T], name string, v T) (T, error) {
	return edit(ctx, s, k, name, func(old *T) (T, error) {
		stored := int64(0)
		if old != nil {
			stored = *k.version(old)
		}
		if given := *k.version(&v); given != 0 && given != stored {
			return v, chat.E(chat.KindCollision, name+" was changed by somebody else meanwhile: read it again")
		}
		return v, nil
	})
}

// edit stores under a name what fn makes of what is there (nil: nothing is), and
// tells of it.
func edit[T any](ctx context.Context, s *Service, k *kept[T], name string, fn func(old *T) (T, error)) (T, error) {
	v, err := store(ctx, s, k, strings.ToLower(name), fn)
	if err == nil {
		s.tell()
	}
	return v, err
}

func store[T any](ctx context.Context, s *Service, k *kept[T], name string, fn func(old *T) (T, error)) (T, error) {
	s.change.Lock()
	defer s.change.Unlock()
	o := chat.Object{Kind: k.kind, Name: name}
	var old *T
	if v, there := k.byName[name]; there {
		old, o.Version = &v, *k.version(&v)
	}
	v, err := fn(old)
	if err != nil {
		return v, err
	}
	*k.version(&v) = 0 // the store keeps it beside the content
	o.Content = marshal(v)
	stored, err := s.store.UpdateObjects(ctx, []chat.Object{o}, []chat.Entry{s.entry(k.kind, name, old, v)})
	if err != nil {
		return v, err
	}
	*k.version(&v) = stored[0].Version
	s.mu.Lock()
	k.byName[name] = v
	s.mu.Unlock()
	return v, nil
}

// drop deletes a value and tells of it. One that is not there is refused, unless
// it is optional.
func drop[T any](ctx context.Context, s *Service, k *kept[T], name string, optional bool) error {
	there, err := remove(ctx, s, k, strings.ToLower(name))
	switch {
	case err != nil:
		return err
	case there:
		s.tell()
	case !optional:
		return chat.E(chat.KindNoSuchObject, "nothing is set for "+name)
	}
	return nil
}

func remove[T any](ctx context.Context, s *Service, k *kept[T], name string) (there bool, err error) {
	s.change.Lock()
	defer s.change.Unlock()
	old, there := k.byName[name]
	if !there {
		return false, nil
	}
	if err := s.store.DeleteObject(ctx, k.kind, name, s.entry(k.kind, name, old, nil)); err != nil {
		return true, err
	}
	s.mu.Lock()
	delete(k.byName, name)
	s.mu.Unlock()
	return true, nil
}

func (s *Service) entry(kind chat.ObjectKind, name string, before, after any) chat.Entry {
	return chat.Entry{
		Kind: chat.EntryObject, At: chat.At(s.cfg.Now()), Cause: string(kind) + " " + name,
		Detail: marshal(map[string]any{"kind": kind, "name": name, "before": before, "after": after}),
	}
}

func marshal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "" // plain structs always marshal
	}
	return string(b)
}

// nearest is the value of the nearest scope.
func nearest[T any](s *Service, k *kept[T], otherwise T) T {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, name := range s.scopes {
		if v, ok := k.byName[name]; ok {
			return v
		}
	}
	return otherwise
}

// list returns the values of all scopes, the global one first.
func list[T any](s *Service, k *kept[T], otherwise T) []T {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := []T{otherwise}
	for _, name := range slices.Sorted(maps.Keys(k.byName)) {
		if name == global {
			out[0] = k.byName[name]
			continue
		}
		out = append(out, k.byName[name])
	}
	return out
}

package chattest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"perch/chat"
)

type objectKey struct {
	kind chat.ObjectKind
	name string
}

func (s *memory) ListObjects(ctx context.Context, kind chat.ObjectKind) ([]chat.Object, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := slices.DeleteFunc(slices.Collect(maps.Values(s.objects)), func(o chat.Object) bool { return o.Kind != kind })
	slices.SortFunc(out, func(a, b chat.Object) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func (s *memory) UpdateObjects(ctx context.Context, o []chat.Object, e []chat.Entry) ([]chat.Object, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	seen := map[objectKey]bool{}
	for _, n := range o {
		k := objectKey{n.Kind, n.Name}
		if seen[k] || s.objects[k].Version != n.Version {
			return nil, chat.E(chat.KindCollision, "")
		}
		seen[k] = true
	}
	out := slices.Clone(o)
	for i := range out {
		out[i].Version++
		s.objects[objectKey{out[i].Kind, out[i].Name}] = out[i]
	}
	s.write(e...)
	return out, nil
}

func (s *memory) DeleteObject(ctx context.Context, kind chat.ObjectKind, name string, e chat.Entry) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	k := objectKey{kind, name}
	if _, ok := s.objects[k]; !ok {
		return chat.E(chat.KindInvalid, "there is no such "+string(kind))
	}
	delete(s.objects, k)
	s.write(e)
	return nil
}

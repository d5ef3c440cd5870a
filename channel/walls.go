package channel

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/google/uuid"

	"perch/chat"
	"perch/chat/access"
)

// wallContent is a wall as the store keeps it.
type wallContent struct {
	Name string
	A, B chat.PrincipalID
}

func wallOf(guid string, it shelved[wallContent]) chat.Wall {
	return chat.Wall{GUID: guid, Name: it.value.Name, A: it.value.A, B: it.value.B, Version: it.version}
}

// walls knows where people stand at the ethical walls. What it computes from
// the directory is kept until groups or walls change.
type walls struct {
	mu    sync.Mutex    // guards the fields below
	lines []access.Line // by name
	told  []access.Line // what those who watch know of
	fns   []func()      // that are called after a change
}

// WatchWalls calls fn after others have come to stand apart, or to no longer do,
// outside of any lock.
func (s *Service) WatchWalls(fn func()) {
	s.walls.mu.Lock()
	defer s.walls.mu.Unlock()
	s.walls.fns = append(s.walls.fns, fn)
}

// tellWalls tells those who watch, if others stand apart than when they were told
// last.
func (s *Service) tellWalls() {
	lines := s.wallLines()
	w := &s.walls
	w.mu.Lock()
	var fns []func()
	if !reflect.DeepEqual(lines, w.told) {
		w.told, fns = lines, slices.Clone(w.fns)
	}
	w.mu.Unlock()
	for _, fn := range fns {
		fn()
	}
}

// forget makes everything be computed anew.
func (w *walls) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = nil
}

// sidesOf is where a user stands, as chat/access wants it.
func (s *Service) sidesOf(affiliations []chat.PrincipalID) []access.Side {
	if s.wallShelf.empty() {
		return nil
	}
	return standing(s.wallLines(), affiliations)
}

// Apart says whether a wall stands between two users, so that neither is told of the
// other.
func (s *Service) Apart(a, b chat.PrincipalID) bool {
	sides := s.sidesOf(s.dir.Affiliations(a))
	return a != b && len(sides) > 0 && walledOff(&access.Subject{User: chat.Principal{ID: a}, Sides: sides}, b)
}

func standing(lines []access.Line, affiliations []chat.PrincipalID) (out []access.Side) {
	for i := range lines {
		if side, ok := lines[i].Stand(affiliations); ok {
			out = append(out, side)
		}
	}
	return out
}

func (s *Service) wallLines() []access.Line {
	s.walls.mu.Lock()
	defer s.walls.mu.Unlock()
	if s.walls.lines == nil {
		s.walls.lines = listWalls(s.dir, s.Walls())
	}
	return s.walls.lines
}

// listWalls computes the lists of walls from a directory.
func listWalls(dir chat.Directory, all []chat.Wall) []access.Line {
	out := make([]access.Line, len(all))
	for i := range all {
		w := &all[i]
		out[i] = access.Line{Wall: w, A: holders(dir, w.A, w.B), B: holders(dir, w.B, w.A), Both: astride(dir, w), UpA: dir.Affiliations(w.A), UpB: dir.Affiliations(w.B)}
	}
	return out
}

// astride are the people on both sides of a wall, sorted.
func astride(dir chat.Directory, w *chat.Wall) (out []chat.PrincipalID) {
	for _, user := range dir.Members(w.A) {
		if _, both := slices.BinarySearch(dir.Affiliations(user), w.B); both {
			out = append(out, user)
		}
	}
	slices.Sort(out)
	return out
}

// holders are the principals that hold somebody of one side who is not on the
// other, sorted.
func holders(dir chat.Directory, side, not chat.PrincipalID) []chat.PrincipalID {
	seen := map[chat.PrincipalID]bool{}
	for _, user := range dir.Members(side) {
		up := dir.Affiliations(user)
		if _, both := slices.BinarySearch(up, not); both {
			continue
		}
		for _, p := range up {
			seen[p] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Walls lists the ethical walls by name.
func (s *Service) Walls() []chat.Wall {
	var out []chat.Wall
	s.wallShelf.each(func(guid string, it shelved[wallContent]) { out = append(out, wallOf(guid, it)) })
	return byName(out, func(w *chat.Wall) string { return w.Name })
}

// FindWall finds a wall by name or GUID.
func (s *Service) FindWall(arg string) (chat.Wall, error) {
	for _, w := range s.Walls() {
		if w.GUID == strings.ToLower(arg) || foldName(w.Name) == foldName(arg) {
			return w, nil
		}
	}
	return chat.Wall{}, chat.E(chat.KindNoSuchObject, "no wall is named "+arg)
}

func (s *Service) checkWall(w *chat.Wall) error {
	w.Name = strings.TrimSpace(w.Name)
	if n := utf8.RuneCountInString(w.Name); n == 0 || n > chat.MaxNameLength {
		return chat.E(chat.KindInvalid, "a wall needs a name of up to 256 characters")
	}
	for _, id := range []chat.PrincipalID{w.A, w.B} {
		if _, ok := s.dir.FindPrincipal(id); !ok {
			return chat.E(chat.KindNoSuchPrincipal, "a wall stands between two groups that exist")
		}
	}
	if w.A == w.B {
		return chat.E(chat.KindInvalid, "a wall stands between two different groups")
	}
	if _, err := s.FindWall(w.Name); err == nil {
		return chat.E(chat.KindDuplicateName, "a wall is named "+w.Name+" already")
	}
	return nil
}

// CreateWall puts a wall up. It holds at once, in every room.
func (s *Service) CreateWall(ctx context.Context, name string, a, b chat.PrincipalID) (chat.Wall, error) {
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	w := chat.Wall{GUID: uuid.NewString(), Name: name, A: a, B: b}
	if err := s.checkWall(&w); err != nil {
		return w, err
	}
	if err := save(ctx, s, s.wallShelf, w.GUID, 0, 0, &wallContent{w.Name, a, b}, nil); err != nil {
		return w, err
	}
	s.reviewAll()
	return s.FindWall(w.GUID)
}

// DeleteWall takes a wall down.
func (s *Service) DeleteWall(ctx context.Context, arg string) error {
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	w, err := s.FindWall(arg)
	if err != nil {
		return err
	}
	if err := remove(ctx, s, s.wallShelf, w.GUID); err != nil {
		return err
	}
	s.reviewAll()
	return nil
}

// reviewAll has every room looked at anew.
func (s *Service) reviewAll() {
	s.walls.forget()
	s.review.wallsChanged()
}

package channel

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"perch/chat"
	"perch/chat/access"
	"perch/chat/search"
)

// gatherer reads the journal behind the posts and puts what feeds ask for into
// them: keywords, authors, and the names of users. Where it stands is stored
// with what it found, so that nothing is left out over a restart. It holds no
// post up: it reads what is on disk.
//
// It is one goroutine, started by Service.Start and waited for by Stop. What it
// is told meanwhile is coalesced: its queue is bounded by users and rooms.
type gatherer struct {
	wake chan struct{}
	quit chan struct{}

	mu       sync.Mutex                         // guards the fields below
	index    *feedIndex                         // nil: to be made again
	names    *nameIndex                         // nil: not made yet
	outdated bool                               // names have changed since
	madeAt   time.Time                          // when names was made
	followed map[chat.RoomID][]chat.PrincipalID // sorted
	age      int                                // grows when somebody follows or stops to
	reads    map[markKey]chat.MessageID         // marks to be moved on

	// The goroutine's own.
	at     chat.EntryID // entries up to here were looked at
	stored chat.EntryID // and the store knows up to here
}

type markKey struct {
	user chat.PrincipalID
	room chat.RoomID
}

func (g *gatherer) init() {
	g.wake, g.quit = make(chan struct{}, 1), make(chan struct{})
	g.followed, g.reads = map[chat.RoomID][]chat.PrincipalID{}, map[markKey]chat.MessageID{}
}

func (g *gatherer) nudge() {
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

func (g *gatherer) stop() { close(g.quit) }

// feedsChanged and namesChanged make the indexes be built again.
func (g *gatherer) feedsChanged() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.index = nil
}

func (g *gatherer) namesChanged() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.outdated = true
}

// marksChanged forgets what was known of who follows rooms.
func (g *gatherer) marksChanged(marks []chat.Mark) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.age++
	for _, m := range marks {
		delete(g.followed, m.Room)
	}
}

// readUpTo moves a user's mark on, soon.
func (g *gatherer) readUpTo(user chat.PrincipalID, room chat.RoomID, id chat.MessageID) {
	g.mu.Lock()
	k := markKey{user, room}
	g.reads[k] = max(g.reads[k], id)
	g.mu.Unlock()
	g.nudge()
}

// gatherBatch is how many entries are read at a time; after storeEvery of them
// the place is stored even if nothing was found.
const (
	gatherBatch = 512
	storeEvery  = 20_000
)

func (g *gatherer) run(s *Service) {
	ctx := context.Background()
	for {
		select {
		case <-g.wake:
			g.work(ctx, s)
		case <-g.quit:
			g.work(ctx, s)
			g.store(ctx, s, nil, true)
			return
		}
	}
}

// work looks at everything that is in the journal by now.
func (g *gatherer) work(ctx context.Context, s *Service) {
	for {
		entries, err := s.store.ListEntries(ctx, g.at, gatherBatch)
		if err != nil {
			s.cfg.Log.Error("feeds cannot read the journal", slog.Any("error", err))
			return
		}
		var found []chat.Gathered
		events := map[chat.EntryID]*chat.Entry{}
		for i := range entries {
			if e := &entries[i]; e.Kind == chat.EntryPost {
				hits := g.match(ctx, s, e)
				found = append(found, hits...)
				events[e.ID] = e
			}
		}
		if n := len(entries); n > 0 {
			g.at = entries[n-1].ID
		}
		if !g.store(ctx, s, found, false) {
			return
		}
		g.tell(ctx, s, found, events)
		if len(entries) < gatherBatch {
			break
		}
	}
	g.flushReads(ctx, s)
}

// store keeps what was found, and the place.
func (g *gatherer) store(ctx context.Context, s *Service, found []chat.Gathered, last bool) bool {
	if g.at == g.stored || len(found) == 0 && !last && g.at-g.stored < storeEvery {
		return true
	}
	if _, err := s.store.AppendGathered(ctx, g.at, found); err != nil {
		s.cfg.Log.Error("feeds cannot be stored", slog.Any("error", err))
		g.at = g.stored // look again
		return false
	}
	g.stored = g.at
	return true
}

func (g *gatherer) flushReads(ctx context.Context, s *Service) {
	g.mu.Lock()
	reads := g.reads
	g.reads = map[markKey]chat.MessageID{}
	g.mu.Unlock()
	if len(reads) == 0 {
		return
	}
	var marks []chat.Mark
	for k, id := range reads {
		if !g.follows(ctx, s, k.user, k.room) {
			continue
		}
		m, err := s.store.FindMark(ctx, k.user, k.room)
		if err == nil && m.Read < id {
			m.Read = id
			marks = append(marks, m)
		}
	}
	if len(marks) == 0 {
		return
	}
	err := s.store.MoveMarks(ctx, marks)
	for i := 0; i < len(marks) && err == nil; i++ {
		err = s.tellRead(ctx, &marks[i])
	}
	if err != nil {
		s.cfg.Log.Error("marks cannot be stored", slog.Any("error", err))
	}
}

// match is who is to get a post in which feeds: users who follow the room and
// may read it, but not its author.
func (g *gatherer) match(ctx context.Context, s *Service, e *chat.Entry) []chat.Gathered {
	followers := g.followers(ctx, s, e.Room)
	if len(followers) == 0 {
		return nil // as in most rooms
	}
	follows := func(user chat.PrincipalID) bool { _, found := slices.BinarySearch(followers, user); return found }
	if follows(e.Actor) {
		g.readUpToQuietly(e.Actor, e.Room, e.Message)
	}
	index, names := g.indexes(s)
	var out []chat.Gathered
	add := func(user chat.PrincipalID, feed string) {
		if user != e.Actor && follows(user) && s.mayRead(user, e.Room) {
			out = append(out, chat.Gathered{User: user, Feed: feed, Position: e.ID, Room: e.Room, Message: e.Message})
		}
	}
	folded := search.Fold(e.Text)
	for _, f := range index.match(e, folded) {
		add(f.User, f.GUID)
	}
	for _, user := range names.match(folded) {
		add(user, chat.Mentions)
	}
	return out
}

// readUpToQuietly does not wake the goroutine, which is at work.
func (g *gatherer) readUpToQuietly(user chat.PrincipalID, room chat.RoomID, id chat.MessageID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	k := markKey{user, room}
	g.reads[k] = max(g.reads[k], id)
}

func (s *Service) mayRead(user chat.PrincipalID, room chat.RoomID) bool {
	sub, ok := s.subject(user)
	if !ok {
		return false
	}
	p, ok := s.catalog.placeOf(room)
	return ok && p.Category != nil && access.Decide(&sub, access.Read, p).Allowed
}

// maxFollowed bounds for how many rooms it is remembered who follows them.
const maxFollowed = 100_000

// followers are who follows a room, sorted.
func (g *gatherer) followers(ctx context.Context, s *Service, room chat.RoomID) []chat.PrincipalID {
	g.mu.Lock()
	list, known := g.followed[room]
	age := g.age
	g.mu.Unlock()
	if known {
		return list
	}
	list, err := s.store.ListFollowers(ctx, room)
	if err != nil {
		s.cfg.Log.Error("followers cannot be read", slog.Any("error", err))
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.followed) >= maxFollowed {
		clear(g.followed)
	}
	if g.age == age { // what was read still holds
		g.followed[room] = list
	}
	return list
}

func (g *gatherer) follows(ctx context.Context, s *Service, user chat.PrincipalID, room chat.RoomID) bool {
	_, found := slices.BinarySearch(g.followers(ctx, s, room), user)
	return found
}

// tell gives the sessions that want it what their users' feeds have gathered.
func (g *gatherer) tell(ctx context.Context, s *Service, found []chat.Gathered, posts map[chat.EntryID]*chat.Entry) {
	for _, f := range found {
		e := posts[f.Position]
		m := chat.Message{
			Room: e.Room, ID: e.Message, Author: e.Actor, AuthorURI: e.ActorURI, At: e.At, Alert: e.Alert, Text: e.Text, Rich: e.Rich,
		}
		if p, ok := s.dir.FindPrincipal(e.Actor); ok {
			m.AuthorName = p.DisplayName
		}
		ev := &Event{Kind: EventGathered, Room: RoomRef{ID: e.Room, GUID: e.RoomGUID, Name: e.RoomName}, Message: m, Feed: f.Feed, Position: f.Position}
		sessions := slices.DeleteFunc(s.sessionsOf(f.User), func(x *Session) bool { return !x.opening.Feeds })
		if len(sessions) == 0 {
			continue
		}
		if f.Feed == chat.Mentions {
			unread, err := s.store.CountGathered(ctx, f.User, chat.Mentions, f.Room)
			if err != nil {
				s.cfg.Log.Error("unread mentions cannot be counted", slog.Any("error", err))
				continue
			}
			ev.Mark.Mentions = unread[f.Room]
		}
		for _, x := range sessions {
			if err := x.opening.Sink.Deliver([]*Event{ev}); err != nil {
				s.lose(x)
			}
		}
	}
}

// namesEvery bounds how often the names of everybody are looked at again.
const namesEvery = 5 * time.Second

// indexes are built when they are needed.
func (g *gatherer) indexes(s *Service) (*feedIndex, *nameIndex) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.index == nil {
		g.index = newFeedIndex(s)
	}
	return g.index, g.namesLocked(s, namesEvery)
}

// namesNow are everybody's names as they are now.
func (g *gatherer) namesNow(s *Service) *nameIndex {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.namesLocked(s, 0)
}

// namesLocked are everybody's names as they were so long ago at most.
func (g *gatherer) namesLocked(s *Service, age time.Duration) *nameIndex {
	if now := s.cfg.Now(); g.names == nil || g.outdated && now.Sub(g.madeAt) >= age {
		g.names, g.outdated, g.madeAt = newNameIndex(s.dir), false, now
	}
	return g.names
}

// feedIndex finds the feeds that may want a post by the first letters of their
// keywords, and those without keywords by their authors.
type feedIndex struct {
	byStart  map[string][]*keyword
	byAuthor map[chat.PrincipalID][]*chat.Feed
}

type keyword struct {
	feed  *chat.Feed
	match *search.Matcher
}

// startRunes is how many letters of a keyword it is found by.
const startRunes = 3

func newFeedIndex(s *Service) *feedIndex {
	x := &feedIndex{byStart: map[string][]*keyword{}, byAuthor: map[chat.PrincipalID][]*chat.Feed{}}
	s.feeds.each(func(guid string, it shelved[feedContent]) {
		f := feedOf(guid, it)
		for _, k := range f.Keywords {
			m := compileKeyword(k)
			start := startOf(m, k)
			x.byStart[start] = append(x.byStart[start], &keyword{&f, m})
		}
		if len(f.Keywords) == 0 {
			for _, a := range f.Authors {
				x.byAuthor[a] = append(x.byAuthor[a], &f)
			}
		}
	})
	return x
}

func compileKeyword(k string) *search.Matcher {
	return search.Compile(chat.MessageSearch{Text: k, Match: chat.MatchExact})
}

// startOf is what every text with a keyword holds: the first letters of its first
// word, or of signs without words. Signs before a word do not count.
func startOf(m *search.Matcher, k string) string {
	first := strings.TrimSpace(search.Fold(k))
	if words := m.Terms()[0].Words(); len(words) > 0 {
		first = words[0]
	}
	runes := []rune(first)
	return string(runes[:min(startRunes, len(runes))])
}

// match returns each feed that wants the post, once.
func (x *feedIndex) match(e *chat.Entry, folded string) (out []*chat.Feed) {
	wants := func(f *chat.Feed) bool {
		return !slices.Contains(out, f) && (len(f.Rooms) == 0 || slices.Contains(f.Rooms, e.Room)) &&
			(len(f.Authors) == 0 || slices.Contains(f.Authors, e.Actor))
	}
	for _, f := range x.byAuthor[e.Actor] {
		if wants(f) {
			out = append(out, f)
		}
	}
	if len(x.byStart) == 0 {
		return out
	}
	for at := range folded {
		end := at
		for range startRunes {
			next := nextRune(folded, end)
			if next == end {
				break
			}
			end = next
			for _, k := range x.byStart[folded[at:end]] {
				if wants(k.feed) && k.match.Match(e.Text) {
					out = append(out, k.feed)
				}
			}
		}
	}
	return out
}

// nextRune is where the character at i ends.
func nextRune(s string, i int) int {
	for j := i + 1; j <= len(s); j++ {
		if j == len(s) || s[j]&0xC0 != 0x80 {
			return j
		}
	}
	return i
}

// nameIndex finds the users that a text names: by account name or by the whole
// display name, as whole words.
type nameIndex struct {
	users   map[string][]chat.PrincipalID // by folded words joined by blanks
	longest int                           // words of the longest name
}

func newNameIndex(dir chat.Directory) *nameIndex {
	x := &nameIndex{users: map[string][]chat.PrincipalID{}}
	for _, p := range dir.SearchPrincipals("") {
		if p.Kind != chat.KindUser {
			continue
		}
		for _, n := range namesOf(&p) {
			words := search.Tokens(search.Fold(n))
			x.longest = max(x.longest, len(words))
			key := strings.Join(words, " ")
			if !slices.Contains(x.users[key], p.ID) {
				x.users[key] = append(x.users[key], p.ID)
			}
		}
	}
	return x
}

// namesOf are the names by which a user is mentioned.
func namesOf(p *chat.Principal) []string {
	if strings.EqualFold(p.Name, p.DisplayName) || p.DisplayName == "" {
		return []string{p.Name}
	}
	return []string{p.Name, p.DisplayName}
}

// match returns each user that a folded text names, once.
func (x *nameIndex) match(folded string) (out []chat.PrincipalID) {
	words := search.Tokens(folded)
	for i := range words {
		out = x.beginning(words[i:], out)
	}
	return out
}

// addressed returns each user that a folded text names behind an @, once.
func (x *nameIndex) addressed(folded string) (out []chat.PrincipalID) {
	_, rest, _ := strings.Cut(folded, "@")
	for part := range strings.SplitSeq(rest, "@") {
		out = x.beginning(search.Tokens(part), out)
	}
	return out
}

// beginning adds the users with whose name words begin.
func (x *nameIndex) beginning(words []string, out []chat.PrincipalID) []chat.PrincipalID {
	key := ""
	for n := 0; n < x.longest && n < len(words); n++ {
		if n > 0 {
			key += " "
		}
		key += words[n]
		for _, u := range x.users[key] {
			if !slices.Contains(out, u) {
				out = append(out, u)
			}
		}
	}
	return out
}

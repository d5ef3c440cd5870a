package channel

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"perch/chat"
	"perch/chat/access"
)

// catalog holds all categories and rooms in memory. What it hands out is never
// changed: a change puts a new value in its place.
type catalog struct {
	change sync.Mutex // serialises changes: held from reading the old value to putting the new one

	mu         sync.RWMutex // guards the fields below
	categories map[chat.CategoryID]*chat.Category
	rooms      map[chat.RoomID]*chat.Room
	byGUID     map[string]*chat.Room
	byName     map[string]any // *chat.Room or *chat.Category, by folded name
	sorted     []*namedRoom   // by folded name; nil: to be made again
	held       map[holding][]chat.RoomID
	newest     map[chat.PrincipalID]chat.InvitationID // of the memberships each has, or has had
}

// holding is a role of a principal in rooms.
type holding struct {
	principal chat.PrincipalID
	role      chat.Role
}

type namedRoom struct {
	room *chat.Room
	fold string
}

func (c *catalog) load(ctx context.Context, store chat.Store) error {
	categories, err := store.ListCategories(ctx)
	if err != nil {
		return err
	}
	rooms, err := store.ListRooms(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.categories = make(map[chat.CategoryID]*chat.Category, len(categories))
	c.rooms = make(map[chat.RoomID]*chat.Room, len(rooms))
	c.byGUID = make(map[string]*chat.Room, len(rooms))
	c.byName = make(map[string]any, len(rooms)+len(categories))
	c.held = make(map[holding][]chat.RoomID)
	c.newest = make(map[chat.PrincipalID]chat.InvitationID)
	for i := range categories {
		c.putCategoryLocked(&categories[i])
	}
	for i := range rooms {
		c.putRoomLocked(&rooms[i])
	}
	return nil
}

func (c *catalog) putCategoryLocked(n *chat.Category) {
	if old := c.categories[n.ID]; old != nil {
		delete(c.byName, foldName(old.Name))
	}
	c.categories[n.ID] = n
	c.byName[foldName(n.Name)] = n
}

func (c *catalog) putRoomLocked(n *chat.Room) {
	if old := c.rooms[n.ID]; old != nil {
		delete(c.byName, foldName(old.Name))
		c.holdLocked(old, false)
	}
	c.holdLocked(n, true)
	for i, p := range n.Members[:min(len(n.Members), len(n.Since))] {
		c.newest[p] = max(c.newest[p], n.Since[i])
	}
	c.rooms[n.ID], c.byGUID[n.GUID], c.byName[foldName(n.Name)] = n, n, n
	c.sorted = nil
}

// holdLocked notes, or forgets, who has roles in a room.
func (c *catalog) holdLocked(r *chat.Room, holds bool) {
	for role, list := range map[chat.Role][]chat.PrincipalID{chat.Member: r.Members, chat.Manager: r.Managers, chat.Presenter: r.Presenters} {
		for _, p := range list {
			k := holding{p, role}
			i, found := slices.BinarySearch(c.held[k], r.ID)
			switch {
			case holds && !found:
				c.held[k] = slices.Insert(c.held[k], i, r.ID)
			case !holds && found && len(c.held[k]) == 1:
				delete(c.held, k)
			case !holds && found:
				c.held[k] = slices.Delete(c.held[k], i, i+1)
			}
		}
	}
}

// heldBy returns the rooms in which one of the principals has the role, by name.
func (c *catalog) heldBy(principals []chat.PrincipalID, role chat.Role) []access.Place {
	c.mu.RLock()
	defer c.mu.RUnlock()
	seen := map[chat.RoomID]bool{}
	var out []access.Place
	for _, p := range principals {
		for _, id := range c.held[holding{p, role}] {
			if r := c.rooms[id]; !seen[id] {
				seen[id] = true
				out = append(out, access.Place{Room: r, Category: c.categories[r.Category]})
			}
		}
	}
	slices.SortFunc(out, func(a, b access.Place) int {
		return strings.Compare(foldName(a.Room.Name), foldName(b.Room.Name))
	})
	return out
}

// memberSince is a membership of a room, as invitations are computed from.
type memberSince struct {
	room  chat.RoomID
	since chat.InvitationID
}

// memberships returns the rooms whose member somebody is through the given
// principals, each with when that came about: the smallest number, over the
// ways it can be, of the greatest on the way. Only those after a number, by it.
func (c *catalog) memberships(through map[chat.PrincipalID]chat.InvitationID, after chat.InvitationID) []memberSince {
	c.mu.RLock()
	defer c.mu.RUnlock()
	first := map[chat.RoomID]chat.InvitationID{}
	var long []chat.PrincipalID // through whom every membership is from before
	for p, arrived := range through {
		rooms := c.held[holding{p, chat.Member}]
		if len(rooms) > 0 && max(arrived, c.newest[p]) <= after {
			long = append(long, p)
			continue
		}
		for _, id := range rooms {
			since, ok := memberFrom(c.rooms[id], p, arrived)
			if old, known := first[id]; ok && (!known || since < old) {
				first[id] = since
			}
		}
	}
	slices.Sort(long)
	var out []memberSince
	for room, since := range first {
		if since > after && !access.Holds(c.rooms[room].Members, long) {
			out = append(out, memberSince{room, since})
		}
	}
	slices.SortFunc(out, func(a, b memberSince) int {
		return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.room, b.room))
	})
	return out
}

// memberFrom says since when one who arrived at a principal is a member of a
// room through it, if it is one.
func memberFrom(r *chat.Room, p chat.PrincipalID, arrived chat.InvitationID) (chat.InvitationID, bool) {
	i, found := slices.BinarySearch(r.Members, p)
	if !found || i >= len(r.Since) {
		return 0, false
	}
	return max(arrived, r.Since[i]), true
}

// newestMembership is a number that no membership through the given principals
// is above of.
func (c *catalog) newestMembership(through map[chat.PrincipalID]chat.InvitationID) (newest chat.InvitationID) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for p, arrived := range through {
		newest = max(newest, arrived, c.newest[p])
	}
	return newest
}

// uses says in words where a principal stands in lists.
func (c *catalog) uses(id chat.PrincipalID) []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var out []string
	for _, category := range c.categories {
		for what, list := range map[string][]chat.PrincipalID{"allowed in": category.Allowed, "denied in": category.Denied, "creator in": category.Creators} {
			if slices.Contains(list, id) {
				out = append(out, what+" the category "+category.Name)
			}
		}
	}
	for _, role := range []chat.Role{chat.Member, chat.Manager, chat.Presenter} {
		for _, room := range c.held[holding{id, role}] {
			out = append(out, role.String()+" of the room "+c.rooms[room].Name)
		}
	}
	slices.Sort(out)
	return out
}

// forget takes a deleted principal out of all lists, as the store has done.
func (c *catalog) forget(id chat.PrincipalID) {
	c.change.Lock()
	defer c.change.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	without := func(list []chat.PrincipalID) []chat.PrincipalID {
		return slices.DeleteFunc(slices.Clone(list), func(p chat.PrincipalID) bool { return p == id })
	}
	rooms := slices.Concat(c.held[holding{id, chat.Member}], c.held[holding{id, chat.Manager}], c.held[holding{id, chat.Presenter}])
	for _, room := range rooms {
		n := *c.rooms[room]
		if i, found := slices.BinarySearch(n.Members, id); found && i < len(n.Since) {
			n.Since = slices.Delete(slices.Clone(n.Since), i, i+1)
		}
		n.Members, n.Managers, n.Presenters = without(n.Members), without(n.Managers), without(n.Presenters)
		c.putRoomLocked(&n)
	}
	for _, old := range c.categories {
		n := *old
		n.Allowed, n.Denied, n.Creators = without(n.Allowed), without(n.Denied), without(n.Creators)
		c.putCategoryLocked(&n)
	}
}

func (c *catalog) putCategory(n chat.Category) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.putCategoryLocked(&n)
}

func (c *catalog) putRooms(rooms []chat.Room) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range rooms {
		c.putRoomLocked(&rooms[i])
	}
}

func (c *catalog) dropCategory(id chat.CategoryID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.categories[id]; old != nil {
		delete(c.byName, foldName(old.Name))
		delete(c.categories, id)
	}
}

func (c *catalog) dropRoom(id chat.RoomID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.rooms[id]; old != nil {
		delete(c.byName, foldName(old.Name))
		c.holdLocked(old, false)
		delete(c.byGUID, old.GUID)
		delete(c.rooms, id)
		c.sorted = nil
	}
}

// place finds a room by GUID, with its category.
func (c *catalog) place(guid string) (access.Place, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	r := c.byGUID[guid]
	if r == nil {
		return access.Place{}, false
	}
	return access.Place{Room: r, Category: c.categories[r.Category]}, true
}

func (c *catalog) placeOf(id chat.RoomID) (access.Place, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	r := c.rooms[id]
	if r == nil {
		return access.Place{}, false
	}
	return access.Place{Room: r, Category: c.categories[r.Category]}, true
}

// category finds a category by GUID.
func (c *catalog) category(guid string) (*chat.Category, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, n := range c.categories {
		if n.GUID == guid {
			return n, true
		}
	}
	return nil, false
}

func (c *catalog) count() (categories, rooms int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.categories), len(c.rooms)
}

// find finds a room or category by folded name.
func (c *catalog) find(name string) any {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.byName[foldName(name)]
}

// list returns all rooms by name, and the categories.
func (c *catalog) list() ([]*namedRoom, map[chat.CategoryID]*chat.Category) {
	c.mu.RLock()
	sorted, categories := c.sorted, c.categories
	if sorted != nil {
		categories = cloneMap(categories)
		c.mu.RUnlock()
		return sorted, categories
	}
	c.mu.RUnlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sorted == nil {
		c.sorted = make([]*namedRoom, 0, len(c.rooms))
		for _, r := range c.rooms {
			c.sorted = append(c.sorted, &namedRoom{r, foldName(r.Name)})
		}
		slices.SortFunc(c.sorted, func(a, b *namedRoom) int { return strings.Compare(a.fold, b.fold) })
	}
	return c.sorted, cloneMap(c.categories)
}

func cloneMap(m map[chat.CategoryID]*chat.Category) map[chat.CategoryID]*chat.Category {
	out := make(map[chat.CategoryID]*chat.Category, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

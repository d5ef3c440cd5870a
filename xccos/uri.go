package xccos

import "strings"

// RoomURI is a room's address (XCCOS 3.1).
func RoomURI(domain, guid string) string { return "ma-chan://" + domain + "/" + guid }

// catScheme begins the address of a category.
const catScheme = "ma-cat://"

// CategoryURI is a category's address.
func CategoryURI(domain, guid string) string { return catScheme + domain + "/" + guid }

// RoomRef is a room as a command names it. GUID is in lower case; any last
// path segment is accepted as one.
type RoomRef struct{ Domain, GUID string }

// parseRoomURI reads a room's address.
func parseRoomURI(uri string) (RoomRef, bool) {
	const scheme = "ma-chan://"
	if len(uri) < len(scheme) || !strings.EqualFold(uri[:len(scheme)], scheme) {
		return RoomRef{}, false
	}
	domain, guid, ok := strings.Cut(uri[len(scheme):], "/")
	return RoomRef{strings.ToLower(domain), strings.ToLower(guid)}, ok && guid != ""
}

// roomOf reads a room out of a chanid (domain and value), a chanib, or any
// element with an attribute that ends in Uri (XCCOS 15).
func roomOf(e Element) (RoomRef, bool) {
	if e.Is("chanid") {
		if v := e.Attr("value"); v != "" {
			return RoomRef{strings.ToLower(e.Attr("domain")), strings.ToLower(v)}, true
		}
	}
	if e.t == nil {
		return RoomRef{}, false
	}
	el := &e.t.elements[e.i]
	for _, a := range e.t.attrs[el.attrs:el.end] {
		if n := len(a.name); n >= 3 && fold(a.name[n-3:], "uri") {
			if r, ok := parseRoomURI(string(a.value)); ok {
				return r, true
			}
		}
	}
	return RoomRef{}, false
}

// Rooms are the rooms that a command's data names, in order.
func (p *Primitive) Rooms() []RoomRef {
	var rooms []RoomRef
	for c := range p.Data.Children() {
		if r, ok := roomOf(c); ok {
			rooms = append(rooms, r)
		}
	}
	return rooms
}

package main

import "context"

// trunk is the scenario of many dialogs on few connections: many small rooms,
// where the writer of the store is the bound.
type trunk struct {
	Connections int `help:"Connections that carry the dialogs." default:"8"`
	Rooms       int `help:"Rooms." default:"250"`
	Members     int `help:"Members of each room." default:"2"`
	Window      int `help:"Posts outstanding in each room." default:"4"`
	Posts       int `help:"Posts in each room." default:"500"`
	Filler      int `help:"Bytes of text beside the number." default:"64"`
}

// Run drives the scenario.
func (f *trunk) Run(ctx context.Context, t *target) error {
	r := rooms{Rooms: f.Rooms, Members: f.Members, Window: f.Window, Posts: f.Posts, Filler: f.Filler}
	return r.run(ctx, t, "trunk", perLink(f.Rooms*f.Members, f.Connections))
}

// perLink is how many dialogs a connection carries.
func perLink(dialogs, connections int) int {
	return (dialogs + connections - 1) / connections
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// archiving is the scenario of the Compliance service: what it costs those who
// post, how soon it has sealed what they post, and how fast the sealed archive
// and the adapters are by themselves.
type archiving struct {
	Connections int `help:"Connections that carry the dialogs to a server." default:"8"`
	Rooms       int `help:"Rooms." default:"250"`
	Members     int `help:"Members of each room." default:"2"`
	Window      int `help:"posts: posts outstanding in each room." default:"4"`
	Posts       int `help:"posts: posts in each room, each round." default:"200"`
	Filler      int `help:"Bytes of text beside the number." default:"64"`

	Parts   []string      `help:"What to measure: ${enum}." enum:"posts,lag,log,adapters" default:"posts,lag,log,adapters"`
	Rounds  int           `help:"posts: rounds that count." default:"5"`
	Rate    int           `help:"lag: posts a second." default:"2000"`
	For     time.Duration `help:"lag: how long." default:"10s"`
	Records int           `help:"log: records of the archive that is made." default:"200000"`
	Events  int           `help:"adapters: events of the run." default:"1000000"`
	Check   bool          `help:"Fail if a target is missed."`
	Perch   string        `help:"The program that is measured (default: perch beside perchload)." placeholder:"FILE"`
	Folder  string        `help:"Where to make a temporary folder for all of it (default: the system's)." placeholder:"DIR"`
}

// What is asked of archiving.
const (
	leastOfCopied = 0.8     // posts a second with capture and sealing, of those without sealing
	mostUnsealed  = 2000    // milliseconds
	leastAppended = 50_000  // leaves a second
	leastTree     = 500_000 // leaves a second of one core
	leastVerified = 50_000  // records a second of one core
	mostMemory    = 256     // MiB, while adapters run
)

// Run drives the scenario.
func (f *archiving) Run(ctx context.Context, t *target) error {
	dir, err := os.MkdirTemp(f.Folder, "perchload-archive-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is temporary
	r := report{Scenario: fmt.Sprintf("archive: %d rooms of %d on %d connections, %d outstanding in each", f.Rooms, f.Members, f.Connections, f.Window)}
	if err := f.measure(ctx, dir, &r); err != nil {
		return err
	}
	if err := r.print(t.JSON); err != nil || !f.Check {
		return err
	}
	return r.missed()
}

func (f *archiving) has(part string) bool { return slices.Contains(f.Parts, part) }

// measure measures the parts one after the other, so that none disturbs another.
func (f *archiving) measure(ctx context.Context, dir string, r *report) error {
	if f.has("posts") || f.has("lag") {
		if err := f.served(ctx, dir, r); err != nil {
			return err
		}
	}
	if f.has("log") {
		if err := f.log(ctx, filepath.Join(dir, "log"), r); err != nil {
			return err
		}
	}
	if f.has("adapters") {
		return f.adapters(ctx, filepath.Join(dir, "adapters"), r)
	}
	return nil
}

// served measures what needs servers.
func (f *archiving) served(ctx context.Context, dir string, r *report) (err error) {
	program := f.Perch
	if program == "" {
		me, err := os.Executable()
		if err != nil {
			return err
		}
		program = filepath.Join(filepath.Dir(me), "perch")
	}
	modes := []*mode{
		{name: "off", settings: []string{"PERCH_COMPLIANCE__ENABLED=false"}},
		{name: "copied", settings: []string{"PERCH_COMPLIANCE__ENABLED=true", "PERCH_COMPLIANCE__SEALED=false"}},
		{name: "sealed", settings: []string{"PERCH_COMPLIANCE__ENABLED=true", "PERCH_COMPLIANCE__SEALED=true"}},
	}
	if !f.has("posts") {
		modes = modes[2:]
	}
	for _, m := range modes {
		if err := m.start(ctx, f, program, dir); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, m.stop()) }()
	}
	sealed := modes[len(modes)-1]
	// The lag comes first: status counts what waits for adapters, which later is much.
	if f.has("lag") {
		if err := f.lag(ctx, sealed, r); err != nil {
			return err
		}
	}
	if f.has("posts") {
		if err := f.rounds(ctx, modes, r); err != nil {
			return err
		}
	}
	return sealed.verify(ctx, r)
}

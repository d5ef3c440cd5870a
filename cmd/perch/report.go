package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"perch/front/admin/api"
)

type reportCmd struct {
	Usage  reportUsage  `cmd:"" help:"What happened in a span of time: posts, people, rooms."`
	Rights reportRights `cmd:"" help:"Who may do what in which room, and by which rule he reads."`
}

type reportUsage struct {
	From               *moment `help:"First day (default: 30 days ago)."`
	Until              *moment `help:"Last day (default: today)."`
	TopActiveUsers     int     `default:"10" help:"Users with the most posts to name."`
	TopActiveRooms     int     `default:"10" help:"Rooms with the most posts to name."`
	LeastActiveRooms   int     `default:"10" help:"Rooms with the fewest posts to name."`
	RoomsInactiveSince *moment `help:"Name the rooms without a post since this day."`
	OutputFolder       string  `help:"Write a page (usage.html) there."`
}

func (c *reportUsage) query() url.Values {
	now := time.Now()
	from, until := now.AddDate(0, 0, -30), now
	if c.From != nil {
		from = c.From.start
	}
	if c.Until != nil {
		until = c.Until.end
	}
	q := url.Values{
		"from": {from.Format(time.RFC3339)}, "until": {until.Format(time.RFC3339)}, "top_users": {strconv.Itoa(c.TopActiveUsers)},
		"top_rooms": {strconv.Itoa(c.TopActiveRooms)}, "least_rooms": {strconv.Itoa(c.LeastActiveRooms)},
	}
	if c.RoomsInactiveSince != nil {
		q.Set("inactive_since", c.RoomsInactiveSince.start.Format(time.RFC3339))
	}
	return q
}

// Run reports usage.
func (c *reportUsage) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	u, err := cl.Usage(ctx, c.query())
	if err != nil {
		return err
	}
	if c.OutputFolder == "" {
		return g.showUsage(&u)
	}
	var page bytes.Buffer
	if err := usagePage.Execute(&page, newUsageReport(&u)); err != nil {
		return err
	}
	if err := os.MkdirAll(c.OutputFolder, 0o755); err != nil {
		return err
	}
	name := filepath.Join(c.OutputFolder, "usage.html")
	if err := os.WriteFile(name, page.Bytes(), 0o644); err != nil { //nolint:gosec // a report is to be read
		return err
	}
	return g.done("written to %s", name)
}

func (g *globals) showUsage(u *api.Usage) error {
	return g.show(u, "", func(row func(...any)) {
		row("from", u.From.Format(time.RFC3339))
		row("until", u.Until.Format(time.RFC3339))
		row("posts", u.Posts)
		row("active users", u.ActiveUsers)
		row("joins", u.Joins)
		row("searches", u.Searches)
		row("rooms", fmt.Sprintf("%d, %d of them enabled", u.Rooms, u.EnabledRooms))
		for _, d := range u.Days {
			row("day "+d.Day, fmt.Sprintf("%d posts by %d users in %d rooms", d.Posts, d.Users, d.Rooms))
		}
		for _, x := range u.Users {
			row("user "+x.URI, fmt.Sprintf("%d posts in %d rooms", x.Posts, x.Rooms))
		}
		for _, l := range [...]struct {
			what string
			list []api.RoomUsage
		}{{"active room ", u.TopRooms}, {"quiet room ", u.LeastRooms}, {"inactive room ", u.InactiveRooms}} {
			for _, r := range l.list {
				row(l.what+r.Name, fmt.Sprintf("%d posts by %d users", r.Posts, r.Users))
			}
		}
	})
}

//go:embed usage.html
var usageText string

var usagePage = template.Must(template.New("usage").Parse(usageText))

// usageReport is what the page shows: the report with its trends.
type usageReport struct {
	*api.Usage
	Trends []trend
}

// trend is a row of bars over days, weeks or months.
type trend struct {
	Name string
	Bars []bar
}

type bar struct {
	Label   string
	Posts   int
	Percent int
}

func newUsageReport(u *api.Usage) usageReport {
	r := usageReport{Usage: u}
	for _, t := range [...]struct {
		name  string
		label func(day time.Time) string
	}{
		{"Posts a day", func(d time.Time) string { return d.Format(time.DateOnly) }},
		{"Posts a week", func(d time.Time) string { y, w := d.ISOWeek(); return fmt.Sprintf("%d-W%02d", y, w) }},
		{"Posts a month", func(d time.Time) string { return d.Format("2006-01") }},
	} {
		r.Trends = append(r.Trends, newTrend(t.name, u.Days, t.label))
	}
	return r
}

func newTrend(name string, days []api.UsageDay, label func(time.Time) string) trend {
	t := trend{Name: name}
	most := 1
	for _, d := range days {
		day, err := time.Parse(time.DateOnly, d.Day)
		if err != nil {
			continue
		}
		if n := len(t.Bars); n == 0 || t.Bars[n-1].Label != label(day) {
			t.Bars = append(t.Bars, bar{Label: label(day)})
		}
		b := &t.Bars[len(t.Bars)-1]
		b.Posts += d.Posts
		most = max(most, b.Posts)
	}
	for i := range t.Bars {
		t.Bars[i].Percent = t.Bars[i].Posts * 100 / most
	}
	return t
}

type reportRights struct {
	User string `help:"Only this user."`
	Room string `help:"Only this room."`
}

// Run lists rights, as they come: there may be millions.
func (c *reportRights) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	q := url.Values{"user": {c.User}, "room": {c.Room}}
	if g.JSON {
		return cl.Rights(ctx, q, g.out)
	}
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() { // ends when the pipe is closed at either end
		err := cl.Rights(ctx, q, w)
		_ = w.Close() // a pipe's end never fails to close
		done <- err
	}()
	fmt.Fprintln(g.out, "USER\tROOM\tCATEGORY\tMAY\tREADING RULE")
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		var x api.Right
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			return errors.Join(err, r.Close(), <-done)
		}
		fmt.Fprintf(g.out, "%s\t%s\t%s\t%s\t%s\n", x.User, x.Room, x.Category, strings.Join(x.May, ","), x.ReadRule)
	}
	return errors.Join(lines.Err(), r.Close(), <-done)
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// report is what a scenario measured, in the order it is printed.
type report struct {
	Scenario string   `json:"scenario"`
	Figures  []figure `json:"figures"`
}

type figure struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit,omitempty"`
	Target *bound  `json:"target,omitempty"`
}

// bound is what a figure is to be.
type bound struct {
	Value  float64 `json:"value"`
	AtMost bool    `json:"at_most,omitempty"` // or else at least
	Met    bool    `json:"met"`
}

// verdict is what a report says of a figure's target, if it has one.
func (f *figure) verdict() string {
	if f.Target == nil {
		return ""
	}
	side, met := "at least", "missed"
	if f.Target.AtMost {
		side = "at most"
	}
	if f.Target.Met {
		met = "met"
	}
	return fmt.Sprintf("%s %s: %s", side, strconv.FormatFloat(f.Target.Value, 'f', -1, 64), met)
}

func (r *report) add(name string, value float64, unit string) {
	r.Figures = append(r.Figures, figure{Name: name, Value: value, Unit: unit})
}

// atLeast adds a figure that must not be less than a target.
func (r *report) atLeast(name string, value float64, unit string, least float64) {
	r.Figures = append(r.Figures, figure{name, value, unit, &bound{least, false, value >= least}})
}

// atMost adds a figure that must not be more than a target.
func (r *report) atMost(name string, value float64, unit string, most float64) {
	r.Figures = append(r.Figures, figure{name, value, unit, &bound{most, true, value <= most}})
}

// missed is an error that names the targets that were not met, or nil.
func (r *report) missed() error {
	var all []string
	for i := range r.Figures {
		if f := &r.Figures[i]; f.Target != nil && !f.Target.Met {
			all = append(all, strings.TrimSpace(fmt.Sprintf("%s is %.2f %s", f.Name, f.Value, f.Unit))+", "+f.verdict())
		}
	}
	if all == nil {
		return nil
	}
	return errors.New(strings.Join(all, "; "))
}

// print writes the report as a table, or as one JSON object.
func (r *report) print(asJSON bool) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	fmt.Println(r.Scenario)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for i := range r.Figures {
		f := &r.Figures[i]
		fmt.Fprintf(w, "  %s\t%.2f\t%s", f.Name, f.Value, f.Unit)
		if v := f.verdict(); v != "" {
			fmt.Fprintf(w, "\t%s", v)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// addRun adds the figures that every posting scenario has.
func (r *report) addRun(posts, deliveries int, u usage, latencies []time.Duration) {
	seconds := u.wall.Seconds()
	r.add("posts", float64(posts), "")
	r.add("posts/s", float64(posts)/seconds, "1/s")
	r.add("deliveries/s", float64(deliveries)/seconds, "1/s")
	r.add("server CPU a delivery", micros(u.server)/float64(deliveries), "us")
	r.add("server CPU a post", micros(u.server)/float64(posts), "us")
	r.addCPU(u)
	r.addLatencies("post to last delivery", latencies)
}

func (r *report) addCPU(u usage) {
	r.add("server CPU use", 100*u.server.Seconds()/u.wall.Seconds(), "% of a core")
	r.add("generator CPU use", 100*u.me.Seconds()/u.wall.Seconds(), "% of a core")
}

func (r *report) addLatencies(what string, all []time.Duration) {
	if len(all) == 0 {
		return
	}
	slices.Sort(all)
	at := func(p float64) float64 { return micros(all[int(p*float64(len(all)-1))]) / 1000 }
	r.add(what+" p50", at(0.50), "ms")
	r.add(what+" p99", at(0.99), "ms")
	r.add(what+" max", at(1), "ms")
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

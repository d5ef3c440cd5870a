package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// report is what a scenario measured, in the order it is printed.
type report struct {
	Scenario string   `json:"scenario"`
	Figures  []figure `json:"figures"`
}

type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"`
}

func (r *report) add(name string, value float64, unit string) {
	r.Figures = append(r.Figures, figure{Name: name, Value: value, Unit: unit})
}

// print writes the report as a table, or as one JSON object.
func (r *report) print(asJSON bool) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	fmt.Println(r.Scenario)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, f := range r.Figures {
		fmt.Fprintf(w, "  %s\t%.2f\t%s\n", f.Name, f.Value, f.Unit)
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

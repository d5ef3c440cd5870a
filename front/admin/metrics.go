package admin

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"perch/compliance"
	"perch/compliance/seal"
)

// Metrics serves what a Prometheus server asks for. Names are in docs/admin.md.
func (s *Server) Metrics() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(meter{s}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelError)})
}

// meter reads the services whenever it is asked.
type meter struct{ s *Server }

// gauge describes a metric.
func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("perch_"+name, help, labels, nil)
}

// The metrics.
var (
	metricConnections  = gauge("connections", "SIP connections.")
	metricDialogs      = gauge("dialogs", "SIP dialogs.")
	metricSessions     = gauge("sessions", "Chat sessions of signed-in endpoints.")
	metricParticipants = gauge("participants", "Participants of all rooms.")
	metricLiveRooms    = gauge("live_rooms", "Rooms that somebody has joined.")
	metricRooms        = gauge("rooms", "Rooms.")
	metricPosts        = gauge("posts_total", "Posts stored since the server started.")
	metricWaiting      = gauge("waiting_commits", "Posts and entries that wait for the disk.")
	metricJournal      = gauge("journal_entries", "Number of the journal's last entry.")
	metricLag          = gauge("archive_lag_seconds", "Age of the first entry that is not in the compliance store.")
	metricUnsealed     = gauge("archive_unsealed_seconds", "Age of the first entry that is not in the sealed archive.")
	metricOpenEvents   = gauge("archive_waiting_events", "Events that are in no batch yet.")
	metricHolder       = gauge("archive_holder", "1 where the adapters run.")
	metricDeliveries   = gauge("archive_deliveries", "Batches that an adapter has not taken, by state.", "adapter", "state")
	metricUntaken      = gauge("untaken_posts_total", "Posts refused since the server started because they could not be written or archived.")
	metricDowntime     = gauge("archive_downtime_seconds", "Of the newest times without a server that are on record, their sum.")
	metricGaps         = gauge("archive_gaps", "Of the newest that were not captured, how many, by why.", "why")
	metricTrouble      = gauge("archive_trouble", "1 for each part of archiving that does not work.", "part")
)

// Describe implements prometheus.Collector.
func (meter) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		metricConnections, metricDialogs, metricSessions, metricParticipants, metricLiveRooms, metricRooms, metricPosts, metricWaiting, metricJournal,
		metricLag, metricUnsealed, metricOpenEvents, metricHolder, metricDeliveries, metricTrouble, metricUntaken, metricDowntime, metricGaps,
	} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (m meter) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	put := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	st := m.s.rooms.Status()
	connections, dialogs := m.s.cfg.Connections()
	put(metricConnections, float64(connections))
	put(metricDialogs, float64(dialogs))
	put(metricSessions, float64(st.Sessions))
	put(metricParticipants, float64(st.Participants))
	put(metricLiveRooms, float64(st.LiveRooms))
	put(metricRooms, float64(st.Rooms))
	put(metricWaiting, float64(st.Waiting))
	out <- prometheus.MustNewConstMetric(metricPosts, prometheus.CounterValue, float64(st.Posts))
	out <- prometheus.MustNewConstMetric(metricUntaken, prometheus.CounterValue, float64(st.Untaken))
	head, err := m.s.store.JournalHead(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(metricJournal, err)
		return
	}
	put(metricJournal, float64(head))
	if m.s.archive == nil {
		return
	}
	archive, err := m.s.archive.Status(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(metricLag, err)
		return
	}
	m.archive(&archive, put)
	gaps, err := m.s.archive.Gaps(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(metricGaps, err)
		return
	}
	n, down := map[seal.GapKind]int{seal.Stopped: 0, seal.Crashed: 0, seal.Refused: 0, seal.Unwritten: 0, seal.Trimmed: 0}, 0.0
	for i := range gaps {
		if n[gaps[i].Kind]++; gaps[i].Down() {
			down += gaps[i].Until.Std().Sub(gaps[i].From.Std()).Seconds()
		}
	}
	put(metricDowntime, down)
	for kind, count := range n {
		put(metricGaps, float64(count), string(kind))
	}
}

// archive tells how archiving does.
func (m meter) archive(st *compliance.Status, put func(d *prometheus.Desc, v float64, labels ...string)) {
	put(metricLag, st.Lag.Seconds())
	put(metricUnsealed, st.Unsealed.Seconds())
	put(metricOpenEvents, float64(st.Waiting))
	here := 0.0
	if st.Here {
		here = 1
	}
	put(metricHolder, here)
	open := map[string]map[compliance.State]int{}
	for _, name := range st.Adapters {
		open[name] = map[compliance.State]int{}
	}
	for _, d := range st.Deliveries {
		if open[d.Adapter] == nil {
			open[d.Adapter] = map[compliance.State]int{}
		}
		open[d.Adapter][d.State]++
	}
	for name, n := range open {
		put(metricDeliveries, float64(n[compliance.Waiting]), name, string(compliance.Waiting))
		put(metricDeliveries, float64(n[compliance.Aside]), name, string(compliance.Aside))
	}
	for part := range st.Trouble {
		put(metricTrouble, 1, part)
	}
}

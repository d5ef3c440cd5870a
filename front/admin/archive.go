package admin

import (
	"net/http"
	"time"

	"perch/chat"
	"perch/compliance"
	"perch/front/admin/api"
)

// archiving is the Compliance service, or why there is none.
func (s *Server) archiving() (*compliance.Service, error) {
	if s.archive == nil {
		return nil, chat.E(chat.KindNotSupported, "the Compliance service does not run on this server: set compliance.enabled in its configuration")
	}
	return s.archive, nil
}

func (s *Server) archiveStatus(r *http.Request) (any, error) {
	if s.archive == nil {
		head, err := s.store.JournalHead(r.Context())
		return api.ComplianceStatus{Journal: int64(head), Adapters: []string{}, Deliveries: []api.Delivery{}, Downtimes: []api.Downtime{}}, err
	}
	st, err := s.archive.Status(r.Context())
	if err != nil {
		return nil, err
	}
	gaps, err := s.archive.Downtimes(r.Context())
	if err != nil {
		return nil, err
	}
	out := api.ComplianceStatus{
		Enabled: true, Holder: st.Holder.Holder, Here: st.Here, Journal: int64(st.Head), Kept: int64(st.Kept), Lag: st.Lag.Seconds(),
		Sealed: int64(st.Sealed), Unsealed: st.Unsealed.Seconds(), Waiting: st.Waiting, Oldest: moment(st.Oldest), NextRun: st.NextRun.UTC().Format(time.RFC3339), Adapters: st.Adapters,
		Deliveries: []api.Delivery{}, Trouble: st.Trouble, Downtimes: []api.Downtime{},
	}
	for _, d := range st.Deliveries {
		out.Deliveries = append(out.Deliveries, api.Delivery{
			Adapter: d.Adapter, Batch: d.Batch, State: string(d.State), Attempts: d.Attempts, Next: moment(d.Next), Reason: d.Reason,
			Finished: moment(d.Finished), Took: d.Took.Seconds(),
		})
	}
	for _, g := range gaps {
		out.Downtimes = append(out.Downtimes, api.Downtime{From: moment(g.From), Until: moment(g.Until), Crash: g.Crash})
	}
	return out, nil
}

// moment shows a time; zero is empty.
func moment(t chat.Time) string {
	if t == 0 {
		return ""
	}
	return t.Std().UTC().Format(time.RFC3339)
}

func (s *Server) archiveRun(r *http.Request) (any, error) {
	a, err := s.archiving()
	if err != nil {
		return nil, err
	}
	return struct{}{}, a.RunNow(r.Context())
}

func (s *Server) redeliver(r *http.Request) (any, error) {
	a, err := s.archiving()
	if err != nil {
		return nil, err
	}
	in, err := read[api.Redelivery](r)
	if err != nil {
		return nil, err
	}
	return struct{}{}, a.Redeliver(r.Context(), in.Adapter, in.Batch)
}

package admin

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"perch/chat"
	"perch/compliance"
	"perch/compliance/seal"
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
		return api.ComplianceStatus{Journal: int64(head), Adapters: []string{}, Deliveries: []api.Delivery{}, Gaps: []api.Gap{}, Untaken: s.rooms.Status().Untaken}, err
	}
	st, err := s.archive.Status(r.Context())
	if err != nil {
		return nil, err
	}
	gaps, err := s.archive.Gaps(r.Context())
	if err != nil {
		return nil, err
	}
	out := api.ComplianceStatus{
		Enabled: true, Holder: st.Holder.Holder, Here: st.Here, Journal: int64(st.Head), Kept: int64(st.Kept), Lag: st.Lag.Seconds(),
		Sealed: int64(st.Sealed), Unsealed: st.Unsealed.Seconds(), Waiting: st.Waiting, Oldest: moment(st.Oldest), NextRun: st.NextRun.UTC().Format(time.RFC3339), Adapters: st.Adapters,
		Deliveries: []api.Delivery{}, Trouble: st.Trouble, Gaps: []api.Gap{}, Untaken: s.rooms.Status().Untaken,
	}
	for _, d := range st.Deliveries {
		out.Deliveries = append(out.Deliveries, api.Delivery{
			Adapter: d.Adapter, Batch: d.Batch, State: string(d.State), Attempts: d.Attempts, Next: moment(d.Next), Reason: d.Reason,
			Finished: moment(d.Finished), Took: d.Took.Seconds(),
		})
	}
	for i := range gaps {
		g := &gaps[i]
		out.Gaps = append(out.Gaps, api.Gap{Kind: string(g.Kind), From: moment(g.From), Until: moment(g.Until), Room: g.Name, Count: g.Count, Why: g.Why})
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

// mostRecords bounds one answer.
const mostRecords = 10_000

// records finds what is on record. The question is in the address, so that it is
// on record itself.
func (s *Server) records(r *http.Request) (any, error) {
	a, err := s.archiving()
	if err != nil {
		return nil, err
	}
	q, err := s.recordQuery(r.URL.Query())
	if err != nil {
		return nil, err
	}
	out := []api.Record{}
	for e, err := range a.Search(r.Context(), q) {
		if err != nil {
			return nil, err
		}
		v := api.Record{
			Entry: int64(e.ID), At: e.At.Std().UTC(), Kind: string(e.Kind), Actor: e.ActorURI, Name: e.ActorName, Room: e.RoomName, RoomGUID: e.RoomGUID,
			Message: int64(e.Message), Last: int64(e.Last), Text: e.Text, Endpoint: e.Endpoint, Client: e.Client, Cause: e.Cause, Detail: e.Detail,
		}
		if v.Restricted = a.Restricted(e); v.Restricted && r.URL.Query().Get("case") == "" {
			if q.Words != "" {
				continue // that it was found would say what it says
			}
			v.Text, v.Cause, v.Detail = "", "", ""
		}
		if !s.reads(r) {
			v.Text, v.Cause, v.Detail, v.Withheld = "", "", "", true
			if q.Words != "" {
				continue
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// archiveRules tells what is decided about what the archive keeps.
func (s *Server) archiveRules(*http.Request) (any, error) {
	a, err := s.archiving()
	if err != nil {
		return nil, err
	}
	rules, err := a.Rules()
	if err != nil {
		return nil, err
	}
	out := api.Rules{Log: rules.Log, Approvers: rules.Approvers, Void: rules.Void}
	for _, acts := range []struct {
		list []seal.Act
		into *[]string
	}{{rules.Holds, &out.Holds}, {rules.Erasures, &out.Erasures}} {
		for _, act := range acts.list {
			text, err := seal.DrawUp(act)
			if err != nil {
				return nil, err
			}
			*acts.into = append(*acts.into, text)
		}
	}
	of := map[string][]string{}
	for _, c := range s.rooms.Categories() {
		class := cmp.Or(c.Retention, seal.DefaultClass)
		of[class] = append(of[class], c.Name)
	}
	for _, c := range rules.Classes {
		out.Classes = append(out.Classes, api.Class{Name: c.Name, Floor: c.Floor, Ceiling: c.Ceiling, Categories: of[c.Name]})
		delete(of, c.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(of)) { // that nobody has defined
		out.Classes = append(out.Classes, api.Class{Name: name, Categories: of[name]})
	}
	return out, nil
}

func (s *Server) putAct(r *http.Request) (any, error) {
	a, err := s.archiving()
	if err != nil {
		return nil, err
	}
	in, err := read[api.Act](r)
	if err != nil {
		return nil, err
	}
	return struct{}{}, a.PutAct(r.Context(), in.Text)
}

func (s *Server) expire(*http.Request) (any, error) {
	a, err := s.archiving()
	if err != nil {
		return nil, err
	}
	if _, err := a.Rules(); err != nil {
		return nil, err
	}
	a.ExpireNow()
	return struct{}{}, nil
}

func (s *Server) recordQuery(v url.Values) (compliance.Query, error) {
	q := compliance.Query{Words: v.Get("words"), Limit: mostRecords}
	for _, room := range v["room"] {
		if r, err := s.rooms.FindRoom(room); err == nil {
			room = r.GUID
		} // else it is deleted, and named by its GUID
		q.Rooms = append(q.Rooms, room)
	}
	for _, who := range v["who"] {
		if p, err := s.dir.Find(who); err == nil {
			who = p.URI
		}
		q.People = append(q.People, who)
	}
	for _, kind := range v["kind"] {
		q.Kinds = append(q.Kinds, chat.EntryKind(kind))
	}
	for name, at := range map[string]*chat.Time{"from": &q.Since, "until": &q.Till} {
		if text := v.Get(name); text != "" {
			t, err := time.Parse(time.RFC3339, text)
			if err != nil {
				return q, chat.E(chat.KindInvalid, name+" is not a time")
			}
			*at = chat.At(t)
		}
	}
	for name, set := range map[string]func(n int){"after": func(n int) { q.After = chat.EntryID(n) }, "limit": func(n int) { q.Limit = min(cmp.Or(n, mostRecords), mostRecords) }} {
		if text := v.Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				return q, chat.E(chat.KindInvalid, name+" is not a number")
			}
			set(n)
		}
	}
	return q, nil
}

package admin

import (
	"net/http"
	"slices"
	"strings"

	"perch/chat"
	"perch/front/admin/api"
)

// contents are requests whose answers show what people said: they take an
// officer, or a broken glass.
var contents = map[string]bool{
	"GET /rooms/{room}/messages": true, "POST /rooms/{room}/search": true, "GET /export": true, "POST /archive/export": true,
}

// officers are requests about what is archived, handed on and kept.
var officers = map[string]bool{
	"PUT /compliance/{scope}": true, "DELETE /compliance/{scope}": true, "POST /archive/run": true, "POST /archive/redeliver": true,
	"POST /archive/acts": true, "POST /archive/expire": true,
}

// anybody are requests other than reads that every operator may make.
var anybody = map[string]bool{"POST /glass": true, "POST /categories/{name}/preview": true, "POST /groups/{who}/preview": true, "POST /free-memory": true}

// needed are the duties one of which a request takes.
func needed(pattern string) []chat.Duty {
	switch {
	case contents[pattern], officers[pattern]:
		return []chat.Duty{chat.Officer}
	case pattern == "POST /glass/{id}/approve", pattern == "GET /archive/records":
		return []chat.Duty{chat.Officer, chat.Auditor}
	case strings.HasPrefix(pattern, "GET "), anybody[pattern]:
		return chat.AllDuties()
	}
	return []chat.Duty{chat.Administrator}
}

// may refuses a request for which its operator lacks the duty.
func (s *Server) may(r *http.Request) error {
	who := chat.Operator(r.Context())
	need := needed(r.Pattern)
	for _, d := range s.settings.Duties(who) {
		if slices.Contains(need, d) {
			return nil
		}
	}
	if (contents[r.Pattern] || r.Pattern == "GET /archive/records") && s.settings.Broken(who) {
		return nil
	}
	if who == "" {
		who = "an unknown operator"
	}
	names := make([]string, len(need))
	for i, d := range need {
		names[i] = string(d)
	}
	text := who + " may not do that: it takes the duty " + strings.Join(names, " or ") + " (perch duty list)"
	if contents[r.Pattern] {
		text += ", or a second person in an emergency (perch duty break-glass)"
	}
	return chat.E(chat.KindForbidden, text)
}

// reads says whether a request's operator may read contents.
func (s *Server) reads(r *http.Request) bool {
	who := chat.Operator(r.Context())
	return slices.Contains(s.settings.Duties(who), chat.Officer) || s.settings.Broken(who)
}

func operatorOf(o *chat.OperatorDuties) api.Operator {
	out := api.Operator{Name: o.Name, Reason: o.Reason, Duties: []string{}}
	for _, d := range o.Duties {
		out.Duties = append(out.Duties, string(d))
	}
	return out
}

func glassOf(g *chat.Glass) api.Glass {
	return api.Glass{
		ID: g.Name, Operator: g.Operator, Reason: g.Reason, Asked: moment(g.Asked), Minutes: g.Minutes, Approver: g.Approver, Until: moment(g.Until),
	}
}

func (s *Server) listDuties(r *http.Request) (any, error) {
	out := api.Duties{You: chat.Operator(r.Context()), Operators: []api.Operator{}, Glasses: []api.Glass{}}
	for _, o := range s.settings.Operators() {
		out.Operators = append(out.Operators, operatorOf(&o))
	}
	for _, g := range s.settings.Glasses() {
		out.Glasses = append(out.Glasses, glassOf(&g))
	}
	return out, nil
}

func (s *Server) grantDuty(r *http.Request) (any, error) {
	in, err := read[api.DutyChange](r)
	if err != nil {
		return nil, err
	}
	if in.Operator, err = s.operator(in.Operator, in.Revoke); err != nil {
		return nil, err
	}
	if in.Revoke {
		return struct{}{}, s.settings.RevokeDuty(r.Context(), in.Operator, chat.Duty(in.Duty))
	}
	_, err = s.settings.GrantDuty(r.Context(), in.Operator, chat.Duty(in.Duty), in.Together)
	return struct{}{}, err
}

// operator completes an operator's name: a user is named by his address, and must
// be there to be given a duty.
func (s *Server) operator(name string, revoke bool) (string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if strings.HasPrefix(name, "os:") || !strings.Contains(name, "@") {
		return name, nil
	}
	p, err := s.dir.Find(name)
	switch {
	case err == nil && p.Kind == chat.KindUser:
		return p.URI, nil
	case revoke:
		return name, nil
	}
	return name, chat.E(chat.KindNoSuchPrincipal, "no user has the address "+name)
}

func (s *Server) askGlass(r *http.Request) (any, error) {
	in, err := read[api.Glass](r)
	if err != nil {
		return nil, err
	}
	g, err := s.settings.AskGlass(r.Context(), chat.Operator(r.Context()), in.Reason, in.Minutes)
	return glassOf(&g), err
}

func (s *Server) approveGlass(r *http.Request) (any, error) {
	g, err := s.settings.ApproveGlass(r.Context(), r.PathValue("id"), chat.Operator(r.Context()))
	return glassOf(&g), err
}

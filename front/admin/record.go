package admin

import (
	"context"
	"encoding/json"
	"net"
	"net/http"

	"perch/chat"
)

// ConnContext is http.Server.ConnContext: it names the account at the other end
// of the socket as the operator of all that comes over it.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	return chat.WithOperator(ctx, peerOf(c))
}

// command is the detail of a chat.EntryCommand.
type command struct {
	Request string              `json:"request"` // method and path
	Query   map[string][]string `json:"query,omitempty"`
	Refused string              `json:"refused,omitempty"`
}

// quiet are reads of how the server does and of what administrators have set,
// in which no message and no record of anybody's doing is seen. All other
// requests are on record.
var quiet = map[string]bool{
	"GET /users": true, "GET /users/{who}": true, "GET /groups": true, "GET /groups/{who}": true, "GET /categories": true,
	"GET /categories/{name}": true, "GET /rooms": true, "GET /rooms/{room}": true, "GET /eligible": true, "GET /policies": true,
	"GET /policies/{name}": true, "GET /users/{who}/policy": true, "GET /tokens": true, "GET /users/{who}/sessions": true, "GET /settings": true, "GET /settings/{scope}": true,
	"GET /compliance": true, "GET /compliance/{scope}": true, "GET /endpoints": true, "GET /pool": true, "GET /addins": true,
	"GET /addins/{name}": true, "GET /walls": true, "GET /walls/{name}": true, "GET /webhooks": true, "GET /explain": true, "GET /status": true,
	"GET /rights": true, "GET /archive": true, "GET /archive/rules": true, "GET /duties": true, "POST /free-memory": true, "POST /categories/{name}/preview": true, "POST /groups/{who}/preview": true,
}

// record puts a command into the journal, before it is answered. What it was
// given in its body is in the entries of what it changed.
func (s *Server) record(r *http.Request, refused error) error {
	if quiet[r.Pattern] {
		return nil
	}
	c := command{Request: r.Method + " " + r.URL.Path, Query: r.URL.Query()}
	if refused != nil {
		c.Refused = chat.TextOf(refused)
	}
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	e := chat.Entry{Kind: chat.EntryCommand, At: chat.At(s.cfg.Now()), Detail: string(b)}
	if r.Pattern == "GET /export" {
		e.Kind = chat.EntryExport
	}
	if _, err := s.store.Append(r.Context(), chat.Batch{Entries: []chat.Entry{e}}); err != nil {
		return chat.Wrap(chat.KindDatabase, "the command could not be recorded, so it is not answered", err)
	}
	return nil
}

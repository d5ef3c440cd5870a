package web

import (
	"context"
	"net/http"
	"strings"

	"perch/chat"
	"perch/front/web/api"
)

// permit says who may ask for an operation of the API.
type permit struct {
	// scope is what a token needs; empty: it takes a session, not a token.
	scope chat.TokenScope
	open  bool // without having signed in, too
}

var (
	forAnybody = permit{scope: chat.ScopeRead, open: true}
	forBrowser = permit{open: true} // by which one signs in
	forSession = permit{}
	forReaders = permit{scope: chat.ScopeRead}
	forPosters = permit{scope: chat.ScopePost}
	forManager = permit{scope: chat.ScopeManage}
)

// permits has every operation of api/openapi.yaml by its operationId. What a user
// keeps for himself (marks, drafts, feeds) counts as posting.
var permits = map[string]permit{
	"getSignIn":          forAnybody,
	"getSession":         forReaders,
	"createSession":      forBrowser,
	"deleteSession":      forSession,
	"changePassword":     forSession,
	"startProvider":      forBrowser,
	"finishProvider":     forBrowser,
	"listSessions":       forSession,
	"deleteOtherSession": forSession,
	"getPreferences":     forReaders,
	"setPreferences":     forPosters,
	"listTokens":         forSession,
	"createToken":        forSession,
	"deleteToken":        forSession,
	"listMyRooms":        forReaders,
	"setMyRoom":          forPosters,
	"listDrafts":         forReaders,
	"listInvitations":    forReaders,
	"listRooms":          forReaders,
	"createRoom":         forManager,
	"getRoom":            forReaders,
	"updateRoom":         forManager,
	"getRoles":           forReaders,
	"listParticipants":   forReaders,
	"explainRoom":        forReaders,
	"listCategories":     forReaders,
	"listEligible":       forReaders,
	"listAddins":         forReaders,
	"listMessages":       forReaders,
	"postMessage":        forPosters,
	"getProof":           forReaders,
	"markRead":           forPosters,
	"setDraft":           forPosters,
	"searchMessages":     forReaders,
	"listFeeds":          forReaders,
	"createFeed":         forPosters,
	"updateFeed":         forPosters,
	"deleteFeed":         forPosters,
	"listGathered":       forReaders,
	"listPeople":         forReaders,
	"getPresence":        forReaders,
	"listFiles":          forReaders,
	"createUpload":       forPosters,
	"getUpload":          forPosters,
	"continueUpload":     forPosters,
	"deleteUpload":       forPosters,
	"getFile":            forReaders,
	"downloadFile":       forReaders,
	"listWebhooks":       forManager,
	"createWebhook":      forManager,
	"deleteWebhook":      forManager,
	"openEvents":         forReaders,
}

// scopeOrder has the scopes, each of which holds those before it.
var scopeOrder = map[chat.TokenScope]int{chat.ScopeRead: 1, chat.ScopePost: 2, chat.ScopeManage: 3}

// mayAsk refuses an operation to who has not signed in, and to a token whose scope
// does not hold it. One that is not in the table takes a session.
func mayAsk(ctx context.Context, operation string) error {
	p := permits[operation]
	id, err := caller(ctx)
	switch {
	case err != nil && p.open:
		return nil
	case err != nil:
		return err
	case id.pass.Kind == chat.PassSession:
		return nil
	case p.scope == "":
		return chat.E(chat.KindForbidden, "that cannot be done with a token: sign in")
	case scopeOrder[id.pass.Scope] < scopeOrder[p.scope]:
		return chat.E(chat.KindForbidden, "that takes a token with the scope "+string(p.scope)+", this one has "+string(id.pass.Scope))
	}
	return nil
}

// checkScope is mayAsk for the operations of the generated server.
func checkScope(next api.StrictHandlerFunc, operation string) api.StrictHandlerFunc {
	operation = strings.ToLower(operation[:1]) + operation[1:]
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request, request any) (any, error) {
		if err := mayAsk(ctx, operation); err != nil {
			return nil, err
		}
		if _, token := bearer(r); token && permits[operation].scope == "" {
			return nil, chat.E(chat.KindForbidden, "that cannot be done with a token")
		}
		return next(ctx, w, r, request)
	}
}

// permitted is mayAsk for operations that are served by hand.
func (s *Server) permitted(operation string, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := mayAsk(r.Context(), operation); err != nil {
			s.refuse(w, r, err)
			return
		}
		next(w, r)
	})
}

// maxJSON bounds the body of a request of the generated server: a room with
// thousands of members fits.
const maxJSON = 1 << 20

// onlyJSON refuses bodies that are something else: a form of another website could
// send those without being asked first.
func (s *Server) onlyJSON(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
		if r.ContentLength != 0 && !strings.EqualFold(strings.TrimSpace(kind), "application/json") {
			s.refuse(w, r, chat.E(chat.KindNotSupported, "the body of a request is application/json"))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxJSON)
		next.ServeHTTP(w, r)
	})
}

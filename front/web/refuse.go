package web

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"perch/chat"
	"perch/front/web/api"
)

// refusal is how a kind of error is answered.
type refusal struct {
	status int
	code   string
}

// refusals has every kind (RFC 9110 15.5).
var refusals = map[chat.Kind]refusal{
	chat.KindUnknown:            {http.StatusInternalServerError, "internal"},
	chat.KindDatabase:           {http.StatusServiceUnavailable, "unavailable"},
	chat.KindCollision:          {http.StatusConflict, "collision"},
	chat.KindDuplicateName:      {http.StatusConflict, "duplicate-name"},
	chat.KindInvalid:            {http.StatusBadRequest, "invalid"},
	chat.KindNoParticipantList:  {http.StatusForbidden, "no-participant-list"},
	chat.KindLimit:              {http.StatusUnprocessableEntity, "limit"},
	chat.KindNotSupported:       {http.StatusBadRequest, "not-supported"},
	chat.KindDisabled:           {http.StatusForbidden, "disabled"},
	chat.KindHierarchy:          {http.StatusBadRequest, "hierarchy"},
	chat.KindForbidden:          {http.StatusForbidden, "forbidden"},
	chat.KindNoSuchRoom:         {http.StatusNotFound, "no-such-room"},
	chat.KindNoSuchPrincipal:    {http.StatusNotFound, "no-such-principal"},
	chat.KindCannotCreate:       {http.StatusForbidden, "cannot-create"},
	chat.KindNotJoined:          {http.StatusForbidden, "not-joined"},
	chat.KindInvalidToken:       {http.StatusForbidden, "invalid-token"},
	chat.KindAlreadyDefined:     {http.StatusConflict, "already-defined"},
	chat.KindNotInScope:         {http.StatusUnprocessableEntity, "not-in-scope"},
	chat.KindPresenterNotMember: {http.StatusUnprocessableEntity, "presenter-not-member"},
	chat.KindDuplicateAddin:     {http.StatusConflict, "duplicate-addin"},
	chat.KindTooLarge:           {http.StatusRequestEntityTooLarge, "too-large"},
	chat.KindBusy:               {http.StatusServiceUnavailable, "busy"},
	chat.KindNoSuchCategory:     {http.StatusNotFound, "no-such-category"},
	chat.KindNotEmpty:           {http.StatusConflict, "not-empty"},
	chat.KindNoSuchObject:       {http.StatusNotFound, "no-such-object"},
}

// retryAfter is when a busy server may be asked again, in seconds.
const retryAfter = 2

// refuse answers a request with an error.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	kind := chat.KindOf(err)
	how := refusals[kind]
	switch {
	case errors.Is(err, errSignIn):
		how = refusal{http.StatusUnauthorized, "not-signed-in"}
		w.Header().Set("WWW-Authenticate", "Bearer")
	case kind == chat.KindLimit && chat.WaitOf(err) > 0:
		how.status = http.StatusTooManyRequests
	}
	answer := api.Error{Error: chat.TextOf(err), Code: how.code}
	if how.status == http.StatusInternalServerError || kind == chat.KindDatabase {
		s.cfg.Log.Error("a web request failed", slog.String("request", r.Method+" "+r.URL.Path), slog.Any("error", err))
	}
	if how.status == http.StatusServiceUnavailable || how.status == http.StatusTooManyRequests {
		wait := retryAfter
		if w := chat.WaitOf(err); w > 0 {
			wait = int((w + time.Second - 1) / time.Second)
		}
		answer.RetryAfter = &wait
		w.Header().Set("Retry-After", strconv.Itoa(wait))
	}
	s.answer(w, how.status, answer)
}

// malformed answers a request that is not as the API describes it.
func (s *Server) malformed(w http.ResponseWriter, r *http.Request, err error) {
	s.refuse(w, r, chat.E(chat.KindInvalid, "the request is not as api/openapi.yaml has it: "+err.Error()))
}

// answer writes JSON.
func (s *Server) answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		s.cfg.Log.Debug("the web client went away", slog.Any("error", err))
	}
}

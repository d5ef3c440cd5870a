package web

import (
	"errors"
	"io"
	"log/slog"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"perch/chat"
	"perch/webhook"
)

// maxPayload bounds what a program posts at a time, in bytes.
const maxPayload = 256 << 10

// Hooks serves incoming webhooks under HooksPath, as Slack answers them. It takes
// no cookie: the secret in the path is all.
func Hooks(hooks *webhook.Service, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+HooksPath+"{secret}", func(w http.ResponseWriter, r *http.Request) {
		err := receive(hooks, w, r)
		if err != nil {
			refuseHook(w, log, err)
			return
		}
		answerHook(w, http.StatusOK, "ok")
	})
	mux.HandleFunc(HooksPath, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			answerHook(w, http.StatusMethodNotAllowed, "post_only")
			return
		}
		answerHook(w, http.StatusNotFound, "no_service")
	})
	return mux
}

func receive(hooks *webhook.Service, w http.ResponseWriter, r *http.Request) error {
	secret := r.PathValue("secret")
	if err := hooks.Admit(secret); err != nil {
		return err
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return chat.E(chat.KindTooLarge, "the payload is larger than 256 KiB")
		}
		return chat.E(chat.KindInvalid, "the request was cut short")
	}
	text, err := payloadOf(r.Header.Get("Content-Type"), b)
	if err != nil {
		return err
	}
	p, err := webhook.ParsePayload(text)
	if err != nil {
		return err
	}
	_, err = hooks.Receive(r.Context(), secret, &p, r.Header.Get("Idempotency-Key"))
	return err
}

// payloadOf finds the JSON in a body: all of it, or a form's field. curl -d calls
// JSON a form unless it is told otherwise.
func payloadOf(contentType string, body []byte) ([]byte, error) {
	kind, _, _ := mime.ParseMediaType(contentType) // one that cannot be read is none
	if kind != "application/x-www-form-urlencoded" || strings.HasPrefix(strings.TrimSpace(string(body)), "{") {
		return body, nil
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || !form.Has("payload") {
		return nil, chat.E(chat.KindInvalid, "the form has no field payload")
	}
	return []byte(form.Get("payload")), nil
}

// hookRefusals are Slack's words for why a webhook's post is not taken.
var hookRefusals = map[chat.Kind]refusal{
	chat.KindInvalid:      {http.StatusBadRequest, "invalid_payload"},
	chat.KindLimit:        {http.StatusBadRequest, "too_many_attachments"},
	chat.KindTooLarge:     {http.StatusRequestEntityTooLarge, "msg_too_long"},
	chat.KindNoSuchObject: {http.StatusNotFound, "no_service"},
	chat.KindNoSuchRoom:   {http.StatusNotFound, "channel_not_found"},
	chat.KindDisabled:     {http.StatusGone, "channel_is_archived"},
	chat.KindForbidden:    {http.StatusForbidden, "action_prohibited"},
	chat.KindCollision:    {http.StatusConflict, "idempotency_key_reused"},
	chat.KindBusy:         {http.StatusServiceUnavailable, "unavailable"},
	chat.KindDatabase:     {http.StatusServiceUnavailable, "unavailable"},
}

// refuseHook answers as Slack does.
func refuseHook(w http.ResponseWriter, log *slog.Logger, err error) {
	how, known := hookRefusals[chat.KindOf(err)]
	limited, tooFast := errors.AsType[*webhook.Limited](err)
	switch {
	case tooFast:
		how = refusal{http.StatusTooManyRequests, "rate_limited"}
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(limited.After.Seconds()))))
	case errors.Is(err, webhook.ErrNoText):
		how = refusal{http.StatusBadRequest, "no_text"}
	case !known:
		how = refusal{http.StatusInternalServerError, "rollup_error"}
		log.Error("an incoming webhook failed", slog.Any("error", err))
	case how.status == http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	answerHook(w, how.status, how.code)
}

func answerHook(w http.ResponseWriter, status int, word string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, word) // the program may have gone
}

package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"perch/chat"
)

// Bounds of one delivery.
const (
	sendTime    = 10 * time.Second // for the whole exchange
	answerBytes = 64 << 10
)

// sender sends to one receiver. It follows no redirect and asks no proxy, and
// connects only where it may.
type sender struct {
	client *http.Client
	broken error // the receiver is not allowed any more
}

func (s *Service) newSender(address string) (*sender, error) {
	rule, err := s.cfg.Hosts.rule(address)
	if err != nil {
		return &sender{broken: err}, nil //nolint:nilerr // it is told when something is to be sent
	}
	dial := s.cfg.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: sendTime, Control: s.cfg.Hosts.control(rule)}).DialContext
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.cfg.TLS != nil {
		config = s.cfg.TLS.Clone()
	}
	return &sender{client: &http.Client{
		Timeout: sendTime,
		Transport: &http.Transport{
			DialContext: dial, TLSClientConfig: config, MaxIdleConns: 1, MaxConnsPerHost: 1, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: answerBytes, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// outgoing is what is sent: the fields of Slack's outgoing webhooks but the
// token, in whose place there is a signature, and ours.
type outgoing struct {
	TeamDomain  string `json:"team_domain"`
	ChannelID   string `json:"channel_id"`
	ChannelName string `json:"channel_name"`
	Timestamp   string `json:"timestamp"`
	UserID      string `json:"user_id"`
	UserName    string `json:"user_name"`
	Text        string `json:"text"`
	TriggerWord string `json:"trigger_word,omitempty"`

	Room       string         `json:"room"`
	RoomName   string         `json:"room_name"`
	Message    chat.MessageID `json:"message"`
	Author     string         `json:"author"`
	AuthorURI  string         `json:"author_uri"`
	AuthorName string         `json:"author_name"`
	At         time.Time      `json:"at"`
	Alert      bool           `json:"alert"`
}

// Sign is the value of X-Perch-Signature: of the timestamp and the body as they
// are sent, with a dot between them, by HMAC-SHA256 (RFC 2104).
func Sign(key []byte, timestamp string, body []byte) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(timestamp))
	m.Write([]byte("."))
	m.Write(body)
	return "sha256=" + hex.EncodeToString(m.Sum(nil))
}

// failure is an attempt that did not get through.
type failure struct {
	why   string
	after time.Duration // the receiver asks to wait that long; zero: it does not
	final bool          // this post will never get through
}

func (f *failure) Error() string { return f.why }

// send makes one attempt. An error is a *failure, or the context's.
func (h *hook) send(ctx context.Context, body []byte, delivery string, now time.Time) (answer string, err error) {
	if h.sender.broken != nil {
		return "", &failure{why: chat.TextOf(h.sender.broken)}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return "", &failure{why: "the receiver's address cannot be used"}
	}
	at := strconv.FormatInt(now.Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Perch-Webhook/1")
	req.Header.Set("X-Perch-Timestamp", at)
	req.Header.Set("X-Perch-Signature", Sign(h.key, at, body))
	req.Header.Set("X-Perch-Delivery", delivery)
	resp, err := h.sender.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", &failure{why: reasonOf(err)}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, answerBytes))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return "", refusalOf(resp)
	}
	if err != nil {
		return "", nil //nolint:nilerr // the status says that it has the post
	}
	return textOf(b), nil
}

// textOf is what an answer wants posted.
func textOf(body []byte) string {
	var a struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(body, &a) != nil {
		return "" // most receivers say "ok", or nothing
	}
	return a.Text
}

// reasonOf says why nothing came back, without the address, which may hold a secret.
func reasonOf(err error) string {
	if ours, ok := errors.AsType[*chat.Error](err); ok {
		return ours.Text
	}
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return fmt.Sprintf("the receiver did not answer in %s", sendTime)
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "the receiver's name cannot be resolved: " + dns.Err
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return "the receiver cannot be reached: " + err.Error()
}

// refusalOf is a status that is no success.
func refusalOf(resp *http.Response) *failure {
	f := &failure{why: "the receiver answered " + resp.Status}
	switch code := resp.StatusCode; {
	case code >= 300 && code < 400:
		f.why += ": redirects are not followed"
	case code == http.StatusBadRequest || code == http.StatusRequestEntityTooLarge || code == http.StatusUnsupportedMediaType || code == http.StatusUnprocessableEntity:
		f.final = true // the post itself is what it does not want
	}
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
		f.after = time.Duration(min(n, int(longestPause/time.Second))) * time.Second
	}
	return f
}

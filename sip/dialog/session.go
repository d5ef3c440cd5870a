package dialog

import (
	"strconv"
	"time"

	"perch/sip"
)

// MinSession is the shortest session interval that we agree to when a peer
// proposes one (RFC 4028 5).
const MinSession = 90 * time.Second

// Session is a session timer (RFC 4028). The zero value is none.
type Session struct {
	Interval  time.Duration // whole seconds; 0: no timer
	Ours      bool          // we refresh, the peer does not
	refreshed time.Time
}

// Negotiate answers the session timer of a request that begins or refreshes a
// session (RFC 4028 9). want is our interval: it stands when the peer names
// none, and else the shorter one counts, though never less than the peer's
// Min-SE. A zero want takes what the peer names. If ok is false the proposal
// is below MinSession: refuse with 422 and MinSE.
//
// The peer refreshes unless it asks us to: SIPE 7.1 does so without announcing
// the extension, against table 2 of RFC 4028.
func Negotiate(req *sip.Message, want time.Duration, now time.Time) (s Session, ok bool) {
	value := req.Get("session-expires")
	proposed := seconds(value)
	interval := want.Truncate(time.Second)
	if proposed > 0 {
		if proposed < MinSession && req.Has("supported", "timer") {
			return Session{}, false
		}
		proposed = max(proposed, MinSession)
		if interval == 0 || proposed < interval {
			interval = proposed
		}
	}
	if interval > 0 {
		interval = max(interval, seconds(req.Get("min-se")))
	}
	refresher, _ := sip.Param(value, "refresher")
	return Session{Interval: interval, Ours: interval > 0 && string(refresher) == "uas", refreshed: now}, true
}

// MinSE is the header of a 422.
func MinSE() sip.Header {
	return sip.Header{Name: "Min-SE", Value: strconv.Itoa(int(MinSession / time.Second))}
}

// Header is the Session-Expires header for our response, or for our request
// (inRequest): "uac" in it is whoever sent the request. Without a timer its
// Value is empty and nothing is to be printed.
func (s Session) Header(inRequest bool) sip.Header {
	h := sip.Header{Name: "Session-Expires"}
	if s.Interval > 0 {
		refresher := ";refresher=uas"
		if s.Ours == inRequest {
			refresher = ";refresher=uac"
		}
		h.Value = strconv.Itoa(int(s.Interval/time.Second)) + refresher
	}
	return h
}

// Refresh starts the interval anew.
func (s *Session) Refresh(now time.Time) { s.refreshed = now }

// RefreshAt is when we should refresh, half the interval on (RFC 4028 7.2);
// zero: never, it is the peer's task or there is no timer.
func (s *Session) RefreshAt() time.Time {
	if s.Interval == 0 || !s.Ours {
		return time.Time{}
	}
	return s.refreshed.Add(s.Interval / 2)
}

// ExpiresAt is when a session that was not refreshed is over; zero: never.
// RFC 4028 10 asks for a BYE up to 32 seconds before. Neither is done here:
// SIPE 7.1 refreshes only 10 seconds before, and a BYE would end the client's
// chat for good (SIPE 7.3). The dialog is dropped, and what comes later is
// answered 481.
func (s *Session) ExpiresAt() time.Time {
	if s.Interval == 0 {
		return time.Time{}
	}
	return s.refreshed.Add(s.Interval)
}

// seconds reads delta-seconds at the start of a value; what is no number is 0,
// what is beyond ten years is ten years.
func seconds(value []byte) time.Duration {
	const most = 10 * 365 * 24 * 3600
	n := 0
	for _, c := range value {
		if c < '0' || c > '9' {
			break
		}
		n = min(n*10+int(c-'0'), most)
	}
	return time.Duration(n) * time.Second
}

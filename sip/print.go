package sip

import (
	"bytes"
	"strconv"
)

// AppendHeader appends one header line. Line breaks in the value, which would
// begin a header of the sender's choosing, become blanks.
func AppendHeader(dst []byte, name, value string) []byte {
	dst = append(append(dst, name...), ": "...)
	start := len(dst)
	dst = append(dst, value...)
	blankBreaks(dst[start:])
	return append(dst, '\r', '\n')
}

func blankBreaks(b []byte) {
	if bytes.IndexByte(b, '\r') < 0 && bytes.IndexByte(b, '\n') < 0 {
		return
	}
	for i, c := range b {
		if c == '\r' || c == '\n' {
			b[i] = ' '
		}
	}
}

// AppendStatusLine appends a status line; an empty reason is the standard phrase.
func AppendStatusLine(dst []byte, status int, reason string) []byte {
	if reason == "" {
		reason = ReasonPhrase(status)
	}
	dst = append(dst, "SIP/2.0 "...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	dst = append(dst, ' ')
	for i := range len(reason) {
		if c := reason[i]; c >= ' ' {
			dst = append(dst, c)
		}
	}
	return append(dst, '\r', '\n')
}

// AppendResponseHead appends the status line and the headers that a response
// takes from its request (RFC 3261 8.2.6.2), as they stood there: every Via,
// From, To (with toTag, if it had no tag), Call-ID, CSeq, and Record-Route if
// the response makes a dialog.
func AppendResponseHead(dst []byte, req *Message, status int, reason, toTag string) []byte {
	dst = AppendStatusLine(dst, status, reason)
	return AppendEcho(dst, req, toTag, status > 100 && status < 300)
}

// AppendEcho appends what AppendResponseHead takes from the request; routes
// says whether Record-Route is among it.
func AppendEcho(dst []byte, req *Message, toTag string, routes bool) []byte {
	for v := range req.All("via") {
		dst = appendLine(dst, "Via: ", v)
	}
	dst = appendLine(dst, "From: ", req.From)
	dst = appendLine(dst, "To: ", req.To)
	if toTag != "" && Tag(req.To) == nil {
		dst = append(append(dst[:len(dst)-2], ";tag="...), toTag...)
		dst = append(dst, '\r', '\n')
	}
	dst = appendLine(dst, "Call-ID: ", req.CallID)
	dst = appendLine(dst, "CSeq: ", req.CSeq)
	if routes {
		for v := range req.All("record-route") {
			dst = appendLine(dst, "Record-Route: ", v)
		}
	}
	return dst
}

// AppendResponse appends a whole response.
func AppendResponse(dst []byte, req *Message, status int, reason, toTag string, headers []Header, body []byte) []byte {
	dst = AppendResponseHead(dst, req, status, reason, toTag)
	for _, h := range headers {
		dst = AppendHeader(dst, h.Name, h.Value)
	}
	return AppendEnd(dst, body)
}

// AppendEnd appends Content-Length, the empty line and the body.
func AppendEnd(dst, body []byte) []byte {
	dst = append(dst, "Content-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(body)), 10)
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, body...)
}

// appendLine appends a header line whose value was received.
func appendLine(dst []byte, name string, value []byte) []byte {
	dst = append(dst, name...)
	start := len(dst)
	dst = append(dst, value...)
	blankBreaks(dst[start:])
	return append(dst, '\r', '\n')
}

// ReasonPhrase is the standard phrase of a status code.
func ReasonPhrase(status int) string {
	if p, ok := phrases[status]; ok {
		return p
	}
	switch status / 100 {
	case 1:
		return "Session Progress"
	case 2:
		return "OK"
	case 3:
		return "Moved"
	case 4:
		return "Client Error"
	case 5:
		return "Server Error"
	}
	return "Global Failure"
}

// phrases are the reason phrases of RFC 3261 21, 3265, 4028, 6086 and others.
var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 183: "Session Progress",
	200: "OK", 202: "Accepted", 204: "No Notification",
	300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy", 380: "Alternative Service",
	400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
	405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
	409: "Conflict", 410: "Gone", 412: "Conditional Request Failed", 413: "Request Entity Too Large",
	414: "Request-URI Too Long", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension",
	421: "Extension Required", 422: "Session Interval Too Small", 423: "Interval Too Brief", 440: "Max-Breadth Exceeded",
	469: "Bad Info Package", 480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
	483: "Too Many Hops", 484: "Address Incomplete", 485: "Ambiguous", 486: "Busy Here", 487: "Request Terminated",
	488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending", 493: "Undecipherable", 494: "Security Agreement Required",
	500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
	504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large", 580: "Precondition Failure",
	600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}

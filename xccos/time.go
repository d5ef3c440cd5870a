package xccos

import (
	"strings"
	"time"
)

// timeLayout is the server's form: UTC with seven fractional digits (XCCOS 2).
const timeLayout = "2006-01-02T15:04:05.0000000Z"

// appendTime appends an attribute with a time.
func appendTime(dst []byte, name string, t time.Time) []byte {
	dst = append(append(append(dst, ' '), name...), `="`...)
	dst = t.UTC().AppendFormat(dst, timeLayout)
	return append(dst, '"')
}

// ParseTime reads a client's time: ISO 8601 with up to seven fractional
// digits; without a zone it is UTC.
func ParseTime(s string) (time.Time, error) {
	if s != "" && !strings.ContainsAny(s[max(0, len(s)-6):], "Zz+-") {
		s += "Z"
	}
	return time.Parse(time.RFC3339Nano, s)
}

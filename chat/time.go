package chat

import "time"

// Time is a point in time in microseconds since 1970 UTC, as stores keep it.
type Time int64

// At converts t to a Time, cutting what is finer than a microsecond.
func At(t time.Time) Time { return Time(t.UnixMicro()) }

// Std is the same instant as a standard UTC time.
func (t Time) Std() time.Time { return time.UnixMicro(int64(t)).UTC() }

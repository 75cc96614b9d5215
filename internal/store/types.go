package store

import "time"

// micros is a moment as microseconds since the epoch, UTC: the same integer in every dialect, which sorts and compares
// as it is. Zero is "never".
type micros int64

func toMicros(t time.Time) micros {
	if t.IsZero() {
		return 0
	}
	return micros(t.UnixMicro())
}

// Time returns the moment in UTC, the zero time for zero.
func (m micros) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(m)).UTC()
}

package ledger

import (
	"fmt"
	"time"
)

// Time is a moment in UTC, in milliseconds since 1970-01-01T00:00:00Z. Its text
// is RFC 3339 with exactly three digits of a second.
type Time int64

const timeLayout = "2006-01-02T15:04:05.000Z"

// TimeOf cuts t to milliseconds.
func TimeOf(t time.Time) Time { return Time(t.UnixMilli()) }

func (t Time) Time() time.Time              { return time.UnixMilli(int64(t)).UTC() }
func (t Time) String() string               { return t.Time().Format(timeLayout) }
func (t Time) IsZero() bool                 { return t == 0 }
func (t Time) Add(d time.Duration) Time     { return t + Time(d.Milliseconds()) }
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

func (t *Time) UnmarshalText(b []byte) error {
	v, err := time.Parse(timeLayout, string(b))
	if err != nil {
		return fmt.Errorf("%q is not a time like 2026-06-03T07:30:00.000Z", b)
	}
	*t = TimeOf(v)
	return nil
}

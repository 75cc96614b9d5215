// Package citytime is what a service takes from the world around it and a test hands in: the time, and new IDs. It also
// knows the one time zone in which the city's days are counted. Start reading at Clock.
package citytime

import (
	"time"

	"github.com/google/uuid"
)

// Zone is where the city lies. China has one and no summer time, so that no table of zones is needed.
var Zone = time.FixedZone("Asia/Shanghai", 8*3600)

// Clock is embedded by every service. The zero Clock is that of the machine; a test sets its fields.
type Clock struct {
	Now   func() time.Time // default time.Now
	NewID func() string    // default UUIDv7, which sorts in the order of time
}

// Time is the present moment.
func (c Clock) Time() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// ID is a new ID, unlike any other.
func (c Clock) ID() string {
	if c.NewID != nil {
		return c.NewID()
	}
	return uuid.Must(uuid.NewV7()).String()
}

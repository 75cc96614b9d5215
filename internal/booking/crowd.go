package booking

import (
	"context"
	"strings"
	"time"
)

// Tally counts how much comes from one place within a time, on all replicas together.
type Tally interface {
	Add(ctx context.Context, key string, n int, within time.Duration) (int, error)
}

// taking is a thing of which one network has so much in a time: a school's many phones share one, and somebody who is as many
// visitors as they like has no more.
type taking struct {
	name   string
	times  int // of what the rules allow in a day
	within time.Duration
}

// What is counted: appointments, slots that are kept while somebody chooses, and waits for a place.
var (
	books = taking{"book", 1, 24 * time.Hour}
	holds = taking{"hold", 2, 10 * time.Minute}
	waits = taking{"wait", 1, 24 * time.Hour}
)

// takes counts one more from a network, and says whether that is not too many; giveBack takes it off again. Where nobody can
// count just now, nobody is turned away.
func (s *Service) takes(ctx context.Context, network string, t taking) (ok bool, giveBack func()) {
	if network == "" || s.Tally == nil {
		return true, func() {}
	}
	key := "booking:" + t.name + ":" + network
	n, err := s.Tally.Add(ctx, key, 1, t.within)
	if err != nil {
		return true, func() {}
	}
	return n <= t.times*s.Directory().Rules().Network, func() {
		_, _ = s.Tally.Add(context.WithoutCancel(ctx), key, -1, t.within) // one too many is missed by nobody
	}
}

// phone is the number of the station of a slot, or of the station itself, for whoever cannot book here.
func (s *Service) phone(id string) string {
	stationID, _, _ := strings.Cut(id, "@")
	if st, ok := s.Directory().Station(stationID); ok && st.Phone != "" {
		return st.Name + " " + st.Phone
	}
	return "12355"
}

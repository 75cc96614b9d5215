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

// onePlace is how many places of a station's day one network takes, or keeps at a time: the others are for other families.
const onePlace = 6

// takesOf is takes for a place of a station's day, which has a bound of its own.
func (s *Service) takesOf(ctx context.Context, network, slotID string, t taking) (ok bool, giveBack func()) {
	ok, all := s.takes(ctx, network, t)
	day := slotID[:max(0, len(slotID)-len("1504"))]
	if network == "" || s.Tally == nil || !ok {
		return ok, all
	}
	key := "booking:" + t.name + ":" + network + ":" + day
	n, err := s.Tally.Add(ctx, key, 1, t.within)
	if err != nil {
		return true, all
	}
	return n <= onePlace, func() {
		all()
		_, _ = s.Tally.Add(context.WithoutCancel(ctx), key, -1, t.within)
	}
}

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

// door asks whether somebody of whom nothing is known may book once more.
func (s *Service) door(ctx context.Context, personID, network string) (leave func(), asks error) {
	if s.Door == nil {
		return func() {}, nil
	}
	return s.Door(ctx, personID, network)
}

// phone is the number of the station of a slot, or of the station itself, for whoever cannot book here.
func (s *Service) phone(id string) string {
	stationID, _, _ := strings.Cut(id, "@")
	if st, ok := s.Directory().Station(stationID); ok && st.Phone != "" {
		return st.Name + " " + st.Phone
	}
	return "12355"
}

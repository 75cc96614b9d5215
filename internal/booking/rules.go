package booking

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Why somebody may not book a slot that is free.
var (
	ErrOverlap  = errors.New("booking: the person has another appointment in that time")
	ErrMany     = errors.New("booking: the person has as many appointments to come as anybody may have")
	ErrMissed   = errors.New("booking: the person did not come several times, and has an appointment to come")
	ErrCrowded  = errors.New("booking: as many appointments were made from this network as one may make in a day")
	ErrGuardian = errors.New("booking: a pupil under 14 needs a guardian who agrees")
	ErrConsent  = errors.New("booking: the person did not agree that it is kept, or nobody knows whether they are 14")
)

// Rules are what editors allow everybody: how many appointments to come, and one only for who did not come Missed times
// within Days, so that others find a place too; how many minutes a slot is kept for somebody who is choosing it; and how many
// appointments come from one network in a day on the web, where anybody can be any number of people. What is not written is usual.
type Rules struct {
	Upcoming int `yaml:"upcoming"`
	Missed   int `yaml:"missed"`
	Days     int `yaml:"days"`
	Hold     int `yaml:"hold"`
	Network  int `yaml:"network"`
}

var usual = Rules{Upcoming: 3, Missed: 2, Days: 90, Hold: 5, Network: 60}

// Rules are those of the directory.
func (d *Directory) Rules() Rules {
	return Rules{cmp.Or(d.rules.Upcoming, usual.Upcoming), cmp.Or(d.rules.Missed, usual.Missed), cmp.Or(d.rules.Days, usual.Days), cmp.Or(d.rules.Hold, usual.Hold), cmp.Or(d.rules.Network, usual.Network)}
}

func (r Rules) check(bad func(key, hint, format string, args ...any)) {
	for _, c := range []struct {
		key       string
		n, at, to int
	}{{"upcoming", r.Upcoming, 1, 20}, {"missed", r.Missed, 1, 20}, {"days", r.Days, 1, 366}, {"hold", r.Hold, 1, 30}, {"network", r.Network, 10, 10_000}} {
		if c.n != 0 && (c.n < c.at || c.n > c.to) {
			bad(c.key, fmt.Sprintf("写 %d 到 %d 的数；不写就照平常的", c.at, c.to), "%d 不行", c.n)
		}
	}
}

// longest is the longest slot that a station may have, usualLength what is taken for a station that is no more.
const (
	longest     = 3 * time.Hour
	usualLength = time.Hour
)

// mayBook says why a person may not have a slot; except is the appointment that moves there, "" for a new one. In a
// transaction it locks the person, so that two bookings at once count each other.
func (s *Service) mayBook(ctx context.Context, personID string, slot Slot, except string) error {
	now, rules := s.Time(), s.Directory().Rules()
	mine, err := s.Store.Upcoming(ctx, personID, now.Add(-longest))
	if err != nil {
		return err
	}
	coming := 0
	for _, a := range mine {
		if a.ID == except {
			continue
		}
		if a.Start.Before(slot.End()) && s.ends(a).After(slot.Start) {
			return ErrOverlap
		}
		if a.Start.After(now) {
			coming++
		}
	}
	switch {
	case except != "" || coming == 0:
		return nil
	case coming >= rules.Upcoming:
		return ErrMany
	}
	missed, err := s.Store.Missed(ctx, personID, now.AddDate(0, 0, -rules.Days))
	if err == nil && missed >= rules.Missed {
		err = ErrMissed
	}
	return err
}

// ends is when an appointment ends.
func (s *Service) ends(a Appointment) time.Time {
	if st, ok := s.Directory().Station(a.Station); ok {
		return Slot{st, a.Start}.End()
	}
	return a.Start.Add(usualLength)
}

// Consent says why somebody may book who is not known to be an adult: nobody under 14 does without a guardian
// (个人信息保护法 art. 31). Who knows is Service.Consent.
type Consent string

// The consents. Whoever says that they are a parent or a teacher has none.
const (
	OfAge          Consent = "14"       // 14 or older
	GuardianAgreed Consent = "guardian" // a guardian agreed; the station asks again
)

// Words is what a consent says, "" for none.
func (c Consent) Words() string {
	switch c {
	case OfAge:
		return "本人说已满 14 岁"
	case GuardianAgreed:
		return "没满 14 岁，监护人同意了"
	}
	return ""
}

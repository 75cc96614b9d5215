package booking

import (
	"context"
	"errors"
	"time"
)

// Why somebody may not book a slot that is free.
var (
	ErrOverlap  = errors.New("booking: the person has another appointment in that time")
	ErrMany     = errors.New("booking: the person has as many appointments to come as anybody may have")
	ErrMissed   = errors.New("booking: the person did not come several times, and has an appointment to come")
	ErrGuardian = errors.New("booking: a pupil under 14 needs a guardian who agrees")
)

// maxUpcoming is how many appointments a person may have to come; who did not come maxMissed times within missedFor may have
// one, so that others find a place too.
const (
	maxUpcoming = 3
	maxMissed   = 2
	missedFor   = 90 * 24 * time.Hour
)

// longest is the longest slot that a station may have, usualLength what is taken for a station that is no more.
const (
	longest     = 3 * time.Hour
	usualLength = time.Hour
)

// mayBook says why a person may not have a slot; except is the appointment that moves there, "" for a new one. In a
// transaction it locks the person, so that two bookings at once count each other.
func (s *Service) mayBook(ctx context.Context, personID string, slot Slot, except string) error {
	now := s.now()
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
	case coming >= maxUpcoming:
		return ErrMany
	}
	missed, err := s.Store.Missed(ctx, personID, now.Add(-missedFor))
	if err == nil && missed >= maxMissed {
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

// Consent says why a pupil may book: nobody under 14 does without a guardian (个人信息保护法 art. 31).
type Consent string

// pupil is the audience that is asked for a consent.
const pupil = "student"

// The consents. Whoever is no pupil needs none.
const (
	OfAge          Consent = "14"       // 14 or older
	GuardianAgreed Consent = "guardian" // an adult beside them agreed; the station asks again
)

// allows says whether a consent is enough for who speaks.
func (c Consent) allows(audience string) error {
	if audience == pupil && c != OfAge && c != GuardianAgreed {
		return ErrGuardian
	}
	return nil
}

// Words is what a consent says, "" for none.
func (c Consent) Words() string {
	switch c {
	case OfAge:
		return "本人说已满 14 岁"
	case GuardianAgreed:
		return "本人说没满 14 岁，身边的大人同意了"
	}
	return ""
}

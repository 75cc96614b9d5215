package main

import (
	"context"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// openConsents makes the service of consents, and lets the services that keep something ask it.
func (a *App) openConsents() {
	a.consents = &consent.Service{
		Store: a.db.Consents(), Texts: func() *consent.Texts { return a.library.Current().Consents }, People: a.db.People(), Outbox: a.db.Outbox(), Clock: citytime.Clock{Now: a.now},
		Proves: func(channelName string) bool { return channelName != web.ChannelName },
		Keepers: map[consent.Purpose]consent.Keeper{
			consent.Letters: a.db.Consents().EraseLetters, consent.Checks: a.db.Consents().EraseChecks, consent.Booking: a.endBookings,
		},
	}
	a.bookings.Consent = a.mayBook
	a.surveys.Aged = a.aged
}

// consented says whether something may be kept of a person.
func (a *App) consented(ctx context.Context, personID, audience, purpose, shown string) (bool, error) {
	return a.consents.Allow(ctx, personID, audience, consent.Purpose(purpose), shown)
}

// mayBook says by which consent a person books.
func (a *App) mayBook(ctx context.Context, personID, audience string) (booking.Consent, error) {
	st, err := a.consents.Standing(ctx, personID, audience, consent.Booking)
	switch {
	case err != nil:
		return "", err
	case st.Lack == consent.LackGuardian:
		return "", booking.ErrGuardian
	case st.Lack != consent.Nothing:
		return "", booking.ErrConsent
	case st.Age.Band(a.now()) == consent.Under14:
		return booking.GuardianAgreed, nil
	case audience == string(person.Student):
		return booking.OfAge, nil
	}
	return "", nil
}

// aged writes down how old somebody says they are in a self-check. Parents and teachers are asked for norms alone: that they are
// grown up is known, and nothing is written of it.
func (a *App) aged(ctx context.Context, personID, audience string, years int) (int, error) {
	if audience == string(person.Parent) || audience == string(person.Teacher) {
		return years, nil
	}
	return a.consents.HearYears(ctx, personID, years, "心理自测")
}

// endBookings ends all to which somebody is expected, and takes away what they wrote for it.
func (a *App) endBookings(ctx context.Context, personID string) error {
	mine, err := a.bookings.Mine(ctx, personID)
	if err != nil {
		return err
	}
	for _, b := range mine {
		if b.Changeable(a.now()) {
			if _, err := a.bookings.Cancel(ctx, personID, b.ID); err != nil {
				return err
			}
		}
	}
	if err := a.events.CancelAll(ctx, personID); err != nil {
		return err
	}
	if err := a.requests.WithdrawAll(ctx, personID); err != nil {
		return err
	}
	return a.db.Consents().EraseNotes(ctx, personID)
}

package booking

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// Whoever had an appointment is asked once whether it helped. A station sees how many said what, where that tells of
// nobody; see Feedback. What somebody adds in words bears no name unless they say so.

// Opinion is what somebody says of a visit.
type Opinion string

// The opinions, the best first.
const (
	Helped Opinion = "helped"
	SoSo   Opinion = "soso"
	NoHelp Opinion = "nohelp"
)

// Opinions lists them, the best first.
func Opinions() []Opinion { return []Opinion{Helped, SoSo, NoHelp} }

// Label is an opinion as people say it.
func (o Opinion) Label() string {
	switch o {
	case Helped:
		return "有帮助"
	case SoSo:
		return "一般"
	case NoHelp:
		return "没帮上"
	}
	return ""
}

// opinionOf reads an opinion from its own name, or from what people say.
func opinionOf(said string) (Opinion, bool) {
	for _, o := range Opinions() {
		if said == string(o) || said == o.Label() {
			return o, true
		}
	}
	switch {
	case strings.Contains(said, "没"):
		return NoHelp, true
	case strings.Contains(said, "一般"):
		return SoSo, true
	case strings.Contains(said, "帮"):
		return Helped, true
	}
	return "", false
}

// Rating is what a person said of one appointment.
type Rating struct {
	Appointment string
	Person      string
	Station     string // ID
	Month       string // of the visit, 2026-03
	Opinion     Opinion
	Words       string
	Named       bool // the words may bear who wrote them
	At          time.Time
}

// RatingStore is what feedback needs of the database.
type RatingStore interface {
	// Rate keeps what a person says of an appointment and counts it; false where they had said it before.
	Rate(ctx context.Context, r Rating) (fresh bool, err error)
	// Reword writes the words of a rating.
	Reword(ctx context.Context, r Rating) error
	// Rated returns what was said of an appointment; ErrNotFound where nothing was.
	Rated(ctx context.Context, appointmentID string) (Rating, error)
	// Visits returns a person's appointments that began between two times and were not cancelled, the latest first.
	Visits(ctx context.Context, personID string, from, to time.Time) ([]Appointment, error)
	// Ratings counts what was said of visits, by station and month.
	Ratings(ctx context.Context) ([]RatingCount, error)
	// RatedWords returns the ratings of a station that have words, at most n, in no order that tells of when.
	RatedWords(ctx context.Context, stationID string, n int) ([]Rating, error)
}

// KindFeedback is the outbox kind of asking how a visit was.
const KindFeedback = "booking.feedback"

const (
	// feedbackFor is how long after an appointment somebody is asked, and may answer. A month's numbers change no more once
	// it is over for all of its visits.
	feedbackFor = 14 * 24 * time.Hour
	// feedbackAfter is how long after its end somebody is asked.
	feedbackAfter = 2 * time.Hour
	longestWords  = 300
)

// ErrRated says that a visit was rated before.
var ErrRated = errors.New("booking: the visit was rated before")

// monthOf is the month of a visit.
func monthOf(t time.Time) string { return t.In(citytime.Zone).Format("2006-01") }

// askAt is when to ask of a visit that ended: the same day, but not late in the evening.
func askAt(end time.Time) time.Time {
	at := end.In(citytime.Zone).Add(feedbackAfter)
	if latest := on(at, "20:30"); at.After(latest) || midnight(at).After(midnight(end)) {
		return on(midnight(end).AddDate(0, 0, 1), "10:00")
	}
	return at
}

// visited asks of an appointment, as it was when the row was made.
type visited struct {
	Appointment string    `json:"appointment"`
	Start       time.Time `json:"start"`
}

// Kind implements outbox.Job.
func (visited) Kind() string { return KindFeedback }

// askOf is the row that asks of an appointment once its time has passed.
func (s *Service) askOf(a Appointment) (outbox.Row, error) {
	return outbox.For(visited{a.ID, a.Start}, outbox.Row{ID: s.ID(), Key: fmt.Sprintf("feedback:%s:%d", a.ID, a.Start.Unix()), Person: a.Person, RunAt: askAt(s.ends(a))})
}

// Question is what somebody is asked of a visit, until when.
type Question struct {
	Appointment string
	Replies     []channel.Reply
	Until       time.Time
}

// Ask is what the outbox row of KindFeedback asks; no replies where there is nothing to ask any more.
func (s *Service) Ask(ctx context.Context, r outbox.Row) (Question, error) {
	m, err := outbox.Decode[visited](r)
	if err != nil {
		return Question{}, err
	}
	a, err := s.Store.Get(ctx, m.Appointment)
	if errors.Is(err, ErrNotFound) || err == nil && !a.Start.Equal(m.Start) {
		return Question{}, nil
	}
	if err != nil {
		return Question{}, fmt.Errorf("ask of a visit: %w", err)
	}
	if asks, err := s.MayRate(ctx, a); err != nil || !asks {
		return Question{}, err
	}
	return Question{a.ID, []channel.Reply{{Text: s.question(a), Choices: opinionChoices()}}, a.Start.Add(feedbackFor)}, nil
}

// Unrated says whether an appointment may still be asked of.
func (s *Service) Unrated(ctx context.Context, id string) (bool, error) {
	a, err := s.Store.Get(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look whether a visit was rated: %w", err)
	}
	return s.MayRate(ctx, a)
}

// MayRate says whether the person of an appointment may say how it was: its time has passed not long ago, the station was
// open, they came as far as anybody knows, and they have not said so yet.
func (s *Service) MayRate(ctx context.Context, a Appointment) (bool, error) {
	now := s.Time()
	if a.WalkIn() || a.Status != Booked && a.Status != Arrived || now.Before(s.ends(a)) || !now.Before(a.Start.Add(feedbackFor)) {
		return false, nil
	}
	if a.Status == Booked && !s.kept(a) { // nobody was there
		return false, nil
	}
	_, err := s.Store.Rated(ctx, a.ID)
	if errors.Is(err, ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look whether a visit was rated: %w", err)
	}
	return false, nil
}

// question asks of a visit. Where the station has not marked that they came, nobody claims that they did.
func (s *Service) question(a Appointment) string {
	if a.Status == Arrived {
		return fmt.Sprintf("%s去的%s，有帮助吗？点一个就好。", DayLabel(a.Start), s.place(a))
	}
	return fmt.Sprintf("%s约的%s，有帮助吗？点一个就好；没去成的话，不用理会这一条。", DayLabel(a.Start), s.place(a))
}

func (s *Service) place(a Appointment) string {
	if st, ok := s.Directory().Station(a.Station); ok {
		return st.Name
	}
	return "那个站点"
}

// The question in the chat that the choices belong to.
const (
	rateFlow = "visit"
	rateStep = "asked"
)

func opinionChoices() []channel.Choice {
	var cs []channel.Choice
	for _, o := range Opinions() {
		cs = append(cs, channel.Choice{ID: dialog.Button(rateFlow, rateStep, o.Label()), Label: o.Label()})
	}
	return cs
}

// ToRate returns the visits that a person may say something of, the latest first.
func (s *Service) ToRate(ctx context.Context, personID string) ([]Appointment, error) {
	now := s.Time()
	all, err := s.Store.Visits(ctx, personID, now.Add(-feedbackFor), now)
	if err != nil {
		return nil, fmt.Errorf("look for visits: %w", err)
	}
	var out []Appointment
	for _, a := range all {
		may, err := s.MayRate(ctx, a)
		if err != nil {
			return nil, err
		}
		if may {
			out = append(out, a)
		}
	}
	return out, nil
}

// Rate keeps what a person says of a visit of theirs, once; ErrRated where they said it before.
func (s *Service) Rate(ctx context.Context, personID, id string, o Opinion) error {
	if o.Label() == "" {
		return ErrNotFound
	}
	return s.Store.InTx(ctx, func(ctx context.Context) error {
		a, err := s.mine(ctx, personID, id)
		if err != nil {
			return err
		}
		may, err := s.MayRate(ctx, a)
		if err != nil {
			return err
		}
		fresh := false
		if may {
			fresh, err = s.Store.Rate(ctx, Rating{Appointment: a.ID, Person: personID, Station: a.Station, Month: monthOf(a.Start), Opinion: o, At: s.Time()})
		}
		if err == nil && !fresh {
			err = ErrRated
		}
		return err
	})
}

// Reword adds words to what a person said of a visit, or takes them back with "".
func (s *Service) Reword(ctx context.Context, personID, id, words string, named bool) error {
	words = strings.TrimSpace(words)
	if utf8.RuneCountInString(words) > longestWords {
		return ErrWords
	}
	return s.Store.InTx(ctx, func(ctx context.Context) error {
		r, err := s.Store.Rated(ctx, id)
		if err != nil || r.Person != personID {
			return cmp.Or(err, ErrNotFound)
		}
		r.Words, r.Named = words, named && words != ""
		return s.Store.Reword(ctx, r)
	})
}

// lastRated is the visit that a person said something of last, for the words that follow.
func (s *Service) lastRated(ctx context.Context, personID string) (Rating, error) {
	now := s.Time()
	all, err := s.Store.Visits(ctx, personID, now.Add(-2*feedbackFor), now)
	if err != nil {
		return Rating{}, fmt.Errorf("look for visits: %w", err)
	}
	var last Rating
	for _, a := range all {
		r, err := s.Store.Rated(ctx, a.ID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return Rating{}, fmt.Errorf("look for visits: %w", err)
		}
		if err == nil && r.At.After(last.At) {
			last = r
		}
	}
	if last.Appointment == "" {
		return last, ErrNotFound
	}
	return last, nil
}

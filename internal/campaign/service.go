package campaign

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// The errors of campaigns.
var (
	ErrNotFound = errors.New("campaign: no such campaign")
	ErrState    = errors.New("campaign: it stands otherwise by now")
	ErrDays     = errors.New("campaign: its days are over")
)

// State is where the sending stands.
type State string

// The states; a campaign that was never started has none.
const (
	Running State = "running"
	Paused  State = "paused"
	Ended   State = "ended" // nobody is left to be told; what is on its way goes on
)

// Label names a state for people.
func (s State) Label() string {
	switch s {
	case Running:
		return "正在发"
	case Paused:
		return "暂停了"
	case Ended:
		return "发完了"
	}
	return "还没开始"
}

// Run is how far a campaign has come.
type Run struct {
	ID        string
	State     State
	Serial    int    // grows with every start and resume, so that rows of an earlier one do nothing
	After     string // the person up to whom everybody was looked at
	Reason    string // why it was paused, in words
	By        string
	StartedAt time.Time
	ChangedAt time.Time
}

// Fate is what became of one person's copy.
type Fate string

// The fates.
const (
	Queued  Fate = "queued"
	Held    Fate = "held"    // the campaign was paused before it was sent
	Sending Fate = "sending" // given to the platform: what comes to an end here was perhaps sent, and is not sent again
	Sent    Fate = "sent"
	Waiting Fate = "waiting" // for the next contact
	Left    Fate = "left"    // the person left meanwhile, or the days were over
	Refused Fate = "refused" // the person refuses what the platform calls notices
	Blocked Fate = "blocked" // cannot be reached: no follower any more
	Failed  Fate = "failed"
	Unsure  Fate = "unsure" // the program was stopped in the middle of sending it
)

// Recipient is one person's copy.
type Recipient struct {
	Campaign string
	Person   string
	Fate     Fate
	Code     int // the platform's, 0 for none
	Pieces   int // how many messages of it the platform has taken: the rest alone is sent again
	Key      string
	At       time.Time
}

// Store is what campaigns need of the database. Writes join the transaction that ctx carries.
type Store interface {
	InTx(ctx context.Context, f func(ctx context.Context) error) error
	// Run returns how far a campaign has come, the zero Run where it never began, and holds off others that change it
	// until the transaction of ctx ends.
	Run(ctx context.Context, id string) (Run, error)
	Save(ctx context.Context, r Run) error
	// People returns up to n people who agreed, of an audience ("" for all), whose ID comes after one, in order.
	People(ctx context.Context, audience, after string, n int) ([]string, error)
	// Held returns up to n people whose copies were held.
	Held(ctx context.Context, id string, n int) ([]Recipient, error)
	// Keep adds a copy; added is false where the person has one.
	Keep(ctx context.Context, r Recipient) (added bool, err error)
	Recipient(ctx context.Context, id, personID string) (Recipient, error)
	Fate(ctx context.Context, r Recipient) error
	// Results counts a campaign's copies by fate, one that the outbox gave up as Failed, or Unsure where it was being sent; those
	// that waited and were taken along at the next contact as well.
	Results(ctx context.Context, id string) (map[Fate]int, int, error)
	// Consent says whether a person agreed, and whether they were ever asked.
	Consent(ctx context.Context, personID string) (agreed, asked bool, err error)
	SetConsent(ctx context.Context, personID string, agreed bool, at time.Time) error
}

// Service sends campaigns. Deliver, which brings one copy to its person, and Stage, which says how old a person's child
// is, are needed by the program that runs the outbox alone. Now and NewID have working defaults.
type Service struct {
	Calendar func() *Calendar
	Store    Store
	Outbox   outbox.Queue
	Deliver  outbox.Handler
	Stage    func(ctx context.Context, personID string) (string, error)
	citytime.Clock
}

// The outbox kinds of campaigns.
const (
	KindBatch = "campaign.batch" // the next minute's people
	KindSend  = "campaign.send"  // one person's copy
)

type batch struct {
	Campaign string `json:"campaign"`
	Serial   int    `json:"serial"`
	N        int    `json:"n"`
}

// Kind implements outbox.Job.
func (batch) Kind() string { return KindBatch }

func (s *Service) putBatch(ctx context.Context, b batch, at time.Time) error {
	return outbox.Ask(ctx, s.Outbox, b, outbox.Row{ID: s.ID(), Key: fmt.Sprintf("campaign-batch:%s:%d:%d", b.Campaign, b.Serial, b.N), RunAt: at})
}

// Start begins a campaign. A second start changes nothing.
func (s *Service) Start(ctx context.Context, id, by string) error {
	return s.change(ctx, id, func(ctx context.Context, c Campaign, r *Run) error {
		switch {
		case r.State == Running:
			return nil
		case r.State != "":
			return ErrState
		case !s.Time().Before(c.after):
			return ErrDays
		}
		r.State, r.Serial, r.By, r.StartedAt = Running, 1, by, s.Time()
		return s.putBatch(ctx, batch{id, r.Serial, 1}, s.mayFrom(c))
	})
}

// Pause stops a campaign before the next copy.
func (s *Service) Pause(ctx context.Context, id, by, reason string) error {
	return s.change(ctx, id, func(_ context.Context, _ Campaign, r *Run) error {
		if r.State == "" {
			return ErrState
		}
		r.State, r.By, r.Reason = Paused, by, reason
		return nil
	})
}

// Resume goes on where a campaign was paused.
func (s *Service) Resume(ctx context.Context, id, by string) error {
	return s.change(ctx, id, func(ctx context.Context, c Campaign, r *Run) error {
		switch {
		case r.State == Running:
			return nil
		case r.State != Paused:
			return ErrState
		case !s.Time().Before(c.after):
			return ErrDays
		}
		r.State, r.By, r.Reason = Running, by, ""
		r.Serial++
		return s.putBatch(ctx, batch{id, r.Serial, 1}, s.mayFrom(c))
	})
}

func (s *Service) change(ctx context.Context, id string, do func(ctx context.Context, c Campaign, r *Run) error) error {
	c, ok := s.Calendar().Campaign(id)
	if !ok {
		return ErrNotFound
	}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		r, err := s.Store.Run(ctx, id)
		if err != nil {
			return err
		}
		r.ID = id
		if err := do(ctx, c, &r); err != nil {
			return err
		}
		r.ChangedAt = s.Time()
		return s.Store.Save(ctx, r)
	})
	if err != nil {
		return fmt.Errorf("change campaign %s: %w", id, err)
	}
	return nil
}

// Nobody is written to by many at night.
const (
	wakes  = 8
	sleeps = 21
)

// mayFrom is the next moment at which a campaign may be sent.
func (s *Service) mayFrom(c Campaign) time.Time {
	at := s.Time()
	if at.Before(c.first) {
		at = c.first
	}
	l := at.In(citytime.Zone)
	morning := time.Date(l.Year(), l.Month(), l.Day(), wakes, 0, 0, 0, citytime.Zone)
	switch {
	case l.Hour() < wakes:
		return morning
	case l.Hour() >= sleeps:
		return morning.AddDate(0, 0, 1)
	}
	return at
}

// Test sends a campaign to one person now, whatever its days and their consent: to see it as it looks.
func (s *Service) Test(ctx context.Context, id, personID string) error {
	c, ok := s.Calendar().Campaign(id)
	if !ok {
		return ErrNotFound
	}
	replies := c.Replies()
	replies[0].Text = "【试发】" + replies[0].Text
	rowID := s.ID()
	trial := channel.Delivery{Person: personID, Replies: replies, Campaign: id}
	if err := outbox.Ask(ctx, s.Outbox, trial, outbox.Row{ID: rowID, Key: "campaign-test:" + rowID, Person: personID, RunAt: s.Time()}); err != nil {
		return fmt.Errorf("try campaign %s: %w", id, err)
	}
	return nil
}

// Status is a campaign with how far it has come.
type Status struct {
	Campaign
	Run     Run
	Results []Result
	Total   int
	Due     string // when it can be sent, in words
	Over    bool   // its days are over
}

// Result is how many copies met a fate.
type Result struct {
	Label string
	N     int
}

// fates are what is shown of a campaign, in this order.
var fates = []struct {
	fate  Fate
	label string
}{
	{Sent, "送到了"}, {Waiting, "等对方下次来"}, {Queued, "排着队"}, {Held, "暂停时留下"}, {Left, "已退订或过了日子"}, {Refused, "对方不收通知"}, {Blocked, "不再关注"}, {Failed, "没有发出去"}, {Unsure, "说不准（发到一半程序停了）"},
}

// Statuses are all campaigns with how far each has come.
func (s *Service) Statuses(ctx context.Context) ([]Status, error) {
	var out []Status
	for _, c := range s.Calendar().All() {
		st := Status{Campaign: c}
		var err error
		if st.Run, err = s.Store.Run(ctx, c.ID); err != nil {
			return nil, fmt.Errorf("look at campaign %s: %w", c.ID, err)
		}
		counts, fetched, err := s.Store.Results(ctx, c.ID)
		if err != nil {
			return nil, fmt.Errorf("count campaign %s: %w", c.ID, err)
		}
		counts[Queued] += counts[Sending]
		counts[Waiting] -= fetched
		for _, f := range fates {
			if n := counts[f.fate]; n > 0 {
				st.Results = append(st.Results, Result{f.label, n})
				st.Total += n
			}
			if f.fate == Sent && fetched > 0 {
				st.Results = append(st.Results, Result{"对方来时带到了", fetched})
				st.Total += fetched
			}
		}
		st.Due = c.From + " 到 " + c.Until
		if st.Over = !s.Time().Before(c.after); st.Over {
			st.Due += "，已经过了"
		}
		out = append(out, st)
	}
	return out, nil
}

package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
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
	// Results counts a campaign's copies by fate; those that waited and were taken along at the next contact as well.
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
	Now      func() time.Time
	NewID    func() string
}

func (s *Service) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *Service) newID() string {
	if s.NewID != nil {
		return s.NewID()
	}
	return uuid.Must(uuid.NewV7()).String()
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

func (s *Service) putBatch(ctx context.Context, b batch, at time.Time) error {
	payload, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return s.Outbox.Put(ctx, outbox.Row{ID: s.newID(), Key: fmt.Sprintf("campaign-batch:%s:%d:%d", b.Campaign, b.Serial, b.N), Kind: KindBatch, Payload: payload, RunAt: at})
}

// Start begins a campaign. A second start changes nothing.
func (s *Service) Start(ctx context.Context, id, by string) error {
	return s.change(ctx, id, func(ctx context.Context, c Campaign, r *Run) error {
		switch {
		case r.State == Running:
			return nil
		case r.State != "":
			return ErrState
		case !s.now().Before(c.after):
			return ErrDays
		}
		r.State, r.Serial, r.By, r.StartedAt = Running, 1, by, s.now()
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
		case !s.now().Before(c.after):
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
		r.ChangedAt = s.now()
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
	at := s.now()
	if at.Before(c.first) {
		at = c.first
	}
	l := at.In(Zone)
	morning := time.Date(l.Year(), l.Month(), l.Day(), wakes, 0, 0, 0, Zone)
	switch {
	case l.Hour() < wakes:
		return morning
	case l.Hour() >= sleeps:
		return morning.AddDate(0, 0, 1)
	}
	return at
}

// Batch does a row of KindBatch: it chooses the next minute's people, puts their copies on their way and the next batch
// behind them, in one transaction: what is stopped in the middle was not begun.
func (s *Service) Batch(ctx context.Context, row outbox.Row) error {
	var b batch
	if err := json.Unmarshal(row.Payload, &b); err != nil {
		return &outbox.Error{Verdict: outbox.Bury, Err: fmt.Errorf("read a batch: %w", err)}
	}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		r, err := s.Store.Run(ctx, b.Campaign)
		if err != nil || r.State != Running || r.Serial != b.Serial {
			return err
		}
		r.ChangedAt = s.now()
		c, there := s.Calendar().Campaign(b.Campaign)
		if !there {
			r.State, r.Reason = Paused, "内容里没有这个活动了，请编辑放回来再接着发"
			return s.Store.Save(ctx, r)
		}
		if !s.now().Before(c.after) {
			r.State = Ended
			return s.Store.Save(ctx, r)
		}
		if at := s.mayFrom(c); at.After(s.now()) {
			return s.putBatch(ctx, batch{b.Campaign, b.Serial, b.N + 1}, at)
		}
		more, err := s.fill(ctx, c, &r)
		if err != nil {
			return err
		}
		if !more {
			r.State = Ended
			return s.Store.Save(ctx, r)
		}
		if err := s.Store.Save(ctx, r); err != nil {
			return err
		}
		return s.putBatch(ctx, batch{b.Campaign, b.Serial, b.N + 1}, s.now().Add(time.Minute))
	})
	if err != nil {
		return fmt.Errorf("send the next of campaign %s: %w", b.Campaign, err)
	}
	return nil
}

// lookedAt bounds how many people one batch looks at who are not of the campaign's stages.
const lookedAt = 5000

// fill puts the copies of one minute on their way: those that were held first.
func (s *Service) fill(ctx context.Context, c Campaign, r *Run) (more bool, err error) {
	held, err := s.Store.Held(ctx, c.ID, c.PerMinute)
	if err != nil {
		return false, err
	}
	room := c.PerMinute
	for _, h := range held {
		said := h.Code == codeQuota // it stands in the conversation already
		h.Fate, h.Code, h.Key, h.At = Queued, 0, fmt.Sprintf("campaign:%s:%s:%d", c.ID, h.Person, r.Serial), s.now()
		if err := s.Store.Fate(ctx, h); err != nil {
			return false, err
		}
		if err := s.putCopy(ctx, c, h, said); err != nil {
			return false, err
		}
		room--
	}
	for looked := 0; room > 0; looked += room {
		people, err := s.Store.People(ctx, c.Audience, r.After, room)
		if err != nil {
			return false, err
		}
		for _, p := range people {
			r.After = p
			fits, err := s.fits(ctx, c, p)
			if err != nil {
				return false, err
			}
			if !fits {
				continue
			}
			k := Recipient{Campaign: c.ID, Person: p, Fate: Queued, Key: fmt.Sprintf("campaign:%s:%s", c.ID, p), At: s.now()}
			added, err := s.Store.Keep(ctx, k)
			if err != nil {
				return false, err
			}
			if !added {
				continue
			}
			if err := s.putCopy(ctx, c, k, false); err != nil {
				return false, err
			}
			room--
		}
		if len(people) == 0 {
			return false, nil
		}
		if looked > lookedAt {
			break
		}
	}
	return true, nil
}

func (s *Service) fits(ctx context.Context, c Campaign, personID string) (bool, error) {
	if len(c.Stages) == 0 {
		return true, nil
	}
	stage, err := s.Stage(ctx, personID)
	return slices.Contains(c.Stages, stage), err
}

// copied is a delivery of a campaign to one of many: it is done by Send, which knows quotas.
type copied struct{ channel.Delivery }

// Kind implements outbox.Job.
func (copied) Kind() string { return KindSend }

func (s *Service) putCopy(ctx context.Context, c Campaign, k Recipient, said bool) error {
	one := copied{channel.Delivery{Person: k.Person, Replies: c.Replies(), Said: said, Wait: c.Way == Contact, Aside: true, Until: c.after, Campaign: c.ID}}
	return outbox.Ask(ctx, s.Outbox, one, outbox.Row{ID: s.newID(), Key: k.Key, Person: k.Person, RunAt: s.now(), Apart: true})
}

// The platform's codes that say more than yes or no.
const (
	codeQuota   = 45009 // all of today's calls are used up
	codeRefused = 43101 // the person refuses notices
)

var codesGone = []int{40003, 43004} // no follower (any more)

// Send does a row of KindSend: one person's copy, at most once. It is marked before it is given to the platform: where the
// program is stopped in between, nobody knows whether it arrived, and it is not sent again.
func (s *Service) Send(ctx context.Context, row outbox.Row) error {
	p, err := outbox.Decode[copied](row)
	if err != nil {
		return err
	}
	goes, err := s.begin(ctx, p.Campaign, row)
	if err != nil || !goes {
		return err
	}
	err = s.Deliver(ctx, row)
	return s.settle(context.WithoutCancel(ctx), p.Campaign, row, err)
}

// begin decides whether the copy may go out now, and marks it.
func (s *Service) begin(ctx context.Context, id string, row outbox.Row) (goes bool, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		goes = false
		r, err := s.Store.Run(ctx, id)
		if err != nil {
			return err
		}
		k, err := s.Store.Recipient(ctx, id, row.Person)
		if errors.Is(err, ErrNotFound) { // erased
			return nil
		}
		if err != nil || k.Key != row.Key {
			return err
		}
		agreed, _, err := s.Store.Consent(ctx, row.Person)
		if err != nil {
			return err
		}
		c, there := s.Calendar().Campaign(id)
		k.At = s.now()
		switch {
		case k.Fate == Sending:
			k.Fate = Unsure
		case k.Fate != Queued && k.Fate != Waiting: // a copy that waited and is here again was not taken along
			return nil
		case r.State == Paused && k.Fate == Waiting:
			k.Fate, k.Code = Held, codeQuota // as one that stands in the conversation
		case r.State == Paused:
			k.Fate = Held
		case !agreed, !there, !s.now().Before(c.after):
			k.Fate = Left
		default:
			k.Fate, goes = Sending, true
		}
		return s.Store.Fate(ctx, k)
	})
	if err != nil {
		return false, fmt.Errorf("begin a copy: %w", err)
	}
	return goes, nil
}

// settle notes what became of a copy, and says to the outbox what to do with its row.
func (s *Service) settle(ctx context.Context, id string, row outbox.Row, sending error) error {
	var pe *channel.PushError
	var verdict *outbox.Error
	code := 0
	if errors.As(sending, &pe) {
		code = pe.Code
	}
	k := Recipient{Campaign: id, Person: row.Person, Fate: Sent, Code: code, Key: row.Key, At: s.now()}
	decided := errors.As(sending, &verdict)
	out := sending
	switch {
	case sending == nil:
	case pe != nil && errors.Is(sending, context.DeadlineExceeded): // the platform had it: it may have arrived
		k.Fate, out = Unsure, nil
	case code == codeQuota:
		k.Fate, out = Held, nil
	case code == codeRefused:
		k.Fate = Refused
	case slices.Contains(codesGone, code):
		k.Fate = Blocked
	case decided && verdict.Verdict == outbox.Park:
		k.Fate = Waiting
	case decided:
		k.Fate = Failed
	default: // tried again by the outbox: nothing was taken by the platform
		k.Fate = Queued
	}
	if k.Fate == Refused || k.Fate == Blocked { // nothing waits for them: they said no, or are gone
		out = nil
	}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		if code == codeQuota {
			r, err := s.Store.Run(ctx, id)
			if err != nil {
				return err
			}
			if r.State != Paused {
				r.State, r.Reason, r.ChangedAt = Paused, "平台今天的发送次数用完了。零点以后点“接着发”，从停下的地方继续", s.now()
				if err := s.Store.Save(ctx, r); err != nil {
					return err
				}
			}
		}
		return s.Store.Fate(ctx, k)
	})
	if err != nil {
		return errors.Join(out, fmt.Errorf("note what became of a copy: %w", err))
	}
	return out
}

// Test sends a campaign to one person now, whatever its days and their consent: to see it as it looks.
func (s *Service) Test(ctx context.Context, id, personID string) error {
	c, ok := s.Calendar().Campaign(id)
	if !ok {
		return ErrNotFound
	}
	replies := c.Replies()
	replies[0].Text = "【试发】" + replies[0].Text
	rowID := s.newID()
	trial := channel.Delivery{Person: personID, Replies: replies, Campaign: id}
	if err := outbox.Ask(ctx, s.Outbox, trial, outbox.Row{ID: rowID, Key: "campaign-test:" + rowID, Person: personID, RunAt: s.now()}); err != nil {
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
		if st.Over = !s.now().Before(c.after); st.Over {
			st.Due += "，已经过了"
		}
		out = append(out, st)
	}
	return out, nil
}

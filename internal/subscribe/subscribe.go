// Package subscribe keeps the ledger of the notices that people agreed to get from their platform (订阅通知): who agreed to
// which template how often, who refused, and what became of each notice. It never says on a locked screen what a notice is
// about: a notice knocks, and the words themselves wait in the conversation. Start reading at Knock.
package subscribe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// Form is how an account's notice of one purpose looks: the platform's template, and what each of its fields shows.
type Form struct {
	Template string
	Fields   map[string]string // what each shows: title, hint, time, or "text:" and a text of its own
	LongTerm bool              // one agreement is good for any number of notices
}

// Message is one notice, filled in.
type Message struct {
	Template string
	For      channel.KnockFor
	Data     map[string]string
}

// Result is what became of a notice that was to be sent.
type Result string

// The results.
const (
	Taken   Result = "taken"   // the platform has it
	Refused Result = "refused" // the person refused it, or has no agreement left at the platform
	NotSent Result = "notsent" // it did not go out; another try may help
	Wrong   Result = "wrong"   // it did not go out; another try does not help
	Unknown Result = "unknown" // no answer came: it may have arrived
)

// StepKind is what a line of the ledger says.
type StepKind string

// What happens to agreements. A use is taken, then sending from just before the call, and then one of the others.
const (
	StepGiven    StepKind = "given"
	StepRefused  StepKind = "refused"
	StepAllowed  StepKind = "allowed"
	StepArrived  StepKind = "arrived"
	StepUnplaced StepKind = "unplaced"

	StepTaken   StepKind = "taken"      // one agreement is used for a notice that is to go out
	StepSending StepKind = "sending"    // the platform is being asked; where that is all, nobody knows whether it arrived
	StepSent    StepKind = "sent"       // the platform has it
	StepDenied  StepKind = "denied"     // the platform said that the person does not want it
	StepBack    StepKind = "given_back" // it did not go out, and the agreement counts again
)

var labels = map[StepKind]string{
	StepGiven: "同意接收一条", StepRefused: "拒绝接收", StepAllowed: "在设置里重新打开", StepArrived: "送到了", StepUnplaced: "没有送到",
	StepTaken: "准备发一条", StepSending: "发了一条，不知道送到没有", StepSent: "发了一条", StepDenied: "要发一条，微信说已经拒收或者次数用完", StepBack: "要发一条，没有发出，次数退回",
}

// Label says it in the words of whom it is about.
func (k StepKind) Label() string { return labels[k] }

// Step is a line of the ledger.
type Step struct {
	ID        string
	Key       string
	Person    string
	Template  string
	Kind      StepKind
	Code      string
	Remaining int // after it
	At        time.Time
}

// Balance is what a person's agreements to a template have come to.
type Balance struct {
	Template  string
	Remaining int
	Refused   bool
	At        time.Time
}

// Store keeps the ledger.
type Store interface {
	InTx(ctx context.Context, f func(ctx context.Context) error) error
	// Lock returns a balance, zero where there is none, and holds others off it until the transaction ends.
	Lock(ctx context.Context, personID, template string) (Balance, error)
	Save(ctx context.Context, personID string, b Balance) error
	// AddStep writes a line; false where its key is there.
	AddStep(ctx context.Context, s Step) (bool, error)
	// Turn makes a use something else; false where it is not what it was to be, or is there no more.
	Turn(ctx context.Context, key string, from, to StepKind, code string) (bool, error)
}

// Service keeps the ledger and sends notices. All fields but Clock must be set.
type Service struct {
	Store   Store
	Outbox  outbox.Queue
	Address func(ctx context.Context, personID string) (channel.Address, error)
	Forms   map[string]map[channel.KnockFor]Form // by account
	Words   func(account string, f channel.KnockFor) (title, hint string)
	Send    func(ctx context.Context, to channel.Address, m Message) (Result, error)
	Log     *slog.Logger
	citytime.Clock
}

// longTerm says whether one agreement to a template is good for any number of notices.
func (s *Service) longTerm(template string) bool {
	for _, forms := range s.Forms {
		for _, f := range forms {
			if f.Template == template {
				return f.LongTerm
			}
		}
	}
	return false
}

// Hear writes down what the platform says of a person's agreements. Said again under a key it changes nothing.
func (s *Service) Hear(ctx context.Context, personID, key string, cs []channel.Consent) error {
	return s.Store.InTx(ctx, func(ctx context.Context) error {
		for i, c := range cs {
			if err := s.hear(ctx, personID, fmt.Sprintf("heard:%s:%d", key, i), c); err != nil {
				return fmt.Errorf("write down an agreement to notices: %w", err)
			}
		}
		return nil
	})
}

func (s *Service) hear(ctx context.Context, personID, key string, c channel.Consent) error {
	b, err := s.Store.Lock(ctx, personID, c.Template)
	if err != nil {
		return err
	}
	st := Step{ID: s.ID(), Key: key, Person: personID, Template: c.Template, Code: c.Code, At: s.Time()}
	switch c.Kind {
	case channel.ConsentGiven:
		st.Kind, b.Remaining, b.Refused = StepGiven, b.Remaining+1, false
		if s.longTerm(c.Template) {
			b.Remaining = 1
		}
	case channel.ConsentAllowed:
		st.Kind, b.Refused = StepAllowed, false
		if s.longTerm(c.Template) {
			b.Remaining = 1
		}
	case channel.ConsentRefused:
		st.Kind, b.Remaining, b.Refused = StepRefused, 0, true
	case channel.ConsentArrived:
		st.Kind = StepArrived
	case channel.ConsentUnplaced:
		st.Kind = StepUnplaced
	}
	st.Remaining = b.Remaining
	fresh, err := s.Store.AddStep(ctx, st)
	if err != nil || !fresh || st.Kind == StepArrived || st.Kind == StepUnplaced {
		return err
	}
	b.Template, b.At = c.Template, st.At
	return s.Store.Save(ctx, personID, b)
}

// KindNotice is the outbox kind of a notice that is to be sent.
const KindNotice = "subscribe.notice"

// notice is one use of an agreement.
type notice struct {
	Use      string        `json:"use"`
	Person   string        `json:"person"`
	Template string        `json:"template"`
	Knock    channel.Knock `json:"knock"`
}

// Kind implements outbox.Job.
func (notice) Kind() string { return KindNotice }

// Knock uses an agreement of a person, where there is one, for a notice that something waits for them. One thing knocks once:
// delivery names it. The use and the work to send it are one transaction.
func (s *Service) Knock(ctx context.Context, personID, delivery string, k channel.Knock) error {
	now := s.Time()
	if !k.Until.IsZero() && !now.Before(k.Until) {
		return nil
	}
	to, err := s.Address(ctx, personID)
	if err != nil {
		return fmt.Errorf("knock: %w", err)
	}
	form, ok := s.Forms[to.Account][k.For]
	if !ok {
		return nil
	}
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		b, err := s.Store.Lock(ctx, personID, form.Template)
		if err != nil || b.Remaining <= 0 || b.Refused {
			return err
		}
		if !form.LongTerm {
			b.Remaining--
		}
		use := "use:" + delivery
		fresh, err := s.Store.AddStep(ctx, Step{ID: s.ID(), Key: use, Person: personID, Template: form.Template, Kind: StepTaken, Remaining: b.Remaining, At: now})
		if err != nil || !fresh {
			return err
		}
		b.Template, b.At = form.Template, now
		if err := s.Store.Save(ctx, personID, b); err != nil {
			return err
		}
		job := notice{Use: use, Person: personID, Template: form.Template, Knock: k}
		return outbox.Ask(ctx, s.Outbox, job, outbox.Row{ID: s.ID(), Key: "notice:" + delivery, Person: personID, RunAt: now, Apart: true})
	})
	if err != nil {
		return fmt.Errorf("use an agreement to notices: %w", err)
	}
	return nil
}

// Deliver is the outbox handler of a notice. A use that was being sent when something broke off is left alone: it may have
// arrived, and the words wait in the conversation anyway.
func (s *Service) Deliver(ctx context.Context, r outbox.Row) error {
	n, err := outbox.Decode[notice](r)
	if err != nil {
		return err
	}
	now := s.Time()
	to, err := s.Address(ctx, n.Person)
	if err != nil {
		return fmt.Errorf("send a notice: %w", err)
	}
	form, ok := s.Forms[to.Account][n.Knock.For]
	if !ok || form.Template != n.Template || !n.Knock.Until.IsZero() && !now.Before(n.Knock.Until) {
		return s.giveBack(ctx, n, StepTaken, "")
	}
	if mine, err := s.Store.Turn(ctx, n.Use, StepTaken, StepSending, ""); err != nil || !mine {
		return err
	}
	result, failed := s.Send(ctx, to, s.fill(form, to.Account, n.Knock, now))
	code := codeOf(failed)
	// What the platform said is written down even where the work is being stopped.
	ctx = context.WithoutCancel(ctx)
	switch result {
	case Taken:
		_, err = s.Store.Turn(ctx, n.Use, StepSending, StepSent, "")
	case Refused:
		err = s.denied(ctx, n, code)
	case NotSent:
		if _, err = s.Store.Turn(ctx, n.Use, StepSending, StepTaken, code); err == nil {
			err = fmt.Errorf("send a notice: %w", failed)
			if !worthIt(r) {
				err = s.giveBack(ctx, n, StepTaken, code)
			}
		}
	case Wrong:
		s.Log.Error("a subscription notice cannot be sent; the agreement to it counts again, and what it is about waits for the person's next message",
			"account", to.Account, "for", string(n.Knock.For), "error", failed)
		err = s.giveBack(ctx, n, StepSending, code)
	case Unknown:
		s.Log.Warn("nobody knows whether a subscription notice arrived: it is not sent again", "account", to.Account, "for", string(n.Knock.For), "error", failed)
	}
	return err
}

// mostTries is how often a notice is tried: some hours, with the outbox's pauses.
const mostTries = 8

func worthIt(r outbox.Row) bool { return r.Attempts < mostTries }

// denied empties a balance that the platform says is empty.
func (s *Service) denied(ctx context.Context, n notice, code string) error {
	return s.Store.InTx(ctx, func(ctx context.Context) error {
		b, err := s.Store.Lock(ctx, n.Person, n.Template)
		if err != nil {
			return err
		}
		mine, err := s.Store.Turn(ctx, n.Use, StepSending, StepDenied, code)
		if err != nil || !mine {
			return err
		}
		b.Template, b.Remaining, b.At = n.Template, 0, s.Time()
		return s.Store.Save(ctx, n.Person, b)
	})
}

// giveBack counts an agreement again whose notice did not go out. One that was taken back since is not.
func (s *Service) giveBack(ctx context.Context, n notice, from StepKind, code string) error {
	return s.Store.InTx(ctx, func(ctx context.Context) error {
		b, err := s.Store.Lock(ctx, n.Person, n.Template)
		if err != nil {
			return err
		}
		mine, err := s.Store.Turn(ctx, n.Use, from, StepBack, code)
		if err != nil || !mine || b.Refused || s.longTerm(n.Template) {
			return err
		}
		b.Template, b.Remaining, b.At = n.Template, b.Remaining+1, s.Time()
		return s.Store.Save(ctx, n.Person, b)
	})
}

// codeOf is the platform's number in an error, for the ledger.
func codeOf(err error) string {
	var pe *channel.PushError
	if errors.As(err, &pe) && pe.Code != 0 {
		return fmt.Sprint(pe.Code)
	}
	return ""
}

package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// automatic says whether the platform sent a message by itself: the outcome of a push, a position report, a follower who
// left. Nobody said anything with it. It hands out nothing that waits, ends no silence, stands in no conversation, and makes
// nobody known who never did more.
func automatic(in channel.Inbound) bool {
	return in.Kind == channel.KindEvent && !in.Event.Type.Spoken()
}

// report does what a report of the platform asks for.
func (b *Bot) report(ctx context.Context, in channel.Inbound) error {
	switch in.Event.Type {
	case channel.EventRevoke, channel.EventUnsubscribe:
	case channel.EventConsent:
		return b.agreed(ctx, in)
	case channel.EventDelivery:
		if in.Event.Key == "" {
			return nil
		}
		return casework.PutArrival(ctx, b.Outbox, casework.Arrival{Account: in.Account, Job: in.Event.Key, Status: in.Event.Status}, b.Now())
	case channel.EventSubscribe, channel.EventScan, channel.EventClick, channel.EventLocation, channel.EventOther:
		return nil
	}
	p, err := b.People.Find(ctx, in.Address)
	if errors.Is(err, person.ErrNotFound) { // nothing is held of them
		return nil
	}
	if err != nil {
		return fmt.Errorf("find whom a report is about: %w", err)
	}
	if in.Event.Type == channel.EventUnsubscribe {
		return b.unfollowed(ctx, p.ID)
	}
	b.Slog.Info("somebody took back their consent on the platform; what is held of them will be erased", "channel", in.Address)
	return outbox.Ask(ctx, b.Outbox, Revoked{Person: p.ID}, outbox.Row{ID: b.NewID(), Key: KindRevoked + ":" + digest([]byte(b.key(in))), RunAt: b.Now(), Apart: true})
}

// agreed writes down what a person agreed to get as notices, or refused. Who agrees has done something, and is somebody whom
// we know from then on; who refuses, or is only reported of, is not.
func (b *Bot) agreed(ctx context.Context, in channel.Inbound) error {
	if b.Agreed == nil || len(in.Event.Consents) == 0 {
		return nil
	}
	find := b.People.Find
	if slices.ContainsFunc(in.Event.Consents, func(c channel.Consent) bool { return c.Kind == channel.ConsentGiven }) {
		find = b.People.Resolve
	}
	p, err := find(ctx, in.Address)
	if errors.Is(err, person.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find who agreed to notices: %w", err)
	}
	return b.Agreed(ctx, p.ID, digest([]byte(b.key(in))), in.Event.Consents)
}

// reported ends the turn of a report: the session stays as it was, but for whether they follow the account.
func (b *Bot) reported(ctx context.Context, turn session.Turn, in channel.Inbound, err error) result {
	if err == nil && in.Event.Type == channel.EventUnsubscribe {
		turn.State, err = b.left(turn)
	}
	if err == nil {
		var nothing []byte
		if nothing, err = b.sealReplies(nil, turn.User, ""); err == nil {
			err = b.Sessions.Commit(ctx, turn, turn.State, nothing)
		}
	}
	if err != nil {
		b.abort(ctx, turn)
	}
	return result{outcome: "report", err: err}
}

// left is a session of whoever follows the account no more.
func (b *Bot) left(turn session.Turn) ([]byte, error) {
	if len(turn.State) == 0 {
		return turn.State, nil
	}
	st, err := b.openState(turn.State, turn.User)
	if err != nil || st.Person == "" {
		return turn.State, nil //nolint:nilerr // the database knows, and a session that begins anew asks it
	}
	st.Gone = true
	return b.sealState(&st, turn.User)
}

// KindRevoked is the outbox kind of a Revoked.
const KindRevoked = "revoked"

// Revoked is a person who took back, on their platform, what they had agreed to: they are erased as at their own word. While
// a case of theirs is open they are not, since a life goes before an erasure; the case says so, and they are erased after it.
type Revoked struct {
	Person string `json:"person"`
	Looks  int    `json:"looks,omitempty"` // how often a case was found open
}

// Kind implements outbox.Job.
func (Revoked) Kind() string { return KindRevoked }

// untilClosed is how often it is looked whether a case is closed that keeps a person from being erased.
const untilClosed = 6 * time.Hour

func (b *Bot) revoked(ctx context.Context, r outbox.Row) error {
	job, err := outbox.Decode[Revoked](r)
	if err != nil {
		return err
	}
	if b.Erase == nil {
		return &outbox.Error{Verdict: outbox.Bury, Err: errors.New("nothing here can erase a person: run `xinqiao user erase`")}
	}
	err = b.Erase(ctx, job.Person, rights.ByPlatform)
	switch {
	case errors.Is(err, person.ErrNotFound): // gone already
		return nil
	case errors.Is(err, rights.ErrOpenCase):
		return b.eraseLater(ctx, job, r)
	case err != nil:
		return fmt.Errorf("erase who took back their consent: %w", err)
	}
	return nil
}

// eraseLater lets staff know, once, and looks again.
func (b *Bot) eraseLater(ctx context.Context, job Revoked, r outbox.Row) error {
	caseID, err := b.Cases.OpenCase(ctx, job.Person)
	if err != nil {
		return fmt.Errorf("erase who took back their consent: %w", err)
	}
	if caseID != "" && job.Looks == 0 {
		const note = "对方在微信里撤回了个人信息的授权。个案开着，为了对方的安全先不删除；结案后会自动删除对方的资料，个案按规定留下、不带身份。"
		if err := b.Cases.Told(ctx, caseID, casework.StepSaidRevoked, note, r.Key); err != nil {
			return fmt.Errorf("note that a consent was taken back: %w", err)
		}
	}
	job.Looks++
	return outbox.Ask(ctx, b.Outbox, job, outbox.Row{ID: b.NewID(), Key: fmt.Sprintf("%s:%d", r.Key, job.Looks), RunAt: b.Now().Add(untilClosed), Apart: true})
}

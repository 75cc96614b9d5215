package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// KindAgain is the outbox kind that tries a parked delivery again by itself, once the platform may take it.
const KindAgain = "deliver.again"

// again names the parked row.
type again struct {
	Row string `json:"row"`
}

// Kind implements outbox.Job.
func (again) Kind() string { return KindAgain }

// Two ways lead to a person: a push, and the answer to their own next message, which no quota and no window shuts. A delivery
// whose push fails is tried again soon, a few times, where the platform only hiccups. After that, and at once where a push is
// shut for longer, it is parked: the next message's own answer carries it, and the desk says so. Where the push is to open by
// itself, as a quota does at midnight, it is tried again then, if nobody wrote before.
const (
	soonTries  = 4 // within about a quarter of a minute
	firstAgain = 30 * time.Second
	lastAgain  = 4 * time.Hour
	mostAgain  = 60 // about ten days; from then on only the person's next contact brings it
)

// unsaid says of a push that failed at reply i what is left to say.
func unsaid(d channel.Delivery, i int, err error) error {
	var part *channel.PartError
	rest := d.Replies[i:]
	if errors.As(err, &part) {
		rest, err = append(part.Rest[:len(part.Rest):len(part.Rest)], d.Replies[i+1:]...), part.Err
	}
	if i == 0 && part == nil {
		return err
	}
	return &channel.PartError{Taken: i, Rest: rest, Err: err}
}

// undelivered decides what becomes of a delivery whose push failed.
func (b *Bot) undelivered(ctx context.Context, r outbox.Row, d channel.Delivery, err error) error {
	var pe *channel.PushError
	if !errors.As(err, &pe) {
		return err
	}
	var part *channel.PartError
	changed := errors.As(err, &part)
	if changed { // what is left stands in the conversation already, in the words of the day
		d.Replies, d.Said, d.Notice = part.Rest, true, ""
	}
	verdict, at := outbox.Park, pe.Again
	switch pe.Verdict {
	case channel.PushGiveUp:
		verdict = outbox.Bury
	case channel.PushRetry:
		at = b.Now()
		if r.Attempts < soonTries || d.Campaign != "" { // a campaign has a place of its own for what waits
			verdict = outbox.Retry
		}
	case channel.PushPark:
	}
	if verdict == outbox.Park {
		tries := d.Tries
		failed := b.knock(ctx, r, d, pe)
		if failed == nil {
			failed = b.park(ctx, r, &d, pe.Gone, at)
		}
		if failed != nil { // tried again: without the mark nobody would look
			verdict, err = outbox.Retry, errors.Join(err, failed)
		}
		changed = changed || d.Tries != tries
	}
	out := &outbox.Error{Verdict: verdict, Err: err}
	if changed {
		if out.Payload, err = json.Marshal(d); err != nil {
			return fmt.Errorf("write what is left of a delivery: %w", err)
		}
	}
	return out
}

// knock lets a person know by a notice that they agreed to that something waits for them, once for each delivery.
func (b *Bot) knock(ctx context.Context, r outbox.Row, d channel.Delivery, pe *channel.PushError) error {
	if d.Knock == nil || b.Knock == nil || pe.Gone || d.Wait {
		return nil
	}
	return b.Knock(ctx, d.Person, r.ID, *d.Knock)
}

// park makes the person's next message look for a delivery, and has it tried again by itself from at on; the zero time for
// one that only their next contact brings.
func (b *Bot) park(ctx context.Context, r outbox.Row, d *channel.Delivery, gone bool, at time.Time) error {
	if gone {
		if err := b.unfollowed(ctx, d.Person); err != nil {
			return err
		}
	}
	if err := b.mark(ctx, d.Person, func(st *State) error { st.Parked, st.Gone = true, st.Gone || gone; return nil }); err != nil {
		return err
	}
	if at.IsZero() || d.Campaign != "" || d.Tries >= mostAgain {
		return nil
	}
	pause := min(firstAgain<<min(d.Tries, 10), lastAgain)
	if soonest := b.Now().Add(pause); at.Before(soonest) {
		at = soonest
	}
	d.Tries++
	return outbox.Ask(ctx, b.Outbox, again{r.ID}, outbox.Row{ID: b.NewID(), Key: fmt.Sprintf("again:%s:%d", r.ID, d.Tries), Person: d.Person, RunAt: at, Apart: true})
}

// again is the handler of KindAgain.
func (b *Bot) again(ctx context.Context, r outbox.Row) error {
	job, err := outbox.Decode[again](r)
	if err != nil {
		return err
	}
	return b.Outbox.Release(ctx, job.Row, b.Now())
}

// unfollowed notes that a person follows the account no more: nothing is pushed to them, and what is for them waits. An open
// case stays open, and says so.
func (b *Bot) unfollowed(ctx context.Context, personID string) error {
	since, err := b.People.Unfollowed(ctx, personID)
	if err != nil || !since.IsZero() {
		return err
	}
	now := b.Now()
	return b.InTx(ctx, func(ctx context.Context) error {
		if err := b.People.SetUnfollowed(ctx, personID, now); err != nil {
			return err
		}
		return b.tellCase(ctx, personID, casework.StepUnfollowed, now)
	})
}

// followed notes that a person follows the account again: nobody else can write to it.
func (b *Bot) followed(ctx context.Context, personID string) error {
	return b.InTx(ctx, func(ctx context.Context) error {
		if err := b.People.SetUnfollowed(ctx, personID, time.Time{}); err != nil {
			return err
		}
		if b.Known != nil {
			if err := b.Known(ctx, personID, fmt.Sprintf("followed:%d", b.Now().UnixMicro())); err != nil {
				return err
			}
		}
		return b.tellCase(ctx, personID, casework.StepFollowed, b.Now())
	})
}

func (b *Bot) tellCase(ctx context.Context, personID string, kind casework.StepKind, at time.Time) error {
	open, err := b.Cases.OpenCase(ctx, personID)
	if err != nil || open == "" {
		return err
	}
	return b.Cases.Told(ctx, open, kind, "", fmt.Sprintf("%s:%s:%d", kind, personID, at.UnixMicro()))
}

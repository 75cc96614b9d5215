package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/crisis"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// The outbox kinds that the bot handles.
const (
	KindDeliver = channel.KindDelivery // push replies to a person
	KindHandoff = casework.KindHandoff // a counsellor took or gave back the conversation
)

// untrue says that what a delivery says does not hold any more: nobody is told that somebody is there who is not.
func (b *Bot) untrue(ctx context.Context, d channel.Delivery) (bool, error) {
	if !d.Until.IsZero() && !b.Now().Before(d.Until) {
		return true, nil
	}
	if d.Visit != "" && b.Unrated != nil {
		unrated, err := b.Unrated(ctx, d.Visit)
		if err != nil || !unrated {
			return err == nil, err
		}
	}
	if d.Holds == "" {
		return false, nil
	}
	holder, err := b.Cases.Holder(ctx, d.Person)
	if err != nil {
		return false, fmt.Errorf("look who has the conversation: %w", err)
	}
	return holder != d.Holds, nil
}

// worded is a delivery with its notice in the words of the account's day.
func worded(d channel.Delivery, bundle *content.Bundle) channel.Delivery {
	if d.Notice != "" {
		d.Replies = []channel.Reply{{Text: bundle.Replies.Notice(content.NoticeKey(d.Notice), "name", d.Name, "from", d.From)}}
	}
	return d
}

func (b *Bot) deliverLater(ctx context.Context, personID, key string, d channel.Delivery) error {
	d.Person = personID
	return outbox.Ask(ctx, b.Outbox, d, outbox.Row{ID: b.NewID(), Key: key, Person: personID, RunAt: b.Now()})
}

// DeliverLater says something to a person without being asked, as soon as their platform allows. A second call with the
// key does nothing.
func (b *Bot) DeliverLater(ctx context.Context, personID, key string, replies []channel.Reply) error {
	return b.deliverLater(ctx, personID, key, channel.Delivery{Replies: replies})
}

// Remind is DeliverLater for a reminder that is true only until a time, and that a notice may tell of where it cannot be pushed.
func (b *Bot) Remind(ctx context.Context, personID, key string, k channel.Knock, replies []channel.Reply) error {
	return b.deliverLater(ctx, personID, key, channel.Delivery{Replies: replies, Until: k.Until, Knock: &k})
}

// NudgeUntil is DeliverLater for a kind reminder that is true only until a time: whoever comes back later is not told any
// more, and nobody is told in the midst of a talk about danger.
func (b *Bot) NudgeUntil(ctx context.Context, personID, key string, until time.Time, replies []channel.Reply) error {
	return b.deliverLater(ctx, personID, key, channel.Delivery{Replies: replies, Until: until, Aside: true})
}

// AskOfVisit asks of an appointment that is over, until a time, as far as it is still to be asked then. It comes in front of
// nothing: not of an answer, not in the midst of a questionnaire, not in a talk about danger.
func (b *Bot) AskOfVisit(ctx context.Context, personID, key, appointmentID string, until time.Time, replies []channel.Reply) error {
	return b.deliverLater(ctx, personID, key, channel.Delivery{Replies: replies, Until: until, Aside: true, Behind: true, Visit: appointmentID})
}

// Handlers are the outbox handlers of the bot.
func (b *Bot) Handlers() map[string]outbox.Handler {
	return map[string]outbox.Handler{KindDeliver: b.deliver, KindAgain: b.again, KindHandoff: b.handoff, KindSilence: b.askAfterSilence, KindRevoked: b.revoked}
}

// deliver pushes replies to a person. What the platform will not take now waits for the person's next contact.
func (b *Bot) deliver(ctx context.Context, r outbox.Row) error {
	d, err := outbox.Decode[channel.Delivery](r)
	if err != nil {
		return err
	}
	if past, err := b.untrue(ctx, d); err != nil || past {
		return err
	}
	to, err := b.People.Address(ctx, d.Person)
	if err != nil {
		return fmt.Errorf("find the address: %w", err)
	}
	if d.Aside {
		grave, err := b.grave(ctx, d.Person)
		if err != nil {
			return err
		}
		if grave {
			return b.undelivered(ctx, r, d, &channel.PushError{Verdict: channel.PushPark, Err: errors.New("kept while somebody cares for them")})
		}
	}
	if d.Behind {
		rests, err := b.rests(ctx, to)
		if err != nil {
			return err
		}
		if !rests {
			return b.undelivered(ctx, r, d, &channel.PushError{Verdict: channel.PushPark, Err: errors.New("kept until nothing is under way")})
		}
	}
	d = worded(d, b.ContentOf(to.Account))
	if d.Message == "" && !d.Said { // staff's own words stay as they are
		p, err := b.People.Get(ctx, d.Person)
		if err != nil {
			return fmt.Errorf("find how the person is addressed: %w", err)
		}
		d.Replies = address(d.Replies, p.Audience)
	}
	if d.Message == "" && !d.Said { // a reminder or a notice: it belongs to the conversation
		m := transcript.Message{ID: r.ID, Person: d.Person, From: transcript.FromBot, Replies: d.Replies, At: b.Now()}
		if err := b.Transcript.Append(ctx, m); err != nil {
			return fmt.Errorf("write what is said: %w", err)
		}
	}
	gone, err := b.People.Unfollowed(ctx, d.Person)
	if err != nil {
		return err
	}
	if !gone.IsZero() {
		return b.undelivered(ctx, r, d, &channel.PushError{Verdict: channel.PushPark, Gone: true, Err: errors.New("kept until they follow the account again")})
	}
	if d.Wait {
		return b.undelivered(ctx, r, d, &channel.PushError{Verdict: channel.PushPark, Err: errors.New("kept for the next contact")})
	}
	sender := b.Senders(to.Channel, to.Account)
	if sender == nil {
		return &outbox.Error{Verdict: outbox.Bury, Err: fmt.Errorf("no channel %s/%s is configured", to.Channel, to.Account)}
	}
	for i, reply := range d.Replies {
		if err := sender.Push(ctx, to.User, reply); err != nil {
			return b.undelivered(ctx, r, d, unsaid(d, i, err))
		}
	}
	if err := b.Bus.Publish(ctx, live.TopicPerson(d.Person)); err != nil {
		b.Slog.Warn("open pages hear of it late", "error", err)
	}
	return nil
}

// rests says that nothing is under way in the conversation with whoever is at an address, as far as the session tells.
func (b *Bot) rests(ctx context.Context, to channel.Address) (bool, error) {
	st, err := b.State(ctx, to)
	if err != nil {
		return false, fmt.Errorf("look whether something is under way: %w", err)
	}
	return !st.Talking && st.Talk.Phase == crisis.Quiet && b.flowsOf(st, b.ContentOf(to.Account)).Resting(st.Dialog), nil
}

// grave says that a person has an open case, or was asked whether they are in danger and has not answered.
func (b *Bot) grave(ctx context.Context, personID string) (bool, error) {
	open, err := b.Cases.OpenCase(ctx, personID)
	if err != nil || open != "" {
		return open != "", err
	}
	_, waits, err := b.Cases.Waiting(ctx, personID)
	return waits, err
}

// handoff brings the session into line with the case after a counsellor took or gave back the conversation.
func (b *Bot) handoff(ctx context.Context, r outbox.Row) error { return b.SyncCase(ctx, r.Person) }

// SyncCase reads from the case who has the conversation and marks the session so. The person is told when that changes.
func (b *Bot) SyncCase(ctx context.Context, personID string) error {
	return b.mark(ctx, personID, func(st *State) error { return b.syncCase(ctx, st) })
}

func (b *Bot) syncCase(ctx context.Context, st *State) error {
	open, talking, err := b.Cases.Stands(ctx, st.Person)
	if err != nil {
		return err
	}
	st.Case, st.Talking = open, talking
	if st.Talking { // the talk is theirs now
		st.Talk.Met, st.Waits = true, nil
		if st.Talk.Phase == crisis.Doubt {
			if err := b.Cases.Answered(ctx, st.Person, casework.AskedAnswer{Outcome: casework.AskedLeft, Case: st.Case, At: b.Now()}); err != nil {
				return err
			}
		}
		if st.Talk.Phase != crisis.Quiet {
			st.Talk.Phase = crisis.Paused
		}
	}
	st.Waiting = st.Waiting && st.Case != "" && !st.Talking
	return nil
}

// mark changes a person's session outside a message of theirs.
func (b *Bot) mark(ctx context.Context, personID string, change func(*State) error) error {
	to, err := b.People.Address(ctx, personID)
	if err != nil {
		return fmt.Errorf("mark session: %w", err)
	}
	turn, err := b.Sessions.Begin(ctx, b.Sessions.Enter(b.Sealer.Index(to), session.First), "")
	if err != nil {
		return fmt.Errorf("mark session: %w", err)
	}
	var st State
	if len(turn.State) > 0 {
		st, err = b.openState(turn.State, turn.User)
	}
	if err != nil || st.Person == "" {
		b.abort(ctx, turn)
		return nil //nolint:nilerr // no session, or none that can be read: the next message reads the database anyway
	}
	if err := change(&st); err != nil {
		b.abort(ctx, turn)
		return err
	}
	if err := b.commit(ctx, turn, st, nil); err != nil {
		b.abort(ctx, turn)
		return fmt.Errorf("mark session: %w", err)
	}
	return nil
}

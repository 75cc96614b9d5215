package bot

import (
	"context"
	"encoding/json"
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
	KindDeliver = "deliver" // push replies to a person; payload Delivery
	KindHandoff = "handoff" // a counsellor took or gave back the conversation
)

// Delivery is the payload of KindDeliver.
type Delivery struct {
	Person  string          `json:"person"`
	Replies []channel.Reply `json:"replies"`
	Message string          `json:"message,omitempty"` // the transcript message that this is, where it stands there already
	Said    bool            `json:"said,omitempty"`    // it stands in the transcript without being known by its ID

	Notice content.NoticeKey `json:"notice,omitempty"` // a notice instead of Replies, in the words of the day
	Name   string            `json:"name,omitempty"`   // who is named in it
	From   string            `json:"from,omitempty"`   // the colleague before them
	Holds  string            `json:"holds,omitempty"`  // it is true only while this member of staff has the conversation
	Until  time.Time         `json:"until,omitzero"`   // it is true only until then
	Wait   bool              `json:"wait,omitempty"`   // it is not pushed: it waits for the next contact
	Aside  bool              `json:"aside,omitempty"`  // it is no matter of theirs: it waits while they are in danger or somebody cares for them
}

// untrue says that what a delivery says does not hold any more: nobody is told that somebody is there who is not.
func (b *Bot) untrue(ctx context.Context, d Delivery) (bool, error) {
	if !d.Until.IsZero() && !b.Now().Before(d.Until) {
		return true, nil
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

func decodeDelivery(payload []byte) (Delivery, error) {
	var d Delivery
	if err := json.Unmarshal(payload, &d); err != nil {
		return d, fmt.Errorf("read delivery: %w", err)
	}
	return d, nil
}

// worded is a delivery with its notice in the words of the account's day.
func (d Delivery) worded(bundle *content.Bundle) Delivery {
	if d.Notice != "" {
		d.Replies = []channel.Reply{{Text: bundle.Replies.Notice(d.Notice, "name", d.Name, "from", d.From)}}
	}
	return d
}

func (b *Bot) deliverLater(ctx context.Context, personID, key string, d Delivery) error {
	d.Person = personID
	payload, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("write delivery: %w", err)
	}
	return b.Outbox.Put(ctx, outbox.Row{ID: b.NewID(), Key: key, Kind: KindDeliver, Person: personID, Payload: payload, RunAt: b.Now()})
}

// DeliverLater says something to a person without being asked, as soon as their platform allows. A second call with the
// key does nothing.
func (b *Bot) DeliverLater(ctx context.Context, personID, key string, replies []channel.Reply) error {
	return b.deliverLater(ctx, personID, key, Delivery{Replies: replies})
}

// NudgeUntil is DeliverLater for a kind reminder that is true only until a time: whoever comes back later is not told any
// more, and nobody is told in the midst of a talk about danger.
func (b *Bot) NudgeUntil(ctx context.Context, personID, key string, until time.Time, replies []channel.Reply) error {
	return b.deliverLater(ctx, personID, key, Delivery{Replies: replies, Until: until, Aside: true})
}

// Handlers are the outbox handlers of the bot.
func (b *Bot) Handlers() map[string]outbox.Handler {
	return map[string]outbox.Handler{KindDeliver: b.deliver, KindHandoff: b.handoff, KindSilence: b.askAfterSilence}
}

// deliver pushes replies to a person. What the platform will not take now waits for the person's next contact.
func (b *Bot) deliver(ctx context.Context, r outbox.Row) error {
	d, err := decodeDelivery(r.Payload)
	if err != nil {
		return &outbox.Error{Verdict: outbox.Bury, Err: err}
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
			return b.undelivered(ctx, d, &channel.PushError{Verdict: channel.PushPark, Err: errors.New("kept while somebody cares for them")})
		}
	}
	d = d.worded(b.ContentOf(to.Account))
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
	if d.Wait {
		return b.undelivered(ctx, d, &channel.PushError{Verdict: channel.PushPark, Err: errors.New("kept for the next contact")})
	}
	sender := b.Senders(to.Channel, to.Account)
	if sender == nil {
		return &outbox.Error{Verdict: outbox.Bury, Err: fmt.Errorf("no channel %s/%s is configured", to.Channel, to.Account)}
	}
	for _, reply := range d.Replies {
		if err := sender.Push(ctx, to.User, reply); err != nil {
			return b.undelivered(ctx, d, err)
		}
	}
	if err := b.Bus.Publish(ctx, live.TopicPerson(d.Person)); err != nil {
		b.Slog.Warn("open pages hear of it late", "error", err)
	}
	return nil
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

func (b *Bot) undelivered(ctx context.Context, d Delivery, err error) error {
	var pe *channel.PushError
	if !errors.As(err, &pe) || pe.Verdict == channel.PushRetry {
		return err
	}
	if pe.Verdict == channel.PushGiveUp {
		return &outbox.Error{Verdict: outbox.Bury, Err: err}
	}
	if merr := b.mark(ctx, d.Person, func(st *State) error { st.Parked = true; return nil }); merr != nil {
		return errors.Join(err, merr) // try again: without the mark nobody would look
	}
	return &outbox.Error{Verdict: outbox.Park, Err: err}
}

// handoff brings the session into line with the case after a counsellor took or gave back the conversation.
func (b *Bot) handoff(ctx context.Context, r outbox.Row) error { return b.SyncCase(ctx, r.Person) }

// SyncCase reads from the case who has the conversation and marks the session so. The person is told when that changes.
func (b *Bot) SyncCase(ctx context.Context, personID string) error {
	return b.mark(ctx, personID, func(st *State) error { return b.syncCase(ctx, st) })
}

func (b *Bot) syncCase(ctx context.Context, st *State) error {
	open, err := b.Cases.OpenCase(ctx, st.Person)
	if err != nil {
		return fmt.Errorf("look for an open case: %w", err)
	}
	talking, err := b.Cases.TalkingWith(ctx, st.Person)
	if err != nil {
		return fmt.Errorf("look who has the conversation: %w", err)
	}
	st.Case, st.Talking = open, talking != ""
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
		err = b.openJSON(turn.State, "state:"+turn.User, &st)
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

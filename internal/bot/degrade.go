package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/crisis"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/spool"
)

// degrade answers when a backend failed. It never refuses a message, and says only what is known: what was kept, and never
// that something was not done which may have been. Danger gets the crisis text from memory, and is recorded from the spool as
// soon as a database takes it; anything else is handled from there, and answered then.
func (b *Bot) degrade(ctx context.Context, in channel.Inbound, reading risk.Reading, cause error) ([]channel.Reply, string) {
	b.Slog.Error("message handled without backends", "channel", in.Address, "kind", string(in.Kind), "level", string(reading.Level), "error", cause)
	bundle := b.ContentOf(in.Account)
	if danger := reading.Calls(); danger || reading.Ask { // a question needs no backend; its answer is read by itself
		err := b.Spool.Add(ctx, spool.Entry{Duty: spool.Record, Danger: true, Inbound: in})
		if danger && b.Alarm != nil {
			b.Alarm(b.Sealer.Index(in.Address), in, reading.Level)
		}
		if err != nil {
			b.Slog.Error("DANGER is in the memory of this process alone: do not restart it, make room on the disk, and call the duty", "level", string(reading.Level), "error", err)
		}
		if danger {
			return b.firstWords(bundle, in, reading), "degraded_crisis"
		}
		return b.firstWords(bundle, in, reading), "degraded_asked"
	}
	if automatic(in) { // nobody said anything, and nobody waits for an answer
		if err := b.Spool.Add(ctx, spool.Entry{Duty: spool.Answer, Inbound: in}); err != nil {
			b.Slog.Error("a report of the platform could not be kept", "channel", in.Address, "event", string(in.Event.Type), "error", err)
		}
		return nil, "unheard"
	}
	key := content.NoticeBusy
	switch err := b.Spool.Add(ctx, spool.Entry{Duty: spool.Answer, Inbound: in}); {
	case err != nil:
		b.Slog.Error("a message could not be kept, and the person was told so", "channel", in.Address, "error", err)
		key = content.NoticeBusyLost
	case in.Kind == channel.KindOther: // nobody knows what it was, and nothing answers it
		return nil, "degraded"
	case in.Kind == channel.KindEvent && in.Event.Type == channel.EventSubscribe:
		key = content.NoticeBusyHello
	case in.Tapped() || in.Kind == channel.KindEvent:
		key = content.NoticeBusyTap
	}
	return []channel.Reply{{Text: bundle.Replies.Notice(key)}}, "degraded"
}

// firstWords are the first words of the talk from memory. Nothing remembers what was offered, so that nothing is.
func (b *Bot) firstWords(bundle *content.Bundle, in channel.Inbound, reading risk.Reading) []channel.Reply {
	bubbles, _ := bundle.Talk.Render(firstTurn(bundle, in, reading), b.scene(bundle, b.Now()))
	replies := said(bubbles)
	for i := range replies {
		replies[i].Choices = nil
	}
	return replies
}

// firstTurn begins the talk, or asks, with nothing known but the message.
func firstTurn(bundle *content.Bundle, in channel.Inbound, reading risk.Reading) crisis.Turn {
	heard := bundle.Talk.Hear(crisis.State{}, crisis.Message{Text: written(in)})
	if reading.Ask && !crisis.Urgent(heard) {
		return crisis.Ask(crisis.State{}, heard, reading, in.At)
	}
	return crisis.Begin(crisis.State{}, heard, reading, in.At)
}

// Accept makes a message durable that will be acknowledged before its answer is ready; Late, or Replay after a crash, owes
// the answer.
func (b *Bot) Accept(ctx context.Context, in channel.Inbound) error {
	in = b.known(in)
	danger := b.readIn(b.ContentOf(in.Account), risk.Talk{}, in).Calls()
	return b.Spool.Hold(ctx, spool.Entry{Duty: spool.Answer, Danger: danger, Inbound: in})
}

// Late delivers the answer to a message that was acknowledged without one, or to what was done on a page. Where no answer
// came, or only words for the moment since no backend was there, the real one follows from the spool.
func (b *Bot) Late(ctx context.Context, in channel.Inbound, replies []channel.Reply, failed error) error {
	owed := failed != nil || b.Spool.Owed(in)
	var err error
	if !owed {
		err = b.late(ctx, in, replies)
	}
	b.Spool.Free(in, !owed && err == nil)
	return err
}

func (b *Bot) late(ctx context.Context, in channel.Inbound, replies []channel.Reply) error {
	if len(replies) == 0 {
		return nil
	}
	p, err := b.People.Resolve(ctx, in.Address)
	if err != nil {
		return fmt.Errorf("late answer: %w", err)
	}
	return b.deliverLater(ctx, p.ID, "late:"+b.key(in), channel.Delivery{Replies: replies, Said: true})
}

// Replay is the spool's worker: it records, answers or saves what was left. It must bear being run twice for one entry.
func (b *Bot) Replay(ctx context.Context, e spool.Entry) error {
	switch e.Duty {
	case spool.Answer:
		bundle := b.ContentOf(e.Inbound.Account)
		place := b.Sessions.Enter(b.Sealer.Index(e.Inbound.Address), e.Inbound.Order())
		r := b.turn(ctx, task{bundle: bundle, in: e.Inbound, reading: b.readIn(bundle, risk.Talk{}, e.Inbound), place: place})
		if errors.Is(r.err, session.ErrBehind) {
			return fmt.Errorf("%w: %w", spool.ErrBehind, r.err)
		}
		if r.err != nil {
			return r.err
		}
		return b.late(ctx, e.Inbound, r.replies)
	case spool.Settle:
		return b.saveSpooled(ctx, e)
	case spool.Mark:
		return b.markSpooled(ctx, e.Inbound)
	default:
		return b.recordSpooled(ctx, e.Inbound)
	}
}

// saved is a session that could not be saved, with a digest of the one before it.
type saved struct {
	State  json.RawMessage `json:"state"`
	Before string          `json:"before"`
}

// saveLater keeps what a turn came to, for when the sessions are back: with it the next contact goes on from there, and a
// repeated message gets the same answer.
func (b *Bot) saveLater(ctx context.Context, turn session.Turn, x *exchange, replies []channel.Reply) error {
	state, err := json.Marshal(x.state)
	if err == nil {
		state, err = json.Marshal(saved{State: state, Before: digest(turn.State)})
	}
	if err != nil {
		return fmt.Errorf("keep a session: %w", err)
	}
	return b.Spool.Add(ctx, spool.Entry{Duty: spool.Settle, Inbound: x.in, State: state, Replies: replies})
}

// saveSpooled saves a session that could not be saved, unless the person has gone on without it.
func (b *Bot) saveSpooled(ctx context.Context, e spool.Entry) error {
	var s saved
	if err := json.Unmarshal(e.State, &s); err != nil {
		return fmt.Errorf("save a kept session: %w", err)
	}
	var st State
	if err := json.Unmarshal(s.State, &st); err != nil {
		return fmt.Errorf("save a kept session: %w", err)
	}
	turn, err := b.Sessions.Begin(ctx, b.Sessions.Enter(b.Sealer.Index(e.Inbound.Address), session.First), e.Inbound.ID)
	if err != nil {
		return fmt.Errorf("save a kept session: %w", err)
	}
	if turn.Seen || len(turn.State) > 0 && digest(turn.State) != s.Before {
		b.abort(ctx, turn)
		return nil
	}
	if err := b.commit(ctx, turn, st, e.Replies); err != nil {
		b.abort(ctx, turn)
		return fmt.Errorf("save a kept session: %w", err)
	}
	return nil
}

func digest(sealed []byte) string {
	sum := sha256.Sum256(sealed)
	return hex.EncodeToString(sum[:8])
}

// recordSpooled records a message that was answered from memory, with the case or the question that it was answered by.
func (b *Bot) recordSpooled(ctx context.Context, in channel.Inbound) error {
	p, err := b.People.Resolve(ctx, in.Address)
	if err != nil {
		return fmt.Errorf("record spooled message: %w", err)
	}
	bundle, key := b.ContentOf(in.Account), b.key(in)
	reading := b.readIn(bundle, risk.Talk{}, in)
	m := b.message(p.ID, key, in, in.At)
	var turn crisis.Turn
	if reading.Level.AtLeast(risk.Medium) {
		turn = firstTurn(bundle, in, reading)
	}
	err = b.InTx(ctx, func(ctx context.Context) error {
		if err := b.Transcript.Append(ctx, m); err != nil {
			return err
		}
		look := silence{Since: in.At, Origin: in.Origin}
		switch {
		case turn.Raise.Level.AtLeast(risk.Medium):
			sig := casework.Signal{Person: p.ID, Level: turn.Raise.Level, Subject: turn.State.Subject, Rule: reading.Rule, Category: reading.Category, Score: reading.Score, Reason: turn.Raise.Reason, Message: m.ID, Key: "signal:" + key + ":" + reading.Rule, At: in.At}
			c, err := b.Cases.Raise(ctx, b.placed(ctx, sig, in.Origin))
			if err != nil {
				return err
			}
			look.Case = c.ID
			if err := b.expect(ctx, p.ID, c.ID, key, in); err != nil {
				return err
			}
		case turn.State.Phase == crisis.Doubt:
			a := askedOf(key, m, turn, reading)
			look.Asked = a.Key
			if err := b.Cases.Ask(ctx, *a); err != nil {
				return err
			}
		default:
			id, err := b.Cases.OpenCase(ctx, p.ID)
			if err != nil || id == "" {
				return err
			}
			if err := b.expect(ctx, p.ID, id, key, in); err != nil {
				return err
			}
			return b.Cases.PersonSaid(ctx, p.ID, id)
		}
		row, ok, err := b.silence(bundle, turn.State, look)
		if err != nil || !ok {
			return err
		}
		row.Key, row.Person = KindSilence+":"+key, p.ID
		return b.Outbox.Put(ctx, row)
	})
	if err != nil {
		return fmt.Errorf("record spooled message: %w", err)
	}
	if err := b.Bus.Publish(ctx, live.TopicPerson(p.ID)); err != nil {
		b.Slog.Warn("open pages hear of it late", "error", err)
	}
	return b.markOrLater(ctx, in)
}

// markOrLater lets the session know what was recorded. A case must not wait for the sessions, nor the next one's for this
// one's: what cannot be marked at once is marked later, and before anything that the person says then.
func (b *Bot) markOrLater(ctx context.Context, in channel.Inbound) error {
	soon, cancel := context.WithTimeout(ctx, markPatience)
	defer cancel()
	err := b.markSpooled(soon, in)
	if err == nil {
		return nil
	}
	if kept := b.Spool.Add(ctx, spool.Entry{Duty: spool.Mark, Inbound: in}); kept != nil {
		return errors.Join(err, kept)
	}
	return nil
}

const markPatience = 700 * time.Millisecond

// markSpooled brings the session into line with what was recorded of a message: the next words are an answer to what it was
// answered with.
func (b *Bot) markSpooled(ctx context.Context, in channel.Inbound) error {
	p, err := b.People.Resolve(ctx, in.Address)
	if err != nil {
		return fmt.Errorf("mark what was recorded: %w", err)
	}
	bundle := b.ContentOf(in.Account)
	reading := b.readIn(bundle, risk.Talk{}, in)
	var turn crisis.Turn
	if reading.Level.AtLeast(risk.Medium) {
		turn = firstTurn(bundle, in, reading)
	}
	return b.mark(ctx, p.ID, func(st *State) error {
		if turn.State.Phase != crisis.Quiet && in.At.After(st.Talk.Since) && in.At.After(st.Talk.Doubted) {
			turn.State.Audience = audience(st.Audience)
			_, st.Talk = bundle.Talk.Render(turn, b.scene(bundle, in.At))
		}
		return b.syncCase(ctx, st)
	})
}

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
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/spool"
)

// degrade answers when a backend failed. What a person wrote goes to the spool, synced to the disk, and is recorded
// from there; danger gets the crisis text from memory. Only when even the spool fails is a harmless message refused, so
// that the platform sends it again; danger is answered all the same.
func (b *Bot) degrade(in channel.Inbound, reading risk.Reading, cause error) ([]channel.Reply, string, error) {
	b.Slog.Error("message handled without backends", "channel", in.Address, "kind", string(in.Kind), "level", string(reading.Level), "error", cause)
	bundle := b.ContentOf(in.Account)
	danger := reading.Calls()
	if !danger && in.Kind == channel.KindEvent {
		return nil, "failed", cause // the platform sends it again
	}
	if !danger && (in.Tapped() || in.Text == "") {
		return []channel.Reply{{Text: bundle.Replies.Notice(content.NoticeBusyTap)}}, "degraded", nil
	}
	_, err := b.Spool.Add(spool.Entry{Duty: spool.Record, Inbound: in})
	if danger {
		if b.Alarm != nil {
			b.Alarm(b.Sealer.Index(in.Address), in, reading.Level)
		}
		if err != nil {
			b.Slog.Error("DANGER could not be spooled: look at the log of this minute and call the duty", "level", string(reading.Level), "error", err)
		}
		return b.firstWords(bundle, in, reading), "degraded_crisis", nil
	}
	if err != nil {
		return nil, "failed", errors.Join(cause, err)
	}
	if reading.Ask { // the question needs no backend; its answer is read by itself
		return b.firstWords(bundle, in, reading), "degraded_asked", nil
	}
	return []channel.Reply{{Text: bundle.Replies.Notice(content.NoticeBusy)}}, "degraded", nil
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

// Accept makes a message durable that will be acknowledged before its answer is ready; Late, or Replay after a crash,
// owes the answer.
func (b *Bot) Accept(_ context.Context, in channel.Inbound) error {
	_, err := b.Spool.Add(spool.Entry{Duty: spool.Answer, Inbound: in})
	return err
}

// Late delivers the answer to a message that was acknowledged without one.
func (b *Bot) Late(ctx context.Context, in channel.Inbound, replies []channel.Reply) error {
	if len(replies) == 0 {
		return nil
	}
	p, err := b.People.Resolve(ctx, in.Address)
	if err != nil {
		return fmt.Errorf("late answer: %w", err)
	}
	return b.deliverLater(ctx, p.ID, "late:"+b.key(in), channel.Delivery{Replies: replies, Said: true})
}

// Replay is the spool's worker: it records, or answers, what was left. It must bear being run twice for one entry.
func (b *Bot) Replay(ctx context.Context, e spool.Entry) error {
	switch e.Duty {
	case spool.Answer:
		if b.Now().Sub(e.Inbound.At) < answerGrace { // its handler is still at work
			return fmt.Errorf("the answer is being made")
		}
		replies, err := b.Handle(ctx, e.Inbound)
		if err != nil {
			return err
		}
		return b.Late(ctx, e.Inbound, replies)
	default:
		return b.recordSpooled(ctx, e.Inbound)
	}
}

// answerGrace is how long the process that acknowledged a message may still be working on it.
const answerGrace = 40 * time.Second

// recordSpooled records a message that was answered from memory, with the case or the question that it was answered by, and
// lets the session know what was asked, so that the next words are an answer.
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
			return b.Cases.PersonSaid(ctx, id)
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
	err = b.mark(ctx, p.ID, func(st *State) error {
		if turn.State.Phase != crisis.Quiet && in.At.After(st.Talk.Since) && in.At.After(st.Talk.Doubted) {
			turn.State.Audience = audience(st.Audience)
			_, st.Talk = bundle.Talk.Render(turn, b.scene(bundle, in.At))
		}
		return b.syncCase(ctx, st)
	})
	if err != nil {
		return err
	}
	if err := b.Bus.Publish(ctx, live.TopicPerson(p.ID)); err != nil {
		b.Slog.Warn("open pages hear of it late", "error", err)
	}
	return nil
}

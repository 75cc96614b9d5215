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
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// KindSilence is the outbox kind of a look, some minutes after the bot's answer to danger, at whether the person wrote
// again. It is durable: a restart, or the death of the replica that put it, changes nothing.
const KindSilence = "silence"

// silence is the payload of KindSilence: what was decided when the answer was given, so that a lost session changes nothing.
type silence struct {
	Case  string        `json:"case"`
	Text  string        `json:"text"`  // what is asked when nothing came
	Since time.Time     `json:"since"` // when the person last wrote
	After time.Duration `json:"after"`
	Asked string        `json:"asked,omitempty"` // the key of a question after an unclear reading, which may have been answered meanwhile
	Raise bool          `json:"raise,omitempty"` // which becomes a case: a wish, means, a place or a deed was named
	About risk.Subject  `json:"about,omitempty"`
	Why   string        `json:"why,omitempty"`
	// Origin is where the words came from that the question was put to; see channel.Inbound.
	Origin string `json:"origin,omitempty"`
}

// Kind implements outbox.Job.
func (silence) Kind() string { return KindSilence }

// mindSilence puts the look in, in the transaction that records the answer. asked is the key of the question that was put in
// this turn after an unclear reading, "" where none was.
func (x *exchange) mindSilence(ctx context.Context) error {
	if x.state.Talking {
		return nil
	}
	asked := ""
	if x.asked != nil {
		asked = x.asked.Key
	}
	row, ok, err := x.b.silence(x.bundle, x.state.Talk, silence{Case: x.state.Case, Since: x.now, Asked: asked, Origin: x.in.Origin})
	if err != nil || !ok {
		return err
	}
	row.Key, row.Person = KindSilence+":"+x.key, x.state.Person
	return x.b.Outbox.Put(ctx, row)
}

// silence makes the row that looks whether the person wrote again, as the stage of the talk wants it; false where the stage
// wants none.
func (b *Bot) silence(bundle *content.Bundle, talk crisis.State, s silence) (outbox.Row, bool, error) {
	if !talk.Open(s.Since) || talk.Phase == crisis.Doubt && s.Asked == "" { // the look at a doubt was put in with its question
		return outbox.Row{}, false, nil
	}
	turn, key := crisis.Silence(talk)
	s.After, s.Raise, s.About, s.Why = bundle.Talk.Wait(talk), turn.Raise.Level != "", talk.Subject, turn.Raise.Reason
	if s.Asked == "" {
		s.Text = bundle.Talk.Silent(turn.State, key)
	}
	row, err := outbox.For(s, outbox.Row{ID: b.NewID(), RunAt: s.Since.Add(s.After)})
	return row, err == nil, err
}

// askAfterSilence asks once, gently, whether the person is still there, and shows staff that they did not answer. What
// the person, or a counsellor, said meanwhile makes it needless. A question that was asked and could not be recorded, since
// the database went down in between, is asked again: being asked twice is better than never.
func (b *Bot) askAfterSilence(ctx context.Context, r outbox.Row) error {
	s, err := outbox.Decode[silence](r)
	if err != nil {
		return err
	}
	if s.Asked != "" {
		return b.unanswered(ctx, r, s)
	}
	latest, err := b.Transcript.Latest(ctx, r.Person, "", lookBack)
	if err != nil {
		return fmt.Errorf("look at a silence: %w", err)
	}
	for _, m := range latest {
		if m.ID == r.ID || m.From != transcript.FromBot && m.At.After(s.Since) {
			return nil
		}
	}
	open, err := b.Cases.OpenCase(ctx, r.Person)
	if err != nil || open != s.Case {
		return err
	}
	if talking, err := b.Cases.TalkingWith(ctx, r.Person); err != nil || talking != "" {
		return err
	}
	sent := false
	note := fmt.Sprintf("%d 分钟没有回话，能问的都问过了，没有再追问", int(s.After.Minutes()))
	if s.Text != "" {
		if sent, err = b.pushQuestion(ctx, r.Person, s.Text); err != nil {
			return err
		}
		note = fmt.Sprintf("%d 分钟没有回话，平台这会儿不让主动发消息，没能追问", int(s.After.Minutes()))
	}
	if sent {
		note = fmt.Sprintf("%d 分钟没有回话，自动助手轻轻问了一句", int(s.After.Minutes()))
	}
	err = b.InTx(ctx, func(ctx context.Context) error {
		if sent {
			m := transcript.Message{ID: r.ID, Person: r.Person, From: transcript.FromBot, Replies: []channel.Reply{{Text: s.Text}}, At: b.Now()}
			if err := b.Transcript.Append(ctx, m); err != nil {
				return fmt.Errorf("write what is asked: %w", err)
			}
		}
		return b.Cases.Told(ctx, s.Case, casework.StepSilent, note, r.Key)
	})
	if err != nil {
		return fmt.Errorf("look at a silence: %w", err)
	}
	if err := b.Bus.Publish(ctx, live.TopicPerson(r.Person)); err != nil {
		b.Slog.Warn("open pages hear of it late", "error", err)
	}
	return b.mark(ctx, r.Person, func(st *State) error { st.Talk.Silences++; return nil })
}

// unanswered ends a question after an unclear reading that nobody answered. After a grave sign it becomes a case. What was
// answered meanwhile, or left, waits no more.
func (b *Bot) unanswered(ctx context.Context, r outbox.Row, s silence) error {
	var sig *casework.Signal
	if s.Raise {
		placed := b.placed(ctx, casework.Signal{Person: r.Person, Level: risk.Medium, Subject: s.About, Rule: ruleAsked, Reason: s.Why, Key: "signal:" + r.Key, At: b.Now()}, s.Origin)
		sig = &placed
	}
	waited, err := b.Cases.Unanswered(ctx, r.Person, s.Asked, sig)
	if err != nil || !waited {
		return err
	}
	return b.mark(ctx, r.Person, func(st *State) error {
		if st.Talk.Phase == crisis.Doubt {
			turn, _ := crisis.Silence(st.Talk)
			st.Talk, st.Waits = turn.State, nil
		}
		return b.syncCase(ctx, st)
	})
}

// lookBack is how many of the latest messages are looked at: a few of the bot's may follow the person's last.
const lookBack = 20

// pushQuestion says whether the platform took it. A platform that does not take it now is not asked again: a question
// that comes hours later would be out of place.
func (b *Bot) pushQuestion(ctx context.Context, personID, text string) (bool, error) {
	to, err := b.People.Address(ctx, personID)
	if err != nil {
		return false, fmt.Errorf("find the address: %w", err)
	}
	if gone, err := b.People.Unfollowed(ctx, personID); err != nil || !gone.IsZero() {
		return false, err
	}
	sender := b.Senders(to.Channel, to.Account)
	if sender == nil {
		return false, nil
	}
	err = sender.Push(ctx, to.User, channel.Reply{Text: text})
	var pe *channel.PushError
	if errors.As(err, &pe) && pe.Verdict != channel.PushRetry {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask after a silence: %w", err)
	}
	return true, nil
}

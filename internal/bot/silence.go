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
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// KindSilence is the outbox kind of a look, some minutes after the bot's answer to danger, at whether the person wrote
// again. It is durable: a restart, or the death of the replica that put it, changes nothing.
const KindSilence = "silence"

// silence is the payload of KindSilence.
type silence struct {
	Case  string        `json:"case"`
	Text  string        `json:"text"`  // what is asked when nothing came
	Since time.Time     `json:"since"` // when the person last wrote
	After time.Duration `json:"after"`
}

// mindSilence puts the look in, in the transaction that records the answer.
func (x *exchange) mindSilence(ctx context.Context) error {
	if !x.company() || x.state.Talking || x.state.Talk.Level == "" {
		return nil
	}
	after, text := x.bundle.Replies.Silence(x.state.Talk.Level, x.state.Talk.Silences)
	if text == "" {
		return nil
	}
	if x.toParent() {
		text = content.ToParent(text)
	}
	payload, err := json.Marshal(silence{Case: x.state.Case, Text: text, Since: x.now, After: after})
	if err != nil {
		return fmt.Errorf("mind the silence: %w", err)
	}
	return x.b.Outbox.Put(ctx, outbox.Row{ID: x.b.NewID(), Key: KindSilence + ":" + x.key, Kind: KindSilence, Person: x.state.Person, Payload: payload, RunAt: x.now.Add(after)})
}

// askAfterSilence asks once, gently, whether the person is still there, and shows staff that they did not answer. What
// the person, or a counsellor, said meanwhile makes it needless. A question that was asked and could not be recorded, since
// the database went down in between, is asked again: rather twice than not at all.
func (b *Bot) askAfterSilence(ctx context.Context, r outbox.Row) error {
	var s silence
	if err := json.Unmarshal(r.Payload, &s); err != nil {
		return &outbox.Error{Verdict: outbox.Bury, Err: fmt.Errorf("read a look at a silence: %w", err)}
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
	sent, err := b.pushQuestion(ctx, r.Person, s.Text)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("%d 分钟没有回话，平台这会儿不让主动发消息，没能追问", int(s.After.Minutes()))
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
		return b.Cases.Told(ctx, s.Case, casework.StepSilent, note)
	})
	if err != nil {
		return fmt.Errorf("look at a silence: %w", err)
	}
	if err := b.Bus.Publish(ctx, live.TopicPerson(r.Person)); err != nil {
		b.Slog.Warn("open pages hear of it late", "error", err)
	}
	return b.mark(ctx, r.Person, func(st *State) error { st.Talk.Silences++; return nil })
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

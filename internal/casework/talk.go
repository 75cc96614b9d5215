package casework

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// MaxText is how many characters a message of staff may have.
const MaxText = 2000

// KindHandoff is the outbox kind of a handoffPayload, which the bot does.
const KindHandoff = "handoff"

// handoffPayload tells the bot whose session must learn who speaks now; it asks TalkingWith for the answer.
type handoffPayload struct {
	Person string `json:"person"`
}

// TalkStore is what relaying a talk needs: who speaks with the person, what staff said, and what they have not read yet.
type TalkStore interface {
	// OpenState returns where the person's open case stands, the zero value where there is none; locked for update inside a
	// transaction.
	OpenState(ctx context.Context, personID string) (OpenState, error)
	// AddMessage reports false when staff said something under this key before.
	AddMessage(ctx context.Context, caseID, messageID, key string, at time.Time) (bool, error)
	// AddUnread counts one more message of the person, unless plain words of theirs start a clock (Case.minded), and reports
	// whether it did; ForceUnread counts it in any case, ClearUnread says that staff looked.
	AddUnread(ctx context.Context, caseID string) (bool, error)
	ForceUnread(ctx context.Context, caseID string) error
	ClearUnread(ctx context.Context, caseID string) error
}

// Kind implements outbox.Job.
func (handoffPayload) Kind() string { return KindHandoff }

// The notices that tell a person who speaks now, by their names in dialogs/replies/notices.yaml.
const (
	noticeTaken      = "taken"
	noticeHandedOver = "handed_over"
	noticeTakenOver  = "taken_over"
	noticeJoined     = "joined"
	noticeHandedBack = "handed_back"
	noticeLeft       = "left" // whoever had the conversation is not there any more
)

// TalkingWith returns the case under which staff have the person's conversation, "" where the dialog speaks.
func (s *Service) TalkingWith(ctx context.Context, personID string) (string, error) {
	st, err := s.standing(ctx, personID)
	if err != nil || st.Status != StatusTalking {
		return "", err
	}
	return st.Case, nil
}

// Holder returns the ID of the member of staff who has the person's conversation, "" where the dialog speaks.
func (s *Service) Holder(ctx context.Context, personID string) (string, error) {
	st, err := s.standing(ctx, personID)
	if err != nil || st.Status != StatusTalking {
		return "", err
	}
	return st.Assignee, nil
}

// OpenCase returns the ID of the person's open case, "" where there is none.
func (s *Service) OpenCase(ctx context.Context, personID string) (string, error) {
	st, err := s.standing(ctx, personID)
	return st.Case, err
}

// Stands returns the ID of the person's open case, "" where there is none, and whether staff have the conversation.
func (s *Service) Stands(ctx context.Context, personID string) (caseID string, talking bool, err error) {
	st, err := s.standing(ctx, personID)
	return st.Case, st.Status == StatusTalking, err
}

func (s *Service) standing(ctx context.Context, personID string) (OpenState, error) {
	st, err := s.Store.OpenState(ctx, personID)
	if err != nil {
		return OpenState{}, fmt.Errorf("look for the open case of a person: %w", err)
	}
	return st, nil
}

// Say sends the text of whoever has the conversation, or was asked into it, to the person. A second call with the same key
// does nothing (a double click).
func (s *Service) Say(ctx context.Context, caseID string, by Actor, text, key string) error {
	text, err := checkText(text)
	if err != nil {
		return err
	}
	if key == "" {
		return errors.New("say: a key is needed")
	}
	var c Case
	err = s.Store.InTx(ctx, func(ctx context.Context) (err error) {
		if c, err = s.Store.ForUpdate(ctx, caseID); err != nil {
			return err
		}
		if c.Status == StatusClosed {
			return ErrClosed
		}
		if c.Status != StatusTalking || c.Assignee != by.ID && c.Second.ID != by.ID {
			return ErrNotYours
		}
		if c.Second.ID == by.ID {
			if err := s.greet(ctx, c, by); err != nil {
				return err
			}
		}
		fresh, err := s.write(ctx, c, by, text, key)
		if err != nil || !fresh {
			return err
		}
		s.acted(&c)
		return s.Store.Update(ctx, c)
	})
	if err != nil {
		return fmt.Errorf("say in case %s: %w", caseID, err)
	}
	s.publish(ctx, c)
	return nil
}

// write records a message of staff and queues its delivery; false where it was written before.
func (s *Service) write(ctx context.Context, c Case, by Actor, text, key string) (bool, error) {
	now, id := s.now(), s.ID()
	fresh, err := s.Store.AddMessage(ctx, c.ID, id, key, now)
	if err != nil || !fresh {
		return false, err
	}
	replies := []channel.Reply{{Text: text}}
	m := transcript.Message{ID: id, Person: c.Person, From: transcript.FromStaff, Replies: replies, Staff: by.Name, At: now}
	if err := s.Transcript.Append(ctx, m); err != nil {
		return false, err
	}
	return true, s.put(ctx, DeliveryKey(id), c.Person, channel.Delivery{Person: c.Person, Replies: replies, Message: id})
}

// putHandoff tells the session, and the person in one sentence, who speaks from now on. The sentence that somebody is there
// holds only while they are: it is asked of the case when it is said.
func (s *Service) putHandoff(ctx context.Context, before, c Case, why StepKind) error {
	id := s.ID()
	if err := s.put(ctx, "handoff:"+id, c.Person, handoffPayload{Person: c.Person}); err != nil {
		return err
	}
	n := channel.Delivery{Person: c.Person, Name: c.AssigneeName, From: before.AssigneeName, Holds: c.Assignee}
	switch {
	case why == StepReleased:
		n = channel.Delivery{Person: c.Person, Notice: noticeLeft}
	case c.Assignee == "":
		n = channel.Delivery{Person: c.Person, Notice: noticeHandedBack}
	case why == StepHandedOver:
		n.Notice = noticeHandedOver
	case before.Assignee != "":
		n.Notice = noticeTakenOver
	default:
		n.Notice = noticeTaken
	}
	return s.put(ctx, "notice:"+id, c.Person, n)
}

// put asks for something to be done for a person now.
func (s *Service) put(ctx context.Context, key, person string, job outbox.Job) error {
	return outbox.Ask(ctx, s.Outbox, job, outbox.Row{ID: s.ID(), Key: key, Person: person, RunAt: s.now()})
}

// PersonSaid counts a message of the person in their case, and tells the open pages. In a conversation of high or imminent
// level that somebody has, every word of the person starts the clock: who was in danger minutes ago need not name it again.
func (s *Service) PersonSaid(ctx context.Context, personID, caseID string) error {
	counted, err := s.Store.AddUnread(ctx, caseID) // it waits for whoever writes to the case just now
	if err == nil && !counted {
		err = s.mind(ctx, caseID)
	}
	if err != nil {
		return fmt.Errorf("count a message in case %s: %w", caseID, err)
	}
	s.publish(ctx, Case{ID: caseID, Person: personID})
	return nil
}

// minded says whether plain words of the person start a clock.
func (c Case) minded() bool {
	return c.Status == StatusTalking && c.Waits == WaitsNothing && c.Level.AtLeast(risk.High)
}

func (s *Service) mind(ctx context.Context, caseID string) error {
	return s.Store.InTx(ctx, func(ctx context.Context) error {
		c, err := s.Store.ForUpdate(ctx, caseID)
		if err != nil {
			return err
		}
		if err := s.Store.ForceUnread(ctx, caseID); err != nil || !c.minded() {
			return err
		}
		s.wait(&c, WaitsAnswer, uncalled)
		if err := s.Store.Update(ctx, c); err != nil {
			return err
		}
		return s.putClock(ctx, c)
	})
}

// Noted says that whoever has the conversation read the person's last words and need not answer them (a thank-you, a good
// night). Words of danger are answered: ErrUnanswered.
func (s *Service) Noted(ctx context.Context, id string, by Actor) (Case, error) {
	return s.change(ctx, "note the words in", id, func(_ context.Context, c *Case) (*Step, error) {
		switch {
		case c.Assignee != by.ID:
			return nil, ErrNotYours
		case c.Unanswered():
			return nil, ErrUnanswered
		case c.Waits != WaitsAnswer:
			return nil, nil
		}
		s.rest(c)
		return by.step(StepRead, ""), nil
	})
}

// Seen says that staff looked at the conversation: nothing is unread any more.
func (s *Service) Seen(ctx context.Context, c Case) error {
	if c.Unread == 0 {
		return nil
	}
	if err := s.Store.ClearUnread(ctx, c.ID); err != nil {
		return fmt.Errorf("mark case %s as read: %w", c.ID, err)
	}
	s.publish(ctx, c)
	return nil
}

func checkText(text string) (string, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", ErrEmpty
	case n > MaxText:
		return "", ErrTooLong
	}
	return text, nil
}

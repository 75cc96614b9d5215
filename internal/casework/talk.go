package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// MaxText is how many characters a message of staff may have.
const MaxText = 2000

// handoffPayload tells the bot whose session must learn who speaks now; it asks TalkingWith for the answer.
type handoffPayload struct {
	Person string `json:"person"`
}

// deliverPayload is what the delivery of a message needs; the person's address is opened only then. A notice is named
// instead of spelled out: its words are the editors'.
type deliverPayload struct {
	Person  string          `json:"person"`
	Replies []channel.Reply `json:"replies,omitempty"`
	Message string          `json:"message,omitempty"`
	Notice  string          `json:"notice,omitempty"`
	Name    string          `json:"name,omitempty"` // who is named in the notice
}

// The notices that tell a person who speaks now, by their names in dialogs/replies/notices.yaml.
const (
	noticeTaken      = "taken"
	noticeHandedBack = "handed_back"
)

// TalkingWith returns the case under which staff have the person's conversation, "" where the dialog speaks.
func (s *Service) TalkingWith(ctx context.Context, personID string) (string, error) {
	c, err := s.Store.OpenOf(ctx, personID)
	switch {
	case errors.Is(err, ErrNotFound):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("find who talks with a person: %w", err)
	case c.Status != StatusTalking:
		return "", nil
	}
	return c.ID, nil
}

// Say sends the assignee's text to the person. A second call with the same key does nothing (a double click).
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
		if c.Status != StatusTalking || c.Assignee != by.ID {
			return ErrNotYours
		}
		return s.write(ctx, c, by, text, key)
	})
	if err != nil {
		return fmt.Errorf("say in case %s: %w", caseID, err)
	}
	s.publish(ctx, c)
	return nil
}

// write records a message of staff and queues its delivery.
func (s *Service) write(ctx context.Context, c Case, by Actor, text, key string) error {
	now, id := s.now(), s.newID()
	fresh, err := s.Store.AddMessage(ctx, c.ID, id, key, now)
	if err != nil || !fresh {
		return err
	}
	replies := []channel.Reply{{Text: text}}
	m := transcript.Message{ID: id, Person: c.Person, From: transcript.FromStaff, Replies: replies, Staff: by.Name, At: now}
	if err := s.Transcript.Append(ctx, m); err != nil {
		return err
	}
	return s.put(ctx, "deliver", DeliveryKey(id), c.Person, deliverPayload{Person: c.Person, Replies: replies, Message: id})
}

// putHandoff tells the session, and the person, who speaks from now on.
func (s *Service) putHandoff(ctx context.Context, c Case) error {
	id := s.newID()
	if err := s.put(ctx, "handoff", "handoff:"+id, c.Person, handoffPayload{Person: c.Person}); err != nil {
		return err
	}
	notice := deliverPayload{Person: c.Person, Notice: noticeHandedBack}
	if c.Assignee != "" {
		notice.Notice, notice.Name = noticeTaken, c.AssigneeName
	}
	return s.put(ctx, "deliver", "notice:"+id, c.Person, notice)
}

func (s *Service) put(ctx context.Context, kind, key, person string, payload any) error {
	b, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("encode %s: %w", kind, err)
	}
	return s.Outbox.Put(ctx, outbox.Row{ID: s.newID(), Key: key, Kind: kind, Person: person, Payload: b, RunAt: s.now()})
}

// PersonSaid counts a message that the person wrote while staff have the conversation, and tells the open pages.
func (s *Service) PersonSaid(ctx context.Context, caseID string) error {
	c, err := s.Store.Get(ctx, caseID)
	if err != nil {
		return fmt.Errorf("count a message in case %s: %w", caseID, err)
	}
	if err := s.Store.AddUnread(ctx, caseID); err != nil {
		return fmt.Errorf("count a message in case %s: %w", caseID, err)
	}
	s.publish(ctx, c)
	return nil
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

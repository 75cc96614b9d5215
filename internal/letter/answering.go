package letter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// An answer is written by colleagues together: one draft that is saved as it is written, and counted. Whoever saves over a
// version that they have not seen loses nothing: their text is kept aside, and both are shown.

// slotShared is the slot of the draft itself; what was kept aside has a slot of its own.
const slotShared = "shared"

// Draft is a text for an answer. Version is the shared draft's when it was saved, and for one kept aside the version that
// its writer had seen.
type Draft struct {
	ID      string
	Letter  string
	Slot    string
	By      Hand
	Version int
	Text    string
	Away    bool // put away: somebody looked at it and needs it no more, but it is not gone
}

// DraftStore keeps drafts of answers.
type DraftStore interface {
	// PutDraft writes a draft over the one of its letter and slot.
	PutDraft(ctx context.Context, d Draft) error
	// Drafts lists those of a letter, the oldest first.
	Drafts(ctx context.Context, letterID string) ([]Draft, error)
	DropDraft(ctx context.Context, letterID, slot string) error
}

// Desk is an opened letter with what colleagues wrote for it.
type Desk struct {
	Letter
	Draft  Draft   // the shared one; empty where nobody wrote
	Aside  []Draft // kept aside and not put away
	Away   []Draft
	Second bool // an answer needs a second pair of eyes: there is another colleague
}

// claimEnds is how long a letter that somebody took, and did not write at, is theirs: then any colleague may take it.
const claimEnds = 48 * time.Hour

// Free says that anybody may take the letter.
func (l Letter) Free(now time.Time) bool {
	return l.Claim.None() || now.Sub(l.Claim.At) >= claimEnds
}

// Open returns a letter for the desk, once the trail says by whom it is read.
func (s *Service) Open(ctx context.Context, id string) (d Desk, err error) {
	if err := s.Trail.RecordOnce(ctx, audit.Event{Kind: audit.OpenLetter, Object: id}); err != nil {
		return d, fmt.Errorf("open letter %s: %w", id, err)
	}
	err = s.Store.InTx(ctx, func(ctx context.Context) error { // the letter and its drafts as of one moment
		d, err = s.open(ctx, id)
		return err
	})
	if err != nil {
		return d, fmt.Errorf("open letter %s: %w", id, err)
	}
	d.Second, err = s.NeedsSecond(ctx)
	return d, err
}

// Stands says where a letter is and how often its draft was saved, and nothing of what stands in it.
func (s *Service) Stands(ctx context.Context, id string) (State, int, error) {
	l, err := s.Store.Get(ctx, id)
	if err == nil && l.State == Writing {
		err = ErrNotFound
	}
	if err != nil {
		return "", 0, fmt.Errorf("look where letter %s is: %w", id, err)
	}
	return l.State, l.DraftVersion, nil
}

func (s *Service) open(ctx context.Context, id string) (Desk, error) {
	l, err := s.Store.Get(ctx, id)
	if err != nil {
		return Desk{}, err
	}
	if l.State == Writing {
		return Desk{}, ErrNotFound
	}
	d := Desk{Letter: l}
	all, err := s.Store.Drafts(ctx, id)
	if err != nil {
		return d, err
	}
	for _, x := range all {
		switch {
		case x.Slot == slotShared:
			d.Draft = x
		case x.Away:
			d.Away = append(d.Away, x)
		default:
			d.Aside = append(d.Aside, x)
		}
	}
	return d, nil
}

// NeedsSecond says whether an answer needs a second pair of eyes before it goes out: wherever there is a second person who
// may answer letters. A school with one counsellor answers at once, rather than never.
func (s *Service) NeedsSecond(ctx context.Context) (bool, error) {
	if s.Eyes == nil {
		return false, nil
	}
	n, err := s.Eyes(ctx)
	if err != nil {
		return false, fmt.Errorf("count who may answer letters: %w", err)
	}
	return n > 1, nil
}

// Take makes a letter somebody's to answer. Nobody else is kept from writing; they see whose it is.
func (s *Service) Take(ctx context.Context, id string, by Actor) error {
	return s.change(ctx, id, "take", func(_ context.Context, l *Letter) error {
		if !l.Waits() {
			return ErrAnswered
		}
		if l.Claim.ID != by.ID && !l.Free(s.Time()) {
			return ErrClaimed
		}
		l.Claim = s.hand(by, "")
		return nil
	})
}

// Release gives a letter back to all. A supervisor may release a colleague's.
func (s *Service) Release(ctx context.Context, id string, by Actor) error {
	return s.change(ctx, id, "release", func(_ context.Context, l *Letter) error {
		if l.Claim.ID != by.ID && !by.Leads && !l.Free(s.Time()) {
			return ErrClaimed
		}
		l.Claim = Hand{}
		return nil
	})
}

func (s *Service) hand(by Actor, note string) Hand {
	return Hand{ID: by.ID, Name: by.Name, At: s.Time(), Note: note}
}

// Text is an answer as a colleague wrote it, over the version that they had seen. Page is the opened page that it comes from:
// two of one colleague are two writers.
type Text struct {
	Text    string
	Version int
	Page    string
}

// SaveDraft writes the shared draft and returns its version. ErrConflict says that a colleague saved in between; the text is
// kept aside then, as it is where the answer is with a colleague already or went out.
func (s *Service) SaveDraft(ctx context.Context, id string, by Actor, t Text) (version int, err error) {
	var refused error
	err = s.change(ctx, id, "save the draft of", func(ctx context.Context, l *Letter) error {
		refused = nil
		version, refused, err = s.save(ctx, l, by, t)
		return err
	})
	if err != nil {
		return 0, err
	}
	return version, refused
}

// save writes the draft, or keeps it aside and says why: what was kept must be committed with the refusal.
func (s *Service) save(ctx context.Context, l *Letter, by Actor, t Text) (version int, refused, err error) {
	text := strings.ReplaceAll(t.Text, "\r\n", "\n")
	if utf8.RuneCountInString(text) > MaxAnswer {
		return 0, nil, ErrLong
	}
	all, err := s.Store.Drafts(ctx, l.ID)
	if err != nil {
		return 0, nil, err
	}
	i := slices.IndexFunc(all, func(d Draft) bool { return d.Slot == slotShared })
	if i >= 0 && strings.TrimSpace(all[i].Text) == strings.TrimSpace(text) && l.State == Waiting {
		return l.DraftVersion, nil, nil // saved already, by whomever
	}
	switch {
	case l.State == Checking:
		refused = ErrChecking
	case l.State == Answered:
		refused = ErrAnswered
	case t.Version != l.DraftVersion:
		refused = ErrConflict
	default:
		l.DraftVersion++
		if l.Free(s.Time()) || l.Claim.ID == by.ID {
			l.Claim = s.hand(by, "")
		}
		return l.DraftVersion, nil, s.Store.PutDraft(ctx, Draft{ID: s.ID(), Letter: l.ID, Slot: slotShared, By: s.hand(by, ""), Version: l.DraftVersion, Text: text})
	}
	if strings.TrimSpace(text) == "" || l.State != Waiting && strings.TrimSpace(l.Latest().Answer) == strings.TrimSpace(text) {
		return l.DraftVersion, refused, nil // nothing is lost
	}
	return l.DraftVersion, refused, s.Store.PutDraft(ctx, s.aside(l, s.hand(by, ""), Text{text, t.Version, t.Page}))
}

// aside is a text that is kept beside the shared draft: one for each opened page and version, however often it saves on.
func (s *Service) aside(l *Letter, by Hand, t Text) Draft {
	slot := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", by.ID, t.Page, t.Version))
	return Draft{ID: s.ID(), Letter: l.ID, Slot: hex.EncodeToString(slot[:16]), By: by, Version: t.Version, Text: t.Text}
}

// Adopt makes a text that was kept aside the shared draft; what stood there is kept aside in its place.
func (s *Service) Adopt(ctx context.Context, id, draftID string, by Actor, seen int) error {
	return s.change(ctx, id, "take a text for", func(ctx context.Context, l *Letter) error {
		if l.State != Waiting {
			return ErrChecking
		}
		if seen != l.DraftVersion {
			return ErrConflict
		}
		d, err := s.open(ctx, id)
		if err != nil {
			return err
		}
		kept := slices.Concat(d.Aside, d.Away)
		i := slices.IndexFunc(kept, func(x Draft) bool { return x.ID == draftID })
		if i < 0 {
			return ErrChanged
		}
		if err := s.Store.DropDraft(ctx, id, kept[i].Slot); err != nil {
			return err
		}
		if strings.TrimSpace(d.Draft.Text) != "" {
			if err := s.Store.PutDraft(ctx, s.aside(l, d.Draft.By, Text{d.Draft.Text, d.Draft.Version, "was shared"})); err != nil {
				return err
			}
		}
		l.DraftVersion++
		return s.Store.PutDraft(ctx, Draft{ID: s.ID(), Letter: id, Slot: slotShared, By: s.hand(by, ""), Version: l.DraftVersion, Text: kept[i].Text})
	})
}

// PutAway folds a text that was kept aside: it is needed no more, and is not gone.
func (s *Service) PutAway(ctx context.Context, id, draftID string) error {
	return s.change(ctx, id, "put away a text of", func(ctx context.Context, _ *Letter) error {
		d, err := s.open(ctx, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(d.Aside, func(x Draft) bool { return x.ID == draftID })
		if i < 0 {
			return nil
		}
		d.Aside[i].Away = true
		return s.Store.PutDraft(ctx, d.Aside[i])
	})
}

// HandIn ends the writing of an answer: it waits for a second pair of eyes, or goes out where there is none. out says which.
func (s *Service) HandIn(ctx context.Context, id string, by Actor, t Text) (out bool, err error) {
	second, err := s.NeedsSecond(ctx)
	if err != nil {
		return false, err
	}
	if strings.TrimSpace(t.Text) == "" {
		return false, ErrEmpty
	}
	var refused error
	err = s.change(ctx, id, "hand in the answer to", func(ctx context.Context, l *Letter) error {
		refused, out = nil, false
		if l.State == Checking && l.Pending.ID == by.ID { // a second click
			return nil
		}
		var err error
		if _, refused, err = s.save(ctx, l, by, t); err != nil || refused != nil {
			return err
		}
		if second {
			l.State, l.Pending, l.Back = Checking, s.hand(by, ""), Hand{}
			return nil
		}
		out = true
		return s.sendOut(ctx, l, by.Name, "", "")
	})
	if err != nil {
		return false, err
	}
	return out, refused
}

// Approve lets an answer go out that somebody else handed in. seen is the version that was on the page.
func (s *Service) Approve(ctx context.Context, id string, by Actor, seen int) error {
	return s.change(ctx, id, "approve the answer to", func(ctx context.Context, l *Letter) error {
		switch {
		case l.State == Answered:
			return ErrAnswered
		case l.State != Checking || seen != l.DraftVersion:
			return ErrChanged
		}
		if err := s.apart(ctx, l.Pending.ID, by.ID); err != nil {
			return err
		}
		return s.sendOut(ctx, l, l.Pending.Name, by.Name, "")
	})
}

// apart is ErrOwn where whoever looks is whoever wrote, be it by another account.
func (s *Service) apart(ctx context.Context, wrote, looks string) error {
	if wrote == looks {
		return ErrOwn
	}
	if s.Apart == nil {
		return nil
	}
	return s.Apart(ctx, wrote, looks)
}

// SendAlone lets an answer go out without a second pair of eyes, for a reason that stays with it: a supervisor's, where
// waiting is worse.
func (s *Service) SendAlone(ctx context.Context, id string, by Actor, reason string) error {
	reason = strings.TrimSpace(reason)
	if !by.Leads {
		return ErrRight
	}
	if reason == "" {
		return ErrReason
	}
	return s.change(ctx, id, "send alone the answer to", func(ctx context.Context, l *Letter) error {
		switch l.State {
		case Checking:
			return s.sendOut(ctx, l, l.Pending.Name, "", by.Name+"："+reason)
		case Answered:
			return ErrAnswered
		case Waiting, Writing:
		}
		return ErrChanged
	})
}

// GiveBack opens a handed-in answer for writing again: its writer's own wish, or a colleague's with what is to be mended.
func (s *Service) GiveBack(ctx context.Context, id string, by Actor, note string) error {
	note = strings.TrimSpace(note)
	return s.change(ctx, id, "give back the answer to", func(_ context.Context, l *Letter) error {
		if l.State != Checking {
			return ErrChanged
		}
		if note == "" && l.Pending.ID != by.ID {
			return ErrReason
		}
		l.State, l.Pending, l.Back = Waiting, Hand{}, s.hand(by, note)
		return nil
	})
}

// WordOpen opens the newest answer: on a button, and where it is written.
const WordOpen = "打开回信"

// sendOut makes the shared draft the answer and tells the writer that there is one, in the caller's transaction.
func (s *Service) sendOut(ctx context.Context, l *Letter, by, second, alone string) error {
	all, err := s.Store.Drafts(ctx, l.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(d Draft) bool { return d.Slot == slotShared })
	if i < 0 || strings.TrimSpace(all[i].Text) == "" {
		return ErrEmpty
	}
	n := len(l.Turns) - 1
	t := &l.Turns[n]
	t.Answer, t.By, t.Second, t.Alone, t.AnsweredAt = strings.TrimSpace(all[i].Text), by, second, alone, s.Time()
	l.State, l.AnsweredAt, l.Pending, l.Back = Answered, s.Time(), Hand{}, Hand{}
	l.Claim, l.DraftVersion = Hand{}, l.DraftVersion+1
	if err := s.Store.DropDraft(ctx, l.ID, slotShared); err != nil {
		return err
	}
	words := channel.Reply{Text: "{{you}}寄的信，老师回信了。点“" + WordOpen + "”，或者什么时候发“看回信”都行。", Choices: []channel.Choice{dialog.Opening(WordOpen)}}
	news := channel.Delivery{Person: l.Person, Replies: []channel.Reply{words}}
	return outbox.Ask(ctx, s.Outbox, news, outbox.Row{ID: s.ID(), Key: fmt.Sprintf("letter-answered:%s:%d", l.ID, n), Person: l.Person, RunAt: s.Time()})
}

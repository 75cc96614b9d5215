package letter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Rating is what its writer says of an answer.
type Rating string

// The ratings.
const (
	Helped  Rating = "helped"
	Soso    Rating = "soso"
	Useless Rating = "useless"
)

// Valid says whether the rating is known.
func (r Rating) Valid() bool { return r == Helped || r == Soso || r == Useless }

// Agreed is what its writer said to publishing.
type Agreed string

// The answers to the question for consent.
const (
	NotAsked  Agreed = ""
	Yes       Agreed = "yes"
	No        Agreed = "no"
	Withdrawn Agreed = "withdrawn"
)

// Consent is a writer's word on publishing, and to which wording they gave it.
type Consent struct {
	Agreed  Agreed    `json:"agreed,omitempty"`
	Wording string    `json:"wording,omitempty"`
	At      time.Time `json:"at,omitzero"`
}

// The wording that consent is asked with. Whoever changes a word counts the version on: a consent is to what was read, and a
// test holds the two together.
const (
	ConsentVersion = "2026-11"
	ConsentWords   = "还有一件事想问你，不答应也完全没关系：\n" +
		"你的信和回信，能不能放进“树洞信箱”，给有同样心事的人看看？\n" +
		"· 会由老师改写：名字、学校、班级、地方、日期，凡是能认出你的都去掉，再由另一位老师看过才放。\n" +
		"· 不放取信码，不写哪一天，也不写你是谁。\n" +
		"· 什么时候反悔都行：发“看回信”，点“从树洞里拿下来”，马上就看不到了。\n" +
		"· 未满 14 岁，请先和爸爸妈妈商量好再点同意。"
)

// Publishable says whether a letter may stand in the column at all. One that tells of danger may not: who reads it may be
// in danger too, and who wrote it may be known by it.
func (l Letter) Publishable() bool { return !l.Level.AtLeast(risk.High) }

// Rate notes what its writer says of the latest answer, and says whether consent may be asked for now.
func (s *Service) Rate(ctx context.Context, personID, code string, r Rating) (ask bool, err error) {
	err = s.ofOwn(ctx, personID, code, "rate", func(_ context.Context, l *Letter) error {
		if _, answered := l.LastAnswer(); !answered || !r.Valid() {
			return ErrNotFound
		}
		l.Rating = r
		ask = r != Useless && l.Consent.Agreed == NotAsked && l.Publishable() && l.State == Answered
		return nil
	})
	return ask, err
}

// Agree notes that the writer agrees to publishing, or does not, in answer to the current wording. A late no takes back a yes.
func (s *Service) Agree(ctx context.Context, personID, code string, yes bool) error {
	return s.ofOwn(ctx, personID, code, "note the consent to", func(ctx context.Context, l *Letter) error {
		if yes && (l.Consent.Agreed == Withdrawn || !l.Publishable()) {
			return ErrConsent
		}
		if !yes {
			if err := s.dropPiece(ctx, l.ID); err != nil {
				return err
			}
		}
		l.Consent = Consent{Agreed: No, Wording: ConsentVersion, At: s.Time()}
		if yes {
			l.Consent.Agreed = Yes
		}
		return nil
	})
}

// Withdraw takes a consent back. What is published of the letter is gone with it, at once. Whoever has the code may do so,
// from another phone too: it is the safe direction.
func (s *Service) Withdraw(ctx context.Context, code string) error {
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		l, err := s.Store.ByCode(ctx, code)
		if err != nil {
			return err
		}
		if l, err = s.Store.ForUpdate(ctx, l.ID); err != nil {
			return err
		}
		if l.Consent.Agreed != Yes {
			return nil
		}
		l.Consent.Agreed, l.Consent.At = Withdrawn, s.Time()
		if err := s.dropPiece(ctx, l.ID); err != nil {
			return err
		}
		return s.Store.Update(ctx, l)
	})
	if err != nil {
		return fmt.Errorf("withdraw a consent: %w", err)
	}
	s.touch(ctx)
	return nil
}

func (s *Service) dropPiece(ctx context.Context, letterID string) error {
	if err := s.Store.DropPiece(ctx, letterID); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}

// ofOwn changes a letter of the person's own.
func (s *Service) ofOwn(ctx context.Context, personID, code, doing string, f func(ctx context.Context, l *Letter) error) error {
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		l, err := s.own(ctx, personID, code)
		if err != nil {
			return err
		}
		if err := f(ctx, &l); err != nil {
			return err
		}
		return s.Store.Update(ctx, l)
	})
	if err != nil {
		return fmt.Errorf("%s a letter: %w", doing, err)
	}
	s.touch(ctx)
	return nil
}

// consentFor is ConsentWords as an audience is addressed; what is asked is the same.
func consentFor(audience string) string {
	if audience == "student" {
		return ConsentWords
	}
	return strings.ReplaceAll(ConsentWords, "你", "您")
}

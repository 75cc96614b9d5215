package consent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/shortcode"
)

// A guardian agrees from a phone of their own. The child shows a code that names what it is for; whoever enters it writes to the
// same account under another identity of the platform's, so that they are another user of it for certain: an account gives each
// user one. They have never said that they are a pupil or under age, say whose parent they are and that they are grown up, and
// learn that the service is to be used, never what is written. A tap of the child's can complete none of it. Where the channel
// proves nobody (the web chat makes a new visitor with every cookie) there is the paper alone, which staff record at the desk.

// Code is what a child shows. It is kept as a keyed hash, ends by itself, is good once, and belongs to whoever enters it first.
type Code struct {
	Code     string // only while it is made
	Person   string // the child
	Purpose  Purpose
	Version  string // of the words that are to be agreed to
	Until    time.Time
	OpenedBy string // the person who entered it first, "" for nobody yet
	Used     bool
	At       time.Time
}

// GuardianStore is what guardians need of the database.
type GuardianStore interface {
	// PutCode keeps a code instead of those before of the person.
	PutCode(ctx context.Context, c Code) error
	// CodesSince counts the codes that were made for a person.
	CodesSince(ctx context.Context, personID string, since time.Time) (int, error)
	// ByCode returns a code, and in a transaction holds others off it; ErrNotFound where there is none.
	ByCode(ctx context.Context, code string) (Code, error)
	// Enter notes who entered a code; Use that it was used.
	Enter(ctx context.Context, code, guardianID string) error
	Use(ctx context.Context, code string, at time.Time) error
	// Wards returns what a person agreed to for children.
	Wards(ctx context.Context, guardianID string) ([]Given, error)
	// CountTry counts a try under a key and returns how many there were since.
	CountTry(ctx context.Context, key string, now, since time.Time) (int, error)
}

const (
	// CodeLife is how long a code may be used: a child shows it in the evening, and a parent has time until the next.
	CodeLife = 24 * time.Hour
	// codesADay is how many codes a child may have made in a day.
	codesADay = 5
	// mostWards is for how many children one person agrees.
	mostWards = 6

	codeLength = 8 // 39 random bits
)

// A code must not be guessed: tries are counted for the person and for the account that they write to, right ones too.
const (
	tryWindow    = 24 * time.Hour
	triesAPerson = 10
	triesAccount = 2000 // a whole city may write to one account
	triesAStaff  = 100  // a school's afternoon of papers
)

func (s *Service) newCode() string {
	if s.NewCode != nil {
		return s.NewCode()
	}
	return shortcode.New(codeLength)
}

// cleanCode reads a code as it is typed on a phone: in small letters, with blanks, in full width; "" for what cannot be one.
func cleanCode(said string) string {
	code := shortcode.Clean(said)
	if len(code) != codeLength {
		return ""
	}
	return code
}

// Invite makes a code by which a guardian may agree to a purpose. An earlier one leads nowhere any more.
func (s *Service) Invite(ctx context.Context, personID string, p Purpose) (Code, error) {
	text, ok := s.Texts().Of(p)
	if !ok {
		return Code{}, fmt.Errorf("consent: there are no words for %q", p)
	}
	now := s.Time()
	c := Code{Code: s.newCode(), Person: personID, Purpose: p, Version: text.Version, Until: now.Add(CodeLife), At: now}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		if err := s.Store.Lock(ctx, personID); err != nil {
			return err
		}
		n, err := s.Store.CodesSince(ctx, personID, now.Add(-tryWindow))
		if err != nil {
			return err
		}
		if n >= codesADay {
			return ErrMany
		}
		return s.Store.PutCode(ctx, c)
	})
	if err != nil {
		return Code{}, fmt.Errorf("make a code for a guardian: %w", err)
	}
	return c, nil
}

// Proved says whether a guardian can agree by a phone of theirs at all, from where a person writes.
func (s *Service) Proved(ctx context.Context, personID string) (bool, error) {
	a, err := s.People.Address(ctx, personID)
	return err == nil && s.Proves != nil && s.Proves(a.Channel), err
}

// Enter is a guardian's first step: they typed a code. Whoever enters one is the only one for whom it works from then on.
func (s *Service) Enter(ctx context.Context, guardianID, said string) (c Code, err error) {
	code := cleanCode(said)
	if err := s.countTry(ctx, guardianID); err != nil {
		return Code{}, err
	}
	if code == "" {
		return Code{}, ErrNotFound
	}
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		if c, err = s.mayAgree(ctx, guardianID, code); err != nil {
			return err
		}
		if c.OpenedBy == "" {
			c.OpenedBy = guardianID
			return s.Store.Enter(ctx, code, guardianID)
		}
		return nil
	})
	if err != nil {
		return Code{}, fmt.Errorf("enter a guardian's code: %w", err)
	}
	return c, nil
}

// mayAgree returns a code, where a person may agree by it.
func (s *Service) mayAgree(ctx context.Context, guardianID, code string) (Code, error) {
	c, err := s.Store.ByCode(ctx, code)
	switch {
	case err != nil:
		return c, err
	case c.Used || !s.Time().Before(c.Until):
		return c, ErrNotFound
	case c.Person == guardianID:
		return c, ErrOwn
	case c.OpenedBy != "" && c.OpenedBy != guardianID:
		return c, ErrNotFound // as if there were none: who entered it is nobody's business
	}
	if text, ok := s.Texts().Of(c.Purpose); !ok || text.Version != c.Version {
		return c, ErrChanged
	}
	return c, s.mayBeGuardian(ctx, guardianID, c.Person)
}

// mayBeGuardian says why a person may not agree for a child.
func (s *Service) mayBeGuardian(ctx context.Context, guardianID, wardID string) error {
	who, err := s.People.Get(ctx, guardianID)
	if err != nil {
		return err
	}
	theirs, err := s.People.Address(ctx, guardianID)
	if err != nil {
		return err
	}
	ward, err := s.People.Address(ctx, wardID)
	if err != nil {
		return err
	}
	if s.Proves == nil || !s.Proves(theirs.Channel) || theirs.Channel != ward.Channel || theirs.Account != ward.Account || theirs.User == ward.User {
		return ErrUnproved
	}
	age, err := s.Store.Age(ctx, guardianID)
	if err != nil {
		return err
	}
	if band := age.Band(s.Time()); who.Audience == person.Student || band == Under14 || band == From14 && !age.Until.IsZero() {
		return ErrMinor
	}
	wards, err := s.Store.Wards(ctx, guardianID)
	if err != nil {
		return err
	}
	others := map[string]bool{}
	for _, g := range wards {
		if g.Person != wardID {
			others[g.Person] = true
		}
	}
	if len(others) >= mostWards {
		return ErrMany
	}
	return nil
}

func (s *Service) countTry(ctx context.Context, personID string) error {
	a, err := s.People.Address(ctx, personID)
	if err != nil {
		return fmt.Errorf("find the account of a try: %w", err)
	}
	return s.countTries(ctx, map[string]int{"person:" + personID: triesAPerson, "account:" + a.Channel + "/" + a.Account: triesAccount})
}

// countTries counts a try under each key; ErrPaused where one of them has had too many.
func (s *Service) countTries(ctx context.Context, limits map[string]int) error {
	now, paused := s.Time(), false
	for key, most := range limits {
		n, err := s.Store.CountTry(ctx, key, now, now.Add(-tryWindow))
		if err != nil {
			return fmt.Errorf("count a try: %w", err)
		}
		paused = paused || n > most
	}
	if paused {
		return ErrPaused
	}
	return nil
}

// Word is what a guardian says.
type Word struct {
	Code     string
	Relation string // 妈妈
	All      bool   // to all purposes, not only the one that the code is for
}

// Confirm writes down that a guardian agrees, and that they say that they are grown up. The child hears of it.
func (s *Service) Confirm(ctx context.Context, guardianID string, w Word) error {
	return s.byCode(ctx, guardianID, w.Code, func(ctx context.Context, c Code) error {
		if _, heeded, err := s.HearAge(ctx, guardianID, Statement{Band: Adult}, "监护人"); err != nil || !heeded {
			return errors.Join(err, ErrMinor)
		}
		ps := []Purpose{c.Purpose}
		if w.All {
			ps = Purposes()
		}
		for _, p := range ps {
			if err := s.guardianAgrees(ctx, Given{Person: c.Person, Purpose: p, Guardian: guardianID, How: How{Relation: w.Relation}}); err != nil {
				return err
			}
		}
		return s.tell(ctx, c, s.Texts().told(c.Purpose, w.All))
	})
}

// guardianAgrees writes down that somebody agrees for a child.
func (s *Service) guardianAgrees(ctx context.Context, g Given) error {
	text, ok := s.Texts().Of(g.Purpose)
	if !ok {
		return ErrChanged
	}
	g.Side, g.Version, g.Agreed, g.At, g.How.Words = Guardian, text.Version, true, s.Time(), text.Digest()
	if err := s.Store.Put(ctx, g); err != nil {
		return fmt.Errorf("write down a guardian's consent: %w", err)
	}
	id := s.ID()
	return s.Store.AddStep(ctx, Step{ID: id, Key: "given:" + id, Person: g.Person, Purpose: g.Purpose, Side: Guardian, Kind: StepGiven, Version: g.Version, Note: g.How.words(), At: g.At})
}

// words say by what a guardian agreed, as the person reads it.
func (h How) words() string {
	if h.Form != "" {
		return "纸质同意书 " + h.Form + "，" + h.Relation + "，" + h.Signed + " 签，" + h.Staff + "登记"
	}
	return h.Relation + "在自己的微信上点的"
}

// Refuse uses up a code: a guardian does not agree. The child hears that they can talk all the same.
func (s *Service) Refuse(ctx context.Context, guardianID, code string) error {
	return s.byCode(ctx, guardianID, code, func(ctx context.Context, c Code) error {
		id := s.ID()
		st := Step{ID: id, Key: "refused:" + id, Person: c.Person, Purpose: c.Purpose, Side: Guardian, Kind: StepRefused, Version: c.Version, At: s.Time()}
		if err := s.Store.AddStep(ctx, st); err != nil {
			return err
		}
		return s.tell(ctx, c, refusedWords)
	})
}

// MendByGuardian uses up a code to put an age right: the child is 14 already.
func (s *Service) MendByGuardian(ctx context.Context, guardianID, code, relation string) error {
	return s.byCode(ctx, guardianID, code, func(ctx context.Context, c Code) error {
		if _, heeded, err := s.HearAge(ctx, guardianID, Statement{Band: Adult}, "监护人"); err != nil || !heeded {
			return errors.Join(err, ErrMinor)
		}
		if err := s.MendAge(ctx, c.Person, From14, "监护人", relation+"说之前写错了"); err != nil {
			return err
		}
		return s.tell(ctx, c, mendedWords)
	})
}

// byCode does something by a code that a guardian entered before, and uses it up.
func (s *Service) byCode(ctx context.Context, guardianID, said string, do func(ctx context.Context, c Code) error) error {
	code := cleanCode(said)
	if code == "" {
		return ErrNotFound
	}
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		c, err := s.mayAgree(ctx, guardianID, code)
		if err != nil {
			return err
		}
		if c.OpenedBy != guardianID {
			return ErrNotFound
		}
		c.Code = code
		if err := s.Store.Lock(ctx, c.Person); err != nil {
			return err
		}
		if err := s.Store.Use(ctx, code, s.Time()); err != nil {
			return err
		}
		return do(ctx, c)
	})
	if err != nil {
		return fmt.Errorf("a guardian's word: %w", err)
	}
	return nil
}

const (
	refusedWords = "家里的大人这次没有同意，没关系，不是你做错了什么。想说话不用等谁同意：发“人工”找老师，或者打 12355、12356；有危险打 110、120。"
	endedWords   = "家里的大人收回了一项同意，那一项先停了，存着的也删了。想说话不用等谁同意：发“人工”找老师，或者打 12355、12356；有危险打 110、120。"
	mendedWords  = "家里的大人改好了：你已经满 14 岁，以后不用再问他们了。想接着做刚才的事，再发一次就行。"
)

// told is what a child hears of a guardian's consent.
func (t *Texts) told(p Purpose, all bool) string {
	what := "“" + t.Title(p) + "”"
	if all {
		what = "写信、预约和自测"
	}
	return "家里的大人同意" + what + "了，现在就可以接着来。写了什么、聊了什么，他们看不到。"
}

// tell lets a child know what came of a code.
func (s *Service) tell(ctx context.Context, c Code, words string) error {
	if s.Outbox == nil {
		return nil
	}
	row := outbox.Row{ID: s.ID(), Key: "guardian:" + c.Person + ":" + c.At.UTC().Format(time.RFC3339Nano), Person: c.Person, RunAt: s.Time()}
	return outbox.Ask(ctx, s.Outbox, channel.Tell(c.Person, words), row)
}

// Wards is what a person agreed to for children, and may take back.
func (s *Service) Wards(ctx context.Context, guardianID string) ([]Given, error) {
	all, err := s.Store.Wards(ctx, guardianID)
	if err != nil {
		return nil, fmt.Errorf("list what a guardian agreed to: %w", err)
	}
	return all, nil
}

// EndAsGuardian takes back what a guardian agreed to for one purpose, for all their children: no more is kept, and what rested on
// it is erased. Nothing of it is shown to them, and the child hears of it, and that they can talk all the same.
func (s *Service) EndAsGuardian(ctx context.Context, guardianID string, p Purpose) error {
	err := s.Store.InTx(ctx, func(ctx context.Context) error {
		wards, err := s.Store.Wards(ctx, guardianID)
		if err != nil {
			return err
		}
		for _, g := range wards {
			if g.Purpose != p || !g.Agreed {
				continue
			}
			if err := s.Store.Lock(ctx, g.Person); err != nil {
				return err
			}
			if err := s.end(ctx, g, ""); err != nil {
				return err
			}
			if err := s.tell(ctx, Code{Person: g.Person, At: s.Time()}, endedWords); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("end a guardian's consent: %w", err)
	}
	return nil
}

// Paper is a consent on paper that a member of staff holds in their hands.
type Paper struct {
	Code     string // that the child shows: it names the child without a name
	Purposes []Purpose
	Relation string
	Form     string
	Signed   string
	Staff    string // as they are called
	StaffID  string
}

// Record writes down a consent on paper.
func (s *Service) Record(ctx context.Context, p Paper) (personID string, err error) {
	if err := s.countTries(ctx, map[string]int{"staff:" + p.StaffID: triesAStaff}); err != nil {
		return "", err
	}
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		c, err := s.staffCode(ctx, p.Code)
		if err != nil {
			return err
		}
		personID = c.Person
		if err := s.Store.Lock(ctx, c.Person); err != nil {
			return err
		}
		if err := s.Store.Use(ctx, cleanCode(p.Code), s.Time()); err != nil {
			return err
		}
		for _, purpose := range p.Purposes {
			how := How{Relation: p.Relation, Form: p.Form, Signed: p.Signed, Staff: p.Staff}
			if err := s.guardianAgrees(ctx, Given{Person: c.Person, Purpose: purpose, How: how}); err != nil {
				return err
			}
		}
		return s.tell(ctx, c, s.Texts().told(p.Purposes[0], len(p.Purposes) == len(Purposes())))
	})
	if err != nil {
		return "", fmt.Errorf("record a consent on paper: %w", err)
	}
	return personID, nil
}

// Mend puts an age right that was said wrongly.
type Mend struct {
	Code    string // that the person shows
	To      Band
	Reason  string
	Staff   string // as they are called
	StaffID string
}

// MendByStaff puts an age right with a reason, by the code that the person shows.
func (s *Service) MendByStaff(ctx context.Context, m Mend) (personID string, err error) {
	if err := s.countTries(ctx, map[string]int{"staff:" + m.StaffID: triesAStaff}); err != nil {
		return "", err
	}
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		c, err := s.staffCode(ctx, m.Code)
		if err != nil {
			return err
		}
		personID = c.Person
		if err := s.Store.Use(ctx, cleanCode(m.Code), s.Time()); err != nil {
			return err
		}
		return s.MendAge(ctx, c.Person, m.To, m.Staff, m.Reason)
	})
	if err != nil {
		return "", fmt.Errorf("mend an age at the desk: %w", err)
	}
	return personID, nil
}

// staffCode returns a code that a child shows to staff, in a transaction.
func (s *Service) staffCode(ctx context.Context, said string) (Code, error) {
	code := cleanCode(said)
	if code == "" {
		return Code{}, ErrNotFound
	}
	c, err := s.Store.ByCode(ctx, code)
	if err != nil {
		return c, err
	}
	if c.Used || !s.Time().Before(c.Until) {
		return c, ErrNotFound
	}
	return c, nil
}

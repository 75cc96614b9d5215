package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

// wardship is consents over a real store, with a clock that a test moves.
type wardship struct {
	*consent.Service
	db    *store.DB
	t     *testing.T
	now   time.Time
	texts *consent.Texts
}

func consents(t *testing.T, p storetest.Place) *wardship {
	t.Helper()
	w := &wardship{t: t, now: noon}
	clock := func() time.Time { return w.now }
	w.db = p.Open(t, clock)
	var err error
	if w.texts, err = consent.Load(os.DirFS("../../dialogs")); err != nil {
		t.Fatal(err)
	}
	w.Service = &consent.Service{
		Store: w.db.Consents(), Texts: func() *consent.Texts { return w.texts }, People: w.db.People(), Outbox: w.db.Outbox(),
		Proves: func(c string) bool { return c != "web" }, Clock: citytime.Clock{Now: clock},
		Keepers: map[consent.Purpose]consent.Keeper{consent.Letters: w.db.Consents().EraseLetters, consent.Checks: w.db.Consents().EraseChecks, consent.Booking: w.db.Consents().EraseNotes},
	}
	return w
}

// somebody is who writes by an address.
func (w *wardship) somebody(channelName, account, user string, a person.Audience) string {
	w.t.Helper()
	p, err := w.db.People().Resolve(w.t.Context(), channel.Address{Channel: channelName, Account: account, User: channel.UserKey(user)})
	if err == nil && a != person.Unknown {
		p, err = w.db.People().SetAudience(w.t.Context(), p.ID, a)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return p.ID
}

// says is what somebody says of their age.
func (w *wardship) says(id, text string) bool {
	w.t.Helper()
	st, ok := consent.ReadAge(text, w.now)
	if !ok {
		w.t.Fatalf("%q says no age", text)
	}
	_, heeded, err := w.HearAge(w.t.Context(), id, st, "示例")
	if err != nil {
		w.t.Fatal(err)
	}
	return heeded
}

func (w *wardship) lacks(id, audience string, p consent.Purpose) consent.Lack {
	w.t.Helper()
	st, err := w.Standing(w.t.Context(), id, audience, p)
	if err != nil {
		w.t.Fatal(err)
	}
	return st.Lack
}

func (w *wardship) code(id string) string {
	w.t.Helper()
	c, err := w.Invite(w.t.Context(), id, consent.Letters)
	if err != nil {
		w.t.Fatal(err)
	}
	return c.Code
}

// agree is a guardian who does all that they have to.
func (w *wardship) agree(guardian, code string) error {
	if _, err := w.Enter(w.t.Context(), guardian, code); err != nil {
		return err
	}
	return w.Confirm(w.t.Context(), guardian, consent.Word{Code: code, Relation: "妈妈"})
}

func TestAnAgeIsNeverRaisedByWhatIsSaidLater(t *testing.T) {
	for name, c := range map[string]struct {
		said  []string
		after time.Duration // after the last
		want  consent.Band
	}{
		"once 11, then 15":                       {[]string{"11", "15"}, 0, consent.Under14},
		"once 11, then 15, then 40":              {[]string{"我11岁", "15", "成年"}, 0, consent.Under14},
		"once 11, three years later":             {[]string{"11"}, 3*365*24*time.Hour + 48*time.Hour, consent.From14},
		"once 11, almost three years later":      {[]string{"11"}, 3*365*24*time.Hour - 48*time.Hour, consent.Under14},
		"once 13, then 9: the younger counts":    {[]string{"13", "9"}, 2 * 365 * 24 * time.Hour, consent.Under14},
		"under 14 without a number does not end": {[]string{"没满14岁"}, 3 * 365 * 24 * time.Hour, consent.Under14},
		"under 14, then a number":                {[]string{"没满14岁", "13"}, 366 * 24 * time.Hour, consent.From14},
		"under 14 without a number, then 15":     {[]string{"没满14岁", "15"}, 0, consent.Under14},
		"once 15, then 12: lower is believed":    {[]string{"15", "12"}, 0, consent.Under14},
		"once 15, then grown up":                 {[]string{"15", "成年"}, 0, consent.From14},
		"14 at least may be grown up":            {[]string{"满14岁了", "成年"}, 0, consent.Adult},
		"11 grows up":                            {[]string{"11"}, 8 * 365 * 24 * time.Hour, consent.Adult},
	} {
		t.Run(name, func(t *testing.T) {
			w := consents(t, storetest.SQLite(t))
			id := w.somebody("wechat", "main", "a-pupil", person.Student)
			for _, s := range c.said {
				w.says(id, s)
			}
			w.now = w.now.Add(c.after)
			a, err := w.Store.Age(t.Context(), id)
			if got := a.Band(w.now); err != nil || got != c.want {
				t.Errorf("%q after %q and %s, want %q (%v)", got, c.said, c.after, c.want, err)
			}
		})
	}
}

func TestWhatIsSaidOfAnAgeIsReadAsTyped(t *testing.T) {
	for text, want := range map[string]consent.Statement{
		"11": {Band: consent.Under14, Years: 11}, "我十一岁了": {Band: consent.Under14, Years: 11}, "１３": {Band: consent.Under14, Years: 13}, "13岁半": {Band: consent.Under14, Years: 13},
		"15": {Band: consent.From14, Years: 15}, "十五": {Band: consent.From14, Years: 15}, "14周岁": {Band: consent.From14, Years: 14}, "满14了": {Band: consent.From14}, "14岁以上": {Band: consent.From14},
		"没满": {Band: consent.Under14}, "还没有满14岁": {Band: consent.Under14}, "不满十四": {Band: consent.Under14}, "五年级": {Band: consent.Under14}, "高一": {Band: consent.From14},
		"初三，15岁": {Band: consent.From14, Years: 15}, "六年级 12岁": {Band: consent.Under14, Years: 12}, "40": {Band: consent.Adult, Years: 40}, "我是成年人": {Band: consent.Adult}, "2015年": {Band: consent.Under14, Years: 10},
		"11，不对，15": {Band: consent.Under14, Years: 11},
	} {
		if got, ok := consent.ReadAge(text, noon); !ok || got != want {
			t.Errorf("%q is read as %+v (%v), want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "不告诉你", "3", "0", "999", "没满18", "我不是11岁", "满10岁了", "初二", "好", strings.Repeat("11", 40), "\x00", "未成年"} {
		if got, ok := consent.ReadAge(text, noon); ok {
			t.Errorf("%q is read as %+v, want nothing sure", text, got)
		}
	}
}

func TestAGuardianAgreesFromAnotherPhoneOfTheSameAccountAndNobodyElseDoes(t *testing.T) {
	setUp := func(t *testing.T) (w *wardship, ward string) {
		w = consents(t, storetest.SQLite(t))
		ward = w.somebody("wechat", "main", "a-child", person.Student)
		w.says(ward, "11")
		if got := w.lacks(ward, "student", consent.Letters); got != consent.LackGuardian {
			t.Fatalf("a child of 11 lacks %q, want a guardian", got)
		}
		return w, ward
	}
	t.Run("a mother", func(t *testing.T) {
		w, ward := setUp(t)
		mother := w.somebody("wechat", "main", "a-mother", person.Parent)
		if err := w.agree(mother, strings.ToLower(w.code(ward))); err != nil {
			t.Fatal(err)
		}
		if got := w.lacks(ward, "student", consent.Letters); got != consent.LackWords {
			t.Errorf("lacks %q, want the child's own word alone", got)
		}
		if got := w.lacks(ward, "student", consent.Booking); got != consent.LackGuardian {
			t.Errorf("a consent to letters is one to bookings: lacks %q", got)
		}
	})
	for name, c := range map[string]struct {
		who  func(w *wardship, ward string) string
		want error
	}{
		"the child":                    {func(_ *wardship, ward string) string { return ward }, consent.ErrOwn},
		"a classmate":                  {func(w *wardship, _ string) string { return w.somebody("wechat", "main", "x", person.Student) }, consent.ErrMinor},
		"a child by another account":   {func(w *wardship, _ string) string { return w.somebody("wechat", "school", "a-child", person.Parent) }, consent.ErrUnproved},
		"a new cookie in the web chat": {func(w *wardship, _ string) string { return w.somebody("web", "chat", "x", person.Parent) }, consent.ErrUnproved},
		"somebody who said 12 and now parent": {func(w *wardship, _ string) string {
			id := w.somebody("wechat", "main", "x", person.Parent)
			w.says(id, "12")
			return id
		}, consent.ErrMinor},
		"somebody who said 16 and now parent": {func(w *wardship, _ string) string {
			id := w.somebody("wechat", "main", "x", person.Parent)
			w.says(id, "16")
			return id
		}, consent.ErrMinor},
	} {
		t.Run(name, func(t *testing.T) {
			w, ward := setUp(t)
			if err := w.agree(c.who(w, ward), w.code(ward)); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if got := w.lacks(ward, "student", consent.Letters); got != consent.LackGuardian {
				t.Errorf("the child lacks %q, want a guardian still", got)
			}
		})
	}
	t.Run("a web child by a cookie of their own", func(t *testing.T) {
		w := consents(t, storetest.SQLite(t))
		ward := w.somebody("web", "chat", "a-child", person.Student)
		w.says(ward, "11")
		if err := w.agree(w.somebody("web", "chat", "another-cookie", person.Parent), w.code(ward)); !errors.Is(err, consent.ErrUnproved) {
			t.Errorf("%v, want that nobody is proved there", err)
		}
	})
}

func TestACodeIsGoodOnceForOneGuardianForADay(t *testing.T) {
	w := consents(t, storetest.SQLite(t))
	ctx := t.Context()
	ward, mother, other := w.somebody("wechat", "main", "a-child", person.Student), w.somebody("wechat", "main", "m", person.Parent), w.somebody("wechat", "main", "o", person.Parent)
	w.says(ward, "11")
	code := w.code(ward)
	if err := w.Confirm(ctx, mother, consent.Word{Code: code}); !errors.Is(err, consent.ErrNotFound) {
		t.Errorf("confirmed without entering the code: %v", err)
	}
	if _, err := w.Enter(ctx, mother, code); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Enter(ctx, other, code); !errors.Is(err, consent.ErrNotFound) {
		t.Errorf("a code that is the mother's works for another: %v", err)
	}
	if err := w.Confirm(ctx, mother, consent.Word{Code: code, Relation: "妈妈"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Confirm(ctx, mother, consent.Word{Code: code}); !errors.Is(err, consent.ErrNotFound) {
		t.Errorf("a code is good twice: %v", err)
	}
	late := w.code(ward)
	w.now = w.now.Add(consent.CodeLife)
	if _, err := w.Enter(ctx, mother, late); !errors.Is(err, consent.ErrNotFound) {
		t.Errorf("a code outlives its day: %v", err)
	}
	w.now = w.now.Add(48 * time.Hour)
	before := w.code(ward)
	w.code(ward)
	if _, err := w.Enter(ctx, mother, before); !errors.Is(err, consent.ErrNotFound) {
		t.Errorf("an earlier code still works: %v", err)
	}
	for range 3 {
		w.code(ward)
	}
	if _, err := w.Invite(ctx, ward, consent.Letters); !errors.Is(err, consent.ErrMany) {
		t.Errorf("a sixth code in a day: %v", err)
	}
}

func TestCodesAreNotGuessed(t *testing.T) {
	w := consents(t, storetest.SQLite(t))
	ward, guesser := w.somebody("wechat", "main", "a-child", person.Student), w.somebody("wechat", "main", "g", person.Parent)
	w.says(ward, "11")
	code := w.code(ward)
	for i := range 10 {
		if _, err := w.Enter(t.Context(), guesser, fmt.Sprintf("AAAA AAA%c", 'A'+i)); !errors.Is(err, consent.ErrNotFound) {
			t.Fatalf("guess %d: %v", i, err)
		}
	}
	if _, err := w.Enter(t.Context(), guesser, code); !errors.Is(err, consent.ErrPaused) {
		t.Errorf("the eleventh guess of a day is looked up: %v", err)
	}
}

func TestNewWordsAreAskedAnewOfTheChildAndTheGuardian(t *testing.T) {
	w := consents(t, storetest.SQLite(t))
	parent := w.somebody("wechat", "main", "p", person.Parent)
	if may, err := w.Allow(t.Context(), parent, "parent", consent.Letters, ""); err != nil || may {
		t.Fatalf("kept without a word: %v, %v", may, err)
	}
	if may, err := w.Allow(t.Context(), parent, "parent", consent.Letters, "2020-01"); err != nil || may {
		t.Fatalf("agreed to words of another version: %v, %v", may, err)
	}
	if may, err := w.Allow(t.Context(), parent, "parent", consent.Letters, "2026-11"); err != nil || !may {
		t.Fatalf("not kept after the words were read: %v, %v", may, err)
	}
	if got := w.lacks(parent, "parent", consent.Booking); got != consent.LackWords {
		t.Errorf("one consent is all consents: lacks %q", got)
	}
	raw := "consents:\n"
	for _, p := range consent.Purposes() {
		raw += fmt.Sprintf("  - {for: %s, title: t, version: 2027-01, ask: 新的话, guardian: 新的话, changed: 现在多说了一句。, withdraw: 没了}\n", p)
	}
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/consents.yaml", []byte(raw), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.texts, err = consent.Load(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	st, err := w.Standing(t.Context(), parent, "parent", consent.Letters)
	if err != nil || st.Lack != consent.LackWords || !strings.Contains(st.Text.Words(st.Anew), "现在多说了一句") {
		t.Errorf("after the words changed: %q, %q, %v", st.Lack, st.Text.Words(st.Anew), err)
	}
}

func TestErasingAGuardianEndsWhatRestedOnThem(t *testing.T) {
	w := consents(t, storetest.SQLite(t))
	ctx := t.Context()
	ward, mother := w.somebody("wechat", "main", "a-child", person.Student), w.somebody("wechat", "main", "m", person.Parent)
	w.says(ward, "11")
	if err := w.agree(mother, w.code(ward)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.db.Rights().Erase(ctx, mother, rights.BySelf); err != nil {
		t.Fatal(err)
	}
	if got := w.lacks(ward, "student", consent.Letters); got != consent.LackGuardian {
		t.Errorf("the child lacks %q, want a guardian again", got)
	}
	r, err := w.db.Rights().Export(ctx, ward)
	if err != nil {
		t.Fatal(err)
	}
	all := fmt.Sprint(r.Sections)
	for _, want := range []string{"没满 14 岁", "监护人同意：写信", "2026-11", "妈妈在自己的微信上点的"} {
		if !strings.Contains(all, want) {
			t.Errorf("the record of a child lacks %q:\n%s", want, all)
		}
	}
	if strings.Contains(all, mother) {
		t.Error("the record of a child names the guardian")
	}
}

func TestAConsentTakenBackErasesWhatRestedOnIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		w := consents(t, p)
		ctx := context.Background()
		parent := w.somebody("wechat", "main", "p", person.Parent)
		for _, purpose := range consent.Purposes() {
			if err := w.Agree(ctx, parent, purpose, "2026-11"); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.db.Results().KeepDraft(ctx, parent, survey.Draft{Run: survey.Run{Survey: "who5", Answers: []int{1}}, At: w.now}); err != nil {
			t.Fatal(err)
		}
		if err := w.Withdraw(ctx, parent, consent.Checks); err != nil {
			t.Fatal(err)
		}
		if _, err := w.db.Results().Draft(ctx, parent); err == nil {
			t.Error("a self-check is still there after its consent was taken back")
		}
		if got := w.lacks(parent, "parent", consent.Checks); got != consent.LackWords {
			t.Errorf("lacks %q, want to be asked again", got)
		}
		if got := w.lacks(parent, "parent", consent.Letters); got != consent.Nothing {
			t.Errorf("another consent is gone as well: lacks %q", got)
		}
		if err := w.Withdraw(ctx, parent, consent.Checks); err != nil {
			t.Errorf("a second time: %v", err)
		}
	})
}

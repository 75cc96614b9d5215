package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func letterService(db *store.DB) *letter.Service {
	return &letter.Service{Store: db.Letters(), Trail: db.Trail(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: time.Now}, Address: db.People().Address, Eyes: func(context.Context) (int, error) { return 2, nil }, Risk: func(text string) risk.Reading {
		if strings.Contains(text, "危险") {
			return risk.Reading{Level: risk.High, Subject: risk.Self, Reason: "说到危险"}
		}
		return risk.Reading{Level: risk.None}
	}}
}

// runLetter runs a command of letters as a flow would.
func runLetter(t *testing.T, s *letter.Service, name, person string, args map[string]any) dialog.Result {
	t.Helper()
	for _, c := range s.Commands() {
		if c.Name == name {
			r, err := c.Run(t.Context(), dialog.Call{Name: name, Args: args, Person: person, Key: name})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return r
		}
	}
	t.Fatalf("no command %s", name)
	return dialog.Result{}
}

func readLetter(t *testing.T, s *letter.Service, person, code string) dialog.Result {
	t.Helper()
	return runLetter(t, s, "letter.read", person, map[string]any{"code": code})
}

func sendLetter(t *testing.T, s *letter.Service, person string, parts ...string) letter.Letter {
	t.Helper()
	for i, p := range parts {
		if _, err := s.Add(t.Context(), person, letter.Part{Key: fmt.Sprintf("%s %d %s", person, i, p), Text: p}); err != nil {
			t.Fatal(err)
		}
	}
	sent, err := s.Send(t.Context(), "send "+person+strings.Join(parts, ""), person)
	if err != nil {
		t.Fatal(err)
	}
	return sent.Letter
}

var lan, mei, boss = letter.Actor{ID: "s-lan", Name: "兰老师"}, letter.Actor{ID: "s-mei", Name: "梅老师"}, letter.Actor{ID: "s-boss", Name: "督导", Leads: true}

func answerLetter(t *testing.T, s *letter.Service, l letter.Letter, text string) {
	t.Helper()
	d, err := s.Open(storetest.Acts(t.Context()), l.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.HandIn(t.Context(), l.ID, lan, letter.Text{Text: text, Version: d.DraftVersion, Page: "p"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Approve(t.Context(), l.ID, mei, d.DraftVersion+1); err != nil {
		t.Fatal(err)
	}
}

func TestALetterIsWrittenInPartsAndSentOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, p := t.Context(), letterService(db), writer(t, db, 1)
		for range 2 { // a message that comes twice is one part
			if _, err := s.Add(ctx, p, letter.Part{Key: "k1", Text: "  老师好 "}); err != nil {
				t.Fatal(err)
			}
		}
		l, err := s.Add(ctx, p, letter.Part{Key: "k2", Text: "我很危险"})
		if err != nil || len(l.Parts) != 2 {
			t.Fatalf("%d parts, %v; want two", len(l.Parts), err)
		}
		if ls, _, err := s.Store.Desk(ctx, letter.Filter{Limit: 10}); err != nil || len(ls) != 0 {
			t.Errorf("staff see %d letters that nobody sent, %v", len(ls), err)
		}
		if _, err := s.Open(storetest.Acts(ctx), l.ID); !errors.Is(err, letter.ErrNotFound) {
			t.Errorf("staff open a letter that nobody sent: %v", err)
		}
		if r := readLetter(t, s, p, l.Code); r.Outcome != "missing" {
			t.Errorf("the code of a letter that nobody sent reads as %s", r.Outcome)
		}
		first, err := s.Send(ctx, "send", p)
		if err != nil || first.Turns[0].Text != "老师好\n我很危险" || first.Level != risk.High || first.AskedOn {
			t.Fatalf("sent: %+v, %v", first, err)
		}
		if again, err := s.Send(ctx, "send", p); err != nil || again.Code != first.Code {
			t.Errorf("a repeated key: %+v, %v", again, err)
		}
		if _, err := s.Send(ctx, "other", p); !errors.Is(err, letter.ErrEmpty) {
			t.Errorf("sent with nothing written: %v", err)
		}
		if _, err := s.Unsent(ctx, p); !errors.Is(err, letter.ErrNotFound) {
			t.Errorf("after sending there is still something being written: %v", err)
		}
	})
}

func TestALetterTakesNoMoreThanItHolds(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, p := letterService(db), writer(t, db, 1)
		if _, err := s.Add(t.Context(), p, letter.Part{Key: "k1", Text: " \n "}); !errors.Is(err, letter.ErrEmpty) {
			t.Errorf("empty: %v", err)
		}
		if _, err := s.Add(t.Context(), p, letter.Part{Key: "k2", Text: strings.Repeat("长", letter.MaxRunes)}); err != nil {
			t.Errorf("just long enough: %v", err)
		}
		if _, err := s.Add(t.Context(), p, letter.Part{Key: "k3", Text: "再"}); !errors.Is(err, letter.ErrLong) {
			t.Errorf("too long: %v", err)
		}
		if l, err := s.Unsent(t.Context(), p); err != nil || len(l.Parts) != 1 {
			t.Errorf("what did not fit took away what was there: %d parts, %v", len(l.Parts), err)
		}
		if err := s.Discard(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Unsent(t.Context(), p); !errors.Is(err, letter.ErrNotFound) {
			t.Errorf("discarded: %v", err)
		}
	})
}

func TestWhatWasBegunAndNotSentGoesAfterAMonth(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
		s, p := letterService(db), writer(t, db, 1)
		s.Now = func() time.Time { return now }
		if _, err := s.Add(t.Context(), p, letter.Part{Key: "k1", Text: "开头"}); err != nil {
			t.Fatal(err)
		}
		look := func() {
			t.Helper()
			rows, err := db.Outbox().Claim(t.Context(), "w", now, time.Minute, 10)
			if err != nil || len(rows) != 1 || rows[0].Kind != letter.KindStale {
				t.Fatalf("one look is due: %+v, %v", rows, err)
			}
			if err := s.Stale(t.Context(), rows[0]); err != nil {
				t.Fatal(err)
			}
			if err := db.Outbox().Done(t.Context(), "w", rows[0].ID); err != nil {
				t.Fatal(err)
			}
		}
		now = now.AddDate(0, 0, 20)
		if _, err := s.Add(t.Context(), p, letter.Part{Key: "k2", Text: "又写一点"}); err != nil {
			t.Fatal(err)
		}
		now = now.AddDate(0, 0, 10)
		look()
		if l, err := s.Unsent(t.Context(), p); err != nil || len(l.Parts) != 2 {
			t.Fatalf("ten days after the last part: %d parts, %v", len(l.Parts), err)
		}
		now = now.AddDate(0, 0, 20)
		look()
		if _, err := s.Unsent(t.Context(), p); !errors.Is(err, letter.ErrNotFound) {
			t.Errorf("a month after the last part it is still there: %v", err)
		}
	})
}

func TestALetterIsReadByItsCodeAndAnsweredOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, p := t.Context(), letterService(db), writer(t, db, 1)
		l := sendLetter(t, s, p, "我和同桌闹别扭了")
		if r := readLetter(t, s, p, l.Code); r.Outcome != "waiting" {
			t.Errorf("before the answer: %+v", r)
		}
		if _, err := s.HandIn(ctx, l.ID, lan, letter.Text{Text: "谢谢你写信来。", Page: "p"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Approve(ctx, l.ID, lan, 1); !errors.Is(err, letter.ErrOwn) {
			t.Errorf("its writer approves it: %v", err)
		}
		if err := s.Approve(ctx, l.ID, mei, 0); !errors.Is(err, letter.ErrChanged) {
			t.Errorf("a version that nobody handed in is approved: %v", err)
		}
		var wg sync.WaitGroup
		results := make([]error, 4)
		for i := range results {
			wg.Go(func() { results[i] = s.Approve(context.WithoutCancel(ctx), l.ID, mei, 1) })
		}
		wg.Wait()
		answered := 0
		for _, err := range results {
			switch {
			case err == nil:
				answered++
			case !errors.Is(err, letter.ErrAnswered):
				t.Error(err)
			}
		}
		if answered != 1 {
			t.Errorf("%d approvals were taken", answered)
		}
		for _, typed := range []string{l.Code, strings.ToLower(l.Code), strings.ReplaceAll(l.Code, "-", " ")} {
			if r := readLetter(t, s, p, typed); r.Outcome != "answered" || r.Vars["answer"] != dialog.Verbatim("谢谢你写信来。") {
				t.Errorf("typed as %q: %+v", typed, r)
			}
		}
		var told int
		rows, err := db.Outbox().Claim(ctx, "w", time.Now().Add(time.Second), time.Minute, 10)
		for _, r := range rows {
			if r.Kind == "deliver" {
				told++
				if r.Person != p || strings.Contains(string(r.Payload), "谢谢你写信来") || !strings.Contains(string(r.Payload), letter.WordOpen) {
					t.Errorf("the news: %s", r.Payload)
				}
			}
		}
		if err != nil || told != 1 {
			t.Errorf("the writer must be told once, with a button and without the words: %d times, %v", told, err)
		}
		if r := runLetter(t, s, "letter.open", p, nil); r.Outcome != "answered" || r.Vars["code"] != l.Code {
			t.Errorf("the button: %+v", r)
		}
	})
}

func TestAConflictNeverDiscardsADraft(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s := t.Context(), letterService(db)
		l := sendLetter(t, s, writer(t, db, 1), "老师好")
		const writers = 6
		var wg sync.WaitGroup
		errs := make([]error, writers)
		for i := range writers { // all saw an empty page
			wg.Go(func() {
				by := letter.Actor{ID: fmt.Sprintf("s%d", i%2), Name: "老师"} // two of one colleague's pages are two writers
				_, errs[i] = s.SaveDraft(context.WithoutCancel(ctx), l.ID, by, letter.Text{Text: fmt.Sprintf("第 %d 个人写的", i), Page: fmt.Sprint(i)})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, letter.ErrConflict):
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d of the writers were told that their text is the draft, want one", won)
		}
		texts := func() map[string]bool {
			t.Helper()
			all, err := s.Store.Drafts(ctx, l.ID)
			if err != nil {
				t.Fatal(err)
			}
			out := map[string]bool{}
			for _, d := range all {
				out[d.Text] = true
			}
			return out
		}
		if got := texts(); len(got) != writers {
			t.Fatalf("%d texts are kept, want %d: %v", len(got), writers, got)
		}
		// Whoever takes a text, and saves over an old page again, loses none either.
		for range writers {
			d, err := s.Open(storetest.Acts(ctx), l.ID)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Adopt(ctx, l.ID, d.Aside[0].ID, mei, d.DraftVersion); err != nil {
				t.Fatal(err)
			}
			if _, err := s.SaveDraft(ctx, l.ID, mei, letter.Text{Text: fmt.Sprintf("从旧页面存的 %d", d.DraftVersion), Version: d.DraftVersion, Page: fmt.Sprint(d.DraftVersion)}); !errors.Is(err, letter.ErrConflict) {
				t.Fatalf("saved over an old page: %v", err)
			}
		}
		if got := texts(); len(got) != 2*writers {
			t.Errorf("%d texts are kept, want %d: %v", len(got), 2*writers, got)
		}
	})
}

func TestTheWriterAsksOnAndTheLevelRises(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, p := t.Context(), letterService(db), writer(t, db, 1)
		other := writer(t, db, 2)
		l := sendLetter(t, s, p, "老师好")
		code := map[string]any{"code": l.Code}
		if r := runLetter(t, s, "letter.ask_on", p, code); r.Outcome != "waiting" {
			t.Errorf("asked on before the answer: %+v", r)
		}
		answerLetter(t, s, l, "你好。")
		if r := runLetter(t, s, "letter.ask_on", other, code); r.Outcome != "missing" {
			t.Errorf("somebody else asks on: %+v", r)
		}
		if r := runLetter(t, s, "letter.ask_on", p, code); r.Outcome != "ok" {
			t.Fatalf("asked on: %+v", r)
		}
		if err := s.Agree(ctx, p, l.Code, true); err != nil {
			t.Fatal(err)
		}
		more := sendLetter(t, s, p, "其实", "我很危险")
		if more.ID != l.ID || more.Code != l.Code || len(more.Turns) != 2 || more.State != letter.Waiting || more.Level != risk.High {
			t.Errorf("asked on: %+v; want the same letter, waiting, at the level of its parts", more)
		}
		if r := readLetter(t, s, p, l.Code); r.Outcome != "asked_on" || r.Vars["answer"] != dialog.Verbatim("你好。") {
			t.Errorf("while the second answer is awaited: %+v", r)
		}
		page, _, err := s.Store.Newest(ctx, "", 10)
		if err != nil || len(page) != 1 || !page[0].AnsweredAt.IsZero() {
			t.Errorf("for the API it waits again: %+v, %v", page, err)
		}
		answerLetter(t, s, l, "我在。")
		if d, err := s.Open(storetest.Acts(ctx), l.ID); err != nil || d.Turns[0].Answer != "你好。" || d.Turns[1].Answer != "我在。" {
			t.Errorf("both answers: %+v, %v", d.Turns, err)
		}
	})
}

func TestOneThingIsWrittenAtATime(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s, p := letterService(db), writer(t, db, 1)
		l := sendLetter(t, s, p, "老师好")
		answerLetter(t, s, l, "你好。")
		if _, err := s.Add(t.Context(), p, letter.Part{Key: "new", Text: "另一封信的开头"}); err != nil {
			t.Fatal(err)
		}
		if r := runLetter(t, s, "letter.ask_on", p, map[string]any{"code": l.Code}); r.Outcome != "busy" {
			t.Errorf("asked on in the middle of a letter: %+v", r)
		}
		if got, err := s.Unsent(t.Context(), p); err != nil || joinedParts(got) != "另一封信的开头" {
			t.Errorf("the letter that is being written: %q, %v", joinedParts(got), err)
		}
	})
}

func joinedParts(l letter.Letter) string {
	var b strings.Builder
	for _, p := range l.Parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

func TestGuessingCodesIsSlowedAndTellsNothing(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
		s, p := letterService(db), writer(t, db, 1)
		s.Now = func() time.Time { return now }
		guesser := writer(t, db, 2)
		l := sendLetter(t, s, p, "老师好")
		answerLetter(t, s, l, "你好。")
		for i := range 6 {
			typed := []string{"AAA-AAA-AAA", "不是码", "BBB BBB BBB"}[i%3]
			if r := readLetter(t, s, guesser, typed); r.Outcome != "missing" || len(r.Vars) != 0 {
				t.Errorf("try %d: %+v", i, r)
			}
		}
		for _, typed := range []string{"CCC-CCC-CCC", l.Code} { // from here on even a right one tells nothing
			if r := readLetter(t, s, guesser, typed); r.Outcome != "paused" || len(r.Vars) != 0 {
				t.Errorf("%q after too many tries: %+v", typed, r)
			}
		}
		for range 20 { // one's own letters are no guess
			if r := readLetter(t, s, p, l.Code); r.Outcome != "answered" {
				t.Fatalf("its writer: %+v", r)
			}
		}
		now = now.Add(16 * time.Minute)
		if r := readLetter(t, s, guesser, l.Code); r.Outcome != "answered" || r.Vars["mine"] != false {
			t.Errorf("a right code on another phone, later: %+v", r)
		}
	})
}

func TestManyVisitorsOfOneAccountGuessNoFasterTogether(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := letterService(db)
		paused := 0
		for i := range 70 {
			p := writer(t, db, 100+i)
			for range 5 {
				if r := readLetter(t, s, p, "AAA-AAA-AAA"); r.Outcome == "paused" {
					paused++
				}
			}
		}
		if paused != 50 {
			t.Errorf("of 350 tries by 70 visitors %d were paused, want those beyond 300", paused)
		}
	})
}

func TestTheDeskSeesTheDangerousThenTheOldestFirst(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s := t.Context(), letterService(db)
		now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
		s.Now = func() time.Time { now = now.Add(time.Second); return now }
		names := map[string]string{}
		var one letter.Letter
		for i, text := range []string{"一", "二 危险", "三"} {
			l := sendLetter(t, s, writer(t, db, i), text)
			names[l.ID] = text
			if i == 0 {
				one = l
			}
		}
		order := func(tab letter.Tab, staff string) (out []string) {
			t.Helper()
			for cursor := ""; ; {
				ls, next, err := s.Store.Desk(ctx, letter.Filter{Tab: tab, Staff: staff, Cursor: cursor, Limit: 2})
				if err != nil {
					t.Fatal(err)
				}
				for _, l := range ls {
					out = append(out, names[l.ID])
				}
				if next == "" {
					return out
				}
				cursor = next
			}
		}
		if diff := cmp.Diff([]string{"二 危险", "一", "三"}, order(letter.TabWaiting, "")); diff != "" {
			t.Error(diff)
		}
		if err := s.Take(ctx, one.ID, lan); err != nil {
			t.Fatal(err)
		}
		if got := order(letter.TabMine, lan.ID); len(got) != 1 || got[0] != "一" {
			t.Errorf("mine: %v", got)
		}
		answerLetter(t, s, one, "好")
		p, err := s.Store.Get(ctx, one.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AskOn(ctx, p.Person, p.Code); err != nil {
			t.Fatal(err)
		}
		sendLetter(t, s, p.Person, "又问") // it waits anew, behind those that have waited since
		if diff := cmp.Diff([]string{"二 危险", "三", "一"}, order(letter.TabWaiting, "")); diff != "" {
			t.Error(diff)
		}
		if n, err := s.Store.CountWaiting(ctx); err != nil || n != 3 {
			t.Errorf("waiting: %d, %v", n, err)
		}
	})
}

func TestALetterThatSomebodyLeavesIsFreeAgain(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
		ctx, s := t.Context(), letterService(db)
		s.Now = func() time.Time { return now }
		l := sendLetter(t, s, writer(t, db, 1), "老师好")
		if err := s.Take(ctx, l.ID, lan); err != nil {
			t.Fatal(err)
		}
		if err := s.Take(ctx, l.ID, mei); !errors.Is(err, letter.ErrClaimed) {
			t.Errorf("taken from a colleague: %v", err)
		}
		if err := s.Release(ctx, l.ID, mei); !errors.Is(err, letter.ErrClaimed) {
			t.Errorf("released by a colleague: %v", err)
		}
		if err := s.Release(ctx, l.ID, boss); err != nil {
			t.Errorf("released by a supervisor: %v", err)
		}
		if err := s.Take(ctx, l.ID, lan); err != nil {
			t.Fatal(err)
		}
		now = now.Add(47 * time.Hour)
		if _, err := s.SaveDraft(ctx, l.ID, lan, letter.Text{Text: "开头"}); err != nil { // who writes keeps it
			t.Fatal(err)
		}
		now = now.Add(47 * time.Hour)
		if err := s.Take(ctx, l.ID, mei); !errors.Is(err, letter.ErrClaimed) {
			t.Errorf("taken from a colleague who writes: %v", err)
		}
		now = now.Add(time.Hour)
		if err := s.Take(ctx, l.ID, mei); err != nil {
			t.Errorf("two days untouched: %v", err)
		}
	})
}

func TestWhatIsPublishedNeedsConsentAChecklistAndASupervisor(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, p := t.Context(), letterService(db), writer(t, db, 1)
		l := sendLetter(t, s, p, "老师好")
		answerLetter(t, s, l, "你好。")
		edit := letter.Edit{Words: letter.Words{Title: "考完那天", Topic: "学习和考试", Letter: "考砸了，不敢回家。", Answer: "先吃饭。"}, Propose: true, Ticked: len(letter.Ticks())}
		if err := s.EditPiece(ctx, l.ID, lan, edit); !errors.Is(err, letter.ErrConsent) {
			t.Errorf("edited without consent: %v", err)
		}
		if r := runLetter(t, s, "letter.rate", p, map[string]any{"code": l.Code, "rating": "helped"}); r.Outcome != "ask" || r.Vars["words"] != strings.ReplaceAll(letter.ConsentWords, "你", "您") {
			t.Errorf("rated: %+v; want the question for consent", r)
		}
		if r := runLetter(t, s, "letter.agree", p, map[string]any{"code": l.Code}); r.Outcome != "ok" {
			t.Fatalf("agreed: %+v", r)
		}
		if r := runLetter(t, s, "letter.rate", p, map[string]any{"code": l.Code, "rating": "helped"}); r.Outcome != "thanks" {
			t.Errorf("rated again: %+v; consent is asked for once", r)
		}
		short := edit
		short.Ticked--
		if err := s.EditPiece(ctx, l.ID, boss, short); !errors.Is(err, letter.ErrTicks) {
			t.Errorf("proposed without the whole checklist: %v", err)
		}
		if err := s.EditPiece(ctx, l.ID, boss, edit); err != nil {
			t.Fatal(err)
		}
		if err := s.Publish(ctx, l.ID, lan, 1); !errors.Is(err, letter.ErrRight) {
			t.Errorf("published by a counsellor: %v", err)
		}
		if err := s.Publish(ctx, l.ID, boss, 1); !errors.Is(err, letter.ErrOwn) {
			t.Errorf("published by its editor: %v", err)
		}
		second := letter.Actor{ID: "s-second", Name: "另一位督导", Leads: true}
		if err := s.Publish(ctx, l.ID, second, 1); err != nil {
			t.Fatal(err)
		}
		replica := letterService(db) // reads the column by itself
		for words, want := range map[string]int{"": 1, "考砸": 1, "不敢回家 考试": 1, "考砸了怎么办": 1, "恐龙": 0} {
			if got, err := replica.Column(ctx, "", words); err != nil || len(got) != want {
				t.Errorf("searched for %q: %d pieces, %v; want %d", words, len(got), err, want)
			}
		}
		if r := runLetter(t, s, "letter.withdraw", p, map[string]any{"code": l.Code}); r.Outcome != "ok" {
			t.Errorf("withdrawn: %+v", r)
		}
		if got, err := replica.Column(ctx, "", ""); err != nil || len(got) != 0 {
			t.Errorf("withdrawn on one replica, another still shows %d pieces, %v", len(got), err)
		}
		if pieces, err := db.Letters().Pieces(ctx); err != nil || len(pieces) != 0 {
			t.Errorf("%d pieces are left, %v", len(pieces), err)
		}
		if err := s.EditPiece(ctx, l.ID, lan, edit); !errors.Is(err, letter.ErrConsent) {
			t.Errorf("edited after the consent was taken back: %v", err)
		}
	})
}

func TestALetterOfDangerIsNotPublished(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, p := t.Context(), letterService(db), writer(t, db, 1)
		l := sendLetter(t, s, p, "我很危险")
		answerLetter(t, s, l, "我在。")
		if ask, err := s.Rate(ctx, p, l.Code, letter.Helped); err != nil || ask {
			t.Errorf("consent is asked for: %v, %v", ask, err)
		}
		if err := s.Agree(ctx, p, l.Code, true); !errors.Is(err, letter.ErrConsent) {
			t.Errorf("agreed: %v", err)
		}
		if n, err := s.Store.Ratings(ctx); err != nil || n[letter.Helped] != 1 {
			t.Errorf("ratings: %v, %v", n, err)
		}
	})
}

func TestALetterFromBeforeTurnsIsReadAndAskedOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		db := p.Open(t, nil)
		s, who := letterService(db), writer(t, db, 1)
		l := sendLetter(t, s, who, "老师好")
		body, err := db.Sealer().Seal(fmt.Appendf(nil, `{"text":"从前的信","code":%q,"answer":"从前的回信","by":"兰老师"}`, l.Code), "letter:"+l.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := raw(t, p).ExecContext(t.Context(), "UPDATE letters SET body = ?, state = 'answered', answered_at = sent_at WHERE id = ?", body, l.ID); err != nil {
			t.Fatal(err)
		}
		if r := readLetter(t, s, who, l.Code); r.Outcome != "answered" || r.Vars["answer"] != dialog.Verbatim("从前的回信") {
			t.Errorf("read: %+v", r)
		}
		if err := s.AskOn(t.Context(), who, l.Code); err != nil {
			t.Fatal(err)
		}
		if more := sendLetter(t, s, who, "又问"); len(more.Turns) != 2 || more.Turns[0].Text != "从前的信" || more.Turns[0].Answer != "从前的回信" {
			t.Errorf("asked on: %+v", more.Turns)
		}
	})
}

func TestTheLinesOfALetterStandWhereTheyWereSaid(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, s, p := t.Context(), letterService(db), writer(t, db, 1)
		for _, part := range []letter.Part{ // two replicas take them up after an outage, each its own
			{Key: "k1", Order: "1", Text: "一"}, {Key: "k3", Order: "3", Text: "三"}, {Key: "k2", Order: "2", Text: "二"}, {Key: "page", Text: "末"}, {Key: "k3", Order: "3", Text: "三"},
		} {
			if _, err := s.Add(ctx, p, part); err != nil {
				t.Fatal(err)
			}
		}
		if sent, err := s.Send(ctx, "send", p); err != nil || sent.Turns[0].Text != "一\n二\n三\n末" {
			t.Errorf("sent: %q, %v", sent.Turns[0].Text, err)
		}
	})
}

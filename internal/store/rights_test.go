package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/agenda"
	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/subscribe"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// TestEveryTableIsEitherErasedOrNobodys fails when a table, or a column that names a person, was added without a word on
// what becomes of it when a person asks to be erased.
func TestEveryTableIsEitherErasedOrNobodys(t *testing.T) {
	p := storetest.SQLite(t)
	p.Open(t, nil)
	erased, nobodys := store.PersonalTables(), store.ImpersonalTables()
	for _, table := range tables(t, raw(t, p), p.Dialect) {
		switch column, listed := erased[table]; {
		case !listed && nobodys[table] == "":
			t.Errorf("table %s: add it to `personal` in rights.go (how a person is erased from it, what they are shown of it), or to `impersonal` with the reason", table)
		case listed && nobodys[table] != "":
			t.Errorf("table %s stands in both lists of rights.go", table)
		case listed:
			delete(erased, table)
			if !slices.ContainsFunc(schema(t, p), func(line string) bool { return strings.HasPrefix(line, table+"."+column+" ") }) {
				t.Errorf("table %s has no column %s", table, column)
			}
		}
	}
	for table := range erased {
		t.Errorf("rights.go speaks of the table %s, which is no more", table)
	}
	for _, line := range schema(t, p) {
		column, _, _ := strings.Cut(line, " ")
		table, name, ok := strings.Cut(column, ".")
		if ok && strings.Contains(name, "person") && nobodys[table] != "" {
			t.Errorf("%s names a person, but rights.go says that the table is nobody's: %s", column, nobodys[table])
		}
	}
}

// life is a person who used everything, and the words that lead to them.
func life(t *testing.T, db *store.DB, openid string) (person.Person, []string) {
	t.Helper()
	ctx := t.Context()
	to := wechat(openid)
	who, err := db.People().Resolve(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	if who, err = db.People().SetAudience(ctx, who.ID, person.Student); err != nil {
		t.Fatal(err)
	}
	index := db.Sealer().Index(to)
	key := index[:16] + ":" + openid
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	must("messages", db.Messages().Append(ctx,
		transcript.Message{ID: key + "1", Person: who.ID, From: transcript.FromPerson, Text: "示例:我说的话", Inbound: key, At: noon},
		transcript.Message{ID: key + "2", Person: who.ID, From: transcript.FromBot, Replies: []channel.Reply{{Text: "示例:回答", Choices: []channel.Choice{{ID: "1", Label: "好"}}}}, At: noon}))
	seen := media.Item{ID: media.ID(key), Person: who.ID, Case: "case-" + openid, Kind: channel.KindImage, State: media.Coming, Type: "image/png", Size: int64(len("示例:照片")), Sent: noon, Expires: noon.Add(time.Hour)}
	_, err = db.Media().Add(ctx, seen)
	must("media", err)
	_, err = db.Media().Keep(ctx, seen, []byte("示例:照片"))
	must("media", err)
	_, err = db.Results().Save(ctx, survey.Result{ID: key + "r", Person: who.ID, Survey: "phq9", Key: key + "r", Token: key, Run: survey.Run{Survey: "phq9", Answers: []int{0, 1, 2}}, View: survey.View{Title: "PHQ-9", Score: 3, Band: survey.Band{Name: "mild"}}, At: noon})
	must("result", err)
	must("draft", db.Results().KeepDraft(ctx, who.ID, survey.Draft{Run: survey.Run{Survey: "who5", Answers: []int{1}}, At: noon}))
	must("appointment", db.Appointments().Place(ctx, booking.Appointment{ID: key + "a", Person: who.ID, Slot: "s@" + openid, Station: "st1", Start: noon.Add(time.Hour), Code: "4127", Token: key, Note: "示例:备注", Key: key + "a", BookedAt: noon}, 1))
	must("what was done to it", db.Appointments().AddStep(ctx, booking.Step{ID: key + "s", Appointment: key + "a", Kind: booking.StepArrived, By: "staff", Staff: "某前台", Note: "示例:改过时间", Key: "desk:" + key, At: noon}))
	must("arrived", db.Appointments().Mark(ctx, booking.Appointment{ID: key + "a", Status: booking.Arrived, ArrivedAt: noon.Add(50 * time.Minute)}))
	_, err = db.Appointments().Rate(ctx, booking.Rating{Appointment: key + "a", Person: who.ID, Station: "st1", Month: "2026-03", Opinion: booking.Helped, Words: "示例:很耐心", At: noon})
	must("how it was", err)
	_, err = db.Letters().Save(ctx, letter.Letter{
		ID: key + "l", Person: who.ID, Code: index[20:32], Key: key + "l", State: letter.Answered, Level: risk.None, SentAt: noon, TurnAt: noon, AnsweredAt: noon, Rating: letter.Helped,
		Turns: []letter.Turn{{Text: "示例:一封信", At: noon, Answer: "示例:回信", By: "示例·林老师", AnsweredAt: noon}}, Consent: letter.Consent{Agreed: letter.Yes, Wording: "1", At: noon},
		Parts: []letter.Part{{Key: key + "p", Text: "示例:还没寄的", At: noon}}, Drafting: true,
	})
	must("letter", err)
	must("letter's draft", db.Letters().PutDraft(ctx, letter.Draft{ID: key + "d", Letter: key + "l", Slot: "shared", By: letter.Hand{ID: "s", Name: "示例·林老师", At: noon}, Text: "示例:草稿"}))
	must("letter's piece", db.Letters().PutPiece(ctx, letter.Piece{ID: key + "w", Letter: key + "l", State: letter.Published, Words: letter.Words{Title: "示例:题目", Letter: "示例:改写", Answer: "示例:改写的回信"}, ChangedAt: noon, PublishedAt: noon}))
	_, err = db.Letters().CountTry(ctx, "person:"+who.ID, noon, noon.Add(-time.Minute))
	must("try of a code", err)
	_, err = db.Lessons().Note(ctx, who.ID, "lesson1", course.Deed{Kind: course.Liked, At: noon})
	must("lesson", err)
	must("weekly", db.Lessons().SaveSubscription(ctx, course.Subscription{Person: who.ID, Stage: "junior", Active: true, Serial: 1, Week: 1}))
	must("kept", db.People().Keep(ctx, who.ID, map[string]any{"child_stage": "示例:初中"}))
	must("children", db.Families().Change(ctx, who.ID, func(p *family.Profile) error {
		*p = family.Profile{Children: []family.Child{{ID: key, Name: "示例:小满", Grade: "初二", Since: 2025, District: "示例:天河区"}}, Agreed: noon}
		return nil
	}))
	must("sign-up", db.Signups().Add(ctx, event.Signup{ID: key + "e", Date: "talk", Person: who.ID, Seat: 1 + len(openid), Start: noon, Code: "0001", Name: "示例:称呼", Key: key + "e", SignedAt: noon}))
	must("calendar", db.Feeds().Open(ctx, agenda.Feed{Person: who.ID, Token: key + "f", Since: noon}))
	must("habit", db.Challenges().Add(ctx, habit.Challenge{ID: key + "h", Person: who.ID, Habit: "reading", First: "2026-03-02", RemindAt: "20:00", Token: key + "h", Key: key + "h", StartedAt: noon}))
	must("a code to join", db.Challenges().PutCode(ctx, who.ID, habit.Code{Code: key, Challenge: key + "h", Until: noon}))
	must("another's habit", db.Challenges().Join(ctx, who.ID, key+"h", noon))
	must("habit's day", db.Challenges().Tick(ctx, who.ID, key+"h", habit.Tick{Day: 1, Who: habit.Child, At: noon}))
	must("request", db.InTx(ctx, func(ctx context.Context) error {
		_, err := db.Requests().Add(ctx, request.Request{ID: key + "q", Person: who.ID, Kind: request.Visit, State: request.New, Form: request.Form{School: "示例:小学", About: "示例:想谈的"}, Key: key + "q", MadeAt: noon, ChangedAt: noon})
		return errors.Join(err, db.Requests().AddStep(ctx, request.Step{ID: key + "qs", Request: key + "q", State: request.Passed, Name: "某老师", Note: "示例:转给学校", At: noon}))
	}))
	must("agreements to notices", db.Notices().Save(ctx, who.ID, subscribe.Balance{Template: "t", Remaining: 1, At: noon}))
	_, err = db.Notices().AddStep(ctx, subscribe.Step{ID: index[:32], Key: key + "n", Person: who.ID, Template: "t", Kind: subscribe.StepGiven, Remaining: 1, At: noon})
	must("the ledger of notices", err)
	must("notices", db.Campaigns().SetConsent(ctx, who.ID, true, noon))
	must("age", db.Consents().KeepAge(ctx, who.ID, consent.Age{Said: consent.From14, At: noon, By: "心理自测"}))
	must("consent", db.Consents().Put(ctx, consent.Given{Person: who.ID, Purpose: consent.Letters, Side: consent.Own, Version: "2026-11", Agreed: true, At: noon}))
	must("consent's step", db.Consents().AddStep(ctx, consent.Step{ID: who.ID, Key: "given:" + who.ID, Person: who.ID, Purpose: consent.Letters, Side: consent.Own, Kind: consent.StepGiven, Version: "2026-11", At: noon}))
	must("guardian's code", db.Consents().PutCode(ctx, consent.Code{Code: "ABCD" + who.ID, Person: who.ID, Purpose: consent.Letters, Version: "2026-11", Until: noon, At: noon}))
	_, err = db.Campaigns().Keep(ctx, campaign.Recipient{Campaign: "c", Person: who.ID, Fate: campaign.Queued, Key: key + "c", At: noon})
	must("campaign", err)
	must("outbox", db.InTx(ctx, func(ctx context.Context) error {
		return db.Outbox().Put(ctx, outbox.Row{Key: "late:" + key, Kind: "deliver", Person: who.ID, Payload: []byte("示例"), RunAt: noon})
	}))
	_, err = db.Cases().AddAsked(ctx, casework.Asked{ID: "asked-" + openid, Key: "asked:" + key, Person: who.ID, Category: "bullying", Reason: "示例:问的原因", Message: key + "1", At: noon, Outcome: casework.AskedNo})
	must("question", err)
	must("case", db.InTx(ctx, func(ctx context.Context) error {
		c := casework.Case{ID: "case-" + openid, Person: who.ID, Level: risk.High, Subject: risk.Self, Status: casework.StatusOpen, Reason: "示例:原因", OpenedAt: noon, LastSignalAt: noon}
		if err := db.Cases().Insert(ctx, &c); err != nil {
			return err
		}
		if _, err := db.Cases().AddSignal(ctx, c.ID, casework.Signal{ID: "sig-" + openid, Person: who.ID, Level: risk.High, Subject: risk.Self, Rule: "r", Reason: "示例:原因", Message: key + "1", Key: "signal:" + key, At: noon}); err != nil {
			return err
		}
		if _, err := db.Cases().AddMessage(ctx, c.ID, key+"3", "form", noon); err != nil {
			return err
		}
		if _, err := db.Cases().AddTasks(ctx, casework.Task{ID: "task-" + openid, Case: c.ID, Key: "task:" + openid, Kind: casework.TaskSchool, Due: noon, Note: "示例:要看的"}); err != nil {
			return err
		}
		form := casework.ReferralForm{Kind: casework.ToStation, Place: "示例:站点", Why: "示例:面谈", Contact: "示例:老师"}
		if err := db.Cases().AddReferral(ctx, casework.Referral{ReferralForm: form, ID: "ref-" + openid, Case: c.ID, Status: casework.ReferralOpen, MadeBy: "示例·林老师", MadeAt: noon, ChangedAt: noon}); err != nil {
			return err
		}
		return db.Cases().AddStep(ctx, c.ID, casework.Step{Kind: casework.StepTaken, Staff: "示例·林老师", Note: "示例:记下的话", At: noon})
	}))
	_, mark, _ := strings.Cut(who.Alias, "·")
	return who, []string{who.ID, mark, index[:16], openid + "1", "示例:"}
}

func closeCase(t *testing.T, db *store.DB, id string) {
	t.Helper()
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		c, err := db.Cases().ForUpdate(ctx, id)
		if err != nil {
			return err
		}
		c.Status, c.ClosedAt = casework.StatusClosed, noon
		return db.Cases().Update(ctx, c)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAfterAnErasureNoRowLeadsToThePerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		db := p.Open(t, nil)
		who, traces := life(t, db, "oErased")
		other, _ := life(t, db, "oOther")
		if _, err := db.Rights().Erase(t.Context(), who.ID, "本人"); !errors.Is(err, rights.ErrOpenCase) {
			t.Fatalf("with an open case: %v, want ErrOpenCase", err)
		}
		closeCase(t, db, "case-oErased")
		before, err := db.Rights().Export(t.Context(), other.ID)
		if err != nil {
			t.Fatal(err)
		}
		done, err := db.Rights().Erase(t.Context(), who.ID, "本人")
		if err != nil {
			t.Fatal(err)
		}
		if done.Rows < 10 || done.Cases != 1 {
			t.Errorf("%+v, want at least 10 rows gone and one file kept", done)
		}
		conn := raw(t, p)
		for _, table := range tables(t, conn, p.Dialect) {
			for _, r := range strs(t, conn, "SELECT * FROM "+table) {
				for _, s := range traces {
					if strings.Contains(strings.Join(r, "\x00"), s) {
						t.Errorf("%s still holds %q", table, s)
					}
				}
			}
		}
		c, err := db.Cases().Get(t.Context(), "case-oErased")
		if err != nil {
			t.Fatal(err)
		}
		if c.Person != done.Ghost || c.Reason != "" || c.Alias != "" || c.Level != risk.High || !c.OpenedAt.Equal(noon) {
			t.Errorf("the file that stays: %+v; want its dates and level, without reason and name", c)
		}
		if steps, err := db.Cases().Steps(t.Context(), c.ID); err != nil || len(steps) != 1 || steps[0].Note != "" || steps[0].Kind != casework.StepTaken {
			t.Errorf("its steps: %+v, %v", steps, err)
		}
		if rs, err := db.Cases().Referrals(t.Context(), c.ID); err != nil || len(rs) != 1 || rs[0].Why != "" || rs[0].Kind != casework.ToStation {
			t.Errorf("its referrals: %+v, %v", rs, err)
		}
		if ts, err := db.Cases().Tasks(t.Context(), c.ID); err != nil || len(ts) != 0 {
			t.Errorf("its follow-ups: %+v, %v", ts, err)
		}
		if sigs, err := db.Cases().Signals(t.Context(), c.ID); err != nil || len(sigs) != 1 || sigs[0].Reason != "" || sigs[0].Message != "" {
			t.Errorf("its signals: %+v, %v", sigs, err)
		}
		if es, err := db.Audit().Find(t.Context(), audit.Filter{Object: done.Ghost}, 5); err != nil || len(es) != 1 || es[0].Name != "本人" {
			t.Errorf("the audit log: %+v, %v", es, err)
		}
		after, err := db.Rights().Export(t.Context(), other.ID)
		if err != nil {
			t.Fatal(err)
		}
		after.MadeAt = before.MadeAt
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("another person's record changed:\n%s", diff)
		}
		again, err := db.People().Resolve(t.Context(), wechat("oErased"))
		if err != nil || again.ID == who.ID {
			t.Errorf("who comes back is %s (%v), want somebody new", again.ID, err)
		}
		if _, err := db.Rights().Erase(t.Context(), who.ID, "本人"); !errors.Is(err, person.ErrNotFound) {
			t.Errorf("a second erasure: %v, want person.ErrNotFound", err)
		}
	})
}

func TestAnExportHoldsEverythingInReadableWords(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		who, _ := life(t, db, "oExport")
		r, err := db.Rights().Export(t.Context(), who.ID)
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%+v", r)
		for _, part := range []string{who.Alias, "学生", "示例:我说的话", "示例:回答", "图片", "加密保存着", "phq9", "示例:备注", "4127", "已到", "记为已到", "示例:一封信", "lesson1", "订阅中", "示例:称呼", "示例:初中", "示例:小学", "已转学校", "示例:问的原因", "可能被人欺负", "说没有", "示例:原因", "老师做过的步骤"} {
			if !strings.Contains(text, part) {
				t.Errorf("the export lacks %q", part)
			}
		}
		for _, note := range []string{"示例:改过时间", "示例:转给学校", "示例:记下的话", "示例:要看的", "某前台"} { // what staff wrote down may be about others
			if strings.Contains(text, note) {
				t.Errorf("the export holds a note of staff: %q", note)
			}
		}
		for _, sec := range r.Sections {
			if len(sec.Entries) == 0 {
				t.Errorf("nothing stands under %s", sec.Title)
			}
		}
		if strings.Contains(text, "oExport") {
			t.Errorf("the export holds a platform's key")
		}
		for _, name := range []string{who.ID, who.Alias} {
			if p, err := db.Rights().Find(t.Context(), name); err != nil || p.ID != who.ID {
				t.Errorf("found by %q: %+v, %v", name, p, err)
			}
		}
		if _, err := db.Rights().Find(t.Context(), "nobody"); !errors.Is(err, person.ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
	})
}

func TestAConversationOfManyPagesIsExportedWhole(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	who, err := db.People().Resolve(t.Context(), wechat("oMany"))
	if err != nil {
		t.Fatal(err)
	}
	const n = 1203
	ms := make([]transcript.Message, n)
	for i := range ms {
		ms[i] = transcript.Message{ID: fmt.Sprintf("m%05d", i), Person: who.ID, From: transcript.FromPerson, Text: fmt.Sprint(i), At: noon}
	}
	if err := db.Messages().Append(t.Context(), ms...); err != nil {
		t.Fatal(err)
	}
	r, err := db.Rights().Export(t.Context(), who.ID)
	if err != nil {
		t.Fatal(err)
	}
	es := r.Sections[0].Entries
	if len(es) != n || es[0].What != "我：0" || es[n-1].What != fmt.Sprint("我：", n-1) {
		t.Errorf("%d entries, first %+v", len(es), es[0])
	}
}

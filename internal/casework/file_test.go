package casework_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

func agree(key string) casework.Review {
	return casework.Review{Verdict: casework.VerdictAgree, Note: "看过对话和评估", Key: key}
}

func lower(to risk.Level, key string) casework.Ruling {
	return casework.Ruling{Level: to, Reason: "已和 TA 与家长谈过", Key: key}
}

func answers(yes ...string) map[string]casework.Answer {
	all := map[string]casework.Answer{}
	for _, q := range casework.Questions() {
		all[q.ID] = casework.AnswerNo
	}
	for _, id := range yes {
		all[id] = casework.AnswerYes
	}
	return all
}

// trail is what stands in a case, as kind, staff and level.
func (r *room) trail(t *testing.T, id string) []string {
	t.Helper()
	steps, err := r.Steps(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, st := range steps {
		out = append(out, strings.Join(strings.Fields(string(st.Kind)+" "+st.By+" "+st.Code+" "+string(st.Level)), " "))
	}
	return out
}

func TestEveryStepByHandIsStampedAndWrittenOnce(t *testing.T) {
	r := newRoom(t)
	c := r.raise(t, risk.Medium, "1")
	for i, kind := range casework.ByHand() {
		e := casework.Entry{Kind: kind, Note: "示例：做了 " + string(kind), Key: "form" + string(rune('a'+i))}
		r.clock = r.clock.Add(time.Minute)
		must(t)(r.Record(t.Context(), c.ID, lan, e))
		must(t)(r.Record(t.Context(), c.ID, lan, e)) // a double click
	}
	want := []string{"opened medium", "note staff-lan", "contacted staff-lan", "guardian staff-lan", "school staff-lan", "one_to_one staff-lan", "police staff-lan"}
	if diff := cmp.Diff(want, r.trail(t, c.ID)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	steps, err := r.Steps(t.Context(), c.ID)
	if err != nil || !steps[2].At.Equal(r.clock.Add(-4*time.Minute)) || steps[2].Staff != lan.Name || steps[2].Note != "示例：做了 contacted" {
		t.Errorf("the second step by hand is %+v (%v), want its time, who and the note", steps[2], err)
	}
	if got := must(t)(r.Get(t.Context(), c.ID)); got.AcknowledgedAt.IsZero() || got.Status != casework.StatusAcknowledged {
		t.Errorf("after somebody reached the person the case still waits: %s", got.Status)
	}
}

func TestWhatCannotStandInAFileIsRefused(t *testing.T) {
	r := newRoom(t)
	c := r.raise(t, risk.Medium, "1")
	ctx, long := t.Context(), strings.Repeat("长", 4001)
	partly := answers()
	delete(partly, "plan")
	tests := []struct {
		name string
		err  error
		want error
	}{
		{"a note without words", errOf(r.Record(ctx, c.ID, lan, casework.Entry{Kind: casework.StepNote, Note: " ", Key: "k"})), casework.ErrEmpty},
		{"a note that never ends", errOf(r.Record(ctx, c.ID, lan, casework.Entry{Kind: casework.StepNote, Note: long, Key: "k"})), casework.ErrTooLong},
		{"a step that only the program writes", errOf(r.Record(ctx, c.ID, lan, casework.Entry{Kind: casework.StepReviewed, Note: "x", Key: "k"})), casework.ErrKind},
		{"a form without a key", errOf(r.Record(ctx, c.ID, lan, casework.Entry{Kind: casework.StepNote, Note: "x"})), casework.ErrKey},
		{"a form with an endless key", errOf(r.Record(ctx, c.ID, lan, casework.Entry{Kind: casework.StepNote, Note: "x", Key: long})), casework.ErrKey},
		{"the level that it has", errOf(r.SetLevel(ctx, c.ID, lan, lower(risk.Medium, "k"))), casework.ErrLevel},
		{"a level that is none", errOf(r.SetLevel(ctx, c.ID, lan, lower("worse", "k"))), casework.ErrLevel},
		{"a level without a reason", errOf(r.SetLevel(ctx, c.ID, lan, casework.Ruling{Level: risk.Low, Key: "k"})), casework.ErrEmpty},
		{"a triage with a question left out", errOf(r.Assess(ctx, c.ID, lan, casework.Triage{Answers: partly, Key: "k"})), casework.ErrAnswers},
		{"a review without a verdict", errOf(r.Review(ctx, c.ID, lan, casework.Review{Note: "x", Key: "k"})), casework.ErrVerdict},
		{"a closing without an outcome", errOf(r.Close(ctx, c.ID, lan, casework.Closing{Report: casework.ReportNotAsked, Reason: "x", Key: "k"})), casework.ErrOutcome},
		{"a closing that says nothing of abuse", errOf(r.Close(ctx, c.ID, lan, casework.Closing{Outcome: casework.OutcomeSafe, Reason: "x", Key: "k"})), casework.ErrReport},
		{"a closing after abuse with nobody told", errOf(r.Close(ctx, c.ID, lan, casework.Closing{Outcome: casework.OutcomeSafe, Report: casework.ReportMade, Reason: "x", Key: "k"})), casework.ErrReportFirst},
	}
	for _, tt := range tests {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, tt.err, tt.want)
		}
	}
	if diff := cmp.Diff([]string{"opened medium"}, r.trail(t, c.ID)); diff != "" {
		t.Errorf("what was refused left a trace (-want +got):\n%s", diff)
	}
}

func TestATriageRaisesAndNeverLowers(t *testing.T) {
	tests := []struct {
		name  string
		level risk.Level
		yes   []string
		want  risk.Level
		after risk.Level
	}{
		{"nothing is said", risk.High, nil, risk.Low, risk.High},
		{"a wish to be dead", risk.Low, []string{"wish"}, risk.Medium, risk.Medium},
		{"thoughts without intent", risk.Medium, []string{"wish", "thought"}, risk.High, risk.High},
		{"intent", risk.Medium, []string{"wish", "thought", "intent"}, risk.Imminent, risk.Imminent},
		{"something was done lately", risk.High, []string{"recent"}, risk.Imminent, risk.Imminent},
		{"something was done long ago", risk.Imminent, []string{"before"}, risk.High, risk.Imminent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRoom(t)
			c := r.raise(t, tt.level, "1")
			c = must(t)(r.Assess(t.Context(), c.ID, lan, casework.Triage{Answers: answers(tt.yes...), Key: "t"}))
			if got := r.trail(t, c.ID)[1]; c.Level != tt.after || !strings.HasPrefix(got, "triage staff-lan "+string(tt.want)) {
				t.Errorf("the case is %s after %q, want %s with %s suggested", c.Level, got, tt.after, tt.want)
			}
		})
	}
}

func TestMoreYesNeverSuggestsLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := map[string]casework.Answer{}
		for _, q := range casework.Questions() {
			a[q.ID] = rapid.SampledFrom([]casework.Answer{casework.AnswerYes, casework.AnswerNo, casework.AnswerUnknown}).Draw(t, q.ID)
		}
		before := casework.Suggest(a)
		a[rapid.SampledFrom(casework.Questions()).Draw(t, "more").ID] = casework.AnswerYes
		if after := casework.Suggest(a); after.Rank() < before.Rank() {
			t.Fatalf("one more yes brought %s down to %s", before, after)
		}
	})
}

func TestAGraveCaseIsLoweredAndClosedOnlyAfterAnotherPersonAgreed(t *testing.T) {
	yun := casework.Actor{ID: "staff-yun", Name: "示例·云老师"}
	differ := casework.Review{Verdict: casework.VerdictDiffer, Note: "还没有联系家长", Key: "r"}
	type act func(ctx context.Context, r *room, id string) error
	take := func(ctx context.Context, r *room, id string) error { return errOf(r.Take(ctx, id, lan)) }
	back := func(ctx context.Context, r *room, id string) error {
		if err := r.Say(ctx, id, lan, "我在", "say-"+id); err != nil {
			return err
		}
		return errOf(r.HandBack(ctx, id, lan, ""))
	}
	reviewed := func(by casework.Actor, v casework.Review) act {
		return func(ctx context.Context, r *room, id string) error { return errOf(r.Review(ctx, id, by, v)) }
	}
	tests := []struct {
		name  string
		level risk.Level
		acts  []act
		by    casework.Actor
		want  error
	}{
		{"nobody looked at it", risk.High, []act{take, back}, lan, casework.ErrReviewNeeded},
		{"a colleague agreed", risk.High, []act{take, back, reviewed(mei, agree("r"))}, lan, nil},
		{"a colleague agreed to an imminent one", risk.Imminent, []act{reviewed(mei, agree("r"))}, lan, nil},
		{"the reviewer goes on alone", risk.High, []act{take, back, reviewed(mei, agree("r"))}, mei, casework.ErrReviewNeeded},
		{"a colleague wants more", risk.High, []act{take, back, reviewed(mei, differ)}, lan, casework.ErrReviewNeeded},
		{"a colleague wanted more and another agreed", risk.High, []act{reviewed(mei, differ), reviewed(yun, agree("r2"))}, lan, nil},
		{"a new sign came after the review", risk.High, []act{reviewed(mei, agree("r")), func(_ context.Context, r *room, _ string) error {
			r.clock = r.clock.Add(time.Minute)
			r.raise(t, risk.Low, "again")
			return nil
		}}, lan, casework.ErrReviewNeeded},
		{"the level rose after the review", risk.High, []act{reviewed(mei, agree("r")), func(ctx context.Context, r *room, id string) error {
			r.clock = r.clock.Add(time.Minute)
			return errOf(r.SetLevel(ctx, id, lan, lower(risk.Imminent, "up")))
		}}, lan, casework.ErrReviewNeeded},
		{"a medium one needs none", risk.Medium, nil, lan, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRoom(t)
			c := r.raise(t, tt.level, "1")
			for _, do := range tt.acts {
				r.clock = r.clock.Add(time.Minute)
				if err := do(t.Context(), r, c.ID); err != nil {
					t.Fatal(err)
				}
			}
			if err := errOf(r.SetLevel(t.Context(), c.ID, tt.by, lower(risk.Low, "down"))); !errors.Is(err, tt.want) {
				t.Errorf("lowering: %v, want %v", err, tt.want)
			}
			if tt.want == nil { // a lowered one closes without: it is not grave any more
				return
			}
			if err := errOf(r.Close(t.Context(), c.ID, tt.by, closing("平安"))); !errors.Is(err, tt.want) {
				t.Errorf("closing: %v, want %v", err, tt.want)
			}
		})
	}
}

func TestNobodyReviewsTheirOwnWork(t *testing.T) {
	r := newRoom(t)
	c := r.raise(t, risk.High, "1")
	must(t)(r.Take(t.Context(), c.ID, lan))
	must(t)(r.Assess(t.Context(), c.ID, mei, casework.Triage{Answers: answers(), Key: "t"}))
	for _, by := range []casework.Actor{lan, mei} {
		if _, err := r.Review(t.Context(), c.ID, by, agree("r"+by.ID)); !errors.Is(err, casework.ErrReviewOwn) {
			t.Errorf("%s reviews what they did: %v, want ErrReviewOwn", by.Name, err)
		}
	}
}

func TestALevelThatStaffSetStandsInTheHistoryAndASignRaisesItAgain(t *testing.T) {
	r := newRoom(t)
	c := r.raise(t, risk.Medium, "1")
	c = must(t)(r.SetLevel(t.Context(), c.ID, lan, lower(risk.Low, "down")))
	if c.Level != risk.Low || c.AcknowledgedAt.IsZero() {
		t.Errorf("after lowering: %s, seen at %v", c.Level, c.AcknowledgedAt)
	}
	r.clock = r.clock.Add(time.Minute)
	if c = r.raise(t, risk.Medium, "2"); c.Level != risk.Medium || c.Status != casework.StatusOpen {
		t.Errorf("a new sign leaves the case %s, %s: want medium and waiting", c.Level, c.Status)
	}
	if diff := cmp.Diff([]string{"opened medium", "level staff-lan low", "signal medium"}, r.trail(t, c.ID)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

package bot_test

import (
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

func (r *room) after(d time.Duration) {
	r.now = r.now.Add(d)
	r.work()
}

// calm is a room whose backends may take their time: a slow machine is no outage.
func calm(t *testing.T) *room {
	t.Helper()
	r := newRoom(t)
	r.Patience = time.Minute
	return r
}

func steps(f casework.File, kind casework.StepKind) int {
	n := 0
	for _, s := range f.Steps {
		if s.Kind == kind {
			n++
		}
	}
	return n
}

func TestAnswersMoveTheLevelOfTheCaseLive(t *testing.T) {
	r := calm(t)
	for _, turn := range []struct {
		says string
		want risk.Level
		has  string
	}{
		{"感觉活着没什么意思", risk.Medium, "12356"},
		{"有", risk.High, "打算"},
		{"有", risk.Imminent, "现在就打 120"},
		{"没事了，我开玩笑的", risk.Imminent, "走到有人的地方"},
	} {
		wants(t, r.says(turn.says), turn.has)
		if got := r.file().Case.Level; got != turn.want {
			t.Errorf("after %q the case is %s, want %s", turn.says, got, turn.want)
		}
	}
	for _, s := range r.file().Signals {
		if strings.Contains(s.Reason, "感觉活着") {
			t.Errorf("the reason %q quotes the person", s.Reason)
		}
	}
}

func TestWhatIsSaidInWordsOnTheWayMovesTheLevelToo(t *testing.T) {
	r := calm(t)
	r.says("我不想活了")
	wants(t, r.says("我已经站在天台上了，要跳下去"), "现在就打 120", "有人的地方")
	if got := r.file().Case.Level; got != risk.Imminent {
		t.Errorf("the case is %s, want imminent", got)
	}
}

func TestWhoWorriesAboutAnotherMayBeInDangerToo(t *testing.T) {
	r := calm(t)
	for _, s := range []string{"我朋友说活着没意思，想消失", "不知道在哪里", "有人去找他了", "已经告诉了", "还没问", "我自己也很难受", "有"} {
		r.says(s)
	}
	wants(t, r.says("有"), "现在就打 120", "你身边现在有人吗") // asked about a plan: the answer is about the person, not the friend
	if got := r.file().Case.Level; got != risk.Imminent {
		t.Errorf("the case is %s, want imminent", got)
	}
}

func TestAtNightALaterAnswerPromisesNobody(t *testing.T) {
	r := calm(t)
	r.now = r.now.Add(14 * time.Hour) // two in the morning
	r.says("我不想活了")
	got := r.says("我已经站在天台上了，要跳下去")
	wants(t, got, "夜里", "先打电话")
	lacks(t, got, "马上就能看到")
}

func TestADangerSaidAgainIsAnsweredByTheConversationWithAShortReminder(t *testing.T) {
	r := calm(t)
	r.says("我不想活了")
	got := r.says("我真的不想活了，一个人在家")
	lacks(t, got, "谢谢你愿意说出来")
	wants(t, got, "想死的念头", "12356", "120")
	if again := r.says("想死，一直想死"); strings.Contains(again, strings.SplitN(got, "\n", 2)[0]) {
		t.Errorf("the same reminder comes twice:\n%s", again)
	}
	if n := len(r.file().Signals); n != 3 {
		t.Errorf("%d signals, want all three", n)
	}
}

func TestTheMenuLeavesTheConversationAndDangerBeginsItAgain(t *testing.T) {
	r := calm(t)
	r.says("我不想活了")
	wants(t, r.says("菜单"), "心理自测")
	got := r.says("我想自杀")
	wants(t, got, "12356")
	if strings.Contains(got, "谢谢你愿意说出来") {
		t.Errorf("the first answer comes again:\n%s", got)
	}
}

func TestAFewHoursLaterTheNextWordsAreAboutSomethingElse(t *testing.T) {
	r := calm(t)
	r.says("我不想活了")
	r.now = r.now.Add(3 * time.Hour)
	wants(t, r.says("预约"), "哪个区")
}

func TestASilenceIsAskedAboutOnceAndShownToStaff(t *testing.T) {
	r := calm(t)
	r.says("我已经站在天台上了，要跳下去")
	r.after(4 * time.Minute)
	if got := r.phone.texts(); len(got) != 0 {
		t.Fatalf("asked after four minutes: %v", got)
	}
	r.after(time.Minute)
	r.after(time.Hour)
	got := r.phone.texts()
	if len(got) != 1 || !strings.Contains(got[0], "我很担心你") {
		t.Fatalf("pushed %q, want one gentle question", got)
	}
	f := r.file()
	if n := steps(f, casework.StepSilent); n != 1 {
		t.Errorf("%d steps of silence, want 1", n)
	}
	if last := f.Messages[len(f.Messages)-1]; len(last.Replies) == 0 || last.Replies[0].Text != got[0] {
		t.Error("the question does not stand in the conversation that staff read")
	}
	r.says("我在")
	r.after(6 * time.Minute)
	if again := r.phone.texts(); len(again) != 2 || again[1] == again[0] {
		t.Errorf("after the second silence %q was pushed, want other words", again)
	}
	r.says("嗯")
	r.after(time.Hour)
	if n := len(r.phone.texts()); n != 2 {
		t.Errorf("%d questions; a person who stays silent again is left to staff", n)
	}
}

func TestASilenceIsNotAskedAbout(t *testing.T) {
	for name, meanwhile := range map[string]func(r *room){
		"when the person wrote meanwhile": func(r *room) { r.now = r.now.Add(4 * time.Minute); r.says("我在楼下保安室") },
		"when a counsellor has the conversation": func(r *room) {
			if _, err := r.cases.Take(r.t.Context(), r.file().Case.ID, counsellor); err != nil {
				r.t.Fatal(err)
			}
		},
		"when the case is closed": func(r *room) {
			id, second := r.file().Case.ID, casework.Actor{ID: "second", Name: "示例·第二位老师"}
			if _, err := r.cases.Review(r.t.Context(), id, second, casework.Review{Verdict: casework.VerdictAgree, Note: "看过了", Key: "review"}); err != nil {
				r.t.Fatal(err)
			}
			done := casework.Closing{Outcome: casework.OutcomeSafe, Report: casework.ReportNotAsked, Reason: "已平安", Key: "close"}
			if _, err := r.cases.Close(r.t.Context(), id, counsellor, done); err != nil {
				r.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := calm(t)
			r.says("我已经站在天台上了，要跳下去")
			meanwhile(r)
			r.after(2 * time.Minute)
			r.after(2 * time.Minute)
			for _, text := range r.phone.texts() {
				if strings.Contains(text, "我很担心你") {
					t.Errorf("asked all the same: %s", text)
				}
			}
		})
	}
}

func TestWhereThePlatformTakesNoMessageTheSilenceIsStillShownToStaff(t *testing.T) {
	r := calm(t)
	r.says("我已经站在天台上了，要跳下去")
	r.phone.verr = &channel.PushError{Verdict: channel.PushPark, Err: errGone}
	r.after(6 * time.Minute)
	if n := steps(r.file(), casework.StepSilent); n != 1 {
		t.Errorf("%d steps of silence, want 1", n)
	}
	r.phone.verr = nil
	if got := r.says("我在"); strings.Contains(got, "我很担心你") {
		t.Errorf("a question about a silence comes after the answer:\n%s", got)
	}
}

func TestTheSilentPersonaHoldsToTheRubric(t *testing.T) {
	l := &listener{room: calm(t)}
	say := func(s string) {
		t.Helper()
		if _, err := l.Say(t.Context(), l.text(s)); err != nil {
			t.Fatal(err)
		}
	}
	say("我不想活了")
	l.after(15 * time.Minute)
	for _, text := range l.phone.texts() {
		l.turns = append(l.turns, exchanged{"（没有说话）", text, nil})
	}
	for _, s := range []string{"……", "在", "有", "还没有", "不想打", "不知道说什么", "没有", "不知道", "嗯", "嗯"} {
		say(s)
	}
	if n := len(l.phone.texts()); n != 1 {
		t.Errorf("%d questions after silence, want 1", n)
	}
	for _, m := range append(red(l.spoken), repeated(l.spoken)...) {
		t.Errorf("red mark: %s", m)
	}
	if marks := yellow(l.spoken); len(marks) > 1 {
		t.Errorf("yellow marks: %v", marks)
	}
	if t.Failed() {
		t.Log(l.spoken)
	}
}

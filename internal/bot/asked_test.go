package bot_test

import (
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// after lets time go by and the outbox do what is due.
func (r *room) after(d time.Duration) {
	r.now = r.now.Add(d)
	r.work()
}

// asks are the questions that were put to the person, newest first.
func (r *room) asks() []casework.Asked {
	r.t.Helper()
	list, _, err := r.cases.Asked(r.t.Context(), casework.Filter{})
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

// unclear is a message that the shipped reader asks about; grave is whether it must name a wish, means, a place or a deed. Which
// texts are unclear changes whenever the reader learns: the first that is serves.
func (r *room) unclear(grave bool) string {
	r.t.Helper()
	for _, text := range []string{
		"有时候会想 要是我消失了会怎样", "最近总是想哭 觉得活着好累", "看不到什么希望", "好想睡过去不用醒", "有时候真想一走了之", "感觉自己撑不住了", "做不下去", "有点想跳下去看看",
		"我朋友最近说她很想消失", "同学说他有时候不想活", "孩子最近老说活着没意思", "我觉得自己是家里的负担", "昨天在桥上站了很久", "有时候觉得死了也没什么", "偶尔会想到死", "我有点想划自己",
		"昨晚走到江边坐了一会", "家里的安眠药我数过", "不如消失算了", "活着真没劲", "想到以后就觉得没意思", "我是不是不该出生", "哈哈哈我要去跳珠江了 作业太多了", "要是明天不用醒来就好了", "有时候想从窗户跳出去",
	} {
		if rd := r.bundle.Judge.Read(text); rd.Ask && rd.Level == risk.Medium && (!grave || len(rd.Traits) > 0) {
			return text
		}
	}
	r.t.Skipf("the reader asks about none of these texts any more (grave: %v): add one that it asks about", grave)
	return ""
}

func TestAnUnclearMessageIsAskedAboutAndNobodyIsCalled(t *testing.T) {
	r := newRoom(t)
	called := false
	r.Alarm = func(string, channel.Inbound, risk.Level) { called = true }
	answer := r.says(r.unclear(false))
	wants(t, answer, "多问一句", "［不是这样］", "［找真人］", "［先停下］")
	lacks(t, answer, "12356", "120", "110")
	r.after(10 * time.Minute)
	if f := r.file(); f.Case.ID != "" || called {
		t.Errorf("a human was called before the answer: %+v", f.Case)
	}
	list := r.asks()
	if len(list) != 1 || list[0].Message == "" || list[0].Reason == "" {
		t.Fatalf("staff see %+v, want the one question", list)
	}
}

func TestANoIsBelievedAndWhatTheyWereDoingGoesOn(t *testing.T) {
	r := newRoom(t)
	r.says("家长")
	r.says("预约")
	r.says("天河")
	unclear := r.unclear(false)
	r.says(unclear)
	got := r.says("没有")
	wants(t, got, "放心")
	lacks(t, got, "12356")
	if f := r.file(); f.Case.ID != "" {
		t.Errorf("a no became a case: %+v", f.Case)
	}
	list := r.asks()
	if len(list) != 1 || list[0].Outcome != casework.AskedNo || list[0].Answer == "" {
		t.Errorf("staff see %+v, want the no with its words", list)
	}
	st, err := r.State(t.Context(), someone)
	if err != nil || st.Dialog.Running() != "booking" {
		t.Errorf("what they were doing is %q (%v), want the booking", st.Dialog.Running(), err)
	}
	t.Run("and nobody is asked twice in a row", func(t *testing.T) {
		lacks(t, r.says(unclear), "多问一句")
	})
}

func TestYesUnclearAndWorseNewsBecomeACaseWithTheHotlines(t *testing.T) {
	for answer, outcome := range map[string]casework.AskedOutcome{"有过": casework.AskedYes, "1": casework.AskedYes, "不知道": casework.AskedUnclear, "…": casework.AskedUnclear, "我已经在天台上了": casework.AskedYes} {
		t.Run(answer, func(t *testing.T) {
			r := newRoom(t)
			r.says(r.unclear(false))
			wants(t, r.says(answer), "12356", "120")
			f := r.file()
			if f.Case.ID == "" || !f.Case.Level.AtLeast(risk.Medium) {
				t.Fatalf("no case: %+v", f.Case)
			}
			list := r.asks()
			if len(list) != 1 || list[0].Outcome != outcome || list[0].Case != f.Case.ID {
				t.Errorf("staff see %+v, want %s and the case", list, outcome)
			}
		})
	}
}

func TestWhoeverWantsAHumanOrToStopIsHeardInADoubtToo(t *testing.T) {
	r := newRoom(t)
	r.says(r.unclear(false))
	wants(t, r.says("找真人"), "真人")
	if f := r.file(); f.Case.Level != risk.Low {
		t.Errorf("a wish for a human is a case of level %q, want low", f.Case.Level)
	}
	r = newRoom(t)
	r.says(r.unclear(false))
	got := r.says("先停下")
	wants(t, got, "不问了")
	r = newRoom(t)
	r.says(r.unclear(false))
	wants(t, r.says("不是这样"), "对不起")
}

func TestASilenceAfterAGraveSignCallsAHuman(t *testing.T) {
	r := newRoom(t)
	r.says(r.unclear(true))
	r.after(31 * time.Minute)
	if f := r.file(); f.Case.Level != risk.Medium {
		t.Errorf("the case is %+v, want a medium one", f.Case)
	}
	if list := r.asks(); len(list) != 1 || list[0].Outcome != casework.AskedSilent || list[0].Case == "" {
		t.Errorf("staff see %+v, want a silence and the case", list)
	}
	if st, err := r.State(t.Context(), someone); err != nil || st.Talk.Open(r.now) || st.Case == "" {
		t.Errorf("the session is at %q with case %q (%v)", st.Talk.Phase, st.Case, err)
	}
}

func TestSmallSignsAddUpToAQuestion(t *testing.T) {
	r := newRoom(t)
	last := ""
	for _, s := range []string{"今天好难过啊", "心里有点难受", "我昨晚没睡好"} {
		if rd := r.bundle.Judge.Read(s); rd.Level != risk.Low {
			t.Skipf("%q is %s now, not low: choose another small sign", s, rd.Level)
		}
		last = r.says(s)
		r.now = r.now.Add(time.Minute)
	}
	wants(t, last, "多问一句")
	if f := r.file(); f.Case.ID != "" {
		t.Errorf("small signs called a human: %+v", f.Case)
	}
}

func TestWithNoBackendAnUnclearMessageIsAskedAboutAndRecordedLater(t *testing.T) {
	r := newRoom(t)
	text := r.text(r.unclear(false))
	r.Sessions = &down{Store: r.sessions, err: errGone}
	wants(t, r.sends(text), "多问一句")
	r.Sessions = r.sessions
	entries, err := r.spool.Entries()
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d entries in the spool (%v), want the message", len(entries), err)
	}
	for range 2 { // it must bear being run twice
		if err := r.Replay(t.Context(), entries[0]); err != nil {
			t.Fatal(err)
		}
	}
	if list := r.asks(); len(list) != 1 {
		t.Errorf("staff see %+v, want the question that was put in the outage", list)
	}
	if f := r.file(); f.Case.ID != "" {
		t.Errorf("it became a case: %+v", f.Case)
	}
}

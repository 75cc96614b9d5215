package bot_test

import (
	"testing"
	"testing/fstest"
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

// The messages that the reader of these tests is not sure about: the second names a wish.
const (
	unclear = "心里空落落的"
	grave   = "有时候想睡过去不醒"
)

// doubtful is a room whose reader knows a few words only, so that what is asked about does not change whenever the shipped
// reader learns.
func doubtful(t *testing.T) *room {
	t.Helper()
	files := fstest.MapFS{
		"disguise.yaml": {Data: []byte("looks: {}\n")},
		"words.yaml": {Data: []byte("categories:\n  empty: {name: 空, words: [空落落]}\n  sleep: {name: 不醒, topic: hopeless, trait: wish, words: [睡过去不醒]}\n" +
			"  roof: {name: 高处, topic: suicide, trait: place, words: [站在天台]}\n  low: {name: 难受, topic: distress, words: [好难过, 心里难受, 没睡好]}\n")},
		"rules.yaml": {Data: []byte("rules:\n  - {id: a, name: 空, level: medium, ask: true, all: [empty]}\n  - {id: b, name: 不醒, level: medium, ask: true, all: [sleep], subject: self}\n" +
			"  - {id: c, name: 高处, level: imminent, all: [roof], subject: self}\n  - {id: d, name: 难受, level: low, all: [low]}\n")},
	}
	judge, err := risk.LoadRules(files)
	if err != nil {
		t.Fatal(err)
	}
	r := newRoom(t)
	bundle := *r.bundle
	bundle.Judge = judge
	r.bundle = &bundle
	return r
}

func TestAnUnclearMessageIsAskedAboutAndNobodyIsCalled(t *testing.T) {
	r := doubtful(t)
	called := false
	r.Alarm = func(string, channel.Inbound, risk.Level) { called = true }
	answer := r.says(unclear)
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
	r := doubtful(t)
	r.says("家长")
	r.says("预约")
	r.says("天河")
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
	for answer, outcome := range map[string]casework.AskedOutcome{"有过": casework.AskedYes, "1": casework.AskedYes, "不知道": casework.AskedUnclear, "…": casework.AskedUnclear, "我站在天台上": casework.AskedYes, "你弄错了，我没有想死，我站在天台上": casework.AskedUnclear} {
		t.Run(answer, func(t *testing.T) {
			r := doubtful(t)
			r.says(unclear)
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
	r := doubtful(t)
	r.says(unclear)
	wants(t, r.says("找真人"), "给老师留了话")
	if f := r.file(); f.Case.Level != risk.Low {
		t.Errorf("a wish for a human is a case of level %q, want low", f.Case.Level)
	}
	r = doubtful(t)
	r.says(grave)
	wants(t, r.says("找真人"), "两个小时内")
	if f := r.file(); f.Case.Level != risk.Medium {
		t.Errorf("after a grave sign the case is of level %q, want medium: somebody is called", f.Case.Level)
	}
	r = doubtful(t)
	r.says(unclear)
	got := r.says("先停下")
	wants(t, got, "不问了")
	r = doubtful(t)
	r.says(unclear)
	wants(t, r.says("不是这样"), "对不起")
}

func TestASilenceAfterAGraveSignCallsAHuman(t *testing.T) {
	r := doubtful(t)
	r.says(grave)
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
	r := doubtful(t)
	last := ""
	for _, s := range []string{"今天好难过啊", "心里难受", "我昨晚没睡好"} {
		last = r.says(s)
		r.now = r.now.Add(time.Minute)
	}
	wants(t, last, "多问一句")
	if f := r.file(); f.Case.ID != "" {
		t.Errorf("small signs called a human: %+v", f.Case)
	}
}

func TestWithNoBackendAnUnclearMessageIsAskedAboutAndRecordedLater(t *testing.T) {
	r := doubtful(t)
	text := r.text(unclear)
	r.Sessions = &down{Store: r.sessions, err: errGone}
	wants(t, r.sends(text), "多问一句")
	r.Sessions = r.sessions
	entries := r.spool.Entries()
	if len(entries) != 1 {
		t.Fatalf("%d entries in the spool, want the message", len(entries))
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

func TestWhatPeopleAskBeforeTheyAnswerIsNoAnswer(t *testing.T) {
	for _, question := range []string{"这个别人能看到吗", "别告诉我妈", "说了会被骂死的"} {
		t.Run(question, func(t *testing.T) {
			r := doubtful(t)
			r.says(unclear)
			lacks(t, r.says(question), "放心了")
			if list := r.asks(); list[0].Outcome != casework.AskedWaiting {
				t.Errorf("the question is %s, want waiting", list[0].Outcome)
			}
			wants(t, r.says("有"), "12356")
		})
	}
}

func TestANoAlongWithAWishForSomethingElseIsANo(t *testing.T) {
	r := doubtful(t)
	r.says(grave)
	r.says("没有，怎么预约")
	if f := r.file(); f.Case.ID != "" {
		t.Errorf("a no became a case: %+v", f.Case)
	}
}

func TestAnAnswerAfterTheSessionWasLostIsAnAnswer(t *testing.T) {
	r := doubtful(t)
	r.says(unclear)
	if err := r.sessions.Forget(t.Context(), r.Sealer.Index(someone)); err != nil {
		t.Fatal(err)
	}
	wants(t, r.says("有过"), "12356")
	if list := r.asks(); list[0].Outcome != casework.AskedYes {
		t.Errorf("staff see %s, want yes", list[0].Outcome)
	}
}

func TestAMessageThatWasNoAnswerDoesNotHideASilence(t *testing.T) {
	r := doubtful(t)
	r.says(grave)
	r.sends(channel.Inbound{Address: someone, ID: "auto", Kind: channel.KindEvent, Event: channel.Event{Type: channel.EventLocation, Name: "LOCATION"}, Location: &channel.Location{}, At: r.now})
	r.after(31 * time.Minute)
	if f := r.file(); f.Case.Level != risk.Medium {
		t.Errorf("the case is %+v, want a medium one", f.Case)
	}
}

func TestACounsellorWhoTakesOverEndsTheDoubt(t *testing.T) {
	r := doubtful(t)
	r.says(unclear)
	c, err := r.cases.FollowAsked(t.Context(), r.asks()[0].ID, counsellor)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.cases.Take(t.Context(), c.ID, counsellor); err != nil {
		t.Fatal(err)
	}
	r.work()
	if list := r.asks(); list[0].Outcome != casework.AskedLeft {
		t.Errorf("the question is %s, want left", list[0].Outcome)
	}
}

func TestAfterAnOutageTheNextWordsAreAnAnswer(t *testing.T) {
	r := newRoom(t)
	r.says("学生")
	down, up := &down{Store: r.sessions, err: errGone}, r.Sessions
	r.Sessions = down
	in := r.text("我在天台上")
	wants(t, r.sends(in), "往里退", "110")
	r.Sessions = up
	entries := r.spool.Entries()
	if len(entries) != 1 {
		t.Fatalf("%d entries in the spool", len(entries))
	}
	r.now = r.now.Add(time.Second)
	if err := r.Replay(t.Context(), entries[0]); err != nil {
		t.Fatal(err)
	}
	if got := r.file().Case.Level; got != risk.Imminent {
		t.Errorf("the case is %q, want imminent", got)
	}
	wants(t, r.says("还没有"), "坐")
}

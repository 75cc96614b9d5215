package bot_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/spool"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

func TestARepeatedMessageGetsTheRecordedReplyAndHasOneEffect(t *testing.T) {
	r := newRoom(t)
	in := r.text("我不想活了")
	first := r.sends(in)
	wants(t, first, "12356", "120")
	if again := r.sends(in); again != first {
		t.Errorf("the repeat got other words:\n%s", again)
	}
	if f := r.file(); len(f.Signals) != 1 || f.Case.Level != risk.High {
		t.Errorf("%d signals, level %s; want one, high", len(f.Signals), f.Case.Level)
	}
}

func TestTheSameWordsDoNotComeTwice(t *testing.T) {
	r := newRoom(t)
	seen := map[string]bool{}
	for _, s := range []string{"我不想活了", "我真的不想活了", "活着没意思", "我同学说他想跳楼"} {
		answer := r.says(s)
		if seen[answer] {
			t.Errorf("%q got words that were said before:\n%s", s, answer)
		}
		seen[answer] = true
	}
	other, _ := newRoom(t), 0
	if first := other.says("我同学说他想跳楼"); !seen[first] {
		t.Errorf("the first word about somebody else must get the first answer, whatever was said of oneself before")
	}
}

func TestWhileACounsellorHasTheConversation(t *testing.T) {
	r := newRoom(t)
	r.says("我不想活了")
	c := r.file().Case
	if _, err := r.cases.Take(t.Context(), c.ID, counsellor); err != nil {
		t.Fatal(err)
	}
	r.work()
	t.Run("the person is told", func(t *testing.T) {
		wants(t, strings.Join(r.phone.texts(), "\n"), "示例·兰老师", "真人")
	})
	t.Run("the dialog is silent and the words are kept", func(t *testing.T) {
		if answer := r.says("菜单"); answer != "" {
			t.Errorf("the dialog spoke: %s", answer)
		}
		if ms := r.file().Messages; ms[len(ms)-1].Text != "菜单" {
			t.Errorf("the last message of the file is %+v", ms[len(ms)-1])
		}
	})
	t.Run("danger is still read, and gets the hotlines in one sentence", func(t *testing.T) {
		wants(t, r.says("我现在就去跳楼"), "12356", "120")
		if got := r.file().Case.Level; got != risk.Imminent {
			t.Errorf("the level is %s", got)
		}
	})
	t.Run("a picture is kept for the counsellor", func(t *testing.T) {
		in := r.text("")
		in.Kind = channel.KindImage
		wants(t, r.sends(in), "拿给老师看")
	})
	t.Run("after the hand-back the dialog speaks again, and the person is told once", func(t *testing.T) {
		if _, err := r.cases.HandBack(t.Context(), c.ID, counsellor, "先聊到这里。"); err != nil {
			t.Fatal(err)
		}
		r.work()
		said := strings.Join(r.phone.texts(), "\n")
		wants(t, said, "先聊到这里。", "自动助手")
		if strings.Index(said, "先聊到这里") > strings.Index(said, "接下来由我") {
			t.Error("the closing words must come before the notice")
		}
		if n := strings.Count(said, "接下来由我"); n != 1 {
			t.Errorf("the notice came %d times", n)
		}
		wants(t, r.says("菜单"), "父母学堂")
	})
}

func TestWhatIsWrittenWhileWaitingForAHumanIsKeptUntilOneCame(t *testing.T) {
	r := newRoom(t)
	r.says("家长")
	r.says("人工")
	wants(t, r.says("孩子三天没去学校了"), "记下了")
	ms := r.file().Messages
	if len(ms) == 0 || !slices.ContainsFunc(ms, func(m transcript.Message) bool { return m.Text == "孩子三天没去学校了" }) {
		t.Errorf("the file lacks what was written: %+v", ms)
	}
	c := r.file().Case
	if _, err := r.cases.Take(t.Context(), c.ID, counsellor); err != nil {
		t.Fatal(err)
	}
	r.work()
	if _, err := r.cases.HandBack(t.Context(), c.ID, counsellor, "先聊到这里。"); err != nil {
		t.Fatal(err)
	}
	r.work()
	lacks(t, r.says("嗯嗯"), "记下了")
}

func TestAfterDangerNobodyIsToldThatHeWasNotUnderstood(t *testing.T) {
	r := newRoom(t)
	r.says("我不想活了")
	first, second := r.says("嗯嗯那个"), r.says("就是那样吧")
	if strings.Contains(first+second, "没太明白") || first == second {
		t.Errorf("after danger:\n%s\n%s", first, second)
	}
	r.now = r.now.Add(4 * 24 * time.Hour)
	wants(t, r.says("嗯嗯那个"), "没太明白")
}

func TestATapOnOfferedWordsIsNotReadForDanger(t *testing.T) {
	r := newRoom(t)
	r.says("学生")
	replies, err := r.Handle(t.Context(), r.text("有哪些热线"))
	if err != nil || len(replies) == 0 {
		t.Fatal(err)
	}
	in := r.text("我不想活了")
	in.MenuID = "12345" // no choice that was offered: a forged tap hides nothing
	wants(t, r.sends(in), "12356", "120")
}

// down makes sessions fail as long as it is set.
type down struct {
	session.Store
	err   error
	panic bool
}

func (d *down) Begin(ctx context.Context, at *session.Place, message string) (session.Turn, error) {
	if d.panic || d.err != nil {
		defer at.Leave()
	}
	if d.panic {
		panic("我不想活了") // what a person wrote may be in a panic
	}
	if d.err != nil {
		return session.Turn{}, d.err
	}
	return d.Store.Begin(ctx, at, message)
}

func TestWithoutBackends(t *testing.T) {
	r := newRoom(t)
	sessions := &down{Store: r.sessions, err: errGone}
	r.Sessions = sessions
	hello := channel.Inbound{Address: someone, ID: "e", Kind: channel.KindEvent, Event: channel.Event{Type: channel.EventSubscribe}, At: r.now}
	wants(t, r.sends(hello), "谢谢您来", "12356")
	tap := r.text("我是家长")
	tap.MenuID = "7"
	if answer := r.sends(tap); strings.Contains(answer, "没有做成") || !strings.Contains(answer, "还不知道") {
		t.Errorf("it is not known whether the tap did anything, and it was told: %s", answer)
	}
	wants(t, r.says("我不想活了"), "12356", "120")
	wants(t, r.says("要收费吗"), "已经记下来了", "12356")
	sessions.err = nil
	r.replay()
	f := r.file()
	if len(f.Signals) != 1 {
		t.Errorf("%d signals, want 1", len(f.Signals))
	}
	texts := map[string]int{}
	for _, m := range f.Messages {
		if m.From == transcript.FromPerson {
			texts[m.Text]++
		}
	}
	if texts["我不想活了"] != 1 || texts["要收费吗"] != 1 {
		t.Errorf("written: %v, want each word once", texts)
	}
	r.work()
	said := strings.Join(r.phone.texts(), "\n")
	wants(t, said, "免费") // the real answers, late
	if n := r.spool.Figures().Entries; n != 0 || strings.Contains(said, "有点忙") {
		t.Errorf("%d entries are left, and it was said late:\n%s", n, said)
	}
}

func TestTheTranscriptTellsATapFromWhatSomebodyWrote(t *testing.T) {
	r := newRoom(t)
	r.says("我不想活了")
	tap := r.text("我现在安全")
	tap.MenuID = "12345"
	r.sends(tap)
	tapped := map[string]bool{}
	for _, m := range r.file().Messages {
		if m.From == transcript.FromPerson {
			tapped[m.Text] = m.Tapped
		}
	}
	if written, ok := tapped["我不想活了"]; !ok || written || !tapped["我现在安全"] {
		t.Errorf("tapped: %v, want the second alone", tapped)
	}
}

// replay does all that the spool holds, as the server does, and each once more, as a server that was killed in between does.
func (r *room) replay() {
	r.t.Helper()
	entries := r.spool.Entries()
	if len(entries) == 0 {
		r.t.Fatal("nothing waits in the spool")
	}
	if err := r.spool.Settle(r.t.Context(), r.Sealer.Index(someone), "~", r.Replay); err != nil {
		r.t.Fatal(err)
	}
	for _, e := range entries {
		if err := r.Replay(r.t.Context(), e); err != nil {
			r.t.Fatal(err)
		}
	}
}

func TestWhenNotEvenTheDiskWorksDangerIsKeptAndNothingElseIsSaidToBe(t *testing.T) {
	r := newRoom(t)
	sessions := &down{Store: r.sessions, err: errGone}
	r.Sessions = sessions
	if err := os.RemoveAll(r.spoolDir); err != nil {
		t.Fatal(err)
	}
	wants(t, r.says("我不想活了"), "12356", "120")
	wants(t, r.says("今天天气不错"), "没能记下来", "12356")
	if err := r.spool.Check(); err == nil {
		t.Error("a disk that takes nothing must be seen")
	}
	sessions.err = nil
	r.replay()
	if f := r.file(); len(f.Signals) != 1 {
		t.Errorf("%d signals, want 1: nobody in danger is without a case", len(f.Signals))
	}
}

func TestAHangingBackendDoesNotHoldUpDanger(t *testing.T) {
	r := newRoom(t)
	r.Patience = 200 * time.Millisecond
	held, err := r.Sessions.Begin(t.Context(), r.Sessions.Enter(r.Sealer.Index(someone), session.First), "another message in hand")
	if err != nil {
		t.Fatal(err)
	}
	wants(t, r.says("我不想活了"), "12356", "120")
	if n := r.spool.Figures().Entries; n != 1 {
		t.Errorf("%d messages in the spool, want 1", n)
	}
	if err := r.Sessions.Abort(t.Context(), held); err != nil {
		t.Fatal(err)
	}
	r.replay()
	if f := r.file(); len(f.Signals) != 1 {
		t.Errorf("%d signals, want 1", len(f.Signals))
	}
}

func TestADefectNeverSwallowsDanger(t *testing.T) {
	for name, breaks := range map[string]func(r *room){
		"in a turn": func(r *room) { r.Sessions = &down{Store: r.sessions, panic: true} },
		"in a domain": func(r *room) {
			r.InTx = func(context.Context, func(context.Context) error) error { panic("defect") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			breaks(r)
			wants(t, r.says("我不想活了"), "12356", "120")
			if n := r.spool.Figures().Entries; n != 1 {
				t.Errorf("%d messages in the spool, want 1", n)
			}
		})
	}
	t.Run("a harmless message is kept and the next is handled", func(t *testing.T) {
		r := newRoom(t)
		r.says("家长")
		search := r.Commands["worry.meet"]
		broken := search
		broken.Run = func(context.Context, dialog.Call) (dialog.Result, error) { panic("defect") }
		r.Commands["worry.meet"] = broken
		wants(t, r.says("孩子不想上学怎么办呢"), "已经记下来了")
		r.Commands["worry.meet"] = search
		wants(t, r.says("孩子不想上学怎么办呢"), "第一句话怎么回")
	})
}

func TestALateAnswerIsPushedOnce(t *testing.T) {
	r := newRoom(t)
	in := r.text("要收费吗")
	if err := r.Accept(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	entries := r.spool.Entries()
	if len(entries) != 1 || entries[0].Duty != spool.Answer {
		t.Fatalf("accepted: %+v", entries)
	}
	if err := r.spool.Settle(t.Context(), r.Sealer.Index(someone), "~", func(context.Context, spool.Entry) error {
		t.Error("whoever took the message is still at work on it")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := r.Late(t.Context(), in, nil, errGone); err != nil { // it came to nothing
		t.Fatal(err)
	}
	r.replay()
	r.work()
	if texts := r.phone.texts(); len(texts) != 1 || !strings.Contains(texts[0], "免费") {
		t.Errorf("pushed: %q, want the answer once", texts)
	}
}

func TestALateAnswerIsTheRealOne(t *testing.T) {
	r := newRoom(t)
	sessions := &down{Store: r.sessions, err: errGone}
	r.Sessions = sessions
	in := r.text("要收费吗")
	if err := r.Accept(t.Context(), in); err != nil { // past the platform's patience
		t.Fatal(err)
	}
	busy, err := r.Handle(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Late(t.Context(), in, busy, nil); err != nil {
		t.Fatal(err)
	}
	sessions.err = nil
	r.replay()
	r.work()
	if texts := r.phone.texts(); len(texts) != 1 || !strings.Contains(texts[0], "免费") {
		t.Errorf("pushed: %q, want the answer and not that the system is busy", texts)
	}
}

// lossy commits a fact and loses the session: its server dies in between.
type lossy struct {
	session.Store
	dead bool
}

func (l *lossy) Begin(ctx context.Context, at *session.Place, message string) (session.Turn, error) {
	if l.dead {
		at.Leave()
		return session.Turn{}, errGone
	}
	return l.Store.Begin(ctx, at, message)
}

func (l *lossy) Commit(ctx context.Context, turn session.Turn, state, reply []byte) error {
	if l.dead {
		return errGone
	}
	return l.Store.Commit(ctx, turn, state, reply)
}

func TestWhatWasDoneIsSaidThoughItsSessionCannotBeSavedAndASecondTapFindsIt(t *testing.T) {
	r := newRoom(t)
	sessions := &lossy{Store: r.sessions}
	r.Sessions = sessions
	r.writes("老师，我和同桌闹了别扭。")
	wants(t, r.says("写完了"), "要寄出去吗")
	once := r.Once
	r.Once = func(ctx context.Context, personID, key string, f func(context.Context) ([]byte, error)) ([]byte, error) {
		res, err := once(ctx, personID, key, f)
		sessions.dead = true // between the two commits
		return res, err
	}
	sent := r.text("寄出")
	wants(t, r.sends(sent), "信寄出去了", "取信码")
	r.Once = once
	repeated := r.sends(sent) // the answer did not reach them, and it is not known here what became of it
	lacks(t, repeated, "没有做成")
	sessions.dead = false
	first := r.sends(sent)
	wants(t, first, "信寄出去了", "取信码")
	if second := r.says("寄出"); strings.Contains(second, "信寄出去了") {
		t.Errorf("a second letter: %s", second)
	}
	if n := r.letters(); n != 1 {
		t.Errorf("%d letters, want 1", n)
	}
}

// letters is how many letters the person has sent.
func (r *room) letters() int {
	r.t.Helper()
	p, err := r.People.Resolve(r.t.Context(), someone)
	if err != nil {
		r.t.Fatal(err)
	}
	res, err := r.Commands["letter.mine"].Run(r.t.Context(), dialog.Call{Person: p.ID})
	if err != nil {
		r.t.Fatal(err)
	}
	if res.Outcome == "none" {
		return 0
	}
	return len(res.Vars["letters"].([]channel.Choice))
}

func TestAMessageThatIsHandledAgainWithoutItsSessionHasOneEffect(t *testing.T) {
	r := newRoom(t)
	r.writes("老师，我和同桌闹了别扭。")
	part := r.text("想知道怎么和好。")
	wants(t, r.sends(part), "第 2 段")
	wants(t, r.says("写完了"), "要寄出去吗")
	sent := r.text("寄出")
	wants(t, r.sends(sent), "信寄出去了")
	// A replica that hung comes to itself, and goes on where it was: with the session of then, and nothing recorded.
	r.Sessions = session.NewMemory()
	p, err := r.People.Resolve(t.Context(), someone)
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]channel.Inbound{"letter.add": part, "letter.send": sent} {
		call := dialog.Call{Name: name, Person: p.ID, Key: r.Sealer.Index(someone)[:16] + ":" + in.ID + "#0", Args: map[string]any{"text": in.Text}}
		if _, err := r.Once(t.Context(), p.ID, "op:"+name+":"+call.Key, func(context.Context) ([]byte, error) {
			t.Errorf("%s is done a second time", name)
			return nil, nil
		}); err != nil {
			t.Error(err)
		}
	}
	if n := r.letters(); n != 1 {
		t.Errorf("%d letters, want 1", n)
	}
}

func TestWhatThePlatformWillNotTakeWaitsForTheNextContact(t *testing.T) {
	r := newRoom(t)
	r.says("家长")
	p, err := r.People.Resolve(t.Context(), someone)
	if err != nil {
		t.Fatal(err)
	}
	r.phone.verr = &channel.PushError{Verdict: channel.PushPark, Code: 45015, Err: errors.New("out of window")}
	for range 2 { // a double call
		if err := r.DeliverLater(t.Context(), p.ID, "reminder-1", []channel.Reply{{Text: "明天下午三点，别忘了。"}}); err != nil {
			t.Fatal(err)
		}
	}
	r.work()
	wants(t, r.says("菜单"), "别忘了", "父母学堂")
	if again := r.says("菜单"); strings.Contains(again, "别忘了") {
		t.Error("it was said twice")
	}
}

func TestACaseDoesNotWaitForTheSessions(t *testing.T) {
	r := newRoom(t)
	sessions := &down{Store: r.sessions, err: errGone}
	r.Sessions = sessions
	wants(t, r.says("我不想活了"), "12356", "120")
	for _, e := range r.spool.Entries() {
		if err := r.Replay(t.Context(), e); err != nil { // the database is there
			t.Fatal(err)
		}
	}
	if f := r.file(); len(f.Signals) != 1 {
		t.Errorf("%d signals, want 1", len(f.Signals))
	}
	sessions.err = nil
	r.Sessions = r.sessions
	lacks(t, r.says("嗯"), "没太明白") // the next words are heard in the talk that was begun
}

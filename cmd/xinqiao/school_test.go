package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// movedClock is a clock that a test moves while servers read it. It begins on a Monday, 10:00 in Guangzhou.
type movedClock struct{ passed atomic.Int64 }

func (c *movedClock) now() time.Time {
	return time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC).Add(time.Duration(c.passed.Load()))
}

func (c *movedClock) move(d time.Duration) { c.passed.Add(int64(d)) }

const day = 24 * time.Hour

func TestAWeeklyLessonComesOnceFromTwoReplicasAndOnlyWhereThePlatformAllowsIt(t *testing.T) {
	t.Parallel()
	var clock movedClock
	o := appOptions{now: clock.now}
	cfg := shared(t)
	platform := wxsim.NewServer(account)
	one := startWith(t, cfg, o, platform)
	cfg.DataDir = t.TempDir()
	cfg.HTTP.Addr = "127.0.0.1:0"
	startWith(t, cfg, o, platform)
	who := openid(t, 31)
	one.taps(who, one.sends(wxsim.Subscribe(who, "")), "我是家长")
	offer := one.says(who, "订阅")
	one.wantIn(offer, "每周六上午")
	one.taps(who, one.taps(who, offer, "好，订阅"), "初中")
	pushed := func() int {
		n := 0
		for _, c := range platform.Calls() {
			if c.Path == "/cgi-bin/message/custom/send" && c.ToUser() == who && strings.Contains(c.Text(), "这周给您的一课") && c.ErrCode == 0 {
				n++
			}
		}
		return n
	}
	parked := func() bool {
		st, err := one.app.bot.State(t.Context(), address(who))
		return err == nil && st.Parked
	}
	clock.move(5*day + 3*time.Hour) // Saturday 13:00: the 48 hours after what was typed are over
	one.eventually("the first suggestion to wait", parked)
	if n := pushed(); n != 0 {
		t.Errorf("%d went out where the platform does not allow it", n)
	}
	var r wxsim.Reply
	one.eventually("it to come with an answer", func() bool { // the person's mark may be there a moment before the row is set aside
		r = one.says(who, "菜单")
		return strings.Contains(r.Content, "这周给您的一课")
	})
	one.wantIn(r, "退订")
	if r := one.says(who, "菜单"); strings.Contains(r.Content, "这周给您的一课") {
		t.Error("it was said twice")
	}
	clock.move(6 * day)
	one.says(who, "你好") // Friday: now the window is open on Saturday
	clock.move(day)
	one.eventually("the second to be pushed", func() bool { return pushed() == 1 })
	one.wantIn(one.says(who, "退订"), "已经退订")
	clock.move(7 * day)
	one.says(who, "你好")
	one.eventually("the row of the third week to be done", func() bool {
		next, err := one.app.db.Outbox().Next(t.Context())
		return err == nil && (next.IsZero() || next.After(clock.now()))
	})
	if n := pushed(); n != 1 {
		t.Errorf("%d suggestions, want the one of the second week alone", n)
	}
}

func TestASeatThatIsGivenBackIsToldToWhoWaitsAndListedForTheDoor(t *testing.T) {
	t.Parallel()
	var clock movedClock
	w := start(t, embedded(t), appOptions{now: clock.now})
	signUp := func(who, way, name string) wxsim.Reply {
		w.taps(who, w.sends(wxsim.Subscribe(who, "")), "我是家长")
		date := w.taps(who, w.taps(who, w.says(who, "活动"), "亲子活动"), "3月6日（周五）")
		w.taps(who, date, way)
		w.says(who, name)
		return w.says(who, "好")
	}
	first, second, third := openid(t, 32), openid(t, 33), openid(t, 34)
	w.wantIn(signUp(first, "报名", "甲"), "报好名了")
	w.wantIn(signUp(second, "报名", "=1+1"), "报好名了")
	w.wantIn(signUp(third, "候补", "丙"), "候补第 1 位")
	mine := w.sends(w.says(first, "我的报名").MenuLinks[0].Tap(first))
	w.taps(first, w.taps(first, mine, "取消这个报名"), "确定取消")
	if _, err := w.platform.Wait(t.Context(), func(c wxsim.Call) bool { return c.ToUser() == third && strings.Contains(c.Text(), "有位子了") }); err != nil {
		t.Fatal(err)
	}
	clock.move(3*day + 8*time.Hour + 59*time.Minute) // Thursday, a minute before the reminder
	w.says(third, "你好")
	clock.move(time.Minute)
	if _, err := w.platform.Wait(t.Context(), func(c wxsim.Call) bool {
		return c.ToUser() == third && strings.Contains(c.Text(), "提醒您：3月6日（周五）19:00")
	}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "door.csv")
	if code, _, errs := command(t.Context(), t, w.environ(), "", "export", "attendance", "reading-night@20260306", "--out", file); code != exitFine {
		t.Fatalf("export: %d %s", code, errs)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	table := string(raw)
	for _, want := range []string{"'=1+1", "丙", "已取消", "家长·"} {
		if !strings.Contains(table, want) {
			t.Errorf("the list lacks %q:\n%s", want, table)
		}
	}
	if strings.Contains(table, first) || strings.Contains(table, third) {
		t.Error("an openid is on the list")
	}
}

func TestTheLessonPageShowsTheWholeLesson(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	status, body := w.get("/p/lesson/upper-refuse")
	if status != http.StatusOK {
		t.Fatalf("%d", status)
	}
	for _, want := range []string{"他说不想上学", "接住孩子", "16 分钟", "初中", "示例课程", "记住三点", "考考自己", "看看答得怎么样", "接着看", "/p/lesson/upper-bully"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if status, _ := w.get("/p/lesson/nowhere"); status != http.StatusNotFound {
		t.Errorf("a lesson that is none: %d", status)
	}
}

func TestTheEventPageShowsOneDate(t *testing.T) {
	t.Parallel()
	var clock movedClock
	w := start(t, embedded(t), appOptions{now: clock.now})
	for _, c := range []struct {
		id     string
		after  time.Duration
		status int
		want   string
	}{
		{"family-sports@20260307", 0, http.StatusOK, "3月7日（周六）09:30"},
		{"talk-exam", 0, http.StatusOK, "要报名"},
		{"talk-exam", 30 * day, http.StatusOK, "已经结束"},
		{"family-sports@20260308", 0, http.StatusNotFound, ""},
		{"nowhere", 0, http.StatusNotFound, ""},
	} {
		clock.move(c.after)
		if status, body := w.get("/p/event/" + c.id); status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d, want %d and %q", c.id, status, c.status, c.want)
		}
	}
}

func TestTheCommandsOfTheSchool(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../dialogs")); err != nil {
		t.Fatal(err)
	}
	table := filepath.Join(dir, "目录.csv")
	head := "编号,标题,系列,阶段,简介,要点1,要点2,要点3,家长会怎么问\n"
	line := "1,一节新课,家长学堂,初中," + strings.Repeat("好好说话的一课。", 15) + ",听,问,说,孩子爱拆闹钟怎么办\n"
	environ := []string{"XINQIAO_DIALOGS_DIR=" + dir}
	for _, step := range []struct {
		name, rows string
		args       []string
		code       int
		want       string
	}{
		{"a bad row stops all", line + "2,,家长学堂,初中,短,听,问,说,怎么办\n", []string{"import", "courses", table}, exitFailed, "1 行要改"},
		{"a try writes nothing", line, []string{"import", "courses", table, "--dry-run"}, exitFine, "没有写进去"},
		{"it is not found yet", line, []string{"search", "孩子爱拆闹钟"}, exitFine, ""},
		{"a good table is written", line, []string{"import", "courses", table}, exitFine, "已经写进"},
		{"and found, with the reason", line, []string{"search", "--explain", "孩子爱拆闹钟"}, exitFine, "拆闹  在家长的问法"},
	} {
		if err := os.WriteFile(table, []byte(head+step.rows), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := command(t.Context(), t, environ, "", step.args...)
		if code != step.code || !strings.Contains(out, step.want) {
			t.Errorf("%s: %d, want %d and %q in:\n%s%s", step.name, code, step.code, step.want, out, errs)
		}
		if step.name == "it is not found yet" && strings.Contains(out, "一节新课") {
			t.Error("--dry-run wrote the lesson")
		}
	}
}

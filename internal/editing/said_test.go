package editing

import (
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

func TestWhatIsWrongIsSaidByTheLabelsOfTheForm(t *testing.T) {
	for _, c := range []struct {
		kind                   Kind
		message, hint          string
		wantMessage, wantsHint string
	}{
		{Event, "start 和 weekly 要正好写一个", "一次的写 start，每周的写 weekly，只写一个", "“只办一次：什么时候”和“每周都办：星期几、几点”要正好写一个", "一次的写“只办一次：什么时候”，每周的写“每周都办：星期几、几点”，只写一个"},
		{Event, "until 在 from 前面", "请检查两个日子", "“到哪天为止”在“从”前面", "请检查两个日子"},
		{Station, "站点没有写全", "请补上 name、address、phone", "站点没有写全", "请补上“名称”、“地址”、“电话”"},
		{Station, "开放时间 09:00– 不对", `写成 {days: [1, 2], from: "09:00", to: "17:00"}`, "开放时间 09:00– 不对", "请对照这一格上面的说明改"},
		{Lesson, "小测第 1 题没有写全", "ask 写题目，why 写为什么", "小测第 1 题没有写全", "“题目”写题目，“为什么”写为什么"},
		{Lesson, "编号 \"a b\" 不对", "用字母、数字和短横，例如 junior-door", "编号 \"a b\" 不对", "用字母、数字和短横，例如 junior-door"},
		{Lesson, "网址 \"http://title.example\" 不对", "写完整的网址，以 https:// 开头", "网址 \"http://title.example\" 不对", "写完整的网址，以 https:// 开头"},
		{Ready, "不认识 {{title}}", "能用的是 {{you}}（你或您）和 {{name}}（老师自己的名字）", "不认识 {{title}}", "能用的是 {{you}}（你或您）和 {{name}}（老师自己的名字）"},
	} {
		sh, _ := shapeOf(c.kind)
		got := sh.said(problem.Problem{Message: c.message, Hint: c.hint})
		if got.Message != c.wantMessage || got.Hint != c.wantsHint {
			t.Errorf("%s: %s；%s is said as\n%s；%s\nwant\n%s；%s", c.kind, c.message, c.hint, got.Message, got.Hint, c.wantMessage, c.wantsHint)
		}
	}
}

func TestWhatIsMissingIsSaidAtItsField(t *testing.T) {
	d := Draft{Kind: Station, File: "stations/desk.yaml", After: "desk-1"}
	text := "stations:\n  - id: desk-1\n    name: 新站\n    phone: 020-0000-0001\n"
	got := findings(d, text, problem.Problems{
		{File: d.File, Line: 3, Message: "站点没有写全", Hint: "请补上 name、address、phone"},
		{File: d.File, Line: 2, Message: "没有开放时间", Hint: "请写开放时间 open"},
		{File: d.File, Line: 4, Message: "电话不对"},
		{File: "stations/other.yaml", Line: 4, Message: "name 不对"},
	})
	for i, want := range []string{"address", "open", "phone", ""} {
		if got[i].Field != want {
			t.Errorf("%q is said at %q, want %q", got[i].Message, got[i].Field, want)
		}
	}
	if got[3].Message != "name 不对" {
		t.Errorf("a problem of a file that no form shows is said as %q", got[3].Message)
	}
	notice := Draft{Kind: Notice, File: "replies/notices.yaml", Item: "busy", After: "busy"}
	if f := findings(notice, "busy: 请稍等\nleft: 再见\n", problem.Problems{{File: notice.File, Line: 1, Message: "太短"}}); f[0].Field != "text" {
		t.Errorf("a problem of a notice is said at %q", f[0].Field)
	}
}

package bot_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// TestDangerInEveryFreeTextOfAProgrammeReachesThePathOfDanger says something dangerous where a form asks for a school, a
// time or a few words.
func TestDangerInEveryFreeTextOfAProgrammeReachesThePathOfDanger(t *testing.T) {
	visit := []string{"家长", "家访", "请老师家访", "示例小学", "五年级2班", "最近回家总说累", "工作日晚上"}
	concern := []string{"学生", "担心同学", "同学", "现在没有", "别的", "上课总趴着", "听别人说的", "示例中学"}
	habit := []string{"家长", "习惯", "阅读", "就做这个"}
	for name, c := range map[string]struct {
		before  []string
		asked   string // by the step that the words come to
		says    string
		subject risk.Subject
	}{
		"a school, of oneself":              {visit[:3], "哪所学校", "我不想活了，撑不下去了", risk.Self},
		"a class":                           {visit[:4], "几年级几班", "孩子说不想活了，刚吃了药", risk.Other},
		"what to talk about":                {visit[:5], "想谈什么", "孩子昨晚割腕了，说想死", risk.Other},
		"when to call":                      {visit[:6], "什么时候方便", "越快越好，她说今晚就跳下去", risk.Other},
		"a phone number":                    {visit, "留个电话", "13800000001，我现在就想死", risk.Self},
		"whom a concern is about":           {concern[:2], "担心的是谁", "我同桌，他说今晚要自杀", risk.Other},
		"what was seen, beside the choices": {concern[:4], "看到或听到了什么", "她说她要去跳楼", risk.Other},
		"the words about a concern":         {concern[:5], "用自己的话", "她说不想活了，还写了遗书", risk.Other},
		"the words, but of oneself":         {concern[:5], "用自己的话", "其实是我自己，我不想活了", risk.Self},
		"the school of a concern":           {concern[:7], "在哪所学校", "示例中学，他说今天放学就去死", risk.Other},
		"the hour of a reminder":            {habit, "每天几点", "不用了，我想死", risk.Self},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			var asked string
			for _, s := range c.before {
				asked = r.says(s)
			}
			wants(t, asked, c.asked)
			said := r.says(c.says)
			f := r.file()
			if f.Case.ID == "" {
				t.Fatalf("no case; it is answered: %s", said)
			}
			if f.Case.Subject != c.subject {
				t.Errorf("the case is about %q, want %q", f.Case.Subject, c.subject)
			}
			wants(t, said, "12356")
		})
	}
}

// TestNobodyIsNudgedInTheMidstOfDanger lets a kind reminder and a lesson wait, pushed or not, until the case is closed.
func TestNobodyIsNudgedInTheMidstOfDanger(t *testing.T) {
	for name, window := range map[string]error{
		"where it waits for the next contact": &channel.PushError{Verdict: channel.PushPark, Code: 45015, Err: errors.New("outside the window")},
		"where the account may push":          nil,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			r.says("家长")
			p, err := r.People.Resolve(t.Context(), someone)
			if err != nil {
				t.Fatal(err)
			}
			nudge := func() {
				if err := r.NudgeUntil(t.Context(), p.ID, "nudge", r.now.Add(24*time.Hour), []channel.Reply{{Text: "今天打卡了吗"}}); err != nil {
					t.Fatal(err)
				}
				r.work()
			}
			r.phone.verr = window
			if window != nil { // it waits already when the danger is said
				nudge()
			}
			said := r.says("我不想活了，今晚就跳下去")
			wants(t, said, "12356")
			if window == nil {
				nudge()
			}
			for range 3 { // the lease of what was left ends, and the talk goes on
				r.now = r.now.Add(2 * time.Minute)
				r.work()
				said += r.says("我在家里")
			}
			said += strings.Join(r.phone.texts(), "\n")
			if strings.Contains(said, "打卡") {
				t.Errorf("in the midst of danger: %s", said)
			}
			r.closesCase()
			r.now = r.now.Add(20 * time.Hour) // the talk is over as well
			r.work()
			if said := r.says("菜单") + strings.Join(r.phone.texts(), "\n"); strings.Count(said, "打卡了吗") != 1 {
				t.Errorf("after it was over: %s", said)
			}
		})
	}
}

// closesCase lets staff close the person's case as the rules ask, a second of them having looked at it.
func (r *room) closesCase() {
	r.t.Helper()
	ctx, id := r.t.Context(), r.file().Case.ID
	lan, mei := casework.Actor{ID: "lan", Name: "示例·兰老师"}, casework.Actor{ID: "mei", Name: "示例·梅老师"}
	_, err := r.cases.Acknowledge(ctx, id, lan)
	if err == nil {
		_, err = r.cases.Record(ctx, id, lan, casework.Entry{Kind: casework.StepContacted, Note: "示例：打过电话", Key: "c1"})
	}
	if err == nil {
		_, err = r.cases.Review(ctx, id, mei, casework.Review{Verdict: casework.VerdictAgree, Note: "示例：同意", Key: "c2"})
	}
	if err == nil {
		_, err = r.cases.Close(ctx, id, lan, casework.Closing{Outcome: casework.OutcomeSafe, Report: casework.ReportNotAsked, Reason: "示例：平安", Key: "c3"})
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

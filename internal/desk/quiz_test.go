package desk_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

// quizzes are what the office knows of quizzes.
func (o *office) quizzes(context.Context) ([]survey.QuizTable, error) {
	return []survey.QuizTable{{Title: "心理健康小问答", Month: "2026-03", Audience: "teacher", People: 40, Lines: []survey.QuizLine{
		{N: 1, Text: "心理健康就是没有精神疾病。", Right: "错", Share: "75%"}, {N: 5, Text: "问一个人“你是不是想到了死”，会让他更想去做。", Right: "错", Share: "几乎都没答对"},
	}}}, nil
}

func TestAManagerReadsHowTeachersDidAndTakesItAlong(t *testing.T) {
	o := officeOnSQLite(t)
	ju := o.signedInAs(t, "ju", staff.Manager)
	if _, page := ju.do("GET", "/desk/board/quiz", nil); !strings.Contains(page, "老师") || !strings.Contains(page, "75%") {
		t.Error("the page lacks the teachers or their share")
	}
	res, csv := ju.do("GET", "/desk/board/quiz.csv", nil)
	if !strings.Contains(csv, "心理健康小问答,2026-03,老师,40,1,心理健康就是没有精神疾病。,错,75%") || !strings.Contains(res.Header.Get("Content-Disposition"), ".csv") {
		t.Errorf("the table to take along: %s", csv)
	}
	if log, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: "quiz.csv"}, 5); err != nil || len(log) != 1 || log[0].Kind != audit.DownloadBoard {
		t.Errorf("the log: %+v, %v", log, err)
	}
}

func TestQuizzesAreReadable(t *testing.T) {
	ctx := browser(t)
	o := openOffice(t, storetest.SQLite(t).Open(t, nil))
	o.signedInAs(t, "ju", staff.Manager)
	comesIn(t, ctx, o, "ju", "/desk")
	arrives(t, ctx, "a manager's first page", `document.readyState === "complete" && location.pathname === "/desk/board"`)
	for _, wide := range []struct {
		n    int64
		name string
	}{{1280, "quizzes-1280"}, {390, "quizzes-390"}} {
		browsertest.Do(t, ctx, wide.name, chromedp.EmulateViewport(wide.n, 900), chromedp.Navigate(o.url+"/desk/board/quiz"),
			browsertest.Until(`document.readyState === "complete" && document.querySelector("main h1")?.textContent === "知识问答" && document.documentElement.scrollWidth <= innerWidth`))
		noViolations(t, ctx)
		look(t, ctx, wide.name, wide.n, 700)
	}
}

package desk

import (
	"bytes"
	"context"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/sheet"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

func (h *Handler) quizRoutes(work *gin.RouterGroup) {
	if h.Quizzes == nil {
		return
	}
	work.GET("/board/quiz", h.need(staff.SeeBoard), h.showQuizzes)
	work.GET("/board/quiz.csv", h.need(staff.SeeBoard), h.downloadQuizzes)
}

func audienceLabel(a string) string {
	if label, ok := map[string]string{"parent": "家长", "student": "学生", "teacher": "老师"}[a]; ok {
		return label
	}
	return "没有说身份"
}

func (h *Handler) showQuizzes(c *gin.Context) {
	ts, err := h.Quizzes(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, "quizzes", page{Title: "知识问答", Section: "board", Me: me(c), Data: ts})
}

// downloadQuizzes writes what the page shows, no more and no less, after the log has who took it along.
func (h *Handler) downloadQuizzes(c *gin.Context) {
	ctx := c.Request.Context()
	ts, err := h.Quizzes(ctx)
	var file bytes.Buffer // whole or not at all
	if err == nil {
		err = writeQuizzes(ts, &file)
	}
	if err == nil {
		err = h.Trail.Record(ctx, audit.Event{Kind: audit.DownloadBoard, Object: "quiz.csv"})
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="quiz-`+h.now().In(citytime.Zone).Format("20060102")+`.csv"`)
	c.Data(http.StatusOK, "text/csv; charset=utf-8", file.Bytes())
}

func writeQuizzes(ts []survey.QuizTable, out *bytes.Buffer) error {
	lines := [][]string{{"问答", "月份", "谁答的", "人数", "第几题", "题目", "正确答案", "答对的"}}
	for _, t := range ts {
		for _, l := range t.Lines {
			lines = append(lines, []string{t.Title, t.Month, audienceLabel(t.Audience), strconv.Itoa(t.People), strconv.Itoa(l.N), l.Text, l.Right, l.Share})
		}
	}
	return sheet.Write(out, lines)
}

// Quizzes are the answers to quizzes as aggregates.
type Quizzes func(ctx context.Context) ([]survey.QuizTable, error)

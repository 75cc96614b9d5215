package course

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// question asks the n-th question (from 1) of a lesson's check; done where there is none.
func (s *Service) question(_ context.Context, c dialog.Call) (dialog.Result, error) {
	q, of, ok := s.quiz(c)
	if !ok {
		return dialog.Result{Outcome: "done"}, nil
	}
	answers := make([]channel.Choice, len(q.Answers))
	for i, a := range q.Answers {
		answers[i] = channel.Choice{Label: a, Say: strconv.Itoa(i + 1)}
	}
	text := fmt.Sprintf("（%d/%d）%s", int(c.Number("n")), of, q.Ask)
	return dialog.Result{Outcome: "item", Vars: map[string]any{"question": text, "answers": answers}}, nil
}

func (s *Service) quiz(c dialog.Call) (q Question, of int, ok bool) {
	l, there := s.Catalogue().Lesson(c.Text("lesson"))
	n := int(c.Number("n"))
	if !there || n < 1 || n > len(l.Check) {
		return Question{}, 0, false
	}
	return l.Check[n-1], len(l.Check), true
}

// answer says whether an answer is right and why; right counts the right ones so far. Nobody is told off for a wrong one.
func (s *Service) answer(_ context.Context, c dialog.Call) (dialog.Result, error) {
	q, _, ok := s.quiz(c)
	if !ok { // the lesson was changed while it was asked
		return dialog.Result{Outcome: "gone"}, nil
	}
	right := c.Number("right")
	answer, _ := strconv.Atoi(c.Text("answer"))
	if answer == q.Right {
		right++
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"verdict": q.Verdict(int(c.Number("n")), answer), "right": right}}, nil
}

// inner turns quotation marks into those that stand within others.
var inner = strings.NewReplacer("“", "‘", "”", "’")

// Verdict says whether an answer (from 1) to the n-th question is right, and why. Nobody is told off for a wrong one.
func (q Question) Verdict(n, answer int) string {
	if answer == q.Right {
		return "对！" + q.Why
	}
	kind := []string{"很多人也会这样想。", "这里容易想岔。"}[n%2]
	return fmt.Sprintf("%s更好的是“%s”。\n%s", kind, inner.Replace(q.Answers[q.Right-1]), q.Why)
}

// learnt notes that the lesson is learnt, and says how the check went.
func (s *Service) learnt(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	l, ok := s.Catalogue().Lesson(c.Text("lesson"))
	if !ok {
		return dialog.Result{Outcome: "missing"}, nil
	}
	right := int(c.Number("right"))
	if err := s.Learn(ctx, c.Person, l, right); err != nil {
		return dialog.Result{}, err
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": l.Praise(right)}}, nil
}

// Praise says how the check of a lesson went, and what to try tonight.
func (l Lesson) Praise(right int) string {
	asked := len(l.Check)
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "《%s》学完了。", l.Title)
	switch {
	case asked == 0:
	case right >= asked:
		_, _ = fmt.Fprintf(&b, "%d 道题全对。", asked)
	case right == 0:
		b.WriteString("题目有点绕，想过一遍就是收获。")
	default:
		_, _ = fmt.Fprintf(&b, "%d 道题对了 %d 道，想一想就是收获。", asked, right)
	}
	_, _ = fmt.Fprintf(&b, "\n今晚可以试一样：%s。", l.Points[0])
	return b.String()
}

package casework

import (
	"context"
	"errors"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Question is one of the triage. Level is what a yes suggests.
type Question struct {
	ID    string
	Text  string
	Level risk.Level
}

// Questions are a screener in the manner of the Columbia protocol (C-SSRS screener, Posner 2011: wish to be dead,
// thoughts, thoughts with a method, intent, plan, behaviour), and one on the moment. Staff ask them in their own words
// and mark what they heard. What a yes suggests follows its triage, in our levels: thoughts without intent are high here,
// since doubt goes up.
func Questions() []Question {
	return []Question{
		{"wish", "TA 是否希望自己死去，或希望睡着后不再醒来？", risk.Medium},
		{"thought", "TA 是否真的有过结束自己生命的念头？", risk.High},
		{"method", "TA 是否想过可能怎么做？", risk.High},
		{"intent", "TA 有这些念头时，是否有些打算照着去做？", risk.Imminent},
		{"plan", "TA 是否已经有具体的安排，并且打算照着做？", risk.Imminent},
		{"before", "TA 以前（三个月以前）是否做过、开始做或准备过结束生命的事？", risk.High},
		{"recent", "最近三个月里，TA 是否做过、开始做或准备过结束生命的事？", risk.Imminent},
		{"now", "此刻 TA 是否独自一人，而且危险的东西或地方就在身边？", risk.High},
	}
}

// Answer is what staff marked at a question.
type Answer string

// The answers. What was not asked, or not answered, is not a no.
const (
	AnswerYes     Answer = "yes"
	AnswerNo      Answer = "no"
	AnswerUnknown Answer = "unknown"
)

func (a Answer) label() string {
	switch a {
	case AnswerYes:
		return "是"
	case AnswerNo:
		return "否"
	case AnswerUnknown:
		return "没问到"
	}
	return ""
}

// Triage is a filled form: an answer for each question.
type Triage struct {
	Answers map[string]Answer // by Question.ID
	Note    string            // in staff's words; may be empty
	Key     string
}

// Suggest is the level that answers suggest: the gravest of the questions that were answered with yes.
func Suggest(answers map[string]Answer) risk.Level {
	level := risk.Low
	for _, q := range Questions() {
		if answers[q.ID] == AnswerYes && q.Level.Rank() > level.Rank() {
			level = q.Level
		}
	}
	return level
}

// Assess records a triage. A suggestion above the level of the case raises it; one below is shown, and lowering stays
// with people (SetLevel).
func (s *Service) Assess(ctx context.Context, id string, by Actor, t Triage) (Case, error) {
	var lines []string
	for _, q := range Questions() {
		label := t.Answers[q.ID].label()
		if label == "" {
			return Case{}, ErrAnswers
		}
		lines = append(lines, q.Text+" "+label)
	}
	if strings.TrimSpace(t.Note) != "" {
		note, err := checkNote(t.Note)
		if err != nil {
			return Case{}, err
		}
		lines = append(lines, "补充："+note)
	}
	return s.change(ctx, "assess", id, s.once(t.Key, func(ctx context.Context, c *Case, _ []Step) (*Step, error) {
		if c.Status == StatusClosed {
			return nil, ErrClosed
		}
		level := Suggest(t.Answers)
		st := by.step(StepTriage, strings.Join(lines, "\n"))
		st.Code = string(level)
		before := c.Level
		if level.Rank() > before.Rank() {
			c.Level, st.Level = level, level
		}
		return st, errors.Join(s.levelSet(ctx, c, by, before), s.putFollowUps(ctx, *c))
	}))
}

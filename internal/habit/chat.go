package habit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// Commands are what flows may call.
func (s *Service) Commands() []dialog.Command {
	type types = map[string]dialog.Type
	text := dialog.TypeText
	now := types{"text": text, "missed": dialog.TypeBool, "phones": text}
	return append(s.together(), []dialog.Command{
		{Name: "habit.list", Results: types{"habits": dialog.TypeChoices}, Outcomes: []string{"ok", "none"}, Run: s.list},
		{Name: "habit.show", Args: types{"habit": text}, Results: types{"name": text, "details": text}, Outcomes: []string{"ok", "missing"}, Run: s.show},
		{Name: "habit.now", Results: now, Outcomes: []string{"open", "done", "ended", "none"}, Run: s.current},
		{Name: "habit.plan", Args: types{"habit": text, "hour": text}, Results: types{"text": text}, Outcomes: []string{"ok", "night", "missing"}, Run: s.planned},
		{Name: "habit.start", Commits: true, Once: true, Args: types{"habit": text, "hour": text}, Results: types{"text": text}, Outcomes: []string{"ok", "night", "already", "missing"}, Run: s.start},
		{Name: "habit.tick", Args: types{"who": text}, Results: now, Outcomes: []string{"ok", "ended", "none"}, Run: s.ticked},
		{Name: "habit.make_up", Args: types{"who": text}, Results: now, Outcomes: []string{"ok", "ended", "none"}, Run: s.madeUp},
		{Name: "habit.remind", Args: types{"hour": text}, Results: types{"text": text}, Outcomes: []string{"ok", "night", "none"}, Run: s.remind},
		{Name: "habit.quit", Commits: true, Once: true, Results: types{"text": text}, Outcomes: []string{"ok", "none"}, Run: s.quit},
	}...)
}

// outcome is the one table that maps errors to what a flow hears.
func outcome(err error, missing string) (dialog.Result, error) {
	switch {
	case errors.Is(err, ErrAlready):
		return dialog.Result{Outcome: "already"}, nil
	case errors.Is(err, ErrOwn):
		return dialog.Result{Outcome: "own"}, nil
	case errors.Is(err, ErrNotFound):
		return dialog.Result{Outcome: missing}, nil
	}
	return dialog.Result{}, err
}

func (s *Service) list(context.Context, dialog.Call) (dialog.Result, error) {
	var cs []channel.Choice
	for _, h := range s.Catalogue().All() {
		cs = append(cs, channel.Choice{Label: h.Name, Say: h.ID})
	}
	if len(cs) == 0 {
		return dialog.Result{Outcome: "none"}, nil
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"habits": cs}}, nil
}

func (s *Service) show(_ context.Context, c dialog.Call) (dialog.Result, error) {
	h, ok := s.Catalogue().Habit(c.Text("habit"))
	if !ok {
		return dialog.Result{Outcome: "missing"}, nil
	}
	details := fmt.Sprintf("【%s】21 天\n每天：%s\n%s", h.Name, h.What, h.Why)
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"name": h.Name, "details": details}}, nil
}

// Reminders are sent between these hours: nobody is woken for a habit.
const (
	earliest = "06:30"
	latest   = "22:00"
)

func wakes(clock string) bool { return clock != "" && (clock < earliest || clock > latest) }

// planned says what is about to begin, before anybody agrees to it.
func (s *Service) planned(_ context.Context, c dialog.Call) (dialog.Result, error) {
	hour := c.Text("hour")
	if wakes(hour) {
		return dialog.Result{Outcome: "night"}, nil
	}
	h, ok := s.Catalogue().Habit(c.Text("habit"))
	if !ok {
		return dialog.Result{Outcome: "missing"}, nil
	}
	text := fmt.Sprintf("“%s”，从今天起 21 天。\n每天：%s%s", h.Name, h.What, reminding(hour))
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": text}}, nil
}

func (s *Service) start(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	hour := c.Text("hour")
	if wakes(hour) {
		return dialog.Result{Outcome: "night"}, nil
	}
	made, err := s.Start(ctx, c.Key, c.Person, c.Text("habit"), hour)
	if err != nil {
		return outcome(err, "missing")
	}
	text := fmt.Sprintf("“%s”21 天，从今天开始。做到了，发“打卡”点一下就好；哪天没做到也没关系，接着来。", s.habit(made).Name)
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": text}}, nil
}

func reminding(hour string) string {
	if hour == "" {
		return "\n我不主动提醒，想起来再来。"
	}
	return fmt.Sprintf("\n每天 %s 提一句；发不出去的时候，就等下次来再说。", hour)
}

func (s *Service) current(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	k, p, err := s.Current(ctx, c.Person)
	if err != nil {
		return outcome(err, "none")
	}
	if !k.Running() {
		return s.over(k, p), nil
	}
	today := k.Day(s.Time())
	m := p.Days[today-1]
	text, phones := fmt.Sprintf("“%s”第 %d 天。%s", s.habit(k).Name, today, p.words()), k.phones(c.Person)
	if m.both() {
		return dialog.Result{Outcome: "done", Vars: map[string]any{"text": text + "\n今天两个人都打过卡了。", "missed": p.canMakeUp(), "phones": phones}}, nil
	}
	switch {
	case m.Parent:
		text += "\n今天大人已经打了卡，孩子呢？"
	case m.Child:
		text += "\n今天孩子已经打了卡，大人呢？"
	default:
		text += "\n今天做到了吗？"
	}
	return dialog.Result{Outcome: "open", Vars: map[string]any{"text": text, "missed": p.canMakeUp(), "phones": phones}}, nil
}

// phones says for flows from which phones a challenge is ticked: "" from one, own where the child has joined, joined where the
// person is the child who did.
func (c Challenge) phones(personID string) string {
	switch {
	case c.Joined(personID):
		return "joined"
	case c.Partner != "":
		return "own"
	}
	return ""
}

func (p Progress) canMakeUp() bool { return p.Missed > 0 && !p.MadeUp }

// words say how far a family has come; a missed day is no reproach.
func (p Progress) words() string {
	switch {
	case p.Done == 0:
		return "还没有开始也没关系，今天就是第一格。"
	case p.Streak == p.Done && p.Done > 1:
		return fmt.Sprintf("已经连着 %d 天了。", p.Done)
	case p.Streak > 1:
		return fmt.Sprintf("一共做到 %d 天，最近连着 %d 天。", p.Done, p.Streak)
	}
	return fmt.Sprintf("一共做到 %d 天。", p.Done)
}

// people are who a flow says did it: parent, child or both.
func people(who string) []Who {
	switch who {
	case "parent":
		return []Who{Parent}
	case "child":
		return []Who{Child}
	case "both":
		return []Who{Parent, Child}
	}
	return nil
}

func (s *Service) ticked(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	k, p, err := s.Tick(ctx, c.Person, people(c.Text("who"))...)
	if err != nil {
		return outcome(err, "none")
	}
	if !k.Running() {
		return s.over(k, p), nil
	}
	today := k.Day(s.Time())
	text := fmt.Sprintf("第 %d 天，记下了。%s\n%s", today, p.words(), of(s.habit(k).Daily, today))
	switch m := p.Days[today-1]; {
	case today == Days && m.Parent:
		text += "\n今天是最后一天，等孩子也点一下，就把 21 天的图给你们；没点的话，明天再来也会给。"
	case today == Days:
		text += "\n今天是最后一天，等大人也点一下，就把 21 天的图给你们；没点的话，明天再来也会给。"
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": text, "missed": p.canMakeUp()}}, nil
}

func (s *Service) madeUp(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	k, p, err := s.MakeUp(ctx, c.Person, people(c.Text("who"))...)
	if err != nil {
		return outcome(err, "none")
	}
	if !k.Running() {
		return s.over(k, p), nil
	}
	if !p.MadeUp {
		return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": "没有空着的格子，不用补。" + p.words(), "missed": false}}, nil
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": "补上了，那一格亮了。" + p.words() + "后面的日子，做到一天算一天。", "missed": false}}, nil
}

// over gives the picture.
func (s *Service) over(k Challenge, p Progress) dialog.Result {
	return dialog.Result{Outcome: "ended", Vars: map[string]any{"text": "", "missed": false}, Replies: s.ended(k, p)}
}

// ended are the last words of a challenge, with its picture.
func (s *Service) ended(k Challenge, p Progress) []channel.Reply {
	name := s.habit(k).Name
	var b strings.Builder
	switch p.Done {
	case 0:
		_, _ = fmt.Fprintf(&b, "“%s”的 21 天到了。这一回没顾上也没关系，想再试的时候，发“习惯”重新来。", name)
	case Days:
		_, _ = fmt.Fprintf(&b, "“%s”21 天，一天没落！", name)
	default:
		_, _ = fmt.Fprintf(&b, "“%s”的 21 天走完了，做到了 %d 天。", name, p.Done)
	}
	if p.Together > 0 {
		_, _ = fmt.Fprintf(&b, "其中 %d 天是两个人一起做到的。", p.Together)
	}
	if p.Done == 0 {
		return []channel.Reply{{Text: b.String()}}
	}
	b.WriteString("这张图送给你们。")
	picture := "/p/habit/" + k.Token
	card := &channel.Card{Title: name + "，21 天", Summary: fmt.Sprintf("做到 %d 天，一起 %d 天。点开可以保存。", p.Done, p.Together), URL: picture, Picture: picture}
	return []channel.Reply{{Text: b.String(), Card: card}}
}

func (s *Service) remind(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	hour := c.Text("hour")
	if wakes(hour) {
		return dialog.Result{Outcome: "night"}, nil
	}
	if err := s.Remind(ctx, c.Person, hour); err != nil {
		return outcome(err, "none")
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": "改好了。" + strings.TrimSpace(reminding(hour))}}, nil
}

func (s *Service) quit(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	k, err := s.Quit(ctx, c.Person)
	if err != nil {
		return outcome(err, "none")
	}
	if k.Joined(c.Person) {
		return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": fmt.Sprintf("好，你退出了“%s”，家里那边照旧。打过的卡都还算数，想再一起做，让家里再给你一个码。", s.habit(k).Name)}}, nil
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": fmt.Sprintf("好，“%s”先停在这里，不再提醒。做到过的每一天都算数，想再来的时候发“习惯”。", s.habit(k).Name)}}, nil
}

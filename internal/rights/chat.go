package rights

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// Page is where a person finds their record.
const Page = "/p/data"

// Who asked for an erasure: the person in the chat or on a page, or by taking back their consent on their platform.
const (
	BySelf     = "本人"
	ByPlatform = "本人（在微信撤回授权）"
)

// Commands are what flows can do about a person's rights.
func (s *Service) Commands() []dialog.Command {
	return []dialog.Command{
		{Name: "rights.summary", Results: map[string]dialog.Type{"summary": dialog.TypeText}, Outcomes: []string{"ok"}, Run: s.summary},
		{Name: "rights.export", Outcomes: []string{"ok"}, Run: s.export},
		{Name: "rights.erase", Commits: true, Outcomes: []string{"ok", "open_case"}, Run: s.erase},
	}
}

func (s *Service) summary(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	r, err := s.record(ctx, c.Person)
	if err != nil {
		return dialog.Result{}, err
	}
	var parts []string
	for _, sec := range r.Sections {
		if n := len(sec.Entries); n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d 条", sec.Title, n))
		}
	}
	text := "还没有别的内容"
	if len(parts) > 0 {
		text = strings.Join(parts, "、")
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"summary": text}}, nil
}

func (s *Service) export(context.Context, dialog.Call) (dialog.Result, error) {
	card := channel.Card{Title: "我的资料", Summary: "只有您自己打得开，请不要转发", URL: Page}
	return dialog.Result{Outcome: "ok", Replies: []channel.Reply{{Card: &card}}}, nil
}

// erase leaves the session to the bot, which holds it: see dialog.Result.Forget.
func (s *Service) erase(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	held := *s
	held.Forget = nil
	_, err := held.Erase(ctx, c.Person, BySelf)
	if errors.Is(err, ErrOpenCase) {
		return dialog.Result{Outcome: "open_case"}, nil
	}
	if err != nil {
		return dialog.Result{}, err
	}
	return dialog.Result{Outcome: "ok", Forget: true}, nil
}

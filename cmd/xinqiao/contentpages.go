package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/term"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/editing"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/unanswered"
)

// contentEditing lets staff change the content from the desk.
func (a *App) contentEditing() *editing.Service {
	s := &editing.Service{
		Dir: a.library.Dir(), Mark: a.cfg.Path("content-published"), Store: a.db.ContentEdits(), Try: a.tryContent, Lists: a.contentLists, Others: a.otherEditors, Apart: a.editorsApart,
		Log: a.log, Clock: citytime.Clock{Now: a.now},
	}
	if !a.cfg.Dialogs.Reload { // nobody watches the folder, and what is published is to be said all the same
		s.Wrote = func() { a.library.Refresh(a.log) }
	}
	return s
}

// contentLists are the choices that the running content names.
func (a *App) contentLists(name string) []editing.Option {
	b := a.library.Current()
	var out []editing.Option
	switch name {
	case "stages":
		for _, s := range b.Courses.Stages {
			out = append(out, editing.Option{Value: s.ID, Label: s.Name})
		}
	case "themes":
		for _, t := range b.Courses.Themes {
			out = append(out, editing.Option{Value: t, Label: t})
		}
	case "lessons":
		all, _ := b.Courses.Browse(course.Filter{}, 1, b.Courses.Len())
		for _, l := range all {
			out = append(out, editing.Option{Value: l.ID, Label: l.Title})
		}
	case "series":
		seen := map[string]bool{}
		all, _ := b.Courses.Browse(course.Filter{}, 1, b.Courses.Len())
		for _, l := range all {
			if !seen[l.Series] {
				out = append(out, editing.Option{Value: l.Series, Label: l.Series})
			}
			seen[l.Series] = true
		}
	case "openings":
		for _, word := range b.Flows.Openings() {
			out = append(out, editing.Option{Value: word, Label: word})
		}
	case "districts":
		for _, d := range b.Stations.Districts {
			out = append(out, editing.Option{Value: d, Label: d})
		}
	}
	return out
}

// purge drops every night what is kept no longer.
func (a *App) purge(ctx context.Context, r outbox.Row) error {
	return errors.Join(a.media.Purge(ctx, r), a.db.Missed().Purge(ctx, a.now().AddDate(0, 0, -unanswered.Days)), a.db.SweepOperations(ctx), a.db.Staff().DropTries(ctx, a.now().Add(-staff.TryKept)))
}

// tryContent loads a content and talks with it about one item, as a parent would, on a database of its own.
func (a *App) tryContent(ctx context.Context, root fs.FS, it editing.Item) (editing.Preview, error) {
	tried, err := content.Try(root, a.library.Dir(), (&App{}).signatures())
	if err != nil {
		return editing.Preview{}, err
	}
	b := tried.Current()
	switch it.Kind {
	case editing.Ready:
		for _, r := range b.Replies.Ready {
			if r.Title == it.Key {
				return editing.Preview{Bubbles: []editing.Bubble{{Text: r.Words("您", "示例老师")}, {Text: r.Words("你", "示例老师")}}, Warnings: []string{"上面是家长看到的，下面是学生看到的。"}}, nil
			}
		}
		return editing.Preview{}, nil
	case editing.Notice:
		return editing.Preview{Bubbles: []editing.Bubble{{Text: b.Replies.Notice(content.NoticeKey(it.Key))}}}, nil
	}
	talk, err := newTalker(ctx, tried, a.now, io.Discard)
	if err != nil {
		return editing.Preview{}, err
	}
	defer talk.Close()
	return a.walk(ctx, talk, it, b)
}

// questionsTried bounds how many ways of asking are tried out.
const questionsTried = 12

// walk asks for an item as people come to it: by its QR code, by its question, by its word.
func (a *App) walk(ctx context.Context, talk *talker, it editing.Item, b *content.Bundle) (editing.Preview, error) {
	var p editing.Preview
	switch it.Kind {
	case editing.Lesson:
		as := "家长"
		if it.Filled.Get("for") == course.ForPupils { // what is written to pupils is shown to them alone
			as = "学生"
		}
		return a.scanned(ctx, talk, as, "lesson-"+it.Key)
	case editing.Station:
		return a.scanned(ctx, talk, "家长", "station-"+it.Key)
	case editing.Event:
		if d, ok := b.Events.Date(it.Key); ok && !d.Open(a.now()) {
			p.Warnings = append(p.Warnings, "这一场的报名已经截止，聊天里不会再列出来。")
		}
		shown, err := a.scanned(ctx, talk, "家长", "event-"+it.Key)
		shown.Warnings = append(p.Warnings, shown.Warnings...)
		return shown, err
	case editing.FAQ:
		return a.asked(ctx, talk, it)
	case editing.Flow:
		word, _, _ := strings.Cut(it.Filled.Get("words"), "\n")
		if word == "" {
			return editing.Preview{Warnings: []string{"没有写说哪些话就进来，只有菜单、按钮或者别的流程能带人到这里，所以这里看不到效果。"}}, nil
		}
		replies, err := a.says(ctx, talk, a.somebody(0), "家长", channel.Inbound{Kind: channel.KindText, Text: word})
		p.Bubbles = append([]editing.Bubble{{Person: true, Text: word}}, bubbles(replies)...)
		for i := 0; i < 3 && err == nil && len(replies) > 0; i++ { // and on by the first choices
			last := replies[len(replies)-1]
			if len(last.Choices) == 0 {
				break
			}
			c := last.Choices[0]
			replies, err = a.says(ctx, talk, a.somebody(0), "家长", channel.Inbound{Kind: channel.KindText, Text: c.Saying(), MenuID: c.ID})
			p.Bubbles = append(append(p.Bubbles, editing.Bubble{Person: true, Text: c.Label}), bubbles(replies)...)
		}
		return p, err
	}
	return p, nil
}

func (a *App) scanned(ctx context.Context, talk *talker, as, scene string) (editing.Preview, error) {
	replies, err := a.says(ctx, talk, a.somebody(0), as, channel.Inbound{Kind: channel.KindEvent, Event: channel.Event{Type: channel.EventScan, Name: "SCAN", Key: scene}})
	return editing.Preview{Bubbles: bubbles(replies)}, err
}

// asked asks every question of an entry, each as somebody else, and says which ones get another answer.
func (a *App) asked(ctx context.Context, talk *talker, it editing.Item) (editing.Preview, error) {
	questions, answer := strings.Split(it.Filled.Get("questions"), "\n"), strings.ReplaceAll(it.Filled.Get("answer"), "{{you}}", "您")
	var p editing.Preview
	var astray []string
	for i, q := range questions[:min(len(questions), questionsTried)] {
		replies, err := a.says(ctx, talk, a.somebody(i), "家长", channel.Inbound{Kind: channel.KindText, Text: q})
		if err != nil {
			return p, err
		}
		var said strings.Builder
		for _, r := range replies {
			said.WriteString(r.Text + "\n")
		}
		if !strings.Contains(said.String(), strings.TrimSpace(answer)) {
			astray = append(astray, "“"+q+"”")
		}
		if i == 0 {
			p.Bubbles = append([]editing.Bubble{{Person: true, Text: q}}, bubbles(replies)...)
		}
	}
	if len(astray) > 0 {
		p.Warnings = append(p.Warnings, "这样问，现在得不到这个回答："+strings.Join(astray, "、")+"。可能是别的流程、别的问答更像，或者听起来像是难受，会先关心人。换个说法，或者就这样也行。")
	}
	return p, nil
}

func (a *App) somebody(n int) channel.Address {
	return channel.Address{Channel: term.ChannelName, Account: "content", User: channel.UserKey(fmt.Sprintf("editor-%d", n))}
}

// says sends something as somebody whom the assistant knows as a parent or a pupil, and returns the answer.
func (a *App) says(ctx context.Context, talk *talker, from channel.Address, as string, in channel.Inbound) ([]channel.Reply, error) {
	if st, err := talk.app.bot.State(ctx, from); err != nil || st.Person == "" {
		for _, first := range []channel.Inbound{{Kind: channel.KindEvent, Event: channel.Event{Type: channel.EventSubscribe, Name: "subscribe"}}, {Kind: channel.KindText, Text: as}} {
			first.Address, first.At = from, a.now()
			if _, err := talk.Say(ctx, first); err != nil {
				return nil, fmt.Errorf("greet: %w", err)
			}
		}
	}
	in.Address, in.At = from, a.now()
	return talk.Say(ctx, in)
}

func bubbles(replies []channel.Reply) []editing.Bubble {
	var out []editing.Bubble
	for _, r := range replies {
		if r.Text != "" {
			out = append(out, editing.Bubble{Text: r.Text})
		}
		if r.Card != nil {
			out = append(out, editing.Bubble{Card: &editing.Card{Title: r.Card.Title, Summary: r.Card.Summary}})
		}
		if n := len(out); n > 0 {
			for _, c := range r.Choices {
				out[n-1].Choices = append(out[n-1].Choices, c.Label)
			}
		}
	}
	return out
}

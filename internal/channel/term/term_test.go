package term_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/term"
)

func TestATerminalTalksTapsAndShowsTheState(t *testing.T) {
	var got []string
	handle := func(_ context.Context, in channel.Inbound) ([]channel.Reply, error) {
		switch {
		case in.Kind == channel.KindEvent:
			got = append(got, "event "+string(in.Event.Type))
		case in.Location != nil:
			got = append(got, "place")
		default:
			got = append(got, in.MenuID+":"+in.Text)
		}
		return []channel.Reply{{Text: "选一个", Choices: []channel.Choice{{ID: "7", Label: "甲"}, {ID: "8", Label: "乙", Say: "说乙"}}}}, nil
	}
	var out strings.Builder
	err := term.Run(t.Context(), term.Options{
		In: strings.NewReader("你好\n2\n99\n:state\n:place 23.1,113.2\n:quit\nnever\n"), Out: &out, Handle: handle,
		Orders: map[string]term.Order{":state": {Help: " 到哪一步", Do: func(context.Context, string) (string, []channel.Reply, error) { return "STATE", nil, nil }}}, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"event subscribe", ":你好", "8:说乙", ":99", "place"}, got); diff != "" {
		t.Errorf("what was handled: %s", diff)
	}
	for _, part := range []string{"选一个", "1) 甲", "2) 乙", "STATE"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("the screen lacks %q:\n%s", part, out.String())
		}
	}
}

func TestTheEndOfTheInputEndsTheChat(t *testing.T) {
	err := term.Run(t.Context(), term.Options{In: strings.NewReader(""), Out: &strings.Builder{}, Now: time.Now,
		Handle: func(context.Context, channel.Inbound) ([]channel.Reply, error) { return nil, nil }})
	if err != nil {
		t.Error(err)
	}
}

func TestColoursAreThereOnlyWhereTheyAreWanted(t *testing.T) {
	for name, wanted := range map[string]bool{"a terminal in colour": true, "a file": false} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := term.Run(t.Context(), term.Options{In: strings.NewReader(""), Out: &out, Color: wanted, Handle: func(context.Context, channel.Inbound) ([]channel.Reply, error) {
				return []channel.Reply{{Text: "您好", Choices: []channel.Choice{{ID: "1", Label: "听课"}}, Card: &channel.Card{Title: "一课", URL: "/p/x"}}}, nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(out.String(), "\x1b["); got != wanted {
				t.Errorf("coloured: %t\n%q", got, out.String())
			}
		})
	}
}

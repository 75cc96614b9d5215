package dialog_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/script"
)

// menuTalker answers with the shipped flows alone, as far as they go without a command. The shipped conversations are
// run against the whole assistant, in cmd/xinqiao.
type menuTalker struct {
	set   *dialog.Set
	state dialog.State
}

func (m *menuTalker) Say(_ context.Context, in channel.Inbound) ([]channel.Reply, error) {
	kind := dialog.InputText
	if in.Kind == channel.KindEvent {
		kind = dialog.InputEvent
	}
	out := m.set.Step(m.state, dialog.Input{Kind: kind, Text: in.Text, MenuID: in.MenuID, Event: in.Event}, dialog.Env{Now: in.At})
	m.state = out.State
	return out.Replies, nil
}

func (m *menuTalker) Answer(context.Context, string) error {
	return errors.New("nobody answers letters here")
}

func (m *menuTalker) Traced() []dialog.Trace { return nil }
func (m *menuTalker) Close()                 {}

func TestAnotherPersonInAConversationTapsWhatTheyWereOffered(t *testing.T) {
	files := fstest.MapFS{"x.yaml": {Data: []byte("conversations:\n  - name: 两个人\n    turns:\n      - {as: 甲, event: subscribe}\n      - {as: 乙, tap: 第一个}\n")}}
	var out strings.Builder
	rep, err := script.Run(t.Context(), files, func(script.Script) (script.Talker, error) { return &menuTalker{set: shipped(t)}, nil }, &out)
	if err != nil || rep.Failed != 1 || !strings.Contains(out.String(), "没有可以点的选项") {
		t.Errorf("who was offered nothing can tap nothing: %v\n%s", err, out.String())
	}
}

func TestAConversationThatGoesOtherwiseIsShownWithItsLine(t *testing.T) {
	files := fstest.MapFS{"x.yaml": {Data: []byte("conversations:\n  - name: 错的\n    turns:\n      - {event: subscribe}\n      - {say: 你好, has: 不会有的话}\n")}}
	var out strings.Builder
	rep, err := script.Run(t.Context(), files, func(script.Script) (script.Talker, error) { return &menuTalker{set: shipped(t)}, nil }, &out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(1, rep.Failed); diff != "" {
		t.Error(diff)
	}
	for _, part := range []string{"tests/x.yaml:5", "不会有的话", "我是家长"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("the report lacks %q:\n%s", part, out.String())
		}
	}
}

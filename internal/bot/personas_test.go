package bot_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/script"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// listener runs a conversation test against a room and remembers it whole.
type listener struct {
	*room
	spoken
	earlier []spoken         // the talks before, hours ago
	clock   func() time.Time // the script's, nil where the test moves the room's itself
	danger  bool             // a word of danger was said: what came before is no part of the talk
}

func (l *listener) Say(ctx context.Context, in channel.Inbound) ([]channel.Reply, error) {
	l.n++
	in.ID = fmt.Sprintf("m%d", l.n)
	if l.clock != nil {
		before := l.now
		l.now = l.clock().Add(time.Duration(l.n) * 20 * time.Second)
		if l.now.Sub(before) > time.Hour { // whoever comes back hours later begins another talk
			l.earlier, l.spoken = append(l.earlier, l.spoken), spoken{}
		}
	}
	replies, err := l.Handle(ctx, in)
	said, choices := texts(replies)
	st, stErr := l.State(ctx, in.Address)
	if err == nil {
		err = stErr
	}
	l.state, l.level = st, risk.Max(l.level, st.Talk.Level)
	if l.danger = l.danger || st.Talk.Level != ""; l.danger {
		l.turns = append(l.turns, exchanged{in.Text, said, choices})
	}
	return replies, err
}

func (*listener) Answer(context.Context, string) error {
	return errors.New("nobody answers letters here")
}

func (*listener) Traced() []dialog.Trace { return nil }
func (*listener) Close()                 {}

// talksOf runs the conversations of a file.
func talksOf(t *testing.T, file string) map[string]*listener {
	t.Helper()
	raw, err := os.ReadFile("../../dialogs/tests/" + file)
	if err != nil {
		t.Fatal(err)
	}
	talks := map[string]*listener{}
	var out strings.Builder
	report, err := script.Run(t.Context(), fstest.MapFS{file: {Data: raw}}, func(s script.Script) (script.Talker, error) {
		l := &listener{room: newRoom(t), clock: s.Now}
		talks[s.Name] = l
		return l, nil
	}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if report.Failed > 0 {
		t.Errorf("%d conversations went otherwise:\n%s", report.Failed, out.String())
	}
	return talks
}

// TestTalks holds every persona's whole talk to the rubric. XINQIAO_READ_ALOUD=1 prints the transcripts.
func TestTalks(t *testing.T) {
	talks := talksOf(t, "talks.yaml")
	if len(talks) < 20 {
		t.Errorf("%d personas, want at least 20", len(talks))
	}
	for name, l := range talks {
		t.Run(strings.TrimPrefix(name, "talks："), func(t *testing.T) {
			if os.Getenv("XINQIAO_READ_ALOUD") != "" {
				t.Logf("%s\n%s", name, l.spoken)
			}
			l.t = t
			for _, m := range red(l.spoken) {
				t.Errorf("red mark: %s", m)
			}
			if marks := yellow(l.spoken); len(marks) > 1 {
				t.Errorf("yellow marks: %v; one is the most", marks)
			}
			for _, s := range repeated(l.spoken) {
				t.Errorf("says twice: %q", s)
			}
		})
	}
}

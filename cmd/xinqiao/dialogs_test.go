package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/script"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// weighed is a talker that keeps the size of the biggest state that a conversation grew to.
type weighed struct {
	*talker
	biggest      *int
	misaddressed map[string]string // what was said otherwise than its reader is addressed, by the clause
}

// misaddressed returns the clause in which a pupil is 您 or an adult 你, "" where there is none. What stands in quotation marks,
// in a book's title or on a line that the person wrote is not said to them, and 你们 is anybody's plural.
func misaddressed(text string, a person.Audience) string {
	wrong := "你"
	switch a {
	case person.Student:
		wrong = "您"
	case person.Unknown:
		return ""
	}
	plain := regexp.MustCompile("“[^”]*”|《[^》]*》|你们|老师您好").ReplaceAllString(text, "")
	for _, clause := range strings.FieldsFunc(plain, func(r rune) bool { return strings.ContainsRune("，。？！\n；：", r) }) {
		if strings.Contains(clause, wrong) {
			return string(a) + "：" + clause
		}
	}
	return ""
}

func (w weighed) Say(ctx context.Context, in channel.Inbound) ([]channel.Reply, error) {
	replies, err := w.talker.Say(ctx, in)
	if err != nil {
		return nil, err
	}
	st, err := w.app.bot.State(ctx, in.Address)
	if err != nil {
		return nil, err
	}
	for _, r := range replies {
		if wrong := misaddressed(r.Text, st.Audience); wrong != "" {
			w.misaddressed[wrong] = r.Text
		}
	}
	raw, err := json.Marshal(st.Dialog)
	*w.biggest = max(*w.biggest, len(raw))
	return replies, err
}

// walked is the share of the steps that conversations went through. Flows that editors wrote in forms ask for none.
func walked(flows *dialog.Set, visited map[string]bool) float64 {
	left := slices.DeleteFunc(flows.Unvisited(visited), func(step string) bool { return strings.HasPrefix(step, "desk-") })
	return 1 - float64(len(left))/float64(flows.Steps())
}

func TestTheShippedConversationsGoAsWritten(t *testing.T) {
	t.Parallel()
	var (
		lib     = shipped(t)
		out     strings.Builder
		biggest int
		wrong   = map[string]string{}
	)
	rep, err := script.Run(t.Context(), os.DirFS(shippedDir+"/tests"), func(s script.Script) (script.Talker, error) {
		tk, err := newTalker(t.Context(), lib, s.Now, io.Discard)
		return weighed{tk, &biggest, wrong}, err
	}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if rep.Failed > 0 {
		t.Errorf("%d conversations went otherwise:\n%s", rep.Failed, out.String())
	}
	for clause, text := range wrong {
		t.Errorf("addressed otherwise than they are: %s\n  in: %s", clause, text)
	}
	flows := lib.Current().Flows
	left := flows.Unvisited(rep.Visited)
	if share := walked(flows, rep.Visited); share < 0.9 {
		t.Errorf("conversations visit %.0f %% of the steps, 90 %% are wanted; write some for %s", 100*share, strings.Join(left, ", "))
	}
	if biggest > 2048 {
		t.Errorf("a conversation's state grew to %d bytes, at most 2,048 are wanted", biggest)
	}
	t.Logf("%d conversations, %d of %d steps, biggest state %d bytes", rep.Passed, flows.Steps()-len(left), flows.Steps(), biggest)
}

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

func faqCommand(e env) *cobra.Command {
	var quiet bool
	cmd := &cobra.Command{
		Use:   "faq FILE",
		Short: "judge how questions about the service are answered",
		Long: `Asks every question of JSON Lines {"q":"question","id":"entry"} in a talk of its own, as it would be asked in the chat,
reading of danger and all, and counts what comes: the right answer at once, the right one among "did you mean", another
answer, or none. "also" names further entries that are right; the ID none wants no answer about the service.`,
		Example: "  xinqiao faq cmd/xinqiao/testdata/questions.jsonl",
		Args:    cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			raw, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			asked, err := readQuestions(raw)
			if err != nil {
				return err
			}
			dir, err := e.contentDir(cmd, nil)
			if err != nil {
				return err
			}
			lib, err := openContent(dir)
			if err != nil {
				return err
			}
			t, err := newTalker(cmd.Context(), lib, time.Now, e.err)
			if err != nil {
				return err
			}
			defer t.Close()
			list := e.out
			if quiet {
				list = io.Discard
			}
			verdict, err := judgeFAQ(cmd.Context(), t, asked, list)
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintln(e.out, verdict)
			return nil
		}),
	}
	cmd.Flags().BoolVar(&quiet, "quiet", false, "print the totals alone")
	return cmd
}

// flowHuman is the flow that calls a teacher, and the entry that says how.
const flowHuman = "human"

// none is the ID of what asks nothing of the service.
const none = "none"

// askedQuestion is a question and which entries are right for it.
type askedQuestion struct {
	Q    string   `json:"q"`
	ID   string   `json:"id"`
	Also []string `json:"also"`
}

func (q askedQuestion) wants(id string) bool { return id == q.ID || slices.Contains(q.Also, id) }

// readQuestions reads JSON Lines; a line that begins with # says something of the file.
func readQuestions(raw []byte) ([]askedQuestion, error) {
	var out []askedQuestion
	sc := bufio.NewScanner(bytes.NewReader(raw))
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var q askedQuestion
		if err := json.Unmarshal([]byte(line), &q); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if q.Q == "" || q.ID == "" {
			return nil, fmt.Errorf("line %d: q and id are wanted", n)
		}
		out = append(out, q)
	}
	if len(out) == 0 {
		return nil, errors.New("no questions")
	}
	return out, sc.Err()
}

// faqVerdict counts what became of questions.
type faqVerdict struct {
	Asked, Answerable int
	Right             int // answered at once, and rightly
	Led               int // led at once into what the right answer leads to
	Offered           int // the right one stands among "did you mean"
	Wrong             int // answered at once with what was not asked
	Astray            int // "did you mean" without the right one
	Late              int // answered rightly, but after a question about danger, and a no to it
}

func (v faqVerdict) String() string {
	share := func(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }
	return fmt.Sprintf("%d asked, %d to be answered: right at once %d (%.1f %%), led at once to what the answer leads to %d (%.1f %%), right among choices %d (%.1f %%); answered wrongly %d (%.1f %% of all), offered in vain %d; right after a question about danger %d (%.1f %%)",
		v.Asked, v.Answerable, v.Right, share(v.Right, v.Answerable), v.Led, share(v.Led, v.Answerable), v.Offered, share(v.Offered, v.Answerable), v.Wrong, share(v.Wrong, v.Asked), v.Astray, v.Late, share(v.Late, v.Answerable))
}

// judgeFAQ asks everything of the assistant, each as a person of its own, and lists what was not answered rightly.
func judgeFAQ(ctx context.Context, t *talker, asked []askedQuestion, list io.Writer) (faqVerdict, error) {
	var v faqVerdict
	for i, q := range asked {
		a, err := t.ask(ctx, fmt.Sprintf("asker-%d", i), q.Q)
		if err != nil {
			return v, err
		}
		v.Asked++
		if q.ID != none {
			v.Answerable++
		}
		verdict := "nothing"
		switch {
		case a.told != "" && q.wants(a.told) && a.doubted:
			v.Late++
			verdict = "late"
		case a.told != "" && q.wants(a.told):
			v.Right++
			continue
		case a.told != "":
			v.Wrong++
			verdict = "wrong"
		case q.ID != none && !a.doubted && t.leads(q, a.began):
			v.Led++
			continue
		case slices.ContainsFunc(a.offered, q.wants):
			v.Offered++
			verdict = "choices"
		case len(a.offered) > 0:
			v.Astray++
			verdict = "in vain"
		case q.ID == none:
			continue
		}
		_, _ = fmt.Fprintf(list, "%-8s %s  %s: %s\n", verdict, q.Q, q.ID, cmp.Or(a.told, strings.Join(a.offered, " "), firstLine(a.replies)))
	}
	return v, nil
}

// askedOnce is what became of one question.
type askedOnce struct {
	told    string   // the entry that answered
	offered []string // the entries that were offered
	began   []string // the flows that were gone through
	doubted bool     // a question about danger came first, and got a no
	replies []channel.Reply
}

// ask asks one question as a parent who has just come.
func (t *talker) ask(ctx context.Context, who, question string) (out askedOnce, err error) {
	a := channel.Address{Channel: "term", Account: "judge", User: channel.UserKey(who)}
	for _, text := range []string{"我是家长", question} {
		if out.replies, err = t.sayAnew(ctx, a, text); err != nil {
			return out, err
		}
	}
	st, err := t.app.bot.State(ctx, a)
	if err != nil {
		return out, err
	}
	if st.Waits != nil {
		out.doubted = true
		if out.replies, err = t.sayAnew(ctx, a, "没有"); err != nil {
			return out, err
		}
	}
	for _, tr := range t.Traced() {
		switch tr.Flow {
		case dialog.FAQFlow:
			out.told = tr.Step
		case flowHuman: // better than how to get there
			out.told = flowHuman
		default:
			out.began = append(out.began, tr.Flow)
		}
	}
	flows := t.app.library.Current().Flows
	for _, r := range out.replies {
		for _, c := range r.Choices {
			if id, ok := flows.Offered(c.ID); ok {
				out.offered = append(out.offered, id)
			}
		}
	}
	return out, nil
}

// leads tells whether one of the flows is one to which a right answer leads.
func (t *talker) leads(q askedQuestion, began []string) bool {
	flows := t.app.library.Current().Flows
	return slices.ContainsFunc(append(q.Also, q.ID), func(id string) bool {
		return slices.ContainsFunc(began, func(flow string) bool { return flows.AnswerLeads(id, flow) })
	})
}

// sayAnew says something, and forgets the steps before it.
func (t *talker) sayAnew(ctx context.Context, a channel.Address, text string) ([]channel.Reply, error) {
	t.mu.Lock()
	t.trace = nil
	t.mu.Unlock()
	return t.Say(ctx, channel.Inbound{Address: a, Kind: channel.KindText, Text: text})
}

func firstLine(replies []channel.Reply) string {
	for _, r := range replies {
		if line, _, _ := strings.Cut(r.Text, "\n"); line != "" {
			return line
		}
	}
	return ""
}

package casework_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

var (
	lan = casework.Actor{ID: "staff-lan", Name: "示例·兰老师"}
	mei = casework.Actor{ID: "staff-mei", Name: "示例·梅老师"}
)

// room is casework on a real store, with a clock that a test moves.
type room struct {
	*casework.Service
	db     *store.DB
	clock  time.Time
	person string
	done   []outbox.Row // what rows handed out
}

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{clock: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	now := func() time.Time { return r.clock }
	r.db = storetest.SQLite(t).Open(t, now)
	r.Service = &casework.Service{Store: r.db.Cases(), Outbox: r.db.Outbox(), Transcript: r.db.Messages(), Trail: r.db.Trail(), Bus: live.NewMemory(), Clock: citytime.Clock{Now: now}}
	p, err := r.db.People().Resolve(t.Context(), channel.Address{Channel: "web", Account: "main", User: "somebody"})
	if err != nil {
		t.Fatal(err)
	}
	r.person = p.ID
	return r
}

func (r *room) raise(t *testing.T, level risk.Level, key string) casework.Case {
	t.Helper()
	c, err := r.Raise(t.Context(), casework.Signal{Person: r.person, Level: level, Subject: risk.Self, Rule: "rule." + key, Reason: "原因 " + key, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rows returns the outbox rows that wait.
func (r *room) rows(t *testing.T) []outbox.Row {
	t.Helper()
	var all []outbox.Row
	for { // one claim may hand out one row of a person at a time
		rows, err := r.db.Outbox().Claim(t.Context(), "test", r.clock.Add(time.Second), time.Minute, 50)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			return all
		}
		for _, row := range rows {
			if err := r.db.Outbox().Done(t.Context(), "test", row.ID); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, rows...)
		r.done = append(r.done, rows...)
	}
}

// closing is a filled closing form.
func closing(reason string) casework.Closing {
	return casework.Closing{Outcome: casework.OutcomeSafe, Report: casework.ReportNotAsked, Reason: reason, Key: "close:" + reason}
}

func must(t *testing.T) func(c casework.Case, err error) casework.Case {
	return func(c casework.Case, err error) casework.Case {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func TestALevelOnlyRises(t *testing.T) {
	r := newRoom(t)
	first := r.raise(t, risk.Medium, "1")
	if first.Level != risk.Medium || first.Status != casework.StatusOpen || first.Alias == "" || first.Channel != "web" {
		t.Fatalf("opened as %+v, want medium, open, with alias and channel", first)
	}
	up := r.raise(t, risk.Imminent, "2")
	down := r.raise(t, risk.Low, "3")
	if up.ID != first.ID || down.ID != first.ID {
		t.Errorf("signals of one person went to cases %s, %s, %s: want one", first.ID, up.ID, down.ID)
	}
	if up.Level != risk.Imminent || down.Level != risk.Imminent || down.Reason != "原因 2" {
		t.Errorf("after imminent and low the case is %s because %q, want imminent because of the second signal", down.Level, down.Reason)
	}
}

func TestAHigherLevelAsksToBeSeenAgain(t *testing.T) {
	tests := []struct {
		name       string
		before     func(*room, string) error
		level      risk.Level
		wantStatus casework.Status
		wantSeen   bool
	}{
		{"a seen case rises", func(r *room, id string) error { _, err := r.Acknowledge(t.Context(), id, lan); return err }, risk.High, casework.StatusOpen, false},
		{"a seen case gets another sign of its level", func(r *room, id string) error { _, err := r.Acknowledge(t.Context(), id, lan); return err }, risk.Medium, casework.StatusAcknowledged, true},
		{"a counsellor is talking", func(r *room, id string) error { _, err := r.Take(t.Context(), id, lan); return err }, risk.Imminent, casework.StatusTalking, true},
		{"the conversation was handed back", func(r *room, id string) error {
			if _, err := r.Take(t.Context(), id, lan); err != nil {
				return err
			}
			if err := r.Say(t.Context(), id, lan, "我在", "say"); err != nil {
				return err
			}
			_, err := r.HandBack(t.Context(), id, lan, "")
			return err
		}, risk.Low, casework.StatusOpen, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRoom(t)
			c := r.raise(t, risk.Medium, "1")
			if err := tt.before(r, c.ID); err != nil {
				t.Fatal(err)
			}
			r.clock = r.clock.Add(time.Hour)
			c = r.raise(t, tt.level, "2")
			if c.Status != tt.wantStatus || c.AcknowledgedAt.IsZero() == tt.wantSeen {
				t.Errorf("case is %s, acknowledged at %v; want %s, seen %v", c.Status, c.AcknowledgedAt, tt.wantStatus, tt.wantSeen)
			}
			if waits := c.Waits == casework.WaitsEyes && c.WaitingSince.Equal(r.clock); waits == tt.wantSeen {
				t.Errorf("case waits since %v at %v, want a new start only where it must be seen again", c.WaitingSince, r.clock)
			}
		})
	}
}

func TestASignalIsRecordedOnceEvenAfterItsCaseIsClosed(t *testing.T) {
	r := newRoom(t)
	c := r.raise(t, risk.High, "1")
	must(t)(r.Review(t.Context(), c.ID, mei, casework.Review{Verdict: casework.VerdictAgree, Note: "看过了", Key: "review"}))
	must(t)(r.Record(t.Context(), c.ID, lan, casework.Entry{Kind: casework.StepContacted, Note: "示例：面谈", Key: "met"}))
	must(t)(r.Close(t.Context(), c.ID, lan, closing("已面谈")))
	if again := r.raise(t, risk.High, "1"); again.ID != c.ID || again.Status != casework.StatusClosed {
		t.Errorf("a known signal opened %s (%s), want the closed %s", again.ID, again.Status, c.ID)
	}
	if fresh := r.raise(t, risk.High, "2"); fresh.ID == c.ID || fresh.Status != casework.StatusOpen {
		t.Errorf("a new signal after closing went to %s (%s), want a new open case", fresh.ID, fresh.Status)
	}
}

func TestTheWayOfACase(t *testing.T) {
	r := newRoom(t)
	ctx, ok := t.Context(), must(t)
	c := r.raise(t, risk.High, "1")
	r.clock = r.clock.Add(time.Minute)
	acked := ok(r.Acknowledge(ctx, c.ID, lan))
	r.clock = r.clock.Add(time.Minute)
	if again := ok(r.Acknowledge(ctx, c.ID, mei)); !again.AcknowledgedAt.Equal(acked.AcknowledgedAt) {
		t.Errorf("a second acknowledgement moved the time to %v", again.AcknowledgedAt)
	}
	taken := ok(r.Take(ctx, c.ID, lan))
	if taken.Status != casework.StatusTalking || taken.AssigneeName != lan.Name {
		t.Errorf("taken as %s by %q", taken.Status, taken.AssigneeName)
	}
	ok(r.Take(ctx, c.ID, lan)) // twice is once
	if _, err := r.Take(ctx, c.ID, mei); !errors.Is(err, casework.ErrTaken) {
		t.Errorf("a colleague takes too: %v, want ErrTaken", err)
	}
	if id, err := r.TalkingWith(ctx, r.person); err != nil || id != c.ID {
		t.Errorf("TalkingWith is %q (%v), want the case", id, err)
	}
	for what, err := range map[string]error{
		"a colleague speaks":     r.Say(ctx, c.ID, mei, "我在", "m"),
		"a colleague hands back": errOf(r.HandBack(ctx, c.ID, mei, "再见")),
	} {
		if !errors.Is(err, casework.ErrNotYours) {
			t.Errorf("%s: %v, want ErrNotYours", what, err)
		}
	}
	if _, err := r.Close(ctx, c.ID, mei, closing("x")); !errors.Is(err, casework.ErrTaken) {
		t.Errorf("a colleague closes: %v, want ErrTaken", err)
	}
	if err := r.Say(ctx, c.ID, lan, "我在听。", "first"); err != nil {
		t.Fatal(err)
	}
	back := ok(r.HandBack(ctx, c.ID, lan, "接下来由机器人陪着你。"))
	if back.Status != casework.StatusHandedBack || back.Assignee != "" {
		t.Errorf("handed back as %s with %q", back.Status, back.Assignee)
	}
	ok(r.Review(ctx, c.ID, mei, casework.Review{Verdict: casework.VerdictAgree, Note: "看过了", Key: "review"}))
	closed := ok(r.Close(ctx, c.ID, lan, closing("约好周三面谈")))
	if closed.Status != casework.StatusClosed || closed.ClosedAt.IsZero() {
		t.Errorf("closed as %s at %v", closed.Status, closed.ClosedAt)
	}
	if _, err := r.Take(ctx, c.ID, lan); !errors.Is(err, casework.ErrClosed) {
		t.Errorf("a closed case is taken: %v, want ErrClosed", err)
	}
	f, err := r.File(storetest.Acts(ctx), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	var history []string
	for _, s := range f.Steps {
		history = append(history, strings.TrimSpace(string(s.Kind)+" "+s.Staff))
	}
	want := []string{"opened", "acknowledged 示例·兰老师", "taken 示例·兰老师", "handed_back 示例·兰老师", "reviewed 示例·梅老师", "closed 示例·兰老师"}
	if diff := cmp.Diff(want, history); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if note := f.Steps[5].Note; note != "约好周三面谈" {
		t.Errorf("outcome is %q", note)
	}
	kinds := map[string]int{}
	for _, row := range r.rows(t) {
		kinds[row.Kind]++
	}
	if diff := cmp.Diff(map[string]int{"handoff": 2, "deliver": 4}, kinds); diff != "" {
		t.Errorf("outbox rows: taking and handing back tell the bot and the person, the closing message is delivered (-want +got):\n%s", diff)
	}
}

func errOf(_ casework.Case, err error) error { return err }

func TestADoubleClickSaysItOnce(t *testing.T) {
	r := newRoom(t)
	c := r.raise(t, risk.High, "1")
	must(t)(r.Take(t.Context(), c.ID, lan))
	for range 3 {
		if err := r.Say(t.Context(), c.ID, lan, "  我在这里。\r\n慢慢说。 ", "click"); err != nil {
			t.Fatal(err)
		}
	}
	f, err := r.File(storetest.Acts(t.Context()), c.ID)
	if err != nil || len(f.Messages) != 1 {
		t.Fatalf("%d messages (%v), want 1", len(f.Messages), err)
	}
	m := f.Messages[0]
	want := transcript.Message{ID: m.ID, Person: m.Person, From: transcript.FromStaff, Staff: lan.Name, Replies: []channel.Reply{{Text: "我在这里。\n慢慢说。"}}, At: m.At}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("what was said (-want +got):\n%s", diff)
	}
	var delivered []outbox.Row
	for _, row := range r.rows(t) {
		if row.Kind == "deliver" && !strings.HasPrefix(row.Key, "notice:") {
			delivered = append(delivered, row)
		}
	}
	if len(delivered) != 1 {
		t.Fatalf("%d deliveries, want 1", len(delivered))
	}
	var payload struct {
		Person  string          `json:"person"`
		Replies []channel.Reply `json:"replies"`
		Message string          `json:"message"`
	}
	if err := json.Unmarshal(delivered[0].Payload, &payload); err != nil || payload.Person != r.person || payload.Message != m.ID || len(payload.Replies) != 1 {
		t.Errorf("delivery is %+v (%v), want the person, the message's ID and its text", payload, err)
	}
}

func TestWhatCannotBeSaid(t *testing.T) {
	r := newRoom(t)
	c := r.raise(t, risk.High, "1")
	if err := r.Say(t.Context(), c.ID, lan, "我在", "k"); !errors.Is(err, casework.ErrNotYours) {
		t.Errorf("before taking: %v, want ErrNotYours", err)
	}
	must(t)(r.Take(t.Context(), c.ID, lan))
	for name, tt := range map[string]struct {
		text string
		want error
	}{
		"nothing":    {" \n ", casework.ErrEmpty},
		"a novel":    {strings.Repeat("长", casework.MaxText+1), casework.ErrTooLong},
		"a long one": {strings.Repeat("长", casework.MaxText), nil},
	} {
		if err := r.Say(t.Context(), c.ID, lan, tt.text, name); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if err := r.Say(t.Context(), "unknown", lan, "我在", "k"); !errors.Is(err, casework.ErrNotFound) {
		t.Errorf("in no case: %v, want ErrNotFound", err)
	}
}

func TestUnreadCountsUntilStaffLook(t *testing.T) {
	r := newRoom(t)
	c := r.raise(t, risk.High, "1")
	for range 2 {
		if err := r.PersonSaid(t.Context(), r.person, c.ID); err != nil {
			t.Fatal(err)
		}
	}
	must(t)(r.Acknowledge(t.Context(), c.ID, lan)) // a change of the case must not touch the count
	if c = must(t)(r.Get(t.Context(), c.ID)); c.Unread != 2 {
		t.Errorf("%d unread, want 2", c.Unread)
	}
	if err := r.Seen(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if c = must(t)(r.Get(t.Context(), c.ID)); c.Unread != 0 {
		t.Errorf("%d unread after looking, want 0", c.Unread)
	}
}

func TestOpenPagesHearOfAChange(t *testing.T) {
	r := newRoom(t)
	topics := r.Bus.Subscribe(t.Context(), live.TopicCases)
	person := r.Bus.Subscribe(t.Context(), live.TopicPerson(r.person))
	r.raise(t, risk.High, "1")
	for name, ch := range map[string]<-chan string{"the queue": topics, "the conversation": person} {
		select {
		case <-ch:
		case <-time.After(2 * time.Minute):
			t.Errorf("%s hears nothing of a new case", name)
		}
	}
}

package casework_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
)

// pager is a way to call staff that keeps what it was told, or fails as it is told to.
type pager struct {
	got   []notify.Alert
	retry bool
	err   error
}

func (p *pager) Notify(_ context.Context, a notify.Alert) (bool, error) {
	if p.err != nil {
		return p.retry, p.err
	}
	p.got = append(p.got, a)
	return false, nil
}

func (p *pager) kinds() (out []string) {
	for _, a := range p.got {
		out = append(out, fmt.Sprintf("%s %s %s", a.Kind, a.Level, a.Rung))
	}
	return out
}

// withLadder gives a room a duty of four rungs and two ways to call it.
func withLadder(r *room) (group, mail *pager) {
	group, mail = &pager{}, &pager{}
	one := func(name string) []notify.Contact { return []notify.Contact{{Name: name}} }
	r.Ladder = casework.Ladder{
		Rungs: func(string, time.Time) []rota.Rung {
			return []rota.Rung{{Name: rota.OnCall, Call: one("陈")}, {Name: rota.StandIn, Call: one("李")}, {Name: rota.Supervisor, Call: one("王")}, {Name: rota.Everybody, Call: append(one("陈"), append(one("李"), one("王")...)...)}}
		},
		Ways:     map[string]notify.Notifier{"群": group, "邮件": mail},
		District: func(context.Context, string) string { return "天河区" },
		URL:      func(id string) string { return "https://xinqiao.example/desk/cases/" + id },
	}
	return group, mail
}

// work does what is due after d, by a service that knows only the rows, each twice as after a crash before its end was kept.
func (r *room) work(t *testing.T, d time.Duration) (errs []error) {
	t.Helper()
	r.clock = r.clock.Add(d)
	other := &casework.Service{Store: r.db.Cases(), Outbox: r.db.Outbox(), Transcript: r.db.Messages(), Trail: r.db.Trail(), Ladder: r.Ladder, Clock: citytime.Clock{Now: r.Now}}
	for {
		rows := r.rows(t)
		for _, row := range rows {
			var err error
			switch row.Kind {
			case casework.KindDeadline:
				err = errors.Join(other.Overdue(t.Context(), row), other.Overdue(t.Context(), row))
			case casework.KindOffer:
				err = errors.Join(other.OfferLapses(t.Context(), row), other.OfferLapses(t.Context(), row))
			case casework.KindCall:
				err = other.Called(t.Context(), row)
			case casework.KindFlood:
				err = other.Flooded(t.Context(), row)
			case casework.KindAlert:
				err = other.Alert(t.Context(), row)
			}
			if err != nil {
				errs = append(errs, err)
			}
		}
		if len(rows) == 0 {
			return errs
		}
	}
}

// history writes a case's steps as kind and note.
func (r *room) history(t *testing.T, id string) (out []string) {
	t.Helper()
	steps, err := r.db.Cases().Steps(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range steps {
		out = append(out, strings.TrimSpace(string(st.Kind)+" "+st.Note))
	}
	return out
}

func TestWithNobodyAnsweringTheWholeLadderIsAskedAndRecorded(t *testing.T) {
	r := newRoom(t)
	group, mail := withLadder(r)
	c := r.raise(t, risk.Imminent, "1")
	r.work(t, 0)
	for range 4 {
		r.work(t, 3*time.Minute)
	}
	want := []string{"opened imminent 值班", "overdue imminent 候补", "overdue imminent 主管", "overdue imminent 全员", "overdue imminent 全员"}
	if diff := cmp.Diff(want, group.kinds()); diff != "" {
		t.Errorf("called (-want +got):\n%s", diff)
	}
	if len(mail.got) != len(group.got) {
		t.Errorf("%d calls by mail, %d by the group", len(mail.got), len(group.got))
	}
	record := []string{"opened 原因 1"}
	for i, who := range []string{"值班 陈", "候补 李", "主管 王", "全员 陈、李、王", "全员 陈、李、王"} {
		if i > 0 {
			record = append(record, fmt.Sprintf("overdue %d 分钟内没有人确认", 3*i))
		}
		record = append(record, fmt.Sprintf("alerted 第 %d 次 · 群 · %s", i+1, who), fmt.Sprintf("alerted 第 %d 次 · 邮件 · %s", i+1, who))
	}
	if diff := cmp.Diff(record, r.history(t, c.ID)); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
	r.work(t, 29*time.Minute)
	if n := len(group.got); n != 5 {
		t.Errorf("after the whole ladder everybody was called again at once: %d calls", n)
	}
	r.work(t, time.Minute)
	if n := len(group.got); n != 6 {
		t.Errorf("half an hour later there were %d calls, want another", n)
	}
	first := group.got[0]
	first.At = time.Time{}
	if diff := cmp.Diff(notify.Alert{
		ID: first.ID, Kind: notify.Opened, Level: risk.Imminent, Alias: c.Alias, District: "天河区", Within: 3 * time.Minute, Rung: rota.OnCall,
		Call: []notify.Contact{{Name: "陈"}}, URL: "https://xinqiao.example/desk/cases/" + c.ID,
		Ref: fmt.Sprintf(`{"alert":{"case":%q,"kind":"opened","waits":"eyes","since":"2026-11-23T08:00:00Z","rung":0,"way":"群"}}`, c.ID),
	}, first); diff != "" {
		t.Errorf("the first call (-want +got):\n%s", diff)
	}
}

func TestWhoeverActsEndsTheCalls(t *testing.T) {
	r := newRoom(t)
	group, _ := withLadder(r)
	c := r.raise(t, risk.High, "1")
	r.work(t, 0)
	r.work(t, 10*time.Minute)
	must(t)(r.Record(t.Context(), c.ID, lan, casework.Entry{Kind: casework.StepContacted, Note: "示例：打通了电话", Key: "k"}))
	r.work(t, 24*time.Hour)
	if diff := cmp.Diff([]string{"opened high 值班", "overdue high 候补"}, group.kinds()); diff != "" {
		t.Errorf("called (-want +got):\n%s", diff)
	}
}

func TestARiseCallsAgainAndSoonerAndALateCallForWhatIsSeenIsLeftOut(t *testing.T) {
	r := newRoom(t)
	group, _ := withLadder(r)
	c := r.raise(t, risk.Medium, "1")
	r.work(t, 0)
	r.work(t, time.Hour)
	r.raise(t, risk.Imminent, "2")
	r.work(t, 0)
	r.work(t, 3*time.Minute)
	if diff := cmp.Diff([]string{"opened medium 值班", "opened imminent 值班", "overdue imminent 候补"}, group.kinds()); diff != "" {
		t.Errorf("called (-want +got):\n%s", diff)
	}
	if ids := []string{group.got[0].ID, group.got[1].ID, group.got[2].ID}; len(slices.Compact(ids)) != 3 {
		t.Errorf("calls share an ID: %q", ids)
	}
	must(t)(r.Take(t.Context(), c.ID, lan))
	if err := r.Say(t.Context(), c.ID, lan, "我在", "say"); err != nil {
		t.Fatal(err)
	}
	must(t)(r.HandBack(t.Context(), c.ID, lan, ""))
	r.clock = r.clock.Add(time.Second)
	again := r.raise(t, risk.Imminent, "3") // asks again; the call is still queued when somebody sees it
	must(t)(r.Acknowledge(t.Context(), again.ID, lan))
	r.work(t, time.Minute)
	if n := len(group.got); n != 3 {
		t.Errorf("%d calls, want none for a case that was seen", n)
	}
}

func TestAWayThatFailsIsRecordedOnceAndHoldsNoOtherUp(t *testing.T) {
	for _, c := range []struct {
		name  string
		retry bool
	}{{"for now", true}, {"for good", false}} {
		t.Run(c.name, func(t *testing.T) {
			r := newRoom(t)
			group, mail := withLadder(r)
			mail.err, mail.retry = errors.New("the mail server is down"), c.retry
			file := r.raise(t, risk.High, "1")
			errs := r.work(t, 0)
			if len(group.got) != 1 {
				t.Errorf("%d calls by the way that works", len(group.got))
			}
			var verdict *outbox.Error
			if len(errs) != 1 || errors.As(errs[0], &verdict) == c.retry {
				t.Errorf("the row's errors are %v; another try helps: %t", errs, c.retry)
			}
			row := outbox.Row{Kind: casework.KindAlert, Attempts: 2, Payload: []byte(fmt.Sprintf(`{"case":%q,"kind":"overdue","way":"邮件"}`, file.ID))}
			if c.retry {
				if err := r.Alert(t.Context(), row); err == nil {
					t.Error("the second try is done")
				}
			}
			want := []string{"opened 原因 1", "alerted 第 1 次 · 群 · 值班 陈", "alert_failed 第 1 次 · 邮件 · 值班 陈"}
			if diff := cmp.Diff(want, r.history(t, file.ID)); diff != "" {
				t.Errorf("recorded (-want +got):\n%s", diff)
			}
		})
	}
}

func TestACallThatReachesSomeSaysHowManyAndIsTriedForTheRest(t *testing.T) {
	for _, retry := range []bool{true, false} {
		r := newRoom(t)
		group, _ := withLadder(r)
		group.retry, group.err = retry, &notify.Partial{Told: 1, Called: 3, Err: errors.New("busy")}
		c := r.raise(t, risk.Imminent, "1")
		errs := r.work(t, 0)
		if (len(errs) > 0) != retry {
			t.Errorf("retry %t: %v; only what another try may mend is an error", retry, errs)
		}
		if got := strings.Join(r.history(t, c.ID), "\n"); !strings.Contains(got, "alerted 第 1 次 · 群 · 值班 陈 · 3 人里有 1 人收到") || strings.Contains(got, string(casework.StepAlertFailed)) {
			t.Errorf("the record is\n%s", got)
		}
	}
}

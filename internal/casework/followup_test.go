package casework_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// remind runs the follow-ups whose time has come, and returns the notices that go to the person.
func (r *room) remind(t *testing.T, s *casework.Service) (notices []string) {
	t.Helper()
	for again := true; again; { // what a handler puts is due at once
		again = false
		for _, row := range r.rows(t) {
			switch row.Kind {
			case casework.KindFollowUp:
				again = true
				for range 2 { // a crash between doing and Done
					if err := s.Remind(t.Context(), row); err != nil {
						t.Fatal(err)
					}
				}
			case "deliver":
				var d struct{ Notice, Person string }
				if err := json.Unmarshal(row.Payload, &d); err != nil || d.Person != r.person {
					t.Fatalf("a delivery to %q (%v), want the person", d.Person, err)
				}
				notices = append(notices, d.Notice)
			}
		}
	}
	return notices
}

// restarted is the service of another replica on the same store.
func (r *room) restarted() *casework.Service {
	return &casework.Service{Store: r.db.Cases(), Outbox: r.db.Outbox(), Transcript: r.db.Messages(), Trail: r.db.Trail(), Clock: citytime.Clock{Now: r.Now}}
}

func TestAFollowUpAsksThePersonAndTheStaffAfterADayAndAWeek(t *testing.T) {
	tests := []struct {
		name      string
		about     risk.Subject
		day, week string
	}{
		{"about oneself", risk.Self, "followup_day", "followup_week"},
		{"about a friend", risk.Other, "followup_day_other", "followup_week_other"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRoom(t)
			c := must(t)(r.Raise(t.Context(), casework.Signal{Person: r.person, Level: risk.Medium, Subject: tt.about, Rule: "r", Reason: "示例", Key: "1"}))
			r.clock = r.clock.Add(23 * time.Hour)
			if got := r.remind(t, r.restarted()); got != nil {
				t.Errorf("after 23 hours it says %v", got)
			}
			r.clock = r.clock.Add(time.Hour)
			if diff := cmp.Diff([]string{tt.day}, r.remind(t, r.restarted())); diff != "" {
				t.Errorf("after a day (-want +got):\n%s", diff)
			}
			r.closed(t) // a case that is closed is followed all the same
			r.clock = r.clock.Add(6 * 24 * time.Hour)
			if diff := cmp.Diff([]string{tt.week}, r.remind(t, r.restarted())); diff != "" {
				t.Errorf("after a week (-want +got):\n%s", diff)
			}
			due, err := r.WaitingFollowUps(t.Context(), 0, 10)
			if err != nil || len(due) != 2 || due[0].Kind != casework.TaskDay || due[0].Alias == "" || due[0].Status != casework.StatusClosed {
				t.Fatalf("the list of staff holds %+v (%v), want the day's and the week's", due, err)
			}
			must(t)(r.FollowedUp(t.Context(), c.ID, due[0].ID, mei, casework.FollowUp{Reach: casework.Reached, Note: "睡得好些了", Key: "tick"}))
			must(t)(r.FollowedUp(t.Context(), c.ID, due[0].ID, mei, casework.FollowUp{Reach: casework.Reached, Note: "睡得好些了", Key: "tick"}))
			want := []string{"opened medium", "reminded day", "contacted staff-lan", "closed staff-lan safe", "reminded week", "followed_up staff-mei day"}
			if diff := cmp.Diff(want, r.trail(t, c.ID)); diff != "" {
				t.Errorf("history (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFollowUpKeepsQuiet(t *testing.T) {
	tests := []struct {
		name string
		do   func(t *testing.T, r *room, c casework.Case)
		want string // the step that stands in its place
	}{
		{"while a counsellor has the conversation", func(t *testing.T, r *room, c casework.Case) {
			must(t)(r.Take(t.Context(), c.ID, lan))
			r.rows(t)
		}, "reminded day"},
		{"when staff asked before its time", func(t *testing.T, r *room, c casework.Case) {
			f, err := r.File(storetest.Acts(t.Context()), c.ID)
			if err != nil {
				t.Fatal(err)
			}
			must(t)(r.FollowedUp(t.Context(), c.ID, f.Tasks[0].ID, lan, casework.FollowUp{Reach: casework.Reached, Early: true, Note: "好多了", Key: "k"}))
		}, ""},
		{"when there was no danger at all", func(t *testing.T, r *room, c casework.Case) {
			must(t)(r.Close(t.Context(), c.ID, lan, casework.Closing{Outcome: casework.OutcomeMistaken, Report: casework.ReportNotAsked, Reason: "说的是游戏", Key: "k"}))
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRoom(t)
			c := r.raise(t, risk.Medium, "1")
			tt.do(t, r, c)
			before := len(r.trail(t, c.ID))
			r.clock = r.clock.Add(24 * time.Hour)
			if got := r.remind(t, r.restarted()); got != nil {
				t.Errorf("it says %v", got)
			}
			if after := r.trail(t, c.ID)[before:]; tt.want == "" && len(after) > 0 || tt.want != "" && (len(after) != 1 || after[0] != tt.want) {
				t.Errorf("its steps are %v, want %q", after, tt.want)
			}
		})
	}
}

func TestALowCaseIsFollowedOnceItRises(t *testing.T) {
	for name, rise := range map[string]func(t *testing.T, r *room, id string){
		"by signals": func(t *testing.T, r *room, _ string) {
			r.raise(t, risk.Medium, "2")
			r.raise(t, risk.High, "3")
		},
		"by staff": func(t *testing.T, r *room, id string) {
			must(t)(r.SetLevel(t.Context(), id, lan, lower(risk.High, "up")))
		},
		"by a triage": func(t *testing.T, r *room, id string) {
			must(t)(r.Assess(t.Context(), id, lan, casework.Triage{Answers: answers("wish"), Key: "t"}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			c := r.raise(t, risk.Low, "1")
			for _, want := range []int{0, 2} {
				ts, err := r.db.Cases().Tasks(t.Context(), c.ID)
				if err != nil || len(ts) != want {
					t.Errorf("%d follow-ups (%v), want %d", len(ts), err, want)
				}
				if want == 0 {
					rise(t, r, c.ID)
				}
			}
		})
	}
}

func TestABackToSchoolFollowUpIsSetByStaff(t *testing.T) {
	r := newRoom(t)
	c := r.raise(t, risk.Medium, "1")
	for name, due := range map[string]time.Time{"yesterday": r.clock.Add(-24 * time.Hour), "in two years": r.clock.Add(2 * 366 * 24 * time.Hour)} {
		if _, err := r.PlanVisit(t.Context(), c.ID, lan, casework.Visit{Due: due, Note: "看睡眠", Key: name}); !errors.Is(err, casework.ErrDate) {
			t.Errorf("set for %s: %v, want ErrDate", name, err)
		}
	}
	v := casework.Visit{Due: r.clock.Add(14 * 24 * time.Hour), Note: "看睡眠", Key: "k"}
	must(t)(r.PlanVisit(t.Context(), c.ID, lan, v))
	must(t)(r.PlanVisit(t.Context(), c.ID, lan, v))
	r.clock = v.Due
	if diff := cmp.Diff([]string{"followup_day", "followup_week", "followup_school"}, r.remind(t, r.restarted())); diff != "" {
		t.Errorf("what the person hears (-want +got):\n%s", diff)
	}
}

func TestAFollowUpOfSomebodyErasedDoesNothing(t *testing.T) {
	r := newRoom(t)
	r.raise(t, risk.Medium, "1")
	r.closed(t)
	if _, err := r.db.Rights().Erase(t.Context(), r.person, "本人"); err != nil {
		t.Fatal(err)
	}
	r.clock = r.clock.Add(30 * 24 * time.Hour)
	if got := r.remind(t, r.restarted()); got != nil {
		t.Errorf("it says %v", got)
	}
	if due, err := r.WaitingFollowUps(t.Context(), 0, 10); err != nil || len(due) != 0 {
		t.Errorf("%d wait on the list of staff (%v), want none", len(due), err)
	}
	if err := r.Remind(t.Context(), outbox.Row{Payload: []byte("{")}); err == nil {
		t.Error("a row that cannot be read is taken for done")
	}
}

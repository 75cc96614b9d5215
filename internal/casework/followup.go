package casework

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// KindFollowUp is the outbox kind whose Handler is Service.Remind.
const KindFollowUp = "case.followup"

// TaskKind says what a follow-up is for.
type TaskKind string

// The follow-ups.
const (
	TaskDay    TaskKind = "day"    // 24 hours after a case opened
	TaskWeek   TaskKind = "week"   // 7 days after
	TaskSchool TaskKind = "school" // back at school after leave or treatment
)

// planned are the follow-ups that every case of medium level and above gets.
var planned = []struct {
	kind  TaskKind
	after time.Duration
}{{TaskDay, 24 * time.Hour}, {TaskWeek, 7 * 24 * time.Hour}}

// furthest is how far ahead a follow-up may be set.
const furthest = 366 * 24 * time.Hour

// Task is a follow-up that somebody does: ask how the person is, and write down what they heard.
type Task struct {
	ID     string
	Case   string
	Key    string // unique
	Kind   TaskKind
	Due    time.Time // of the next try, where one was in vain
	Note   string    // what to look at
	Tries  int       // how often it was tried in vain
	Tried  time.Time // the last time; zero where it never was
	DoneAt time.Time // zero while it waits
	DoneBy string    // staff display name
}

// DueTask is a follow-up on the list of all cases.
type DueTask struct {
	Task
	Number int // of the case
	Alias  string
	Level  risk.Level
	Status Status
}

// The errors of follow-ups.
var (
	ErrNoTask = errors.New("casework: no such follow-up")
	ErrDate   = errors.New("casework: the date has passed, or is more than a year away")

	ErrEarly   = errors.New("casework: the follow-up is not due for long")
	ErrReach   = errors.New("casework: whether anybody was reached is not said")
	ErrNextTry = errors.New("casework: the next try has passed, or is more than a year away")
)

// followUpPayload names the follow-up whose time has come.
type followUpPayload struct {
	Case string `json:"case"`
	Task string `json:"task"`
}

// Kind implements outbox.Job.
func (followUpPayload) Kind() string { return KindFollowUp }

// TaskStore is what follow-ups need of the database.
type TaskStore interface {
	// AddTasks returns those of the tasks whose Key was not known.
	AddTasks(ctx context.Context, ts ...Task) ([]Task, error)
	Task(ctx context.Context, id string) (Task, error)
	// Tasks returns the follow-ups of a case, the earliest first.
	Tasks(ctx context.Context, caseID string) ([]Task, error)
	FinishTask(ctx context.Context, id string, at time.Time, by string) error
	// TryTaskAgain counts a try in vain, and says when the next one is due.
	TryTaskAgain(ctx context.Context, id string, at, next time.Time) error
}

// TaskList is what the list of follow-ups needs.
type TaskList interface {
	// WaitingTasks returns follow-ups that nobody has done and that are due after one moment and until another, the
	// earliest first.
	WaitingTasks(ctx context.Context, after, until time.Time, limit int) ([]DueTask, error)
	// WaitingDays counts them by the day on which they are due, of a zone that is offset from UTC; a day is its midnight.
	WaitingDays(ctx context.Context, after, until time.Time, offset time.Duration) (map[time.Time]int, error)
}

// planFollowUps sets the follow-ups of a case that has become worth one, and returns what the outbox must do for them. Known
// ones stay as they are.
func (s *Service) planFollowUps(ctx context.Context, c Case) ([]outbox.Row, error) {
	if c.Level.Rank() < risk.Medium.Rank() {
		return nil, nil
	}
	ts := make([]Task, len(planned))
	for i, p := range planned {
		ts[i] = Task{ID: s.ID(), Case: c.ID, Key: string(p.kind) + ":" + c.ID, Kind: p.kind, Due: s.now().Add(p.after)}
	}
	return s.addTasks(ctx, ts...)
}

func (s *Service) putFollowUps(ctx context.Context, c Case) error {
	rows, err := s.planFollowUps(ctx, c)
	if err != nil {
		return err
	}
	return s.Outbox.Put(ctx, rows...)
}

func (s *Service) addTasks(ctx context.Context, ts ...Task) ([]outbox.Row, error) {
	fresh, err := s.Store.AddTasks(ctx, ts...)
	if err != nil {
		return nil, err
	}
	rows := make([]outbox.Row, len(fresh))
	for i, t := range fresh {
		if rows[i], err = outbox.For(followUpPayload{Case: t.Case, Task: t.ID}, outbox.Row{ID: s.ID(), Key: "followup:" + t.ID, RunAt: t.Due}); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// Visit is a follow-up that staff set: for a day after a leave from school, or after treatment.
type Visit struct {
	Due  time.Time
	Note string
	Key  string
}

// PlanVisit sets a back-to-school follow-up.
func (s *Service) PlanVisit(ctx context.Context, id string, by Actor, v Visit) (Case, error) {
	note, err := checkNote(v.Note)
	if err != nil {
		return Case{}, err
	}
	if now := s.now(); v.Due.Before(now) || v.Due.After(now.Add(furthest)) {
		return Case{}, ErrDate
	}
	return s.change(ctx, "plan a follow-up of", id, s.once(v.Key, func(ctx context.Context, c *Case, _ []Step) (*Step, error) {
		t := Task{ID: s.ID(), Case: c.ID, Key: "form:" + v.Key, Kind: TaskSchool, Due: v.Due, Note: note}
		rows, err := s.addTasks(ctx, t)
		if err == nil {
			err = s.Outbox.Put(ctx, rows...)
		}
		if err != nil {
			return nil, err
		}
		st := by.step(StepPlanned, note)
		st.Ref, st.Code = t.ID, string(t.Kind)
		return st, nil
	}))
}

// Reach says whether a follow-up reached anybody.
type Reach string

// The ways in which a try ends.
const (
	Reached  Reach = "reached"
	NoAnswer Reach = "no_answer" // the follow-up stays open, and is tried again
)

// nextTry is how long after a try in vain the next one is due, where whoever tried names no time.
const nextTry = 4 * time.Hour

// FollowUp is what came of a follow-up.
type FollowUp struct {
	Reach Reach
	Note  string    // what was heard, or how it was tried
	Early bool      // whoever writes it knows that its time has not come
	Next  time.Time // when to try again after NoAnswer; zero: in some hours
	Key   string
}

// Early says whether a follow-up would be done long before it means anything: how somebody sleeps after a day says
// nothing of a week.
func (t Task) Early(now time.Time) bool {
	margin := 2 * 24 * time.Hour
	if t.Kind == TaskDay {
		margin = 6 * time.Hour
	}
	return t.DoneAt.IsZero() && t.Due.Sub(now) > margin
}

// FollowedUp writes what came of a follow-up. Whoever was reached ticks it; a try in vain counts, and it is due again
// later. It may be done before its time, knowingly, and after the case is closed.
func (s *Service) FollowedUp(ctx context.Context, id, taskID string, by Actor, f FollowUp) (Case, error) {
	note, err := checkNote(f.Note)
	if err != nil {
		return Case{}, err
	}
	now := s.now()
	switch {
	case f.Reach != Reached && f.Reach != NoAnswer:
		return Case{}, ErrReach
	case !f.Next.IsZero() && (f.Next.Before(now) || f.Next.After(now.Add(furthest))):
		return Case{}, ErrNextTry
	}
	return s.change(ctx, "follow up", id, s.once(f.Key, func(ctx context.Context, c *Case, _ []Step) (*Step, error) {
		t, err := s.Store.Task(ctx, taskID)
		if err != nil {
			return nil, err
		}
		if t.Case != c.ID {
			return nil, ErrNoTask
		}
		if !t.DoneAt.IsZero() {
			return nil, nil
		}
		st := by.step(StepFollowedUp, note)
		st.Ref, st.Code = t.ID, string(t.Kind)
		if f.Reach == NoAnswer {
			st.Kind = StepNoAnswer
			return st, s.Store.TryTaskAgain(ctx, t.ID, now, again(t, f.Next, now))
		}
		if t.Early(now) && !f.Early {
			return nil, ErrEarly
		}
		return st, s.Store.FinishTask(ctx, t.ID, now, by.Name)
	}))
}

// again is when a follow-up that reached nobody is due. A try before its time does not bring its time nearer.
func again(t Task, chosen, now time.Time) time.Time {
	if !chosen.IsZero() {
		return chosen
	}
	if next := now.Add(nextTry); next.After(t.Due) {
		return next
	}
	return t.Due
}

// dropTasks takes the follow-ups of a case off the list: there was no danger to follow.
func (s *Service) dropTasks(ctx context.Context, c Case, by Actor) error {
	tasks, err := s.Store.Tasks(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if !t.DoneAt.IsZero() {
			continue
		}
		if err := s.Store.FinishTask(ctx, t.ID, s.now(), by.Name); err != nil {
			return err
		}
	}
	return nil
}

// WaitingFollowUps returns the follow-ups that wait, those within the next days included, without their notes.
func (s *Service) WaitingFollowUps(ctx context.Context, ahead time.Duration, limit int) ([]DueTask, error) {
	ts, err := s.waitingTasks(ctx, time.Time{}, s.now().Add(ahead), limit)
	for i := range ts {
		ts[i].Note = ""
	}
	return ts, err
}

// FollowUps returns the follow-ups that wait and are due after one moment and until another, the earliest first, once the
// trail has it: their notes tell what was heard.
func (s *Service) FollowUps(ctx context.Context, after, until time.Time, limit int) ([]DueTask, error) {
	if err := s.Trail.RecordWatching(ctx, audit.Event{Kind: audit.SeeTasks}); err != nil {
		return nil, fmt.Errorf("list follow-ups: %w", err)
	}
	return s.waitingTasks(ctx, after, until, limit)
}

func (s *Service) waitingTasks(ctx context.Context, after, until time.Time, limit int) ([]DueTask, error) {
	ts, err := s.Store.WaitingTasks(ctx, after, until, limit)
	if err != nil {
		return nil, fmt.Errorf("list follow-ups: %w", err)
	}
	return ts, nil
}

// FollowUpDays counts the follow-ups that wait by the day on which they are due, as days are in a zone.
func (s *Service) FollowUpDays(ctx context.Context, after, until time.Time, zone *time.Location) (map[time.Time]int, error) {
	_, offset := after.In(zone).Zone()
	days, err := s.Store.WaitingDays(ctx, after, until, time.Duration(offset)*time.Second)
	if err != nil {
		return nil, fmt.Errorf("count follow-ups: %w", err)
	}
	return days, nil
}

// Remind is the outbox handler of a follow-up whose time has come: a kind message goes to the person in the editors'
// words, as their platform allows, and the case says so. While a counsellor has the conversation no program writes into
// it. Run twice it acts once.
func (s *Service) Remind(ctx context.Context, r outbox.Row) error {
	p, err := outbox.Decode[followUpPayload](r)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, "remind of a follow-up in", p.Case, s.once("followup:"+p.Task, func(ctx context.Context, c *Case, _ []Step) (*Step, error) {
		t, err := s.Store.Task(ctx, p.Task)
		if err != nil || !t.DoneAt.IsZero() || c.Alias == "" { // done before its time, or the person was erased
			return nil, err
		}
		st := &Step{Kind: StepReminded, Code: string(t.Kind), Ref: t.ID, Note: "已向 TA 发出问候，请老师也去问一问"}
		if c.Status == StatusTalking {
			st.Note = "老师正在和 TA 对话，没有另发问候"
			return st, nil
		}
		return st, s.put(ctx, "followup:say:"+t.ID, c.Person, channel.Delivery{Person: c.Person, Notice: notice(t.Kind, c.Subject), Knock: &channel.Knock{For: channel.KnockFollowUp}})
	}))
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrNoTask) {
		return nil
	}
	return err
}

// notice names the message of a follow-up in dialogs/replies/notices.yaml. Who told of another is asked after both.
func notice(k TaskKind, about risk.Subject) string {
	name := "followup_" + string(k)
	if about == risk.Other {
		name += "_other"
	}
	return name
}

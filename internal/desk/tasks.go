package desk

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

func (h *Handler) taskRoutes(work *gin.RouterGroup) {
	work.GET("/tasks", h.need(staff.Talk), h.showTasks)
	work.POST("/tasks/:id/:task", h.need(staff.Talk), h.followUpFromList)
}

// How many days the list spells out, how many the strip above it shows, and how many follow-ups stand on the page.
const (
	daysListed = 14
	daysShown  = 35 // five weeks from this one's Monday
	tasksShown = 200
)

// agenda is the follow-ups by day.
type agenda struct {
	Late  []dueTask // due before today
	Today []dueTask
	Days  []agendaDay // with something to do, or the one that was asked for
	Strip []stripDay
	Only  bool // one day alone was asked for
	More  bool // there are more than the page shows
	Key   string
	Empty bool
}

type agendaDay struct {
	At    time.Time
	Tasks []dueTask
}

// stripDay is a square of the strip of weeks.
type stripDay struct {
	At    time.Time
	N     int
	Past  bool
	Today bool
}

// dueTask is a follow-up on the page, with what was just typed for it where that could not be saved.
type dueTask struct {
	casework.DueTask
	IsDue   bool
	TooSoon bool // to be done before its time it needs a tick
	Open    bool
	Problem string
	Typed   string
}

// asDue is a follow-up as its form needs it.
func asDue(t casework.Task, now time.Time) dueTask {
	return dueTask{DueTask: casework.DueTask{Task: t}, IsDue: !t.Due.After(now), TooSoon: t.Early(now)}
}

// formOf is an entry of a list with the key of the forms on its page.
type formOf struct {
	Key string
	dueTask
}

// midnight is when a day of the city begins.
func midnight(t time.Time) time.Time {
	t = t.In(citytime.Zone)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, citytime.Zone)
}

// tried is a follow-up that was sent from the list and could not be saved.
type triedTask struct {
	id, note, problem string
}

func (h *Handler) showTasks(c *gin.Context) { h.renderTasks(c, http.StatusOK, triedTask{}) }

func (h *Handler) renderTasks(c *gin.Context, status int, tried triedTask) {
	a, err := h.agenda(c.Request.Context(), c.Query("day"), tried)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, status, "tasks", page{Title: "回访", Section: "tasks", Me: me(c), Data: a, Problem: tried.problem})
}

func (h *Handler) agenda(ctx context.Context, day string, tried triedTask) (*agenda, error) {
	now := h.now()
	today := midnight(now)
	a := &agenda{Key: newKey()}
	from, to := time.Time{}, today.AddDate(0, 0, daysListed)
	if at, err := time.ParseInLocation(time.DateOnly, day, citytime.Zone); err == nil {
		a.Only, from, to = true, at, at.AddDate(0, 0, 1)
	}
	// a day goes to the last moment before the next midnight
	ts, err := h.Cases.FollowUps(ctx, before(from), before(to), tasksShown+1)
	if err != nil {
		return nil, err
	}
	if a.More = len(ts) > tasksShown; a.More {
		ts = ts[:tasksShown]
	}
	for i, t := range ts {
		d := asDue(t.Task, now)
		d.DueTask = t
		if d.Open = t.ID == tried.id || tried.id == "" && i == 0 && d.IsDue; t.ID == tried.id {
			d.Typed, d.Problem = tried.note, tried.problem
		}
		at := midnight(t.Due)
		switch {
		case a.Only, at.After(today):
			if n := len(a.Days); n == 0 || !a.Days[n-1].At.Equal(at) {
				a.Days = append(a.Days, agendaDay{At: at})
			}
			last := &a.Days[len(a.Days)-1]
			last.Tasks = append(last.Tasks, d)
		case at.Before(today):
			a.Late = append(a.Late, d)
		default:
			a.Today = append(a.Today, d)
		}
	}
	a.Empty = len(ts) == 0
	a.Strip, err = h.strip(ctx, today)
	return a, err
}

func before(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-time.Microsecond)
}

// strip are the weeks from this one's Monday, with how much is due each day.
func (h *Handler) strip(ctx context.Context, today time.Time) ([]stripDay, error) {
	monday := today.AddDate(0, 0, -(int(today.Weekday())+6)%7)
	counts, err := h.Cases.FollowUpDays(ctx, before(monday), before(monday.AddDate(0, 0, daysShown)), citytime.Zone)
	if err != nil {
		return nil, err
	}
	out := make([]stripDay, daysShown)
	for i := range out {
		at := monday.AddDate(0, 0, i)
		out[i] = stripDay{At: at, N: counts[at.UTC()], Past: at.Before(today), Today: at.Equal(today)}
	}
	return out, nil
}

// Label is the day's number, with the month where one begins.
func (d stripDay) Label() string {
	if at := d.At.In(citytime.Zone); at.Day() == 1 {
		return at.Format("1月")
	}
	return strconv.Itoa(d.At.In(citytime.Zone).Day())
}

var weekdays = [...]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"}

// dayLabel names a day as people do.
func dayLabel(t, now time.Time) string {
	t = t.In(citytime.Zone)
	name := t.Format("1月2日") + " " + weekdays[t.Weekday()]
	switch midnight(t) {
	case midnight(now):
		return "今天 · " + name
	case midnight(now).AddDate(0, 0, 1):
		return "明天 · " + name
	}
	return name
}

// followUp reads the form of a follow-up. Its two buttons say whether anybody was reached.
func followUp(c *gin.Context) (casework.FollowUp, error) {
	f := casework.FollowUp{
		Reach: casework.Reach(c.PostForm("reach")), Note: c.PostForm("note"), Early: c.PostForm("early") != "", Key: c.PostForm("key"),
	}
	if next := c.PostForm("next"); next != "" && f.Reach == casework.NoAnswer {
		at, err := time.ParseInLocation("2006-01-02T15:04", next, citytime.Zone)
		if err != nil {
			return f, casework.ErrNextTry
		}
		f.Next = at
	}
	return f, nil
}

func (h *Handler) followUp(c *gin.Context, id string) error {
	f, err := followUp(c)
	if err != nil {
		return err
	}
	_, err = h.Cases.FollowedUp(c.Request.Context(), id, c.Param("task"), actor(me(c)), f)
	return err
}

// followUpFromList writes a follow-up from the list of all of them, and shows the list again.
func (h *Handler) followUpFromList(c *gin.Context) {
	err := h.followUp(c, c.Param("id"))
	if err == nil {
		redirect(c, "/desk/tasks")
		return
	}
	if errors.Is(err, casework.ErrNotFound) || errors.Is(err, casework.ErrNoTask) {
		h.fail(c, err)
		return
	}
	status, text := explain(err)
	if status >= http.StatusInternalServerError {
		h.Log.ErrorContext(c.Request.Context(), "desk follow-up failed", "err", err)
	}
	h.renderTasks(c, status, triedTask{id: c.Param("task"), note: c.PostForm("note"), problem: text})
}

// planVisit reads a date as people of this city mean it: nine in the morning.
func (h *Handler) planVisit(c *gin.Context, id string) error {
	due, err := time.ParseInLocation(time.DateOnly, c.PostForm("date"), citytime.Zone)
	if err != nil {
		return casework.ErrDate
	}
	_, err = h.Cases.PlanVisit(c.Request.Context(), id, actor(me(c)), casework.Visit{
		Due: due.Add(9 * time.Hour), Note: c.PostForm("note"), Key: c.PostForm("key"),
	})
	return err
}

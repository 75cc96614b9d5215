package desk

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// How many rows of each group the queue shows; the rest is one click away.
const (
	nobodyShown = 40
	mineShown   = 50
	restShown   = 15
	fewVisitors = 5 // more unproved visitors of one level than these stand together in one row
)

// queue is the list of open cases in four groups.
type queue struct {
	Groups []group
	Now    time.Time   // for pages whose clock is not ours
	Asked  *askedTalks // what stands below it, nil where it cannot be read
}

// group is one of the four.
type group struct {
	Name  string
	Title string
	Empty string // what will stand here
	Count string
	Items []item
	More  string // where the rest of it is, "" where all of it stands here
}

// item is a case of a group, or many of unproved visitors in one row.
type item struct {
	Row  *row
	Fold *fold
}

// fold is the row of many unproved visitors of one level. The first of them stand in it, all of them in a list.
type fold struct {
	Level    risk.Level
	Cases    string
	Networks string
	Rows     []*row
	All      string
	Sweep    bool // the viewer may sweep them
}

// row is one case in a list, as one member of staff sees it.
type row struct {
	casework.Case
	Quote  string // the person's last words; "" where the role may not read them, or there are none
	Me     string // staff ID of the viewer
	Active bool   // it stands open beside the list
	Now    time.Time
}

// queueRoutes are the queue, the search and the sweep.
func (h *Handler) queueRoutes(work *gin.RouterGroup) {
	work.GET("", h.home, h.need(staff.SeeCases), h.showQueue)
	work.GET("/queue", h.need(staff.SeeCases), h.queueFragment)
	work.GET("/search", h.need(staff.SeeCases), h.showSearch)
	work.GET("/sweep", h.need(staff.Sweep), h.showSweep)
	work.POST("/sweep", h.need(staff.Sweep), h.sweep)
	work.POST("/cases/:id/known", h.need(staff.Talk), h.act(h.known))
}

func (h *Handler) showQueue(c *gin.Context) {
	q, err := h.queue(c.Request.Context(), me(c), "")
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, "desk", page{Title: "值班台", Section: "cases", Me: me(c), Queue: q})
}

func (h *Handler) queueFragment(c *gin.Context) {
	q, err := h.queue(c.Request.Context(), me(c), c.Query("active"))
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, "queue", page{Me: me(c), Queue: q})
}

// queue reads the four groups. What it reads is bounded, however many cases wait.
func (h *Handler) queue(ctx context.Context, a staff.Account, active string) (*queue, error) {
	counts, err := h.Cases.QueueCounts(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	q := &queue{Now: h.now(), Asked: h.askedTalks(ctx)}
	var all []*row
	list := func(g casework.Group, level risk.Level, limit int) (rows []*row, more bool, err error) {
		cases, next, err := h.Cases.List(ctx, casework.Filter{Group: g, Viewer: a.ID, Level: level, Limit: limit})
		for _, c := range cases {
			rows = append(rows, &row{Case: c, Me: a.ID, Active: c.ID == active, Now: q.Now})
		}
		all = append(all, rows...)
		return rows, next != "", err
	}
	for _, g := range []struct {
		group group
		of    casework.Group
		limit int
	}{
		{group{Title: "没人接", Empty: "现在没有人在等。新的个案会自己出现在这里，最急的在最上面。"}, casework.GroupNobody, nobodyShown},
		{group{Title: "我在谈", Empty: "您接手的对话会在这里，等得最久的在最上面。"}, casework.GroupMine, mineShown},
		{group{Title: "同事在谈", Empty: "同事接手的对话会在这里。"}, casework.GroupColleagues, restShown},
		{group{Title: "已看到没人接", Empty: "有人看过、还没有人接着谈的，会在这里。"}, casework.GroupSeen, restShown},
	} {
		rows, more, err := list(g.of, "", g.limit)
		if err != nil {
			return nil, err
		}
		g.group.Name = string(g.of)
		for _, r := range rows {
			g.group.Items = append(g.group.Items, item{Row: r})
		}
		if more {
			g.group.More = "/desk/search?group=" + g.group.Name
		}
		n := counts[g.of]
		if g.of == casework.GroupNobody {
			n += counts[casework.GroupVisitors]
			if err := h.foldVisitors(ctx, a, &g.group, list); err != nil {
				return nil, err
			}
		}
		g.group.Count = atMost(n)
		q.Groups = append(q.Groups, g.group)
	}
	return q, h.quote(ctx, a, all)
}

// foldVisitors puts the unproved visitors into the group below known people of their level: each by itself where they are
// few, in one row where they are many.
func (h *Handler) foldVisitors(ctx context.Context, a staff.Account, g *group, list func(casework.Group, risk.Level, int) ([]*row, bool, error)) error {
	floods, err := h.Cases.Floods(ctx)
	if err != nil {
		return err
	}
	for _, f := range floods {
		rows, _, err := list(casework.GroupVisitors, f.Level, fewVisitors)
		if err != nil {
			return err
		}
		var items []item
		if f.Cases > fewVisitors {
			items = []item{{Fold: &fold{
				Level: f.Level, Cases: atMost(f.Cases), Networks: atMost(f.Networks), Rows: rows, Sweep: a.May(staff.Sweep),
				All: "/desk/search?group=" + string(casework.GroupVisitors) + "&level=" + string(f.Level),
			}}}
		} else {
			for _, r := range rows {
				items = append(items, item{Row: r})
			}
		}
		at := len(g.Items)
		for i, it := range g.Items {
			if it.level().Rank() < f.Level.Rank() {
				at = i
				break
			}
		}
		g.Items = slices.Insert(g.Items, at, items...)
	}
	return nil
}

func (it item) level() risk.Level {
	if it.Fold != nil {
		return it.Fold.Level
	}
	return it.Row.Level
}

// quoteRunes is how much of somebody's words a row has room for.
const quoteRunes = 60

// quote fills in what people said last, for a role that may read it. Who is in danger matters more
// than their words: where these cannot be had, the rows stand with the reason.
func (h *Handler) quote(ctx context.Context, a staff.Account, rows []*row) error {
	if !a.May(staff.ReadConversation) || len(rows) == 0 {
		return nil
	}
	people := make([]string, 0, len(rows))
	for _, r := range rows {
		if r.Status != casework.StatusClosed {
			people = append(people, r.Person)
		}
	}
	if len(people) == 0 {
		return nil
	}
	said, err := h.Cases.LastWords(ctx, people...)
	if err != nil {
		h.Log.ErrorContext(ctx, "the queue is shown without words, because they cannot be read", "err", err)
		return nil
	}
	for _, r := range rows {
		if r.Status != casework.StatusClosed {
			r.Quote = short(said[r.Person].Text)
		}
	}
	return ctx.Err()
}

// short is a text on one line, cut where a row ends.
func short(text string) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > quoteRunes {
		return string(runes[:quoteRunes]) + "…"
	}
	return string(runes)
}

// atMost is a count as a screen says it.
func atMost(n int) string {
	if n >= casework.QueueMost {
		return strconv.Itoa(casework.QueueMost) + "+"
	}
	return strconv.Itoa(n)
}

// Mine says whether the viewer is in the conversation.
func (r *row) Mine() bool { return r.With(r.Me) && r.Offered.ID != r.Me }

// ForMe says whether the viewer is offered the conversation.
func (r *row) ForMe() bool { return r.Assignee != "" && r.Offered.ID == r.Me && r.Me != "" }

// Late says whether somebody should have acted by now.
func (r *row) Late() bool { return r.Overdue(r.Now) }

// Eyes is since when the case waits to be seen, zero where it does not.
func (r *row) Eyes() time.Time {
	if r.Asks() && r.Assignee == "" {
		return r.WaitingSince
	}
	return time.Time{}
}

// Runs says which clock the row shows: "until" that somebody must act, "since" that somebody waits, "" none.
func (r *row) Runs() string {
	switch {
	case r.Status == casework.StatusClosed:
		return ""
	case !r.DueAt.IsZero() && r.Rung <= 0:
		return "until"
	case r.Waits != casework.WaitsNothing, !r.Eyes().IsZero():
		return "since"
	}
	return ""
}

// When is the moment that a row without a clock shows: of the last signal, or of the end.
func (r *row) When() time.Time {
	if r.Status == casework.StatusClosed {
		return r.ClosedAt
	}
	return r.LastSignalAt
}

// About is of whom the case speaks.
func (r *row) About() string {
	switch {
	case r.Subject == risk.Self:
		return "本人"
	case r.Subject == risk.Other && strings.HasPrefix(r.Alias, "家长"):
		return "孩子"
	case r.Subject == risk.Other:
		return "身边的人"
	}
	return ""
}

// Owner says who has the case, or what became of it.
func (r *row) Owner() string {
	name := r.AssigneeName
	if r.Assignee == r.Me {
		name = "我"
	}
	switch {
	case r.Status == casework.StatusClosed:
		return "已结案"
	case r.ForMe():
		return "等您接班"
	case r.Assignee != "" && r.Asks() && r.Assignee != r.Me:
		return name + "没有回应"
	case r.Assignee != "" && r.Offered.ID != "":
		return name + "，等" + r.Offered.Name + "接班"
	case r.Assignee != "" && r.Second.ID == r.Me:
		return name + "，您一起"
	case r.Assignee != "":
		return name
	case r.Promised.ID == r.Me && r.Me != "":
		return "您说了收到"
	case r.Promised.Name != "":
		return r.Promised.Name + "说了收到"
	case r.Status == casework.StatusHandedBack:
		return "已交还机器人"
	case r.Asks() && r.Unproved:
		return "新访客"
	case r.Asks():
		return ""
	}
	return "有人看过"
}

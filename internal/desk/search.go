package desk

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// lately is how far back the search shows cases while nothing is asked of it.
const lately = 30 * 24 * time.Hour

// search is the page on which every case can be found, open or closed. Its address says all that was asked, so that it can
// be kept, or sent to a colleague.
type search struct {
	Title     string // of the list
	Query     string
	Level     string
	Owner     string
	District  string
	From, To  string // dates
	Status    string // "", open, closed
	Group     string
	Notice    string
	Levels    []risk.Level
	Owners    []staff.Account
	Districts []string
	Rows      []*row
	Next      string // address of the next page
	First     string // address of the first one, where this is another
	Narrowed  bool   // something was asked
	Wide      bool   // something was asked beside the words
	Visitors  bool   // the list is of unproved visitors, and the viewer may say who is real
	Sweep     bool
}

// groupTitles are what the lists of whole groups are called.
var groupTitles = map[casework.Group]string{
	casework.GroupNobody: "没人接", casework.GroupVisitors: "新访客", casework.GroupMine: "我在谈",
	casework.GroupColleagues: "同事在谈", casework.GroupSeen: "已看到没人接",
}

func (h *Handler) showSearch(c *gin.Context) {
	ctx, a := c.Request.Context(), me(c)
	s := &search{
		Query: c.Query("q"), Level: c.Query("level"), Owner: c.Query("owner"), District: c.Query("district"), From: c.Query("from"), To: c.Query("to"),
		Status: c.Query("status"), Group: c.Query("group"), Levels: casework.Levels(),
	}
	f, err := s.filter(a, h.now())
	if err != nil {
		s.Notice = "日期没有看懂，请用日历选一下。"
	}
	f.Cursor = c.Query("cursor")
	cases, next, err := h.Cases.List(ctx, f)
	if err != nil {
		h.fail(c, err)
		return
	}
	for _, k := range cases {
		s.Rows = append(s.Rows, &row{Case: k, Me: a.ID, Now: h.now()})
	}
	if err := h.quote(ctx, a, s.Rows); err != nil {
		h.fail(c, err)
		return
	}
	if s.Districts, err = h.Cases.Districts(ctx); err != nil {
		h.fail(c, err)
		return
	}
	if s.Owners, err = h.talkers(c); err != nil {
		h.fail(c, err)
		return
	}
	if f.Cursor != "" {
		s.First = s.address("")
	}
	if next != "" {
		s.Next = s.address(next)
	}
	s.Visitors = f.Group == casework.GroupVisitors && a.May(staff.Talk)
	s.Sweep = f.Group == casework.GroupVisitors && a.May(staff.Sweep)
	h.render(c, http.StatusOK, "search", page{Title: "找个案", Section: "cases", Me: a, Data: s})
}

// talkers are those who have, or had, conversations.
func (h *Handler) talkers(c *gin.Context) ([]staff.Account, error) {
	all, err := h.Staff.List(c.Request.Context())
	var out []staff.Account
	for _, a := range all {
		if a.May(staff.Talk) {
			out = append(out, a)
		}
	}
	return out, err
}

// filter reads what was asked. What cannot be read is left out and said.
func (s *search) filter(a staff.Account, now time.Time) (f casework.Filter, err error) {
	f = casework.Filter{Viewer: a.ID, Query: s.Query, Owner: s.Owner, District: s.District, Open: s.Status == "open", Closed: s.Status == "closed", Limit: listSize}
	if l := risk.Level(s.Level); l.Valid() {
		f.Level = l
	} else {
		s.Level = ""
	}
	if title, known := groupTitles[casework.Group(s.Group)]; known {
		f.Group, s.Title = casework.Group(s.Group), title
	} else {
		s.Group = ""
	}
	day := func(text string) time.Time {
		if text == "" {
			return time.Time{}
		}
		t, e := time.ParseInLocation(time.DateOnly, text, citytime.Zone)
		if e != nil {
			err = e
		}
		return t
	}
	f.From, f.To = day(s.From), day(s.To)
	if !f.To.IsZero() { // to the end of that day
		f.To = f.To.AddDate(0, 0, 1)
	}
	s.Wide = s.Level != "" || f.Owner != "" || f.District != "" || s.From != "" || s.To != "" || f.Open || f.Closed
	s.Narrowed = f.Query != "" || s.Wide || f.Group != ""
	switch {
	case !s.Narrowed:
		s.Title, f.From = "近 "+strconv.Itoa(int(lately.Hours()/24))+" 天的个案", now.Add(-lately)
	case s.Title == "":
		s.Title = "找到的个案"
	}
	return f, err
}

// address is that of a page of what was asked.
func (s *search) address(cursor string) string {
	q := url.Values{}
	for name, value := range map[string]string{
		"q": s.Query, "level": s.Level, "owner": s.Owner, "district": s.District, "from": s.From, "to": s.To,
		"status": s.Status, "group": s.Group, "cursor": cursor,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return "/desk/search?" + q.Encode()
}

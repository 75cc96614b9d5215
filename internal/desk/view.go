package desk

import (
	"embed"
	"fmt"
	"html/template"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/board"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

//go:embed templates/*.html
var templates embed.FS

// page is what a template of the desk gets.
type page struct {
	Title   string
	Me      staff.Account
	Section string // of the navigation, see sections
	Nav     []section
	Scripts []string // of this page alone, under static/
	Data    any      // what a page with a template of its own shows
	Problem string   // what went wrong, for staff
	Name    string   // what was typed at sign-in
	After   string   // where sign-in leads, a path of the desk
	Ending  *ending  // of the session, nil where nobody is signed in
	Offer   *offer   // conversations that a colleague offers, nil for none

	Queue *queue
	Open  *openCase
	Paper *paper

	Identity *identity
	Rising   []staff.Account // whose role takes effect by itself soon, for everybody to see
	Phone    *myPhone
	Safety   *safety        // second factor and sessions of whoever signed in
	Unknown  []staff.Device // new devices of their account, to be told in any other
	DueTasks int            // follow-ups whose time has come

	Asked []askedLine
	Reads bool // the role may read what was said
	Talks bool // the role may talk with people

	Next string // cursor

}

// section is one entry of the navigation.
type section struct {
	Name, Label, Path string
	right             staff.Right
	Badge             int    // how many wait there
	BadgeSays         string // after the number, for ears
}

// sections are the entries of the navigation, in their order. A page whose right a role lacks is left out.
func (h *Handler) sections() []section {
	all := []section{
		{Name: "cases", Label: "个案", Path: "/desk", right: staff.SeeCases},
		{Name: "asked", Label: "问过", Path: "/desk/asked", right: staff.SeeCases},
		{Name: "mentions", Label: "提到我的", Path: "/desk/mentions", right: staff.Talk, BadgeSays: "条没看"},
		{Name: "tasks", Label: "回访", Path: "/desk/tasks", right: staff.Talk, BadgeSays: "次回访该做了"},
	}
	all = append(all, section{Name: "oversight", Label: "两人同意", Path: "/desk/oversight", right: staff.GrantIdentity, BadgeSays: "件事等督导"})
	if h.Letters != nil {
		all = append(all, section{Name: "letters", Label: "来信", Path: "/desk/letters", right: staff.SeeLetters})
	}
	if h.Appointments != nil {
		all = append(all, section{Name: "appointments", Label: "预约", Path: "/desk/appointments", right: staff.SeeAppointments})
	}
	if h.Requests != nil {
		all = append(all, section{Name: "requests", Label: "家校", Path: "/desk/requests", right: staff.KeepRequests, BadgeSays: "个新的家校请求"})
	}
	if h.Consents != nil {
		all = append(all, section{Name: "consents", Label: "同意书", Path: "/desk/consents", right: staff.RecordConsent})
	}
	if h.Board != nil {
		all = append(all, section{Name: "board", Label: "看板", Path: "/desk/board", right: staff.SeeBoard})
	}
	if h.Appointments != nil { // behind the board, where managers begin
		all = append(all, section{Name: "feedback", Label: "去过以后", Path: "/desk/feedback", right: staff.SeeFeedback})
	}
	if h.Campaigns != nil {
		all = append(all, section{Name: "campaigns", Label: "群发", Path: "/desk/campaigns", right: staff.LeadCampaigns})
	}
	if h.Content != nil {
		all = append(all, section{Name: "content", Label: "内容", Path: "/desk/content", right: staff.EditContent})
	}
	if h.Rota != nil {
		all = append(all, section{Name: "rota", Label: "值班", Path: "/desk/rota", right: staff.SeeRota, BadgeSays: "件排班的事等您答复"})
	}
	if h.Watch != nil {
		all = append(all, section{Name: "audit", Label: "审计", Path: "/desk/audit", right: staff.SeeAudit})
	}
	return append(all, section{Name: "accounts", Label: "账号", Path: "/desk/accounts", right: staff.ManageAccounts})
}

// home sends whoever sees no cases to the page of their own work: the first that they may see.
func (h *Handler) home(c *gin.Context) {
	a := me(c)
	if a.May(staff.SeeCases) {
		return
	}
	for _, s := range h.sections() {
		if a.May(s.right) {
			redirect(c, s.Path)
			c.Abort()
			return
		}
	}
	redirect(c, "/desk/me") // bound to a district in an office that is the city's: their own account is all there is
	c.Abort()
}

func parsePages(now func() time.Time) *template.Template {
	return template.Must(template.New("desk").Funcs(template.FuncMap{
		"level":     risk.Level.Label,
		"status":    statusLabel,
		"channel":   channelLabel,
		"subject":   subjectLabel,
		"step":      stepLabel,
		"delivery":  deliveryLabel,
		"code":      codeLabel,
		"outcome":   outcomeLabel,
		"refkind":   referralKindLabel,
		"refstate":  referralStatusLabel,
		"refmove":   referralMoveLabel,
		"task":      taskLabel,
		"hhmm":      func(t time.Time) string { return t.In(citytime.Zone).Format("15:04") },
		"dayname":   booking.DayLabel,
		"when":      booking.WhenLabel,
		"took":      board.Took,
		"day":       func(t time.Time) string { return t.In(citytime.Zone).Format("2006-01-02") },
		"relations": func() []string { return relations },
		"clock":     func(t time.Time) string { return clock(t, now()) },
		"ago":       func(t time.Time) string { return ago(t, now()) },
		"full":      func(t time.Time) string { return t.In(citytime.Zone).Format("2006-01-02 15:04:05") },
		"iso":       func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"lasted":    func(t time.Time) string { return lasted(now().Sub(t)) },
		"left":      func(t time.Time) string { return left(t.Sub(now())) },
		"daylabel":  func(t time.Time) string { return dayLabel(t, now()) },
		"audience":  audienceLabel,
		"asdue":     asDue,
		"fieldof":   contentPart,
		"target":    newContentTargets,
		"inc":       func(n int) int { return n + 1 },
		"short":     shortly,
		"keyed":     func(key string, t dueTask) formOf { return formOf{key, t} },
	}).ParseFS(templates, "templates/*.html"))
}

// render writes a template; a failure here is a mistake in the template, so it is logged and the connection ends.
func (h *Handler) render(c *gin.Context, status int, name string, p page) {
	if p.Me.May(staff.Talk) && (!fragment(c) || p.Queue != nil) {
		due, err := h.Cases.WaitingFollowUps(c.Request.Context(), 0, tasksShown)
		if err != nil { // the page is worth more than its number
			h.Log.WarnContext(c.Request.Context(), "desk cannot count follow-ups", "err", err)
		}
		p.DueTasks = len(due)
	}
	named := 0
	if p.Me.May(staff.Talk) && !fragment(c) {
		var err error
		if named, err = h.Cases.CountMentions(c.Request.Context(), p.Me.ID); err != nil { // as above
			h.Log.WarnContext(c.Request.Context(), "desk cannot count mentions", "err", err)
		}
	}
	for _, s := range h.sections() {
		if s.Name == "mentions" {
			if s.Badge = named; named == 0 && p.Section != s.Name { // most days there are none: the bar has no room to spare
				continue
			}
		}
		if s.Name == "oversight" && p.Me.May(s.right) && !fragment(c) {
			if s.Badge = h.overseen(c.Request.Context()); s.Badge == 0 && p.Section != s.Name && p.Section != "me" { // as above; the way to it stands at one's own account
				continue
			}
		}
		if s.Name == "tasks" {
			s.Badge = p.DueTasks
		}
		if s.Name == "rota" {
			s.Badge = h.waitingRota(p.Me)
		}
		if s.Name == "requests" && !fragment(c) && p.Me.May(s.right) {
			s.Badge = h.newRequests(c.Request.Context(), me(c))
		}
		if p.Me.May(s.right) {
			p.Nav = append(p.Nav, s)
		}
	}
	if !fragment(c) {
		h.shift(c, &p)
		if name == "desk" && p.Me.May(staff.Talk) {
			p.Rising = h.rising(c.Request.Context())
		}
		h.unknown(c, &p)
	}
	c.Header("Content-Type", "text/html; charset=utf-8")
	c.Status(status)
	if err := h.pages.ExecuteTemplate(c.Writer, name, p); err != nil {
		h.Log.ErrorContext(c.Request.Context(), "desk template failed", "template", name, "err", err)
	}
}

// clock shows a time as people say it: the hour today, with the date before.
func clock(t, now time.Time) string {
	t, now = t.In(citytime.Zone), now.In(citytime.Zone)
	switch {
	case t.Year() == now.Year() && t.YearDay() == now.YearDay():
		return t.Format("15:04")
	case t.Year() == now.Year():
		return t.Format("1月2日 15:04")
	}
	return t.Format("2006年1月2日 15:04")
}

// ago shows how long ago something was as people say it, and the date where that says more.
func ago(t, now time.Time) string {
	switch d := now.Sub(t); {
	case d < time.Minute:
		return "刚刚"
	case d < time.Hour:
		return fmt.Sprintf("%d 分钟前", d/time.Minute)
	case d < 12*time.Hour:
		return fmt.Sprintf("%d 小时前", d/time.Hour)
	}
	if y := now.In(citytime.Zone).AddDate(0, 0, -1); t.In(citytime.Zone).Format(time.DateOnly) == y.Format(time.DateOnly) {
		return "昨天 " + t.In(citytime.Zone).Format("15:04")
	}
	return clock(t, now)
}

// left says how much of a deadline is left, or by how much it has passed; clock.js goes on counting in the same words.
func left(d time.Duration) string {
	if d < 0 {
		return "已超时 " + lasted(-d)
	}
	return "还剩 " + lasted(d)
}

// lasted is how long something has waited; clock.js goes on counting in the same words.
func lasted(d time.Duration) string {
	s := int(max(d, 0) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%d 秒", s)
	case s < 3600:
		return fmt.Sprintf("%d 分 %02d 秒", s/60, s%60)
	case s < 86400:
		return fmt.Sprintf("%d 小时 %02d 分", s/3600, s%3600/60)
	}
	return fmt.Sprintf("%d 天 %d 小时", s/86400, s%86400/3600)
}

package desk

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

const (
	rotaHistory = 30                  // changes in the list of what changed
	rotaAhead   = 14 * 24 * time.Hour // how far the page looks for times without anybody
)

func (h *Handler) rotaRoutes(work *gin.RouterGroup) {
	if h.Rota == nil {
		return
	}
	work.GET("/rota", h.need(staff.SeeRota), h.showRota)
	work.GET("/rota/new/:kind", h.need(staff.SeeRota), h.showRotaForm)
	work.POST("/rota/new/:kind", h.need(staff.SeeRota), h.proposeChange)
	work.POST("/rota/changes/:id/answer", h.need(staff.SeeRota), h.answerChange)
	work.POST("/rota/changes/:id/withdraw", h.need(staff.SeeRota), h.withdrawChange)
	work.GET("/rota/plan", h.need(staff.ManageRota), h.showPlan)
	work.POST("/rota/plan", h.need(staff.ManageRota), h.savePlan)
}

// rotaPage is the rota as one member of staff sees it.
type rotaPage struct {
	None    bool   // there is no rota at all
	File    string // the base comes from it; "" where it is written here
	Person  string // who of the rota I am, "" for nobody
	Manages bool
	Stale   bool // the database did not answer: what was read before is shown

	Now     []nowCard
	Covered string    // districts without anybody of their own now
	Gaps    []gapLine // soon without anybody
	More    int       // gaps beyond those
	ForMe   []changeLine
	Decide  []changeLine
	Mine    []changeLine // asked by me, without an answer

	Week      string
	Prev      string // weeks, as in the address
	Next      string
	ThisWeek  bool
	Districts []string
	Days      []dayColumn

	History []changeLine
	Written *rota.SavedPlan // who wrote the base last
	People  []rota.Person
}

// nowCard says who has a district's duty now.
type nowCard struct {
	District string
	People   []dutyName
	Until    string
	Next     string // who comes then
}

type gapLine struct {
	When string
	Fill string // address of a form that fills it, "" for whoever may not
}

// dayColumn is one day of the grid.
type dayColumn struct {
	Date, Weekday string
	Kind          string // 休, 班 where it is not as the day of the week says
	Today, Off    bool
	Past          bool
	Cells         []dutyCell
}

type dutyCell struct {
	District string
	Duties   []dutyLine // none: the city's duty answers
}

type dutyLine struct {
	Hours  string
	People []dutyName
	Now    bool
	Mine   bool
	Give   string // address of the form that gives it away, "" where that is over or not mine
	Fill   string // of the form that fills a time without anybody
	Over   bool
}

type dutyName struct {
	Name string
	Tag  string // why they stand here: 换班, 顶班, 加班
	For  string // whose place they take
	Me   bool
}

func (h *Handler) showRota(c *gin.Context) {
	p := h.rotaPage(c)
	name := "rota"
	if fragment(c) {
		name = "rotabody"
	}
	h.render(c, http.StatusOK, name, page{Title: "值班", Section: "rota", Me: me(c), Scripts: []string{"rota.js"}, Data: p})
}

func (h *Handler) rotaPage(c *gin.Context) rotaPage {
	ctx, a, now := c.Request.Context(), me(c), h.now()
	p := rotaPage{File: h.Rota.Book.File(), Manages: a.May(staff.ManageRota)}
	p.Stale = h.Rota.Book.Refresh(ctx) != nil
	r := h.Rota.Book.Current()
	if history, err := h.Rota.Store.History(ctx, rotaHistory); err != nil {
		h.Log.WarnContext(ctx, "desk cannot read the changes of the rota", "err", err)
		p.Stale = true
	} else {
		for _, ch := range history {
			p.History = append(p.History, h.changeLine(r, ch, a))
		}
	}
	saved := h.Rota.Book.Saved()
	if p.File == "" {
		p.Written = saved.Base
	}
	if p.None = r == nil; p.None {
		return p
	}
	p.Person, p.People = r.PersonOf(a.Name), r.Plan().People
	for _, ch := range saved.Changes {
		if ch.State != rota.Asked || !ch.To.After(now) {
			continue
		}
		line := h.changeLine(r, ch, a)
		switch {
		case line.Answers && ch.Kind == rota.Swap:
			p.ForMe = append(p.ForMe, line)
		case line.Answers:
			p.Decide = append(p.Decide, line)
		case ch.Asked.StaffID == a.ID:
			p.Mine = append(p.Mine, line)
		}
	}
	p.nowCards(r, now)
	gaps := r.Gaps(now, now.Add(rotaAhead))
	for _, g := range gaps[:min(len(gaps), 3)] {
		p.Gaps = append(p.Gaps, gapLine{When: when(g.From, g.To), Fill: p.fill(rota.City, g.From, g.To)})
	}
	p.More = len(gaps) - len(p.Gaps)
	h.grid(&p, r, c.Query("week"), now)
	return p
}

func (p *rotaPage) nowCards(r *rota.Rota, now time.Time) {
	var covered []string
	for _, name := range r.Districts() {
		duty, next := r.Now(name, now)
		if len(duty.Who) == 0 && name != rota.City {
			covered = append(covered, name)
			continue
		}
		card := nowCard{District: name, People: dutyNames(r, duty, p.Person)}
		if !duty.To.IsZero() && (len(duty.Who) > 0 || len(next.Who) > 0) {
			card.Until = shortClock(duty.To, now)
		}
		if len(next.Who) > 0 {
			card.Next = personName(r, next.Who[0].ID)
		}
		p.Now = append(p.Now, card)
	}
	p.Covered = strings.Join(covered, "、")
}

func (h *Handler) grid(p *rotaPage, r *rota.Rota, week string, now time.Time) {
	begin := rota.Monday(now)
	if asked, err := time.ParseInLocation(time.DateOnly, week, citytime.Zone); err == nil {
		begin = rota.Monday(asked)
	}
	last := begin.AddDate(0, 0, 6)
	p.Week = begin.Format("1月2日") + " – " + last.Format("1月2日")
	p.Prev, p.Next = begin.AddDate(0, 0, -7).Format(time.DateOnly), begin.AddDate(0, 0, 7).Format(time.DateOnly)
	p.ThisWeek = begin.Equal(rota.Monday(now))
	p.Districts = r.Districts()
	today := now.In(citytime.Zone).Format(time.DateOnly)
	for _, d := range r.Week(begin) {
		weekend := d.At.Weekday() == time.Saturday || d.At.Weekday() == time.Sunday
		col := dayColumn{Date: d.At.Format("1月2日"), Weekday: weekday(d.At), Today: d.At.Format(time.DateOnly) == today, Off: !d.Works, Past: d.At.Before(rota.Midnight(now))}
		switch {
		case d.Works && weekend:
			col.Kind = "上班"
		case !d.Works && !weekend:
			col.Kind = "放假"
		}
		for _, name := range p.Districts {
			cell := dutyCell{District: name}
			for _, duty := range d.Duties[name] {
				cell.Duties = append(cell.Duties, p.dutyLine(r, duty, now))
			}
			col.Cells = append(col.Cells, cell)
		}
		p.Days = append(p.Days, col)
	}
}

func (p *rotaPage) dutyLine(r *rota.Rota, d rota.Duty, now time.Time) dutyLine {
	line := dutyLine{
		Hours: hours(d), People: dutyNames(r, d, p.Person), Mine: d.Has(p.Person),
		Now: !now.Before(d.From) && now.Before(d.To), Over: !d.To.After(now),
	}
	switch {
	case line.Over:
	case line.Mine:
		line.Give = formAddress(rota.Swap, d.District, d.From, d.To)
	case len(d.Who) == 0:
		line.Fill = p.fill(d.District, d.From, d.To)
	}
	return line
}

// fill is the address of the form that puts somebody into a time without anybody.
func (p *rotaPage) fill(district string, from, to time.Time) string {
	if !p.Manages {
		return ""
	}
	return formAddress(rota.Extra, district, from, to)
}

func dutyNames(r *rota.Rota, d rota.Duty, me string) []dutyName {
	out := make([]dutyName, 0, len(d.Who))
	for _, a := range d.Who {
		n := dutyName{Name: personName(r, a.ID), Me: a.ID == me && me != ""}
		switch a.Kind {
		case rota.Swap:
			n.Tag = "换班"
		case rota.Leave:
			n.Tag = "顶班"
		case rota.Extra:
			n.Tag = "加班"
		case rota.Holiday, rota.Workday:
		}
		if a.For != "" {
			n.For = personName(r, a.For)
		}
		out = append(out, n)
	}
	return out
}

// personName is what colleagues call somebody of the rota; the ID where the plan knows them no longer.
func personName(r *rota.Rota, id string) string {
	if c, ok := r.Contact(id); ok {
		return c.Name
	}
	return id
}

// waitingRota is how many changes of the rota wait for an answer of somebody.
func (h *Handler) waitingRota(a staff.Account) int {
	if h.Rota == nil {
		return 0
	}
	r, n := h.Rota.Book.Current(), 0
	for _, ch := range h.Rota.Book.Saved().Changes {
		if ch.State == rota.Asked && ch.To.After(h.now()) && answers(r, ch, a) {
			n++
		}
	}
	return n
}

// answers says whether a change waits for the word of somebody.
func answers(r *rota.Rota, ch rota.Change, a staff.Account) bool {
	if ch.State != rota.Asked {
		return false
	}
	if ch.Kind == rota.Swap {
		person := r.PersonOf(a.Name)
		return person != "" && person == ch.In
	}
	return r.Manages(a, ch)
}

// changeLine is a change in the words of the page.
type changeLine struct {
	ID      string
	Kind    rota.ChangeKind
	What    string
	Note    string // for those who are named and for supervisors
	State   string // class
	Says    string // state in words
	Acts    []string
	Answers bool // waits for my word
	Takes   bool // I may take it back
	Out     string
	In      string
}

func (h *Handler) changeLine(r *rota.Rota, ch rota.Change, a staff.Account) changeLine {
	now, manages, person := h.now(), r.Manages(a, ch), r.PersonOf(a.Name)
	over := !ch.To.After(now)
	l := changeLine{ID: ch.ID, Kind: ch.Kind, What: changeText(r, ch), State: string(ch.State), Out: ch.Out, In: ch.In}
	if manages || ch.Asked.StaffID == a.ID || person != "" && slices.Contains([]string{ch.In, ch.Out}, person) {
		l.Note = ch.Note
	}
	l.Answers = !over && answers(r, ch, a)
	l.Takes = !over && (ch.State == rota.Asked && (manages || ch.Asked.StaffID == a.ID) || ch.State == rota.Agreed && manages)
	l.Says = stateLabel(ch, over)
	act := func(done rota.Act, word string) {
		if !done.At.IsZero() {
			l.Acts = append(l.Acts, done.Name+" "+word+" "+ago(done.At, now))
		}
	}
	if ch.Decided.StaffID == ch.Asked.StaffID && ch.Decided.At.Equal(ch.Asked.At) {
		act(ch.Asked, "安排")
	} else {
		act(ch.Asked, "提出")
		act(ch.Decided, map[bool]string{true: "没同意", false: "同意"}[ch.State == rota.Refused])
	}
	act(ch.Ended, "撤回")
	return l
}

func changeText(r *rota.Rota, ch rota.Change) string {
	span := when(ch.From, ch.To)
	in, out := personName(r, ch.In), personName(r, ch.Out)
	switch ch.Kind {
	case rota.Swap:
		return out + " 的班换给 " + in + "：" + ch.District + " " + span
	case rota.Leave:
		if ch.In == "" {
			return out + " 请假：" + span + "，没有人顶班"
		}
		return out + " 请假：" + span + "，" + in + " 顶班"
	case rota.Extra:
		return in + " 加一班：" + ch.District + " " + span
	case rota.Holiday:
		return span + " 放假"
	case rota.Workday:
		return span + " 上班"
	}
	return span
}

func stateLabel(ch rota.Change, over bool) string {
	switch ch.State {
	case rota.Asked:
		if over {
			return "过期没有回音"
		}
		return "等回音"
	case rota.Agreed:
		if over {
			return "已过去"
		}
		return "生效"
	case rota.Refused:
		return "没同意"
	case rota.Withdrawn:
		return "已撤回"
	}
	return string(ch.State)
}

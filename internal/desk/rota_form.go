package desk

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

var (
	errWhen     = errors.New("desk: no day, or no hour")
	errLongPlan = errors.New("desk: the rota is too long")
)

// rotaForm is a form of one change, or the question whether one is meant that leaves times without anybody.
type rotaForm struct {
	Kind      rota.ChangeKind
	Title     string
	Lead      string
	Action    string
	Key       string
	Manages   bool
	Districts []string
	People    []rota.Person // who may be chosen
	Gaps      []string      // what it would leave without anybody: asks once more
	Hidden    [][2]string   // of a question: what was answered
	Submit    string

	District         string
	From, To         string // RFC 3339, of a swap
	When             string // these in words
	FromDay, ToDay   string
	FromTime, ToTime string
	Out, OutName, In string
	Note             string
}

func (h *Handler) newRotaForm(c *gin.Context, kind rota.ChangeKind) (rotaForm, error) {
	a, r := me(c), h.Rota.Book.Current()
	f := rotaForm{Kind: kind, Action: "/desk/rota/new/" + string(kind), Key: newKey(), Manages: a.May(staff.ManageRota), Districts: r.Districts()}
	person := r.PersonOf(a.Name)
	switch {
	case r == nil:
		return f, rota.ErrNoRota
	case kind == rota.Swap && person == "":
		return f, rota.ErrNotTheir
	case kind == rota.Leave && person == "" && !f.Manages:
		return f, rota.ErrPerson
	case (kind == rota.Extra || kind == rota.Holiday || kind == rota.Workday) && !f.Manages:
		return f, rota.ErrRight
	case !kind.Valid():
		return f, rota.ErrNotFound
	}
	f.Out, f.OutName = person, personName(r, person)
	for _, p := range r.Plan().People {
		if kind != rota.Swap || p.ID != person {
			f.People = append(f.People, p)
		}
	}
	switch kind {
	case rota.Swap:
		f.Title, f.Submit = "把这一班换给同事", "问问 TA"
		f.Lead = "TA 在自己的值班台上答应以后才算数；答应之前，这一班还是您的。"
	case rota.Leave:
		f.Title, f.Submit, f.Lead = "我要请假", "提交给督导", "督导同意以后才算数。您可以先和同事说好谁来顶班，也可以空着，由督导安排。"
		if f.Manages {
			f.Title, f.Submit, f.Lead = "请假和顶班", "就这样安排", "保存后马上生效。请假的那几天，TA 的每一班都由顶班的人接；没有人顶班时，候补往前移。"
		}
	case rota.Extra:
		f.Title, f.Submit, f.Lead = "加一班", "就这样安排", "原来没有人的时候，TA 就是值班；原来有人的时候，TA 排在候补的最后。"
	case rota.Holiday, rota.Workday:
		f.Title, f.Submit, f.Lead = "节假日和调休", "保存", "按国务院办公厅每年的通知填。放假的日子按“休息日”排班，调休上班的日子按“工作日”排班。"
	}
	return f, nil
}

func (h *Handler) showRotaForm(c *gin.Context) {
	f, err := h.newRotaForm(c, rota.ChangeKind(c.Param("kind")))
	if err != nil {
		h.fail(c, err)
		return
	}
	f.District, f.From, f.To = cmp.Or(c.Query("district"), rota.City), c.Query("from"), c.Query("to")
	from, errFrom := time.Parse(time.RFC3339, f.From)
	to, errTo := time.Parse(time.RFC3339, f.To)
	today := h.now().In(citytime.Zone).Format(time.DateOnly)
	switch {
	case errFrom == nil && errTo == nil && from.Before(to):
		if now := h.now(); from.Before(now) && now.Before(to) { // what is left of it
			from = now.Truncate(time.Minute)
			f.From = from.Format(time.RFC3339)
		}
		f.When = when(from, to)
		f.FromDay, f.FromTime = from.In(citytime.Zone).Format(time.DateOnly), from.In(citytime.Zone).Format("15:04")
		f.ToDay, f.ToTime = to.In(citytime.Zone).Format(time.DateOnly), to.In(citytime.Zone).Format("15:04")
	case f.Kind == rota.Swap: // only a duty can be given away
		h.fail(c, rota.ErrNotTheir)
		return
	default:
		f.FromDay, f.ToDay = today, today
	}
	h.renderRotaForm(c, http.StatusOK, f, "")
}

func (h *Handler) renderRotaForm(c *gin.Context, status int, f rotaForm, problem string) {
	h.render(c, status, "rotaform", page{Title: f.Title, Section: "rota", Me: me(c), Problem: problem, Data: f})
}

// proposeChange keeps a change, or shows its form again with what is wrong with it or what it would leave without anybody.
func (h *Handler) proposeChange(c *gin.Context) {
	kind := rota.ChangeKind(c.Param("kind"))
	if chosen := rota.ChangeKind(c.PostForm("days")); chosen == rota.Holiday || chosen == rota.Workday {
		kind = chosen
	}
	f, err := h.newRotaForm(c, kind)
	if err != nil {
		h.fail(c, err)
		return
	}
	f.read(c)
	change, err := f.change()
	if err == nil {
		change, err = h.Rota.Propose(c.Request.Context(), me(c), change, c.PostForm("anyway") == "1")
	}
	if err == nil {
		redirect(c, "/desk/rota?week="+rota.Monday(change.From).Format(time.DateOnly))
		return
	}
	if gap := (*rota.GapError)(nil); errors.As(err, &gap) {
		f.Gaps = gapTexts(gap.Gaps)
		h.renderRotaForm(c, http.StatusConflict, f, "")
		return
	}
	status, text := explain(err)
	if status >= http.StatusInternalServerError {
		h.fail(c, err)
		return
	}
	h.renderRotaForm(c, status, f, text)
}

func (f *rotaForm) read(c *gin.Context) {
	f.Key, f.District, f.Note, f.In = c.PostForm("key"), c.PostForm("district"), c.PostForm("note"), c.PostForm("in")
	f.From, f.To = c.PostForm("from"), c.PostForm("to")
	f.FromDay, f.ToDay, f.FromTime, f.ToTime = c.PostForm("from_day"), c.PostForm("to_day"), c.PostForm("from_time"), c.PostForm("to_time")
	if out := c.PostForm("out"); out != "" {
		f.Out = out
	}
	if from, to, err := f.span(); err == nil {
		f.When = when(from, to)
	}
}

func (f *rotaForm) change() (rota.Change, error) {
	from, to, err := f.span()
	ch := rota.Change{Key: f.Key, Kind: f.Kind, From: from, To: to, Out: f.Out, In: f.In, Note: f.Note}
	switch f.Kind {
	case rota.Swap, rota.Extra:
		ch.District = f.District
	case rota.Leave, rota.Holiday, rota.Workday:
	}
	switch f.Kind {
	case rota.Extra:
		ch.Out = ""
	case rota.Holiday, rota.Workday:
		ch.Out, ch.In = "", ""
	case rota.Swap, rota.Leave:
	}
	return ch, err
}

// span reads when a change is: a swap by the duty's own moments, others by days, with hours where there are any. The last
// day is included; an extra duty that ends before it begins goes on into the next day.
func (f *rotaForm) span() (from, to time.Time, err error) {
	if f.Kind == rota.Swap {
		from, err = time.Parse(time.RFC3339, f.From)
		if err == nil {
			to, err = time.Parse(time.RFC3339, f.To)
		}
		if err != nil {
			return from, to, errWhen
		}
		return from, to, nil
	}
	read := func(day, clock string) (time.Time, error) {
		if clock == "" {
			return time.ParseInLocation(time.DateOnly, day, citytime.Zone)
		}
		return time.ParseInLocation("2006-01-02 15:04", day+" "+clock, citytime.Zone)
	}
	fromClock, toClock := f.FromTime, f.ToTime
	if f.Kind == rota.Holiday || f.Kind == rota.Workday {
		fromClock, toClock = "", ""
	}
	if from, err = read(f.FromDay, fromClock); err != nil {
		return from, to, errWhen
	}
	if to, err = read(cmp.Or(f.ToDay, f.FromDay), toClock); err != nil {
		return from, to, errWhen
	}
	if toClock == "" || f.Kind == rota.Extra && !from.Before(to) && f.FromDay == cmp.Or(f.ToDay, f.FromDay) {
		to = to.AddDate(0, 0, 1)
	}
	return from, to, nil
}

func gapTexts(gaps []rota.Gap) []string {
	const shown = 6
	out := make([]string, 0, shown+1)
	for i, g := range gaps {
		if i == shown {
			out = append(out, "……还有更多")
			break
		}
		out = append(out, when(g.From, g.To))
	}
	return out
}

// answerChange takes the answer of whoever is asked. Where it would leave times without anybody it is asked once more.
func (h *Handler) answerChange(c *gin.Context) {
	agree := c.PostForm("agree") == "1"
	err := h.Rota.Answer(c.Request.Context(), me(c), c.Param("id"), rota.Answer{Agree: agree, In: c.PostForm("in"), Anyway: c.PostForm("anyway") == "1"})
	h.changed(c, err, "同意这次请假？", [][2]string{{"agree", "1"}, {"in", c.PostForm("in")}})
}

func (h *Handler) withdrawChange(c *gin.Context) {
	err := h.Rota.Withdraw(c.Request.Context(), me(c), c.Param("id"), c.PostForm("anyway") == "1")
	h.changed(c, err, "撤回这次变动？", nil)
}

func (h *Handler) changed(c *gin.Context, err error, question string, hidden [][2]string) {
	gap := (*rota.GapError)(nil)
	switch {
	case err == nil:
		redirect(c, "/desk/rota")
	case errors.As(err, &gap):
		h.renderRotaForm(c, http.StatusConflict, rotaForm{Title: question, Action: c.Request.URL.Path, Gaps: gapTexts(gap.Gaps), Hidden: hidden}, "")
	default:
		h.fail(c, err)
	}
}

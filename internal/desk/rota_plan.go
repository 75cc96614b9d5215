package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// planForm is the base of the rota as it is written on the page. Its fields are numbered: d.0.s.1.from is when the second
// shift of the first district begins.
type planForm struct {
	Version   int
	Key       string
	Problems  []string
	Gaps      []string
	People    []planPerson
	Districts []planDistrict
	DayNames  []string
}

// Row is a number as people count.
func (planForm) Row(n int) int { return n + 1 }

// Free says that nothing was written in a row yet.
func (planForm) Free(s planShift) bool {
	return len(s.Days) == 0 && s.Dates == "" && s.From == "" && s.To == "" && s.Who[0] == ""
}

type planPerson struct {
	rota.Person
	N    int
	In   bool   // stands in the rota
	Role string // at the desk
	Gone bool   // the account was closed
}

type planDistrict struct {
	N           int
	Name        string
	City        bool
	Supervisors map[string]bool
	Shifts      []planShift
}

type planShift struct {
	N        int
	Days     map[string]bool
	Dates    string
	From, To string
	Who      []string // IDs, "" for a free place
}

// Free places: how many rows without a word in them are offered.
const (
	freeShifts = 1
	fewPlaces  = 3 // whom a shift may name, at least
	mostRows   = 60
)

var dayNames = []string{"每天", "工作日", "休息日", "周一", "周二", "周三", "周四", "周五", "周六", "周日"}

func (h *Handler) showPlan(c *gin.Context) {
	if h.Rota.Book.File() != "" {
		h.fail(c, rota.ErrFile)
		return
	}
	if err := h.Rota.Book.Refresh(c.Request.Context()); err != nil {
		h.fail(c, err)
		return
	}
	p, version := rota.Plan{Districts: []rota.District{{Name: rota.City}}}, 0
	if base := h.Rota.Book.Saved().Base; base != nil {
		p, version = base.Plan, base.Version
	}
	f, err := h.planForm(c.Request.Context(), p)
	if err != nil {
		h.fail(c, err)
		return
	}
	f.Version, f.Key = version, newKey()
	h.renderPlan(c, http.StatusOK, f)
}

func (h *Handler) renderPlan(c *gin.Context, status int, f planForm) {
	h.render(c, status, "rotaplan", page{Title: "每周的排班", Section: "rota", Me: me(c), Data: f})
}

// planForm lays a plan out as a form, with free rows below what stands.
func (h *Handler) planForm(ctx context.Context, p rota.Plan) (planForm, error) {
	f := planForm{DayNames: dayNames}
	accounts, err := h.Staff.List(ctx)
	if err != nil {
		return f, err
	}
	for _, one := range p.People {
		i := slices.IndexFunc(accounts, func(a staff.Account) bool { return a.Name == one.Account })
		row := planPerson{Person: one, In: true, Gone: i < 0 || !accounts[i].Active()}
		if i >= 0 {
			row.Role = accounts[i].Role.Label()
		}
		f.People = append(f.People, row)
	}
	for _, a := range accounts {
		if !a.Active() || !a.May(staff.SeeRota) || slices.ContainsFunc(p.People, func(one rota.Person) bool { return one.Account == a.Name }) {
			continue
		}
		f.People = append(f.People, planPerson{Person: rota.Person{ID: a.Name, Name: a.DisplayName, Account: a.Name}, Role: a.Role.Label()})
	}
	for i := range f.People {
		f.People[i].N = i
	}
	for i, d := range p.Districts {
		row := planDistrict{N: i, Name: d.Name, City: d.Name == rota.City, Supervisors: map[string]bool{}}
		for _, id := range d.Supervisors {
			row.Supervisors[id] = true
		}
		for _, s := range d.Shifts {
			row.Shifts = append(row.Shifts, formShift(s))
		}
		for range freeShifts {
			row.Shifts = append(row.Shifts, formShift(rota.Shift{}))
		}
		for j := range row.Shifts {
			row.Shifts[j].N = j
		}
		f.Districts = append(f.Districts, row)
	}
	return f, nil
}

func formShift(s rota.Shift) planShift {
	row := planShift{Days: map[string]bool{}, From: s.From, To: formClock(s.To), Who: slices.Clone(s.Who)}
	var dates []string
	for _, day := range s.Days {
		if slices.Contains(dayNames, day) {
			row.Days[day] = true
		} else {
			dates = append(dates, day)
		}
	}
	row.Dates = strings.Join(dates, " ")
	for len(row.Who) < fewPlaces {
		row.Who = append(row.Who, "")
	}
	return row
}

// formClock is an end of a shift for a time field, which knows no 24:00. A shift that ends at 00:00 goes on to the end of its day.
func formClock(s string) string {
	if s == "24:00" {
		return "00:00"
	}
	return s
}

// savePlan saves what was written, or adds a free row, or shows it again with what is wrong with it.
func (h *Handler) savePlan(c *gin.Context) {
	ctx := c.Request.Context()
	if err := c.Request.ParseForm(); err != nil {
		h.fail(c, errLongPlan)
		return
	}
	p := readPlan(c.Request.PostForm)
	version, _ := strconv.Atoi(c.PostForm("version")) // a form without one is over the first
	if base := h.Rota.Book.Saved().Base; base != nil {
		p.Holidays, p.Workdays = base.Holidays, base.Workdays
	}
	again := func(status int, problems, gaps []string) {
		f, err := h.planForm(ctx, p)
		if err != nil {
			h.fail(c, err)
			return
		}
		f.Version, f.Key, f.Problems, f.Gaps = version, c.PostForm("key"), problems, gaps
		h.renderPlan(c, status, f)
	}
	if c.PostForm("more") == "district" {
		p.Districts = append(p.Districts, rota.District{})
		again(http.StatusOK, nil, nil)
		return
	}
	if c.PostForm("more") == "shift" {
		again(http.StatusOK, nil, nil)
		return
	}
	p.Districts = slices.DeleteFunc(p.Districts, func(d rota.District) bool { return d.Name == "" && len(d.Shifts) == 0 })
	err := h.Rota.SavePlan(ctx, me(c), rota.SavedPlan{Plan: p, Version: version, Key: c.PostForm("key")}, c.PostForm("anyway") == "1")
	var (
		gap   *rota.GapError
		wrong problem.Problems
	)
	switch {
	case err == nil:
		redirect(c, "/desk/rota")
	case errors.As(err, &gap):
		again(http.StatusConflict, nil, gapTexts(gap.Gaps))
	case errors.As(err, &wrong):
		texts := make([]string, len(wrong))
		for i, w := range wrong {
			texts[i] = w.Message
		}
		again(http.StatusUnprocessableEntity, texts, nil)
	default:
		status, text := explain(err)
		if status >= http.StatusInternalServerError {
			h.fail(c, err)
			return
		}
		again(status, []string{text}, nil)
	}
}

// named says whether a form gives somebody a shift, or makes them a supervisor: then they take part, ticked or not.
func named(form url.Values, id string) bool {
	for key, values := range form {
		if (strings.HasSuffix(key, ".who") || strings.HasSuffix(key, ".supervisors")) && slices.Contains(values, id) {
			return true
		}
	}
	return false
}

// readPlan reads the form. Rows without a word in them are left out.
func readPlan(form url.Values) rota.Plan {
	var p rota.Plan
	one := func(format string, n ...any) string { return strings.TrimSpace(form.Get(fmt.Sprintf(format, n...))) }
	for i := range mostRows {
		account := one("p.%d.account", i)
		if account == "" {
			break
		}
		if id := cmp.Or(one("p.%d.id", i), account); one("p.%d.in", i) == "" && !named(form, id) {
			continue
		}
		p.People = append(p.People, rota.Person{
			ID: cmp.Or(one("p.%d.id", i), account), Account: account, Name: cmp.Or(one("p.%d.name", i), account), Mobile: one("p.%d.mobile", i), Email: one("p.%d.email", i),
		})
	}
	for i := range mostRows {
		if !form.Has(fmt.Sprintf("d.%d.name", i)) {
			break
		}
		d := rota.District{Name: one("d.%d.name", i), Supervisors: form[fmt.Sprintf("d.%d.supervisors", i)]}
		for j := range mostRows {
			at := fmt.Sprintf("d.%d.s.%d.", i, j)
			if !form.Has(at + "from") {
				break
			}
			s := rota.Shift{Days: append(slices.Clone(form[at+"days"]), strings.Fields(form.Get(at+"dates"))...), From: form.Get(at + "from"), To: form.Get(at + "to")}
			for _, id := range form[at+"who"] {
				if id != "" {
					s.Who = append(s.Who, id)
				}
			}
			if len(s.Days)+len(s.Who) > 0 || s.From != "" || s.To != "" {
				d.Shifts = append(d.Shifts, s)
			}
		}
		p.Districts = append(p.Districts, d)
	}
	return p
}

package desk

import (
	"errors"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// errOwnAccount says that somebody would shut themselves out.
var errOwnAccount = errors.New("desk: not one's own account")

func (h *Handler) accountRoutes(work *gin.RouterGroup) {
	keeps := h.need(staff.ManageAccounts)
	work.GET("/accounts", keeps, h.showAccounts)
	work.POST("/accounts", keeps, h.account(h.addAccount))
	work.POST("/accounts/:id/reset", keeps, h.account(h.resetAccount))
	work.POST("/accounts/:id/factor", keeps, h.account(h.resetFactor))
	work.POST("/accounts/:id/disable", keeps, h.account(h.disableAccount))
}

// accountsPage is who works here.
type accountsPage struct {
	Lines    []accountLine
	Roles    []staff.Role
	Stations []booking.Station
	Serves   []string
	Demo     bool

	Notice, For, Password string // what was just done, for whom, and the one-time password that is shown once
	Form                  accountForm
}

type accountLine struct {
	staff.Account
	Factor bool
	Mine   bool
}

type accountForm struct{ Name, Display, Role, Station, Serves string }

func (h *Handler) showAccounts(c *gin.Context) {
	h.renderAccounts(c, http.StatusOK, accountsPage{}, "")
}

func (h *Handler) renderAccounts(c *gin.Context, status int, p accountsPage, problem string) {
	ctx := c.Request.Context()
	all, err := h.Staff.List(ctx)
	if err != nil {
		h.fail(c, err)
		return
	}
	with, err := h.Staff.WithFactor(ctx)
	if err != nil {
		h.fail(c, err)
		return
	}
	for _, a := range all {
		p.Lines = append(p.Lines, accountLine{Account: a, Factor: slices.Contains(with, a.ID), Mine: a.ID == me(c).ID})
	}
	p.Roles = slices.DeleteFunc(staff.Roles(), func(r staff.Role) bool { return r == staff.Reader })
	if h.Appointments != nil {
		p.Stations = h.Appointments.Booking.Directory().All()
	}
	if h.ServedBy != nil {
		p.Serves = h.ServedBy()
	}
	p.Demo = h.Staff.Demo
	h.render(c, status, "accounts", page{Title: "账号", Section: "accounts", Me: me(c), Data: p, Problem: problem})
}

// account wraps a change of an account, and shows the page again. Who changes it stands in the ctx, for the trail.
func (h *Handler) account(do func(c *gin.Context, p *accountsPage) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		h.byMe(c)
		var p accountsPage
		err := do(c, &p)
		status, text := http.StatusOK, ""
		if err != nil {
			if status, text = explain(err); status >= http.StatusInternalServerError {
				h.fail(c, err)
				return
			}
		}
		h.renderAccounts(c, status, p, text)
	}
}

// byMe says in the ctx who acts, for what is recorded further in.
func (h *Handler) byMe(c *gin.Context) {
	a := me(c)
	c.Request = c.Request.WithContext(audit.With(c.Request.Context(), audit.Actor{ID: a.ID, Name: a.DisplayName, Role: string(a.Role), From: c.ClientIP()}))
}

func (h *Handler) addAccount(c *gin.Context, p *accountsPage) error {
	ctx, f := c.Request.Context(), accountForm{Name: c.PostForm("name"), Display: c.PostForm("display"), Role: c.PostForm("role"), Station: c.PostForm("station"), Serves: c.PostForm("serves")}
	p.Form = f
	var a staff.Account
	var password string
	var err error
	switch role := staff.Role(f.Role); {
	case role == staff.Station:
		if h.Appointments == nil {
			return staff.ErrInvalid
		}
		if _, ok := h.Appointments.Booking.Directory().Station(f.Station); !ok {
			return booking.ErrNoStation
		}
		a, password, err = h.Staff.AddAtStation(ctx, f.Name, f.Display, f.Station)
	case f.Serves != "":
		if h.ServedBy == nil || !slices.Contains(h.ServedBy(), f.Serves) {
			return staff.ErrInvalid
		}
		a, password, err = h.Staff.AddServing(ctx, f.Name, f.Display, role, f.Serves)
	default:
		a, password, err = h.Staff.Add(ctx, f.Name, f.Display, role)
	}
	if err != nil {
		return err
	}
	p.Form = accountForm{}
	p.Notice, p.For, p.Password = "账号建好了。"+waits(a), a.Name, password
	return nil
}

// waits says that a role waits for a colleague, "" where none does.
func waits(a staff.Account) string {
	switch {
	case a.Wants == "":
		return ""
	case a.WantsAt.IsZero():
		return a.Wants.Label() + "的身份要一位在职的督导在“两人同意”里确认才生效，在那之前按" + a.Role.Label() + "工作。"
	}
	return a.Wants.Label() + "的身份 24 小时后生效，在那之前按" + a.Role.Label() + "工作，值班台上人人看得到。"
}

// other is the account of the address, which is not the one who asks.
func (h *Handler) other(c *gin.Context) (staff.Account, error) {
	if c.Param("id") == me(c).ID {
		return staff.Account{}, errOwnAccount
	}
	return h.Staff.ByID(c.Request.Context(), c.Param("id"))
}

func (h *Handler) resetAccount(c *gin.Context, p *accountsPage) error {
	a, err := h.other(c)
	if err != nil {
		return err
	}
	if p.Password, err = h.Staff.Reset(c.Request.Context(), a.Name); err != nil {
		return err
	}
	if a, err = h.Staff.ByID(c.Request.Context(), a.ID); err != nil {
		return err
	}
	p.Notice, p.For = "密码重置好了，TA 在各处的登录都已经退出。"+waits(a), a.Name
	return nil
}

func (h *Handler) resetFactor(c *gin.Context, p *accountsPage) error {
	a, err := h.other(c)
	if err != nil {
		return err
	}
	if _, err := h.Staff.ResetFactor(c.Request.Context(), a.Name); err != nil {
		return err
	}
	p.Notice = a.DisplayName + "的验证器重置好了。TA 下次登录时，用密码进来，再设置一个新的。"
	return nil
}

func (h *Handler) disableAccount(c *gin.Context, p *accountsPage) error {
	a, err := h.other(c)
	if err != nil {
		return err
	}
	if err := h.Staff.Disable(c.Request.Context(), a.Name); err != nil {
		return err
	}
	p.Notice = a.DisplayName + "的账号停用了，各处的登录都已经退出。重置密码可以重新启用。"
	return nil
}

package desk

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/reach"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

func (h *Handler) appointmentRoutes(work *gin.RouterGroup) {
	if h.Appointments == nil {
		return
	}
	see, keep := h.need(staff.SeeAppointments), h.need(staff.KeepAppointments)
	work.GET("/appointments", see, h.showDay)
	work.GET("/appointments/print", see, h.printDay)
	work.POST("/appointments/find", see, h.findAppointment)
	work.GET("/appointments/scan/:token", keep, h.scanAppointment)
	work.POST("/appointments/walkin", keep, h.walkIn)
	work.POST("/appointments/blocks", keep, h.blockTime)
	work.POST("/appointments/blocks/:block/lift", keep, h.unblockTime)
	work.GET("/appointments/:id", see, h.showAppointment)
	for path, do := range map[string]appointmentAction{
		"arrived": {audit.Arrived, h.mark(booking.Arrived)}, "noshow": {audit.NoShow, h.mark(booking.NoShow)},
		"undo": {audit.UndoArrived, h.mark(booking.Booked)}, "move": {audit.MoveAppointment, h.moveAppointment},
		"cancel": {audit.CancelAppointment, h.cancelAppointment},
	} {
		work.POST("/appointments/:id/"+path, keep, h.actOnAppointment(do))
	}
}

// clerk is the signed-in member of staff as the reception knows them.
func clerk(ctx context.Context, a staff.Account) booking.Clerk {
	by := booking.Clerk{ID: a.ID, Name: a.DisplayName, Station: a.Station}
	if r, bound := reach.Of(ctx, reach.Appointments); bound && len(r.Districts) > 0 {
		by.Stations = append([]string{}, r.Stations...) // not nil: of a district without a station it is none
	}
	if a.May(staff.EveryStation) {
		by.Station = ""
	} else if by.Station == "" {
		by.Station = "-" // no station at all: an empty one would be all of them
	}
	return by
}

// stationPage is a day or a week of a station, or all stations to choose from.
type stationPage struct {
	Day      booking.Day
	Week     []booking.Day
	Stations []booking.StationToday // to choose from, where the role sees all
	Chooses  bool                   // nothing is chosen yet
	Keeps    bool                   // the role may change something
	Key      string                 // of the forms
	Code     string                 // as it was typed
	Notice   string
	Done     *booking.Appointment // what was just done
	Said     string               // of Done
	From, To string               // of the form that blocks time
	Reason   string
	Made     time.Time
}

const dayForm = "2006-01-02"

// Address is the page of a day, or of its week.
func (p *stationPage) Address(day time.Time, view string) string {
	q := url.Values{"station": {p.Day.Station.ID}, "day": {day.In(citytime.Zone).Format(dayForm)}}
	if view != "" {
		q.Set("view", view)
	}
	return "/desk/appointments?" + q.Encode()
}

// Paper is the address of the day made to be printed.
func (p *stationPage) Paper() string {
	return "/desk/appointments/print?" + url.Values{"station": {p.Day.Station.ID}, "day": {p.DateValue()}}.Encode()
}

// DateValue is the day as a form says it.
func (p *stationPage) DateValue() string { return p.Day.Date.Format(dayForm) }

// Before and After are the neighbouring days, or weeks.
func (p *stationPage) Before() time.Time { return p.Day.Date.AddDate(0, 0, -p.step()) }

// After is the next day, or week.
func (p *stationPage) After() time.Time { return p.Day.Date.AddDate(0, 0, p.step()) }

func (p *stationPage) step() int {
	if p.Week != nil {
		return 7
	}
	return 1
}

// View is "week" on the page of a week.
func (p *stationPage) View() string {
	if p.Week != nil {
		return "week"
	}
	return ""
}

// Ends are the times at which a block may end.
func (p *stationPage) Ends() (out []time.Time) {
	for _, s := range p.Day.Slots {
		if !s.Over {
			out = append(out, s.End())
		}
	}
	return out
}

// Begins are the times at which a block may begin.
func (p *stationPage) Begins() (out []time.Time) {
	for _, s := range p.Day.Slots {
		if !s.Over {
			out = append(out, s.Start)
		}
	}
	return out
}

// stationOf is the station that a request is about: the one of whoever is bound to one, else the one that was asked for.
func stationOf(c *gin.Context, asked string) string {
	if by := clerk(c.Request.Context(), me(c)); by.Station != "" && asked == "" {
		return by.Station
	}
	return asked
}

func (h *Handler) showDay(c *gin.Context) {
	p := &stationPage{From: c.Query("from"), To: c.Query("to")}
	if id := c.Query("done"); id != "" {
		v, err := h.Appointments.Visit(c.Request.Context(), clerk(c.Request.Context(), me(c)), id)
		if err == nil {
			p.Done, p.Said = &v.Appointment, said(v)
		}
	}
	h.renderDay(c, http.StatusOK, c.Query("station"), c.Query("day"), c.Query("view"), p)
}

// said says what was last done to an appointment.
func said(v booking.Visit) string {
	if len(v.Steps) == 0 {
		return v.Status.Label()
	}
	switch last := v.Steps[len(v.Steps)-1]; last.Kind {
	case booking.StepArrived:
		return "已到"
	case booking.StepMoved:
		return "已经改好时间"
	case booking.StepCancelled:
		return "已经取消"
	default:
		return last.Kind.Label()
	}
}

// renderDay shows a day or a week of a station; without a station whoever sees all of them chooses.
func (h *Handler) renderDay(c *gin.Context, status int, station, day, view string, p *stationPage) {
	ctx, by := c.Request.Context(), clerk(c.Request.Context(), me(c))
	station = stationOf(c, station)
	var err error
	if by.Station == "" {
		if p.Stations, err = h.Appointments.Today(ctx, by); err != nil {
			h.fail(c, err)
			return
		}
	}
	p.Keeps, p.Key, p.Made = me(c).May(staff.KeepAppointments), newKey(), h.Appointments.Now()
	pg := page{Title: "预约", Section: "appointments", Me: me(c), Data: p, Scripts: []string{"station.js"}}
	if station == "" {
		p.Chooses = true
		h.render(c, status, "stations", pg)
		return
	}
	date, err := time.ParseInLocation(dayForm, day, citytime.Zone)
	if err != nil {
		date = p.Made
	}
	n := 1
	if view == "week" {
		date, n = monday(date), 7
	}
	days, err := h.Appointments.Days(ctx, by, station, date, n)
	if err != nil {
		h.fail(c, err)
		return
	}
	p.Day = days[0]
	if view == "week" {
		p.Week = days
	}
	pg.Title = p.Day.Station.Name
	h.render(c, status, "appointments", pg)
}

func monday(t time.Time) time.Time {
	return t.In(citytime.Zone).AddDate(0, 0, -(int(t.In(citytime.Zone).Weekday())+6)%7)
}

// printDay shows a day for printing. A sheet lies on the counter, so it carries codes and no note.
func (h *Handler) printDay(c *gin.Context) {
	ctx, station := c.Request.Context(), stationOf(c, c.Query("station"))
	date, err := time.ParseInLocation(dayForm, c.Query("day"), citytime.Zone)
	if err != nil {
		date = h.Appointments.Now()
	}
	days, err := h.Appointments.Days(ctx, clerk(c.Request.Context(), me(c)), station, date, 1)
	if err == nil {
		err = h.Trail.Record(ctx, audit.Event{Kind: audit.PrintDay, Object: station + "@" + days[0].Date.Format("20060102")})
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	p := &stationPage{Day: days[0], Made: h.Appointments.Now()}
	h.render(c, http.StatusOK, "dayprint", page{Title: "当天预约 " + p.Day.Station.Name, Me: me(c), Data: p})
}

// findAppointment opens the appointment of a code. It is posted, so that the code stands in no address and no log.
func (h *Handler) findAppointment(c *gin.Context) {
	station, code := stationOf(c, c.PostForm("station")), c.PostForm("code")
	a, err := h.Appointments.Find(c.Request.Context(), clerk(c.Request.Context(), me(c)), station, code)
	if err != nil {
		h.dayAgain(c, err, &stationPage{Code: code})
		return
	}
	redirect(c, "/desk/appointments/"+a.ID)
}

// scanAppointment opens the appointment whose code a camera read. Its token opens nothing to anybody else, so that it may
// stand in an address.
func (h *Handler) scanAppointment(c *gin.Context) {
	a, err := h.Appointments.Scanned(c.Request.Context(), clerk(c.Request.Context(), me(c)), c.Param("token"))
	if err != nil {
		h.fail(c, err)
		return
	}
	redirect(c, "/desk/appointments/"+a.ID)
}

// dayAgain shows the day of a form that could not be done, with the reason.
func (h *Handler) dayAgain(c *gin.Context, err error, p *stationPage) {
	status, notice := explain(err)
	if status >= http.StatusInternalServerError {
		h.fail(c, err)
		return
	}
	p.Notice = notice
	h.renderDay(c, status, c.PostForm("station"), c.PostForm("day"), "", p)
}

func (h *Handler) walkIn(c *gin.Context) {
	ctx := c.Request.Context()
	a, err := h.Appointments.WalkIn(ctx, clerk(c.Request.Context(), me(c)), c.PostForm("key"), c.PostForm("slot"))
	if err != nil {
		h.dayAgain(c, err, &stationPage{})
		return
	}
	if err := h.Trail.RecordOnce(ctx, audit.Event{Kind: audit.WalkIn, Object: a.ID}); err != nil {
		h.fail(c, err)
		return
	}
	redirect(c, "/desk/appointments/"+a.ID)
}

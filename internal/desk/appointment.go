package desk

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// visitPage is one appointment with what can be done about it.
type visitPage struct {
	booking.Visit
	Station  booking.Station
	Keeps    bool // the role may change something
	Reads    bool // the role may read what the person wrote
	Now      time.Time
	Key      string
	Notice   string
	Words    string // as they were typed
	Slot     string
	Openings []openDay
}

// openDay is a day with the slots that somebody can be moved to.
type openDay struct {
	Date  time.Time
	Slots []booking.Slot
}

// May says whether the appointment can come to a status now.
func (p *visitPage) May(to booking.Status) bool { return p.Keeps && p.Allows(to, p.Now) == nil }

// Movable says whether the appointment can be given another time.
func (p *visitPage) Movable() bool { return p.Keeps && p.Status == booking.Booked }

// Early says that it is for a later day, which is why nobody can have arrived.
func (p *visitPage) Early() bool {
	return p.Status == booking.Booked && errors.Is(p.Allows(booking.Arrived, p.Now), booking.ErrEarly)
}

// Back is the day of the appointment.
func (p *visitPage) Back() string { return dayAddress(p.Appointment, "") }

func dayAddress(a booking.Appointment, done string) string {
	q := url.Values{"station": {a.Station}, "day": {a.Start.In(citytime.Zone).Format(dayForm)}}
	if done != "" {
		q.Set("done", done)
	}
	return "/desk/appointments?" + q.Encode()
}

// openDays groups slots by day.
func openDays(slots []booking.Slot) (out []openDay) {
	for _, s := range slots {
		if n := len(out); n == 0 || out[n-1].Date.YearDay() != s.Start.YearDay() {
			out = append(out, openDay{Date: s.Start})
		}
		last := &out[len(out)-1]
		last.Slots = append(last.Slots, s)
	}
	return out
}

func (h *Handler) showAppointment(c *gin.Context) {
	h.renderAppointment(c, http.StatusOK, &visitPage{})
}

// renderAppointment shows an appointment.
func (h *Handler) renderAppointment(c *gin.Context, status int, p *visitPage) {
	ctx, role := c.Request.Context(), me(c).Role
	v, err := h.Appointments.Visit(ctx, clerk(c.Request.Context(), me(c)), c.Param("id"))
	if err != nil {
		h.fail(c, err)
		return
	}
	p.Visit, p.Keeps, p.Reads, p.Now, p.Key = v, role.May(staff.KeepAppointments), role.May(staff.ReadNotes), h.Appointments.Now(), newKey()
	p.Station, _ = h.Appointments.Booking.Directory().Station(v.Station)
	if !p.Reads {
		p.Note = ""
	}
	if p.Movable() {
		slots, err := h.Appointments.Openings(ctx, v.Station)
		if err != nil && !errors.Is(err, booking.ErrNoStation) { // a station that was closed for good has none
			h.fail(c, err)
			return
		}
		p.Openings = openDays(slots)
	}
	h.render(c, status, "appointment", page{Title: "预约 " + v.Code, Section: "appointments", Me: me(c), Data: p})
}

// appointmentAction is what a form does to an appointment, and the word of the audit log for it.
type appointmentAction struct {
	log audit.Kind
	do  func(c *gin.Context) (booking.Appointment, error)
}

// actOnAppointment does it and goes back to the day, where the next person waits.
func (h *Handler) actOnAppointment(act appointmentAction) gin.HandlerFunc {
	return func(c *gin.Context) {
		a, err := act.do(c)
		if err == nil {
			err = h.Trail.RecordOnce(c.Request.Context(), audit.Event{Kind: act.log, Object: a.ID})
		}
		if err == nil {
			redirect(c, dayAddress(a, a.ID))
			return
		}
		status, notice := explain(err)
		if status >= http.StatusInternalServerError || errors.Is(err, booking.ErrNotFound) || errors.Is(err, booking.ErrElsewhere) {
			h.fail(c, err)
			return
		}
		h.renderAppointment(c, status, &visitPage{Notice: notice, Words: c.PostForm("words"), Slot: c.PostForm("slot")})
	}
}

func (h *Handler) mark(to booking.Status) func(c *gin.Context) (booking.Appointment, error) {
	return func(c *gin.Context) (booking.Appointment, error) {
		return h.Appointments.Mark(c.Request.Context(), clerk(c.Request.Context(), me(c)), c.Param("id"), c.PostForm("key"), to)
	}
}

func (h *Handler) moveAppointment(c *gin.Context) (booking.Appointment, error) {
	return h.Appointments.Move(c.Request.Context(), clerk(c.Request.Context(), me(c)), c.Param("id"), c.PostForm("key"), c.PostForm("slot"), c.PostForm("words"))
}

func (h *Handler) cancelAppointment(c *gin.Context) (booking.Appointment, error) {
	return h.Appointments.Cancel(c.Request.Context(), clerk(c.Request.Context(), me(c)), c.Param("id"), c.PostForm("key"), c.PostForm("words"))
}

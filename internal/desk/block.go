package desk

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// blockPage asks what becomes of the people whose appointments a block would take.
type blockPage struct {
	booking.BlockForm
	StationName string
	People      []booking.Appointment
	Openings    []openDay
	Notice      string
	Asked       bool // the page was shown before and somebody still has no fate
}

// Fate is what was chosen for somebody.
func (p *blockPage) Fate(id string) string { return p.Fates[id] }

// DateValue and the two times are the block as its form says it.
func (p *blockPage) DateValue() string { return p.From.Format(dayForm) }

// FromValue is when the block begins.
func (p *blockPage) FromValue() string { return p.From.Format("15:04") }

// ToValue is when the block ends.
func (p *blockPage) ToValue() string { return p.To.Format("15:04") }

// Back is the day of the block.
func (p *blockPage) Back() string { return blockDay(p.Station, p.From) }

func blockDay(station string, day time.Time) string {
	return dayAddress(booking.Appointment{Station: station, Start: day}, "")
}

// fatePrefix begins the name of a form's field that says what becomes of somebody.
const fatePrefix = "fate-"

// blockForm reads the form; a time that is none stays zero and is refused by the reception.
func blockForm(c *gin.Context) booking.BlockForm {
	at := func(name string) time.Time {
		t, _ := time.ParseInLocation(dayForm+" 15:04", c.PostForm("day")+" "+c.PostForm(name), citytime.Zone)
		return t
	}
	f := booking.BlockForm{
		Station: stationOf(c, c.PostForm("station")), From: at("from"), To: at("to"), Reason: c.PostForm("reason"), Words: c.PostForm("words"),
		Key: c.PostForm("key"), Fates: map[string]string{},
	}
	for name, values := range c.Request.PostForm {
		if id, ok := strings.CutPrefix(name, fatePrefix); ok && len(values) > 0 {
			f.Fates[id] = values[0]
		}
	}
	return f
}

func (h *Handler) blockTime(c *gin.Context) {
	ctx, f := c.Request.Context(), blockForm(c)
	b, err := h.Appointments.Block(ctx, clerk(c.Request.Context(), me(c)), f)
	switch {
	case err == nil:
		if err := h.Trail.RecordOnce(ctx, audit.Event{Kind: audit.BlockTime, Object: b.ID}); err != nil {
			h.fail(c, err)
			return
		}
		redirect(c, blockDay(b.Station, b.From))
	case errors.Is(err, booking.ErrNotYours), errors.Is(err, booking.ErrNoStation):
		h.fail(c, err)
	case errors.Is(err, booking.ErrPeople), len(f.Fates) > 0:
		h.askFates(c, f, err)
	default:
		h.dayAgain(c, err, &stationPage{From: c.PostForm("from"), To: c.PostForm("to"), Reason: f.Reason})
	}
}

// askFates lists the people inside a block, each with the choice of what becomes of their appointment.
func (h *Handler) askFates(c *gin.Context, f booking.BlockForm, cause error) {
	ctx := c.Request.Context()
	status, notice := explain(cause)
	if status >= http.StatusInternalServerError {
		h.fail(c, cause)
		return
	}
	people, err := h.Appointments.Inside(ctx, f.Station, f.From, f.To)
	if err != nil {
		h.fail(c, err)
		return
	}
	slots, err := h.Appointments.Openings(ctx, f.Station)
	if err != nil {
		h.fail(c, err)
		return
	}
	block, outside := booking.Block{From: f.From, To: f.To}, slots[:0]
	for _, s := range slots {
		if !block.Covers(s) {
			outside = append(outside, s)
		}
	}
	p := &blockPage{BlockForm: f, People: people, Openings: openDays(outside), Notice: notice, Asked: len(f.Fates) > 0}
	if st, ok := h.Appointments.Booking.Directory().Station(f.Station); ok {
		p.StationName = st.Name
	}
	h.render(c, status, "block", page{Title: "停约", Section: "appointments", Me: me(c), Data: p})
}

func (h *Handler) unblockTime(c *gin.Context) {
	ctx := c.Request.Context()
	b, err := h.Appointments.Unblock(ctx, clerk(c.Request.Context(), me(c)), c.Param("block"))
	if err == nil {
		err = h.Trail.RecordOnce(ctx, audit.Event{Kind: audit.UnblockTime, Object: b.ID})
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	redirect(c, blockDay(b.Station, b.From))
}

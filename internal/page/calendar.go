package page

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/agenda"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
)

// Agenda is what the pages need of calendars.
type Agenda interface {
	Appointment(ctx context.Context, a booking.Appointment) (file []byte, err error)
	Event(ctx context.Context, personID, dateID string) (file []byte, err error)
	Subscribe(ctx context.Context, personID string) (agenda.Feed, error)
	Unsubscribe(ctx context.Context, personID string) error
	FeedOf(ctx context.Context, personID string) (agenda.Feed, error)
	Read(ctx context.Context, token string) (calendar []byte, err error)
}

const calendarFile = ".ics"

// calendarFileOf sends a file for a calendar. It is shown rather than kept where a phone knows what to do with it.
func calendarFileOf(c *gin.Context, name string, raw []byte) {
	c.Header("Content-Disposition", `inline; filename="`+name+calendarFile+`"`)
	c.Data(http.StatusOK, "text/calendar; charset=utf-8", raw)
}

// bookingFile is an appointment for the calendar of a phone.
func (h *Handler) bookingFile(c *gin.Context, are []identity) error {
	a, _, err := h.own(c, are)
	if err != nil {
		return err
	}
	raw, err := h.Agenda.Appointment(c.Request.Context(), a)
	if err != nil {
		return err
	}
	calendarFileOf(c, "appointment", raw)
	return nil
}

// eventFile is one's own place at an event for the calendar of a phone.
func (h *Handler) eventFile(c *gin.Context, are []identity) error {
	raw, _, err := ofAny(are, errNoEvent, func(id string) ([]byte, error) { return h.Agenda.Event(c.Request.Context(), id, c.Param("id")) })
	if err != nil {
		return err
	}
	calendarFileOf(c, "event", raw)
	return nil
}

// feed is the calendar that a phone asks for by its private address; nobody is asked who they are.
func (h *Handler) feed(c *gin.Context) {
	token, named := strings.CutSuffix(c.Param("name"), calendarFile)
	if !named || len(token) > 64 {
		h.Missing(c)
		return
	}
	raw, err := h.Agenda.Read(c.Request.Context(), token)
	if err != nil {
		h.fail(c, err)
		return
	}
	calendarFileOf(c, "calendar", raw)
}

// feedLinks are the addresses of a person's calendar: one to copy, one that a phone opens its calendar with.
type feedLinks struct {
	Offered bool // there is an address that phones reach
	Copy    string
	Open    template.URL
}

func (h *Handler) feedLinks(ctx context.Context, personID string) (feedLinks, error) {
	l := feedLinks{Offered: h.PublicURL != ""}
	f, err := h.Agenda.FeedOf(ctx, personID)
	if errors.Is(err, agenda.ErrNoFeed) {
		return l, nil
	}
	if err != nil {
		return l, err
	}
	l.Copy = strings.TrimSuffix(h.PublicURL, "/") + "/p/calendar/" + f.Token + calendarFile
	if _, rest, ok := strings.Cut(l.Copy, "://"); ok {
		l.Open = template.URL("webcal://" + rest) //nolint:gosec // our own address
	}
	return l, nil
}

// subscribe gives a person a new private address for their calendar, or takes it back.
func (h *Handler) subscribe(c *gin.Context, are []identity) error {
	_, me, err := h.given(c, are, dataForm)
	if err != nil {
		return err
	}
	switch ctx := c.Request.Context(); c.PostForm("do") {
	case "open":
		_, err = h.Agenda.Subscribe(ctx, me.ID)
	case "close":
		err = h.Agenda.Unsubscribe(ctx, me.ID)
	default:
		err = errForm
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, rights.Page+"#calendar")
	return nil
}

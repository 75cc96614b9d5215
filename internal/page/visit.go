package page

import (
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// rateForm is the name of the form that asks how a visit was.
func rateForm(a booking.Appointment) string { return "rate:" + a.ID }

// longestVisit is how much somebody may write about a visit.
const longestVisit = 300

// ratePage asks how a visit was, on the page of its appointment.
type ratePage struct {
	Form    string // "" where there is nothing to ask
	Thanks  bool   // it was just answered, or before
	Unsaid  bool   // nothing was chosen
	TooLong bool
	Chosen  string
	Words   string
	Named   bool
}

// Opinions are what can be chosen.
func (ratePage) Opinions() []booking.Opinion { return booking.Opinions() }

// asks is the question of an appointment, where there is one.
func (h *Handler) asks(c *gin.Context, me identity, a booking.Appointment) (p ratePage, err error) {
	may, err := h.Bookings.MayRate(c.Request.Context(), a)
	if may {
		p.Form = h.form(me.ID, rateForm(a))
	}
	p.Thanks = c.Query("said") != "" && !may
	return p, err
}

// rate keeps how a visit was. What was written is read for danger before anything else, whatever else is wrong with the form.
func (h *Handler) rate(c *gin.Context, are []identity) error {
	a, _, err := h.own(c, are)
	if err != nil {
		return err
	}
	key, me, err := h.given(c, are, rateForm(a))
	if err != nil {
		return err
	}
	ctx, words := c.Request.Context(), strings.TrimSpace(c.PostForm("words"))
	var replies []channel.Reply
	if words != "" && h.Hears(words) {
		if replies, err = h.Say(ctx, me.ID, session.Network(c.ClientIP()), channel.Inbound{ID: key, Kind: channel.KindText, Text: words}); err != nil {
			return err
		}
	}
	p := ratePage{Chosen: c.PostForm("opinion"), Words: words, Named: c.PostForm("named") != "", TooLong: utf8.RuneCountInString(words) > longestVisit}
	p.Unsaid = booking.Opinion(p.Chosen).Label() == ""
	if !p.Unsaid && !p.TooLong {
		if err = h.Bookings.Rate(ctx, me.ID, a.ID, booking.Opinion(p.Chosen)); err == nil && words != "" {
			err = h.Bookings.Reword(ctx, me.ID, a.ID, words, p.Named)
		}
	}
	switch {
	case err != nil && !errors.Is(err, booking.ErrRated): // said before, by another tap or in the chat
		return err
	case replies != nil:
		h.show(c, http.StatusOK, "heard", heardPage{Replies: replies, Back: "/p/booking/" + a.Token})
	case p.Unsaid || p.TooLong:
		p.Form = h.form(me.ID, rateForm(a))
		h.show(c, http.StatusUnprocessableEntity, "booking", bookingPage{mineRow: h.row(a), Rate: p})
	default:
		c.Redirect(http.StatusSeeOther, "/p/booking/"+a.Token+"?said=1")
	}
	return nil
}

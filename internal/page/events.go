package page

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/presence"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// Events is what the pages need of events.
type Events interface {
	Standing(ctx context.Context, personID, dateID string) (event.Standing, error)
	SignUp(ctx context.Context, key, personID, dateID, name string) (event.Signup, error)
	Cancel(ctx context.Context, personID, id string) (event.Signup, error)
}

var errNoEvent = errors.New("page: no such event")

type eventPage struct {
	event.Date
	event.Standing
	Past  bool
	Known bool
	Form  string
	Why   string // why the last wish did not come about
	Agree agreement
}

func (h *Handler) events(c *gin.Context, _ identity) error {
	h.show(c, http.StatusOK, "events", h.Calendar().Upcoming("", h.Now()))
	return nil
}

// event shows one date of an event, for who signed up and for who got the address from a neighbour.
func (h *Handler) event(c *gin.Context, me identity) error {
	return h.eventPage(c, me, "")
}

func (h *Handler) eventPage(c *gin.Context, me identity, why string) error {
	d, ok := h.Calendar().Date(c.Param("id"))
	if !ok {
		return errNoEvent
	}
	st, err := h.Events.Standing(c.Request.Context(), me.ID, d.ID)
	if err != nil {
		return err
	}
	over := d.At.Add(time.Duration(d.Minutes) * time.Minute)
	status := http.StatusOK
	if why != "" {
		status = http.StatusConflict
	}
	p := eventPage{Date: d, Standing: st, Past: over.Before(h.Now()), Known: me.ID != "", Form: h.form(me.ID, "event:"+d.ID), Why: why}
	if p.Known {
		if p.Agree, err = h.asksConsent(c, me, consent.Booking); err != nil {
			return err
		}
	}
	h.show(c, status, "event", p)
	return nil
}

const longestName = 20

// signUp signs somebody up for a date, or gives their place back.
func (h *Handler) signUp(c *gin.Context, are []identity) error {
	d, ok := h.Calendar().Date(c.Param("id"))
	if !ok {
		return errNoEvent
	}
	key, me, err := h.given(c, are, "event:"+d.ID)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	var problem error
	if c.PostForm("cancel") != "" {
		st, err := h.Events.Standing(ctx, me.ID, d.ID)
		if err != nil {
			return err
		}
		if st.Mine.ID != "" {
			_, problem = h.Events.Cancel(ctx, me.ID, st.Mine.ID)
		}
	} else {
		name := strings.Join(strings.Fields(c.PostForm("name")), " ")
		if h.Hears(name) {
			replies, err := h.Say(ctx, me.ID, session.Network(c.ClientIP()), channel.Inbound{ID: key, Kind: channel.KindText, Text: name})
			if err != nil {
				return err
			}
			h.show(c, http.StatusOK, "heard", heardPage{Replies: replies, Back: "/p/event/" + d.ID})
			return nil
		}
		may, err := h.may(c, me, consent.Booking)
		if err != nil {
			return err
		}
		if !may {
			return h.eventPage(c, me, "还差一步：看看下面，再点一次报名。")
		}
		r := []rune(name)
		_, problem = h.Events.SignUp(ctx, key, me.ID, d.ID, string(r[:min(len(r), longestName)]))
	}
	if errors.Is(problem, presence.ErrAsk) {
		c.Redirect(http.StatusSeeOther, presencePath+"?to="+url.QueryEscape("/p/event/"+d.ID))
		return nil
	}
	if why := event.Problem(problem); why != "" {
		return h.eventPage(c, me, why)
	}
	if problem != nil {
		return problem
	}
	c.Redirect(http.StatusSeeOther, "/p/event/"+d.ID)
	return nil
}

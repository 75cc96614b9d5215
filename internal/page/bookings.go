package page

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/presence"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// Bookings is what the pages need of appointments.
type Bookings interface {
	Horizon() (from, to time.Time)
	Free(ctx context.Context, stationID string) ([]booking.Slot, error)
	Book(ctx context.Context, w booking.Wish) (booking.Appointment, error)
	Move(ctx context.Context, key, personID, id, slotID string) (booking.Appointment, error)
	Cancel(ctx context.Context, personID, id string) (booking.Appointment, error)
	Mine(ctx context.Context, personID string) ([]booking.Appointment, error)
	Own(ctx context.Context, personID, token string) (booking.Appointment, error)
	// ToRate are the visits that a person may say something of; MayRate says whether one is.
	ToRate(ctx context.Context, personID string) ([]booking.Appointment, error)
	MayRate(ctx context.Context, a booking.Appointment) (bool, error)
	Rate(ctx context.Context, personID, id string, o booking.Opinion) error
	Reword(ctx context.Context, personID, id, words string, named bool) error
}

// day is one square of the calendar.
type day struct {
	Date  time.Time
	Out   bool // before today, or further ahead than one can book
	Free  int
	Today bool
	Shown bool // its times stand below
}

// Key is the day in an address.
func (d day) Key() string { return d.Date.Format(time.DateOnly) }

type bookPage struct {
	booking.Station
	Base  string // the address that ?day= and /at/ stand behind
	Moves *booking.Appointment
	Weeks [][]day
	Last  time.Time      // the last day that one can book
	Free  int            // days with a free time
	Day   string         // the one that is chosen, as people say it
	Slots []booking.Slot // of that day
	Why   string         // why the last choice did not work
}

// calendarOf puts the days on which one can book into weeks, Monday first.
func calendarOf(from, to time.Time, free []booking.Slot, chosen string) (weeks [][]day, shown []booking.Slot) {
	count := map[string]int{}
	for _, s := range free {
		k := s.Start.Format(time.DateOnly)
		count[k]++
		if k == chosen {
			shown = append(shown, s)
		}
	}
	first := from.AddDate(0, 0, -(int(from.Weekday())+6)%7)
	for at := first; at.Before(to); {
		week := make([]day, 7)
		for i := range week {
			k := at.Format(time.DateOnly)
			week[i] = day{Date: at, Out: at.Before(from) || !at.Before(to), Free: count[k], Today: at.Equal(from), Shown: k == chosen && count[k] > 0}
			at = at.AddDate(0, 0, 1)
		}
		weeks = append(weeks, week)
	}
	return weeks, shown
}

// days shows a month of free times at a station; the times of a day stand below it.
func (h *Handler) days(c *gin.Context, p bookPage, status int) error {
	free, err := h.Bookings.Free(c.Request.Context(), p.ID)
	if err != nil {
		return err
	}
	from, to := h.Bookings.Horizon()
	chosen := c.Query("day")
	if chosen == "" && len(free) > 0 {
		chosen = free[0].Start.Format(time.DateOnly)
	}
	p.Last = to.AddDate(0, 0, -1)
	p.Weeks, p.Slots = calendarOf(from, to, free, chosen)
	for _, w := range p.Weeks {
		for _, d := range w {
			if d.Free > 0 {
				p.Free++
			}
		}
	}
	if len(p.Slots) > 0 {
		p.Day = booking.DayLabel(p.Slots[0].Start)
	}
	h.show(c, status, "book", p)
	return nil
}

func (h *Handler) book(c *gin.Context, _ identity) error {
	s, ok := h.Directory().Station(c.Param("id"))
	if !ok {
		return booking.ErrNotFound
	}
	return h.days(c, bookPage{Station: s, Base: "/p/station/" + s.ID + "/book"}, http.StatusOK)
}

// The companions that a page offers; they stand before the note.
var companions = map[string]string{"child": "和孩子一起去。", "self": "我自己去。", "": ""}

const longestNote = 200

type confirmPage struct {
	booking.Station
	When    string
	Base    string
	Back    string // to the calendar
	Moves   *booking.Appointment
	Form    string
	Note    string
	With    string
	WithIs  string // as it will be told
	Check   bool   // all is there: what remains is to say yes
	TooLong bool
	Agree   agreement
}

// at shows what is about to be booked: first who comes and what to say before, then all of it once more, then it is done.
// What was written is read for danger before anything else, whatever else is wrong with the form.
func (h *Handler) at(c *gin.Context, are []identity) error {
	s, ok := h.Directory().Station(c.Param("id"))
	if !ok {
		return booking.ErrNotFound
	}
	slotID := s.ID + "@" + c.Param("slot")
	base := "/p/station/" + s.ID + "/book"
	note, key, me := strings.TrimSpace(c.PostForm("note")), "", are[0]
	if c.Request.Method == http.MethodPost {
		var err error
		if key, me, err = h.given(c, are, slotID); err != nil {
			return err
		}
		if note != "" && h.Hears(note) {
			replies, err := h.Say(c.Request.Context(), me.ID, session.Network(c.ClientIP()), channel.Inbound{ID: key, Kind: channel.KindText, Text: note})
			if err != nil {
				return err
			}
			h.show(c, http.StatusOK, "heard", heardPage{Replies: replies, Back: base + "/at/" + c.Param("slot")})
			return nil
		}
	}
	slot, err := h.Directory().Slot(slotID, h.Now())
	if err != nil {
		return h.days(c, bookPage{Station: s, Base: base, Why: "这个时间现在约不了了，看看别的时间。"}, http.StatusConflict)
	}
	with := c.PostForm("with")
	if _, known := companions[with]; !known {
		with = ""
	}
	p := confirmPage{
		Station: s, When: booking.WhenLabel(slot.Start), Base: base + "/at/" + c.Param("slot"), Back: base + "?day=" + slot.Start.Format(time.DateOnly),
		Form: h.form(me.ID, slotID), Note: note, With: with, WithIs: companions[with],
	}
	p.TooLong = len([]rune(note)) > longestNote
	if p.Agree, err = h.asksConsent(c, me, consent.Booking); err != nil {
		return err
	}
	if c.Request.Method == http.MethodGet || p.TooLong || !p.Agree.stands() {
		h.show(c, http.StatusOK, "confirm", p)
		return nil
	}
	if c.PostForm("sure") == "" {
		p.Check = true
		p.Form = c.PostForm(formField) // asked and answered under one key: a form sent twice books once
		h.show(c, http.StatusOK, "confirm", p)
		return nil
	}
	if may, err := h.agrees(c, me, consent.Booking); err != nil || !may { // the words were changed since they were shown
		if err == nil {
			p.Check, p.Form = true, c.PostForm(formField)
			h.show(c, http.StatusOK, "confirm", p)
		}
		return err
	}
	a, err := h.Bookings.Book(c.Request.Context(), booking.Wish{Key: key, Person: me.ID, Slot: slotID, Note: p.WithIs + note, Audience: string(me.Audience), Network: h.network(c, me)})
	if errors.Is(err, presence.ErrAsk) { // the time that they chose stands in the address, what they wrote is asked again
		c.Redirect(http.StatusSeeOther, presencePath+"?to="+url.QueryEscape(p.Base))
		return nil
	}
	if errors.Is(err, booking.ErrCrowded) {
		return h.days(c, bookPage{Station: s, Base: base, Why: crowded(s)}, http.StatusTooManyRequests)
	}
	if why := bookingProblem(err); why != "" {
		return h.days(c, bookPage{Station: s, Base: base, Why: why}, http.StatusConflict)
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/p/booking/"+a.Token)
	return nil
}

// network is where somebody is, as the chat hashes it, where anybody can be any number of people; "" behind an account.
func (h *Handler) network(c *gin.Context, me identity) string {
	if !me.web {
		return ""
	}
	return h.Sealer.Digest("origin", session.Network(c.ClientIP()))
}

// crowded says that enough was booked from one network, and how to book all the same.
func crowded(s booking.Station) string {
	return "从这个网络（比如学校的无线网）约的，今天已经很多了，网页上先不再收，好让别的家庭也约得上。要约的话，直接打站点的电话 " + s.Phone + "，或者换手机流量、在微信里约。想马上找人说说，打 12356，或者回到对话里发“人工”。"
}

// bookingProblem says to a person why something did not work, "" for an error that is none of theirs.
func bookingProblem(err error) string {
	switch {
	case errors.Is(err, booking.ErrFull):
		return "这个时间刚刚被约走了，看看别的时间。"
	case errors.Is(err, booking.ErrOverlap):
		return "这个时间已经有一个预约了，两边会赶不上。看看别的时间，或者在“我的预约”里改一改。"
	case errors.Is(err, booking.ErrMany):
		return "还有几个没去的预约，先去过或者取消一个，再约新的，好让别的家庭也约得上。"
	case errors.Is(err, booking.ErrMissed):
		return "前面有两次约了没来，没关系，谁都有来不了的时候。现在还有一个没去的预约，去过以后就能再约。"
	case errors.Is(err, booking.ErrConsent):
		return "要先说一下年龄、看过同意书，再约一次就好。"
	case errors.Is(err, booking.ErrGuardian):
		return "没满 14 岁的同学去站点，要先有家里的大人同意。想说话不用等谁同意，随时可以在聊天里找老师。"
	case errors.Is(err, booking.ErrGone):
		return "这个时间现在约不了了，看看别的时间。"
	}
	return ""
}

type mineRow struct {
	booking.Appointment
	Place booking.Station
	When  string
	Ahead bool
}

func (h *Handler) row(a booking.Appointment) mineRow {
	st, _ := h.Directory().Station(a.Station)
	return mineRow{a, st, booking.WhenLabel(a.Start), a.Changeable(h.Now())}
}

func (h *Handler) bookings(c *gin.Context, are []identity) error {
	as, err := h.Bookings.Mine(c.Request.Context(), are[0].ID)
	if err != nil {
		return err
	}
	over, err := h.Bookings.ToRate(c.Request.Context(), are[0].ID)
	if err != nil {
		return err
	}
	h.show(c, http.StatusOK, "bookings", minePage{h.rows(as), h.rows(over)})
	return nil
}

// minePage lists a person's appointments, and those that they may say something of.
type minePage struct{ Rows, Over []mineRow }

func (h *Handler) rows(as []booking.Appointment) []mineRow {
	rows := make([]mineRow, len(as))
	for i, a := range as {
		rows[i] = h.row(a)
	}
	return rows
}

type bookingPage struct {
	mineRow
	Map  string
	Form string
	Scan string // what the station's staff scan, "" where nobody is awaited
	Rate ratePage
}

// own finds the appointment of the address under one of the people that the visitor is.
func (h *Handler) own(c *gin.Context, are []identity) (booking.Appointment, identity, error) {
	return ofAny(are, booking.ErrNotFound, func(id string) (booking.Appointment, error) {
		return h.Bookings.Own(c.Request.Context(), id, c.Param("token"))
	})
}

func (h *Handler) booking(c *gin.Context, are []identity) error {
	a, me, err := h.own(c, are)
	if err != nil {
		return err
	}
	p := bookingPage{mineRow: h.row(a), Form: h.form(me.ID, a.ID)}
	if p.Rate, err = h.asks(c, me, a); err != nil {
		return err
	}
	if p.Place.ID != "" {
		p.Map = mapOf(p.Place)
	}
	if a.Status == booking.Booked && h.Now().Sub(a.Start) < scannable {
		p.Scan = h.scan(a)
	}
	h.show(c, http.StatusOK, "booking", p)
	return nil
}

// scannable is how long after its start an appointment still shows what to scan: people come late.
const scannable = 12 * time.Hour

// scan is what the code on an appointment's page says: where the desk marks its arrival, which opens to those alone who
// keep appointments, or where there is no such address, the code to type.
func (h *Handler) scan(a booking.Appointment) string {
	if h.PublicURL == "" {
		return a.Code
	}
	return strings.TrimSuffix(h.PublicURL, "/") + booking.ScanPath + a.Token
}

func (h *Handler) cancelBooking(c *gin.Context, are []identity) error {
	a, _, err := h.own(c, are)
	if err != nil {
		return err
	}
	_, me, err := h.given(c, are, a.ID)
	if err != nil {
		return err
	}
	if _, err := h.Bookings.Cancel(c.Request.Context(), me.ID, a.ID); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/p/booking/"+a.Token)
	return nil
}

// move shows the free times of the appointment's station, and then the one that is about to be taken instead.
func (h *Handler) move(c *gin.Context, are []identity) error {
	a, me, err := h.own(c, are)
	if err != nil {
		return err
	}
	s, ok := h.Directory().Station(a.Station)
	if !ok || !a.Changeable(h.Now()) {
		return booking.ErrNotFound
	}
	p := bookPage{Station: s, Base: "/p/booking/" + a.Token + "/move", Moves: &a}
	at := c.Param("slot")
	if at == "" {
		return h.days(c, p, http.StatusOK)
	}
	slotID := s.ID + "@" + at
	slot, err := h.Directory().Slot(slotID, h.Now())
	if err == nil && c.Request.Method == http.MethodPost {
		var key string
		if key, me, err = h.given(c, are, a.ID+slotID); err == nil {
			if a, err = h.Bookings.Move(c.Request.Context(), key, me.ID, a.ID, slotID); err == nil {
				c.Redirect(http.StatusSeeOther, "/p/booking/"+a.Token)
				return nil
			}
		}
	}
	if why := bookingProblem(err); why != "" {
		p.Why = why
		return h.days(c, p, http.StatusConflict)
	}
	if err != nil {
		return err
	}
	h.show(c, http.StatusOK, "confirm", confirmPage{
		Station: s, When: booking.WhenLabel(slot.Start), Base: p.Base + "/at/" + at, Back: p.Base + "?day=" + slot.Start.Format(time.DateOnly),
		Moves: &a, Check: true, Form: h.form(me.ID, a.ID+slotID),
	})
	return nil
}

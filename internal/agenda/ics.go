// Package agenda is what a person has to come, appointments and events, as the calendars of phones read it: files of
// RFC 5545, and a private address that a phone asks again from time to time. A calendar is seen by others who hold the
// phone, so that it says where and when, and never what the person wrote. Start reading at Entry; feed.go is the address.
package agenda

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/event"
)

// Entry is one time in a calendar.
type Entry struct {
	UID       string // the same for ever
	Revision  int    // never falls
	Title     string
	Where     string
	Note      string
	Page      string // its path here
	From, To  time.Time
	Made      time.Time
	Waits     bool // not sure yet
	Cancelled bool
}

// Appointment is the entry of an appointment; steps are its history, and its station may be gone.
func Appointment(a booking.Appointment, st booking.Station, steps []booking.Step) Entry {
	e := Entry{
		UID: "appointment-" + a.ID, Title: "预约", Where: "预约的站点", Page: "/p/booking/" + a.Token,
		From: a.Start, To: a.Start.Add(time.Hour), Made: a.BookedAt, Cancelled: a.Cancelled(),
	}
	for _, s := range steps {
		if s.Kind == booking.StepMoved || s.Kind == booking.StepRehoused || s.Kind == booking.StepCancelled {
			e.Revision++
		}
	}
	e.Note = "预约码：" + a.Code
	if st.ID != "" {
		e.Title, e.Where = "预约 · "+st.Name, st.Name+"，"+st.Address
		e.To = booking.Slot{Station: st, Start: a.Start}.End()
		if st.Phone != "" {
			e.Note += "\n电话：" + st.Phone
		}
	}
	e.Note += "\n到了报预约码就行。要改时间或取消，在聊天里发“我的预约”。"
	return e
}

// Signup is the entry of a family's place at an event. The calendar of events does not count its changes, so that the
// minutes since the sign-up stand for the revision: what was fetched later is never older.
func Signup(x event.Signup, d event.Date, now time.Time) Entry {
	e := Entry{
		UID: "event-" + x.ID, Revision: max(int(now.Sub(x.SignedAt)/time.Minute), 0), Title: d.Title, Where: d.Where(), Page: "/p/event/" + d.ID,
		From: d.At, To: d.At.Add(time.Duration(d.Minutes) * time.Minute), Made: x.SignedAt, Waits: x.Waits(), Cancelled: d.Cancelled || !x.Active(),
	}
	if e.Waits {
		e.Title += "（候补）"
	} else {
		e.Note = "签到码：" + x.Code + "\n"
	}
	if d.Bring != "" {
		e.Note += "要带：" + d.Bring + "\n"
	}
	e.Note += "来不了的话，在聊天里发“我的报名”取消，让给别的家庭。"
	return e
}

// Maker writes calendars. PublicURL is where these pages are reached, empty where they are not.
type Maker struct {
	PublicURL string
	Now       func() time.Time
}

const product = "-//Xinqiao//Xinqiao Assistant//ZH"

// File is the file of one entry: added to a calendar, or taken out of it where the entry was cancelled.
func (m Maker) File(e Entry) ([]byte, error) {
	cal := m.begin()
	cal.SetMethod(ics.MethodPublish)
	if e.Cancelled {
		cal.SetMethod(ics.MethodCancel)
	}
	m.add(cal, e)
	return write(cal)
}

// refresh is how often a phone should ask again.
const refresh = "PT4H"

// Feed is the calendar that a phone asks for again and again.
func (m Maker) Feed(name string, entries []Entry) ([]byte, error) {
	cal := m.begin()
	cal.SetMethod(ics.MethodPublish)
	cal.SetXWRCalName(name)
	cal.SetRefreshInterval(refresh, ics.WithValue("DURATION"))
	cal.SetXPublishedTTL(refresh)
	for _, e := range entries {
		m.add(cal, e)
	}
	return write(cal)
}

func (m Maker) begin() *ics.Calendar {
	cal := ics.NewCalendarFor("")
	cal.SetProductId(product)
	cal.SetCalscale("GREGORIAN")
	return cal
}

// add writes an entry. Its times are in UTC, which every calendar shows in the time of the phone.
func (m Maker) add(cal *ics.Calendar, e Entry) {
	v := cal.AddEvent(e.UID + "@xinqiao")
	v.SetDtStampTime(m.Now())
	v.SetCreatedTime(e.Made)
	v.SetStartAt(e.From)
	v.SetEndAt(e.To)
	v.SetSequence(e.Revision)
	v.SetSummary(clean(e.Title))
	v.SetLocation(clean(e.Where))
	v.SetDescription(clean(e.Note))
	v.SetClass(ics.ClassificationPrivate)
	switch {
	case e.Cancelled:
		v.SetStatus(ics.ObjectStatusCancelled)
	case e.Waits:
		v.SetStatus(ics.ObjectStatusTentative)
	default:
		v.SetStatus(ics.ObjectStatusConfirmed)
	}
	if m.PublicURL != "" {
		base := strings.TrimSuffix(m.PublicURL, "/")
		v.SetURL(base + e.Page)
		v.SetProperty(ics.ComponentPropertyOrganizer, base+"/p/") // RFC 5546 wants one; it is no address of mail
	}
}

// clean leaves of a text what may stand in a calendar: RFC 5545 allows no control characters but the line's end.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

func write(cal *ics.Calendar) ([]byte, error) {
	var b bytes.Buffer
	if err := cal.SerializeTo(&b, ics.WithNewLineWindows); err != nil {
		return nil, fmt.Errorf("write a calendar: %w", err)
	}
	return b.Bytes(), nil
}

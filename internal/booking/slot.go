package booking

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// ErrGone says that a slot does not exist, is past, or too far ahead.
var ErrGone = errors.New("booking: no such slot")

// ahead is how far one can book, notice how late where a station wants no longer lead time.
const (
	ahead  = 28 * 24 * time.Hour // a month on a calendar
	notice = time.Hour
)

// lead is how long before its start a slot of the station must be booked.
func (s Station) lead() time.Duration { return max(notice, time.Duration(s.Lead)*time.Hour) }

// Slot is one time at a station. Its ID is the station and the start, so that it needs no table.
type Slot struct {
	Station Station
	Start   time.Time // Asia/Shanghai
}

const slotTime = "200601021504"

// End is when the slot ends.
func (s Slot) End() time.Time { return s.Start.Add(time.Duration(s.Station.Minutes) * time.Minute) }

// ID names the slot: station@202603021400.
func (s Slot) ID() string { return s.Station.ID + "@" + s.Start.Format(slotTime) }

// Slot reads a slot's ID; ErrGone where the station keeps no such slot any more, or nobody can book it now.
func (d *Directory) Slot(id string, now time.Time) (Slot, error) {
	s, err := d.listed(id)
	if err != nil || !s.bookable(now) {
		return Slot{}, ErrGone
	}
	return s, nil
}

// listed reads a slot's ID, whenever the slot is.
func (d *Directory) listed(id string) (Slot, error) {
	stationID, at, ok := strings.Cut(id, "@")
	st, known := d.Station(stationID)
	start, err := time.ParseInLocation(slotTime, at, citytime.Zone)
	if !ok || !known || err != nil {
		return Slot{}, ErrGone
	}
	for _, s := range st.Calendar(start) {
		if s.Start.Equal(start) {
			return s, nil
		}
	}
	return Slot{}, ErrGone
}

// bookable says whether people can book the slot from the chat.
func (s Slot) bookable(now time.Time) bool {
	return !s.Station.Referral && s.Start.Sub(now) >= s.Station.lead() && s.Start.Sub(now) <= ahead
}

// Slots returns the slots of a day that can still be booked.
func (s Station) Slots(day, now time.Time) []Slot {
	return slices.DeleteFunc(s.Calendar(day), func(sl Slot) bool { return !sl.bookable(now) })
}

// Calendar returns every slot that the station keeps on a day, the past ones too.
func (s Station) Calendar(day time.Time) []Slot {
	day = day.In(citytime.Zone)
	var out []Slot
	length := time.Duration(s.Minutes) * time.Minute
	for _, h := range s.HoursOn(day) {
		end := on(day, h.To)
		for at := on(day, h.From); !at.Add(length).After(end); at = at.Add(length) {
			out = append(out, Slot{s, at})
		}
	}
	slices.SortFunc(out, func(a, b Slot) int { return a.Start.Compare(b.Start) })
	return out
}

// Days returns the days from now on which the station has slots.
func (s Station) Days(now time.Time) []time.Time {
	var out []time.Time
	today := on(now.In(citytime.Zone), "00:00")
	for i := 0; i <= int(ahead/(24*time.Hour)); i++ {
		if day := today.AddDate(0, 0, i); len(s.Slots(day, now)) > 0 {
			out = append(out, day)
		}
	}
	return out
}

// on is a clock time, which was checked at load, on a day.
func on(day time.Time, hhmm string) time.Time {
	var h, m int
	_, _ = fmt.Sscanf(hhmm, "%d:%d", &h, &m)
	return time.Date(day.Year(), day.Month(), day.Day(), h, m, 0, 0, citytime.Zone)
}

var weekdays = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// DayLabel is a day as people say it: 3月2日 周一.
func DayLabel(t time.Time) string {
	t = t.In(citytime.Zone)
	return fmt.Sprintf("%d月%d日 %s", t.Month(), t.Day(), weekdays[t.Weekday()])
}

// WhenLabel is a time as people say it: 3月2日 周一 14:00.
func WhenLabel(t time.Time) string { return DayLabel(t) + t.In(citytime.Zone).Format(" 15:04") }

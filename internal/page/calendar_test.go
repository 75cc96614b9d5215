package page_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/page"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

func TestAnAppointmentGoesIntoTheCalendarOfAPhone(t *testing.T) {
	h := openHouse(t, nil)
	b, who := h.chatting("a-parent", person.Parent)
	a, err := h.bookings.Book(t.Context(), booking.Wish{Key: "b1", Person: who.ID, Slot: aStation + "@202603101400"})
	if err != nil {
		t.Fatal(err)
	}
	file := "/p/booking/" + a.Token + "/calendar.ics"
	b.get("/p/booking/"+a.Token).want(t, 200, `href="`+file+`"`, "加到手机日历", `class="qr"`, "给老师扫一扫")
	p := b.get(file).want(t, 200, "UID:appointment-"+a.ID, "SEQUENCE:0", "DTSTART:20260310T060000Z")
	if got := p.header.Get("Content-Type"); got != "text/calendar; charset=utf-8" {
		t.Errorf("a calendar is sent as %q", got)
	}
	other, _ := h.chatting("another", person.Parent)
	other.get(file).want(t, 404).lacks(t, "BEGIN:")
	h.browser().get(file).want(t, http.StatusForbidden).lacks(t, "BEGIN:")
	if _, err := h.bookings.Move(t.Context(), "m1", who.ID, a.ID, aStation+"@"+weeksSlot); err != nil {
		t.Fatal(err)
	}
	b.get(file).want(t, 200, "UID:appointment-"+a.ID, "SEQUENCE:1", "DTSTART:20260309T060000Z")
	if _, err := h.bookings.Cancel(t.Context(), who.ID, a.ID); err != nil {
		t.Fatal(err)
	}
	b.get(file).want(t, 200, "UID:appointment-"+a.ID, "SEQUENCE:2", "STATUS:CANCELLED", "METHOD:CANCEL")
	b.get("/p/booking/"+a.Token).want(t, 200, "从手机日历里去掉").lacks(t, `class="qr"`)
}

func TestAPlaceAtAnEventGoesIntoTheCalendarOfAPhone(t *testing.T) {
	h := openHouse(t, nil)
	b, _ := h.chatting("a-parent", person.Parent)
	path, file := "/p/event/"+anEvent, "/p/event/"+anEvent+"/calendar.ics"
	b.get(file).want(t, 404)
	h.browser().get(file).want(t, http.StatusForbidden)
	first := b.get(path).lacks(t, "calendar.ics")
	signed := b.send(first, path, "name", "小林家").want(t, 200, `href="`+file+`"`)
	b.get(file).want(t, 200, "METHOD:PUBLISH", "STATUS:CONFIRMED").lacks(t, "小林")
	b.send(signed, path, "cancel", "1")
	b.get(file).want(t, 200, "METHOD:CANCEL", "STATUS:CANCELLED")
}

func TestACalendarIsReadByItsAddressUntilItIsTakenBack(t *testing.T) {
	h := openHouse(t, nil)
	b, who := h.chatting("a-parent", person.Parent)
	if _, err := h.bookings.Book(t.Context(), booking.Wish{Key: "b1", Person: who.ID, Slot: aStation + "@202603101400", Note: "孩子最近不爱说话"}); err != nil {
		t.Fatal(err)
	}
	b.send(b.get("/p/event/"+anEvent), "/p/event/"+anEvent)
	b.proves("a-parent")
	b.do(http.MethodPost, "/p/data/calendar", url.Values{"form": {"made up"}, "do": {"open"}}).want(t, http.StatusForbidden)
	address := regexp.MustCompile(`/p/calendar/[a-z0-9]+\.ics`)
	data := b.get("/p/data").want(t, 200, "给我一个日历链接")
	opened := b.send(data, "/p/data/calendar", "do", "open").want(t, 200, "webcal://", "收回链接").lacks(t, "ZgotmplZ")
	first := address.FindString(opened.body)
	phone := h.browser() // knows nobody
	phone.get(first).want(t, 200, "UID:appointment-", "UID:event-", "DTSTART:20260310T060000Z").lacks(t, "不爱说话")
	b.get("/p/data").want(t, 200, first)
	second := address.FindString(b.send(opened, "/p/data/calendar", "do", "open").body)
	phone.get(first).want(t, 404)
	phone.get(second).want(t, 200, "BEGIN:VCALENDAR")
	b.send(opened, "/p/data/calendar", "do", "close").want(t, 200, "给我一个日历链接").lacks(t, second)
	for _, gone := range []string{second, "/p/calendar/.ics", "/p/calendar/x", "/p/calendar/" + strings.Repeat("x", 100) + ".ics"} {
		phone.get(gone).want(t, 404).lacks(t, "BEGIN:")
	}
	third := address.FindString(b.send(opened, "/p/data/calendar", "do", "open").body)
	b.send(opened, "/p/data/erase", "sure", "1").want(t, 200)
	phone.get(third).want(t, 404)
}

func TestACodeToScanIsTypedWhereThePagesHaveNoAddress(t *testing.T) {
	codes := map[bool]string{}
	for _, known := range []bool{true, false} {
		h := openHouse(t, func(_ *house, o *page.Options) {
			if !known {
				o.PublicURL = ""
			}
		})
		b, who := h.chatting("a-parent", person.Parent)
		a, err := h.bookings.Book(t.Context(), booking.Wish{Key: "b1", Person: who.ID, Slot: aStation + "@202603101400"})
		if err != nil {
			t.Fatal(err)
		}
		codes[known] = regexp.MustCompile(`class="qr" viewBox="[^"]+"`).FindString(b.get("/p/booking/" + a.Token).body)
	}
	if codes[true] == "" || codes[false] == "" || codes[true] == codes[false] {
		t.Errorf("the codes are %v: six letters need a smaller one than an address", codes)
	}
}

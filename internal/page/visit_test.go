package page_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// visit is an appointment of somebody that was over hours ago.
func (h *house) visit(who person.Person) booking.Appointment {
	h.t.Helper()
	a, err := h.bookings.Book(h.t.Context(), booking.Wish{Key: "v-" + who.ID, Person: who.ID, Slot: aStation + "@202603031400"})
	if err != nil {
		h.t.Fatal(err)
	}
	h.later(a.Start.Add(4 * time.Hour).Sub(h.now()))
	return a
}

func (h *house) rated(a booking.Appointment) booking.Rating {
	h.t.Helper()
	r, err := h.db.Appointments().Rated(h.t.Context(), a.ID)
	if err != nil {
		return booking.Rating{}
	}
	return r
}

func TestAVisitIsRatedOnThePageOfItsAppointmentOnce(t *testing.T) {
	h := openHouse(t, nil)
	b, who := h.chatting("a-parent", person.Parent)
	a := h.visit(who)
	path := "/p/booking/" + a.Token
	b.get("/p/bookings").want(t, http.StatusOK, "去过以后，有帮助吗", path+"#rate")
	p := b.get(path).want(t, http.StatusOK, "这一次，有帮助吗", "没帮上", "带上我的代号")

	b.send(p, path+"/rate", "words", "老师很耐心").want(t, http.StatusUnprocessableEntity, "点一个再交", "老师很耐心")
	b.send(p, path+"/rate", "opinion", "helped", "words", strings.Repeat("好", 301)).want(t, http.StatusUnprocessableEntity, "最多 300 个字")
	if r := h.rated(a); r.Opinion != "" {
		t.Fatalf("a form that was not whole is kept: %+v", r)
	}
	for range 2 { // a double tap
		b.send(p, path+"/rate", "opinion", "helped", "words", "老师很耐心").want(t, http.StatusOK, "收下了").lacks(t, "这一次，有帮助吗")
	}
	if r := h.rated(a); r.Opinion != booking.Helped || r.Words != "老师很耐心" || r.Named {
		t.Errorf("kept: %+v", r)
	}
	b.get("/p/bookings").want(t, http.StatusOK).lacks(t, "去过以后，有帮助吗")
	if len(h.said) != 0 {
		t.Errorf("the assistant heard of it: %v", h.said)
	}
}

func TestDangerInWordsAboutAVisitIsHeardFirstWhateverElseIsWrong(t *testing.T) {
	h := openHouse(t, nil)
	b, who := h.chatting("a-parent", person.Parent)
	a := h.visit(who)
	path := "/p/booking/" + a.Token
	p := b.get(path)
	for i, opinion := range []string{"", "nohelp"} {
		b.send(p, path+"/rate", "opinion", opinion, "words", "去了也没用，我不想活了").want(t, http.StatusOK, "我在，谢谢你说出来", "tel:120")
		if len(h.said) != i+1 || h.said[i] != who.ID+"|去了也没用，我不想活了" {
			t.Fatalf("the assistant heard %v", h.said)
		}
	}
	if r := h.rated(a); r.Opinion != booking.NoHelp {
		t.Errorf("what was chosen is lost: %+v", r)
	}
	other, _ := h.chatting("another", person.Parent)
	other.send(p, path+"/rate", "opinion", "helped").want(t, http.StatusNotFound)
}

func TestAFullNetworkIsToldOnThePageWhomToCall(t *testing.T) {
	h := openHouse(t, nil)
	tally := session.NewMemory()
	h.bookings.Tally = tally
	b, _ := h.chatting("a-parent", person.Parent)
	path := "/p/station/" + aStation + "/book/at/" + weeksSlot
	check := b.send(b.get(path), path).want(t, http.StatusOK, "这样约，对吗")
	network := h.db.Sealer().Digest("origin", session.Network("127.0.0.1"))
	if _, err := tally.Add(t.Context(), "booking:book:"+network, h.bookings.Directory().Rules().Network, time.Hour); err != nil {
		t.Fatal(err)
	}
	b.send(check, path, "sure", "1").want(t, http.StatusTooManyRequests, "今天已经很多了", "020-0000-0001", "12356")
	mum, to := h.person("openid-mum", person.Parent) // behind an account of WeChat, from the same network
	phone := h.browser()
	check = phone.send(phone.get(h.pages.Sign(t.Context(), to, path)).want(t, http.StatusOK, "约这个时间"), path)
	phone.send(check, path, "sure", "1").want(t, http.StatusOK, "预约好了")
	if as, err := h.bookings.Mine(t.Context(), mum.ID); err != nil || len(as) != 1 {
		t.Errorf("booked: %v, %v", as, err)
	}
}

package page_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

func (h *house) booked(who person.Person) int {
	h.t.Helper()
	as, err := h.bookings.Mine(h.t.Context(), who.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return len(as)
}

func TestAPupilBooksOnAPageAtFourteenOrWithAGuardian(t *testing.T) {
	h := openHouse(t, nil)
	b, who := h.chatting("a-pupil", person.Student)
	at := "/p/station/" + aStation + "/book/at/" + weeksSlot
	b.get(at).want(t, 200, "你满 14 岁了吗").lacks(t, "我是大人")
	b.send(b.get(at), at).want(t, 200, "请选一个", "12355")
	b.send(b.get(at), at, "sure", "1").want(t, 200, "请选一个")
	form := b.get(at)
	young := b.send(form, at, "age", "under14", "sure", "1").want(t, 200, "要先有家里的大人同意", "人工", "12355", "110")
	young.lacks(t, "下一步")
	b.send(form, at, "age", "14", "sure", "1", "agree", "2026-11").want(t, 200, "要先有家里的大人同意") // another answer later raises nothing
	if n := h.booked(who); n != 0 {
		t.Fatalf("%d appointments of a child without a guardian", n)
	}
	code, err := h.consents.Invite(t.Context(), who.ID, consent.Booking)
	if err != nil {
		t.Fatal(err)
	}
	paper := consent.Paper{Code: code.Code, Purposes: []consent.Purpose{consent.Booking}, Relation: "妈妈", Form: "示例-1", Signed: "2026-03-01", Staff: "示例老师"}
	if _, err := h.consents.Record(t.Context(), paper); err != nil {
		t.Fatal(err)
	}
	b.send(b.get(at), at).want(t, 200, "这样约，对吗", "就是同意这样存")
	b.do(http.MethodPost, at, url.Values{"form": {formWord.FindStringSubmatch(b.get(at).body)[1]}, "sure": {"1"}}).want(t, 200, "这样约，对吗") // words that nobody read are not agreed to
	if n := h.booked(who); n != 0 {
		t.Fatalf("%d appointments without the words", n)
	}
	b.send(b.get(at), at, "sure", "1")
	if n := h.booked(who); n != 1 {
		t.Errorf("%d appointments, want 1", n)
	}
}

func TestAStrangerIsAskedWhetherTheyAreGrownUpAndOnlyOnce(t *testing.T) {
	h := openHouse(t, nil)
	b, who := h.chatting("nobody-said-who", person.Unknown)
	at := "/p/station/" + aStation + "/book/at/" + weeksSlot
	b.get(at).want(t, 200, "我是大人", "还没满 14 岁")
	b.send(b.get(at), at, "age", "adult").want(t, 200, "这样约，对吗")
	b.send(b.get(at), at, "sure", "1")
	if n := h.booked(who); n != 1 {
		t.Fatalf("%d appointments, want 1", n)
	}
	b.get(strings.Replace(at, weeksSlot, "202603091500", 1)).lacks(t, "我是大人").lacks(t, "就是同意这样存")
}

func TestConsentsStandAmongMyDataAndAreTakenBackThere(t *testing.T) {
	h := openHouse(t, nil)
	b, who := h.chatting("a-parent", person.Parent)
	if err := h.consents.Agree(t.Context(), who.ID, consent.Letters, "2026-11"); err != nil {
		t.Fatal(err)
	}
	b.proves("a-parent")
	page := b.get("/p/data").want(t, 200, "写信（2026-11 版）", "确定收回", "回信都会删掉")
	b.send(page, "/p/data/withdraw", "kind", "purpose", "id", "nothing").want(t, http.StatusForbidden)
	b.send(page, "/p/data/withdraw", "kind", "purpose", "id", "letters")
	b.get("/p/data").want(t, 200, "写信（2026-11 版）", "已经收回")
	if st, err := h.consents.Standing(t.Context(), who.ID, "parent", consent.Letters); err != nil || st.Lack != consent.LackWords {
		t.Errorf("after taking back: %q, %v", st.Lack, err)
	}
}

package bot_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// visited is a room in which somebody had an appointment four hours ago and is about to be asked of it; they are sent nothing
// unless they write.
func visited(t *testing.T, window error) (r *room, visits *booking.Service) {
	t.Helper()
	r = newRoom(t)
	r.phone.verr = window
	r.says("家长")
	p, err := r.People.Resolve(t.Context(), someone)
	if err != nil {
		t.Fatal(err)
	}
	visits = r.bookings
	a, err := visits.Book(t.Context(), booking.Wish{Key: "k", Person: p.ID, Slot: "tianhe-1@202603041400"})
	if err != nil {
		t.Fatal(err)
	}
	r.work()
	r.now = a.Start.Add(4 * time.Hour)
	return r, visits
}

var shut = &channel.PushError{Verdict: channel.PushPark, Code: 45015, Err: errors.New("outside the window")}

const asksOfVisit = "有帮助吗"

func TestTheQuestionAfterAVisitComesBehindTheAnswerAndOnce(t *testing.T) {
	r, visits := visited(t, shut)
	r.work()
	said := r.says("孩子写作业拖拉怎么办")
	answer, question, found := strings.Cut(said, "3月4日 周三约的")
	if !found || !strings.Contains(question, asksOfVisit) || len([]rune(answer)) < 20 {
		t.Fatalf("the answer to their words, then the question; it says:\n%s", said)
	}
	r.now = r.now.Add(2 * time.Hour)
	r.work()
	if said := r.says("菜单"); strings.Contains(said, asksOfVisit) {
		t.Errorf("asked a second time:\n%s", said)
	}
	in := r.text("没帮上")
	in.MenuID = dialog.Button("visit", "asked", "没帮上") // the button of the question, whatever was asked since
	wants(t, r.sends(in), "记下了", "3月4日", "对不住")
	if as, err := visits.ToRate(t.Context(), "x"); err != nil || len(as) != 0 {
		t.Errorf("to rate: %v, %v", as, err)
	}
}

func TestTheQuestionAfterAVisitIsPushedWhereTheAccountMay(t *testing.T) {
	r, _ := visited(t, nil)
	r.work()
	if all := strings.Join(r.phone.texts(), "\n"); strings.Count(all, asksOfVisit) != 1 {
		t.Errorf("pushed: %s", all)
	}
}

func TestTheQuestionAfterAVisitWaitsForDangerAndForWhatIsUnderWay(t *testing.T) {
	for name, window := range map[string]error{"next contact": shut, "pushed": nil} {
		t.Run(name, func(t *testing.T) {
			r, _ := visited(t, window)
			pushed := func() string { return strings.Join(r.phone.texts(), "\n") }
			said := r.says("自测")
			said += r.says("PHQ-9")
			wants(t, r.says("开始"), "做事时提不起劲")
			r.work()
			if said += r.says("完全没有"); strings.Contains(said+pushed(), asksOfVisit) {
				t.Errorf("asked in the midst of a questionnaire:\n%s\n%s", said, pushed())
			}
			r.now = r.now.Add(time.Hour)
			said = r.says("我不想活了")
			r.now = r.now.Add(2 * time.Minute)
			r.work()
			if said += r.says("我一个人在家"); strings.Contains(said+pushed(), asksOfVisit) {
				t.Errorf("asked in a talk about danger:\n%s\n%s", said, pushed())
			}
			wants(t, said, "12356")
		})
	}
}

func TestTheQuestionAfterAVisitIsDroppedWhereItWasAnsweredMeanwhile(t *testing.T) {
	r, visits := visited(t, shut)
	r.work() // it waits for the next contact
	p, err := r.People.Resolve(t.Context(), someone)
	if err != nil {
		t.Fatal(err)
	}
	as, err := visits.ToRate(t.Context(), p.ID)
	if err != nil || len(as) != 1 {
		t.Fatalf("to rate: %v, %v", as, err)
	}
	if err := visits.Rate(t.Context(), p.ID, as[0].ID, booking.Helped); err != nil { // on the page
		t.Fatal(err)
	}
	if said := r.says("菜单"); strings.Contains(said, asksOfVisit) {
		t.Errorf("asked though it was answered:\n%s", said)
	}
}

// asksOf does what the program does with a row that asks of a visit.
func (r *room) asksOf(visits *booking.Service) outbox.Handler {
	return func(ctx context.Context, row outbox.Row) error {
		q, err := visits.Ask(ctx, row)
		if err != nil || len(q.Replies) == 0 {
			return err
		}
		return r.AskOfVisit(ctx, row.Person, "asked:"+row.Key, q.Appointment, q.Until, q.Replies)
	}
}

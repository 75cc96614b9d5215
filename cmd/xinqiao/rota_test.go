package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// supervisor is who changes the rota in these tests.
var supervisor = staff.Account{ID: uuid.NewString(), Name: "wang", DisplayName: "示例·王主任", Role: staff.Supervisor}

// changes makes a change that begins now and lasts a day.
func (w *world) changes(c rota.Change) rota.Change {
	w.t.Helper()
	now := time.Now()
	c.Key, c.From, c.To = uuid.NewString(), now.Add(-time.Minute), now.Add(24*time.Hour)
	c, err := w.app.rota.Propose(w.t.Context(), supervisor, c, true)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// ladder is whom a call would reach now, without everybody.
func (w *world) ladder() string {
	return ladderLine(w.app.duty.Current().Ladder(rota.City, time.Now()))
}

const threePlan = dutyPlan + `  - {name: 天河区, shifts: [{days: [周一], from: "00:00", to: "01:00", who: [li]}]}
`

func withLi(plan string) string {
	return strings.Replace(plan, "people:\n", "people:\n  - {id: li, name: 李, email: li@example.org}\n", 1)
}

func TestACallInAnOutageKnowsTheChangesOfTheRota(t *testing.T) {
	t.Parallel()
	desk := newDutyDesk(t)
	cfg := embedded(t)
	cfg.Alerts.Rota, cfg.Alerts.Ways = writeRota(t, withLi(threePlan)), []config.Way{desk.way()}
	w := start(t, cfg, appOptions{})
	w.changes(rota.Change{Kind: rota.Extra, District: rota.City, In: "li"})
	if err := w.app.db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.Send(t.Context(), wxsim.Text("somebody", "我不想活了")); err != nil {
		t.Fatal(err)
	}
	w.eventually("everybody to be called, with the one who came by a change", func() bool {
		return slices.Contains(desk.calls(t), "unfiled 全员 陈 王 李")
	})
	if got := w.ladder(); got != "值班 陈 → 候补 李 → 主管 王" {
		t.Errorf("with the database away the ladder is %s", got)
	}
}

func TestAChangeOfTheRotaReachesEveryReplica(t *testing.T) {
	t.Parallel()
	storetest.MySQL(t)
	cfg := shared(t)
	cfg.Alerts.Rota = writeRota(t, withLi(threePlan))
	one, two := start(t, cfg, appOptions{}), start(t, cfg, appOptions{})
	c := one.changes(rota.Change{Kind: rota.Leave, Out: "chen", In: "li"})
	for _, w := range []*world{one, two} {
		w.eventually("the replica to know of it", func() bool { return w.ladder() == "值班 李 → 主管 王" })
	}
	if err := two.app.rota.Withdraw(t.Context(), supervisor, c.ID, false); err != nil {
		t.Fatal(err)
	}
	one.eventually("the first replica to know that it was taken back", func() bool { return one.ladder() == "值班 陈 → 主管 王" })
}

func TestAGapThatAChangeMakesIsSaid(t *testing.T) {
	t.Parallel()
	cfg := embedded(t)
	cfg.Alerts.Rota = writeRota(t, dutyPlan)
	w := start(t, cfg, appOptions{})
	if _, body := w.get("/readyz"); !strings.Contains(body, "duty: ok") {
		t.Errorf("before the change /readyz says %s", body)
	}
	w.changes(rota.Change{Kind: rota.Leave, Out: "chen"})
	if _, body := w.get("/readyz"); !strings.Contains(body, "duty: nobody on call from") {
		t.Errorf("after the change /readyz says %s", body)
	}
	w.stop()
	if code, out, _ := command(t.Context(), t, append(w.environ(), "XINQIAO_ALERTS_ROTA="+cfg.Alerts.Rota), "", "rota"); code == exitFine || !strings.Contains(out, "nobody on call") {
		t.Errorf("`xinqiao rota` does not know the change: %d %s", code, out)
	}
}

func TestARotaOfTheDeskIsReadOut(t *testing.T) {
	t.Parallel()
	cfg := embedded(t)
	w := start(t, cfg, appOptions{})
	if _, body := w.get("/readyz"); !strings.Contains(body, "duty: no rota") {
		t.Errorf("without a rota /readyz says %s", body)
	}
	base := rota.SavedPlan{Key: "k", Plan: rota.Plan{
		People:    []rota.Person{{ID: "chen", Name: "陈", Account: "chen"}},
		Districts: []rota.District{{Name: rota.City, Shifts: []rota.Shift{{Days: []string{"每天"}, From: "00:00", To: "24:00", Who: []string{"chen"}}}}},
	}}
	if err := w.app.rota.SavePlan(t.Context(), supervisor, base, false); err != nil {
		t.Fatal(err)
	}
	if _, body := w.get("/readyz"); !strings.Contains(body, "duty: ok") {
		t.Errorf("with a rota of the desk /readyz says %s", body)
	}
	w.stop()
	if code, out, errs := command(t.Context(), t, w.environ(), "", "rota"); code != exitFine || !strings.Contains(out, "值班 陈") {
		t.Errorf("`xinqiao rota`: %d %s %s", code, out, errs)
	}
}

package desk_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/desk"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestAStationSeesHowManyAndNoWordsAndOnlyWhereItTellsOfNobody(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	o := openOffice(t, db, func(opts *desk.Options) {
		opts.AliasOf = func(ctx context.Context, id string) (string, error) {
			p, err := db.People().Get(ctx, id)
			return p.Alias, err
		}
	})
	says := func(n int, station string, op booking.Opinion, words string, named bool) person.Person {
		t.Helper()
		day := 2 + n%3
		o.at(t, "2026-03-01 10:00")
		slot := fmt.Sprintf("%s@202603%02d%s", station, day, []string{"1400", "1450"}[n/3%2])
		a := o.books(t, fmt.Sprint(station, n), slot, "")
		o.at(t, "2026-03-06 18:00")
		if err := o.booking.Rate(t.Context(), a.Person, a.ID, op); err != nil {
			t.Fatal(err)
		}
		if err := o.booking.Reword(t.Context(), a.Person, a.ID, words, named); err != nil {
			t.Fatal(err)
		}
		p, err := db.People().Get(t.Context(), a.Person)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	silent := says(0, "tianhe-1", booking.Helped, "老师很耐心", false)
	named := says(1, "tianhe-1", booking.NoHelp, "等了一个小时", true)
	for n := 2; n < 6; n++ {
		says(n, "tianhe-1", booking.Helped, "", false)
	}
	few := says(1, "tianhe-2", booking.NoHelp, "只来过我一个", false)

	boss, clerk, lead := o.signedInAs(t, "ju", staff.Manager), o.clerk(t, "qian", "tianhe-1"), o.signedIn(t, "mei", staff.Supervisor)
	o.at(t, "2026-04-10 10:00")
	_, page := clerk.do("GET", "/desk/feedback", nil)
	wants(t, "while somebody may still answer", page, "天河家庭教育指导中心", "还不到 5 个人", "!人说了")

	o.at(t, "2026-04-15 10:00")
	_, page = clerk.do("GET", "/desk/feedback", nil)
	wants(t, "its own station", page, "2026年3月", "6 人说了", "有帮助、一般、没帮上 <b>6</b>", "!看写的话", "!老师很耐心", "!"+few.Alias, "!tianhe-2")
	_, page = boss.do("GET", "/desk/feedback", nil)
	wants(t, "all stations, for who answers for the work", page, "6 人说了", "还不到 5 个人", "!看写的话", "!等了一个小时")
	_, page = lead.do("GET", "/desk/feedback/words/tianhe-1", nil)
	wants(t, "the words", page, "老师很耐心", "等了一个小时", named.Alias, "!"+silent.Alias)
	_, page = lead.do("GET", "/desk/feedback/words/tianhe-2", nil)
	wants(t, "words that would tell of somebody", page, "!只来过我一个", "没有可以看的")
	if es, err := db.Audit().Find(t.Context(), audit.Filter{Object: "tianhe-1"}, 10); err != nil || len(es) != 1 || es[0].Kind != audit.ReadFeedback || time.Since(es[0].At) > time.Hour {
		t.Errorf("the log of the opening: %+v, %v", es, err)
	}
}

package desk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/desk"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// campaigns are two that can be sent at any time, and one that is over.
func (o *office) campaigns(t testing.TB) *desk.Campaigns {
	t.Helper()
	all, err := campaign.Load(fstest.MapFS{"c.yaml": {Data: []byte(`campaigns:
  - {id: exam, title: 中考、高考前, text: "考前这几天，家里少一点特别：照常吃饭、照常说笑。\n孩子睡不着，可以发“找老师聊聊”。", card: {title: 求助热线, summary: 着急的时候可以打, url: /p/hotlines}, audience: parent, from: 2020-01-01, until: 2099-12-31, per_minute: 300, way: push, sample: true}
  - {id: may, title: 五月, text: 五月，心里的事说一说吧。, from: 2020-01-01, until: 2099-12-31, per_minute: 300, way: contact}
  - {id: past, title: 去年的活动, text: 去年的事，已经过去了。, from: 2020-01-01, until: 2020-01-02, per_minute: 300, way: push}
`)}})
	if err != nil {
		t.Fatal(err)
	}
	return &desk.Campaigns{Service: &campaign.Service{Calendar: func() *campaign.Calendar { return all }, Store: o.db.Campaigns(), Outbox: o.db.Outbox()}, Find: o.db.Rights().Find}
}

func TestACampaignIsTriedStartedPausedAndResumedFromTheDesk(t *testing.T) {
	o := officeOnSQLite(t)
	ju := o.signedInAs(t, "ju", staff.Manager)
	who := o.person(t, "reader", person.Parent)
	if _, page := ju.do("GET", "/desk/campaigns", nil); !strings.Contains(page, "照常吃饭") || !strings.Contains(page, "发“退订”就停") || strings.Count(page, "还没开始") != 3 {
		t.Error("the page lacks what is sent, how people get out, or the states")
	}
	if res, page := ju.do("POST", "/desk/campaigns/exam/test", url.Values{"to": {"没有这个人"}}); res.StatusCode != http.StatusNotFound || !strings.Contains(page, "没有找到这个代号") {
		t.Errorf("a trial to nobody: %d", res.StatusCode)
	}
	if _, page := ju.do("POST", "/desk/campaigns/exam/test", url.Values{"to": {who.Alias}}); !strings.Contains(page, "在路上了") {
		t.Error("a trial is not said to be on its way")
	}
	if res, _ := ju.do("POST", "/desk/campaigns/past/start", nil); res.StatusCode != http.StatusConflict {
		t.Errorf("a past one is started: %d", res.StatusCode)
	}
	for _, step := range []struct{ do, shows string }{{"start", "正在发"}, {"start", "正在发"}, {"pause", "ju 点了暂停"}, {"resume", "正在发"}} {
		if _, page := ju.do("POST", "/desk/campaigns/exam/"+step.do, nil); !strings.Contains(page, step.shows) {
			t.Errorf("after %s the page lacks %q", step.do, step.shows)
		}
	}
	if res, _ := ju.do("POST", "/desk/campaigns/may/resume", nil); res.StatusCode != http.StatusConflict {
		t.Errorf("one that never began is resumed: %d", res.StatusCode)
	}
	if log, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: "exam pause"}, 5); err != nil || len(log) != 1 || log[0].Kind != audit.Campaign {
		t.Errorf("the log: %+v, %v", log, err)
	}
}

func TestCampaignsAreReadableAndReachable(t *testing.T) {
	ctx := browser(t)
	o := openOffice(t, storetest.SQLite(t).Open(t, nil))
	o.signedInAs(t, "ju", staff.Manager)
	comesIn(t, ctx, o, "ju", "/desk")
	arrives(t, ctx, "a manager's first page", `document.readyState === "complete" && location.pathname === "/desk/board"`)
	c := o.campaigns(t)
	for i, fate := range []campaign.Fate{campaign.Sent, campaign.Sent, campaign.Waiting, campaign.Blocked} {
		p := o.person(t, string(rune('a'+i)), person.Parent)
		if _, err := c.Store.Keep(t.Context(), campaign.Recipient{Campaign: "may", Person: p.ID, Fate: fate, Key: p.ID, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Start(t.Context(), "may", "示例·局里"); err != nil {
		t.Fatal(err)
	}
	if err := c.Pause(t.Context(), "may", "示例·局里", "平台今天的发送次数用完了。零点以后点“接着发”，从停下的地方继续"); err != nil {
		t.Fatal(err)
	}
	for _, wide := range []struct {
		n    int64
		name string
	}{{1280, "campaigns-1280"}, {390, "campaigns-390"}} {
		browsertest.Do(t, ctx, wide.name, chromedp.EmulateViewport(wide.n, 900), chromedp.Navigate(o.url+"/desk/campaigns"),
			browsertest.Until(`document.readyState === "complete" && document.querySelector("main h1")?.textContent === "群发" && document.documentElement.scrollWidth <= innerWidth`))
		noViolations(t, ctx)
		look(t, ctx, wide.name, wide.n, 1500)
	}
	browsertest.Do(t, ctx, "start it by keyboard", chromedp.Focus(`#c-exam button.primary`), chromedp.KeyEvent("\r"))
	arrives(t, ctx, "the campaign that began", `document.readyState === "complete" && document.querySelector("#c-exam .letter-chip")?.textContent === "正在发"`)
}

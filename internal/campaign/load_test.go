package campaign_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/xinqiao-bot/xinqiao/internal/campaign"
)

const good = "  - id: a\n    title: 五月\n    text: 五月，心里的事说一说吧。\n    from: 2027-05-01\n    until: 2027-05-31\n    per_minute: 100\n    way: push\n"

func TestAMistakeInACampaignIsSaidWithItsPlaceAndHowToMendIt(t *testing.T) {
	for name, c := range map[string]struct{ old, fresh, want string }{
		"fine":                      {"way: push", "way: contact", ""},
		"no such way":               {"way: push", "way: sms", "campaigns/c.yaml:8:"},
		"an end before its start":   {"2027-05-31", "2027-04-30", "until 在 from 前面"},
		"a day that is none":        {"2027-05-01", "五月一号", "看不懂"},
		"faster than is allowed":    {"100", "100000", "一分钟 100000 个不对"},
		"an audience that is none":  {"way: push", "way: push\n    audience: 老师", "没有“老师”这种对象"},
		"a card that leads nowhere": {"way: push", "way: push\n    card: {title: 看, url: javascript:alert(1)}", "网址"},
		"an ID twice":               {"way: push\n", "way: push\n" + good, "用过了"},
		"an unknown key":            {"title:", "titel:", "titel"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := campaign.Load(fstest.MapFS{"c.yaml": {Data: []byte("campaigns:\n" + strings.Replace(good, c.old, c.fresh, 1))}})
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "campaigns/c.yaml:") {
				t.Errorf("said %v, want %q", err, c.want)
			}
		})
	}
}

func TestEveryShippedCampaignSaysHowToGetOutOfIt(t *testing.T) {
	c, err := campaign.Load(os.DirFS("../../dialogs/campaigns"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.All()) < 4 {
		t.Errorf("%d campaigns: the start of term, the examinations, May and October are wanted", len(c.All()))
	}
	for _, x := range c.All() {
		if r := x.Replies(); !x.Sample || len(r) != 1 || !strings.Contains(r[0].Text, "退订") {
			t.Errorf("%s is no sample, or does not say how to get out of it", x.ID)
		}
	}
}

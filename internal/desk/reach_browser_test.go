package desk_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/desk"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

func TestTheMeterSaysWhatKeepsAMessageFromThePerson(t *testing.T) {
	var mu sync.Mutex
	var reach desk.Reach
	ctx, _, _, _ := talk(t, risk.High, func(o *desk.Options) {
		o.Reach = func(context.Context, string) (desk.Reach, error) {
			mu.Lock()
			defer mu.Unlock()
			return reach, nil
		}
	})
	for _, c := range []struct {
		name  string
		reach desk.Reach
		says  string
	}{
		{"counted", desk.Reach{Known: true, Sent: []time.Time{time.Now(), time.Now()}}, "还能主动发 3 条，到 "},
		{"closed", desk.Reach{Known: true, Closed: time.Now().Add(time.Minute)}, "等对方下次来信时送达"},
		{"gone", desk.Reach{Gone: time.Now()}, "对方已取消关注，消息发不到 TA 那里。现在写的，等 TA 重新关注或来信时送达；要紧的事请打电话。"},
		{"shut", desk.Reach{Shut: "接口被微信封禁了（48004）：登录 mp.weixin.qq.com，看站内通知写的原因和期限，按要求整改或申诉。"}, "微信现在不让这个公众号主动发消息。现在写的，等对方下次来信时送达。"},
		{"refused", desk.Reach{Known: true, Failed: time.Now().Add(time.Minute), Why: "对方在公众号里关掉了“接收消息”（48002）：请对方打开公众号右上角的设置里的“接收消息”；要紧的事请打电话。"}, "上一条微信没有收下：对方在公众号里关掉了"},
	} {
		mu.Lock()
		reach = c.reach
		mu.Unlock()
		browsertest.Do(t, ctx, c.name, chromedp.Reload(), browsertest.Visible(`#text`))
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.getElementById("meter").textContent`))
		if err != nil || !strings.Contains(text, c.says) {
			t.Errorf("%s: the meter says %q (%v)", c.name, text, err)
		}
		look(t, ctx, "meter-"+c.name+"-1280", 1280, 860)
		look(t, ctx, "meter-"+c.name+"-390", 390, 844)
	}
	noViolations(t, ctx)
}

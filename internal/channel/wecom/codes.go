package wecom

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// The codes that the program itself asks for.
const (
	codeToken = 95007 // the token of a call has ended
	codeState = 95018 // the conversation is in a state in which nothing can be sent
	codeLimit = 95001 // five messages since the person's last
	codeTime  = 95002 // 48 hours since then
)

// tokenInvalid are the codes of an access token that has ended or was retired.
func tokenInvalid(code int) bool { return code == 40014 || code == 42001 }

// rule is what is done about an error code of the platform's.
type rule struct {
	verdict channel.PushVerdict
	loud    bool // somebody must look: a line of ERROR, /readyz, a metric
	meaning string
	mend    string
}

// rules follow the platform's list of error codes (developer.work.weixin.qq.com, 全局错误码). A code that is not listed here
// is not "try again": it parks, and somebody must look.
var rules = map[int]rule{
	-1:        {channel.PushRetry, false, "系统繁忙", "不用做什么，会自己再试。"},
	6000:      {channel.PushRetry, false, "同时改了同一份数据", "不用做什么，会自己再试。"},
	40001:     {channel.PushPark, true, "secret 不对", "到微信客服后台“开发配置”里重新取 Secret，写进 wecom.accounts 的 secret。"},
	40013:     {channel.PushPark, true, "corp_id 不对", "企业 ID 在“企业信息”里，写进 wecom.accounts 的 corp_id。"},
	40014:     {channel.PushRetry, false, "access_token 已经失效", "不用做什么，会自己重取。"},
	42001:     {channel.PushRetry, false, "access_token 过期", "不用做什么，会自己重取。"},
	40003:     {channel.PushGiveUp, false, "没有这个客户", "换人联系对方。"},
	40096:     {channel.PushGiveUp, false, "没有这个客户", "换人联系对方。"},
	40008:     {channel.PushGiveUp, true, "消息类型不对", "这是程序的错，请把时间报给开发的人。"},
	40058:     {channel.PushGiveUp, true, "消息里有一项不合规定", "这是程序的错，请把时间报给开发的人。"},
	45002:     {channel.PushGiveUp, true, "消息太长", "这是程序的错，请把时间报给开发的人。"},
	45009:     {channel.PushPark, true, "接口调用太多", "过一会儿会自己恢复；还不行就看是不是有别的程序在用同一个 secret。"},
	45033:     {channel.PushRetry, false, "同时调用太多", "不用做什么，会自己再试。"},
	48002:     {channel.PushPark, true, "没有调用这个接口的权限", "在微信客服后台把客服账号交给这个应用“通过 API 管理”。"},
	60020:     {channel.PushPark, true, "服务器的 IP 不在可信名单里", "在应用的“企业可信 IP”里加上服务器出口的 IP。"},
	95000:     {channel.PushPark, true, "open_kfid 不对", "运行 xinqiao doctor 看有哪些客服账号，改 wecom.accounts 的 open_kfid。"},
	codeLimit: {channel.PushPark, false, "对方上次来信以后已经发了 5 条", "等对方下次来信，会接着发。"},
	codeTime:  {channel.PushPark, false, "对方上次来信已经过了 48 小时", "等对方下次来信，会接着发。"},
	95003:     {channel.PushPark, true, "可接待的客户人数到上限了", "企业要先完成认证，人数上限才会放开。"},
	95004:     {channel.PushPark, true, "没有这个客服账号", "运行 xinqiao doctor 看有哪些客服账号，改 wecom.accounts 的 open_kfid。"},
	codeToken: {channel.PushRetry, false, "回调里的 Token 过期", "不用做什么，会自己不带它再取。"},
	95011:     {channel.PushPark, true, "这家企业在企业微信里用微信客服", "用企业微信里微信客服的 Secret 和企业 ID。"},
	95012:     {channel.PushPark, true, "这家企业没在企业微信里用微信客服", "用独立版微信客服后台的 Secret 和企业 ID。"},
	95013:     {channel.PushPark, false, "会话已经结束", "等对方下次来信，会接着发。"},
	95016:     {channel.PushPark, true, "会话的状态不让改", "在微信客服后台把接待方式设成“智能助手接待”，不要先转人工。"},
	95017:     {channel.PushPark, true, "没有开通 API", "在微信客服后台开启 API，并把客服账号交给它管理。"},
	codeState: {channel.PushPark, true, "会话在人工或排队手里，机器人发不了", "在微信客服后台把接待方式设成“智能助手接待”，结束被人工接走的会话。"},
}

func ruleOf(code int) rule {
	if r, there := rules[code]; there {
		return r
	}
	return rule{channel.PushPark, true, "不认识的错误码", "到 developer.work.weixin.qq.com 的“全局错误码”里查它的意思。"}
}

// Explain says in an operator's words what an error of the API is and how to mend it.
func Explain(err error) string {
	var ae *tencent.APIError
	if !errors.As(err, &ae) {
		return "企业微信的接口没有回答：看服务器能不能访问外网，api_url 对不对。"
	}
	r := ruleOf(ae.Code)
	return strconv.Itoa(ae.Code) + " " + r.meaning + "：" + r.mend
}

// failReason says why a message that was taken did not arrive (event msg_send_fail).
func failReason(failType int) string {
	switch failType {
	case 1:
		return "account deleted"
	case 2:
		return "application closed"
	case 4:
		return "48 hours"
	case 5:
		return "session closed"
	case 6:
		return "5 messages"
	case 8:
		return "company not verified"
	case 10:
		return "rejected by the person"
	}
	return "unknown"
}

// Trouble is what keeps an account from pulling or sending, for a reason that somebody must look at.
type Trouble struct {
	Account string
	Path    string
	Code    int
	Since   time.Time
	until   time.Time
}

// Text says in an operator's words what it is and how to mend it.
func (t Trouble) Text() string {
	if t.Code == 0 {
		return Explain(tencent.ErrHTTP)
	}
	return Explain(&tencent.APIError{Code: t.Code})
}

const (
	troubleFor = time.Hour // for how long it is said after it was met
	tryAgain   = time.Minute
)

// Troubles are what the accounts suffer from at the moment, as far as this replica has met it.
func (c *Channel) Troubles() (out []Trouble) {
	now := c.o.Now()
	for _, name := range c.names() {
		a := c.accounts[name]
		a.mu.Lock()
		if t := a.trouble; t != nil && now.Before(t.until) {
			out = append(out, *t)
		}
		a.mu.Unlock()
	}
	return out
}

// meet notes an error that somebody must look at. One line is written; while it lasts no more are.
func (c *Channel) meet(a *account, path string, err error) {
	var ae *tencent.APIError
	code := 0
	if errors.As(err, &ae) {
		code = ae.Code
		if !ruleOf(code).loud {
			return
		}
	} else if !errors.Is(err, tencent.ErrHTTP) || path != syncPath {
		return
	}
	now := c.o.Now()
	a.mu.Lock()
	fresh := a.trouble == nil || a.trouble.Code != code || a.trouble.Path != path || now.After(a.trouble.until)
	if fresh {
		a.trouble = &Trouble{Account: a.Name, Path: path, Code: code, Since: now}
	}
	a.trouble.until = now.Add(troubleFor)
	a.mu.Unlock()
	if fresh && code != 0 { // what does not answer is said by whoever pulls
		c.o.Log.Error("WeCom refuses", "meaning", ruleOf(code).meaning, "account", a.Name, "path", path, "code", code, "mend", ruleOf(code).mend)
	}
}

// settled says that an interface answered: whatever was wrong with it is over.
func (c *Channel) settled(a *account, path string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.trouble != nil && a.trouble.Path == path {
		a.trouble = nil
	}
}

// refused says what to do with a message that the platform did not take.
func (c *Channel) refused(a *account, err error) error {
	pe := &channel.PushError{Verdict: channel.PushRetry, Err: err}
	var ae *tencent.APIError
	if !errors.As(err, &ae) {
		c.metrics.pushes.WithLabelValues(a.Name, "unknown").Inc()
		return pe
	}
	c.metrics.pushes.WithLabelValues(a.Name, strconv.Itoa(ae.Code)).Inc()
	r := ruleOf(ae.Code)
	pe.Code, pe.Verdict = ae.Code, r.verdict
	if r.loud && r.verdict == channel.PushPark { // it may be mended without a word of the person
		pe.Again = c.o.Now().Add(tryAgain)
	}
	c.meet(a, sendPath, err)
	return pe
}

// troubleGauge shows the troubles as they are at the moment of asking.
type troubleGauge struct{ c *Channel }

var troubleDesc = prometheus.NewDesc("xinqiao_wecom_trouble", "1 where WeCom customer service does not take or give messages for a reason that somebody must look at, by account, interface and error code (0: no answer).",
	[]string{"account", "path", "code"}, nil)

// Describe implements prometheus.Collector.
func (troubleGauge) Describe(ch chan<- *prometheus.Desc) { ch <- troubleDesc }

// Collect implements prometheus.Collector.
func (g troubleGauge) Collect(ch chan<- prometheus.Metric) {
	for _, t := range g.c.Troubles() {
		ch <- prometheus.MustNewConstMetric(troubleDesc, prometheus.GaugeValue, 1, t.Account, t.Path, strconv.Itoa(t.Code))
	}
}

// wait pauses, unless ctx ends before.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

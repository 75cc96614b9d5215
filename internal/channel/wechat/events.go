package wechat

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// EventRule says what an event of the platform means to us: whether a person did something, and what we do about it. Events
// of the other kind are no sign of life: nothing that waits for a person is handed out with them, they end no silence, they
// stand in no conversation, and whoever never did more is nobody whom we know.
type EventRule struct {
	Name    string            // the platform's own; a * at its end stands for a family of names
	Acted   bool              // a person did something
	Seen    bool              // an answer to it is seen
	Opens   bool              // it opens the window of a minute in which the account may write to them
	As      channel.EventType // what the bot is told that it is; "" tells it nothing
	Meaning string            // in an operator's words, as Does
	Does    string
}

// What is done about several of them.
const (
	doesNothing = "答 success，不再处理"
	doesFollows = "答 success；跟着来的那条消息照常回答"
	doesAnswer  = "像点菜单一样回答，等着的话一起带上"
)

// eventRules are the events of the platform: https://developers.weixin.qq.com/doc/offiaccount/ and the pages of its parts.
// What is not among them is taken for one that nobody did (unknownEvent).
var eventRules = []EventRule{
	{"subscribe", true, true, true, channel.EventSubscribe, "关注公众号；扫带场景的二维码关注时，EventKey 是 qrscene_ 加场景", "欢迎，等着的话一起带上；有场景就走场景的流程"},
	{"unsubscribe", true, false, false, channel.EventUnsubscribe, "取消关注", "答 success；不再给他发消息，开着的个案不动"},
	{"SCAN", true, true, true, channel.EventScan, "已关注的人扫了带场景的二维码", "走场景的流程，等着的话一起带上"},
	{"CLICK", true, true, true, channel.EventClick, "点了菜单里的 key 按钮", "走按钮的流程，等着的话一起带上"},
	{"VIEW", true, false, false, "", "点了菜单里的网页按钮：手机打开网页，看不到回复", "答 success；等着的话不在这时候给，也不算开口说话"},
	{"VIEW_MINIPROGRAM", true, false, false, "", "点了菜单里的小程序按钮：手机打开小程序，看不到回复", "答 success；等着的话不在这时候给，也不算开口说话"},
	{"scancode_push", true, false, true, "", "用菜单扫码：手机直接打开扫到的内容", "答 success；等着的话不在这时候给"},
	{"scancode_waitmsg", true, true, true, channel.EventClick, "用菜单扫码，手机上显示“消息接收中”等着回复", doesAnswer},
	{"pic_sysphoto", true, false, false, "", "用菜单拍照：照片作为图片消息跟着来", doesFollows},
	{"pic_photo_or_album", true, false, false, "", "用菜单拍照或选图：图片消息跟着来", doesFollows},
	{"pic_weixin", true, false, false, "", "用菜单选微信相册里的图：图片消息跟着来", doesFollows},
	{"location_select", true, false, false, "", "用菜单选位置：位置消息跟着来", doesFollows},
	{"LOCATION", false, false, false, "", "手机自动上报位置（进入会话时，或每 5 秒一次）", "答 success；位置不读、不存"},
	{"user_enter_tempsession", true, false, false, "", "从小程序打开客服会话", doesNothing},
	{"enter_agent", false, false, false, "", "进入会话（企业微信的应用）", doesNothing},

	{"TEMPLATESENDJOBFINISH", false, false, false, channel.EventDelivery, "一条模板消息送到了没有", "答 success；记下结果，没送到就叫下一个人"},
	{"MASSSENDJOBFINISH", false, false, false, channel.EventDelivery, "一次群发的结果", "答 success；记下结果"},
	{"PUBLISHJOBFINISH", false, false, false, "", "一次发布文章的结果", doesNothing},
	{"subscribe_msg_popup_event", true, false, false, channel.EventConsent, "在弹窗里同意或拒绝订阅通知", "答 success；记进账本：同意一次记一次，可以发一条；拒绝就清零"},
	{"subscribe_msg_change_event", true, false, false, channel.EventConsent, "在设置里关掉或打开订阅通知", "答 success；记进账本：关掉就清零；打开只解除拒绝，不多给次数"},
	{"subscribe_msg_sent_event", false, false, false, channel.EventConsent, "一条订阅通知送到了没有", "答 success；结果记进账本；没送到也不补发，要说的话一直等着对方下次来信"},

	{"user_info_modified", false, false, false, "", "改了微信的头像或昵称，或者平台清理了它们", "答 success；程序不存头像和昵称，没有要改的，日志记一笔"},
	{"user_authorization_revoke", true, false, false, channel.EventRevoke, "撤回了个人信息的授权（RevokeInfo 是撤回的项目）", "答 success；停止处理，像本人要求删除一样删除；有开着的个案时，等结案后再删"},
	{"user_authorization_cancellation", true, false, false, channel.EventRevoke, "注销了微信账号，或完全撤回授权", "答 success；停止处理，像本人要求删除一样删除；有开着的个案时，等结案后再删"},

	{"kf_create_session", false, false, false, "", "微信自带的客服接入会话", doesNothing},
	{"kf_close_session", false, false, false, "", "微信自带的客服关闭会话", doesNothing},
	{"kf_switch_session", false, false, false, "", "微信自带的客服转接会话", doesNothing},

	{"qualification_verify_success", false, false, false, "", "资质认证通过", doesNothing},
	{"qualification_verify_fail", false, false, false, "", "资质认证没通过", doesNothing},
	{"naming_verify_success", false, false, false, "", "名称认证通过", doesNothing},
	{"naming_verify_fail", false, false, false, "", "名称认证没通过", doesNothing},
	{"annual_renew", false, false, false, "", "该年审了", doesNothing},
	{"verify_expired", false, false, false, "", "认证过期了", doesNothing},

	{"card_*", false, false, false, "", "卡券审核、库存、支付", doesNothing},
	{"user_get_card", true, false, false, "", "领了卡券", doesNothing},
	{"user_gifting_card", true, false, false, "", "转赠卡券", doesNothing},
	{"user_del_card", true, false, false, "", "删了卡券", doesNothing},
	{"user_consume_card", true, false, false, "", "用掉卡券", doesNothing},
	{"user_view_card", true, false, false, "", "看了会员卡", doesNothing},
	{"user_enter_session_from_card", true, false, false, "", "从卡券进了会话", doesNothing},
	{"user_pay_from_pay_cell", true, false, false, "", "用卡券买单", doesNothing},
	{"update_member_card", false, false, false, "", "会员卡内容更新", doesNothing},
	{"submit_membercard_user_info", true, false, false, "", "填了会员卡资料", doesNothing},
	{"giftcard_*", false, false, false, "", "礼品卡", doesNothing},
	{"user_scan_product*", true, false, false, "", "扫了商品条码", doesNothing},
	{"user_authorize_invoice", true, false, false, "", "授权开发票", doesNothing},
	{"*invoice*", false, false, false, "", "发票", doesNothing},

	{"poi_check_notify", false, false, false, "", "门店审核", doesNothing},
	{"*_audit_info", false, false, false, "", "门店小程序审核", doesNothing},
	{"WifiConnected", false, false, false, "", "连上了 Wi-Fi", doesNothing},
	{"Shakearound*", false, false, false, "", "摇一摇周边", doesNothing},
	{"bind", false, false, false, "", "绑定设备", doesNothing},
	{"unbind", false, false, false, "", "解绑设备", doesNothing},
	{"device_*", false, false, false, "", "设备上报", doesNothing},
	{"guide_*", false, false, false, "", "对话能力（导购助手）", doesNothing},
	{"weapp_audit_*", false, false, false, "", "小程序审核", doesNothing},
	{"wxa_*", false, false, false, "", "小程序的审核、检测、违规", doesNothing},
	{"open_product_*", false, false, false, "", "小商店的订单和商品", doesNothing},
	{"product_*", false, false, false, "", "小商店的商品审核", doesNothing},
	{"channels_ec_*", false, false, false, "", "视频号小店", doesNothing},
	{"trade_manage_*", false, false, false, "", "订单发货管理", doesNothing},
	{"funds_order_*", false, false, false, "", "支付和退款", doesNothing},
	{"xpay_*", false, false, false, "", "虚拟支付", doesNothing},
	{"debug_demo", false, false, false, "", "公众平台接口调试工具发来的", doesNothing},
}

// unknownEvent is what we do with an event that is not in the table: nobody is taken to have done anything.
var unknownEvent = EventRule{Name: "其他", Meaning: "表里没有的事件", Does: "答 success；日志里每种记一次"}

// EventRules are the events of the platform and what we do with each, the rule for all others last.
func EventRules() []EventRule { return append(append([]EventRule{}, eventRules...), unknownEvent) }

// exactEvents are the rules whose names stand for one event, by that name in lower case: the platform writes names in every
// way. The others are its families, looked through in order.
var exactEvents, eventFamilies = func() (map[string]EventRule, []EventRule) {
	exact, families := map[string]EventRule{}, []EventRule{}
	for _, r := range eventRules {
		if strings.Contains(r.Name, "*") {
			families = append(families, r)
			continue
		}
		exact[strings.ToLower(r.Name)] = r
	}
	return exact, families
}()

// ruleOf is what we do with an event; false for one that the table does not know.
func ruleOf(event string) (EventRule, bool) {
	event = strings.ToLower(event)
	if r, ok := exactEvents[event]; ok {
		return r, true
	}
	for _, r := range eventFamilies {
		if r.holds(event) {
			return r, true
		}
	}
	return unknownEvent, false
}

// heeds says whether an event is any business of the bot's. What it is not is noted where somebody may want to know of it.
func (c *Channel) heeds(a *account, event string) bool {
	rule, known := ruleOf(event)
	switch {
	case !known && c.strange.first(event):
		c.o.Log.Info("WeChat sent an event of a kind that is not known; it is answered with success, and said once", "account", a.Name, "event", word(event))
	case rule.Name == eventProfile:
		c.o.Log.Info("a follower changed their profile at WeChat, of which nothing is kept here", "account", a.Name)
	}
	return rule.As != ""
}

const eventProfile = "user_info_modified"

// strange remembers the names of events that nobody knows, so that each is told once.
type strange struct {
	mu   sync.Mutex
	told map[string]bool
}

// mostStrange bounds it: whoever can sign may send any name.
const mostStrange = 100

func (s *strange) first(event string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told == nil {
		s.told = map[string]bool{}
	}
	if s.told[event] || len(s.told) >= mostStrange {
		return false
	}
	s.told[event] = true
	return true
}

// word is a name as a log may hold it.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && nameByte(byte(r)) {
			return r
		}
		return '?'
	}, s[:min(len(s), 60)])
}

// holds says whether a name in lower case is of the family.
func (r EventRule) holds(event string) bool {
	name := strings.ToLower(r.Name)
	inner := strings.Trim(name, "*")
	switch {
	case strings.HasPrefix(name, "*") && strings.HasSuffix(name, "*"):
		return strings.Contains(event, inner)
	case strings.HasPrefix(name, "*"):
		return strings.HasSuffix(event, inner)
	}
	return strings.HasPrefix(event, inner)
}

// EventTable is the table in Markdown, for operators.
func EventTable() string {
	var b strings.Builder
	b.WriteString(`# 微信的事件：程序怎么对待

微信除了把人发的消息送来，也把很多“事件”送来。有的是人做了什么，有的是平台自己的报告。报告不算谁说了话：不拿它当回复的机会（要转给对方的话不会
交给一份没人看的报告），不打断“对方没有回话”的计时，不进对话记录，也不因为它认识一个从没说过话的人。

这份表由程序自己写出来（` + "`xinqiao wechat events`" + `），程序按它办事。“开窗口”指接下来 1 分钟里公众号可以主动发 3 条消息。

| 事件 | 意思 | 人做了什么 | 看得到回复 | 开窗口 | 程序怎么做 |
|---|---|---|---|---|---|
`)
	for _, r := range EventRules() {
		name := r.Name
		if name != unknownEvent.Name {
			name = "`" + name + "`"
		}
		_, _ = fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", name, r.Meaning, yes(r.Acted), yes(r.Seen), yes(r.Opens), r.Does)
	}
	return b.String()
}

func yes(b bool) string {
	if b {
		return "是"
	}
	return "否"
}

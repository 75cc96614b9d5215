package staff

import (
	"fmt"
	"strings"
)

// labels are the rights in words, in the order in which the policy is printed.
var labels = []struct {
	right Right
	label string
}{
	{SeeCases, "看个案列表（没有对话）"},
	{Acknowledge, "签收个案，被值班叫到"},
	{ReadConversation, "看对话（每次留记录）"},
	{Talk, "接手、回复、记录、结案"},
	{TakeOver, "写明理由接管同事的对话"},
	{Sweep, "一并处理大量网页新访客"},
	{GrantIdentity, "同意或拒绝查看身份；确认新督导"},
	{SeeLetters, "看有没有来信在等（没有内容）"},
	{AnswerLetters, "看信、写回信"},
	{LeadLetters, "不等第二人寄出、放进树洞栏目"},
	{SeeAppointments, "看预约"},
	{EveryStation, "看不止一个站点的预约"},
	{ReadNotes, "看预约时写的备注"},
	{KeepAppointments, "签到、改期、取消、停约"},
	{RecordConsent, "登记监护人的纸质同意书"},
	{KeepRequests, "办家校请求"},
	{SeeFeedback, "看“去过以后”的数字"},
	{ReadFeedback, "看“去过以后”写的话"},
	{SeeRota, "看值班表，提出自己的换班"},
	{ManageRota, "排班，批别人的假"},
	{SeeBoard, "看板和下载"},
	{SeeStats, "看统计数字"},
	{SeeStations, "看站点名录"},
	{LeadCampaigns, "群发活动"},
	{EditContent, "改内容、发布别人写的内容"},
	{ManageAccounts, "建账号、停用、重置密码"},
	{ManageTokens, "建接口令牌、收回"},
}

// Label is the right in words.
func (r Right) Label() string {
	for _, l := range labels {
		if l.right == r {
			return l.label
		}
	}
	return string(r)
}

// Policy is the table of who may do what, and how far, for an operator to read.
func Policy() string {
	var b strings.Builder
	b.WriteString("# 谁能做什么、能看到多远\n\n")
	b.WriteString("这张表由 `xinqiao user rights` 打印；程序只按这一张表放行，值班台、接口、列表、计数、搜索、实时提醒和直接打开的地址都一样。\n\n| 能做的事 |")
	for _, r := range Roles() {
		b.WriteString(" " + r.Label() + " |")
	}
	b.WriteString("\n| --- |" + strings.Repeat(" --- |", len(Roles())) + "\n")
	for _, l := range labels {
		b.WriteString("| " + l.label + " |")
		for _, r := range Roles() {
			b.WriteString(" " + short(r.SpanOf(l.right)) + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	for _, s := range []Span{Own, Bound, All, City} {
		fmt.Fprintf(&b, "- **%s**：%s。\n", short(s), s.Label())
	}
	b.WriteString(`- **—**：不能。

## 片区和账号

- ` + "`xinqiao staff bind 账号 --district 片区,片区 --account 公众号`" + ` 限定一位同事负责的片区、公众号；两样都不写，就是全市。接口令牌用 ` + "`xinqiao token create --district … --account …`" + ` 限定。
- 限定之外的个案、来信、家校请求、预约，列表里没有，数目里不算，搜不到，直接打开地址也是“没有找到”。
- 危险不受限定：本片区的人没有接，就照值班表一级一级往上叫；没有排班表的，先叫负责的，再叫全员。叫到谁，谁就能看这个个案。还没有查到片区的个案，大家都能看到。
- 正在谈的、请来接班或一起谈的、在记录里被 @ 到的，不论片区都能看那一个个案。

## 要两个人的事

两个人，是两个账号，也是两个不同的人：同名的两个账号、绑了同一个微信的两个账号，算一个人；第二个人的角色，要在申请之前就有。

- **查看匿名的人是谁**：只在“紧急”时。一位老师写理由申请，另一位督导写理由同意或拒绝；别的督导和片区的值班主管会被告知。只给申请的人看，10 分钟，只限这个个案，每打开一次都留痕。
- **紧急时独自打开**：申请之后 5 分钟没有督导答复，申请的人可以写明理由先打开。会马上叫所有督导，一直列在“两人同意”里，直到另一位督导复核。督导拒绝过的，要等 TA 再有新的信号。
- **下调或结案高危、紧急的个案**：要没有经手的另一位同事复核同意。
- **回信、放进树洞栏目、发布内容**：写的人不能自己点同意；只有一个人的学校，直接寄出、发布。督导不等第二人寄信，理由和信一起留着。
- **成为督导**：新加的督导、改成督导的、密码被重置的督导，先按心理老师工作，要一位在职的督导在“两人同意”里确认才生效。还没有任何督导登录过的新系统，第一批直接生效；督导都不在了的，24 小时后生效，期间值班台上人人看得到。所以一所只有一位管理员的小学校，也不能悄悄多出一位督导来。
- 能登录服务器、拿得到数据库和密钥的人，程序拦不住。服务器的登录请由另外的人管，并留日志。
`)
	return b.String()
}

// short is how far a right reaches, as a table has room for it.
func short(s Span) string {
	switch s {
	case Own:
		return "本站"
	case Bound:
		return "限定"
	case All:
		return "全市"
	case City:
		return "整市"
	}
	return "—"
}

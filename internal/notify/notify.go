// Package notify tells members of staff that somebody waits for them, by the ways an operator configured: a WeCom group
// robot, a signed webhook, e-mail, a template message to their own WeChat. An alert says who is asked to act, how urgent it is and where to click. It never
// carries what a person wrote or who they are: every way leads through other companies' servers. Start reading at Alert.
package notify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Kind says why staff are alerted.
type Kind string

// The kinds of alerts.
const (
	Opened  Kind = "opened"  // a case began, rose in level, or asks again after it was handed back
	Overdue Kind = "overdue" // nobody acknowledged in time: the next on the ladder is asked
	Unfiled Kind = "unfiled" // danger while the backends are away: there is no case yet to look at
	Trial   Kind = "trial"   // an operator tries the ways
	Many    Kind = "many"    // one call for all who wait, where calls for each of them were held back

	Unanswered      Kind = "unanswered"       // somebody has the conversation, and the person's words stand unanswered
	Offered         Kind = "offered"          // a colleague wants to hand a conversation over
	OfferBack       Kind = "offer_back"       // the colleague did not take it
	Invited         Kind = "invited"          // a colleague asks for a second counsellor
	Review          Kind = "review"           // a second person must look at a case before it is lowered or closed
	Identity        Kind = "identity"         // a counsellor asks to open who an anonymous person is
	IdentityOpened  Kind = "identity_opened"  // somebody agreed to it, which the others are told
	IdentityRefused Kind = "identity_refused" // or did not
	IdentityAlone   Kind = "identity_alone"   // nobody answered, and whoever asked opened it: a supervisor must look
	Concern         Kind = "concern"          // nobody has read a concern about somebody else in time; Alias is its number
	NewDevice       Kind = "new_device"       // somebody signed in to the desk, as they who are called, on a device that was never used
)

// Label says in a few words what an alert asks for.
func (k Kind) Label() string {
	switch k {
	case Opened:
		return "等人回应"
	case Overdue:
		return "超时没有人响应"
	case Unfiled:
		return "数据库暂时连不上"
	case Trial:
		return "通道测试"
	case Many:
		return "好几个人在等人回应"
	case Unanswered:
		return "对话里的话没有人回"
	case Offered:
		return "请您接班"
	case OfferBack:
		return "交班没有人接，还在您这里"
	case Invited:
		return "请您一起来谈"
	case Review:
		return "请您复核"
	case Identity:
		return "请您决定能不能查看身份"
	case IdentityOpened:
		return "身份信息同意查看了，告诉您一声"
	case IdentityRefused:
		return "身份申请没有同意，理由在个案里"
	case IdentityAlone:
		return "紧急情况下有人独自查看了身份，请您复核"
	case Concern:
		return "有人担心身边的人，还没有人看"
	case NewDevice:
		return "您的值班台账号在新设备上登录了"
	}
	return string(k)
}

// Contact is a member of staff who can be called.
type Contact struct {
	Name   string `json:"name"`
	Email  string `json:"-"`
	Mobile string `json:"-"` // as WeCom knows it
	// Account is what they sign in to the desk with; it leads to the WeChat that they bound there.
	Account string `json:"-"`
}

// Alert is one call for a human. ID is the same when an alert is sent again, so that a receiver can tell.
type Alert struct {
	ID       string        `json:"id"`
	Kind     Kind          `json:"kind"`
	Level    risk.Level    `json:"level"`
	Alias    string        `json:"alias,omitempty"`
	By       string        `json:"by,omitempty"` // the colleague who asks
	District string        `json:"district,omitempty"`
	Within   time.Duration `json:"-"`              // how soon somebody must acknowledge
	Rung     string        `json:"rung,omitempty"` // who is asked: 值班, 候补, 主管, 全员
	Call     []Contact     `json:"call,omitempty"`
	URL      string        `json:"url,omitempty"`
	At       time.Time     `json:"at"`
	Ref      string        `json:"-"` // of whoever calls: it comes back with what became of the call later

	Count  int     `json:"count,omitempty"`  // of one call for several people: how many they are
	Levels []Tally `json:"levels,omitempty"` // and how many of each level, the gravest first
}

// Tally is how many people of a level one call is for.
type Tally struct {
	Level risk.Level `json:"level"`
	Count int        `json:"count"`
}

// Notifier tells staff in one way. On an error, retry says whether another try may help.
type Notifier interface {
	Notify(ctx context.Context, a Alert) (retry bool, err error)
}

// Title is the alert in one line.
func (a Alert) Title() string {
	switch a.Kind {
	case Trial:
		return "【心桥】提醒通道测试，请忽略"
	case Unfiled:
		if a.Count > 1 {
			return fmt.Sprintf("【心桥·%s】数据库连不上的时候，有 %d 个人说了危险的话", a.Level.Label(), a.Count)
		}
		return fmt.Sprintf("【心桥·%s】有人说了危险的话，系统的数据库暂时连不上", a.Level.Label())
	case Many:
		return fmt.Sprintf("【心桥·%s】%d 个人在等人回应", a.Level.Label(), a.Count)
	case Overdue:
		return fmt.Sprintf("【心桥·%s·超时】%s 还没有人响应", a.Level.Label(), a.Alias)
	case Unanswered:
		return fmt.Sprintf("【心桥·%s·没有回应】%s 又写来了，还没有人回", a.Level.Label(), a.Alias)
	case Offered, OfferBack, Invited, Review, Identity, IdentityOpened, IdentityRefused, IdentityAlone:
		return fmt.Sprintf("【心桥·%s】%s：%s", a.Level.Label(), a.Kind.Label(), a.Alias)
	case Concern:
		return "【心桥】" + a.Kind.Label() + "：" + a.Alias
	case NewDevice:
		return "【心桥】" + a.Kind.Label()
	case Opened:
	}
	return fmt.Sprintf("【心桥·%s】%s 在等人回应", a.Level.Label(), a.Alias)
}

// notYou says what to do about a sign-in on a new device.
const notYou = "是您自己，就不用管；不是您，请马上打开值班台，让它退出，再换密码"

// Text is the whole alert for people to read, in plain text.
func (a Alert) Text() string {
	lines := []string{a.Title()}
	add := func(label, value string) {
		if value != "" {
			lines = append(lines, label+"："+value)
		}
	}
	switch a.Kind {
	case Trial:
		add("说明", "收到这条，说明这个提醒通道是通的。")
	case Unfiled:
		add("其中", a.tallies())
		add("说明", "热线已经回复给对方。个案要等数据库恢复后才会出现在工作台，请现在就联系值班技术人员。")
	case Many:
		add("其中", a.tallies())
		add("片区", a.District)
		add("说明", "一下子要叫的人太多，这个提醒通道一时发不完，所以合成这一条。请打开工作台，从最急的开始。")
		add("请", a.who())
	case Opened, Overdue:
		add("片区", a.District)
		add("要求", a.asked())
		add("请", a.who())
	case Unanswered:
		add("片区", a.District)
		add("要求", "请马上打开对话看一看，回 TA 一句")
		add("请", a.who())
	case NewDevice:
		add("要求", notYou)
	case Concern:
		add("要求", a.reads())
		add("请", a.who())
	case IdentityOpened, IdentityRefused:
		add("决定的同事", a.By)
		add("请", a.who())
	case IdentityAlone:
		add("查看的同事", a.By)
		add("请", a.who())
	case Offered, OfferBack, Invited, Review, Identity:
		add("提出的同事", a.By)
		add("请", a.who())
	}
	add("打开", a.URL)
	add("时间", a.At.In(citytime.Zone).Format("1月2日 15:04"))
	return strings.Join(lines, "\n")
}

// tallies reads out how many people of which level a call is for; "" for one person.
func (a Alert) tallies() string {
	parts := make([]string, len(a.Levels))
	for i, l := range a.Levels {
		parts[i] = fmt.Sprintf("%s %d 人", l.Level.Label(), l.Count)
	}
	return strings.Join(parts, "，")
}

// reads says what is asked of whoever is told of a concern.
func (a Alert) reads() string {
	return "交上来超过 " + Span(a.Within) + "了，请打开“家校”看一看，点“我看过了，在处理”"
}

func (a Alert) asked() string {
	if a.Within <= 0 {
		return "请尽快确认"
	}
	return Span(a.Within) + "内点“收到”或接手"
}

func (a Alert) who() string {
	names := make([]string, len(a.Call))
	for i, c := range a.Call {
		names[i] = c.Name
	}
	switch {
	case len(names) == 0:
		return a.Rung
	case a.Rung == "":
		return strings.Join(names, "、")
	}
	return strings.Join(names, "、") + "（" + a.Rung + "）"
}

// Span says a length of time as people do: 3 分钟, 2 小时.
func Span(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d 小时", d/time.Hour)
	case d >= time.Minute:
		return fmt.Sprintf("%d 分钟", d/time.Minute)
	}
	return fmt.Sprintf("%d 秒", d/time.Second)
}

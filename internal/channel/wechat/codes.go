package wechat

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// Do is what the program does about an error code of the platform.
type Do string

// What can be done.
const (
	DoRetry   Do = "retry"   // the platform's own trouble: try again, with back-off
	DoToken   Do = "token"   // fetch the access token anew, and call once more
	DoWait    Do = "wait"    // a quota is used up: nothing more goes by this interface until it is given again; what there is waits
	DoPerson  Do = "person"  // it cannot reach this person now: it waits for their next contact
	DoAccount Do = "account" // the account may not do this, or not now: nothing more goes by this interface, what there is waits
	DoPark    Do = "park"    // nobody knows whose fault it is: this one waits, the others go on
	DoMessage Do = "message" // a mistake of the program in this one: it is put where staff see it
	DoLeave   Do = "leave"   // it answers a question of an operator or of a page, and sends nothing
)

// doing says it in an operator's words.
var doing = map[Do]string{ //nolint:gosec // what is done, and no secret
	DoRetry:   "隔一会儿再试，间隔越来越长",
	DoToken:   "重新取 access_token，马上再调用一次",
	DoWait:    "这个接口先停，要发的留着：对方下次来信时送达，次数恢复后自动再发",
	DoPerson:  "留着，对方下次来信（或重新关注）时送达",
	DoAccount: "这个接口先停，每分钟试一次；要发的留着，对方下次来信时送达；值班台和 /readyz 会说",
	DoPark:    "这一条留着，对方下次来信时送达；别人的照发；值班台和 /readyz 会说",
	DoMessage: "这一条不再发，值班台上标“未能送达”",
	DoLeave:   "不影响收发消息，告诉操作的人",
}

// Code is one error code of the platform: what it means, how to mend it, and what the program does meanwhile.
type Code struct {
	Code    int
	Do      Do
	Loud    bool // one ERROR line, the desk and /readyz say so: somebody must look
	Meaning string
	Mend    string
}

// Doing says what the program does about the code, in an operator's words.
func (c Code) Doing() string { return doing[c.Do] }

// String is the code with all there is to say to an operator.
func (c Code) String() string {
	return fmt.Sprintf("%s（%d）：%s", c.Meaning, c.Code, c.Mend)
}

// CodeOf finds what is known of a code. What is not in the table is no reason to try again: somebody must look it up.
func CodeOf(code int) Code {
	if i, known := slices.BinarySearchFunc(codes, code, func(c Code, code int) int { return c.Code - code }); known {
		return codes[i]
	}
	return Code{
		Code: code, Do: DoPark, Loud: true, Meaning: "微信返回了一个没有收录的错误码",
		Mend: "到微信开放社区查这个码；确认意思以后告诉维护这个程序的人，补进错误码表。",
	}
}

// Codes are all that is known, in the order of their numbers.
func Codes() []Code { return slices.Clone(codes) }

// codeIn finds the platform's code in an error; false where no answer of the platform came.
func codeIn(err error) (Code, *APIError, bool) {
	var ae *APIError
	if !errors.As(err, &ae) {
		return Code{}, nil, false
	}
	return CodeOf(ae.Code), ae, true
}

// namedIP finds the address that the platform names when it refuses one. It names it once as IPv4 and once as IPv6.
var namedIP = regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){2,7}`)

// Explain says in an operator's words what an error of the platform means and how to mend it.
func Explain(err error) string {
	c, ae, ok := codeIn(err)
	if !ok {
		return unanswered(err)
	}
	if c.Code == 40164 {
		if ip := namedIP.FindString(ae.Msg); ip != "" {
			return fmt.Sprintf("服务器的 IP %s 不在白名单里（40164）：到公众号后台“设置与开发 → 基本配置 → IP 白名单”里加上它。", ip)
		}
	}
	text := c.String()
	if _, known := slices.BinarySearchFunc(codes, ae.Code, func(c Code, code int) int { return c.Code - code }); !known && ae.Msg != "" {
		text += "微信的原话：" + ae.Msg
	}
	return text
}

// explained is an error that an operator reads: the platform's, in their words, with what it said behind it.
type explained struct{ err error }

func (e *explained) Error() string { return Explain(e.err) + "（" + e.err.Error() + "）" }

// Unwrap returns the cause.
func (e *explained) Unwrap() error { return e.err }

// explainedTo makes an error of the platform one for operators; others stay as they are.
func explainedTo(err error) error {
	if _, _, ok := codeIn(err); !ok {
		return err
	}
	return &explained{err}
}

// verdictOf is what a push comes to under a code.
func (c Code) verdictOf() channel.PushVerdict {
	switch c.Do {
	case DoRetry, DoToken:
		return channel.PushRetry
	case DoMessage:
		return channel.PushGiveUp
	case DoWait, DoPerson, DoAccount, DoPark, DoLeave:
	}
	return channel.PushPark
}

// again says whether another try, a little later, may help a notice that cannot wait for anybody's next contact.
func (c Code) again() bool { return c.Do == DoRetry || c.Do == DoToken || c.Do == DoWait }

// CodeTable is the table in Markdown, for operators.
func CodeTable() string {
	var b strings.Builder
	b.WriteString(`# 微信的错误码：是什么意思，程序怎么办，你要做什么

这份表由程序自己写出来（` + "`xinqiao wechat codes`" + `），程序按它办事；` + "`xinqiao wechat doctor` 和 `xinqiao wechat menu push`" + ` 也照它解释。
“报警”一栏写“是”的：日志里写一行 ERROR，` + "`/readyz`" + ` 和值班台会说，指标 ` + "`xinqiao_wechat_trouble`" + ` 变成 1，直到这个接口又收下一条消息，
或者一小时里没有再遇到。表里没有的码不当作“再试一次”：见最后一行。

没有等到微信的回答时（超时、断线），不知道那一条到了没有，客服消息也没有去重的办法：算没有到，隔一会儿再发，宁可对方看到两遍，也不让老师的话丢掉。
长的话分成几条发，断在哪一条就从哪一条接着发，前面收到的不再发。

`)
	b.WriteString("| 错误码 | 意思 | 程序怎么办 | 你要做什么 | 报警 |\n|---|---|---|---|---|\n")
	for _, c := range codes {
		loud := ""
		if c.Loud {
			loud = "是"
		}
		_, _ = fmt.Fprintf(&b, "| %d | %s | %s | %s | %s |\n", c.Code, c.Meaning, c.Doing(), c.Mend, loud)
	}
	other := CodeOf(1)
	_, _ = fmt.Fprintf(&b, "| 其他 | %s | %s | %s | 是 |\n", other.Meaning, other.Doing(), other.Mend)
	return b.String()
}

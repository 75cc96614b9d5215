package bot_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// phoneOf speaks from another phone than the test's own.
func (r *room) phoneOf(user string) func(words string) string {
	return func(words string) string {
		r.n++
		return r.sends(channel.Inbound{Address: channel.Address{Channel: "wechat", Account: "main", User: channel.UserKey(user)}, ID: fmt.Sprintf("%s%d", user, r.n), Kind: channel.KindText, Text: words, At: r.now})
	}
}

// TestAParentAndAChildTickOneHabitFromTwoPhones goes from the code to both ticks, and out again.
func TestAParentAndAChildTickOneHabitFromTwoPhones(t *testing.T) {
	r := newRoom(t)
	mum, kid, stranger := r.phoneOf("mum"), r.phoneOf("kid"), r.phoneOf("stranger")
	for _, words := range []string{"家长", "打卡", "阅读", "就做这个", "不用提醒", "开始"} {
		mum(words)
	}
	invite := func() string {
		t.Helper()
		mum("打卡")
		mum("别的")
		said := mum("让孩子用自己的手机打卡")
		m := regexp.MustCompile(`给孩子的码：(\w{6})`).FindStringSubmatch(said)
		if m == nil {
			t.Fatalf("no code: %s", said)
		}
		return m[1]
	}
	old, code := invite(), invite()
	kid("学生")
	kid("一起打卡")
	wants(t, kid(old), "码不对") // a newer one was given
	wants(t, kid(" "+code[:3]+" "+code[3:]), "一起做“阅读”", "加入吗", "看得到这边哪几天打了卡")
	wants(t, kid("好的"), "加入了")
	stranger("一起打卡")
	wants(t, stranger(code), "码不对") // it is used up

	wants(t, kid("打卡"), "今天做到了吗", "［我做到了］")
	wants(t, kid("我做到了"), "记下了")
	wants(t, mum("打卡"), "今天孩子已经打了卡，大人呢")
	wants(t, mum("我做到了"), "一共做到 1 天")
	wants(t, kid("打卡"), "今天两个人都打过卡了")
	wants(t, kid("别的"), "提醒是家里那边定的", "［不一起做了］")
	wants(t, kid("不一起做了"), "真的退出吗")
	wants(t, kid("退出"), "你退出了“阅读”", "家里那边照旧")
	wants(t, kid("打卡"), "挑一件小事")
	wants(t, mum("打卡"), "今天两个人都打过卡了") // what was ticked stays

	kid("算了")
	again := invite()
	kid("一起打卡")
	kid(again)
	wants(t, kid("好的"), "加入了")
	mum("打卡")
	mum("别的")
	mum("不做了")
	wants(t, mum("停下来"), "先停在这里")
	wants(t, kid("打卡"), "挑一件小事")
}

func TestACodeEndsAfterHalfAnHourAndIsNotForItsOwnPhone(t *testing.T) {
	r := newRoom(t)
	mum, kid := r.phoneOf("mum"), r.phoneOf("kid")
	for _, words := range []string{"家长", "打卡", "阅读", "就做这个", "不用提醒", "开始", "打卡", "别的"} {
		mum(words)
	}
	code := regexp.MustCompile(`给孩子的码：(\w{6})`).FindStringSubmatch(mum("让孩子用自己的手机打卡"))[1]
	mum("一起打卡")
	wants(t, mum(code), "是给孩子的手机用的")
	r.now = r.now.Add(30 * 60e9)
	kid("学生")
	kid("一起打卡")
	wants(t, kid(code), "码不对")
}

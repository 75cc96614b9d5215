package dialog_test

import (
	"strings"
	"testing"
)

func TestQuestionsAboutTheServiceAreAnsweredHoweverTheyArePut(t *testing.T) {
	for question, part := range map[string]string{
		"这个收费吗？": "不收费", "用这个要花钱吗": "不收费", "做一次咨询要多少钱": "不收费",
		"你们会不会告诉我爸妈": "代号", "会告诉学校吗": "代号", "我说的话保密吗": "代号",
		"你是真人还是机器人": "不是真人", "请问老师几点上班": "08:00", "半夜也有人吗": "08:00", "周六周日有人吗": "08:00",
		"求助热线是多少": "12356", "怎么预约老师": "选区", "想改一下预约时间怎么改": "我的预约", "我想取消预约怎么办": "我的预约",
		"老师有资质吗": "不开诊断", "自测结果准不准": "不是诊断", "测试结果学校会知道吗": "只有{{you}}自己", "信是谁看的": "值班的心理老师",
		"多久能回信": "三天", "取信码忘记了": "看回信", "有哪些课可以听": "听课", "身份选错了怎么改": "换身份", "怎么注销账号": "删除", "去站点需要带什么东西": "预约码",
	} {
		k := subscribed(t)
		k.say("我是家长")
		if got := all(k.say(question)); !strings.Contains(got, part) {
			t.Errorf("%q should be answered with %q, got:\n%s", question, part, got)
		}
	}
}

func TestWorriesAreNotTakenForQuestionsAboutTheService(t *testing.T) {
	for _, worry := range []string{
		"孩子可以用手机吗", "孩子不想上学怎么办", "老师老是批评孩子怎么办", "孩子晚上不睡觉怎么办", "我家孩子有没有多动症", "他会不会被别人欺负",
		"孩子成绩下降怎么办", "怎么和孩子谈恋爱的事", "孩子不愿意和老师说话", "青春期顶嘴", "孩子花钱大手大脚", "学校老师说他上课走神", "我不想让别人知道他生病了该怎么跟同学说",
	} {
		k := subscribed(t)
		k.say("我是家长")
		calls := len(k.calls)
		if got := all(k.say(worry)); len(k.calls) == calls {
			t.Errorf("%q should be searched for among lessons, but was answered:\n%s", worry, got)
		}
	}
}

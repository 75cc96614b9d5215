package hanzi_test

import (
	"strconv"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

func TestNumbersAreReadWithTheirUnits(t *testing.T) {
	each(t, `
		12 = 12 | １２ | 十二 | 12个 | 嗯，十二个吧 | 十二岁
		120 = 一百二 | 一百二十 | 120
		205 = 两百零五 | 兩百零五
		102 = 一百零二
		1.5 = 1.5 | 一年半 | 一岁半 | 1岁半 | 一个半 | 一点五 | 一个半小时
		3 = 3 | ３ | ③ | 3️⃣ | 叁 | 三 | 3岁 | 三个人 | 我儿子3岁 | 孩子今年三岁了 | ❸ | 3個 | 三个。
		3.5 = 3岁半 | 三岁半 | 三點五
		5 = ⑤ | 5个
		1 = 壹 | 一 | 第一次是1 | 1
		21 = 廿一 | 二十一
		30 = 卅 | 三十
		12000 = 1万2 | 一万二 | 1.2万 | 12000 | 12,000
		10020 = 一万零二十
		2 = 俩 | 两个 | 2 | 二
		0.5 = 半 | 半个小时 | 半年
		0 = 零 | 0
		36.5 = 36.5 | 三十六点五 | 36.5度
		2010 = 两千零一十 | 二〇一〇
		- = 二十几 | 3-5 | 几个 | 十来个 | 两三个 | 三四 | 3到5 | 大概3个 | 3左右 | 3个多 | 十百 | 很多 | 一二十 | NaN | inf | 1e5 | 0x10 | 1 2 | 3.5.6 | 百 | 半半 | 百分之五 | 三分之一 | 2个还是3个 | 一 二 | -1 | 3+2
	`, func(s string) string {
		n, ok := hanzi.Number(s)
		if s == "第一次是1" { // an order and a number beside it are not one number
			if ok {
				return "read"
			}
			return "1"
		}
		if !ok {
			return ""
		}
		return strconv.FormatFloat(n, 'f', -1, 64)
	})
}

func TestYesAndNoAreReadWhereTheWholeTextSaysThem(t *testing.T) {
	each(t, `
		yes = 是 | 是的 | 好 | 好的 | 好呀 | 好啊 | 好吧 | 好嘅 | 得 | 得啦 | 係 | 系啊 | 係呀 | 没问题 | 冇问题 | 可以 | 可以啊 | 可以的 | 行吧 | 嗯呢 | 嗯 | 嗯嗯 | 嗯，好的。 | 对头 | 对对对 | 唔該 | 要的 | 要 | 是滴 | ok | OKK | Ok！ | 👍 | 👌 | 👍🏻 | 好的，谢谢老师 | 我愿意 | 那好 | 对，是的 | 確認 | 同意。 | ＯＫ | 好的好的 | 嗯嗯好 | 呃，那个，可以吧
		no = 不 | 不是 | 不要 | 唔要 | 唔使 | 唔使喇 | 唔使啦 | 唔好 | 唔係 | 唔系 | 冇 | 没有 | 沒有 | 不可以 | 不行 | 不用了，谢谢 | 先不要了 | 算了 | 算了吧 | 不了 | 不不不 | 不要不要 | 好的，不用了 | 嗯，不用 | 👎 | no | 否 | 再想想 | 下次吧 | 不，不要 | 不用了算了 | 我不要 | 还是算了吧 | 取消
		- = 不是不行 | 好像不是 | 也不是不可以 | 你好 | 好难过 | 可以说说吗 | 可以吗 | 好不好 | 是不是 | 行不行 | 是我儿子 | 不知道 | 随便 | 都行 | 确定不要 | 是的，不要 | 对了 | 好吗？ | 不要紧 | 没事 | 好好学习 | 可以但是不想来 | 有点 | 要不 | 不得不 | 对不起 | 要下周 | 会哭 | 1 | 吧 | 谢谢 | 没问题吗 | 老师 | 呃 | 那个 | 😭 |
	`, func(s string) string {
		yes, ok := hanzi.YesNo(s)
		switch {
		case !ok:
			return ""
		case yes:
			return "yes"
		}
		return "no"
	})
}

func TestOneTelephoneNumberIsRead(t *testing.T) {
	each(t, `
		13800000000 = 13800000000 | 138 0000 0000 | +86 138-0000-0000 | 008613800000000 | 幺三八零零零零零零零零 | 一三八 零零零零 零零零零 | 我的电话是13800000000 | １３８００００００００ | 我有2个孩子，電話13800000000 | 13800000000，13800000000 | 138.0000.0000。
		02000000012 = ０２０－００００－００１２ | (020)00000012 | 020 0000 0012
		- = 12345 | 138000000001 | 1380000000 | 13800000000或者13900000000 | 020-00000012转8001 | 1.38E+10 | 没有 | 三个人 | 12800000000
	`, func(s string) string {
		p, _ := hanzi.Phone(s)
		return p
	})
}

func TestANumberMeansAChoice(t *testing.T) {
	for text, want := range map[string]int{
		"1": 1, "２": 2, "③": 3, "三": 3, "第四个": 4, "选5": 5, "6️⃣": 6, "🔟": 10, "❷": 2, "十二": 12, "二十五": 25, "嗯，选3吧": 3, "我选第二個。": 2, "第三个啊": 3, "那個，就是第一个": 1,
		"没有": 0, "2026": 0, "": 0, "0": 0, "-1": 1, "两三": 0, "5号下午": 0, "第一次": 0, "三岁": 0,
	} {
		if got := hanzi.Ordinal(hanzi.Fold(text)); got != want {
			t.Errorf("%q means choice %d, want %d", text, got, want)
		}
	}
}

func TestFillersAndParticlesAreNotTheAnswer(t *testing.T) {
	for text, want := range map[string]string{"嗯，预约吧": "预约", "呃那个就是，預約啊": "预约", "嗯": "嗯", "好吧": "好", "那个": "那个", "吧": "吧", "那": "那"} {
		if got := hanzi.Bare(hanzi.Fold(text)); got != want {
			t.Errorf("%q is %q without them, want %q", text, got, want)
		}
	}
}

package hanzi_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// wednesday is 2 December 2026, 10:00.
var wednesday = time.Date(2026, 12, 2, 10, 0, 0, 0, citytime.Zone)

// heard writes down what was read: the value, "half" or "".
func heard(h hanzi.Heard, value string) string {
	return map[hanzi.Heard]string{hanzi.Whole: value, hanzi.Half: "half", hanzi.Nothing: ""}[h]
}

func day(text string, now time.Time) string {
	d, h := hanzi.Day(text, now)
	return heard(h, d.Format(time.DateOnly))
}

func clock(text string) string {
	m, h := hanzi.Clock(text)
	at := time.Date(2026, 1, 1, 0, m, 0, 0, time.UTC).Format("15:04")
	if m == 1440 {
		at = "24:00"
	}
	return heard(h, at)
}

func moment(text string, now time.Time) string {
	at, h := hanzi.Moment(text, now)
	return heard(h, at.Format("2006-01-02 15:04"))
}

// each checks lines of "value: text | text".
func each(t *testing.T, lines string, read func(text string) string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		want, texts, ok := strings.Cut(strings.TrimSpace(line), " = ")
		if !ok {
			continue
		}
		if want == "-" {
			want = ""
		}
		for text := range strings.SplitSeq(texts, " | ") {
			if got := read(text); got != want {
				t.Errorf("%q reads %q, want %q", text, got, want)
			}
		}
	}
}

func TestOneDayIsReadHoweverItIsSaid(t *testing.T) {
	each(t, `
		2026-12-02 = 今天 | 今日 | 就今天吧 | 今天晚上 | 今晚 | 周三 | 12月2号 | 今天下午三点
		2026-12-03 = 明天 | 明日 | 听日 | 聽日 | 明天。 | 嗯，明天吧。 | 那个，就是明天 | 明天可以吗 | 明晚 | 3号 | 12-3 | 12/3 | 12.3 | 十二月三日 | １２月３号 | 2026年12月3日 | 二〇二六年十二月三号 | 2026-12-3 | 20261203 | 一天后 | 12月3号（周四） | 12月 3 号 | 明天行不行 | 不好意思，明天可以
		2026-12-04 = 后天 | 後天 | 后日 | 後日 | 五号前天不行，后天吧 | 两天后 | 兩天後
		2026-12-05 = 大后天 | 12月5号 | 12/5 | 12.5 | 5号 | 五号 | 5日 | 这周六 | 周六 | 這個禮拜六 | 禮拜六 | 礼拜六 | 呢个礼拜六 | 星期六 | 三天后 | 三天之后 | 我儿子5岁，想约5号 | 12月5 | 5號 | 5️⃣号
		2026-12-05 = 周六一起去 | 下周三不行，这周六三个人来可以 | 周六，三个人
		2026-12-06 = 周日 | 星期天 | 礼拜天吧 | 本周日
		2026-12-07 = 下周一 | 下个星期一 | 下禮拜一 | 周一
		2026-12-09 = 一周后 | 一个星期后 | 7天以后
		2026-12-12 = 下周六天河附近带孩子，下午 | 下周，周六 | 下周六，12月12号
		2026-12-16 = 两个星期后 | 两周后 | 下下周三
		2026-12-21 = 下下下周一
		2026-12-25 = 圣诞节 | 12月25号
		2027-01-01 = 元旦 | 明年元旦 | 元旦节
		2027-01-05 = 下个月5号 | 下個月五號 | 下个月，5号 | 明年1月5号 | 1月5日
		2027-02-05 = 下下个月五号
		2028-02-29 = 2月29号
		2026-12-01 = 昨天 | 寻日 | 尋日 | 上周二以外别的不行，昨天可以 | 本月1号 | 这周二
		2026-11-05 = 上个月5号
		2026-12-10 = 周三不行，10号可以 | 不是周三，是10号
	`, func(s string) string { return day(s, wednesday) })
}

func TestADayThatIsHalfSaidIsNeverGuessed(t *testing.T) {
	each(t, `
		half = 每周三 | 每个周三 | 周六日 | 周六或周日 | 周一、三、五 | 周一三五 | 周六和周日都行 | 周末 | 这周末 | 月底 | 下周 | 这个月 | 阴历12月3号 | 农历腊月初八 | 初五 | 初五下午三点 | 腊月二十三 | 大年初二 | 春节 | 中秋 | 国庆 | 五一
		half = 明天或者后天 | 2月30号 | 13月1号 | 4月31日 | 32号 | 不是周六 | 除了周三 | 除了周三都行 | 5 | 五 | 5、6号 | 12月5、6号 | 12月5号到8号 | 12月5号左右 | 周六以后 | 周六前 | 三四天后 | 两三天后 | 一个月后 | 明天不行 | 周三不行 | 别约明天 | 过几天 | 改天 | 每天 | 12月5号周日 | 2026-02-30 | 大概周六 | 元旦前后
		- = 随便 | 3岁 | 三个人 | 第二个 | 下午三点 | 你好 | 一周一次 | 5号线 | 示例路1号 | 五公里 | 36.5度 | 有一点难过 | 我生日快到了 | 聪明天真 | 一日三餐
	`, func(s string) string { return day(s, wednesday) })
}

func TestOneTimeIsReadHoweverItIsSaid(t *testing.T) {
	each(t, `
		14:30 = 下午两点半 | 下午，两点半。 | 14:30 | 14：30 | 14点30 | 14时30分 | 下午2:30 | 两点半 | 兩點半 | 下晝兩點半 | 下昼两点半 | 下午的两点半 | 两点半下午 | 2:30pm | 十四点三十分 | 下午14:30 | 下午2:30pm | 嗯，两点半吧 | 下午两点六个字
		14:00 = 2点 | 两点 | 两点钟 | 下午两点整 | 2️⃣点 | 14點 | 2pm | 下午2点，可以吗 | 上午不行，下午两点可以
		09:00 = 早上九点 | 9点 | 九点钟 | 朝早九點 | 上晝9點 | 9am | 早9点
		09:50 = 九点五十 | 九点五十分 | 9点50 | 差十分十点 | 十点差十分
		09:15 = 九点一刻 | 9点15 | 九点三个字
		15:45 = 差一刻四点 | 三点三刻 | 四点差一刻
		14:55 = 差五分三点 | 三点差五分
		15:10 = 三点两个字 | 三点十分 | 三点过十分
		15:05 = 三点零五 | 三点零五分 | 3:05 | 三点五分 | 三点05
		19:30 = 晚上7点半 | 今晚七点半 | 夜晚7點半 | 晚7点半
		12:00 = 中午12点 | 正午 | 下午12点 | 十二点
		12:30 = 十二点半 | 中午十二点半
		13:00 = 中午一点 | 一点 | 下午1点 | 就一点吧
		20:00 = 二十点 | 8pm | 晚上8点 | 20:00 | 8:00PM
		10:00 = 上午10点 | 10点
		03:30 = 03:30 | 凌晨三点半
		24:00 = 晚上12点 | 晚上十二点 | 24点
		00:00 = 凌晨12点 | 零点 | 00:00
	`, clock)
}

func TestATimeThatIsHalfSaidIsNeverGuessed(t *testing.T) {
	each(t, `
		half = 下午两三点 | 两三点 | 三四点 | 3、4点 | 3-4点 | 25点 | 24:01 | 12:60 | 9点到11点 | 9:00-11:00 | 三点左右 | 三点多 | 大概三点 | 三点以后 | 下午三点前 | 下午 | 中午 | 晚上 | 上下午都行 | 三点或四点 | 不要三点 | 三点不行 | 上午15点 | 晚上两点 | 九点五 | 早上14点 | 5 | 七 | 三点以后
		- = 明天 | 12月5号 | 一点都不难 | 晚一点 | 有一点难过 | 早一点 | 一时想不开 | 3个小时 | 两点建议 | 早上好 | 三个人 | 晚上好
	`, clock)
}

func TestADayWithATimeIsReadTogether(t *testing.T) {
	each(t, `
		2026-12-03 15:00 = 明天下午三点 | 明天三点 | 12月3号15:00 | 12.3 15:00 | 2026-12-03 15:00 | 聽日下晝三點 | 下午三点，明天
		2026-12-05 19:30 = 周六晚上7点半 | 5号晚七点半 | 12/5 19:30
		2026-12-03 20:00 = 明晚8点 | 明天晚上八点
		2026-12-02 20:00 = 晚上八点 | 今晚8点
		2026-12-03 09:00 = 上午九点 | 明早九点
		2026-12-03 00:00 = 今天晚上12点
		half = 明天 | 周二或周三下午三点 | 初五下午三点 | 明天两三点 | 明天下午 | 周末三点 | 每周三下午三点
		- = 随便 | 三个人
	`, func(s string) string { return moment(s, wednesday) })
}

func TestASentenceSaysItsWishesOfWhen(t *testing.T) {
	show := func(text string) string {
		w := hanzi.Wishes(text, wednesday)
		var out []string
		if !w.Day.IsZero() {
			out = append(out, w.Day.Format("1-2"))
		}
		if !w.First.IsZero() {
			out = append(out, w.First.Format("1-2")+"…"+w.Last.Format("1-2"))
		}
		minutes := func(m int) string { return time.Date(2026, 1, 1, 0, m, 0, 0, time.UTC).Format("15:04") }
		if w.Clock >= 0 {
			out = append(out, minutes(w.Clock))
		}
		if w.From >= 0 {
			out = append(out, minutes(w.From)+"~"+minutes(w.To))
		}
		return strings.Join(append(out, w.Unsure...), " ")
	}
	each(t, `
		12-12 12:00~18:00 = 下周六天河附近带孩子，下午 | 下禮拜六下晝，天河，帶埋個仔
		12-5…12-6 06:00~12:00 = 周末上午，越秀
		12-7…12-13 = 下周想带孩子去看看
		12-25…12-31 = 月底吧 | 12月底
		1-1…1-31 = 下个月有空
		12-5…12-8 = 12月5号到8号 | 12月5号至12月8号
		12-5 15:00 = 这周六下午三点，我和孩子一起
		12-3 09:00~11:00 = 明天9点到11点 | 明天上午9:00-11:00
		12-3 09:00~15:00 = 明天上午9点到下午3点
		12-3 15:00~18:00 = 明天下午三点以后
		12-5 06:00~12:00 = 我儿子初二，周六上午
		12:00~18:00 每周三 = 每周三下午
		周六或周日 = 周六或周日
		初五 = 初五
		12-3 两三点 = 明天两三点
		周三 = 周三不行
		- = 想约天河的辅导站 | 孩子3岁，有一点怕生 | 第二个
	`, show)
}

func TestAPartOfTheDayIsReadWhereNoTimeIsSaid(t *testing.T) {
	for text, want := range map[string][]int{
		"下午": {720, 1080}, "下晝": {720, 1080}, "上午都可以": {360, 720}, "晚上吧": {1080, 1440}, "中午": {660, 840}, "傍晚": {1020, 1200},
		"下午三点": nil, "上午或下午": nil, "上下午都行": nil, "不要上午": nil, "早上好": nil, "随便": nil, "半夜": nil,
	} {
		var got []int
		if from, to, ok := hanzi.PartOfDay(text); ok {
			got = []int{from, to}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}

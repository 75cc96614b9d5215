package booking

import (
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// errandWords are all that somebody may say beside a place, a day and a companion, and still say nothing else.
var errandWords = []string{
	"辅导站", "服务站", "站点", "心理站", "心理咨询", "咨询", "心理老师", "老师", "预约", "约", "报名", "找", "去", "来", "到", "看看", "看", "帮我", "帮", "我们", "我", "想", "要", "可以", "能不能",
	"请", "麻烦", "有没有", "有", "哪里", "哪个", "哪", "开门", "开着", "开", "那边", "这边", "那里", "附近", "一下", "一起", "一个", "个", "的", "在", "和", "吗", "吧", "呢", "啊", "呀", "或者", "左右", "区", "街", "镇",
	"你好", "您好", "谢谢", "改", "换", "成", "聊聊",
}

// Errand says whether a text does nothing but ask for a place or a time there: every word of it is a place, a day, somebody
// to bring, or one of a few plain words of asking. Whoever means something else by such a text has said no word of it.
func (d *Directory) Errand(said string, now time.Time) bool {
	text := hanzi.Fold(said)
	w := d.Read(said, now)
	if w.Nothing() && !saysAny(text, []string{"约", "站点", "辅导站"}) || w.Nothing() && !w.SaysWhen() {
		return false
	}
	rest := hanzi.Without(said)
	for _, form := range []interface{ ReplaceAllString(src, repl string) string }{bringing, together} {
		rest = form.ReplaceAllString(rest, "·")
	}
	for _, word := range d.sayings(w) {
		rest = strings.ReplaceAll(rest, word, "·")
	}
	for _, word := range errandWords {
		rest = strings.ReplaceAll(rest, word, "·")
	}
	return strings.Trim(rest, "·") == ""
}

// sayings are the words by which what is wanted may have been said, the longest first.
func (d *Directory) sayings(w Wanted) []string {
	var out []string
	for _, id := range w.Stations {
		if s, ok := d.Station(id); ok {
			out = append(out, plainName(s.Name))
		}
	}
	for _, sp := range w.Spots {
		out = append(append(out, hanzi.Fold(sp.Name)), sp.Also...)
	}
	for _, district := range append(slices.Clone(w.Districts), d.Districts...) { // a district beside its street is not in w
		out = append(out, district, strings.TrimSuffix(district, "区"))
	}
	for _, street := range w.Streets {
		out = append(out, hanzi.Fold(street), streetStem(street))
	}
	for _, name := range slices.Concat(w.Kinds, w.Services) {
		out = append(append(out, hanzi.Fold(name)), alike[name]...)
	}
	out = slices.Concat(out, nearWords, openWords, walkInWords)
	slices.SortFunc(out, func(a, b string) int { return len(b) - len(a) })
	return slices.DeleteFunc(out, func(word string) bool { return len(word) < len("天河") })
}

package hanzi

import (
	"slices"
	"strings"
	"unicode"
)

// What each word of an answer says. An answer is read only where all of it is made of these.
var (
	yesWords = words("是 是的 是呀 是滴 系 系的 系呀 好 好的 好了 对 对的 对头 没错 可以 可以的 行 中 得 确认 确定 要 要的 愿意 同意 想 需要 当然 当然可以 有 有的 没问题 " +
		"会 会的 能 能的 yes yep yeah ok okk okay okey y 阔以 必须的 妥 同意的 愿意的 行的")
	softWords = words("嗯 恩 嗯哼 好 好的 好吧 行吧") // assent by themselves, but only a beginning before a no
	noWords   = words("不 不是 不是的 不要 不用 不用了 不要了 不好 不行 不行了 不了 不可以 不可 不愿意 不同意 不想 不想了 不需要 不必 不必了 不对 不会 不能 不得 不使 不使了 否 否定 没 没有 没有的 没的 no n nope " +
		"算了 取消 先不 先不要 先不要了 先不用 先不用了 先不了 暂时不 暂时不用 暂时不要 暂时不了 还是不了 还是不要 还是不要了 还是算了 再想想 再说吧 再说 下次吧 下次再说 考虑一下 我不要 我不想 我不用")
	courtesy = words("谢谢 谢谢你 谢谢您 谢谢老师 多谢 麻烦你 麻烦您 麻烦了 麻烦 辛苦了 老师 呀 啊 吧 哦 呢 哈 啦 嘛 噢 喔 哟 呗 哒 滴 咯 喽 㗎 喇 的 那个 就是 那 呃 额 哎 唉 哈哈 我")
	// Begin like an answer and are none.
	neither = words("好不好 行不行 是不是 对不对 要不要 可不可以 能不能 有没有 会不会 想不想 得不得 要不 好了没 不是不 不得不 对了")
)

func words(list string) []string {
	ws := strings.Fields(list)
	slices.SortFunc(ws, func(a, b string) int { return len(b) - len(a) })
	return ws
}

var hands = strings.NewReplacer("👍", "好", "👌", "好", "🆗", "好", "✅", "好", "✔", "好", "👎", "不", "❌", "不", "✖", "不", "🙅", "不")

// YesNo reads assent or its opposite, where the whole text says one of them and nothing else. 好像不是 and 不是不行 say neither.
func YesNo(text string) (yes, ok bool) {
	s := text
	switch FacesAlone(text) {
	case FaceYes:
		return true, true
	case FaceNo:
		return false, true
	case FaceNone, FaceAny, FaceCrying, FaceThanks, FaceBye, FaceHello:
		s = hands.Replace(text)
	}
	if Fold(s) == Fold("唔該") { // said to an offer: yes, please
		return true, true
	}
	if strings.ContainsAny(s, "?？") {
		return false, false
	}
	var sure, gentle, no bool
	clauses := strings.FieldsFunc(plain(s), func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) })
	for _, clause := range clauses {
		said := ""
		for rest := clause; rest != ""; {
			if first(rest, neither) != "" {
				return false, false
			}
			n, y, c := first(rest, noWords), first(rest, yesWords), first(rest, courtesy)
			soft := first(rest, softWords)
			w := longest(n, soft, y, c)
			switch w {
			case "":
				return false, false
			case n:
				if said != "" && said != w && !slices.Contains([]string{"算了", "不了"}, w) {
					return false, false // two different refusals in one breath may take each other back
				}
				said, no = w, true
			case soft:
				gentle = true
			case y:
				if said != "" {
					return false, false
				}
				sure = true
			}
			rest = rest[len(w):]
		}
	}
	switch {
	case no:
		return false, !sure
	case sure || gentle:
		return true, true
	}
	return false, false
}

// first is the longest of the words that a text begins with.
func first(s string, ws []string) string {
	for _, w := range ws {
		if strings.HasPrefix(s, w) {
			return w
		}
	}
	return ""
}

func longest(ws ...string) string {
	return slices.MaxFunc(ws, func(a, b string) int { return len(a) - len(b) })
}

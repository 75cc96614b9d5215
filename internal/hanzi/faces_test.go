package hanzi_test

import (
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

func TestFacesSaySomething(t *testing.T) {
	for text, want := range map[string]hanzi.Face{
		"😭": hanzi.FaceCrying, "😭😭😭": hanzi.FaceCrying, " 😢 。": hanzi.FaceCrying, "[流泪]": hanzi.FaceCrying, "[流淚]": hanzi.FaceCrying, "［大哭］": hanzi.FaceCrying, "[Sob][sob]": hanzi.FaceCrying, "[Cry]": hanzi.FaceCrying, "[BrokenHeart]": hanzi.FaceCrying, "💔": hanzi.FaceCrying, "/::'(": hanzi.FaceCrying, "/::<": hanzi.FaceCrying, "[微笑]😭": hanzi.FaceCrying,
		"👌": hanzi.FaceYes, "👌🏻": hanzi.FaceYes, "[OK]": hanzi.FaceYes, "[ok][ok]": hanzi.FaceYes, "[强]": hanzi.FaceYes, "[ThumbsUp]": hanzi.FaceYes, "👍👍": hanzi.FaceYes, "/:strong": hanzi.FaceYes, "✅": hanzi.FaceYes,
		"👎": hanzi.FaceNo, "[弱]": hanzi.FaceNo, "[NO]": hanzi.FaceNo, "❌": hanzi.FaceNo, "[强][弱]": hanzi.FaceNo,
		"🙏": hanzi.FaceThanks, "❤️": hanzi.FaceThanks, "[抱拳]": hanzi.FaceThanks, "[再见]": hanzi.FaceBye, "👋": hanzi.FaceHello,
		"😀": hanzi.FaceAny, "[微笑]": hanzi.FaceAny, "🤷‍♀️": hanzi.FaceAny, "/::)": hanzi.FaceAny, "[菜刀]": hanzi.FaceAny,
		"": hanzi.FaceNone, "？？": hanzi.FaceNone, "1️⃣": hanzi.FaceNone, "③": hanzi.FaceNone, "🔟": hanzi.FaceNone, "❷": hanzi.FaceNone, "流泪": hanzi.FaceNone, "[我想死]": hanzi.FaceNone, "😭我不想活了": hanzi.FaceNone, "我好累😭": hanzi.FaceNone, "[流泪": hanzi.FaceNone, "[]": hanzi.FaceNone, "/:": hanzi.FaceNone, "/::": hanzi.FaceNone,
	} {
		if got := hanzi.FacesAlone(text); got != want {
			t.Errorf("%q says %q, want %q", text, got, want)
		}
	}
}

func TestAFaceAnswersYesOrNo(t *testing.T) {
	for text, want := range map[string][2]bool{
		"👌": {true, true}, "[OK]": {true, true}, "[强]": {true, true}, "[ThumbsUp]": {true, true}, "👍🏽": {true, true}, "好的👌": {true, true},
		"👎": {false, true}, "[弱]": {false, true}, "[NO]": {false, true},
		"😭": {false, false}, "[微笑]": {false, false}, "[再见]": {false, false},
	} {
		if yes, ok := hanzi.YesNo(text); yes != want[0] || ok != want[1] {
			t.Errorf("%q is %v, %v; want %v", text, yes, ok, want)
		}
	}
	for text, want := range map[string]int{"1️⃣": 1, "2️⃣ ": 2, "③": 3, "🔟": 10} {
		if got := hanzi.Ordinal(hanzi.Fold(text)); got != want {
			t.Errorf("%q is choice %d, want %d", text, got, want)
		}
	}
}

package hanzi_test

import (
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

func TestWordsThatLookDifferentAndMeanTheSameFoldAlike(t *testing.T) {
	for text, want := range map[string]string{
		"３": "3", "3️⃣": "3", " 不想 打 電話！": "不想打电话", "OK～": "ok", "\u200b嗯。": "嗯", "我唔想打電話": "我唔想打电话", "😀": "", "1️⃣": "1", "🔟": "10", "❷": "2", "①": "1", "ＯＫ": "ok", "預約擬怎麼辦癮機裏": "预约拟怎么办瘾机里", "明天。": "明天",
	} {
		if got := hanzi.Fold(text); got != want {
			t.Errorf("%q folds to %q, want %q", text, got, want)
		}
	}
}

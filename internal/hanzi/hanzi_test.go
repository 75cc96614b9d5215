package hanzi_test

import (
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

func TestWordsThatLookDifferentAndMeanTheSameFoldAlike(t *testing.T) {
	for text, want := range map[string]string{
		"３": "3", "3️⃣": "3", " 不想 打 電話！": "不想打电话", "OK～": "ok", "\u200b嗯。": "嗯", "我唔想打電話": "我唔想打电话", "😀": "",
	} {
		if got := hanzi.Fold(text); got != want {
			t.Errorf("%q folds to %q, want %q", text, got, want)
		}
	}
}

func TestANumberMeansAChoice(t *testing.T) {
	for text, want := range map[string]int{"1": 1, "２": 2, "③": 3, "三": 3, "第四个": 4, "选5": 5, "6️⃣": 6, "十二": 12, "没有": 0, "2026": 0, "": 0, "0": 0, "-1": 1} {
		if got := hanzi.Ordinal(hanzi.Fold(text)); got != want {
			t.Errorf("%q means choice %d, want %d", text, got, want)
		}
	}
}

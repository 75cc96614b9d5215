package booking_test

import (
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

var wednesday = time.Date(2026, 12, 2, 10, 0, 0, 0, citytime.Zone)

func TestOnlyATextWhoseEveryWordIsOfAPlaceOrADayIsAnErrand(t *testing.T) {
	d := shipped(t)
	for said, want := range map[string]bool{
		"我想约后天 14:00 荔湾的站点":  true,
		"下周一越秀带着女儿，上午":       true,
		"帮我約聽日下晝荔灣嘅站點":       true,
		"我想约后天下午":            true,
		"昌华街":                true,
		"后天":                 false, // a day alone may be anything's day
		"我想后天带着女儿走":          false,
		"我想约后天下午去荔湾的站点，别救我":  false,
		"后天在珠江新城楼顶":          false,
		"今晚带着孩子去海珠桥":         false,
		"明天天河，然后一切都结束了":      false,
		"我不想活了":              false,
		"约老师，我在天河，吃了药":       false,
		"周六去越秀的站点，把东西都分给同学了": false,
	} {
		if got := d.Errand(said, wednesday); got != want {
			t.Errorf("%q is an errand: %v, want %v", said, got, want)
		}
	}
}

func TestATextAsksForAPlaceOnlyWhereItAsksForNothingElse(t *testing.T) {
	d := shipped(t)
	for said, want := range map[string]bool{
		"下周六天河附近带孩子，下午":     true,
		"越秀有舒心驿站吗":          true,
		"附近有没有站点":           true,
		"番禺现在开门的社工站":        true,
		"珠江新城":              true,
		"边度有青年地带":           true,
		"昨天在越秀和孩子吵了一架":      false,
		"孩子在天河上学，同学老是欺负他":   false,
		"孩子发烧要不要去医院":        false,
		"舒心驿站是什么":           false,
		"我在天河，孩子不想上学":       false,
		"周六下午":              false,
		"孩子周六沉迷手机怎么办，我在白云区": false,
	} {
		if got := d.Asked(said, wednesday); got != want {
			t.Errorf("%q asks for a place: %v, want %v", said, got, want)
		}
	}
}

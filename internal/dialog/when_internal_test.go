package dialog

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// monday is 2 March 2026, 12:00 in Guangzhou.
var monday = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

func TestAnswersAreReadAsPeopleSayThem(t *testing.T) {
	for _, c := range []struct {
		kind       askKind
		said, want string // want "": not understood
	}{
		{askDate, "今天", "2026-03-02"},
		{askDate, "后天上午", "2026-03-04"},
		{askDate, "我想约大后天", "2026-03-05"},
		{askDate, "周一", "2026-03-02"},
		{askDate, "礼拜天吧", "2026-03-08"},
		{askDate, "这周末", "2026-03-07"},
		{askDate, "下周二", "2026-03-10"},
		{askDate, "下下个星期五", "2026-03-20"},
		{askDate, "12月3号", "2026-12-03"},
		{askDate, "１２月３日", "2026-12-03"},
		{askDate, "十二月二十三号", "2026-12-23"},
		{askDate, "3月1号", "2027-03-01"},
		{askDate, "2月29号", "2028-02-29"},
		{askDate, "2025年6月1日", "2025-06-01"},
		{askDate, "二〇二六年六月一日", "2026-06-01"},
		{askDate, "明年1月5号", "2027-01-05"},
		{askDate, "2026-12-3", "2026-12-03"},
		{askDate, "12/3", "2026-12-03"},
		{askDate, "15号", "2026-03-15"},
		{askDate, "1号", "2026-04-01"},
		{askDate, "下个月三号", "2026-04-03"},
		{askDate, "三天后", "2026-03-05"},
		{askDate, "两周以后", "2026-03-16"},
		{askDate, "一个星期后", "2026-03-09"},
		{askDate, "2月30号", ""},
		{askDate, "13月1号", ""},
		{askDate, "明天或者后天", ""},
		{askDate, "明天不行", ""},
		{askDate, "随便", ""},
		{askTime, "下午三点", "15:00"},
		{askTime, "三点", "15:00"},
		{askTime, "上午9点半", "09:30"},
		{askTime, "晚上七点一刻", "19:15"},
		{askTime, "7:30", "07:30"},
		{askTime, "03：30", "03:30"},
		{askTime, "中午", "12:00"},
		{askTime, "中午一点", "13:00"},
		{askTime, "晚上十二点", "00:00"},
		{askTime, "凌晨12点", "00:00"},
		{askTime, "25点", ""},
		{askTime, "三", ""},
		{askDatetime, "明天下午三点", "2026-03-03 15:00"},
		{askDatetime, "周六晚上7点半", "2026-03-07 19:30"},
		{askDatetime, "明晚8点", "2026-03-03 20:00"},
		{askDatetime, "12月3号14:30", "2026-12-03 14:30"},
		{askDatetime, "晚上八点", "2026-03-02 20:00"},
		{askDatetime, "上午十点", "2026-03-03 10:00"},
		{askDatetime, "今天晚上12点", "2026-03-03 00:00"},
		{askDatetime, "明天", ""},
		{askDatetime, "周二或周三下午三点", ""},
		{askPhone, "138 0000 0000", "13800000000"},
		{askPhone, "+86 138-0000-0000", "13800000000"},
		{askPhone, "０２０－００００－００１２", "02000000012"},
		{askPhone, "幺三八零零零零零零零零", "13800000000"},
		{askPhone, "我的电话是13800000000", "13800000000"},
		{askPhone, "12345", ""},
		{askPhone, "138000000001", ""},
	} {
		got, ok := c.kind.read(c.said, monday)
		if ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%s %q: got %q, %v; want %q", c.kind, c.said, got, ok, c.want)
		}
	}
}

func TestNumbersAreReadInFiguresAndInChinese(t *testing.T) {
	for said, want := range map[string]float64{
		"12": 12, "１２": 12, "十二": 12, "二十": 20, "一百二十": 120, "一百二": 120, "一百零二": 102, "两千零一十": 2010,
		"3岁半": 3.5, "三岁半": 3.5, "36.5": 36.5, "零": 0, "6分": 6,
	} {
		if got, ok := number(said); !ok || got != want {
			t.Errorf("%q: got %v, %v; want %v", said, got, ok, want)
		}
	}
	for _, said := range []string{"", "半", "十百", "很多", "一二十", "NaN", "inf"} {
		if got, ok := number(said); ok {
			t.Errorf("%q is no number, got %v", said, got)
		}
	}
}

func TestAnyTextIsReadOrRefused(t *testing.T) {
	parts := []string{"下", "周", "一", "十", "百", "月", "号", "点", "半", "12", "3", "-", ":", "晚上", "明天", "年", "后", "个", "0", "99", "天"}
	rapid.Check(t, func(t *rapid.T) {
		var said string
		for _, p := range rapid.SliceOfN(rapid.SampledFrom(parts), 0, 8).Draw(t, "parts") {
			said += p
		}
		for kind, form := range map[askKind]string{askDate: dateForm, askTime: timeForm, askDatetime: datetimeForm} {
			if got, ok := kind.read(said, monday); ok {
				if _, err := time.Parse(form, got); err != nil {
					t.Fatalf("%s %q is kept as %q", kind, said, got)
				}
			}
		}
	})
}

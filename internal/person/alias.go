package person

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// plants of Guangzhou's streets and gardens: friendly, of no gender, and saying nothing of whoever bears them.
var plants = [...]string{
	"木棉", "榕树", "紫荆", "凤凰木", "鸡蛋花", "白兰", "茉莉", "荔枝", "龙眼", "杨桃", "芒果", "番石榴", "黄皮", "菠萝蜜", "橄榄", "香樟",
	"大叶榕", "细叶榕", "红花荷", "宫粉梅", "蓝花楹", "黄花铃", "火焰木", "腊肠树", "吊灯花", "朱槿", "三角梅", "夜来香", "含笑", "米兰", "桂花", "九里香",
	"栀子", "山茶", "杜鹃", "禾雀花", "炮仗花", "使君子", "紫藤", "凌霄", "睡莲", "荷花", "水仙", "百合", "蝴蝶兰", "建兰", "文心兰", "鹤望兰",
	"美人蕉", "芭蕉", "旅人蕉", "棕竹", "蒲葵", "椰树", "散尾葵", "罗汉松", "水松", "落羽杉", "南洋杉", "青竹", "水蒲桃", "人心果", "柠檬", "金桔",
	"佛手", "石榴", "菩提", "红豆杉", "秋枫", "海芋",
}

// NewMark returns a random "木棉 4127". digits is how long the number is, at least 4: a city has more people than short marks.
func NewMark(digits int) string {
	n := 1
	for range max(digits, 4) {
		n *= 10
	}
	return fmt.Sprintf("%s %0*d", plants[rand.IntN(len(plants))], max(digits, 4), rand.IntN(n))
}

// MarkOf returns the mark in an alias, "" where there is none.
func MarkOf(alias string) string {
	_, mark, _ := strings.Cut(alias, "·")
	return mark
}

// Alias returns what staff call a person: whom they speak as, and their mark.
func Alias(a Audience, mark string) string {
	switch a {
	case Parent:
		return "家长·" + mark
	case Student:
		return "同学·" + mark
	case Teacher:
		return "老师·" + mark
	case Unknown:
	}
	return "访客·" + mark
}

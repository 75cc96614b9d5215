package booking

import "testing"

func TestWhoComesAlongIsHeardAndRaisingAChildIsNot(t *testing.T) {
	for said, want := range map[string]string{
		"下周六天河附近带孩子，下午": "孩子",
		"我和老公一起去":       "老公",
		"想帶埋個女去荔灣":      "女儿",
		"周六带着儿子和我妈一起":   "儿子",
		"带孩子好累，想约老师":    "",
		"我和孩子吵架了":       "",
		"不带孩子，自己去":      "",
		"周六下午":          "",
	} {
		if got := companions(said); got != want {
			t.Errorf("%q brings %q, want %q", said, got, want)
		}
	}
}

package hanzi

import "testing"

func TestATextIsReadWithoutWhatMachinesPutIntoIt(t *testing.T) {
	for text, want := range map[string]string{
		"我不想活了":                                           "我不想活了",
		"我&#x4e0d;想&#27963;了":                             "我不想活了",
		"我&amp;#x4e0d;想活了":                                "我不想活了",
		`\u6211\u4e0d\u60f3\u6d3b\u4e86\ud83d\ude2d`:      "我不想活了😭",
		`\\u6211不想活了`:                                     "我不想活了",
		"%u6211%u4e0d想活了":                                 "我不想活了",
		"U+6211不想活了":                                      "我不想活了",
		"%E6%88%91%E4%B8%8D%E6%83%B3%E6%B4%BB%E4%BA%86":   "我不想活了",
		"我<b>不想</b>活<br/>了":                               "我不想活了",
		"我[流泪]不/::<想[Sob]活了":                              "我不想活了",
		"打了8折，100%的好 & a<b，[我的] http://x.example/a?b=%20": "打了8折，100%的好 & a<b，[我的] http://x.example/a?b=%20",
		"a < b > c":                 "a < b > c",
		"<我不想活了>":                   "<我不想活了>",
		`C:\users\me`:               `C:\users\me`,
		"[":                         "[",
		"&#xFFFFFFFF; %E6%88 \\u12": "\uFFFD %E6%88 \\u12",
	} {
		if got := Decoded(text); got != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
}

func FuzzDecodedNeverFails(f *testing.F) {
	f.Add("[流泪]\\ud83d&#55357;%E6<b")
	f.Fuzz(func(_ *testing.T, s string) { Decoded(s) })
}

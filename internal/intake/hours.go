package intake

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// Opening hours are read as a small language, and wholly: a text of which any character is left over, or that can be meant
// in two ways, is refused with the reason. In short:
//
//	text    = clause { mark clause }
//	clause  = days times | times "(" days ")" | days closed | lunch times | times "休息" | times
//	days    = 周一至周五 | 周一、三、五 | 每天 | 工作日 | 周末 …
//	times   = 9:00-12:00 { mark 9:00-12:00 } | 24小时
//
// Times alone belong to the days named before them; a closed day is taken out of 每天 and the like; a lunch break is cut
// out of the times before it.

// tokenKind is what a word of the text is.
type tokenKind int

const (
	tokDays   tokenKind = iota // days
	tokTime                    // one stretch of a day, or several after a break was cut out
	tokClosed                  // 休息, 闭馆
	tokLunch                   // 午休: the times that belong to it are closed
	tokMark                    // a comma, a space, 和
	tokStop                    // a semicolon, a line's end
	tokOpen                    // (
	tokShut                    // )
)

type token struct {
	kind  tokenKind
	days  []int
	loose bool // days that were named as a whole: 每天, 周一至周日; a closed day can be taken out of them
	from  int  // minutes since midnight
	to    int
	part  bool // the time says 上午 or 下午
	text  string
}

// slice is a stretch of opening on some days.
type slice struct {
	days     []int
	loose    bool
	from, to int
	part     bool
	clause   int
}

// wholeDay is how 24小时 is written: the directory's days end a minute before midnight.
const wholeDay = 23*60 + 59

// hours reads opening hours as people write them.
func hours(text string) ([]booking.Hours, error) {
	toks, err := tokens(text)
	if err != nil {
		return nil, err
	}
	p := parser{toks: toks}
	if err := p.parse(); err != nil {
		return nil, err
	}
	return p.result()
}

var (
	dayNames = map[rune]int{'一': 1, '二': 2, '三': 3, '四': 4, '五': 5, '六': 6, '日': 7, '天': 7, '1': 1, '2': 2, '3': 3, '4': 4, '5': 5, '6': 6, '7': 7}
	allDays  = []int{1, 2, 3, 4, 5, 6, 7}

	weekWord = `(?:周|星期|礼拜)`
	oneDay   = regexp.MustCompile(`^(?:每个?)?` + weekWord + `([一二三四五六日天1-7])`)
	rangeOf  = regexp.MustCompile(`^\s*(?:至|到|-|~)\s*(?:` + weekWord + `)?([一二三四五六日天1-7])`)
	moreDays = regexp.MustCompile(`^\s*[、,，/和及与]?\s*(?:` + weekWord + `)?([一二三四五六日天1-7])`)
	numeral  = `(?:\d{1,2}|[一二三四五六七八九十两]{1,3})`
	clockOf  = regexp.MustCompile(`^(?:(凌晨|清晨|早上|早晨|早|上午|中午|正午|下午|午后|傍晚|晚上|晚间|晚|夜间)\s*:?)?\s*(?:(\d{1,2})\s*[:.]\s*(\d{2})(?::00)?|(` + numeral + `)(?:点钟?|时)(?:(半)|(一刻|三刻)|整|(\d{1,2}|零?[一二三四五六七八九])分|(\d{2}|[二三四五]?十[一二三四五六七八九]?)分?)?)`)
	bareHour = regexp.MustCompile(`^(凌晨|清晨|早上|早晨|早|上午|中午|正午|下午|午后|傍晚|晚上|晚间|晚|夜间)?\s*(\d{1,2})\s*(?:-|~|至|到)`)
	toSign   = regexp.MustCompile(`^\s*(?:-+|~+|至|到)\s*`)
)

// vocabulary are the other words, the longest first where one begins another.
var vocabulary = []struct {
	word string
	tok  token
}{
	{"全年无休", token{kind: tokDays, days: allDays, loose: true}}, {"全年", token{kind: tokDays, days: allDays, loose: true}},
	{"每天", token{kind: tokDays, days: allDays, loose: true}}, {"每日", token{kind: tokDays, days: allDays, loose: true}}, {"天天", token{kind: tokDays, days: allDays, loose: true}},
	{"工作日", token{kind: tokDays, days: []int{1, 2, 3, 4, 5}, loose: true}}, {"平日", token{kind: tokDays, days: []int{1, 2, 3, 4, 5}, loose: true}},
	{"双休日", token{kind: tokDays, days: []int{6, 7}, loose: true}}, {"双休", token{kind: tokDays, days: []int{6, 7}, loose: true}}, {"周末", token{kind: tokDays, days: []int{6, 7}, loose: true}},
	{"24小时", token{kind: tokTime, from: 0, to: wholeDay}}, {"二十四小时", token{kind: tokTime, from: 0, to: wholeDay}},
	{"中午休息", token{kind: tokLunch}}, {"午间休息", token{kind: tokLunch}}, {"午休时间", token{kind: tokLunch}}, {"午休", token{kind: tokLunch}},
	{"不对外开放", token{kind: tokClosed}}, {"不开放", token{kind: tokClosed}}, {"不营业", token{kind: tokClosed}}, {"不上班", token{kind: tokClosed}}, {"不接待", token{kind: tokClosed}},
	{"休息", token{kind: tokClosed}}, {"闭馆", token{kind: tokClosed}}, {"休馆", token{kind: tokClosed}}, {"闭站", token{kind: tokClosed}}, {"关闭", token{kind: tokClosed}}, {"除外", token{kind: tokClosed}}, {"停诊", token{kind: tokClosed}},
	{";", token{kind: tokStop}}, {"。", token{kind: tokStop}}, {"\n", token{kind: tokStop}},
	{"(", token{kind: tokOpen}}, {")", token{kind: tokShut}},
	{"、", token{kind: tokMark}}, {",", token{kind: tokMark}}, {"/", token{kind: tokMark}}, {"和", token{kind: tokMark}}, {"及", token{kind: tokMark}}, {"与", token{kind: tokMark}}, {" ", token{kind: tokMark}}, {"\t", token{kind: tokMark}}, {":", token{kind: tokMark}}, {"为", token{kind: tokMark}}, {"的", token{kind: tokMark}},
	{"对外开放", token{kind: tokMark}}, {"开放时间", token{kind: tokMark}}, {"服务时间", token{kind: tokMark}}, {"接待时间", token{kind: tokMark}}, {"工作时间", token{kind: tokMark}}, {"开放", token{kind: tokMark}}, {"开馆", token{kind: tokMark}}, {"上班", token{kind: tokMark}}, {"营业", token{kind: tokMark}}, {"接待", token{kind: tokMark}},
}

// unread are words that say something which opening hours here cannot say, each with what to do instead.
var unread = []struct{ word, mend string }{
	{"节假日", "放假的日子请写进“休息日”那一列，这里删掉这几个字"},
	{"公众假期", "放假的日子请写进“休息日”那一列，这里删掉这几个字"},
	{"寒假", "请只写现在这段时间的，换季再导入一次"}, {"暑假", "请只写现在这段时间的，换季再导入一次"}, {"寒暑假", "请只写现在这段时间的，换季再导入一次"},
	{"夏季", "请只写现在这段时间的，换季再导入一次"}, {"冬季", "请只写现在这段时间的，换季再导入一次"}, {"夏令", "请只写现在这段时间的，换季再导入一次"},
	{"单周", "请写成每周都有的时间"}, {"双周", "请写成每周都有的时间"}, {"隔周", "请写成每周都有的时间"}, {"每月", "请写成每周都有的时间"},
	{"全天候", "是 24 小时就写“24小时”，不是就写几点到几点"}, {"全天", "请写几点到几点；整天整夜写“24小时”"},
	{"预约", "能不能直接来请写进“可直接来”那一列，这里只写时间"}, {"另行通知", "请写几点到几点"}, {"随时", "请写几点到几点"},
}

func tokens(text string) ([]token, error) {
	s := strings.TrimSpace(strings.NewReplacer("—", "-", "–", "-", "−", "-", "―", "-", "‐", "-", "〜", "~", "∼", "~", "～", "~", "，", ",", "；", ";", "：", ":", "（", "(", "）", ")", "【", "(", "】", ")", "[", "(", "]", ")", "\r", "").Replace(plain(text)))
	if s == "" {
		return nil, errors.New("没有写开放时间")
	}
	var out []token
	for s != "" {
		tok, n, err := next(s)
		if err != nil {
			return nil, err
		}
		tok.text, s = s[:n], s[n:]
		out = append(out, tok)
	}
	return out, gaps(out)
}

// gaps refuses a list in which something was lost: 周一、、五; 9:00-12:00、
func gaps(toks []token) error {
	lists := true // a mark that parts two things stood before this word, or nothing did
	for i, tok := range append(slices.Clone(toks), token{kind: tokStop, text: "末尾"}) {
		switch {
		case strings.TrimSpace(tok.text) == "" && tok.kind == tokMark:
		case strings.Contains("、,/和及与", tok.text) && tok.kind == tokMark:
			if lists {
				return fmt.Errorf("“%s”前面好像少了什么", tok.text)
			}
			lists = true
		case tok.text == ":" && tok.kind == tokMark && i > 0 && (lists || toks[i-1].kind == tokTime): // 9:00-12:00、:30-17:00
			return errors.New("有一个冒号不知道是什么意思")
		case tok.text == ":" && tok.kind == tokMark:
			lists = true
		case lists && (tok.kind == tokShut || tok.kind == tokStop) && len(toks) > 0 && tok.text != toks[0].text:
			return errors.New("逗号、顿号或者冒号后面好像少了什么")
		default:
			lists = tok.kind == tokOpen || tok.kind == tokStop
		}
	}
	return nil
}

// next reads the word that s begins with and says how long it is.
func next(s string) (token, int, error) {
	if tok, n, err := daysIn(s); n > 0 || err != nil {
		return tok, n, err
	}
	for _, v := range vocabulary {
		if strings.HasPrefix(s, v.word) {
			return v.tok, len(v.word), nil
		}
	}
	if tok, n, err := stretch(s); n > 0 || err != nil {
		return tok, n, err
	}
	for _, u := range unread {
		if strings.HasPrefix(s, u.word) || strings.HasPrefix(s, "法定"+u.word) || strings.HasPrefix(s, "国家法定"+u.word) {
			return token{}, 0, fmt.Errorf("“%s”在这里说不清楚，%s", u.word, u.mend)
		}
	}
	rest := []rune(s)
	return token{}, 0, fmt.Errorf("看不懂“%s”", string(rest[:min(len(rest), 8)]))
}

// daysIn reads 周一, 周一至周五, 周六至周一, 周一、三、五, 周二四六, 星期6和星期日.
func daysIn(s string) (token, int, error) {
	m := oneDay.FindStringSubmatch(s)
	if m == nil {
		return token{}, 0, nil
	}
	n := len(m[0])
	last := dayNames[[]rune(m[1])[0]]
	tok := token{kind: tokDays, days: []int{last}}
	ranged := false                         // the last day is the end of a stretch
	run := 0                                // days that were put behind each other without a mark: 周二四六
	if hourFollows(s[n-len(m[1]):], true) { // 周一点… : is it 一点?
		return token{}, 0, fmt.Errorf("“%s”是哪一天、几点，分不清", strings.TrimSpace(m[0]))
	}
	for {
		if m := rangeOf.FindStringSubmatch(s[n:]); m != nil && !hourFollows(s[n+len(m[0])-len(m[1]):], weekIn(m[0])) {
			to := dayNames[[]rune(m[1])[0]]
			if ranged {
				return token{}, 0, errors.New("一个“至”接着一个“至”，分不清是哪几天")
			}
			ranged = true
			if to == last {
				return token{}, 0, errors.New("从一天到同一天，分不清是一天还是一周")
			}
			for d := last%7 + 1; ; d = d%7 + 1 {
				tok.days = append(tok.days, d)
				if d == to {
					break
				}
			}
			n, last, tok.loose = n+len(m[0]), to, true
			continue
		}
		m := moreDays.FindStringSubmatch(s[n:])
		if m == nil || hourFollows(s[n+len(m[0])-len(m[1]):], weekIn(m[0])) || figureAlone(m) {
			break
		}
		more := dayNames[[]rune(m[1])[0]]
		ranged = false
		if strings.ContainsAny(m[0], "、,，/和及与 \t") {
			run = 0
		} else if run++; more < last || run == 1 && more > last+1 && !runsOn(s[n+len(m[0]):]) { // 周三一, 周一四: was 至 left out?
			return token{}, 0, fmt.Errorf("“%s”是哪几天，分不清；请用顿号或者“至”分开", s[:n+len(m[0])])
		}
		last = more
		tok.days = append(tok.days, last)
		n += len(m[0])
	}
	slices.Sort(tok.days)
	if len(slices.Compact(slices.Clone(tok.days))) != len(tok.days) {
		return token{}, 0, errors.New("同一天写了两次")
	}
	return tok, n, nil
}

// hourFollows says whether what looks like a day may be the beginning of an hour or a number: 三点, 十二, 24小时. Behind 周
// a Chinese figure is a day, also right before an hour: 周六9:00, 周三十点.
func hourFollows(s string, week bool) bool {
	rs := []rune(s)
	switch {
	case len(rs) < 2:
		return false
	case rs[0] < utf8.RuneSelf:
		return strings.ContainsRune("0123456789点时:.个小", rs[1])
	case week:
		return strings.ContainsRune("点时刻", rs[1])
	}
	return strings.ContainsRune("点时十百半刻分个小", rs[1])
}

// weekIn says whether a day was named with 周 before it.
func weekIn(match string) bool { return strings.ContainsAny(match, "周星礼") }

// runsOn says whether another day follows right away.
func runsOn(s string) bool {
	m := moreDays.FindStringSubmatch(s)
	return m != nil && m[0] == m[1] && !hourFollows(s, false)
}

// figureAlone says whether a figure stands without 周 before it: the 9 of 周一 9-12点 is no day.
func figureAlone(m []string) bool {
	return strings.Trim(m[1], "0123456789") == "" && !weekIn(m[0])
}

// stretch reads 9:00-12:00, 下午2点到5点半, 9-12点.
func stretch(s string) (token, int, error) {
	from, n, ok, err := clockIn(s, "")
	if err != nil {
		return token{}, 0, err
	}
	if !ok { // 9-12点: the unit stands once
		m := bareHour.FindStringSubmatch(s)
		if m == nil {
			return token{}, 0, nil
		}
		h := m[1] + m[2] + "点"
		rest := s[strings.Index(s, m[2])+len(m[2]):]
		if from, _, ok, err = clockIn(h, ""); err != nil || !ok {
			return token{}, 0, err
		}
		n = len(s) - len(rest)
		if e := toSign.FindString(rest); e == "" || !strings.ContainsAny(clockOf.FindString(rest[len(e):]), "点时") {
			return token{}, 0, nil
		}
	}
	e := toSign.FindString(s[n:])
	if e == "" {
		return token{}, 0, fmt.Errorf("“%s”是从几点到几点", s[:n])
	}
	n += len(e)
	to, m, ok, err := clockIn(s[n:], from.part)
	switch {
	case err != nil:
		return token{}, 0, err
	case !ok:
		return token{}, 0, fmt.Errorf("“%s”后面没有写到几点", s[:n])
	}
	n += m
	tok := token{kind: tokTime, from: from.minutes, to: to.minutes, part: from.part != "" || to.part != ""}
	if tok.to == 24*60 {
		tok.to = wholeDay
	}
	if tok.from >= tok.to {
		return token{}, 0, fmt.Errorf("“%s”结束得比开始早，下午 5 点请写 17:00，过了半夜的请分成两段", strings.TrimSpace(s[:n]))
	}
	return tok, n, nil
}

// at is one time of day and the part of the day that was said with it.
type at struct {
	minutes int
	part    string
}

// clockIn reads one time of day. An end without a part of the day has that of its beginning, where it has twelve hours:
// 下午2:00-5:00, but 上午9:00-17:00. A time of one to six without any is refused, for it may be in the afternoon; 06:00 is not.
func clockIn(s, before string) (out at, n int, ok bool, err error) {
	m := clockOf.FindStringSubmatch(s)
	if m == nil {
		return at{}, 0, false, nil
	}
	said, rest := m[1], s[len(m[0]):]
	if rest != "" && '0' <= rest[0] && rest[0] <= '9' {
		return at{}, 0, false, fmt.Errorf("看不懂“%s”是几点", short(m[0]+rest))
	}
	bareTime := strings.Join(strings.Fields(strings.TrimPrefix(strings.TrimLeft(strings.TrimPrefix(m[0], said), " "), ":")), "")
	bareTime = strings.Replace(dotted.ReplaceAllString(bareTime, "$1:$2"), "整", "", 1)
	hour, okHour := hanzi.Number(m[2] + m[4])
	if !okHour || hour > 24 {
		return at{}, 0, false, fmt.Errorf("没有“%s”这个时间", m[0])
	}
	part := said
	if said == "" && hour < 12 || hour == 12 && slices.Contains(pastNoon, before) {
		part = before
	}
	if part == "" && hour >= 1 && hour <= 5 {
		return at{}, 0, false, fmt.Errorf("“%s”是凌晨还是下午？下午请写成 %d%s", m[0], int(hour)+12, bareTime[len(m[2]+m[4]):])
	}
	if part == "" && hour == 6 && !strings.HasPrefix(m[2], "0") {
		return at{}, 0, false, fmt.Errorf("“%s”是早上还是傍晚？早上请写成“早上%s”，傍晚请写成 18%s", m[0], bareTime, bareTime[len(m[2]+m[4]):])
	}
	minutes, heard := hanzi.Clock(part + bareTime)
	if heard != hanzi.Whole {
		if part == "" {
			return at{}, 0, false, fmt.Errorf("没有“%s”这个时间", m[0])
		}
		return at{}, 0, false, fmt.Errorf("“%s%s”的上午、下午和钟点对不上", part, bareTime)
	}
	return at{minutes, part}, len(m[0]), true, nil
}

// pastNoon are the parts of the day in which twelve is midnight, or no time at all.
var pastNoon = []string{"下午", "午后", "傍晚", "晚上", "晚间", "晚", "夜间"}

// dotted is an hour that is parted from its minutes by a point, and seconds that say nothing.
var dotted = regexp.MustCompile(`^(\d{1,2})[:.](\d{2})(?::00)?$`)

// parser puts the words together.
type parser struct {
	toks   []token
	i      int
	slices []slice
	closed []int
	clause int // counts the times that days were named
	days   *token
	early  []token // times before any day was named
	depth  int
	outer  *token // the days named before a bracket
	fresh  bool   // a semicolon stands before this word
	behind bool   // days come behind their times, in brackets
	shut   bool   // the last that was said is that some days are closed
}

func (p *parser) peek(skip ...tokenKind) (token, bool) {
	for j := p.i; j < len(p.toks); j++ {
		if !slices.Contains(skip, p.toks[j].kind) {
			return p.toks[j], true
		}
	}
	return token{}, false
}

func (p *parser) parse() error {
	for ; p.i < len(p.toks); p.i++ {
		tok := p.toks[p.i]
		var err error
		switch tok.kind {
		case tokDays:
			err = p.named(tok)
		case tokTime:
			err = p.timed(tok)
		case tokLunch:
			err = p.lunch()
		case tokClosed:
			err = fmt.Errorf("“%s”前面没有写是哪一天、几点", tok.text)
		case tokOpen:
			if p.depth++; p.depth > 1 {
				err = errors.New("括号里面又有括号")
			}
			p.outer = p.days
		case tokShut:
			if p.depth--; p.depth < 0 {
				err = errors.New("括号不成对")
			}
			if p.days != p.outer { // whose times would follow?
				p.days = nil
			}
		case tokStop:
			if p.depth > 0 {
				err = errors.New("括号不成对")
			}
			p.fresh = true
		}
		if err != nil {
			return err
		}
		if tok.kind != tokStop && tok.kind != tokMark {
			p.fresh = false
		}
	}
	if p.depth != 0 {
		return errors.New("括号不成对")
	}
	return nil
}

// named takes days: closed ones, those of the times that stood before, or those of the times that follow.
func (p *parser) named(tok token) error {
	p.i++
	for p.i < len(p.toks) && p.toks[p.i].kind == tokDays { // 全年每天, 周末周五
		if !slices.Equal(p.toks[p.i].days, tok.days) {
			return fmt.Errorf("“%s”和“%s”连在一起，请用顿号分开", tok.text, p.toks[p.i].text)
		}
		p.i++
	}
	p.i--
	save := p.i
	p.i++
	// A list may go on with a word of its own: 周三、周末; 工作日和周六.
	for {
		j := p.i
		for j < len(p.toks) && p.toks[j].kind == tokMark && strings.TrimSpace(p.toks[j].text) != ":" {
			j++
		}
		if j >= len(p.toks) || p.toks[j].kind != tokDays || j == p.i {
			break
		}
		for _, d := range p.toks[j].days {
			if slices.Contains(tok.days, d) {
				return fmt.Errorf("“%s”里有的日子前面已经写过", p.toks[j].text)
			}
		}
		tok.days = append(slices.Clone(tok.days), p.toks[j].days...)
		tok.loose = tok.loose || p.toks[j].loose
		save, p.i = j, j+1
	}
	slices.Sort(tok.days)
	p.i = save + 1
	following, ok := p.peek(tokMark)
	switch {
	case ok && following.kind == tokClosed:
		for p.toks[p.i].kind != tokClosed {
			p.i++
		}
		p.closed = append(p.closed, tok.days...)
		p.shut = p.depth == 0
		return nil
	case ok && (following.kind == tokTime || following.kind == tokOpen && p.depth == 0):
		p.i = save
		if len(p.early) > 0 && p.depth == 0 {
			return fmt.Errorf("“%s”前面的时间没有写是哪一天的", tok.text)
		}
		p.days, p.shut = &tok, false
		p.clause++
		return nil
	case len(p.early) > 0 && p.depth == 1: // 9:00-17:00（周一至周五）
		p.i = save
		p.clause++
		for _, t := range p.early {
			p.slices = append(p.slices, slice{tok.days, tok.loose, t.from, t.to, t.part, p.clause})
		}
		p.early, p.days, p.behind = nil, nil, true
		return nil
	}
	return fmt.Errorf("“%s”没有写几点到几点", tok.text)
}

// timed takes a stretch: a closed one, one of the days named before, or one whose days come after it.
func (p *parser) timed(tok token) error {
	p.i++
	if following, ok := p.peek(tokMark); ok && (following.kind == tokClosed || following.kind == tokLunch && !p.beginsLunch()) {
		fresh := p.fresh
		for p.toks[p.i].kind != following.kind {
			p.i++
		}
		return p.cutOut(tok, fresh)
	}
	p.i--
	if p.shut {
		return fmt.Errorf("“%s”是哪一天的，分不清", tok.text)
	}
	if p.days == nil {
		if len(p.slices) > 0 && !p.behind {
			return fmt.Errorf("“%s”没有写是哪一天的", tok.text)
		}
		p.early = append(p.early, tok)
		return nil
	}
	p.slices = append(p.slices, slice{p.days.days, p.days.loose, tok.from, tok.to, tok.part, p.clause})
	return nil
}

// beginsLunch says whether the next 午休 is followed by its times: 9:00-12:00 午休12:00-14:00.
func (p *parser) beginsLunch() bool {
	j := p.i
	for p.toks[j].kind != tokLunch {
		j++
	}
	for j++; j < len(p.toks) && p.toks[j].kind == tokMark; j++ {
	}
	return j < len(p.toks) && p.toks[j].kind == tokTime
}

// lunch takes a break: 午休12:00-14:00.
func (p *parser) lunch() error {
	fresh := p.fresh
	p.i++
	following, ok := p.peek(tokMark)
	if !ok || following.kind != tokTime {
		return errors.New("午休没有写几点到几点")
	}
	for p.toks[p.i].kind != tokTime {
		p.i++
	}
	return p.cutOut(following, fresh)
}

// cutOut takes a break out of the times that it falls into: of the days named last, or after a semicolon of all.
func (p *parser) cutOut(gap token, fresh bool) error {
	if len(p.early) > 0 && len(p.slices) == 0 {
		return fmt.Errorf("“%s”前面没有写是哪一天的时间", gap.text)
	}
	var out []slice
	cuts := 0
	for _, s := range p.slices {
		switch {
		case gap.to <= s.from || s.to <= gap.from:
			out = append(out, s)
		case s.from < gap.from && gap.to < s.to:
			if s.clause != p.clause && !fresh {
				return fmt.Errorf("“%s”是每天都休息，还是只有后面那几天，分不清；请分开写成 9:00-12:00、14:00-17:00", gap.text)
			}
			cuts++
			before, after := s, s
			before.to, after.from = gap.from, gap.to
			out = append(out, before, after)
		default:
			return fmt.Errorf("休息的“%s”和开放的时间对不上", gap.text)
		}
	}
	if cuts == 0 {
		return fmt.Errorf("休息的“%s”不在开放的时间里面", gap.text)
	}
	p.slices = out
	return nil
}

// result checks that what was read can be meant in one way only, and writes it as the directory keeps it.
func (p *parser) result() ([]booking.Hours, error) {
	if len(p.early) > 0 {
		open := p.early[0].from == 0 && p.early[0].to == wholeDay
		if len(p.slices) > 0 || len(p.closed) == 0 && !open {
			return nil, errors.New("没有写是星期几")
		}
		p.clause++ // every day but the closed ones
		for _, t := range p.early {
			p.slices = append(p.slices, slice{allDays, true, t.from, t.to, t.part, p.clause})
		}
	}
	var out []booking.Hours
	for i, s := range p.slices {
		for _, other := range p.slices[:i] {
			shared := intersect(s.days, other.days)
			switch {
			case len(shared) == 0:
			case s.from < other.to && other.from < s.to:
				return nil, fmt.Errorf("%s写了两次，时间叠在一起", dayLabel(shared[0]))
			case s.clause != other.clause && !slices.Equal(s.days, other.days) && (!s.part || !other.part):
				return nil, fmt.Errorf("%s写了两次，不知道是加上还是换成；请一天只写一处", dayLabel(shared[0]))
			}
		}
		days := slices.Clone(s.days)
		if shut := intersect(days, p.closed); len(shut) > 0 {
			if !s.loose || len(shut) == len(days) {
				return nil, fmt.Errorf("%s又开放又休息，请检查", dayLabel(shut[0]))
			}
			days = slices.DeleteFunc(days, func(d int) bool { return slices.Contains(p.closed, d) })
		}
		out = append(out, booking.Hours{Days: days, From: clockText(s.from), To: clockText(s.to)})
	}
	if len(out) == 0 {
		return nil, errors.New("没有写几点到几点")
	}
	return out, nil
}

func intersect(a, b []int) (out []int) {
	for _, d := range a {
		if slices.Contains(b, d) {
			out = append(out, d)
		}
	}
	return out
}

func dayLabel(d int) string { return "周" + string([]rune("一二三四五六日")[d-1]) }

func clockText(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// hoursLabel writes opening hours as people read them, for the report.
func hoursLabel(open []booking.Hours) string {
	var out []string
	for _, h := range open {
		var b strings.Builder
		for i := 0; i < len(h.Days); {
			j := i
			for j+1 < len(h.Days) && h.Days[j+1] == h.Days[j]+1 {
				j++
			}
			if b.Len() > 0 {
				b.WriteString("、")
			}
			b.WriteString(dayLabel(h.Days[i]))
			if j > i {
				b.WriteString("至" + dayLabel(h.Days[j]))
			}
			i = j + 1
		}
		out = append(out, b.String()+" "+h.From+"-"+h.To)
	}
	return strings.Join(out, "；")
}

// Package family is who is at home, in the little that a conversation needs: whom a person says that they are, how old the
// child is that they speak of, and what of it a parent wants remembered. Start reading at Read, which reads plain words;
// child.go is what is remembered of a child, chat.go how a parent keeps, changes and forgets it.
package family

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// Role is whom a person says that they are. Grandparents and who expects a child are adults who raise one: parents, as far
// as rights, consent and danger go.
type Role string

// The roles.
const (
	Parent      Role = "parent"
	Grandparent Role = "grandparent"
	Expecting   Role = "expecting"
	Teacher     Role = "teacher"
	Student     Role = "student"
)

// Audience is the role as the rest of the service knows people: parent, student or teacher.
func (r Role) Audience() string {
	if r == Grandparent || r == Expecting {
		return string(Parent)
	}
	return string(r)
}

// Told is what a text says of who speaks and of the child they speak of.
type Told struct {
	Role  Role
	Sure  bool   // the text introduces them; else it only lets it be understood, and changes nothing that is known
	Stage Stage  // of the child, or of the pupil who speaks; "" where it is not said, or only half
	Grade string // 初二
	Age   int    // in years; 0 where it is not said
	Sex   string // 男 or 女
	Who   string // in the person's own word: 女儿
	Only  bool   // the text says nothing else
}

// Words is what was told in few words: 女儿九岁, 读高一.
func (t Told) Words() string {
	at := t.Grade
	switch {
	case at == "" && t.Age > 0:
		at = " " + strconv.Itoa(t.Age) + " 岁"
	case at == "" && t.Stage == Pregnancy:
		return "怀着宝宝"
	case at != "" && t.Role == Student:
		return "读" + at
	}
	if at == "" {
		return ""
	}
	if t.Role == Student {
		return "你" + at
	}
	return t.Who + at
}

const (
	figures = `([0-9]{1,2}|[一二两三四五六七八九十]{1,4})`
	gradeRe = `((?:小学|初中|高中)?(?:[一二三四五六七八九]|[1-9]|1[0-2]|十[一二]?)年级|小[一二三四五六]|初[一二三123]|高[一二三123]|幼儿园(?:大班|中班|小班)|大班|中班|小班|托班|幼儿园|小学|初中|高中|职高|中职|中专)`
	ageRe   = `(?:` + figures + `(?:周岁|岁)|` + figures + `个(?:多)?月大)`
	between = `(?:今年|现在|目前|已经|刚刚|刚|才|都|也|就|是|在|读|上|念|升|满|有|了|个|一个|啊|呀|呢|哦|这学期|,|，|:|：|\s){0,4}`
	sonsRe  = `(儿子|女儿|闺女|丫头|囡囡|千金|孩子|小孩|小朋友|宝宝|宝贝|娃儿|娃娃|娃|崽崽|崽|仔仔|大宝|二宝|小宝|老大|老二|外孙女|外孙|孙女|孙子|孙儿)`
	mine    = `(?:我家的|我们家的|我家|我们家|我的|我|家里的|家里|俺家|咱家|本人)`
)

var (
	childAt    = regexp.MustCompile(`(` + mine + `)?(?:有个|有一个|那个|这个)?` + sonsRe + between + `(?:` + ageRe + `|` + gradeRe + `)`)
	childOf    = regexp.MustCompile(`(?:` + ageRe + `|` + gradeRe + `)(?:大)?(?:的)?(?:一个)?` + sonsRe)
	childSaid  = regexp.MustCompile(mine + sonsRe)
	parentOf   = regexp.MustCompile(`(?:我是|我也是|本人是)?(?:一个|一名|一位|个)?` + gradeRe + `(?:学生|孩子|娃|男生|女生|男孩|女孩)?(?:的)?(?:家长|妈妈|爸爸|妈|爸)`)
	parentSaid = regexp.MustCompile(`我(?:是|也是|就是)(?:一个|一名|一位|个|孩子|单亲|全职|新手|他|她|的|普通)*(?:家长|妈妈|爸爸|宝妈|宝爸|父亲|母亲|妈|爸)`)
	grandSaid  = regexp.MustCompile(`我(?:是|也是|就是)(?:一个|一名|一位|个|孩子|他|她|的|当)*(?:奶奶|爷爷|外婆|外公|姥姥|姥爷|阿嫲|阿公|阿婆|婆婆)`)
	pregnant   = regexp.MustCompile(`(?:我|我们|老婆|太太|妻子|爱人|^|[,，。\s])(?:今年|现在|也|已经|刚|刚刚|又|才|正|在|都)*(?:怀孕|怀了|怀上|怀二胎|怀着|备孕|孕晚期|孕中期|孕早期|孕` + figures + `周)`)
	teacherIs  = regexp.MustCompile(`我(?:是|也是|就是|当|做|任)(?:一个|一名|一位|个|位)?(?:` + gradeRe + `)?(?:的)?(?:小学|初中|高中|中学|幼儿园|学校|心理|语文|数学|英语|体育|科任|任课|年级|新手|新)*(?:班主任|老师|教师|辅导员|德育主任|级长)`)
	selfGrade  = regexp.MustCompile(`我(?:今年|现在|是|在|读|上|念|才|已经|刚|刚刚|个|一个|一名|都|也|升|了|就|,|，|\s)*` + gradeRe)
	selfAge    = regexp.MustCompile(`我(?:今年|现在|才|已经|刚|刚满|满|都|也|就|是|,|，|\s)*` + figures + `(周岁|岁)?`)
	selfPupil  = regexp.MustCompile(`我(?:是|也是|就是)(?:一个|一名|一位|个|名)?(小学|初中|高中|中学)(?:的)?(?:生|学生)`)
	pupilEnd   = regexp.MustCompile(`^(?:的)?(?:一名|一个)?(?:学生|男生|女生|同学|孩子)?(?:了|啦|呀|啊)?`)

	english      = regexp.MustCompile(`\bmy (kid|child|son|daughter|boy|girl|grandson|granddaughter)(?: is|'s)? (?:now )?(?:in (?:the )?(?:grade ([0-9]{1,2})|([0-9]{1,2})(?:st|nd|rd|th) grade)|([0-9]{1,2})(?: years? old)?\b)`)
	englishPupil = regexp.MustCompile(`\bi(?: am|'m) (?:a student )?(?:in (?:the )?(?:grade ([0-9]{1,2})|([0-9]{1,2})(?:st|nd|rd|th) grade)|([0-9]{1,2}) years? old)`)
)

// otherRe are the words before a child that is somebody else's, and about who says that they are not what follows.
var (
	others = regexp.MustCompile(`(?:邻居|朋友|同学|亲戚|同事|闺蜜|姐姐|哥哥|弟弟|妹妹|姐|哥|弟|妹|舅|姨|叔|姑|表|堂|别人|人家|班上|班里|老师|老板|领导|对门|楼下|楼上)(?:家|的|家的|那个|有个|他|她)?$`)
	notSo  = regexp.MustCompile(`不是$|没有$|没$|如果$|要是$|假如$|想$|以后$`)
	past   = regexp.MustCompile(`^(?:的)?(?:时候|那年|那会|时|毕业|以前|之前|以后)`)
	// of a school long left, or that one works at: 我初二就出来打工了, 我16岁就结婚了
	long = regexp.MustCompile(`^(?:就|才|那阵|(?:都|也|还)?没|辍学|退学|肄业|年级?组|组|部|当[妈爸]|做[妈爸]|生[的了孩娃]|生下|嫁|结婚|结的婚)`)
	// what ends the word for a whole school, where it is one's own: 我小学文化 is a grown-up's
	schoolEnd = regexp.MustCompile(`^(?:的|一名|一个|学生|男生|女生|同学|孩子|生|了|啦|呀|啊)*(?:[^\p{Han}]|$)`)
	// behind what somebody else says, "I" may be either: 他说我15岁了不用你管, 妈妈说我初二了
	quoted = regexp.MustCompile(`(?:他|她|` + sonsRe + `|妈妈|爸爸|老妈|老爸|妈|爸|奶奶|爷爷|老师|班主任|同学|别人)[^,，。!！?？;；]{0,6}(?:说|讲|喊|吼|嚷|骂|吵|回)(?:我|了|道)?[\s,，:：“”"'‘「『]*$`)
	ofMine = regexp.MustCompile(`^(?:的)?(?:同学|同桌|朋友|老师|班主任|表|堂|爸|妈|姐|哥|奶奶|爷爷|女儿|儿子|孩子|家长|家里)`)
)

// anyOf says whether a text has one of the words without which an expression has nothing to look for: most texts have none,
// and an expression takes long to say so.
func anyOf(s string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}

// sons and homes are the words of sonsRe and mine, as far as each of those has one in it.
var (
	sons  = []string{"儿", "女", "丫头", "囡囡", "千金", "孩", "小朋友", "宝", "贝", "娃", "崽", "仔", "老大", "老二", "孙"}
	homes = []string{"我", "家", "本人"}
)

// Read reads what a text says of who speaks. What is half said (七八岁, 快上学了) is left out, and never guessed.
func Read(text string) Told {
	s := normal(text)
	if !anyOf(s, "我", "家长", "妈", "爸", "孕", "怀", "my ", "i am", "i'm") && !anyOf(s, sons...) {
		return Told{}
	}
	for _, read := range []func(string) (Told, string){teacher, grandparent, child, pupil, expecting, inEnglish} {
		if t, rest := read(s); t.Role != "" {
			t.Only = t.Sure && utf8.RuneCountInString(spare.Replace(hanzi.Fold(rest))) <= mostSpare
			return t
		}
	}
	switch {
	case anyOf(s, "我") && parentSaid.MatchString(s):
		t := Told{Role: Parent, Sure: true}
		t.Only = utf8.RuneCountInString(spare.Replace(hanzi.Fold(parentSaid.ReplaceAllString(s, "")))) <= mostSpare
		return t
	case anyOf(s, homes...) && anyOf(s, sons...) && childSaid.MatchString(s):
		t := Told{Role: Parent}
		if m := childSaid.FindStringSubmatchIndex(s); !foreign(s[:m[0]]) && !ofMine.MatchString(s[m[1]:]) {
			t.Who = s[m[2]:m[3]]
			t.Role, t.Sex = roleOf(t.Who), sexOf(t.Who)
			return t
		}
	}
	return Told{}
}

// normal brings a text to one width, case and script, and keeps its punctuation: 我姐的儿子，15岁 is read by it.
func normal(s string) string {
	return strings.Map(hanzi.Simplified, strings.ToLower(norm.NFKC.String(strings.TrimSpace(s))))
}

// spare are words that say nothing beside an introduction.
var spare = strings.NewReplacer("你好", "", "您好", "", "老师好", "", "老师", "", "的", "", "了", "", "我", "", "是", "", "有", "", "一个", "", "个", "", "学生", "", "男生", "", "女生", "", "同学", "", "今年", "", "现在", "", "在读", "", "读", "", "上", "", "半", "", "家长", "", "妈妈", "", "爸爸", "", "呀", "", "啊", "", "哦", "", "啦", "", "is", "", "hi", "", "hello", "")

// mostSpare is how many characters may be left of a text that is nothing but an introduction.
const mostSpare = 2

// parents are the words that end parentOf.
var parents = []string{"家长", "妈", "爸"}

// findAll and findFirst are an expression's matches in a text; it has none without one of the words.
func findAll(re *regexp.Regexp, s string, words []string) [][]int {
	if !anyOf(s, words...) {
		return nil
	}
	return re.FindAllStringSubmatchIndex(s, -1)
}

func findFirst(re *regexp.Regexp, s string, words []string) []int {
	if !anyOf(s, words...) {
		return nil
	}
	return re.FindStringSubmatchIndex(s)
}

func foreign(before string) bool { return others.MatchString(before) || notSo.MatchString(before) }

func child(s string) (Told, string) {
	if !anyOf(s, "岁", "月大", "年级", "小", "初", "高", "班", "幼儿园", "职", "中专") { // no age and no year of school
		return Told{}, s
	}
	for _, m := range findAll(childAt, s, sons) {
		if foreign(s[:m[0]]) || past.MatchString(s[m[1]:]) {
			continue
		}
		if t, ok := childOfWord(s, group(s, m, 2), group(s, m, 3), group(s, m, 4), group(s, m, 5)); ok {
			return t, s[:m[0]] + s[m[1]:]
		}
	}
	for _, m := range findAll(childOf, s, sons) {
		before := strings.TrimSuffix(strings.TrimSuffix(s[:m[0]], "一个"), "个")
		if foreign(before) || ofMine.MatchString(s[m[1]:]) || strings.HasSuffix(before, "我是") {
			continue
		}
		if t, ok := childOfWord(s, group(s, m, 4), group(s, m, 1), group(s, m, 2), group(s, m, 3)); ok {
			return t, s[:m[0]] + s[m[1]:]
		}
	}
	if m := findFirst(parentOf, s, parents); m != nil && !foreign(s[:m[0]]) {
		t := Told{Role: Parent, Sure: true, Who: "孩子"}
		t.atGrade(group(s, m, 1))
		return t, s[:m[0]] + s[m[1]:]
	}
	return Told{}, s
}

func childOfWord(_ string, who, years, months, grade string) (Told, bool) {
	t := Told{Role: roleOf(who), Sure: true, Who: who, Sex: sexOf(who)}
	switch {
	case grade != "":
		t.atGrade(grade)
	case months != "":
		if n, ok := count(months); ok {
			t.Stage = stageOfMonths(n)
			t.Age = n / monthsOfYear
		}
	default:
		n, ok := count(years)
		if !ok || n > oldest {
			return Told{}, false
		}
		t.Age, t.Stage = n, stageOf(n)
	}
	return t, t.Stage != ""
}

func grandparent(s string) (Told, string) {
	if !anyOf(s, "我") {
		return Told{}, s
	}
	m := grandSaid.FindStringIndex(s)
	if m == nil || foreign(s[:m[0]]) {
		return Told{}, s
	}
	t, rest := child(s[:m[0]] + s[m[1]:])
	if t.Role == "" {
		t, rest = Told{}, s[:m[0]]+s[m[1]:]
	}
	t.Role, t.Sure = Grandparent, true
	return t, rest
}

func expecting(s string) (Told, string) {
	if !anyOf(s, "孕", "怀") {
		return Told{}, s
	}
	m := pregnant.FindStringIndex(s)
	if m == nil || strings.HasSuffix(s[:m[0]], "没") || strings.HasSuffix(s[:m[0]], "不想") || strings.HasSuffix(s[:m[0]], "怕") {
		return Told{}, s
	}
	rest := s[m[1]:]
	if late.MatchString(rest) {
		return Told{}, s
	}
	return Told{Role: Expecting, Sure: true, Stage: Pregnancy}, s[:m[0]] + weeks.ReplaceAllString(rest, "")
}

var (
	late  = regexp.MustCompile(`^(?:的时候|那时|那会|时候|期间我)`)
	weeks = regexp.MustCompile(`^(?:快|都|已经|了|有)*` + figures + `(?:个多月|个月|周)(?:了)?`)
)

func teacher(s string) (Told, string) {
	if !anyOf(s, "我") || !anyOf(s, "师", "辅导员", "德育主任", "级长", "班主任") {
		return Told{}, s
	}
	m := teacherIs.FindStringIndex(s)
	if m == nil || foreign(s[:m[0]]) || ofMine.MatchString(s[m[1]:]) {
		return Told{}, s
	}
	return Told{Role: Teacher, Sure: true}, s[:m[0]] + s[m[1]:]
}

func pupil(s string) (Told, string) {
	if !anyOf(s, "我") {
		return Told{}, s
	}
	if m := selfGrade.FindStringSubmatchIndex(s); m != nil && !quoted.MatchString(s[:m[0]]) && !past.MatchString(s[m[1]:]) && !ofMine.MatchString(s[m[1]:]) {
		t, rest := Told{Role: Student, Sure: true}, s[m[1]:]
		t.atGrade(group(s, m, 1))
		if long.MatchString(rest) || t.Grade == "" && !schoolEnd.MatchString(rest) {
			return Told{}, s
		}
		if t.Stage == Upper || t.Stage == Lower || t.Stage == Junior || t.Stage == Senior || group(s, m, 1) == "小学" {
			return t, s[:m[0]] + pupilEnd.ReplaceAllString(s[m[1]:], "")
		}
	}
	if m := selfPupil.FindStringSubmatchIndex(s); m != nil && !quoted.MatchString(s[:m[0]]) && !ofMine.MatchString(s[m[1]:]) {
		t := Told{Role: Student, Sure: true}
		t.atGrade(group(s, m, 1))
		return t, s[:m[0]] + s[m[1]:]
	}
	for _, m := range selfAge.FindAllStringSubmatchIndex(s, -1) {
		n, ok := count(group(s, m, 1))
		bare := m[4] < 0 // 我今年14, with nothing behind it
		end := strings.TrimLeft(s[m[1]:], "了啦")
		closed := end == "" || strings.ContainsAny(string([]rune(end)[:1]), ",，。.！!?？、 ")
		if !ok || n < youngestPupil || n > oldestPupil || quoted.MatchString(s[:m[0]]) || past.MatchString(s[m[1]:]) || long.MatchString(s[m[1]:]) || bare && (!closed || !strings.Contains(s[m[0]:m[1]], "今年") && end != "") {
			continue
		}
		return Told{Role: Student, Sure: true, Age: n, Stage: stageOf(n)}, s[:m[0]] + s[m[1]:]
	}
	return Told{}, s
}

func inEnglish(s string) (Told, string) {
	if !anyOf(s, "my ", "i am", "i'm") {
		return Told{}, s
	}
	if m := english.FindStringSubmatchIndex(s); m != nil {
		who, t := group(s, m, 1), Told{Sure: true}
		t.Who, t.Role = map[string]string{"son": "儿子", "boy": "儿子", "daughter": "女儿", "girl": "女儿", "grandson": "孙子", "granddaughter": "孙女"}[who], Parent
		if t.Who == "" {
			t.Who = "孩子"
		}
		t.Role, t.Sex = roleOf(t.Who), sexOf(t.Who)
		t.inFigures(group(s, m, 2)+group(s, m, 3), group(s, m, 4))
		return t, s[:m[0]] + s[m[1]:]
	}
	if m := englishPupil.FindStringSubmatchIndex(s); m != nil {
		t := Told{Role: Student, Sure: true}
		if t.inFigures(group(s, m, 1)+group(s, m, 2), group(s, m, 3)); t.Age == 0 && t.Grade != "" || t.Age >= youngestPupil && t.Age <= oldestPupil {
			return t, s[:m[0]] + s[m[1]:]
		}
	}
	return Told{}, s
}

func (t *Told) inFigures(grade, age string) {
	if grade != "" {
		t.atGrade(grade + "年级")
		return
	}
	if n, err := strconv.Atoi(age); err == nil && n <= oldest {
		t.Age, t.Stage = n, stageOf(n)
	}
}

// atGrade takes the grade and its stage; a wider word such as 高中 is a stage without a grade, and 小学 is two stages.
func (t *Told) atGrade(said string) {
	g, stage := gradeOf(said)
	t.Grade, t.Stage = g, stage
}

func roleOf(who string) Role {
	if strings.Contains(who, "孙") {
		return Grandparent
	}
	return Parent
}

func sexOf(who string) string {
	switch who {
	case "儿子", "孙子", "外孙":
		return Boy
	case "女儿", "闺女", "丫头", "囡囡", "千金", "孙女", "外孙女":
		return Girl
	}
	return ""
}

func group(s string, m []int, n int) string {
	if m[2*n] < 0 {
		return ""
	}
	return s[m[2*n]:m[2*n+1]]
}

// count reads a small number that is said once: 15, 十五, 两; not 七八 or 十二三.
func count(s string) (int, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return n, true
	}
	n := hanzi.Ordinal(s)
	return n, n > 0
}

// Name is how a role beside those of the audiences is kept and shown to the person; "" for the others.
func (r Role) Name() string {
	switch r {
	case Grandparent:
		return "爷爷奶奶"
	case Expecting:
		return "准爸妈"
	}
	return ""
}

// RoleNamed is the role of a name; a parent for any other.
func RoleNamed(name string) Role {
	for _, r := range []Role{Grandparent, Expecting} {
		if r.Name() == name {
			return r
		}
	}
	return Parent
}

package content

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Replies are the fixed texts that the program says by itself: the answers to danger and the notices. They are held in
// memory so that they can be given when every backend is down.
type Replies struct {
	crisis  crisisFile
	notices map[string]string
	zone    *time.Location
	hears   []hearing // with folded words
	silence map[risk.Level]time.Duration
}

type crisisFile struct {
	Duty    dutyHours         `yaml:"duty"`
	Coming  comingTexts       `yaml:"coming"`
	Named   map[string]string `yaml:"named"`
	Answers []crisisAnswer    `yaml:"answers"`
	Stay    []string          `yaml:"stay"`
	Remind  []string          `yaml:"remind"`
	Beside  string            `yaml:"beside"`
	Hears   []hearing         `yaml:"hears"`
	Silence silenceFile       `yaml:"silence"`
}

type dutyHours struct {
	From string `yaml:"from"` // "08:00", Asia/Shanghai
	To   string `yaml:"to"`
}

type comingTexts struct {
	Duty string `yaml:"duty"`
	Off  string `yaml:"off"`

	Again    string `yaml:"again"`     // in place of duty, in a later answer
	AgainOff string `yaml:"again_off"` // and of off
}

type crisisAnswer struct {
	Level    risk.Level `yaml:"level"`
	Subject  string     `yaml:"subject"`  // self, other, any
	Audience string     `yaml:"audience"` // parent, student, any
	Only     []string   `yaml:"only"`     // the categories of danger that it is for; all where there are none
	Texts    []string   `yaml:"texts"`
}

// NoticeKey names a notice in dialogs/replies/notices.yaml.
type NoticeKey string

// The notices; every one must be there.
const (
	NoticeBusy       NoticeKey = "busy"           // a backend is away; what was written is kept
	NoticeBusyTap    NoticeKey = "busy_tap"       // a backend is away; a tap did nothing
	NoticeHuman      NoticeKey = "human_coming"   // asked for a human, on duty
	NoticeHumanLater NoticeKey = "human_later"    // asked for a human, off duty
	NoticeKept       NoticeKey = "kept_for_human" // written while waiting for a human
	NoticeKeptAgain  NoticeKey = "kept_again"     // and again: one line each time, in turn
	NoticeTaken      NoticeKey = "taken"          // a counsellor took the conversation
	NoticeHandedBack NoticeKey = "handed_back"
	NoticeMedia      NoticeKey = "media"      // a picture, voice or video that nobody reads
	NoticeMediaKept  NoticeKey = "media_kept" // the same while staff follow the conversation

	// Follow-ups after a case, to whoever spoke of themselves and to whoever spoke of another.
	NoticeDay         NoticeKey = "followup_day"
	NoticeDayOther    NoticeKey = "followup_day_other"
	NoticeWeek        NoticeKey = "followup_week"
	NoticeWeekOther   NoticeKey = "followup_week_other"
	NoticeSchool      NoticeKey = "followup_school"
	NoticeSchoolOther NoticeKey = "followup_school_other"
)

var noticeKeys = []NoticeKey{NoticeBusy, NoticeBusyTap, NoticeHuman, NoticeHumanLater, NoticeKept, NoticeKeptAgain, NoticeTaken, NoticeHandedBack, NoticeMedia, NoticeMediaKept,
	NoticeDay, NoticeDayOther, NoticeWeek, NoticeWeekOther, NoticeSchool, NoticeSchoolOther}

// maxReplyBytes is what one WeChat text holds; a crisis answer is never cut.
const maxReplyBytes = 2048

func loadReplies(fsys fs.FS) (*Replies, error) {
	r := &Replies{notices: map[string]string{}, zone: shanghai()}
	var ps problem.Problems
	crisis, _ := problem.Read(fsys, "replies/crisis.yaml", "replies/crisis.yaml", &r.crisis, &ps)
	notices, _ := problem.Read(fsys, "replies/notices.yaml", "replies/notices.yaml", &r.notices, &ps)
	if len(ps) > 0 {
		return nil, ps.Err()
	}
	r.check(crisis, notices, &ps)
	r.prepare(crisis, &ps)
	return r, ps.Err()
}

// check refuses a crisis text that lost a hotline, grew past one message, or is missing for a level.
func (r *Replies) check(crisis, notices problem.Doc, ps *problem.Problems) {
	bad := func(path, hint, format string, args ...any) { crisis.Bad(ps, path, hint, format, args...) }
	for key, at := range map[string]string{"from": r.crisis.Duty.From, "to": r.crisis.Duty.To} {
		if _, err := time.Parse("15:04", at); err != nil {
			bad("$.duty."+key, "请写成 08:00 这样的时间", "值班时间 %q 看不懂", at)
		}
	}
	have := map[string]bool{}
	for i, a := range r.crisis.Answers {
		at := fmt.Sprintf("$.answers[%d]", i)
		if !a.Level.AtLeast(risk.Medium) {
			bad(at+".level", "只能是 imminent、high 或 medium", "等级 %q 不对", a.Level)
		}
		if !oneOf(a.Subject, "self", "other", "any") {
			bad(at+".subject", "只能是 self、other 或 any", "对象 %q 不对", a.Subject)
		}
		if !oneOf(a.Audience, "parent", "student", "any") {
			bad(at+".audience", "只能是 parent、student 或 any", "听众 %q 不对", a.Audience)
		}
		if len(a.Texts) == 0 {
			bad(at, "至少写一条 texts", "没有写回答")
		}
		for _, category := range a.Only {
			if r.crisis.Named[category] == "" {
				bad(at+".only", "用 named 里有的名字，比如 bullying", "没有 %q 这一类危险", category)
			}
		}
		if len(a.Only) == 0 {
			have[string(a.Level)+"/"+a.Subject+"/"+a.Audience] = true
		}
		for j, text := range a.Texts {
			where := fmt.Sprintf("%s.texts[%d]", at, j)
			for _, number := range hotlinesOf(a.Level) {
				if !strings.Contains(text, number) && (j == 0 || number == "12356") {
					bad(where, "请把号码写进去", "少了热线 %s", number)
				}
			}
			if n := len(r.fill(text, "", r.crisis.Coming.Off)) + 120; n > maxReplyBytes {
				bad(where, "请写短一些，一条消息最多 2048 字节（约 680 个汉字）", "回答太长：%d 字节", n)
			}
		}
	}
	for _, level := range []risk.Level{risk.Medium, risk.High, risk.Imminent} {
		for _, subject := range []string{"self", "other"} {
			if !have[string(level)+"/"+subject+"/any"] {
				bad("$.answers", "请加一组 level、subject、audience: any 的回答", "缺少 %s / %s / any 的回答", level, subject)
			}
		}
	}
	if r.crisis.Coming.Duty == "" || r.crisis.Coming.Off == "" || r.crisis.Coming.Again == "" || r.crisis.Coming.AgainOff == "" {
		bad("$.coming", "请写上 duty、off、again 和 again_off", "没有说清楚老师什么时候来")
	}
	if len(r.crisis.Stay) == 0 {
		bad("$", "请加上 stay", "没有陪伴的话")
	}
	if !strings.Contains(r.crisis.Beside, "12356") || !strings.Contains(r.crisis.Beside, "120") {
		bad("$.beside", "请写上 12356 和 120", "beside 少了热线")
	}
	if len(r.crisis.Remind) == 0 {
		bad("$", "请加上 remind", "没有写又说出危险时怎么带上电话")
	}
	for i, text := range r.crisis.Remind {
		if !strings.Contains(text, "12356") || !strings.Contains(text, "120") {
			bad(fmt.Sprintf("$.remind[%d]", i), "请写上 12356 和 120", "remind 少了热线")
		}
	}
	if r.crisis.Named["default"] == "" {
		bad("$.named", "请加上 default", "named 里没有 default")
	}
	for _, key := range noticeKeys {
		if strings.TrimSpace(r.notices[string(key)]) == "" {
			notices.Bad(ps, "$", "请加上这一条", "缺少 %s", key)
		}
	}
}

func hotlinesOf(l risk.Level) []string {
	if l == risk.Medium {
		return []string{"12356"}
	}
	return []string{"12356", "120", "110"}
}

func oneOf(s string, of ...string) bool {
	for _, o := range of {
		if s == o {
			return true
		}
	}
	return false
}

// Crisis returns the answer to danger: for whom it is, and the nth in this conversation, so that the same words do not
// come twice while there are others.
func (r *Replies) Crisis(rd risk.Reading, a person.Audience, nth int, now time.Time) string {
	level := rd.Level
	if !level.AtLeast(risk.Medium) {
		level = risk.Medium // asked for by the picture as a whole: ask, as for a medium level
	}
	about, a := Addressed(rd, a)
	subject := string(about)
	var best *crisisAnswer
	score := -1
	for i := range r.crisis.Answers {
		c := &r.crisis.Answers[i]
		if c.Level != level || (c.Subject != subject && c.Subject != "any") || (c.Audience != string(a) && c.Audience != "any") {
			continue
		}
		if len(c.Only) > 0 && !slices.Contains(c.Only, rd.Category) {
			continue
		}
		s := 0
		if len(c.Only) > 0 {
			s += 4
		}
		if c.Subject == subject {
			s++
		}
		if c.Audience == string(a) {
			s += 2
		}
		if s > score {
			best, score = c, s
		}
	}
	coming := r.Coming(now)
	if nth > 0 {
		coming = r.crisis.Coming.AgainOff
		if r.OnDuty(now) {
			coming = r.crisis.Coming.Again
		}
	}
	text := r.fill(best.Texts[nth%len(best.Texts)], rd.Category, coming)
	if a == person.Parent {
		text = ToParent(text)
	}
	return text
}

// Addressed says whose danger a reading is answered as, and whom the answer speaks to. A child in danger of a parent's own
// hand is the parent's danger: it is the parent who must step back, whoever it was that they said they are.
func Addressed(rd risk.Reading, a person.Audience) (risk.Subject, person.Audience) {
	switch {
	case rd.Category == "child_harm" && a != person.Student:
		return risk.Self, person.Parent
	case rd.Category == "violence" && a == person.Parent:
		return risk.Self, person.Parent
	case rd.Subject == risk.Other:
		return risk.Other, a
	}
	return risk.Self, a // who is meant is asked for in the same words where it is unknown
}

// ToParent turns the words to a young person into those to a parent. What stands in quotation marks is for the parent
// to say to somebody else, and stays.
func ToParent(text string) string {
	var b strings.Builder
	quoted := 0
	for _, r := range text {
		switch {
		case r == '“':
			quoted++
		case r == '”' && quoted > 0:
			quoted--
		case r == '你' && quoted == 0:
			r = '您'
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (r *Replies) fill(text, category, coming string) string {
	named := r.crisis.Named[category]
	if named == "" {
		named = r.crisis.Named["default"]
	}
	return strings.NewReplacer("{{named}}", named, "{{coming}}", coming).Replace(text)
}

// Coming says when somebody will write.
func (r *Replies) Coming(now time.Time) string {
	text := r.crisis.Coming.Off
	if r.OnDuty(now) {
		text = r.crisis.Coming.Duty
	}
	return strings.ReplaceAll(text, "{{from}}", strings.TrimPrefix(r.crisis.Duty.From, "0"))
}

// Stay returns the nth sentence that keeps somebody company after danger was spoken of.
func (r *Replies) Stay(nth int) string { return r.crisis.Stay[nth%len(r.crisis.Stay)] }

// Remind returns the nth short sentence with hotlines for danger that is spoken of again while the program keeps company.
func (r *Replies) Remind(nth int) string { return r.crisis.Remind[nth%len(r.crisis.Remind)] }

// Beside is the one sentence with hotlines that the program adds while a counsellor has the conversation.
func (r *Replies) Beside() string { return r.crisis.Beside }

// OnDuty says whether counsellors are on duty at a time, by the editors' hours in Asia/Shanghai.
func (r *Replies) OnDuty(now time.Time) bool {
	at := now.In(r.zone).Format("15:04")
	from, to := r.crisis.Duty.From, r.crisis.Duty.To
	if from <= to {
		return from <= at && at < to
	}
	return at >= from || at < to
}

// Notice returns a notice; vars are pairs of name and value.
func (r *Replies) Notice(key NoticeKey, vars ...string) string {
	pairs := []string{"{{from}}", r.crisis.Duty.From, "{{to}}", r.crisis.Duty.To}
	for i := 0; i+1 < len(vars); i += 2 {
		pairs = append(pairs, "{{"+vars[i]+"}}", vars[i+1])
	}
	return strings.NewReplacer(pairs...).Replace(r.notices[string(key)])
}

// Kept returns the nth answer to what somebody writes while they wait for a human.
func (r *Replies) Kept(nth int) string {
	if nth == 0 {
		return r.Notice(NoticeKept)
	}
	lines := strings.Split(strings.TrimSpace(r.Notice(NoticeKeptAgain)), "\n")
	return strings.TrimSpace(lines[(nth-1)%len(lines)])
}

func shanghai() *time.Location {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return time.FixedZone("Asia/Shanghai", 8*3600)
	}
	return zone
}

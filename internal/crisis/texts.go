package crisis

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Texts are the editors' words of the talk: dialogs/replies/crisis.yaml, talk.yaml and hears.yaml. They never change after
// Load and need no backend.
type Texts struct {
	crisis    crisisFile
	say       map[string][]string
	questions map[string]question
	exits     []answer
	hears     []hearing
	same      *strings.Replacer
	like      *likeness
	offers    map[string]Offer // every answer of every question, by its ID
	waits     map[risk.Level]time.Duration
	doubtWait time.Duration
	zone      *time.Location
}

type crisisFile struct {
	Duty   dutyHours           `yaml:"duty"`
	Coming comingTexts         `yaml:"coming"`
	Within withinTexts         `yaml:"within"`
	First  map[string][]string `yaml:"first"`
	Beside string              `yaml:"beside"`
	Remind []string            `yaml:"remind"`

	RemindRefused []string `yaml:"remind_refused"`

	Silence silenceFile `yaml:"silence"`
}

type dutyHours struct {
	From string `yaml:"from"` // "08:00", Asia/Shanghai
	To   string `yaml:"to"`
}

type comingTexts struct {
	Imminent string `yaml:"imminent"`
	High     string `yaml:"high"`
	Medium   string `yaml:"medium"`
	Off      string `yaml:"off"`
}

type withinTexts struct {
	Imminent string `yaml:"imminent"`
	High     string `yaml:"high"`
	Medium   string `yaml:"medium"`
}

type silenceFile struct {
	Imminent string   `yaml:"imminent"` // "5m"
	High     string   `yaml:"high"`
	Medium   string   `yaml:"medium"`
	Doubt    string   `yaml:"doubt"`
	Now      []string `yaml:"now"`   // what is asked after silence while the danger is imminent
	Texts    []string `yaml:"texts"` // and else
}

type talkFile struct {
	Exits     []answer            `yaml:"exits"`
	Questions map[string]question `yaml:"questions"`
	Say       map[string][]string `yaml:"say"`
}

type question struct {
	Ask     []string `yaml:"ask"`
	Choices []answer `yaml:"choices"`
}

type answer struct {
	Label string `yaml:"label"`
	Is    Class  `yaml:"is"`
}

type hearsFile struct {
	Same  map[string]string `yaml:"same"`
	Hears []hearingFile     `yaml:"hears"`
}

type hearingFile struct {
	Class  Class    `yaml:"class"`
	Words  []string `yaml:"words"`
	Exact  []string `yaml:"exact"`
	Unless []string `yaml:"unless"`
}

// The files, as they stand under dialogs/.
const (
	fileCrisis = "replies/crisis.yaml"
	fileTalk   = "replies/talk.yaml"
	fileHears  = "replies/hears.yaml"
	fileHeard  = "replies/heard.yaml"
)

// Shapes are the content files that this package reads, each as the empty value that it is decoded into, by the kind of
// file; from them the JSON Schemas for editors are made.
func Shapes() map[string]any {
	return map[string]any{"crisis": crisisFile{}, "talk": talkFile{}, "hears": hearsFile{}, "heard": map[string][]string{}}
}

// Load reads the texts under root (dialogs). The error is problem.Problems: a text that the table needs and that is not
// there, a first answer that lost a hotline, an answer whose meaning nobody knows.
func Load(root fs.FS) (*Texts, error) {
	t := &Texts{say: map[string][]string{}, offers: map[string]Offer{}, waits: map[risk.Level]time.Duration{}, zone: citytime.Zone}
	var (
		ps    problem.Problems
		talk  talkFile
		hears hearsFile
	)
	crisisDoc, _ := problem.Read(root, fileCrisis, fileCrisis, &t.crisis, &ps)
	talkDoc, _ := problem.Read(root, fileTalk, fileTalk, &talk, &ps)
	hearsDoc, _ := problem.Read(root, fileHears, fileHears, &hears, &ps)
	heard := map[string][]string{}
	heardDoc, _ := problem.Read(root, fileHeard, fileHeard, &heard, &ps)
	if len(ps) > 0 {
		return nil, ps.Err()
	}
	t.questions, t.exits = talk.Questions, talk.Exits
	maps.Copy(t.say, talk.Say)
	for name, texts := range t.crisis.First {
		t.say["first."+name] = texts
	}
	t.say["remind.refused"] = t.crisis.RemindRefused
	t.say["remind"], t.say["silence"], t.say["silence.now"] = t.crisis.Remind, t.crisis.Silence.Texts, t.crisis.Silence.Now
	t.readCrisis(crisisDoc, &ps)
	t.readTalk(talkDoc, &ps)
	t.readHears(hears, hearsDoc, &ps)
	t.readHeard(heard, heardDoc, &ps)
	return t, ps.Err()
}

// maxReplyBytes is what one WeChat text holds; an answer to danger is never cut.
const maxReplyBytes = 2048

func (t *Texts) readCrisis(doc problem.Doc, ps *problem.Problems) {
	bad := func(path, hint, format string, args ...any) { doc.Bad(ps, path, hint, format, args...) }
	for key, at := range map[string]string{"from": t.crisis.Duty.From, "to": t.crisis.Duty.To} {
		if _, err := time.Parse("15:04", at); err != nil {
			bad("$.duty."+key, "请写成 08:00 这样的时间", "值班时间 %q 看不懂", at)
		}
	}
	if c := t.crisis.Coming; c.Imminent == "" || c.High == "" || c.Medium == "" || c.Off == "" {
		bad("$.coming", "请写上 imminent、high、medium 和 off", "没有说清楚老师什么时候来")
	}
	if w := t.crisis.Within; w.Imminent == "" || w.High == "" || w.Medium == "" {
		bad("$.within", "请写上 imminent、high 和 medium", "没有说清楚老师多久会来")
	}
	for _, s := range slices.Sorted(maps.Keys(tracks)) {
		if s != Back && len(t.crisis.First[string(s)]) == 0 {
			bad("$.first", "请加上 "+string(s), "缺少情形 %s 的第一句回答", s)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.crisis.First)) {
		base, _, _ := strings.Cut(name, "@")
		if _, known := tracks[Situation(base)]; !known {
			bad("$.first", "对照文件里其他名字改正", "没有叫 %s 的情形", base)
		}
		for i, text := range t.crisis.First[name] {
			at := fmt.Sprintf("$.first['%s'][%d]", name, i)
			for _, number := range []string{"12356", "120", "110"} {
				if !strings.Contains(text, number) {
					bad(at, "请把号码写进去", "%s 的第一句回答少了热线 %s", name, number)
				}
			}
			if n := len(text) + 300; n > maxReplyBytes {
				bad(at, "请写短一些，一条消息最多 2048 字节（约 680 个汉字）", "回答太长：%d 字节", n)
			}
		}
	}
	if !strings.Contains(t.crisis.Beside, "12356") || !strings.Contains(t.crisis.Beside, "120") {
		bad("$.beside", "请写上 12356 和 120", "beside 少了热线")
	}
	if len(t.crisis.Remind) == 0 {
		bad("$", "请加上 remind", "没有写又说出危险时怎么带上电话")
	}
	if len(t.crisis.RemindRefused) == 0 || slices.ContainsFunc(t.crisis.RemindRefused, func(s string) bool { return !strings.Contains(s, "120") && !strings.Contains(s, "110") }) {
		bad("$", "请加上 remind_refused，每句都要有 120 或 110", "没有写不想打热线的人又说出危险时说什么")
	}
	for i, text := range t.crisis.Remind {
		if !strings.Contains(text, "12356") || !strings.Contains(text, "120") {
			bad(fmt.Sprintf("$.remind[%d]", i), "请写上 12356 和 120", "remind 少了热线")
		}
	}
	wait := func(text, of string) time.Duration {
		d, err := time.ParseDuration(text)
		if err != nil || d < time.Minute {
			bad("$.silence", "请写成 5m 这样的时间，至少 1m", "没有回话多久以后问一句（%s）：%q 看不懂", of, text)
		}
		return d
	}
	s := t.crisis.Silence
	t.waits[risk.Imminent], t.waits[risk.High], t.waits[risk.Medium] = wait(s.Imminent, "imminent"), wait(s.High, "high"), wait(s.Medium, "medium")
	t.doubtWait = wait(s.Doubt, "doubt")
	if len(s.Now) == 0 || len(s.Texts) == 0 {
		bad("$.silence", "请写上 now 和 texts", "没有写问什么")
	}
}

// readTalk sees to it that every row of the table has its words, and every question its answers.
func (t *Texts) readTalk(doc problem.Doc, ps *problem.Problems) {
	need := map[string]bool{"doubt.no": true, "doubt.wrong": true, "doubt.leave": true, "doubt.yes": true, "doubt.more": true, "back.met": true, "back.waited": true, "human.wish": true, "turn.child": true, "again.child": true, "turn.lost": true}
	asked := map[Phase]bool{Doubt: true, Stay: true}
	for _, row := range table {
		if row.Say != "" {
			need[row.Say] = true
		} else if row.Turn != "" {
			need["turn."+string(row.Turn)], need["again."+string(row.Turn)] = true, true
		}
		if row.To != Next && row.To != Same && row.To != Closed && row.To != Paused && row.To != "" {
			asked[row.To] = true
		}
	}
	for _, track := range tracks {
		for _, p := range track.questions() {
			asked[p] = true
		}
	}
	for _, name := range slices.Concat(slices.Sorted(maps.Keys(t.say)), slices.Sorted(maps.Keys(t.questions))) {
		if _, form, _ := strings.Cut(name, "@"); !slices.Contains(forms, form) {
			doc.Bad(ps, "$", "只能是 @parent、@child、@friend、@night、@young、@doubt 或 @imminent", "%s 的尾巴不认识", name)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(need)) {
		if len(t.say[key]) == 0 {
			doc.Bad(ps, "$.say", "请加上这一条", "缺少 %s", key)
		}
	}
	for _, p := range slices.Sorted(maps.Keys(asked)) {
		if len(t.questions[string(p)].Ask) == 0 {
			doc.Bad(ps, "$.questions", "请加上这个问题", "缺少问题 %s", p)
		}
	}
	if len(t.exits) == 0 {
		doc.Bad(ps, "$", "请加上 exits", "没有写每个问题下面的出口")
	}
	for _, a := range t.exits {
		if !exit(a.Is) {
			doc.Bad(ps, "$.exits", "只能是 wrong、human 或 leave", "出口 %q 的意思 %q 不对", a.Label, a.Is)
		}
		t.offers[offerID("", a.Is)] = Offer{ID: offerID("", a.Is), Label: a.Label, Class: a.Is}
	}
	for _, name := range slices.Sorted(maps.Keys(t.questions)) {
		phase := phaseOf(name)
		for i, ask := range t.questions[name].Ask {
			if len(t.questions[name].Choices) > 0 && strings.ContainsAny(ask, "几") && !strings.Contains(ask, "几点") {
				doc.Bad(ps, fmt.Sprintf("$.questions['%s'].ask[%d]", name, i), "换一种问法：打个数字会被当成选了第几个选项", "%s 的问法里问了“几”", name)
			}
		}
		seen := map[Class]bool{}
		for i, a := range t.questions[name].Choices {
			at := fmt.Sprintf("$.questions['%s'].choices[%d]", name, i)
			switch {
			case slices.Index(order, a.Is) < 0:
				doc.Bad(ps, at, "用 hears.yaml 里有的 class", "选项 %q 的意思 %q 不认识", a.Label, a.Is)
			case seen[a.Is]:
				doc.Bad(ps, at, "每个选项的意思各不相同", "选项 %q 和前面的一个是同一个意思", a.Label)
			}
			seen[a.Is] = true
			o := Offer{ID: offerID(phase, a.Is), Label: a.Label, Phase: phase, Class: a.Is}
			if other, taken := t.offers[o.ID]; taken && (other.Phase != o.Phase || other.Class != o.Class) {
				doc.Bad(ps, at, "请换一个意思", "选项 %q 的编号和别的相撞", a.Label)
			}
			t.offers[o.ID] = o
		}
	}
}

// phaseOf is the phase that a question's name belongs to: doubt.hurt@child is a form of doubt.
func phaseOf(name string) Phase {
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(name, ".")
	return Phase(name)
}

// forms are the endings that a name in talk.yaml and crisis.yaml may have.
var forms = []string{"", "parent", "child", "friend", "night", "young", "imminent", "doubt"}

func exit(c Class) bool { return c == NotSo || c == Human || c == Leave }

func (t *Texts) readHears(f hearsFile, doc problem.Doc, ps *problem.Problems) {
	var pairs []string
	for _, from := range slices.SortedFunc(maps.Keys(f.Same), func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) }) {
		pairs = append(pairs, hanzi.Fold(from), hanzi.Fold(f.Same[from]))
	}
	t.same = strings.NewReplacer(pairs...)
	fold := func(words []string) []string {
		out := make([]string, len(words))
		for i, w := range words {
			parts := strings.Split(w, "…")
			for k := range parts {
				parts[k] = t.fold(parts[k])
			}
			out[i] = strings.Join(parts, "…")
		}
		return out
	}
	seen := map[Class]bool{}
	for i, h := range f.Hears {
		at := fmt.Sprintf("$.hears[%d]", i)
		switch {
		case slices.Index(order, h.Class) < 0:
			doc.Bad(ps, at, "对照文件里其他名字改正", "没有叫 %q 的意思", h.Class)
		case seen[h.Class]:
			doc.Bad(ps, at, "请合成一条", "%s 写了两次", h.Class)
		case len(h.Words)+len(h.Exact) == 0:
			doc.Bad(ps, at, "写上 words 或 exact", "没有写全")
		}
		for _, w := range slices.Concat(h.Words, h.Unless) {
			for _, part := range strings.Split(w, "…") {
				if t.fold(part) == "" {
					doc.Bad(ps, at, "至少写一个字，… 的前后也要有字", "%s 里的 %q 没有字", h.Class, w)
				}
			}
		}
		seen[h.Class] = true
		t.hears = append(t.hears, hearing{h.Class, fold(h.Words), fold(h.Exact), fold(h.Unless)})
	}
}

// readHeard counts the example sentences.
func (t *Texts) readHeard(heard map[string][]string, doc problem.Doc, ps *problem.Problems) {
	examples := map[Class][]string{}
	for _, name := range slices.Sorted(maps.Keys(heard)) {
		if slices.Index(order, Class(name)) < 0 {
			doc.Bad(ps, "$."+name, "对照 hears.yaml 里的名字改正", "没有叫 %q 的意思", name)
			continue
		}
		for _, text := range heard[name] {
			examples[Class(name)] = append(examples[Class(name)], t.fold(text))
		}
	}
	t.like = learn(examples)
}

// fold is the form in which what was said and the editors' words are compared.
func (t *Texts) fold(s string) string { return t.same.Replace(hanzi.Fold(s)) }

// offerID is a decimal number that stays the same for the same answer of the same question, as platforms ask.
func offerID(p Phase, c Class) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte("talk\x00" + string(p) + "\x00" + string(c))) // a hash never fails
	return strconv.FormatUint(uint64(h.Sum32())+1, 10)
}

// Wait is how long after an answer a silence is one.
func (t *Texts) Wait(s State) time.Duration {
	if s.Phase == Doubt {
		return t.doubtWait
	}
	return t.waits[s.Level]
}

// Beside is the one sentence with hotlines that the program adds while a counsellor has the conversation.
func (t *Texts) Beside() string { return t.crisis.Beside }

// OnDuty says whether counsellors are on duty at a time, by the editors' hours in Asia/Shanghai.
func (t *Texts) OnDuty(now time.Time) bool {
	at := now.In(t.zone).Format("15:04")
	from, to := t.crisis.Duty.From, t.crisis.Duty.To
	if from <= to {
		return from <= at && at < to
	}
	return at >= from || at < to
}

// When says from when on somebody is there, where nobody is now: by the rota, else by the editors' hours.
func (t *Texts) When(s Scene) string { return t.crisis.when(s) }

func (f crisisFile) when(s Scene) string { return cmp.Or(s.From, strings.TrimPrefix(f.Duty.From, "0")) }

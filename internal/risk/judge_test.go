package risk

import (
	"os"
	"strings"
	"testing"
)

func judge(t testing.TB) *Judge {
	t.Helper()
	j, err := Load(os.DirFS("../../dialogs/risk"))
	if err != nil {
		t.Fatalf("load dialogs/risk:\n%v", err)
	}
	return j
}

func TestReadGivesTheLevelThatTheCriteriaName(t *testing.T) {
	j := judge(t)
	for _, c := range []struct {
		text    string
		level   Level
		subject Subject
	}{
		{"我不想活了", High, ""}, {"我今晚就去跳楼", Imminent, Self}, {"我已经在天台了，想跳下去", Imminent, ""}, {"我刚吞了一瓶药", Imminent, ""},
		{"我想死", High, Self}, {"我不想死", None, ""}, {"不想死也不想活", High, ""}, {"我不是不想死", High, ""},
		{"活着没意思", Medium, ""}, {"我想自.杀", High, ""}, {"我想自🔪杀", High, ""}, {"我想zi sha", High, ""}, {"wo xiang si", High, ""},
		{"我想自殺", High, ""}, {"我想紫砂", High, ""}, {"bu xiang huo le", High, ""}, {"我想亖", High, ""}, {"我想歹匕", High, ""},
		{"i want to kms", High, ""}, {"我同学说她今晚要跳楼", Imminent, Other}, {"唔想做人", High, ""}, {"我把东西都送人了，再见了", Imminent, ""},
		{"笑死我了", None, ""}, {"想死你了", None, ""}, {"紫砂壶怎么选", None, ""}, {"学校讲了自杀预防", None, ""}, {"跳楼价大甩卖", None, ""},
		{"想抱着孩子跳下去", Imminent, ""}, {"昨天又打了他，停不下来", High, ""}, {"青春期顶嘴", None, ""}, {"怎么预约", None, ""},
		{"明天你们就不用为我操心了", Imminent, ""}, {"药我都攒好了", Imminent, ""},
	} {
		r := j.Read(c.text)
		if r.Level != c.level || (c.subject != "" && r.Subject != c.subject) {
			t.Errorf("%s: read %s/%s by %q, want %s/%s; mend dialogs/risk (%v)", c.text, r.Level, r.Subject, r.Rule, c.level, c.subject, r.Matches)
		}
	}
}

func TestAReadingSaysWhatItIsAbout(t *testing.T) {
	j := judge(t)
	for text, want := range map[string]string{
		"我想自杀": "suicide", "我又拿美工刀割自己了": "self_harm", "刚才吞了一整瓶安眠药": "suicide overdose", "爸爸天天用皮带打我": "abuse",
		"叔叔半夜摸我": "sexual_abuse", "全班都孤立我，每天堵我": "bullying", "有人在监视我，往我饭里下毒": "psychosis", "吃完就催吐，每天都这样": "eating",
		"我离家出走了，在车站": "runaway", "想抱着孩子跳下去": "child_harm", "今天食堂吃面": "",
	} {
		if got := j.Read(text).Category; got == "" && want != "" || !strings.Contains(want, got) {
			t.Errorf("%s is about %q, want %q; mend the topics in dialogs/risk", text, got, want)
		}
	}
}

func TestAnActThatIsPlannedIsAPlan(t *testing.T) {
	j := judge(t)
	if r := j.Read("攒了好多药 打算考完试就吃掉"); !r.Has(Means) || !r.Has(Time) || !r.Has(Plan) || r.Has(Act) {
		t.Errorf("pills put by for after the exam show %v, want means, time and plan, and no act", r.Traits)
	}
	if r := j.Read("我刚吞了一瓶药"); !r.Has(Act) {
		t.Errorf("pills just swallowed show %v, want act", r.Traits)
	}
}

package bot_test

import (
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// remembered is what is written of a person beside the conversation.
func (r *room) remembered() map[string]any {
	r.t.Helper()
	p, err := r.People.Resolve(r.t.Context(), someone)
	if err != nil {
		r.t.Fatal(err)
	}
	kept, err := r.People.Kept(r.t.Context(), p.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	children, err := r.Children(r.t.Context(), p.ID)
	if err != nil || len(children) > 0 {
		r.t.Fatalf("children are remembered that nobody agreed to: %v, %v", children, err)
	}
	return kept
}

func TestWhatIsSaidOfAChildIsWrittenNowhereWithoutConsent(t *testing.T) {
	r := newRoom(t)
	r.says("我女儿上初二，不爱写作业")
	r.says("听课")
	if got := r.says("按年龄找"); !strings.Contains(got, "女儿初二") {
		t.Errorf("in the same talk: %s", got)
	}
	if kept := r.remembered(); len(kept) != 0 {
		t.Errorf("kept without a consent: %v", kept)
	}
	r.now = r.now.Add(7 * time.Hour)
	r.says("听课")
	if got := r.says("按年龄找"); !strings.Contains(got, "孩子多大了") {
		t.Errorf("in another talk: %s", got)
	}
}

// An offer to remember is for a quiet moment.
func TestNobodyIsAskedToHaveAChildRememberedNearDanger(t *testing.T) {
	const offer = "要不要我记住"
	for name, words := range map[string][]string{
		"in a worry's first answer": {"我女儿上初二，天天玩手机"},
		"beside danger":             {"我女儿上初二", "她说不想活了", "谢谢"},
		"to who feels bad":          {"我女儿上初二", "我心里好难受，好累"},
		"of a pupil":                {"我是初二学生", "谢谢"},
		"of a teacher":              {"我是班主任", "我儿子上初二", "谢谢"},
		"of a grandmother":          {"我孙女上初二", "谢谢"},
	} {
		r := newRoom(t)
		for _, w := range words {
			if got := r.says(w); strings.Contains(got, offer) {
				t.Errorf("%s, after %q: %s", name, w, got)
			}
		}
	}
	r := newRoom(t)
	r.says("我女儿上初二")
	if got := r.says("谢谢"); !strings.Contains(got, offer) {
		t.Errorf("a parent in a quiet moment is asked once: %s", got)
	}
	r.says("算了")
	if got := r.says("谢谢"); strings.Contains(got, offer) {
		t.Errorf("asked twice: %s", got)
	}
}

// What is remembered of a parent's children says nothing of them once they say that they are somebody else.
func TestChildrenAreOfAParentAlone(t *testing.T) {
	r := newRoom(t)
	for _, w := range []string{"我是家长", "孩子的情况", "好", "同意", "小满", "初二", "对", "听课"} {
		r.says(w)
	}
	if got := r.says("按年龄找"); !strings.Contains(got, "小满，读初二") {
		t.Fatalf("of a remembered child: %s", got)
	}
	r.says("我是学生")
	r.says("听课")
	if got := r.says("按年级找"); strings.Contains(got, "小满") {
		t.Errorf("to a pupil: %s", got)
	}
	if st, err := r.State(t.Context(), someone); err != nil || st.Audience != person.Student {
		t.Errorf("audience %q, %v", st.Audience, err)
	}
}

// A pupil who is with child is no parent to us: neither another address nor what is written for those who look forward to it.
func TestAPupilWhoIsWithChildStaysAPupil(t *testing.T) {
	r := newRoom(t)
	r.says("我是学生")
	r.says("我怀孕两个月了")
	if st, err := r.State(t.Context(), someone); err != nil || st.Audience != person.Student {
		t.Errorf("audience %q, %v", st.Audience, err)
	}
}

// A session that is lost takes nothing along that was agreed to.
func TestARememberedChildOutlivesTheSession(t *testing.T) {
	r := newRoom(t)
	for _, w := range []string{"我是家长", "孩子的情况", "好", "同意", "小满", "初二", "对"} {
		r.says(w)
	}
	if err := r.sessions.Forget(t.Context(), r.Sealer.Index(someone)); err != nil {
		t.Fatal(err)
	}
	r.now = r.now.Add(200 * 24 * time.Hour) // it is September
	r.says("听课")
	if got := r.says("按年龄找"); !strings.Contains(got, "小满，读初三") {
		t.Errorf("after the summer: %s", got)
	}
}

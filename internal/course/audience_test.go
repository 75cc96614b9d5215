package course_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/xinqiao-bot/xinqiao/internal/course"
)

func TestEveryAudienceSeesWhatIsWrittenForIt(t *testing.T) {
	whole := shipped(t)
	pupils, parents, teachers := whole.For(course.ForPupils), whole.For(""), whole.For(course.ForTeachers)
	all, _ := pupils.Browse(course.Filter{}, 1, pupils.Len())
	for _, l := range all {
		if l.For != course.ForPupils {
			t.Errorf("a pupil sees %s", l.ID)
		}
	}
	all, _ = parents.Browse(course.Filter{}, 1, parents.Len())
	for _, l := range all {
		if l.For != "" {
			t.Errorf("a parent sees %s", l.ID)
		}
	}
	for _, st := range pupils.Stages {
		for page, more := 1, true; more; page++ {
			var ls []course.Lesson
			if ls, more = pupils.Browse(course.Filter{Stage: st.ID}, page, 6); len(ls) == 0 {
				t.Errorf("a pupil is offered the stage %s, which has nothing", st.ID)
			}
		}
	}
	if n := len(pupils.Stages); n != 3 {
		t.Errorf("pupils are offered %d stages, want 3", n)
	}
	if hits := pupils.Search("背书记不住", 3); len(hits) == 0 || hits[0].Lesson.ID != "pupil-memory" {
		t.Errorf("a pupil finds %+v", hits)
	}
	if hits := teachers.Search("学生顶撞老师怎么沟通", 3); len(hits) == 0 || hits[0].Lesson.For != course.ForTeachers {
		t.Errorf("a teacher finds %+v", hits)
	}
	if _, there := parents.Lesson("pupil-memory"); !there {
		t.Error("a link that a parent was sent does not open")
	}
}

func TestWhatIsWrittenToPupilsAddressesThemAsPupils(t *testing.T) {
	lesson := `lessons:
  - id: one
    for: student
    title: 一课
    series: 系列
    stages: [junior]
    themes: [沟通]
    summary: 您` + strings.Repeat("好", 120) + `
    points: [一, 二, 三]
    questions: [一]
`
	if err := loadWith(t, lesson); err == nil || !strings.Contains(err.Error(), "写给学生的话里有“您”") {
		t.Errorf("got %v", err)
	}
	if err := loadWith(t, strings.Replace(lesson, "您", "说“您好”，", 1)); err != nil {
		t.Errorf("quoted words are for others: %v", err)
	}
	if err := loadWith(t, strings.Replace(lesson, "for: student", "for: everybody", 1)); err == nil || !strings.Contains(err.Error(), "for 的") {
		t.Errorf("got %v", err)
	}
}

func loadWith(t *testing.T, lessons string) error {
	t.Helper()
	_, err := course.Load(fstest.MapFS{
		"index.yaml":   {Data: []byte("stages: [{id: junior, name: 初中}]\nthemes: [沟通]\n")},
		"lessons.yaml": {Data: []byte(lessons)},
	})
	return err
}

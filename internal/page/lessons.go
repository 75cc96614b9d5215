package page

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// Learning is what the pages need of what people did with lessons.
type Learning interface {
	Open(ctx context.Context, personID, lessonID string) (course.Mark, error)
	Like(ctx context.Context, personID, lessonID string, likes bool) error
	Learn(ctx context.Context, personID string, l course.Lesson, right int) error
	Marks(ctx context.Context, personID string) (map[string]course.Mark, error)
	Weekly(ctx context.Context, personID string) (course.Subscription, error)
	EndWeekly(ctx context.Context, personID string) (ended bool, err error)
}

var errNoLesson = errors.New("page: no such lesson")

const (
	lessonsShown = 18
	lessonsFound = 12
)

type lessonRow struct {
	course.Lesson
	Tone  int
	Liked bool
	Done  bool
}

type lessonsPage struct {
	Lessons []lessonRow
	Stages  []course.Stage
	Themes  []string
	Stage   string
	Theme   string
	For     string // whom the lessons are written for
	Own     bool   // that is who looks at them: addresses need not say it
	Words   string
	Danger  bool
	Unsure  bool // what was found is a guess
	Known   bool // whose lessons these are
	Mine    bool // only those that were liked or opened
	Learnt  int
	Before  int
	After   int
}

// Link is the address of a page of the list.
func (p lessonsPage) Link(stage, theme string, n int) string {
	q := url.Values{}
	for k, v := range map[string]string{"stage": stage, "theme": theme, "mine": on(p.Mine, "1"), "for": on(!p.Own, p.For)} {
		if v != "" {
			q.Set(k, v)
		}
	}
	if n > 1 {
		q.Set("page", strconv.Itoa(n))
	}
	if len(q) == 0 {
		return "/p/lessons"
	}
	return "/p/lessons?" + q.Encode()
}

// List is the address of all lessons of an audience.
func (p lessonsPage) List(audience string) string {
	return lessonsPage{For: audience, Own: p.Own && audience == p.For}.Link("", "", 1)
}

// Pupils and Teachers say whose lessons they are.
func (p lessonsPage) Pupils() bool   { return p.For == course.ForPupils }
func (p lessonsPage) Teachers() bool { return p.For == course.ForTeachers }

// Name is what the list is called.
func (p lessonsPage) Name() string {
	switch p.For {
	case course.ForPupils:
		return "给同学的小课"
	case course.ForTeachers:
		return "给老师的课"
	}
	return "父母学堂"
}

// shelf is whose lessons somebody sees: those of who they are, or of whom they ask for.
func shelf(me identity, asked string) lessonsPage {
	p := lessonsPage{For: course.ForParents, Own: true}
	if me.Audience.Known() {
		p.For = string(me.Audience)
	}
	if asked != p.For && slices.ContainsFunc(p.Audiences(), func(a audience) bool { return a.ID == asked }) {
		p.For, p.Own = asked, false
	}
	return p
}

// Audiences are whom lessons are written for.
func (lessonsPage) Audiences() []audience {
	return []audience{{course.ForParents, "给家长"}, {course.ForPupils, "给同学"}, {course.ForTeachers, "给老师"}}
}

type audience struct{ ID, Name string }

// lessons lists the parents' school, or what is written for pupils. What somebody searches for is posted, as in the column of letters.
func (h *Handler) lessons(c *gin.Context, me identity) error {
	all := h.Courses()
	p := shelf(me, c.Query("for"))
	cat := all.For(p.For)
	c.Set(pupilsKey, p.Pupils())
	p.Stages, p.Themes, p.Words = cat.Stages, cat.Themes, strings.TrimSpace(c.PostForm("words"))
	p.Known, p.Mine = me.ID != "", me.ID != "" && c.Query("mine") != ""
	if i := slices.IndexFunc(cat.Stages, func(s course.Stage) bool { return s.ID == c.Query("stage") }); i >= 0 {
		p.Stage = cat.Stages[i].ID
	}
	if t := c.Query("theme"); slices.Contains(cat.Themes, t) {
		p.Theme = t
	}
	var marks map[string]course.Mark
	if me.ID != "" {
		var err error
		if marks, err = h.Learning.Marks(c.Request.Context(), me.ID); err != nil {
			return err
		}
	}
	for _, m := range marks {
		if !m.Learnt.IsZero() {
			p.Learnt++
		}
	}
	n, err := strconv.Atoi(c.Query("page"))
	if err != nil || n < 1 {
		n = 1
	}
	var ls []course.Lesson
	more := false
	switch {
	case p.Words != "":
		p.Danger = h.sought(c, me, p.Words)
		for _, hit := range cat.Search(p.Words, lessonsFound) {
			p.Unsure = p.Unsure || !hit.Sure
			ls = append(ls, hit.Lesson)
		}
		p.Unsure = p.Unsure && len(ls) > 0
	case p.Mine:
		opened, _ := all.Browse(course.Filter{Stage: p.Stage, Theme: p.Theme}, 1, all.Len()) // of every audience
		for _, l := range opened {
			if m, ok := marks[l.ID]; ok && (!m.Opened.IsZero() || !m.Liked.IsZero() || !m.Learnt.IsZero()) {
				ls = append(ls, l)
			}
		}
		slices.SortStableFunc(ls, func(a, b course.Lesson) int { return marks[b.ID].Opened.Compare(marks[a.ID].Opened) })
		from := min((n-1)*lessonsShown, len(ls))
		more = from+lessonsShown < len(ls)
		ls = ls[from:min(from+lessonsShown, len(ls))]
	default:
		if ls, more, err = h.browse(c.Request.Context(), me, p, cat, n); err != nil {
			return err
		}
	}
	for _, l := range ls {
		m := marks[l.ID]
		p.Lessons = append(p.Lessons, lessonRow{l, all.Tone(l), !m.Liked.IsZero(), !m.Learnt.IsZero()})
	}
	p.Before = n - 1
	if more {
		p.After = n + 1
	}
	h.show(c, http.StatusOK, "lessons", p)
	return nil
}

// browse is a page of the list. Where a parent agreed to have a child remembered and chose no age, lessons for its age stand
// before the others; nothing on the page says why.
func (h *Handler) browse(ctx context.Context, me identity, p lessonsPage, cat *course.Catalogue, n int) ([]course.Lesson, bool, error) {
	f := course.Filter{Stage: p.Stage, Theme: p.Theme}
	if me.ID == "" || p.Stage != "" || p.For != course.ForParents || me.Audience != person.Parent {
		ls, more := cat.Browse(f, n, lessonsShown)
		return ls, more, nil
	}
	stage, err := h.ChildStage(ctx, me.ID)
	if err != nil {
		return nil, false, err
	}
	all, _ := cat.Browse(f, 1, cat.Len())
	all = course.FirstOf(stage, all)
	from := min((n-1)*lessonsShown, len(all))
	return all[from:min(from+lessonsShown, len(all))], from+lessonsShown < len(all), nil
}

// asked is one question of the check, and what came of it.
type asked struct {
	course.Question
	N       int
	Chosen  int // from 1; 0 while it is not answered
	Verdict string
}

type lessonPage struct {
	course.Lesson
	Shelf   lessonsPage // where it stands
	Stages  []string
	Related []lessonRow
	Tone    int // the colour of its cover
	Check   []asked
	Checked bool // the check was answered, and this is what came of it
	Missing bool // not all of it
	Right   int
	Praise  string
	Known   bool // what is done here is kept
	Liked   bool
	Done    bool
	Form    string
}

// lesson shows a lesson to everybody; of whom it knows it keeps that they opened it.
func (h *Handler) lesson(c *gin.Context, me identity) error {
	p, err := h.lessonPage(c, me)
	if err != nil {
		return err
	}
	if p.Known {
		mark, err := h.Learning.Open(c.Request.Context(), me.ID, p.ID)
		if err != nil {
			return err
		}
		p.Liked, p.Done = !mark.Liked.IsZero(), !mark.Learnt.IsZero()
	}
	h.show(c, http.StatusOK, "lesson", p)
	return nil
}

func (h *Handler) lessonPage(c *gin.Context, me identity) (lessonPage, error) {
	cat := h.Courses()
	l, ok := cat.Lesson(c.Param("id"))
	if !ok {
		return lessonPage{}, errNoLesson
	}
	p := lessonPage{Lesson: l, Shelf: shelf(me, cmp.Or(l.For, course.ForParents)), Tone: cat.Tone(l), Known: me.ID != "", Form: h.form(me.ID, "lesson:"+l.ID)}
	c.Set(pupilsKey, p.Shelf.Pupils())
	for _, s := range l.Stages {
		p.Stages = append(p.Stages, cat.StageName(s))
	}
	for _, id := range l.Related {
		if r, ok := cat.Lesson(id); ok {
			p.Related = append(p.Related, lessonRow{Lesson: r, Tone: cat.Tone(r)})
		}
	}
	for i, q := range l.Check {
		p.Check = append(p.Check, asked{Question: q, N: i + 1})
	}
	return p, nil
}

// check answers the check of understanding: each question by itself, and all of it is kept as the chat keeps it. Who is not
// known may try it all the same.
func (h *Handler) check(c *gin.Context, me identity) error {
	p, err := h.lessonPage(c, me)
	if err != nil {
		return err
	}
	if _, _, err := h.given(c, []identity{me}, "lesson:"+p.ID); err != nil {
		return err
	}
	p.Checked = true
	for i := range p.Check {
		q := &p.Check[i]
		n, err := strconv.Atoi(c.PostForm("q" + strconv.Itoa(q.N)))
		if err != nil || n < 1 || n > len(q.Answers) {
			p.Missing = true
			continue
		}
		if q.Chosen = n; n == q.Right {
			p.Right++
		}
	}
	if p.Missing { // nothing is told before all is answered
		p.Checked = false
	}
	for i := range p.Check {
		if q := &p.Check[i]; p.Checked {
			q.Verdict = q.Question.Verdict(q.N, q.Chosen)
		}
	}
	if p.Checked {
		p.Praise = p.Lesson.Praise(p.Right)
		if p.Known {
			if err := h.Learning.Learn(c.Request.Context(), me.ID, p.Lesson, p.Right); err != nil {
				return err
			}
			p.Done = true
		}
	}
	h.show(c, http.StatusOK, "lesson", p)
	return nil
}

// like puts a lesson aside, or no longer. It needs somebody to keep it for.
func (h *Handler) like(c *gin.Context, are []identity) error {
	l, ok := h.Courses().Lesson(c.Param("id"))
	if !ok {
		return errNoLesson
	}
	_, me, err := h.given(c, are, "lesson:"+l.ID)
	if err != nil {
		return err
	}
	if err := h.Learning.Like(c.Request.Context(), me.ID, l.ID, c.PostForm("like") != ""); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/p/lesson/"+l.ID)
	return nil
}

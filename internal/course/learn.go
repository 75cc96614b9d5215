package course

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

// Mark is what one person did with one lesson. A zero time says that it was not done.
type Mark struct {
	Lesson    string // ID
	Opened    time.Time
	Liked     time.Time
	Learnt    time.Time
	Suggested time.Time
	Right     int // right answers of the last check
	Asked     int // questions of the last check
}

// DeedKind says what somebody did with a lesson.
type DeedKind string

// The deeds.
const (
	Opened    DeedKind = "opened"
	Liked     DeedKind = "liked"
	Unliked   DeedKind = "unliked"
	Learnt    DeedKind = "learnt"
	Suggested DeedKind = "suggested" // by us, in the weekly suggestion
)

// Deed is one deed. Doing it twice is as doing it once, so it needs no idempotency key.
type Deed struct {
	Kind  DeedKind
	At    time.Time
	Right int // of Learnt
	Asked int
}

// Store keeps what people did with lessons. Writes join the transaction that ctx carries.
type Store interface {
	InTx(ctx context.Context, f func(ctx context.Context) error) error
	// Note keeps a deed and returns the mark as it is then.
	Note(ctx context.Context, personID, lessonID string, d Deed) (Mark, error)
	// Marks returns all marks of a person, the lesson opened last first.
	Marks(ctx context.Context, personID string) ([]Mark, error)
	// Subscription returns a person's weekly suggestion; inside a transaction it locks it. The zero value where there is none.
	Subscription(ctx context.Context, personID string) (Subscription, error)
	SaveSubscription(ctx context.Context, s Subscription) error
}

func (s *Service) like(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	return s.likes(ctx, c, true)
}

func (s *Service) unlike(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	return s.likes(ctx, c, false)
}

func (s *Service) likes(ctx context.Context, c dialog.Call, likes bool) (dialog.Result, error) {
	if l, ok := s.Catalogue().Lesson(c.Text("lesson")); ok {
		if err := s.Like(ctx, c.Person, l.ID, likes); err != nil {
			return dialog.Result{}, err
		}
	}
	return dialog.Result{Outcome: "ok"}, nil
}

// liked lists what the person put aside, the latest first; lessons that left the catalogue are passed over.
func (s *Service) liked(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	marks, err := s.Store.Marks(ctx, c.Person)
	if err != nil {
		return dialog.Result{}, fmt.Errorf("list liked lessons: %w", err)
	}
	marks = slices.DeleteFunc(marks, func(m Mark) bool { return m.Liked.IsZero() })
	slices.SortStableFunc(marks, func(a, b Mark) int { return b.Liked.Compare(a.Liked) })
	var ls []Lesson
	for _, m := range marks {
		if l, ok := s.Catalogue().Lesson(m.Lesson); ok {
			ls = append(ls, l)
		}
	}
	return paged(cut(ls, int(c.Number("page")), pageSize))
}

// goOn offers where the person stopped: the lesson opened last unless it is learnt, what was suggested, and the next of
// the series.
func (s *Service) goOn(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	marks, err := s.Store.Marks(ctx, c.Person)
	if err != nil {
		return dialog.Result{}, fmt.Errorf("look where somebody stopped: %w", err)
	}
	cat := s.seenBy(c)
	var out []channel.Choice
	offer := func(prefix string, l Lesson) {
		if !slices.ContainsFunc(out, func(c channel.Choice) bool { return c.Say == l.ID }) {
			out = append(out, channel.Choice{Label: prefix + l.Title, Say: l.ID})
		}
	}
	if len(marks) > 0 {
		if l, ok := cat.Lesson(marks[0].Lesson); ok && !marks[0].Opened.IsZero() && marks[0].Learnt.IsZero() {
			offer("上次看到：", l)
		}
	}
	if m, ok := latestSuggested(marks); ok {
		if l, there := cat.Lesson(m.Lesson); there {
			offer("这周荐课：", l)
		}
	}
	if len(marks) > 0 {
		if l, ok := cat.nextOf(marks); ok {
			offer("同系列下一课：", l)
		}
	}
	if len(out) == 0 {
		return dialog.Result{Outcome: "none"}, nil
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"lessons": out}}, nil
}

func latestSuggested(marks []Mark) (Mark, bool) {
	var best Mark
	for _, m := range marks {
		if m.Opened.IsZero() && m.Suggested.After(best.Suggested) {
			best = m
		}
	}
	return best, !best.Suggested.IsZero()
}

// nextOf returns the first lesson of the series in hand that was not opened yet.
func (c *Catalogue) nextOf(marks []Mark) (Lesson, bool) {
	last, ok := c.Lesson(marks[0].Lesson)
	if !ok || marks[0].Opened.IsZero() {
		return Lesson{}, false
	}
	opened := map[string]bool{}
	for _, m := range marks {
		opened[m.Lesson] = !m.Opened.IsZero()
	}
	for _, l := range c.lessons {
		if l.Series == last.Series && !opened[l.ID] {
			return l, true
		}
	}
	return Lesson{}, false
}

// progress says how many lessons the person learnt, by series.
func (s *Service) progress(ctx context.Context, c dialog.Call) (dialog.Result, error) {
	marks, err := s.Store.Marks(ctx, c.Person)
	if err != nil {
		return dialog.Result{}, fmt.Errorf("count learnt lessons: %w", err)
	}
	cat := s.seenBy(c)
	opened, learnt := 0, map[string]int{}
	total := 0
	for _, m := range marks {
		l, ok := cat.Lesson(m.Lesson)
		if !ok || m.Opened.IsZero() && m.Learnt.IsZero() {
			continue
		}
		opened++
		if !m.Learnt.IsZero() {
			total++
			learnt[l.Series]++
		}
	}
	if opened == 0 {
		return dialog.Result{Outcome: "none"}, nil
	}
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "您打开过 %d 课，学完了 %d 课。", opened, total)
	for _, series := range cat.Series() {
		if n := learnt[series.Name]; n > 0 {
			_, _ = fmt.Fprintf(&b, "\n%s  %d/%d %s", series.Name, n, series.Count, bar(n, series.Count))
		}
	}
	switch {
	case total == 0:
		b.WriteString("\n看完一课做一做小测，就算学完。不着急，一周一课也很好。")
	case total < 5:
		b.WriteString("\n开了头就不难，孩子会感觉到的。")
	default:
		b.WriteString("\n您已经走了很长一段路，也别忘了歇一歇。")
	}
	return dialog.Result{Outcome: "ok", Vars: map[string]any{"text": b.String()}}, nil
}

// bar draws a share in five blocks.
func bar(n, of int) string {
	const blocks = 5
	full := n * blocks / max(of, 1)
	return strings.Repeat("■", full) + strings.Repeat("□", blocks-full)
}

package desk

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/editing"
)

// contentForm is one item, or a draft of it, as its page shows it.
type contentForm struct {
	editing.Edit
	Label   string
	Rev     int
	Ask     string
	Notice  string
	Next    *editing.Draft // that waits for the person who looks
	Unsaved bool           // what the form holds is kept nowhere yet
	Other   string         // where a colleague's draft of the same item is
	Fields  []contentField
	Steps   []editing.FlowStep
	Targets []editing.Option
	Said    []contentSentence // of a flow that no form holds whole
	Preview editing.Preview
	Found   []editing.Finding // all problems
	Looked  bool              // the content was tried
	Way     string            // why it could not be tried, for people
	Changed []contentChanged
	Mine    bool // the person who looks wrote in it
	Own     bool // and somebody else must publish it
	May     bool // put it away
}

// contentField is one field with what is in it and what is wrong with it.
type contentField struct {
	editing.Field
	Values  editing.Values
	Choices []editing.Option
	Found   []editing.Finding
}

// contentSentence is a sentence of a flow with what is wrong with it.
type contentSentence struct {
	editing.Sentence
	Found []editing.Finding
}

// Rows is how high its field is.
func (s contentSentence) Rows() int {
	return min(8, 1+strings.Count(s.Text, "\n")+len([]rune(s.Text))/30)
}

// contentTargets is where a step may lead, and where it leads now.
type contentTargets struct {
	Steps   []editing.FlowStep
	Targets []editing.Option
	Now     string
	Known   bool
}

func newContentTargets(steps []editing.FlowStep, targets []editing.Option, now string) contentTargets {
	known := slices.ContainsFunc(steps, func(s editing.FlowStep) bool { return s.Name == now }) ||
		slices.ContainsFunc(targets, func(o editing.Option) bool { return o.Value == now })
	return contentTargets{steps, targets, now, known}
}

// shortly is the beginning of a text.
func shortly(text string) string {
	if r := []rune(strings.Join(strings.Fields(text), " ")); len(r) > 12 {
		return string(r[:12]) + "…"
	}
	return text
}

// contentPart is what a part of a field with rows holds.
func contentPart(f contentField, row int, name string) string {
	return f.Values.Get(f.Part(row, name))
}

// Value is what a plain field holds.
func (f contentField) Value() string { return f.Values.Get(f.Name) }

// Sub is what a part of a field without rows holds.
func (f contentField) Sub(name string) string { return f.Values.Get(f.Name + "." + name) }

// Has says whether a choice is taken.
func (f contentField) Has(value string) bool { return slices.Contains(f.Values[f.Name], value) }

// On says whether a weekday of a row is ticked.
func (f contentField) On(row int, day string) bool {
	return slices.Contains(f.Values[f.Part(row, "days")], day)
}

// HourRows, QuizRows and Days draw a form.
func (contentField) HourRows() []int        { return editing.HourRows() }
func (contentField) QuizRows() []int        { return editing.QuizRows() }
func (contentField) Days() []editing.Option { return formDays }

// Filled says whether a row holds anything: the others are folded away.
func (f contentField) Filled(row int) bool {
	return f.Values.Get(f.Part(row, "from"))+f.Values.Get(f.Part(row, "ask")) != "" || row == 0
}

// Wide says that a field takes the whole width of the form.
func (f contentField) Wide() bool {
	return !slices.Contains([]editing.Form{editing.Line, editing.Number, editing.Real, editing.Day, editing.When, editing.One}, f.Form)
}

// WhenValue is a date and time as browsers want it.
func (f contentField) WhenValue() string { return strings.Replace(f.Value(), " ", "T", 1) }

var formDays = []editing.Option{{Value: "1", Label: "一"}, {Value: "2", Label: "二"}, {Value: "3", Label: "三"}, {Value: "4", Label: "四"}, {Value: "5", Label: "五"}, {Value: "6", Label: "六"}, {Value: "7", Label: "日"}}

// contentChanged is one field that a draft changes.
type contentChanged struct{ Label, Old, New string }

func (h *Handler) newContent(c *gin.Context) {
	e, err := h.Content.New(c.Request.Context(), editing.Kind(c.Param("kind")))
	if err != nil {
		h.fail(c, err)
		return
	}
	f := contentForm{Edit: e, Label: e.Kind.Label()}
	h.fromQuestion(c, &f)
	h.showForm(c, http.StatusOK, f)
}

// fromQuestion puts an unanswered question into the form: as the first way to ask, or as one more.
func (h *Handler) fromQuestion(c *gin.Context, f *contentForm) {
	id := c.Query("ask")
	if id == "" || f.Kind != editing.FAQ {
		return
	}
	q, err := h.Unanswered.Question(c.Request.Context(), id)
	if err != nil || q.ID == "" || !q.Shown() {
		return
	}
	lines := strings.Split(f.Values.Get("questions"), "\n")
	if !slices.Contains(lines, q.Words) {
		f.Values["questions"] = []string{strings.TrimSpace(strings.Join(append(lines, q.Words), "\n"))}
	}
	f.Ask = q.ID
}

func (h *Handler) showItem(c *gin.Context) {
	k, key := editing.Kind(c.Param("kind")), c.Query("key")
	e, err := h.Content.Open(c.Request.Context(), k, key)
	if err != nil {
		h.fail(c, err)
		return
	}
	if e.Draft.ID != "" && c.Query("ask") == "" {
		redirect(c, draftURL(e.Draft.ID))
		return
	}
	f := contentForm{Edit: e, Label: k.Label(), Rev: e.Draft.Rev}
	h.fromQuestion(c, &f)
	h.try(c, &f, editing.Change{Kind: k, Item: key, Draft: e.Draft.ID, Values: f.Values})
	h.showForm(c, http.StatusOK, f)
}

// formOf is the form as it was sent, tried against the content.
func (h *Handler) formOf(c *gin.Context, ch editing.Change) (contentForm, error) {
	f := contentForm{Edit: editing.Edit{Item: editing.Item{Kind: ch.Kind, Key: ch.Item}, Values: ch.Values}, Rev: ch.Rev, Ask: ch.Ask}
	var err error
	switch {
	case ch.Draft != "":
		if f.Draft, err = h.Content.Store.Draft(c.Request.Context(), ch.Draft); err != nil {
			return f, err
		}
		f.Kind, f.Key = f.Draft.Kind, f.Draft.Item
		f.Title, f.File = f.Draft.Title, f.Draft.File
		if e, err := h.Content.OpenDraft(f.Draft); err == nil { // else what was sent is shown all the same
			f.Sentences = e.Sentences
		}
	case ch.Item != "":
		e, err := h.Content.Open(c.Request.Context(), ch.Kind, ch.Item)
		if err != nil {
			return f, err
		}
		f.Item, f.Others, f.Sentences = e.Item, e.Others, e.Sentences
	default:
		e, err := h.Content.New(c.Request.Context(), ch.Kind)
		if err != nil {
			return f, err
		}
		f.Item = e.Item
	}
	f.Label = f.Kind.Label()
	h.try(c, &f, ch)
	h.dress(&f)
	return f, nil
}

// try loads the content with what the form holds.
func (h *Handler) try(c *gin.Context, f *contentForm, ch editing.Change) {
	d, err := h.Content.Make(c.Request.Context(), ch)
	if err == nil {
		f.Preview, f.Found, err = h.Content.Check(c.Request.Context(), d)
	}
	f.Looked = err == nil
	if p, ok := atKey(f.Kind, err); ok {
		f.Found = []editing.Finding{p}
		return
	}
	if err != nil {
		status, words := explain(err)
		if status >= http.StatusInternalServerError {
			h.Log.ErrorContext(c.Request.Context(), "content cannot be tried", "kind", f.Kind, "err", err)
		}
		f.Way = words
	}
}

// atKey is what is wrong with the field by which an item is found.
func atKey(k editing.Kind, err error) (editing.Finding, bool) {
	field, ok := k.KeyField()
	p := editing.Finding{Field: field.Name}
	switch {
	case !ok:
		return p, false
	case errors.Is(err, editing.ErrKey):
		p.Message = "还没写“" + field.Label + "”"
	case errors.Is(err, editing.ErrTaken) && k == editing.FAQ:
		p.Message, p.Hint = "第一种问法和别的一条一样", "请换一种问法放在第一行，或者打开那一条来改"
	case errors.Is(err, editing.ErrTaken):
		p.Message, p.Hint = "“"+field.Label+"”和别的一条一样", "请换一个，或者打开那一条来改"
	default:
		return p, false
	}
	return p, true
}

// dress puts together what the template draws.
func (h *Handler) dress(f *contentForm) {
	for _, field := range f.Kind.Fields() {
		x := contentField{Field: field, Values: f.Values, Choices: field.Options}
		if field.From != "" && h.Content.Lists != nil {
			x.Choices = h.Content.Lists(field.From)
		}
		if field.Form == editing.Many { // what the list does not have is not lost by saving
			x.Choices = withOwn(x.Choices, f.Values[field.Name])
		}
		for _, p := range f.Found {
			if p.Field == field.Name {
				x.Found = append(x.Found, p)
			}
		}
		f.Fields = append(f.Fields, x)
	}
	for _, s := range editing.SentencesOf(f.Edit) {
		x := contentSentence{Sentence: s}
		for _, p := range f.Found {
			if p.Field == s.Name {
				x.Found = append(x.Found, p)
			}
		}
		f.Said = append(f.Said, x)
	}
	if f.Kind == editing.Flow && f.Said == nil {
		f.Steps = editing.StepsOf(f.Values)
		targets, err := h.Content.Targets(f.Key)
		if err != nil { // the form works by typing too
			h.Log.Warn("flows cannot be listed", "err", err)
		}
		f.Targets = targets
	}
}

// withOwn are the choices and what is taken beside them.
func withOwn(choices []editing.Option, taken []string) []editing.Option {
	for _, v := range taken {
		if !slices.ContainsFunc(choices, func(o editing.Option) bool { return o.Value == v }) {
			choices = append(slices.Clip(choices), editing.Option{Value: v, Label: v})
		}
	}
	return choices
}

// LabelOf is a field's name for people.
func (f contentForm) LabelOf(name string) string {
	for _, x := range f.Kind.Fields() {
		if x.Name == name {
			return x.Label
		}
	}
	for _, s := range f.Sentences {
		if s.Name == name {
			return s.Label()
		}
	}
	return ""
}

// Removable says whether the item may be taken away.
func (f contentForm) Removable() bool { return editing.Removable(f.Kind, f.Key) }

// Here says whether a problem is in the file of this item.
func (f contentForm) Here(p editing.Finding) bool {
	return p.Field != "" || p.File == cmp.Or(f.Draft.File, f.File)
}

func (h *Handler) showForm(c *gin.Context, status int, f contentForm) {
	h.dress(&f)
	h.contentPage(c, status, "content-form", cmp.Or(f.Title, "写一条"+f.Label), f)
}

func (h *Handler) showDraft(c *gin.Context) { h.draftPage(c, http.StatusOK, "") }

func (h *Handler) draftPage(c *gin.Context, status int, notice string) {
	ctx, a := c.Request.Context(), me(c)
	d, err := h.Content.Store.Draft(ctx, c.Param("id"))
	if err != nil {
		h.fail(c, err)
		return
	}
	e, err := h.Content.OpenDraft(d)
	if err != nil {
		h.fail(c, err)
		return
	}
	f := contentForm{Edit: e, Label: d.Kind.Label(), Rev: d.Rev, Ask: d.Ask, Notice: notice, Mine: d.WrittenBy(a.ID), May: d.MayWithdraw(contentPerson(a))}
	if f.Own, err = h.Content.Own(ctx, contentPerson(a), d); err != nil {
		h.fail(c, err)
		return
	}
	if d.State.Open() {
		f.Preview, f.Found, err = h.Content.Check(ctx, d)
		f.Looked = err == nil
		switch code, words := explain(err); {
		case err == nil:
		case code >= http.StatusInternalServerError && !errors.Is(err, editing.ErrReadOnly):
			h.fail(c, err)
			return
		default:
			f.Way = words
		}
	}
	if d.State == editing.Published {
		if f.Next, err = h.nextDraft(c); err != nil {
			h.fail(c, err)
			return
		}
	}
	f.Changed = changedOf(h.Content, d, e)
	h.dress(&f)
	h.contentPage(c, status, "content-draft", d.Title, f)
}

// nextDraft is the draft that waits longest for the person who looks; nil where none does.
func (h *Handler) nextDraft(c *gin.Context) (*editing.Draft, error) {
	open, err := h.Content.Store.OpenDrafts(c.Request.Context())
	for _, d := range slices.Backward(open) {
		if d.State == editing.Waiting && !d.WrittenBy(me(c).ID) {
			return &d, err
		}
	}
	return nil, err
}

// changedOf says field by field what a draft changes.
func changedOf(s *editing.Service, d editing.Draft, now editing.Edit) []contentChanged {
	if d.Adds() || d.Removes() {
		return nil
	}
	old := d
	old.New = d.Old
	before, err := s.OpenDraft(old)
	if err != nil {
		return nil
	}
	var out []contentChanged
	for _, s := range now.Sentences {
		if a, b := before.Values.Get(s.Name), now.Values.Get(s.Name); a != b {
			out = append(out, contentChanged{s.Label(), a, b})
		}
	}
	for _, f := range d.Kind.Fields() {
		a, b := before.Values.Show(f), now.Values.Show(f)
		if a != b {
			out = append(out, contentChanged{f.Label, a, b})
		}
	}
	return out
}

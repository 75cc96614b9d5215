package editing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Store keeps drafts and what was published.
type Store interface {
	// SaveDraft writes a draft whose revision in the store is d.Rev-1 (0: it is new), or fails with ErrChanged.
	SaveDraft(ctx context.Context, d Draft) error
	// Publish gives a draft of that revision the next number, or fails with ErrChanged.
	Publish(ctx context.Context, d Draft) (Draft, error)
	// Draft fails with ErrNoDraft.
	Draft(ctx context.Context, id string) (Draft, error)
	// OpenDrafts lists the drafts that can still be changed, the latest saved first.
	OpenDrafts(ctx context.Context) ([]Draft, error)
	// Withdrawn lists the drafts that were put away last, WithdrawnOf those of one item, the latest first.
	Withdrawn(ctx context.Context) ([]Draft, error)
	WithdrawnOf(ctx context.Context, k Kind, key string) ([]Draft, error)
	// PublishedAfter lists what was published with a greater number, in order, at most n.
	PublishedAfter(ctx context.Context, number int64, n int) ([]Draft, error)
	// PublishedOf lists what was published of a kind, in order.
	PublishedOf(ctx context.Context, k Kind) ([]Draft, error)
}

// Service edits the content of one folder. Dir, Store and Try must be set.
type Service struct {
	Dir   string // dialogs/
	Mark  string // a file that remembers which published changes this folder has
	Store Store
	// Try loads a whole content and shows one item of it as the chat would. The error is a problem.Problems where
	// something is wrong with the content.
	Try func(ctx context.Context, content fs.FS, it Item) (Preview, error)
	// Lists are the choices that the content itself names: stages, themes, districts.
	Lists func(name string) []Option
	// Others says how many people could approve a change, beside some.
	Others func(ctx context.Context, beside ...string) (int, error)
	// Apart is ErrOwn where two accounts are one person's; nil: two accounts are two people.
	Apart func(ctx context.Context, first, second string) error
	// Wrote is told of every change that was written into the folder; nil where somebody watches the folder.
	Wrote func() `wired:"optional"`
	Log   *slog.Logger
	citytime.Clock

	mu sync.Mutex // of the folder's files
}

func (s *Service) root() fs.FS { return os.DirFS(s.Dir) }

// Items lists the items of a kind. Files that cannot be read are named in broken.
func (s *Service) Items(k Kind) (items []Item, broken []string, err error) {
	sh, ok := shapeOf(k)
	if !ok {
		return nil, nil, ErrNotFound
	}
	if k == Flow {
		items, err = s.flows()
		return items, nil, err
	}
	files, err := fs.Glob(s.root(), sh.glob)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range files {
		if name == sh.skip {
			continue
		}
		raw, err := fs.ReadFile(s.root(), name)
		if err != nil {
			return nil, nil, fmt.Errorf("read content: %w", err)
		}
		if !sh.holdsItems(raw) {
			continue
		}
		src, err := sh.read(name, raw)
		if err != nil {
			broken = append(broken, name)
			continue
		}
		for _, e := range src.items {
			items = append(items, Item{Kind: k, Key: e.key, Title: sh.titleOf(e.key, e.value), About: sh.aboutOf(e.value), File: name, Line: e.from + 1})
		}
	}
	return items, broken, nil
}

// holdsItems says whether a file holds items of the kind: the flows' folder holds other files too.
func (sh shape) holdsItems(raw []byte) bool {
	return sh.kind != FAQ || strings.Contains("\n"+strings.TrimPrefix(string(raw), bom), "\nfaq:")
}

func (sh shape) titleOf(key string, value map[string]any) string {
	if sh.kind == Notice {
		return cmp.Or(noticeTitles[key], key)
	}
	return cmp.Or(firstOf(value[sh.title]), key)
}

func (sh shape) aboutOf(value map[string]any) string {
	switch sh.kind {
	case Lesson:
		return str(value["series"])
	case FAQ:
		return firstLine(str(value["answer"]))
	case Station:
		return str(value["district"]) + " · " + str(value["kind"])
	case Event:
		if w, ok := value["weekly"].(map[string]any); ok {
			return "每" + weekday(str(w["day"])) + " " + str(w["time"])
		}
		return str(value["start"])
	case Ready:
		return str(value["group"]) + " · " + firstLine(str(value["text"]))
	case Notice:
		return firstLine(str(value["text"]))
	case Flow:
	}
	return ""
}

func weekday(day string) string {
	for _, o := range weekdayOptions {
		if o.Value == day {
			return o.Label
		}
	}
	return "周"
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if r := []rune(line); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return line
}

// noticeTitles say when the program says a notice.
var noticeTitles = map[string]string{
	"busy": "系统忙，话记下了", "busy_tap": "系统忙，不知道点成没有", "busy_hello": "系统忙时来关注", "busy_lost": "系统忙，没能记下", "human_coming": "叫了老师，老师在", "human_later": "叫了老师，老师不在", "kept_for_human": "等老师时写来的第一句",
	"kept_again": "等老师时又写来", "taken": "老师接手了", "handed_over": "换了一位老师", "taken_over": "另一位老师接手", "joined": "又来了一位老师", "left": "老师离开了", "handed_back": "老师谈完了",
	"media": "发来图片、语音，没人看", "media_kept": "发来图片，老师能看到", "media_waits": "发来图片，先存着", "media_unseen": "发来图片，老师打不开", "media_lost": "图片没取到",
	"followup_day": "一天后问候", "followup_day_other": "一天后问候（替别人问的）", "followup_week": "一周后问候", "followup_week_other": "一周后问候（替别人问的）",
	"followup_school": "学校跟进", "followup_school_other": "学校跟进（替别人问的）",
}

// source reads the file of an item, or of a new one where file is "".
func (s *Service) source(sh shape, file string) (*source, error) {
	file = cmp.Or(file, sh.fresh)
	if ok, err := path.Match(sh.glob, file); err != nil || !ok || file == sh.skip {
		return nil, ErrNotFound
	}
	raw, err := fs.ReadFile(s.root(), file)
	if errors.Is(err, fs.ErrNotExist) {
		raw, err = []byte(sh.begin()), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read content: %w", err)
	}
	return sh.read(file, raw)
}

// where finds an item among the files of its kind.
func (s *Service) where(sh shape, key string) (*source, entry, error) {
	items, _, err := s.Items(sh.kind)
	if err != nil {
		return nil, entry{}, err
	}
	i := slices.IndexFunc(items, func(it Item) bool { return it.Key == key })
	if i < 0 {
		return nil, entry{}, ErrNotFound
	}
	src, err := s.source(sh, items[i].File)
	if err != nil {
		return nil, entry{}, err
	}
	e, ok := src.find(key)
	if !ok {
		return nil, entry{}, ErrNotFound
	}
	return src, e, nil
}

// Edit is an item as a form shows it.
type Edit struct {
	Item
	Values    Values
	Others    []string   // keys of the file that the form does not show; they stay as they are
	Sentences []Sentence // of a flow that the form cannot hold whole
	Draft     Draft      // the open draft; zero where there is none
}

// Open returns an item with its open draft, if it has one.
func (s *Service) Open(ctx context.Context, k Kind, key string) (Edit, error) {
	drafts, err := s.Store.OpenDrafts(ctx)
	if err != nil {
		return Edit{}, err
	}
	for _, d := range drafts {
		if d.Kind == k && d.Item == key && key != "" {
			return s.OpenDraft(d)
		}
	}
	if k == Flow {
		return s.openFlow(key)
	}
	sh, ok := shapeOf(k)
	if !ok {
		return Edit{}, ErrNotFound
	}
	src, e, err := s.where(sh, key)
	if err != nil {
		return Edit{}, err
	}
	return sh.edit(src.name, e, e.value)
}

func (sh shape) edit(file string, e entry, value map[string]any) (Edit, error) {
	v, ok := sh.valuesOf(value)
	if !ok {
		return Edit{}, ErrComplex
	}
	out := Edit{Item: Item{Kind: sh.kind, Key: e.key, Title: sh.titleOf(e.key, value), File: file, Line: e.from + 1}, Values: v}
	for _, name := range sortedKeys(value) {
		if !slices.ContainsFunc(sh.fields, func(f Field) bool { return f.Name == name }) {
			out.Others = append(out.Others, name)
		}
	}
	return out, nil
}

// OpenDraft returns a draft as a form shows it.
func (s *Service) OpenDraft(d Draft) (Edit, error) {
	sh, ok := shapeOf(d.Kind)
	if !ok {
		return Edit{}, ErrNotFound
	}
	text := d.New
	if d.Removes() {
		text = d.Old
	}
	if d.Kind == Flow {
		e, err := flowEdit(d.File, text)
		e.Draft = d
		return e, err
	}
	src, err := sh.read(d.File, []byte(sh.alone(text)))
	if err != nil || len(src.items) != 1 {
		return Edit{}, ErrBroken
	}
	e, err := sh.edit(d.File, src.items[0], src.items[0].value)
	e.Draft, e.Key, e.Title = d, d.Item, d.Title
	return e, err
}

// alone is a file that holds the lines of one item.
func (sh shape) alone(text string) string {
	if sh.list == "" {
		return text
	}
	return sh.list + ":\n" + text
}

// New is an empty form, with what a new item begins with.
func (s *Service) New(ctx context.Context, k Kind) (Edit, error) {
	sh, ok := shapeOf(k)
	if !ok || sh.fixed {
		return Edit{}, ErrNotFound
	}
	key, err := s.freeKey(ctx, k)
	if err != nil {
		return Edit{}, err
	}
	v := Values{}
	for _, f := range sh.fields {
		if f.Fallback != "" {
			v.set(f.Name, f.Fallback)
		}
		switch f.Name {
		case "added":
			v.set(f.Name, s.Time().In(citytime.Zone).Format(time.DateOnly))
		case "id":
			v.set(f.Name, key)
		}
	}
	if k == Flow {
		v = emptyFlow()
		v.set("flow", key)
	}
	return Edit{Item: Item{Kind: k, File: sh.fresh}, Values: v}, nil
}

// freeKey is a number for a new item that neither an item nor a draft has: nobody need think of one.
func (s *Service) freeKey(ctx context.Context, k Kind) (string, error) {
	items, _, err := s.Items(k)
	if err != nil {
		return "", err
	}
	drafts, err := s.Store.OpenDrafts(ctx)
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	for _, it := range items {
		taken[it.Key] = true
	}
	for _, d := range drafts {
		if d.Kind == k {
			taken[d.After] = true
		}
	}
	for n := 1; ; n++ {
		if key := fmt.Sprintf("%s%d", ownFlow, n); !taken[key] {
			return key, nil
		}
	}
}

// Change is what somebody typed into a form.
type Change struct {
	Kind   Kind
	Item   string // "" for a new one
	Draft  string // the ID of the draft that the form shows; "" for none
	Rev    int    // its revision then
	Ask    string // the unanswered question that it answers; "" for none
	Values Values
}

// Make works a change out against the files as they are, without keeping anything.
func (s *Service) Make(ctx context.Context, c Change) (Draft, error) {
	d := Draft{Kind: c.Kind, Item: c.Item}
	if c.Draft != "" {
		kept, err := s.Store.Draft(ctx, c.Draft)
		if err != nil {
			return Draft{}, err
		}
		if !kept.State.Open() {
			return Draft{}, ErrDone
		}
		d = kept
	}
	return s.make(d, c)
}

// make puts what a form holds into a draft.
func (s *Service) make(d Draft, c Change) (Draft, error) {
	if d.Kind == Flow {
		return s.makeFlow(d, c)
	}
	sh, ok := shapeOf(d.Kind)
	if !ok {
		return Draft{}, ErrNotFound
	}
	want := sh.itemOf(apart(s.byValue(sh, c.Values)))
	if d.Item == "" {
		if sh.fixed {
			return Draft{}, ErrNotFound
		}
		src, err := s.source(sh, "")
		if err != nil {
			return Draft{}, err
		}
		d.File, d.Old, d.New = src.name, "", src.fresh(want)
		d.After, d.Title = keyOf(sh, want), sh.titleOf(keyOf(sh, want), want)
		if d.After == "" {
			return d, ErrKey
		}
		if _, there := src.find(d.After); there {
			return d, ErrTaken
		}
		return d, sh.holds(src, src.add(d.New), d.After, want)
	}
	src, e, err := s.where(sh, d.Item)
	if err != nil {
		return Draft{}, err
	}
	full := merged(sh, e.value, want)
	d.File, d.Old = src.name, src.text(e)
	d.New = src.written(e, want)
	d.After, d.Title = keyOf(sh, full), sh.titleOf(keyOf(sh, full), full)
	if sh.list == "" {
		d.After, d.Title = e.key, sh.titleOf(e.key, full)
	}
	if d.After == "" {
		return d, ErrKey
	}
	without := *src // the item may be found by another key now
	without.items = slices.DeleteFunc(slices.Clone(src.items), func(x entry) bool { return x.from == e.from })
	if _, there := without.find(d.After); there {
		return d, ErrTaken
	}
	return d, sh.holds(&without, src.replace(e, d.New), d.After, full)
}

// byValue puts what a list names in the place of what people call it: nobody need know the numbers of lessons.
func (s *Service) byValue(sh shape, v Values) Values {
	if s.Lists == nil {
		return v
	}
	for _, f := range sh.fields {
		if f.Form != Lines || f.From == "" {
			continue
		}
		value := map[string]string{}
		for _, o := range s.Lists(f.From) {
			value[o.Label] = o.Value
		}
		var lines []string
		for _, line := range strings.Split(v.Get(f.Name), "\n") {
			line = strings.TrimSpace(line)
			lines = append(lines, cmp.Or(value[line], line))
		}
		v = maps.Clone(v)
		v.set(f.Name, strings.Join(lines, "\n"))
	}
	return v
}

// Save keeps a change as a draft; ask says that the form is done and a second person is to look. What has problems stays
// in writing.
func (s *Service) Save(ctx context.Context, by Person, c Change, ask bool) (Draft, error) {
	d, err := s.Make(ctx, c)
	if err != nil {
		return d, err
	}
	if ask { // a colleague's time is for what could be published
		if _, found, err := s.Check(ctx, d); err != nil || len(found) > 0 {
			ask = false
		}
	}
	if d.ID == "" { // a colleague may have begun meanwhile, or the form was sent twice: one item has one open draft
		if other, there, err := s.beside(ctx, d); err != nil || there {
			return other, cmp.Or(err, ErrChanged)
		}
	}
	if d.Old == d.New && d.ID == "" {
		return d, ErrNothing
	}
	d.Ask = cmp.Or(d.Ask, c.Ask)
	return s.keep(ctx, by, d, c.Rev, ask)
}

// longestKey bounds, in characters, by what an item is found.
const longestKey = 150

// mostAuthors bounds how many authors of a draft are remembered, the latest.
const mostAuthors = 40

func lastOf(list []string, n int) []string { return list[max(0, len(list)-n):] }

func (s *Service) keep(ctx context.Context, by Person, d Draft, rev int, ask bool) (Draft, error) {
	if d.ID == "" {
		d.ID, d.Made = s.ID(), s.Time()
	} else if d.Rev != rev {
		return d, ErrChanged
	}
	if utf8.RuneCountInString(d.After) > longestKey {
		return d, ErrLong
	}
	if r := []rune(d.Title); len(r) > longestKey {
		d.Title = string(r[:longestKey])
	}
	if !d.WrittenBy(by.ID) || d.Authors == "" {
		d.Authors = strings.TrimSpace(d.Authors + " " + by.ID)
		d.Authors = strings.Join(lastOf(strings.Fields(d.Authors), mostAuthors), " ")
	}
	d.By, d.Saved, d.State, d.Rev = by, s.Time(), Writing, d.Rev+1
	if ask {
		d.State = Waiting
	}
	return d, s.Store.SaveDraft(ctx, d)
}

// Remove drafts that an item goes.
func (s *Service) Remove(ctx context.Context, by Person, k Kind, key string) (Draft, error) {
	if e, err := s.Open(ctx, k, key); err != nil {
		return Draft{}, err
	} else if e.Draft.ID != "" {
		return e.Draft, ErrChanged
	}
	if !Removable(k, key) {
		return Draft{}, ErrComplex
	}
	if k == Flow {
		text, file := s.flowText(key)
		return s.keep(ctx, by, Draft{Kind: k, File: file, Item: key, Title: key, Old: text}, 0, true)
	}
	sh, _ := shapeOf(k)
	src, e, err := s.where(sh, key)
	if err != nil {
		return Draft{}, err
	}
	return s.keep(ctx, by, Draft{Kind: k, File: src.name, Item: key, Title: sh.titleOf(key, e.value), Old: src.text(e)}, 0, true)
}

// file is the text of a draft's file with the draft in it. It fails with ErrConflict where the item is no longer what the
// draft changes.
func (s *Service) file(d Draft) (string, error) {
	if d.Kind == Flow {
		return s.flowFile(d)
	}
	sh, ok := shapeOf(d.Kind)
	if !ok {
		return "", ErrNotFound
	}
	src, err := s.source(sh, d.File)
	if err != nil {
		return "", err
	}
	if d.Adds() {
		if e, there := src.find(d.After); there {
			if lf(src.text(e)) == lf(d.New) {
				return "", errApplied
			}
			return "", ErrTaken
		}
		return src.add(lf(d.New)), nil
	}
	e, there := src.find(d.Item)
	if there && lf(src.text(e)) == lf(d.Old) {
		return src.replace(e, d.New), nil
	}
	if now, ok := src.find(d.After); d.Removes() && !there || ok && lf(src.text(now)) == lf(d.New) {
		return "", errApplied
	}
	return "", ErrConflict
}

// errApplied says that the file is as the draft wants it.
var errApplied = errors.New("editing: applied already")

func lf(text string) string {
	return strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n") + "\n"
}

// Check loads the content with a draft in it, and shows the item as the chat would.
func (s *Service) Check(ctx context.Context, d Draft) (Preview, []Finding, error) {
	text, err := s.file(d)
	if errors.Is(err, errApplied) && d.deletes() {
		return Preview{}, nil, ErrNothing
	}
	if errors.Is(err, errApplied) {
		raw, rerr := fs.ReadFile(s.root(), d.File)
		text, err = string(raw), rerr
	}
	if err != nil {
		return Preview{}, nil, err
	}
	it := Item{Kind: d.Kind, Key: d.After, Title: d.Title, File: d.File}
	if e, err := s.OpenDraft(d); err == nil {
		it.Filled = e.Values
	}
	root := over(s.root(), d.File, text)
	if d.deletes() {
		root = without(s.root(), d.File)
	}
	p, err := s.Try(ctx, root, it)
	var ps problem.Problems
	if !errors.As(err, &ps) {
		return p, nil, err
	}
	return p, findings(d, text, ps), nil
}

// findings put each problem at the field that its line belongs to.
func findings(d Draft, text string, ps problem.Problems) []Finding {
	sh, _ := shapeOf(d.Kind)
	out := make([]Finding, len(ps))
	var item entry
	if src, err := sh.read(d.File, []byte(text)); err == nil && d.Kind != Flow {
		item, _ = src.find(d.After)
	}
	var said []Sentence
	if d.Kind == Flow {
		if e, err := flowEdit(d.File, text); err == nil {
			said = e.Sentences
		}
	}
	for i, p := range ps {
		out[i].Problem = p
		if p.File != d.File {
			continue
		}
		for _, s := range said {
			if s.line <= p.Line && p.Line <= s.lastLine() {
				out[i].Field = s.Name
				break
			}
		}
		if p.Line <= item.from || p.Line > item.to {
			continue
		}
		out[i].Problem = sh.said(p)
		for _, f := range item.fields {
			if p.Line > f.from && p.Line <= f.to {
				out[i].Field = f.name
				if sh.list == "" { // the item's one field is found by the item's name
					out[i].Field = sh.fields[0].Name
				}
			}
		}
		for _, f := range sh.fields { // what is missing is said beside what is there
			if _, has := item.value[f.Name]; !has && mentions(p.Message+" "+p.Hint, f.Name) {
				out[i].Field = f.Name
				break
			}
		}
	}
	return out
}

// Publish writes a draft into its file: by somebody other than its author, or by its author where nobody else could.
func (s *Service) Publish(ctx context.Context, by Person, id string, rev int) (Draft, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.Store.Draft(ctx, id)
	if err != nil {
		return Draft{}, err
	}
	switch {
	case !d.State.Open():
		return d, ErrDone
	case d.Rev != rev:
		return d, ErrChanged
	}
	if d.State == Writing {
		return d, ErrWriting
	}
	if own, err := s.Own(ctx, by, d); err != nil {
		return d, err
	} else if own {
		return d, ErrOwn
	}
	if err := s.apart(ctx, by, d); err != nil {
		return d, err
	}
	text, err := s.file(d)
	if err != nil {
		return d, cmp.Or(ifApplied(err), err)
	}
	if _, found, err := s.Check(ctx, d); err != nil {
		return d, err
	} else if len(found) > 0 {
		return d, ErrProblems
	}
	ready, err := s.prepare(d.File, text) // a disk that takes nothing is found out before anything is promised
	if err != nil {
		return d, err
	}
	defer func() { _ = os.Remove(ready) }() // gone already where it was taken
	d.Approver, d.Published = by, s.Time()
	if d, err = s.Store.Publish(ctx, d); err != nil {
		return d, err
	}
	if err := s.put(d, ready); err != nil {
		return d, err
	}
	s.wrote()
	return d, nil
}

// put takes a text that is ready into its place. A flow that goes takes its file along.
func (s *Service) put(d Draft, ready string) error {
	err := os.Rename(ready, s.path(d.File))
	if err == nil && d.deletes() {
		err = os.Remove(s.path(d.File))
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return nil
}

func (s *Service) wrote() {
	if s.Wrote != nil {
		s.Wrote()
	}
}

func ifApplied(err error) error {
	if errors.Is(err, errApplied) {
		return ErrNothing
	}
	return nil
}

func (s *Service) path(file string) string { return filepath.Join(s.Dir, filepath.FromSlash(file)) }

// prepare writes a file's new text beside it, so that one rename puts it in place: nobody ever reads half of it.
func (s *Service) prepare(file, text string) (string, error) {
	target := s.path(file)
	mode := fs.FileMode(0o644) // others on the machine may read the content, as they may what git checks out
	if info, err := os.Stat(target); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*.tmp")
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		_ = os.Remove(f.Name())
		return "", fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return f.Name(), nil
}

// Package content loads dialogs/ as a whole or not at all: the flows, lessons, questionnaires, stations, the risk
// lexicon and the fixed texts. It swaps the whole at once when the folder changes, so that no conversation ever sees half
// an edit; a broken edit keeps the running version. Start reading at Library.
package content

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/crisis"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/load"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
	"github.com/xinqiao-bot/xinqiao/internal/worry"
)

// Bundle is one version of the whole content. It never changes.
type Bundle struct {
	Version  string // a hash of every file
	Flows    *dialog.Set
	Courses  *course.Catalogue
	Worries  *worry.Book
	Surveys  *survey.Library
	Stations *booking.Directory
	Events   *event.Calendar
	Days     *calendar.Days // the city's holidays
	Habits   *habit.Catalogue
	Season   *campaign.Calendar // what many people are told
	Judge    *risk.Judge
	Replies  *Replies
	Consents *consent.Texts     // what people agree to before something of theirs is kept
	Talk     *crisis.Texts      // the talk after danger
	Media    map[string]Picture // by file name
}

// Load reads the content under root. The error lists every problem of every part, one a line.
func Load(root fs.FS, with dialog.Signatures) (*Bundle, error) {
	digest, err := hash(root, ".yaml", ".bin", ".png", ".jpg", ".jpeg")
	if err != nil {
		return nil, fmt.Errorf("read content: %w", err)
	}
	b := &Bundle{Version: digest}
	sub := func(dir string) fs.FS {
		f, err := fs.Sub(root, dir)
		if err != nil {
			return root // only for an invalid name, which ours are not
		}
		return f
	}
	yaml := func(dir string) source { return source{sub(dir), []string{".yaml"}} }
	var errs [14]error
	var ours sync.WaitGroup // nobody is answered before all is read: what hangs together, and the longest of the rest
	ours.Go(func() {
		b.Courses, errs[2] = courses.read(func() (*course.Catalogue, error) { return course.Load(sub("courses")) }, yaml("courses"))
		b.Worries, errs[9] = worries.read(func() (*worry.Book, error) { return worry.Load(sub("worries"), b.Courses) }, yaml("worries"), yaml("courses"))
		if b.Courses != nil && b.Worries != nil {
			with.Others = slices.Concat(b.Courses.Questions(), b.Worries.Examples())
		}
		b.Flows, errs[5] = flows.readBy(signed(with), func() (*dialog.Set, error) { return load.Flows(sub("flows"), with) }, yaml("flows"), yaml("worries"), yaml("courses"))
	})
	ours.Go(func() {
		b.Talk, errs[8] = talks.read(func() (*crisis.Texts, error) { return crisis.Load(root) }, yaml("replies"))
	})
	b.Days, errs[12] = calendar.Load(root)
	b.Consents, errs[13] = consent.Load(root)
	b.Judge, errs[0] = loadJudge(sub("risk"), sub("tests/risk"))
	b.Replies, errs[1] = loadReplies(root)
	b.Surveys, errs[3] = surveys.read(func() (*survey.Library, error) { return survey.Load(sub("surveys")) }, yaml("surveys"))
	b.Stations, errs[4] = booking.LoadStations(sub("stations"))
	b.Events, errs[6] = event.Load(sub("events"))
	b.Habits, errs[10] = habit.Load(sub("habits"))
	b.Season, errs[11] = campaign.Load(sub("campaigns"))
	ours.Wait()
	b.Media, errs[7] = loadMedia(root, b.Flows, b.Courses)
	if err := problem.Join(errs[:]...); err != nil {
		return nil, err
	}
	b.Stations, b.Events = b.Stations.Keeping(b.Days), b.Events.Keeping(b.Days)
	return b, nil
}

// hash digests the files under root whose names end in one of the suffixes.
func hash(root fs.FS, suffixes ...string) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path == accountsDir { // each account has a digest of its own
			return fs.SkipDir
		}
		if err != nil || d.IsDir() || !slices.Contains(suffixes, filepath.Ext(path)) {
			return err
		}
		raw, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(h, "%s %d\n", path, len(raw))
		_, _ = h.Write(raw)
		return nil
	})
	return hex.EncodeToString(h.Sum(nil))[:12], err
}

// Library holds the running version of a folder's content.
type Library struct {
	dir     string
	with    dialog.Signatures
	current atomic.Pointer[version]
	earlier atomic.Pointer[[]*version] // the last that were replaced, newest first
	onEdit  func(err error)
	refused bool // the last edit that Watch saw
}

// Open loads dir. Commands are needed for their signatures alone.
func Open(dir string, with dialog.Signatures) (*Library, error) {
	l := &Library{dir: dir, with: with}
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("content folder: %w (set dialogs.dir, or start in the folder that holds dialogs/)", err)
	}
	if _, err := l.Reload(); err != nil {
		return nil, err
	}
	return l, nil
}

// Try holds what root would be as the content of dir, whatever stands there; what Reload would refuse is an error.
func Try(root fs.FS, dir string, with dialog.Signatures) (*Library, error) {
	v, err := loadVersion(root, with)
	if err != nil {
		return nil, err
	}
	l := &Library{dir: dir, with: with}
	l.current.Store(v)
	return l, nil
}

// Dir returns the folder.
func (l *Library) Dir() string { return l.dir }

// Current returns the running version of what is said in common; see Of.
func (l *Library) Current() *Bundle { return l.current.Load().common }

// Reload takes the folder into use as it is now, whole or not at all. It reports whether anything changed.
func (l *Library) Reload() (changed bool, err error) {
	b, err := loadVersion(os.DirFS(l.dir), l.with)
	if err != nil {
		return false, err
	}
	return l.use(b), nil
}

// use takes a version into use.
func (l *Library) use(b *version) (changed bool) {
	old := l.current.Swap(b)
	changed = old == nil || !old.equal(b)
	if old != nil && changed {
		kept := append([]*version{old}, l.kept()...)
		kept = kept[:min(len(kept), keepEarlier)]
		l.earlier.Store(&kept)
	}
	return changed
}

// keepEarlier is how many replaced versions stay for the conversations that began under them.
const keepEarlier = 8

func (l *Library) kept() []*version {
	if kept := l.earlier.Load(); kept != nil {
		return *kept
	}
	return nil
}

// Flows returns the flows of a version, for a conversation that began under it: nil where it is kept no longer, after
// many edits or a restart.
func (l *Library) Flows(flows string) *dialog.Set {
	if f := l.current.Load().flows(flows); f != nil {
		return f
	}
	for _, v := range l.kept() {
		if f := v.flows(flows); f != nil {
			return f
		}
	}
	return nil
}

// OnEdit sets who is told of every edit that Watch sees, with the reason where it was refused. Call it before Watch.
func (l *Library) OnEdit(f func(err error)) { l.onEdit = f }

// settle is how long the folder must be quiet before it is read: editors write a file in several strokes.
const settle = 250 * time.Millisecond

// Watch reloads the folder when it changes, until ctx ends.
func (l *Library) Watch(ctx context.Context, log *slog.Logger) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch content: %w", err)
	}
	defer func() { _ = w.Close() }()
	if err := watchTree(w, l.dir); err != nil {
		return fmt.Errorf("watch content: %w", err)
	}
	l.Learn()
	debug.FreeOSMemory() // learning takes several times what it leaves
	quiet := time.NewTimer(settle)
	quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-w.Events:
			if !ok {
				return nil
			}
			if e.Has(fsnotify.Create) {
				_ = watchTree(w, e.Name) // a new folder; a file is watched by its folder
			}
			quiet.Reset(settle)
		case err, ok := <-w.Errors:
			if !ok {
				return nil
			}
			log.Warn("content watcher", "error", err)
		case <-quiet.C:
			l.Refresh(log)
		}
	}
}

// Learn does at once, for the running version, what else the first question and the first worry wait for.
func (l *Library) Learn() { l.current.Load().learn() }

// learn does at once what else the first question and the first worry wait for, in the middle of somebody's turn.
func (v *version) learn() {
	for _, b := range v.bundles() {
		b.Flows.Learn()
		b.Worries.Learn()
	}
}

// Refresh takes the folder into use as Watch does, and logs what was wrong with it.
func (l *Library) Refresh(log *slog.Logger) {
	var changed bool
	b, err := loadVersion(os.DirFS(l.dir), l.with)
	if err == nil {
		b.learn()
		changed = l.use(b)
	}
	if l.onEdit != nil && (changed || err != nil || l.refused) { // a mended edit may be the running version again
		l.onEdit(err)
	}
	l.refused = err != nil
	var ps problem.Problems
	switch {
	case errors.As(err, &ps):
		for _, p := range ps {
			log.Error("content edit refused; the running version stays", "problem", p.String())
		}
	case err != nil:
		log.Error("content edit refused; the running version stays", "error", err)
	case changed:
		log.Info("content reloaded", "version", l.Current().Version)
	}
}

func watchTree(w *fsnotify.Watcher, root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return w.Add(path)
		}
		return nil
	})
}

package content_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/bot"
	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

// opened is a copy of the shipped content that a test may edit.
func opened(t *testing.T) (*content.Library, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "dialogs")
	if err := os.CopyFS(dir, os.DirFS("../../dialogs")); err != nil {
		t.Fatal(err)
	}
	lib, err := content.Open(dir, dialog.Signatures{Commands: slices.Concat(bot.Commands(), (&family.Service{}).Commands(), (&course.Service{}).Commands(), (&event.Service{}).Commands(), (&habit.Service{}).Commands(), (&request.Service{}).Commands(), (&campaign.Service{}).Commands(), (&survey.Service{}).Commands(),
		(&booking.Service{}).Commands(), (&letter.Service{}).Commands(), (&rights.Service{}).Commands(), (&consent.Service{}).Commands(), (&staff.Service{}).Commands()), Facts: bot.Facts()})
	if err != nil {
		t.Fatal(err)
	}
	return lib, dir
}

// edit changes a file in one stroke, so that no reader sees half of it.
func edit(t *testing.T, file, old, text string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), old) {
		t.Fatalf("%s lacks %q", file, old)
	}
	fresh := filepath.Join(t.TempDir(), "edited")
	if err := os.WriteFile(fresh, []byte(strings.Replace(string(raw), old, text, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fresh, file); err != nil {
		t.Fatal(err)
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}
func (s *syncBuffer) String() string { s.mu.Lock(); defer s.mu.Unlock(); return s.b.String() }

func TestAnEditIsTakenIntoUseAndABrokenOneKeepsTheRunningVersion(t *testing.T) {
	defer goleak.VerifyNone(t)
	lib, dir := opened(t)
	edits := make(chan error, 10)
	lib.OnEdit(func(err error) { edits <- err })
	log := &syncBuffer{}
	ctx, cancel := context.WithCancel(t.Context())
	watched := make(chan error, 1)
	go func() { watched <- lib.Watch(ctx, slog.New(slog.NewTextHandler(log, nil))) }()
	next := func() error {
		t.Helper()
		select {
		case err := <-edits:
			return err
		case <-time.After(2 * time.Minute):
			t.Fatal("the edit was not seen")
			return nil
		}
	}
	// The watcher is at work once it sees an edit; the first is repeated until then.
	menu, first := filepath.Join(dir, "flows", "menu.yaml"), lib.Current()
	edit(t, menu, "# 主菜单", "# 主菜单。")
	for seen := false; !seen; {
		edit(t, menu, "# 主菜单。", "# 主菜单。") // the same text, so that a late repeat changes nothing
		select {
		case err := <-edits:
			if err != nil {
				t.Fatal(err)
			}
			seen = true
		case <-time.After(time.Second):
		}
	}
	running := lib.Current()
	if running.Version == first.Version {
		t.Error("an edit left the version as it was")
	}
	if lib.Flows(first.Flows.Version) != first.Flows || lib.Flows(running.Flows.Version) != running.Flows || lib.Flows("never") != nil {
		t.Error("the flows of a version are not found, or those of one that never was are")
	}

	edit(t, menu, "goto: courses.start", "goto: courses.nowhere")
	if err := next(); err == nil || !strings.Contains(err.Error(), "flows/menu.yaml:") {
		t.Errorf("a broken edit says %v, want its place", err)
	}
	if lib.Current() != running {
		t.Error("a broken edit replaced the running version")
	}
	edit(t, menu, "goto: courses.nowhere", "goto: courses.start") // the running version again: whoever was told of the refusal hears of it
	if err := next(); err != nil {
		t.Errorf("mended, it is refused: %v", err)
	}
	if lib.Current().Version != running.Version {
		t.Error("the mended edit is not in use")
	}
	cancel()
	if err := <-watched; err != nil {
		t.Error(err)
	}
	for _, part := range []string{"content edit refused; the running version stays", "flows/menu.yaml:", "content reloaded"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log lacks %q:\n%s", part, log.String())
		}
	}
}

func TestAnEditOfTheWordsIsJudgedAnewAndOneOfAFlowIsNot(t *testing.T) {
	lib, dir := opened(t)
	reload := func(file, old, text string) *risk.Judge {
		t.Helper()
		edit(t, filepath.Join(dir, filepath.FromSlash(file)), old, text)
		if _, err := lib.Reload(); err != nil {
			t.Fatal(err)
		}
		return lib.Current().Judge
	}
	first := lib.Current().Judge
	if reload("flows/menu.yaml", "# 主菜单", "# 主菜单。") != first {
		t.Error("an edit of a flow waits for the words of danger")
	}
	second := reload("risk/rules.yaml", "\n", "\n# 一条备注\n")
	if second == first {
		t.Error("an edit of the rules is not judged")
	}
	must := filepath.Join(dir, "tests", "risk", "must.jsonl")
	if err := os.WriteFile(must, []byte(`{"text":"今天的数学作业写完了","expect":"high"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := lib.Reload(); err == nil || !strings.Contains(err.Error(), "tests/risk/must.jsonl:1:1") {
		t.Errorf("a sentence that must be seen and is not: %v", err)
	}
}

func TestAPictureThatIsMissingOrNoneIsRefusedWithItsPlace(t *testing.T) {
	lib, dir := opened(t)
	if p := lib.Current().Media["breathing.png"]; p.Type != "image/png" || len(p.Data) == 0 {
		t.Errorf("the shipped picture is %q with %d bytes", p.Type, len(p.Data))
	}
	picture := filepath.Join(dir, "media", "breathing.png")
	write := func(raw []byte) {
		t.Helper()
		if err := os.WriteFile(picture, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(want string) {
		t.Helper()
		if _, err := lib.Reload(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want a problem with %q", err, want)
		}
	}
	good := lib.Current().Media["breathing.png"].Data
	write([]byte("<svg/>"))
	refused("media/breathing.png:1:1: 不是微信里能看的图片")
	write(append(bytes.Clone(good), make([]byte, 512<<10)...))
	refused("最大 512 KB")
	if err := os.Remove(picture); err != nil {
		t.Fatal(err)
	}
	refused("没有图片 media/breathing.png")
	refused("flows/calm.yaml:")
	write(append(bytes.Clone(good), 0))
	if changed, err := lib.Reload(); err != nil || !changed {
		t.Errorf("a new picture: changed %v, %v", changed, err)
	}
}

func TestAnEditReadsItsOwnPartAnewAndSharesTheOthers(t *testing.T) {
	lib, dir := opened(t)
	reload := func(file, old, text string) (before, after content.Bundle) {
		t.Helper()
		before = *lib.Current()
		edit(t, filepath.Join(dir, filepath.FromSlash(file)), old, text)
		if _, err := lib.Reload(); err != nil {
			t.Fatal(err)
		}
		return before, *lib.Current()
	}
	anew := func(a, b content.Bundle) string {
		var parts []string
		for name, same := range map[string]bool{"talk": a.Talk == b.Talk, "courses": a.Courses == b.Courses, "worries": a.Worries == b.Worries, "surveys": a.Surveys == b.Surveys, "flows": a.Flows == b.Flows} {
			if !same {
				parts = append(parts, name)
			}
		}
		slices.Sort(parts)
		return strings.Join(parts, " ")
	}
	for _, c := range []struct{ file, want string }{
		{"flows/menu.yaml", "flows"}, {"replies/heard.yaml", "talk"}, {"surveys/who5.yaml", "surveys"},
		{"worries/index.yaml", "flows worries"},         // what is said to a worry asks nothing of the service
		{"courses/index.yaml", "courses flows worries"}, // a worry names its lessons
	} {
		before, after := reload(c.file, "\n", "\n# 一条备注\n")
		if got := anew(before, after); got != c.want {
			t.Errorf("an edit of %s reads %q anew, want %q", c.file, got, c.want)
		}
		if before, after = reload(c.file, "# 一条备注\n", ""); anew(before, after) != c.want {
			t.Errorf("taking the edit of %s back changes %q, want %q", c.file, anew(before, after), c.want)
		}
	}
	reload("courses/pupils-home.yaml", "title: ", "title: 换了名字的")
	all, _ := lib.Current().Courses.Browse(course.Filter{}, 1, lib.Current().Courses.Len())
	if !slices.ContainsFunc(all, func(l course.Lesson) bool { return strings.HasPrefix(l.Title, "换了名字的") }) {
		t.Error("a lesson's new title is not there")
	}
}

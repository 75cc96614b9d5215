package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/script"
)

// contentCopy is the shipped content in a folder that a test may write to, without its conversations.
func contentCopy(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "dialogs")
	if err := os.CopyFS(dir, os.DirFS("../../dialogs")); err != nil {
		t.Fatal(err)
	}
	shipped, err := filepath.Glob(filepath.Join(dir, "tests", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range shipped {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func runTests(t *testing.T, dir string) (script.Report, string) {
	t.Helper()
	lib, err := openContent(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	rep, err := runConversations(t.Context(), lib, &out, &out)
	if err != nil {
		t.Fatal(err)
	}
	return rep, out.String()
}

func TestARecordedChatIsATestThatPassesAtOnce(t *testing.T) {
	t.Parallel()
	dir := contentCopy(t)
	file := filepath.Join(dir, "tests", "recorded.yaml")
	const before = "# 编辑写的话，要留着。\nconversations:\n  - name: 打招呼 # 这一句也是\n    turns:\n      - {event: subscribe}\n"
	if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	typed := []string{
		"家长", "预约辅导站", "天河", "这句说错了", ":drop", "1", "1", "1", "1", "孩子有点内向，示例备注", "我的预约", "1", ":after 1h", ":place 23.125,113.36", "菜单", "听课", "我不想活了", ":quit",
	}
	environ := []string{"XINQIAO_DIALOGS_DIR=" + dir}
	code, out, errs := command(t.Context(), t, environ, strings.Join(typed, "\n")+"\n", "chat", "--record", file, "--name", "约一个站点: 一路点下去")
	if code != exitFine || !strings.Contains(out, "记进了") {
		t.Fatalf("exit %d\n%s\n%s", code, out, errs)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	after, grew := strings.CutPrefix(string(raw), before)
	if !grew {
		t.Fatalf("what stood in the file changed:\n%s", raw)
	}
	for _, part := range []string{`"约一个站点: 一路点下去"`, "clock: 20", "{event: subscribe, has: ", "say: 天河", "tap: 约这里", "after: 1h0m0s", "place: [23.125, 113.36]", "choices: ["} {
		if !strings.Contains(after, part) {
			t.Errorf("the recording lacks %q", part)
		}
	}
	for _, part := range []string{"说错了", "预约码：", "月"} {
		if strings.Contains(after, part) {
			t.Errorf("the recording has %q, which was taken back or is another next time", part)
		}
	}
	if rep, out := runTests(t, dir); rep.Passed != 2 || rep.Failed != 0 {
		t.Errorf("the recording does not pass:\n%s", out)
	}
	t.Logf("recorded:\n%s", after)
	if code, _, errs := command(t.Context(), t, environ, ":quit\n", "chat", "--record", file, "--name", "约一个站点: 一路点下去"); code != exitFailed || !strings.Contains(errs, "recorded.yaml:6:") {
		t.Errorf("a second recording of one name: exit %d, %s", code, errs)
	}
}

func TestARecordingIsNotAddedToWhatIsNoTest(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "faq.yaml")
	const before = "faq:\n  - {questions: [收费吗], answer: 不收费。}\n"
	if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := command(t.Context(), t, []string{"XINQIAO_DIALOGS_DIR=../../dialogs"}, ":quit\n", "chat", "--record", file)
	if raw, err := os.ReadFile(file); code != exitFailed || !strings.Contains(errs, "请换一个文件") || err != nil || string(raw) != before {
		t.Errorf("exit %d, %s, %v:\n%s", code, errs, err, raw)
	}
}

func TestWhatStaffSayComesToTheTerminalAsItIsSaid(t *testing.T) {
	t.Parallel()
	code, out, errs := command(t.Context(), t, []string{"XINQIAO_DIALOGS_DIR=../../dialogs"}, ":staff 早了\n:what\n", "chat")
	if code != exitFine || !strings.Contains(out, "先说“人工”") || !strings.Contains(out, "没有 :what 这个命令") {
		t.Errorf("exit %d: %s %s", code, out, errs)
	}
	in, typing := newTyped()
	screen := newScreen()
	done := make(chan int, 1)
	go func() {
		done <- run(t.Context(), []string{"chat"}, env{in: in, out: screen, err: screen, environ: []string{"XINQIAO_DIALOGS_DIR=../../dialogs"}})
	}()
	for _, turn := range []struct{ types, shows string }{{"家长", "父母学堂"}, {"我不想活了", "12356"}, {":staff 我是示例老师，我在", "我是示例老师，我在"}, {":quit", ""}} {
		typing(t, turn.types)
		screen.wait(t, turn.shows)
	}
	if code := <-done; code != exitFine {
		t.Errorf("exit %d\n%s", code, screen)
	}
}

// newTyped is an input that is typed line by line.
func newTyped() (io.Reader, func(t *testing.T, line string)) {
	r, w := io.Pipe()
	return r, func(t *testing.T, line string) {
		t.Helper()
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
}

// screen is an output that can be waited on.
type screen struct {
	mu   sync.Mutex
	more *sync.Cond
	b    strings.Builder
}

func newScreen() *screen {
	s := &screen{}
	s.more = sync.NewCond(&s.mu)
	return s
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.more.Broadcast()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// wait returns once the screen shows a text.
func (s *screen) wait(t *testing.T, text string) {
	t.Helper()
	late := false
	alarm := time.AfterFunc(time.Minute, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		late = true
		s.more.Broadcast()
	})
	defer alarm.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !strings.Contains(s.b.String(), text) {
		if late {
			t.Fatalf("the screen does not show %q:\n%s", text, s.b.String())
		}
		s.more.Wait()
	}
}

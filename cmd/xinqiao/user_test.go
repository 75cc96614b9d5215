package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
)

func TestAPersonSeesAndErasesWhatWeHoldOfThem(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		w := start(t, cfg, appOptions{})
		who := openid(t, 1)
		w.says(who, "你好")
		w.says(who, "学生")
		w.wantIn(w.says(who, "导出我的资料"), "对话")
		path := w.linked(w.says(who, "给我看全部"), "/p/data")
		mine := w.handset(who)
		status, page := mine.get(path)
		if status != 200 || !strings.Contains(page, "我：学生") {
			t.Fatalf("the page %s: %d\n%s", path, status, page)
		}
		status, file := mine.get(path + "?as=file")
		var rec rights.Record
		if err := json.Unmarshal([]byte(file), &rec); status != 200 || err != nil || !strings.HasPrefix(rec.Alias, "同学·") {
			t.Fatalf("the file: %d, %v", status, err)
		}

		t.Run("an operator exports the same", func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "资料.json")
			if code, said, errs := command(t.Context(), t, w.environ(), "", "user", "export", rec.Alias, "--out", out); code != exitFine {
				t.Fatalf("%d %s %s", code, said, errs)
			}
			raw, err := os.ReadFile(out)
			if err != nil || !strings.Contains(string(raw), "我：学生") || strings.Contains(string(raw), who) {
				t.Errorf("the file lacks what was said, or holds the openid (%v)", err)
			}
			if code, _, errs := command(t.Context(), t, w.environ(), "", "user", "export", "家长·没有 0000"); code != exitFailed || !strings.Contains(errs, "alias") {
				t.Errorf("an unknown alias: %d %s", code, errs)
			}
		})

		before, err := w.app.db.People().Resolve(t.Context(), address(who))
		if err != nil {
			t.Fatal(err)
		}
		w.says(who, "删除我的资料")
		w.wantIn(w.says(who, "确定"), "都删除了")
		if status, body := mine.get(path); status != 200 || strings.Contains(body, before.Alias) {
			t.Errorf("the phone that knew them sees them still: %d", status)
		}
		after, err := w.app.db.People().Resolve(t.Context(), address(who))
		if err != nil || after.ID == before.ID {
			t.Fatalf("the person is still known (%v)", err)
		}
		w.says(who, "我是新来的")
		if err := w.app.messages.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if ms, err := w.app.db.Messages().Latest(t.Context(), before.ID, "", 10); err != nil || len(ms) != 0 {
			t.Errorf("%d messages stand under the old name (%v)", len(ms), err)
		}

		t.Run("an operator erases", func(t *testing.T) {
			code, said, errs := command(t.Context(), t, w.environ(), "", "user", "erase", after.ID, "--by", "示例·林老师")
			if code != exitFine || !strings.Contains(said, "is erased") {
				t.Fatalf("%d %s %s", code, said, errs)
			}
			if code, _, _ := command(t.Context(), t, w.environ(), "", "user", "erase", after.ID); code != exitFailed {
				t.Errorf("twice: %d", code)
			}
		})
	})
}

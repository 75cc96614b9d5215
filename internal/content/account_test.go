package content_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// put writes a file of the content, with its folders.
func put(t *testing.T, dir, file, text string) {
	t.Helper()
	full := filepath.Join(dir, file)
	if err := os.MkdirAll(filepath.Dir(full), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const tianhe = "flow: tianhe\ntitle: 天河\ntriggers:\n  words: [天河专线]\nsteps:\n  start: {say: 这里是示例·天河。}\n"

func TestAnAccountSaysWhatItsFolderSaysAndElseWhatIsCommon(t *testing.T) {
	lib, dir := opened(t)
	common := lib.Current()
	put(t, dir, "accounts/tianhe/flows/tianhe.yaml", tianhe)
	put(t, dir, "accounts/tianhe/menu.yaml", "menu: []\n")
	if changed, err := lib.Reload(); err != nil || !changed {
		t.Fatalf("changed %v, %v", changed, err)
	}
	own := lib.Of("tianhe")
	if lib.Current().Version != common.Version || lib.Of("main") != lib.Current() || own == lib.Current() {
		t.Error("the account's folder changes the common content, or is not the account's own")
	}
	if own.Flows.Steps() != common.Flows.Steps()+1 || own.Judge != lib.Current().Judge {
		t.Errorf("%d steps, the common content has %d: one more is wanted, and the same judge of danger", own.Flows.Steps(), common.Flows.Steps())
	}
	if lib.Flows(own.Flows.Version) != own.Flows {
		t.Error("a conversation that began under the account's flows does not find them")
	}
	put(t, dir, "accounts/tianhe/flows/tianhe.yaml", strings.Replace(tianhe, "这里是", "这里还是", 1))
	if changed, err := lib.Reload(); err != nil || !changed || lib.Of("tianhe") == own || lib.Flows(own.Flows.Version) != own.Flows {
		t.Errorf("an edit of the account alone: changed %v, %v", changed, err)
	}
	if changed, err := lib.Reload(); err != nil || changed {
		t.Errorf("without an edit: changed %v, %v", changed, err)
	}
}

func TestAMistakeInAnAccountsFolderIsSaidWithItsPlaceAndKeepsEverything(t *testing.T) {
	lib, dir := opened(t)
	for name, c := range map[string]struct{ file, text, want string }{
		"a broken flow":               {"flows/tianhe.yaml", strings.Replace(tianhe, "say:", "sya:", 1), "accounts/tianhe/flows/tianhe.yaml:6:"},
		"words of danger of its own":  {"risk/words.yaml", "categories: []\n", "不能一个账号一个样"},
		"a trigger that is taken":     {"flows/tianhe.yaml", strings.Replace(tianhe, "天河专线", "预约", 1), "预约"},
		"a picture with a taken name": {"media/breathing.png", "\x89PNG\r\n\x1a\n", "重名"},
	} {
		t.Run(name, func(t *testing.T) {
			put(t, dir, filepath.Join("accounts/tianhe", c.file), c.text)
			before := lib.Current()
			_, err := lib.Reload()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("said %v, want %q", err, c.want)
			}
			if lib.Current() != before {
				t.Error("the running version was replaced")
			}
			if err := os.RemoveAll(filepath.Join(dir, "accounts")); err != nil {
				t.Fatal(err)
			}
		})
	}
}

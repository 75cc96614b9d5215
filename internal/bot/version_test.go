package bot_test

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/xinqiao-bot/xinqiao/internal/bot"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/load"
)

// edited are the shipped flows with one text changed.
func edited(t *testing.T, commands []dialog.Command, file, old, text string) *dialog.Set {
	t.Helper()
	files := fstest.MapFS{}
	root := os.DirFS("../../dialogs/flows")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		raw, err := fs.ReadFile(root, name)
		if name == file {
			if !strings.Contains(string(raw), old) {
				t.Fatalf("%s lacks %q", file, old)
			}
			raw = []byte(strings.ReplaceAll(string(raw), old, text))
		}
		files[name] = &fstest.MapFile{Data: raw}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	set, err := load.Flows(files, dialog.Signatures{Commands: commands, Facts: bot.Facts()})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestAConversationGoesOnUnderTheFlowsThatItBeganWith(t *testing.T) {
	for _, c := range []struct {
		name string
		kept bool
		want string
	}{{"while they are kept", true, "您在哪个区"}, {"and else under the running ones", false, "您住哪个区"}} {
		t.Run(c.name, func(t *testing.T) {
			r := newRoom(t)
			old := *r.bundle
			if c.kept {
				r.Flows = func(version string) *dialog.Set {
					if version == old.Flows.Version {
						return old.Flows
					}
					return nil
				}
			}
			r.says("预约辅导站")
			fresh := old
			var commands []dialog.Command
			for _, cmd := range r.Commands {
				commands = append(commands, cmd)
			}
			fresh.Flows = edited(t, commands, "booking.yaml", "您在哪个区", "您住哪个区")
			r.bundle = &fresh
			wants(t, r.says("火"), c.want)
			r.says("菜单")
			r.says("预约辅导站")
			wants(t, r.says("火"), "您住哪个区") // begun under the new ones
		})
	}
}

func TestWhatGoesWithThePersonOutlastsTheSession(t *testing.T) {
	r := newRoom(t)
	r.says("听课")
	wants(t, r.says("按年龄找"), "孩子多大了")
	r.says("高中")
	for _, lost := range []string{"the conversation", "the session"} {
		if lost == "the session" {
			if err := r.sessions.Forget(t.Context(), r.Sealer.Index(someone)); err != nil {
				t.Fatal(err)
			}
		}
		r.says("菜单")
		r.says("听课")
		if got := r.says("按年龄找"); !strings.Contains(got, "还是按您上次选的年龄") {
			t.Errorf("after %s went: %s", lost, got)
		}
	}
}

package dialog_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/load"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/script"
)

// withProbe are the shipped flows and the probe, which asks a question of each kind.
func withProbe(t *testing.T) *dialog.Set {
	t.Helper()
	files := fstest.MapFS{}
	for _, dir := range []string{"../../dialogs/flows", "testdata/probe"} {
		names, err := fs.Glob(os.DirFS(dir), "*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			raw, err := os.ReadFile(dir + "/" + name)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = &fstest.MapFile{Data: raw}
		}
	}
	set, err := load.Flows(files, signatures)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestAnswersAreKeptAsTheyWereMeantOrAskedForAgain(t *testing.T) {
	raw, err := os.ReadFile("testdata/probe-answers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	set := withProbe(t)
	var out strings.Builder
	rep, err := script.Run(t.Context(), fstest.MapFS{"probe.yaml": {Data: raw}}, func(script.Script) (script.Talker, error) { return &menuTalker{set: set}, nil }, &out)
	if err != nil || rep.Failed > 0 || rep.Passed == 0 {
		t.Errorf("%d conversations went otherwise: %v\n%s", rep.Failed, err, out.String())
	}
}

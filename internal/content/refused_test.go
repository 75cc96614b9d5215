//go:build !race

package content_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryPartOfTheContentIsRefusedWithItsPlace(t *testing.T) {
	lib, dir := opened(t)
	running := lib.Current()
	for _, file := range []string{"flows/menu.yaml", "courses/index.yaml", "surveys/who5.yaml", "stations/samples.yaml", "events/samples.yaml", "risk/rules.yaml", "replies/crisis.yaml"} {
		path := filepath.Join(dir, filepath.FromSlash(file))
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append([]byte("bogus_key: 1\n"), raw...), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := lib.Reload(); err == nil || !strings.Contains(err.Error(), file+":1:1") {
			t.Errorf("%s: %v, want a problem at %s:1:1", file, err, file)
		}
		if lib.Current() != running {
			t.Fatalf("%s: the running version was replaced", file)
		}
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

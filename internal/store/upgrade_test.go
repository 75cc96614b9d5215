package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// firstRelease is the last migration that made the first release's tables: no version ran on what stood before it.
const firstRelease = 25

var (
	comment = regexp.MustCompile(`(?m)--.*$`)
	space   = regexp.MustCompile(`\s+`)
	made    = regexp.MustCompile(`^CREATE TABLE (\w+)`)
	added   = regexp.MustCompile(`^ALTER TABLE \w+ ADD COLUMN `)
	unique  = regexp.MustCompile(`^CREATE UNIQUE INDEX \w+ ON (\w+)`)
)

// harmless says what a migration may do while replicas of the version before run on the same tables, and after a roll-back:
// add what they do not know and need not fill in. tables are those that the migration itself makes.
func harmless(s string, tables map[string]bool) bool {
	if m := unique.FindStringSubmatch(s); m != nil {
		return tables[m[1]]
	}
	if added.MatchString(s) {
		return !strings.Contains(s, "NOT NULL") || strings.Contains(s, " DEFAULT ")
	}
	for _, begin := range []string{"CREATE TABLE ", "CREATE INDEX ", "DROP INDEX ", "UPDATE ", "INSERT INTO "} {
		if strings.HasPrefix(s, begin) {
			return true
		}
	}
	return false
}

func TestEveryMigrationLeavesTheVersionBeforeWorking(t *testing.T) {
	files, err := filepath.Glob("migrations/*/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations (%v)", err)
	}
	for _, f := range files {
		if n, err := strconv.Atoi(filepath.Base(f)[:5]); err != nil || n <= firstRelease {
			continue
		}
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		_, up, _ := strings.Cut(string(raw), "-- +goose Up")
		up, _, _ = strings.Cut(up, "-- +goose Down")
		tables := map[string]bool{}
		for _, s := range strings.Split(comment.ReplaceAllString(up, ""), ";") {
			s = strings.TrimSpace(space.ReplaceAllString(s, " "))
			if s == "" {
				continue
			}
			if m := made.FindStringSubmatch(s); m != nil {
				tables[m[1]] = true
			}
			if !harmless(s, tables) {
				t.Errorf("%s: %s\nbreaks replicas of the version before, which still run during an upgrade and after a roll-back. Only add: tables, columns with a default or NULL, indexes; take away what is not used any more two versions later.", f, s)
			}
		}
	}
}

func TestWhatBreaksTheVersionBeforeIsFound(t *testing.T) {
	for s, fine := range map[string]bool{
		"ALTER TABLE cases ADD COLUMN x BIGINT NULL":               true,
		"ALTER TABLE cases ADD COLUMN x BIGINT NOT NULL DEFAULT 0": true,
		"ALTER TABLE cases ADD COLUMN x BIGINT NOT NULL":           false,
		"ALTER TABLE cases DROP COLUMN x":                          false,
		"ALTER TABLE cases RENAME COLUMN x TO y":                   false,
		"ALTER TABLE cases MODIFY COLUMN x VARCHAR(8) NOT NULL":    false,
		"DROP TABLE cases":                         false,
		"CREATE UNIQUE INDEX cases_x ON cases (x)": false,
		"CREATE UNIQUE INDEX fresh_x ON fresh (x)": true,
	} {
		if harmless(s, map[string]bool{"fresh": true}) != fine {
			t.Errorf("%s: want harmless %v", s, fine)
		}
	}
}

// A roll-back starts an older program on a newer database: it must take no offence at migrations that it does not know.
func TestAnOlderProgramStartsOnANewerDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		p.Open(t, nil)
		if _, err := raw(t, p).ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)"); err != nil {
			t.Fatal(err)
		}
		older := p.Open(t, nil) // migrates, as a start does
		lines, err := older.MigrationStatus(t.Context())
		if err != nil || strings.Contains(strings.Join(lines, "\n"), "pending") {
			t.Errorf("%v\n%s", err, strings.Join(lines, "\n"))
		}
	})
}

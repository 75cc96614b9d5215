package store_test

import (
	"database/sql"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// plan is how a database means to run a statement: the tables that it reads from end to end, and whether it sorts.
type plan struct {
	lines []string
	whole []string
	sorts bool
}

var wholeOnSQLite = regexp.MustCompile(`^SCAN (\w+)$`)

func planOf(t *testing.T, conn *sql.DB, dialect, statement string) (p plan) {
	t.Helper()
	if dialect == "sqlite" {
		for _, r := range strs(t, conn, "EXPLAIN QUERY PLAN "+statement) {
			line := r[len(r)-1]
			p.lines = append(p.lines, line)
			if m := wholeOnSQLite.FindStringSubmatch(line); m != nil {
				p.whole = append(p.whole, m[1])
			}
			p.sorts = p.sorts || strings.Contains(line, "TEMP B-TREE FOR ORDER BY")
		}
		return p
	}
	for _, r := range strs(t, conn, "EXPLAIN "+statement) { // id, select_type, table, type, possible_keys, key, key_len, ref, rows, Extra
		p.lines = append(p.lines, strings.Join(r, " | "))
		if r[3] == "ALL" {
			p.whole = append(p.whole, r[2])
		}
		p.sorts = p.sorts || strings.Contains(r[len(r)-1], "filesort")
	}
	return p
}

// What the queue reads, every few seconds on every open page, must not grow with what waits.
func TestTheQueueAndItsSearchWalkIndexes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, place storetest.Place) {
		db := place.Open(t, nil)
		all := crowd(t, db, 1500)
		conn := raw(t, place)
		if place.Dialect == "mysql" { // the server does so by itself, in its own time; nobody does on SQLite
			strs(t, conn, "ANALYZE TABLE cases, persons, messages, asked_talks")
		}
		var ran []string
		if err := db.Watch(func(sql string) { ran = append(ran, sql) }); err != nil {
			t.Fatal(err)
		}
		ctx, cases := t.Context(), db.Cases()
		list := func(f casework.Filter) func() error {
			return func() error {
				f.Limit = 20
				_, next, err := cases.List(ctx, f)
				if err != nil || next == "" {
					return err
				}
				f.Cursor = next
				_, _, err = cases.List(ctx, f)
				return err
			}
		}
		people := make([]string, 100)
		for i := range people {
			people[i] = all[i].Person
		}
		if said, err := db.Messages().LastSaid(ctx, people...); err != nil || len(said) != len(people) || said[people[0]].Text != "示例的话" {
			t.Fatalf("the last words of %d people: %d (%v), want those of each, not the bot's answer", len(people), len(said), err)
		}
		for _, q := range []struct {
			name  string
			sorts bool // the little that one member of staff has, or one search finds
			run   func() error
		}{
			{"nobody", false, list(casework.Filter{Group: casework.GroupNobody, Viewer: "staff-1"})},
			{"visitors of a level", false, list(casework.Filter{Group: casework.GroupVisitors, Viewer: "staff-1", Level: risk.High})},
			{"mine", true, list(casework.Filter{Group: casework.GroupMine, Viewer: "staff-1"})},
			{"colleagues", false, list(casework.Filter{Group: casework.GroupColleagues, Viewer: "staff-1"})},
			{"seen", false, list(casework.Filter{Group: casework.GroupSeen, Viewer: "staff-1"})},
			{"the API's open ones", false, list(casework.Filter{Open: true})},
			{"the API's all", false, list(casework.Filter{})},
			{"an alias", true, list(casework.Filter{Query: all[3].Alias})},
			{"a number of an alias", true, list(casework.Filter{Query: "41"})},
			{"a case number", true, list(casework.Filter{Query: "#27"})},
			{"a level", false, list(casework.Filter{Level: risk.Imminent, Closed: true})},
			{"an owner", false, list(casework.Filter{Owner: "staff-1"})},
			{"a district", false, list(casework.Filter{District: "天河区"})},
			{"a month", false, list(casework.Filter{From: noon, To: noon.AddDate(0, 1, 0)})},
			{"counts", true, func() error { _, err := cases.QueueCounts(ctx, "staff-1"); return err }},
			{"floods", false, func() error { _, err := cases.Floods(ctx); return err }},
			{"changes", false, func() error { _, err := cases.Changes(ctx); return err }},
			{"asked talks", false, func() error { _, err := cases.CountAsked(ctx, noon.Add(-time.Hour)); return err }},
			{"districts", false, func() error { _, err := cases.Districts(ctx); return err }},
			{"what one colleague is in", true, func() error { _, err := cases.Involving(ctx, "staff-1"); return err }},
			{"last words", false, func() error { _, err := db.Messages().LastSaid(ctx, people...); return err }},
		} {
			ran = nil
			if err := q.run(); err != nil {
				t.Fatalf("%s: %v", q.name, err)
			}
			if len(ran) == 0 {
				t.Fatalf("%s: no statement was seen", q.name)
			}
			for _, statement := range slices.Clone(ran) {
				p := planOf(t, conn, place.Dialect, statement)
				for _, table := range p.whole {
					if slices.Contains([]string{"cases", "persons", "messages", "said", "asked_talks"}, table) {
						t.Errorf("%s reads all of %s; give it an index, or a filter that one serves:\n%s\n%s", q.name, table, statement, strings.Join(p.lines, "\n"))
					}
				}
				if p.sorts && !q.sorts {
					t.Errorf("%s sorts what it reads, instead of walking an index in its order:\n%s\n%s", q.name, statement, strings.Join(p.lines, "\n"))
				}
			}
		}
	})
}

// BenchmarkTheQueue reads what /desk shows of 10,000 open cases.
func BenchmarkTheQueue(b *testing.B) {
	for name, place := range map[string]func(testing.TB) storetest.Place{"sqlite": storetest.SQLite, "mysql": storetest.MySQL} {
		b.Run(name, func(b *testing.B) {
			db := place(b).Open(b, nil)
			crowd(b, db, 11_000)
			ctx := b.Context()
			for b.Loop() {
				if _, err := db.Cases().QueueCounts(ctx, "staff-1"); err != nil {
					b.Fatal(err)
				}
				if _, err := db.Cases().Floods(ctx); err != nil {
					b.Fatal(err)
				}
				for _, g := range []casework.Group{casework.GroupNobody, casework.GroupVisitors, casework.GroupMine, casework.GroupColleagues, casework.GroupSeen} {
					if _, _, err := db.Cases().List(ctx, casework.Filter{Group: g, Viewer: "staff-1", Limit: 40}); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkTheLiveStream asks what every open page asks every few seconds.
func BenchmarkTheLiveStream(b *testing.B) {
	for name, place := range map[string]func(testing.TB) storetest.Place{"sqlite": storetest.SQLite, "mysql": storetest.MySQL} {
		b.Run(name, func(b *testing.B) {
			db := place(b).Open(b, nil)
			crowd(b, db, 11_000)
			for b.Loop() {
				if _, err := db.Cases().Changes(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

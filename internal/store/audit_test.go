package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func byLan(ctx context.Context) context.Context {
	return audit.With(ctx, audit.Actor{ID: "s-lan", Name: "示例·兰老师", Role: "counsellor", From: "10.1.2.3"})
}

func record(t *testing.T, db *store.DB, n int) {
	t.Helper()
	for i := range n {
		if err := db.Trail().Record(byLan(t.Context()), audit.Event{Kind: audit.OpenConversation, Object: fmt.Sprintf("case-%d", i+1)}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheTrailHoldsWhoDidWhatAndNoAddress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		db := p.Open(t, nil)
		record(t, db, 2)
		lines, err := db.Audit().Find(t.Context(), audit.Filter{Object: "case-2"}, 5)
		if err != nil || len(lines) != 1 {
			t.Fatalf("found %d lines (%v), want the one about case-2", len(lines), err)
		}
		l := lines[0]
		if l.Actor != "s-lan" || l.Role != "counsellor" || l.Kind != audit.OpenConversation || l.Seq != 2 || time.Since(l.At) > time.Hour {
			t.Errorf("the line is %+v", l)
		}
		if strings.Contains(l.From, "10.1") || len(l.From) != 17 {
			t.Errorf("an address stands in the trail: %q", l.From)
		}
		if err := db.Trail().Record(t.Context(), audit.Event{Kind: audit.OpenLetter, Object: "l"}); !errors.Is(err, audit.ErrNoActor) {
			t.Errorf("nobody opened a letter: %v, want that it is refused", err)
		}
		if v, err := db.Trail().Verify(t.Context()); err != nil || !v.OK() || v.Lines != 2 {
			t.Errorf("a trail that nobody touched: %+v (%v)", v, err)
		}
	})
}

func TestWhateverIsDoneToTheTrailIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		attack []string
		says   string
		seq    int64
	}{
		"a line is changed":        {[]string{"UPDATE audit_lines SET name = 'x' WHERE seq = 3"}, "被改过", 3},
		"its time is changed":      {[]string{"UPDATE audit_lines SET at = at - 1000000 WHERE seq = 3"}, "被改过", 3},
		"a line is taken out":      {[]string{"DELETE FROM audit_lines WHERE seq = 3"}, "第 3 行到第 3 行不见了", 3},
		"the first is taken out":   {[]string{"DELETE FROM audit_lines WHERE seq = 1"}, "第 1 行到第 1 行不见了", 1},
		"a gap is closed":          {[]string{"DELETE FROM audit_lines WHERE seq = 3", "UPDATE audit_lines SET seq = 3 WHERE seq = 4", "UPDATE audit_lines SET seq = 4 WHERE seq = 5", "UPDATE audit_marks SET seq = 4 WHERE name = 'head'"}, "被改过", 3},
		"two change places":        {[]string{"UPDATE audit_lines SET seq = 99 WHERE seq = 2", "UPDATE audit_lines SET seq = 2 WHERE seq = 3", "UPDATE audit_lines SET seq = 3 WHERE seq = 99"}, "挪来", 2},
		"the end is cut off":       {[]string{"DELETE FROM audit_lines WHERE seq >= 4"}, "末尾少了第 4 行到第 5 行", 4},
		"and the mark set back":    {[]string{"DELETE FROM audit_lines WHERE seq >= 4", "UPDATE audit_marks SET seq = 3, hash = (SELECT hash FROM audit_lines WHERE seq = 3) WHERE name = 'head'"}, "末尾的记号被改过", 3},
		"the beginning is cut off": {[]string{"DELETE FROM audit_lines WHERE seq <= 2", "UPDATE audit_marks SET seq = 2 WHERE name = 'start'"}, "开头的记号被改过", 3},
		"a line is put in":         {[]string{"INSERT INTO audit_lines (seq, at, actor, name, role, came_from, kind, object, note, prev, hash) SELECT 6, at, actor, name, role, came_from, kind, object, note, hash, hash FROM audit_lines WHERE seq = 5"}, "被改过", 6},
		"all is emptied":           {[]string{"DELETE FROM audit_lines", "UPDATE audit_marks SET seq = 0, hash = '', at = 0, mac = ''"}, "以前写到过第 5 行", 1},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, p storetest.Place) {
				db := p.Open(t, nil)
				record(t, db, 5)
				direct := raw(t, p)
				for _, q := range c.attack {
					if _, err := direct.ExecContext(t.Context(), q); err != nil {
						t.Fatalf("%s: %v", q, err)
					}
				}
				v, err := db.Trail().Verify(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if !finds(v, c.says, c.seq) {
					t.Errorf("verifying finds %+v, want line %d: %q", v.Findings, c.seq, c.says)
				}
				record(t, db, 1) // work goes on, and what follows hides nothing
				if v, err = db.Trail().Verify(t.Context()); err != nil || v.OK() {
					t.Errorf("one more line and nothing is found any more (%v)", err)
				}
			})
		})
	}
}

func finds(v audit.Verdict, says string, seq int64) bool {
	for _, f := range v.Findings {
		if f.Seq == seq && strings.Contains(f.What, says) && f.Mend != "" {
			return true
		}
	}
	return false
}

func TestATrailThatWasSetBackIsKnownByWhatWasWrittenDown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		db := p.Open(t, nil)
		record(t, db, 3)
		direct := raw(t, p)
		mark := strs(t, direct, "SELECT hash, mac, at FROM audit_marks WHERE name = 'head'")[0]
		record(t, db, 2)
		_, head, err := db.Audit().Marks(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range []string{"DELETE FROM audit_lines WHERE seq > 3", fmt.Sprintf("UPDATE audit_marks SET seq = 3, hash = '%s', mac = '%s', at = %s WHERE name = 'head'", mark[0], mark[1], mark[2])} {
			if _, err := direct.ExecContext(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
		other := p.Open(t, nil) // a process that never saw the lines
		if v, err := other.Trail().Verify(t.Context(), head); err != nil || !finds(v, "以前写到过第 5 行", 4) {
			t.Errorf("against the end that was written down: %+v (%v)", v.Findings, err)
		}
	})
}

func TestTwoReplicasNeverForkTheTrail(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		dbs := []*store.DB{p.Open(t, nil), p.Open(t, nil)}
		const each = 20
		var wg sync.WaitGroup
		for _, db := range dbs {
			for w := range 2 {
				wg.Go(func() {
					for i := range each {
						if err := db.Trail().Record(byLan(t.Context()), audit.Event{Kind: audit.OpenLetter, Object: fmt.Sprint(w, i)}); err != nil {
							t.Errorf("record: %v", err)
						}
					}
				})
			}
		}
		wg.Wait()
		if v, err := dbs[0].Trail().Verify(t.Context()); err != nil || !v.OK() || v.Lines != 4*each {
			t.Errorf("%d lines, %+v (%v); want %d and nothing found", v.Lines, v.Findings, err, 4*each)
		}
	})
}

func TestALineStandsOrFallsWithItsTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		db := p.Open(t, nil)
		undone := errors.New("undone")
		try := func(fail error) error {
			return db.InTx(t.Context(), func(ctx context.Context) error {
				if err := db.Trail().Record(byLan(ctx), audit.Event{Kind: audit.RoleChanged, Object: "s"}); err != nil {
					return err
				}
				return fail
			})
		}
		if err := try(undone); !errors.Is(err, undone) {
			t.Fatal(err)
		}
		if err := try(nil); err != nil {
			t.Fatal(err)
		}
		if v, err := db.Trail().Verify(t.Context()); err != nil || !v.OK() || v.Lines != 1 {
			t.Errorf("%d lines, %+v (%v); want the one that was committed", v.Lines, v.Findings, err)
		}
	})
}

func TestWhatAPageDoesAgainOfItselfIsOneLineAMinute(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	db := storetest.SQLite(t).Open(t, func() time.Time { return now })
	open := func(object string) {
		t.Helper()
		if err := db.Trail().RecordOnce(byLan(t.Context()), audit.Event{Kind: audit.OpenConversation, Object: object}); err != nil {
			t.Fatal(err)
		}
	}
	open("a")
	now = now.Add(59 * time.Second)
	open("a")
	open("b")
	now = now.Add(time.Second)
	open("a")
	if v, err := db.Trail().Verify(t.Context()); err != nil || v.Lines != 3 {
		t.Errorf("%d lines (%v), want a, b, and a again after a minute", v.Lines, err)
	}
}

func TestOldLinesGoAndTheRestStillVerifies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
		db := p.Open(t, func() time.Time { return now })
		record(t, db, 4)
		now = now.AddDate(0, 7, 0)
		record(t, db, 2)
		ctx := audit.With(t.Context(), audit.Program("xinqiao"))
		if n, err := db.Trail().Purge(ctx, now.AddDate(0, -6, 0)); err != nil || n != 4 {
			t.Fatalf("removed %d lines (%v), want the 4 old ones", n, err)
		}
		v, err := db.Trail().Verify(ctx)
		if err != nil || !v.OK() || v.Lines != 3 || v.Start.Seq != 4 {
			t.Errorf("after that: %+v (%v); want lines 5, 6 and the one about the removal", v, err)
		}
		if n, err := db.Trail().Purge(ctx, now.AddDate(0, -6, 0)); err != nil || n != 0 {
			t.Errorf("removed %d lines again (%v)", n, err)
		}
		if _, err := raw(t, p).ExecContext(ctx, "UPDATE audit_lines SET name = 'x' WHERE seq = 5"); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Trail().Purge(ctx, now.Add(time.Hour)); !errors.Is(err, audit.ErrBroken) {
			t.Errorf("a broken trail was shortened: %v", err)
		}
	})
}

func TestLinesOfTheOlderLogAreCarriedOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		db := p.Open(t, nil)
		direct := raw(t, p)
		for i := range 3 {
			if _, err := direct.ExecContext(t.Context(), "INSERT INTO audit_log (id, staff_id, staff_name, action, object, at) VALUES (?, 's-1', '示例·兰老师', 'open_letter', 'letter-1', ?)", fmt.Sprint(i), 1_700_000_000_000_000+i); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := db.Trail().CarryOver(t.Context()); err != nil || n != 3 {
			t.Fatalf("carried %d lines over (%v), want 3", n, err)
		}
		lines, err := db.Audit().Find(t.Context(), audit.Filter{Object: "letter-1"}, 5)
		if err != nil || len(lines) != 3 || lines[2].At.UnixMicro() != 1_700_000_000_000_000 || lines[0].Kind != audit.OpenLetter {
			t.Errorf("the lines are %+v (%v)", lines, err)
		}
		if v, err := db.Trail().Verify(t.Context()); err != nil || !v.OK() {
			t.Errorf("after that: %+v (%v)", v.Findings, err)
		}
		if n, err := db.Trail().CarryOver(t.Context()); err != nil || n != 0 {
			t.Errorf("carried %d over again (%v)", n, err)
		}
	})
}

// BenchmarkTheTrail says what a line costs, and how fast lines are verified.
func BenchmarkTheTrail(b *testing.B) {
	db := storetest.SQLite(b).Open(b, nil)
	ctx := byLan(b.Context())
	b.Run("record", func(b *testing.B) {
		for b.Loop() {
			if err := db.Trail().Record(ctx, audit.Event{Kind: audit.OpenLetter, Object: "l"}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		var lines int64
		for b.Loop() {
			v, err := db.Trail().Verify(ctx)
			if err != nil || !v.OK() {
				b.Fatal(v.Findings, err)
			}
			lines += v.Lines
		}
		b.ReportMetric(float64(lines)/b.Elapsed().Seconds(), "lines/s")
	})
}

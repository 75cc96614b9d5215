package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// crowd is a fixed mixture of cases, each inserted as casework would leave it.
func crowd(t testing.TB, db *store.DB, n int) []casework.Case {
	t.Helper()
	levels, districts := casework.Levels(), []string{"", "天河区", "越秀区"}
	out := make([]casework.Case, 0, n)
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		for i := range n {
			p, err := db.People().Resolve(ctx, channel.Address{Channel: "web", Account: "chat", User: channel.UserKey(fmt.Sprintf("crowd-%d", i))})
			if err != nil {
				return err
			}
			at := noon.Add(time.Duration(i/3) * time.Minute) // three at a time have one moment
			c := casework.Case{
				ID: uuid.NewString(), Person: p.ID, Alias: p.Alias, Channel: "web", Level: levels[i%len(levels)], Subject: risk.Self, Status: casework.StatusOpen,
				Reason: "示例", OpenedAt: at, LastSignalAt: at, WaitingSince: at, District: districts[i%len(districts)],
			}
			colleague := casework.Actor{ID: fmt.Sprintf("staff-%d", i%4), Name: "示例老师"}
			switch i % 10 {
			case 0, 1, 2:
				c.Waits = casework.WaitsEyes
			case 3, 4:
				c.Waits, c.Unproved, c.Origin = casework.WaitsEyes, true, fmt.Sprintf("net-%d", i%3)
			case 5:
				c.Status, c.AcknowledgedAt, c.Promised, c.Waits = casework.StatusAcknowledged, at, colleague, casework.WaitsTaking
			case 6, 7:
				c.Status, c.AcknowledgedAt, c.Assignee, c.AssigneeName = casework.StatusTalking, at, colleague.ID, colleague.Name
				c.Waits = []casework.Waits{casework.WaitsAnswer, casework.WaitsNothing}[i%2]
				if i%3 == 0 {
					c.Offered = casework.Actor{ID: fmt.Sprintf("staff-%d", (i+1)%4), Name: "同事"}
				}
				if i%5 == 1 {
					c.Rung = 2 // the ladder is called
				}
			case 8:
				c.Status, c.AcknowledgedAt = casework.StatusHandedBack, at
			case 9:
				c.Status, c.AcknowledgedAt, c.ClosedAt = casework.StatusClosed, at, at
			}
			if err := db.Cases().Insert(ctx, &c); err != nil {
				return err
			}
			said := transcript.Message{ID: uuid.Must(uuid.NewV7()).String(), Person: p.ID, From: transcript.FromPerson, Text: "示例的话", At: at}
			answer := transcript.Message{ID: uuid.Must(uuid.NewV7()).String(), Person: p.ID, From: transcript.FromBot, Replies: []channel.Reply{{Text: "我在。"}}, At: at}
			if err := db.Messages().Append(ctx, said, answer); err != nil {
				return err
			}
			out = append(out, c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range out { // their numbers
		if out[i], err = db.Cases().Get(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// meant says in Go what a filter chooses, beside the SQL that does it.
func meant(f casework.Filter, c casework.Case) bool {
	open := c.Status != casework.StatusClosed
	in := map[casework.Group]bool{
		"":                       true,
		casework.GroupMine:       open && c.With(f.Viewer),
		casework.GroupNobody:     c.Asks() && !c.Unproved && !c.With(f.Viewer),
		casework.GroupVisitors:   c.Asks() && c.Unproved && !c.With(f.Viewer),
		casework.GroupColleagues: open && !c.Asks() && c.Assignee != "" && !c.With(f.Viewer),
		casework.GroupSeen:       open && !c.Asks() && c.Assignee == "",
	}
	return in[f.Group] && (!f.Open || open) && (!f.Closed || !open) && (f.Level == "" || c.Level == f.Level) && (f.Owner == "" || c.Assignee == f.Owner) &&
		(f.District == "" || c.District == f.District) && (f.From.IsZero() || !c.OpenedAt.Before(f.From)) && (f.To.IsZero() || c.OpenedAt.Before(f.To)) &&
		(f.Query == "" || found(f.Query, c))
}

func found(query string, c casework.Case) bool {
	if fmt.Sprint(c.Number) == strings.TrimPrefix(query, "#") {
		return true
	}
	_, mark, _ := strings.Cut(c.Alias, "·")
	return slices.ContainsFunc(person.MarkPrefixes(query), func(p string) bool { return strings.HasPrefix(mark, p) })
}

func TestPagesOfEveryFilterLoseAndDoubleNothing(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		all := crowd(t, db, 120)
		var queries []string
		for _, c := range all[:6] {
			_, mark, _ := strings.Cut(c.Alias, "·")
			plant, number, _ := strings.Cut(mark, " ")
			queries = append(queries, c.Alias, plant, number, number[:2], fmt.Sprintf("#%d", c.Number))
		}
		rapid.Check(t, func(r *rapid.T) {
			f := casework.Filter{
				Viewer: rapid.SampledFrom([]string{"", "staff-0", "staff-1", "staff-2"}).Draw(r, "viewer"),
				Group:  rapid.SampledFrom([]casework.Group{"", "", casework.GroupNobody, casework.GroupVisitors, casework.GroupMine, casework.GroupColleagues, casework.GroupSeen}).Draw(r, "group"),
				Limit:  rapid.IntRange(1, 12).Draw(r, "limit"),
			}
			switch rapid.IntRange(0, 3).Draw(r, "status") {
			case 1:
				f.Open = true
			case 2:
				f.Closed = true
			}
			f.Level = rapid.SampledFrom(append(casework.Levels(), "", "", "")).Draw(r, "level")
			f.Owner = rapid.SampledFrom([]string{"", "", "", "staff-1"}).Draw(r, "owner")
			f.District = rapid.SampledFrom([]string{"", "", "天河区"}).Draw(r, "district")
			f.Query = rapid.SampledFrom(append(queries, "", "", "", "", "", "查无此花", "#999999")).Draw(r, "query")
			if rapid.Bool().Draw(r, "from") {
				f.From = noon.Add(time.Duration(rapid.IntRange(0, 40).Draw(r, "from minute")) * time.Minute)
			}
			if rapid.Bool().Draw(r, "to") {
				f.To = noon.Add(time.Duration(rapid.IntRange(0, 40).Draw(r, "to minute")) * time.Minute)
			}
			var want []string
			for _, c := range all {
				if meant(f, c) {
					want = append(want, c.ID)
				}
			}
			var got []string
			for {
				page, next, err := db.Cases().List(t.Context(), f)
				if err != nil {
					r.Fatalf("%+v: %v", f, err)
				}
				for _, c := range page {
					got = append(got, c.ID)
				}
				if f.Cursor = next; next == "" {
					break
				}
				if len(page) != f.Limit {
					r.Fatalf("a page that has a next one holds %d cases, want %d", len(page), f.Limit)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				r.Errorf("%+v (-want +got):\n%s", f, diff)
			}
		})
	})
}

func TestNobodyStandsByLevelThenByTheLongestWait(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		all := crowd(t, db, 120)
		for _, g := range []casework.Group{casework.GroupNobody, casework.GroupVisitors, casework.GroupColleagues, casework.GroupSeen} {
			got, _, err := db.Cases().List(t.Context(), casework.Filter{Group: g, Viewer: "staff-0", Limit: 200})
			if err != nil || len(got) < 5 {
				t.Fatalf("group %s holds %d cases (%v), want several", g, len(got), err)
			}
			if !slices.IsSortedFunc(got, func(a, b casework.Case) int {
				if d := b.Level.Rank() - a.Level.Rank(); d != 0 {
					return d
				}
				return a.WaitingSince.Compare(b.WaitingSince)
			}) {
				t.Errorf("group %s is not by level and then by the longest wait", g)
			}
		}
		mine, _, err := db.Cases().List(t.Context(), casework.Filter{Group: casework.GroupMine, Viewer: "staff-1"})
		if err != nil {
			t.Fatal(err)
		}
		rank := func(c casework.Case) int {
			switch {
			case c.Offered.ID == "staff-1":
				return 0
			case c.Waits != casework.WaitsNothing:
				return 1
			}
			return 3
		}
		seen := map[int]bool{}
		for _, c := range mine {
			seen[rank(c)] = true
		}
		if len(seen) < 2 || !slices.IsSortedFunc(mine, func(a, b casework.Case) int { return rank(a) - rank(b) }) {
			t.Errorf("mine has not what is offered first, then what waits for an answer")
		}
		open, _, err := db.Cases().List(t.Context(), casework.Filter{Open: true, Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(open); i++ {
			if a, b := open[i-1], open[i]; a.Level == b.Level && a.Asks() && b.Asks() && a.Unproved && !b.Unproved {
				t.Errorf("of the level %s an unproved visitor stands before somebody known", a.Level)
			}
		}
		n, err := db.Cases().QueueCounts(t.Context(), "staff-0")
		want := casework.QueueCounts{}
		for _, g := range []casework.Group{casework.GroupNobody, casework.GroupVisitors, casework.GroupMine, casework.GroupColleagues, casework.GroupSeen} {
			for _, c := range all {
				if meant(casework.Filter{Group: g, Viewer: "staff-0"}, c) {
					want[g]++
				}
			}
		}
		if diff := cmp.Diff(want, n); err != nil || diff != "" {
			t.Errorf("counts: %v (-want +got):\n%s", err, diff)
		}
		if _, _, err := db.Cases().List(t.Context(), casework.Filter{Group: casework.GroupNobody, Cursor: "MC4wLng"}); !errors.Is(err, casework.ErrCursor) {
			t.Errorf("a cursor of the API's order goes on in a group: %v, want ErrCursor", err)
		}
	})
}

func TestFloodsAreCountedByLevelAndNetwork(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		all := crowd(t, db, 60)
		type key struct {
			level  risk.Level
			origin string
		}
		byLevel, networks, byOrigin := map[risk.Level]int{}, map[key]bool{}, map[string]int{}
		for _, c := range all {
			if c.Asks() && c.Unproved {
				byLevel[c.Level]++
				networks[key{c.Level, c.Origin}] = true
				byOrigin[c.Origin]++
			}
		}
		fs, err := db.Cases().Floods(t.Context())
		if err != nil || len(fs) != len(byLevel) {
			t.Fatalf("floods %+v (%v), want %d levels", fs, err, len(byLevel))
		}
		for _, f := range fs {
			n := 0
			for k := range networks {
				if k.level == f.Level {
					n++
				}
			}
			if f.Cases != byLevel[f.Level] || f.Networks != n {
				t.Errorf("flood %+v, want %d cases of %d networks", f, byLevel[f.Level], n)
			}
		}
		os, err := db.Cases().Origins(t.Context(), 10)
		if err != nil || len(os) != len(byOrigin) {
			t.Fatalf("origins %+v (%v), want %d", os, err, len(byOrigin))
		}
		for _, o := range os {
			if o.Cases != byOrigin[o.Hash] || len(o.Sample) == 0 || len(o.Sample) > 3 || o.First.After(o.Last) {
				t.Errorf("origin %s has %d cases and a sample of %d, want %d and up to three", o.Hash, o.Cases, len(o.Sample), byOrigin[o.Hash])
			}
			for _, c := range o.Sample {
				if c.Origin != o.Hash || c.Level.Rank() > o.Gravest.Rank() {
					t.Errorf("the sample of %s holds a case of %s at %s, graver than %s", o.Hash, c.Origin, c.Level, o.Gravest)
				}
			}
			ids, err := db.Cases().UnprovedOf(t.Context(), o.Hash, o.Last, 100)
			if err != nil || len(ids) != o.Cases {
				t.Errorf("origin %s: %d to sweep (%v), want %d", o.Hash, len(ids), err, o.Cases)
			}
			if early, _ := db.Cases().UnprovedOf(t.Context(), o.Hash, o.First.Add(-time.Microsecond), 100); len(early) != 0 {
				t.Errorf("origin %s: %d cases are older than the oldest", o.Hash, len(early))
			}
		}
		ds, err := db.Cases().Districts(t.Context())
		if diff := cmp.Diff([]string{"天河区", "越秀区"}, ds); err != nil || diff != "" {
			t.Errorf("districts: %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestEveryChangeOfACaseIsHeard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		db := p.Open(t, func() time.Time { return noon }) // a clock that stands still hides no change
		k := crowd(t, db, 40)[7]
		word := ""
		heard := func(what string, do func() error) {
			t.Helper()
			if err := do(); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			now, err := db.Cases().Changes(t.Context())
			if err != nil || now == word {
				t.Errorf("%s is not heard (%v)", what, err)
			}
			word = now
		}
		heard("a first look", func() error { return nil })
		heard("a message", func() error { _, err := db.Cases().AddUnread(t.Context(), k.ID); return err })
		heard("a look", func() error { return db.Cases().ClearUnread(t.Context(), k.ID) })
		heard("a level", func() error { k.Level = risk.Imminent; return db.Cases().Update(t.Context(), k) })
		heard("a question", func() error {
			_, err := db.Cases().AddAsked(t.Context(), casework.Asked{ID: uuid.NewString(), Key: "a", Person: k.Person, Outcome: casework.AskedWaiting, At: noon})
			return err
		})
		heard("its answer", func() error {
			_, err := db.Cases().EndAsked(t.Context(), k.Person, casework.AskedAnswer{Outcome: casework.AskedNo, At: noon})
			return err
		})
		if now, err := db.Cases().Changes(t.Context()); err != nil || now != word {
			t.Errorf("without a change the word is another (%v)", err)
		}
	})
}

func TestWhoeverHadACaseLastIsFoundAfterItWasClosed(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		all := crowd(t, db, 40)
		at := slices.IndexFunc(all, func(c casework.Case) bool { return c.Assignee == "staff-1" })
		k := all[at]
		k.Status, k.Assignee, k.AssigneeName, k.ClosedAt = casework.StatusClosed, "", "", noon
		if err := db.Cases().Update(t.Context(), k); err != nil {
			t.Fatal(err)
		}
		got, _, err := db.Cases().List(t.Context(), casework.Filter{Owner: "staff-1", Closed: true})
		if err != nil || len(got) != 1 || got[0].ID != k.ID {
			t.Errorf("closed cases of staff-1: %d (%v), want the one that they had", len(got), err)
		}
	})
}

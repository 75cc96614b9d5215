package store_test

import (
	"fmt"
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/retention"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

const oneDay = 24 * time.Hour

// TestWhatIsOverIsDroppedAndNothingElse writes things of every age at one clock, and looks what a night leaves of them.
func TestWhatIsOverIsDroppedAndNothingElse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		now := noon
		clock := func() time.Time { return now }
		db := p.Open(t, clock)
		ctx := t.Context()
		must := func(what string, err error) {
			t.Helper()
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
		someone := func(name string) string {
			who, err := db.People().Resolve(ctx, wechat(name))
			must("person", err)
			return who.ID
		}
		plain, filed := someone("plain"), someone("filed")
		// An ID is as old as the thing: those of the test are made of its clock.
		at := func(ago time.Duration) (string, time.Time) { return bornAt(noon.Add(-ago)), noon.Add(-ago) }
		said := func(who string, ago time.Duration) {
			id, when := at(ago)
			must("message", db.Messages().Append(ctx, transcript.Message{ID: id, Person: who, From: transcript.FromPerson, Text: "示例", At: when}))
		}
		said(plain, 400*oneDay)
		said(plain, 10*oneDay)
		said(filed, 400*oneDay)
		cases := &casework.Service{Store: db.Cases(), Outbox: db.Outbox(), Transcript: db.Messages(), Address: db.People().Address, Clock: citytime.Clock{Now: clock}}
		_, err := cases.Raise(ctx, casework.Signal{Person: filed, Level: "high", Rule: "示例", Reason: "示例", Key: "k", At: noon})
		must("case", err)
		for i, ago := range []time.Duration{400 * oneDay, 10 * oneDay} {
			id, when := at(ago)
			_, err := db.Results().Save(ctx, survey.Result{ID: id, Person: plain, Survey: "who5", Key: fmt.Sprint("r", i), Token: fmt.Sprint("t", i), At: when})
			must("result", err)
		}
		must("draft", db.Results().KeepDraft(ctx, plain, survey.Draft{Run: survey.Run{Survey: "who5", Answers: []int{1}}, At: noon.Add(-40 * oneDay)}))
		steps := []consent.Purpose{consent.Letters, consent.Checks} // the first stands, the second was taken back
		for i, purpose := range steps {
			id, when := at(1200 * oneDay)
			must("step", db.Consents().AddStep(ctx, consent.Step{ID: id, Key: fmt.Sprint("s", i), Person: plain, Purpose: purpose, Side: consent.Own, Kind: consent.StepGiven, At: when}))
			must("consent", db.Consents().Put(ctx, consent.Given{Person: plain, Purpose: purpose, Side: consent.Own, Agreed: i == 0, At: when}))
		}
		must("code", db.Consents().PutCode(ctx, consent.Code{Code: "ABCDEFGH", Person: plain, Purpose: consent.Letters, Until: noon, At: noon.Add(-30 * oneDay)}))

		rules := retention.Rules{retention.Messages: 365, retention.Results: 365, retention.Drafts: 30, retention.Consents: 1096, retention.Codes: 7, retention.Cases: 1096, retention.Letters: 0}
		s := &retention.Service{Store: db.Retention(), Rules: rules, Outbox: db.Outbox(), Log: slog.New(slog.DiscardHandler), Clock: citytime.Clock{Now: clock}}
		want := map[retention.Kind]int{retention.Messages: 1, retention.Results: 1, retention.Drafts: 1, retention.Consents: 1, retention.Codes: 1}
		counted := func() map[retention.Kind]int {
			t.Helper()
			lines, err := s.Look(ctx)
			must("look", err)
			out := map[retention.Kind]int{}
			for _, l := range lines {
				if l.Over.N > 0 {
					out[l.Kind] = l.Over.N
				}
				if (l.Over.N > 0) == l.Over.Oldest.IsZero() {
					t.Errorf("%s: %d are over, the oldest of %s", l.Kind, l.Over.N, l.Over.Oldest)
				}
			}
			return out
		}
		if got := counted(); !maps.Equal(got, want) {
			t.Fatalf("a dry run counts %v, want %v", got, want)
		}
		if got := counted(); !maps.Equal(got, want) {
			t.Fatalf("a second dry run counts %v, want %v: the first changed something", got, want)
		}
		must("purge", s.Purge(ctx, outbox.Row{}))
		if got := counted(); len(got) != 0 {
			t.Errorf("after the night %v are over", got)
		}
		lines, err := s.Look(ctx)
		must("look", err)
		for _, l := range lines {
			if n := want[l.Kind]; n > 0 && (l.Last.Dropped != n || !l.Last.Done || !l.Last.At.Equal(noon)) {
				t.Errorf("%s: the last run is %+v, want %d dropped", l.Kind, l.Last, n)
			}
		}
		for who, n := range map[string]int{plain: 1, filed: 1} {
			ms, err := db.Messages().Latest(ctx, who, "", 10)
			if err != nil || len(ms) != n {
				t.Errorf("%d messages are left, want %d: those of a file stay with it (%v)", len(ms), n, err)
			}
		}
		if left, err := db.Results().All(ctx, plain, 10); err != nil || len(left) != 1 {
			t.Errorf("%d results are left, want 1 (%v)", len(left), err)
		}
		must("purge again", s.Purge(ctx, outbox.Row{}))
	})
}

// bornAt is an ID that was made at a time.
func bornAt(at time.Time) string { return store.BornBefore(at)[:24] + citytime.Clock{}.ID()[24:] }

func TestALongBacklogIsDroppedInPieces(t *testing.T) {
	db := storetest.SQLite(t).Open(t, func() time.Time { return noon })
	ctx := t.Context()
	who, err := db.People().Resolve(ctx, wechat("one"))
	if err != nil {
		t.Fatal(err)
	}
	const old = 450
	for i := range old {
		when := noon.Add(-400 * oneDay).Add(time.Duration(i) * time.Millisecond)
		if err := db.Messages().Append(ctx, transcript.Message{ID: bornAt(when), Person: who.ID, From: transcript.FromPerson, Text: "示例", At: when}); err != nil {
			t.Fatal(err)
		}
	}
	before := noon.Add(-365 * oneDay)
	for _, want := range []int{200, 200, 50, 0} {
		if n, err := db.Retention().Drop(ctx, retention.Messages, before, 200); err != nil || n != want {
			t.Fatalf("dropped %d, want %d (%v)", n, want, err)
		}
	}
}

package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// keyed is a place whose key file the test knows.
func keyed(t *testing.T, p storetest.Place) (storetest.Place, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.json")
	s, err := seal.LoadOrCreate(path, true)
	if err != nil {
		t.Fatal(err)
	}
	p.Sealer = s
	return p, path
}

// another is the same place as another replica sees it.
func another(t *testing.T, p storetest.Place, path string, unreadable func(table, id string, cause error)) *store.DB {
	t.Helper()
	s, err := seal.LoadOrCreate(path, false)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{URL: p.URL, Sealer: s, Unreadable: unreadable})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestEveryColumnOfBytesIsSealedAnewOrHoldsNothingSealed(t *testing.T) {
	p := storetest.SQLite(t)
	p.Open(t, nil)
	sealed, plain := store.ColumnsSealed(), store.UnsealedColumns()
	erased := store.PersonalTables()
	for _, line := range schema(t, p) {
		column, rest, _ := strings.Cut(line, " ")
		if !strings.HasPrefix(rest, "bytes") {
			continue
		}
		somebodys, listed := sealed[column]
		table, _, _ := strings.Cut(column, ".")
		switch {
		case !listed && plain[column] == "":
			t.Errorf("%s holds bytes: add it to `sealedColumns` in sealed.go, or to `unsealed` with the reason, so that it is sealed anew when keys rotate", column)
		case listed && !somebodys && erased[table] != "" && table != "person_keys":
			t.Errorf("%s is a person's by rights.go, and sealed.go says that it is nobody's", column)
		case listed && somebodys && erased[table] == "":
			t.Errorf("%s is a person's by sealed.go, and rights.go does not erase its table", column)
		}
		delete(sealed, column)
		delete(plain, column)
	}
	for c := range sealed {
		t.Errorf("sealed.go speaks of %s, which is no more", c)
	}
	for c := range plain {
		t.Errorf("sealed.go says why %s is not sealed, and it is no more", c)
	}
}

// reseal seals anew until nothing is left, and returns how many rows that were.
func reseal(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	for range 1000 {
		moved, done, err := db.ResealStep(t.Context(), "worker")
		if err != nil {
			t.Fatal(err)
		}
		if n += moved; done {
			return n
		}
	}
	all, err := db.Reseals(t.Context())
	t.Logf("%+v %v", all, err)
	t.Fatal("it never ends")
	return 0
}

func TestWhatAnEarlierVersionSealedComesUnderThePersonsKeyAndAnOldKeyIsNeededNoMore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		p, path := keyed(t, p)
		db := p.Open(t, nil)
		who, _ := life(t, db, "oEarlier")
		export := func(db *store.DB) rights.Record {
			t.Helper()
			r, err := db.Rights().Export(t.Context(), who.ID)
			if err != nil {
				t.Fatal(err)
			}
			r.MadeAt = time.Time{}
			return r
		}
		before := export(db)
		if err := db.SealAsBefore(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, export(db)); diff != "" {
			t.Fatalf("what an earlier version sealed does not open:\n%s", diff)
		}
		old := p.Sealer.Keys().Using
		if needs, err := db.Needs(t.Context(), old); err != nil || len(needs) < 15 {
			t.Fatalf("the test seals %v with the old key (%v), want most tables", needs, err)
		}
		if n := reseal(t, db); n < 20 {
			t.Errorf("%d rows were sealed anew", n)
		}
		if needs, err := db.Needs(t.Context(), old); err != nil || len(needs) != 1 || needs["person_keys.body"] == 0 {
			t.Errorf("the key file's key still opens %v (%v), want the keys of people alone", needs, err)
		}
		id, err := seal.File{Path: path}.Add()
		if err == nil {
			err = seal.File{Path: path}.Promote(id)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Sealer.Reload(); err != nil {
			t.Fatal(err)
		}
		if err := db.AgreeKeys(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		reseal(t, db)
		if needs, err := db.Needs(t.Context(), old); err != nil || len(needs) != 0 {
			t.Errorf("the old key is needed by %v (%v)", needs, err)
		}
		if err := (seal.File{Path: path}).Retire(old); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, export(another(t, p, path, nil))); diff != "" {
			t.Errorf("without the old key something does not open:\n%s", diff)
		}
		all, err := db.Reseals(t.Context())
		if err != nil || len(all) != store.SealedColumns() {
			t.Fatalf("%d columns have a progress (%v), want %d", len(all), err, store.SealedColumns())
		}
		for _, r := range all {
			if r.Done.IsZero() || r.Target != id || r.Unreadable != 0 {
				t.Errorf("%+v, want it done for key %d", r, id)
			}
		}
	})
}

func TestSealingAnewGoesOnWhereAnotherReplicaEnded(t *testing.T) {
	p := storetest.SQLite(t)
	now := noon
	db := p.Open(t, func() time.Time { return now })
	who, err := db.People().Resolve(t.Context(), wechat("oMany"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 250 {
		m := transcript.Message{ID: fmt.Sprintf("m%04d", i), Person: who.ID, From: transcript.FromPerson, Text: fmt.Sprint(i), At: noon}
		if err := db.Messages().Append(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.SealAsBefore(t.Context()); err != nil {
		t.Fatal(err)
	}
	moved := 0
	for moved < 100 { // until the first part of the messages is done
		n, _, err := db.ResealStep(t.Context(), "dies")
		if err != nil {
			t.Fatal(err)
		}
		moved += n
	}
	if n, done, err := db.ResealStep(t.Context(), "other"); err != nil || done || n > 10 {
		t.Fatalf("another worked on the same table: %d rows (%v %v)", n, done, err)
	}
	now = now.Add(time.Minute)
	rest := 0
	for done := false; !done; {
		var n int
		if n, done, err = db.ResealStep(t.Context(), "other"); err != nil {
			t.Fatal(err)
		}
		rest += n
	}
	if needs, err := db.Needs(t.Context(), p.Sealer.Keys().Using); err != nil || len(needs) != 1 {
		t.Errorf("left over: %v (%v)", needs, err)
	}
	if rest > 200 {
		t.Errorf("the other did %d rows, and all but 100 of some 253 were left", rest)
	}
}

// spoil changes the last byte of every sealed text of a table that a condition finds.
func spoil(t *testing.T, p storetest.Place, column, where string, args ...any) int {
	t.Helper()
	table, name, _ := strings.Cut(column, ".")
	last := "(CASE WHEN SUBSTR(" + name + ", LENGTH(" + name + "), 1) = x'00' THEN x'01' ELSE x'00' END)" // another than it is
	set := "CAST(SUBSTR(" + name + ", 1, LENGTH(" + name + ") - 1) || " + last + " AS BLOB)"
	if p.Dialect == "mysql" {
		set = "CONCAT(SUBSTR(" + name + ", 1, LENGTH(" + name + ") - 1), " + last + ")"
	}
	res, err := raw(t, p).ExecContext(t.Context(), "UPDATE "+table+" SET "+name+" = "+set+" WHERE LENGTH("+name+") > 0 AND "+where, args...)
	if err != nil {
		t.Fatalf("%s: %v", column, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

func TestOneUnreadableRowFailsNoListAndIsNotWrittenOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		seen := map[string]int{}
		p, path := keyed(t, p)
		first := p.Open(t, nil)
		who, _ := life(t, first, "oSpoilt")
		other, _ := life(t, first, "oWhole")
		for column, somebodys := range store.ColumnsSealed() {
			table, _, _ := strings.Cut(column, ".")
			if !somebodys || table == "identities" || table == "operations" {
				continue
			}
			where := "person_id = '" + who.ID + "'"
			switch table {
			case "case_signals", "case_steps", "case_tasks", "case_referrals":
				where = "case_id = 'case-oSpoilt'"
			case "appointment_steps":
				where = "appointment_id LIKE '%oSpoilta'"
			case "letter_drafts", "letter_pieces":
				where = "letter_id LIKE '%oSpoiltl'"
			case "school_request_steps":
				where = "request_id LIKE '%oSpoiltq'"
			}
			if n := spoil(t, p, column, where); n == 0 && !slices.Contains([]string{"person_ages", "consents", "consent_steps"}, table) {
				t.Errorf("%s: the test spoils no row", column)
			}
		}
		db := another(t, p, path, func(table, _ string, _ error) { seen[table]++ })
		ctx := t.Context()

		r, err := db.Rights().Export(ctx, who.ID)
		if err != nil {
			t.Fatalf("the record of a person whose rows are unreadable: %v", err)
		}
		if text := fmt.Sprintf("%+v", r); strings.Contains(text, "示例:我说的话") || !strings.Contains(text, store.Unreadable) {
			t.Error("the record does not say what cannot be opened")
		}
		cases, _, err := db.Cases().List(ctx, casework.Filter{Limit: 10})
		if err != nil || len(cases) != 2 {
			t.Fatalf("%d cases (%v), want both", len(cases), err)
		}
		reasons := []string{cases[0].Reason, cases[1].Reason}
		slices.Sort(reasons)
		if diff := cmp.Diff([]string{"示例:原因", store.Unreadable}, reasons); diff != "" {
			t.Errorf("reasons (-want +got):\n%s", diff)
		}
		ls, _, err := db.Letters().Newest(ctx, "", 10)
		if err != nil || len(ls) != 2 {
			t.Fatalf("%d letters (%v), want both", len(ls), err)
		}
		ms, err := db.Messages().Latest(ctx, who.ID, "", 10)
		if err != nil || len(ms) != 2 || ms[0].Text != store.Unreadable || ms[0].From != transcript.FromPerson || !ms[0].At.Equal(noon) {
			t.Errorf("messages: %+v (%v); want the speaker and the time of what cannot be read", ms, err)
		}
		if ms, err := db.Messages().Latest(ctx, other.ID, "", 10); err != nil || len(ms) != 2 || ms[0].Text != "示例:我说的话" {
			t.Errorf("another's messages: %+v (%v)", ms, err)
		}
		if p, err := db.Families().Profile(ctx, who.ID); err != nil || len(p.Children) != 0 {
			t.Errorf("children: %+v, %v", p, err)
		}
		if kept, err := db.People().Kept(ctx, who.ID); err != nil || len(kept) != 0 {
			t.Errorf("what is kept: %v, %v", kept, err)
		}

		// What is saved then leaves them as they are.
		conn := raw(t, p)
		bytesOf := func(column, where string) string {
			table, name, _ := strings.Cut(column, ".")
			return fmt.Sprint(strs(t, conn, "SELECT HEX("+name+") FROM "+table+" WHERE "+where))
		}
		i := slices.IndexFunc(ls, func(l letter.Letter) bool { return l.Person == who.ID })
		for column, save := range map[string]struct {
			where string
			do    func() error
			is    error
		}{
			"cases.reason": {"id = 'case-oSpoilt'", func() error {
				return db.InTx(ctx, func(ctx context.Context) error {
					c, err := db.Cases().ForUpdate(ctx, "case-oSpoilt")
					c.AssigneeName = "示例·林老师"
					return errors.Join(err, db.Cases().Update(ctx, c))
				})
			}, nil},
			"letters.body": {"person_id = '" + who.ID + "'", func() error { return db.Letters().Update(ctx, ls[i]) }, seal.ErrKept},
			"letter_drafts.body": {"letter_id = '" + ls[i].ID + "'", func() error {
				return db.Letters().PutDraft(ctx, letter.Draft{ID: "new", Letter: ls[i].ID, Slot: "shared", By: letter.Hand{ID: "s", At: noon}, Text: "示例:别的"})
			}, seal.ErrKept},
			"person_vars.body": {"person_id = '" + who.ID + "'", func() error { return db.People().Keep(ctx, who.ID, map[string]any{"a": "b"}) }, nil},
		} {
			before := bytesOf(column, save.where)
			if err := save.do(); !errors.Is(err, save.is) {
				t.Errorf("%s: saving said %v, want %v", column, err, save.is)
			}
			if bytesOf(column, save.where) != before {
				t.Errorf("%s: what cannot be read was written over", column)
			}
		}
		for _, table := range []string{"messages", "cases", "letters", "person_vars"} {
			if seen[table] == 0 {
				t.Errorf("nobody was told of the unreadable row of %s", table)
			}
		}
	})
}

func TestAKeySealsOnceEveryReplicaThatRunsKnowsIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		p, path := keyed(t, p)
		now := noon
		a := p.Open(t, func() time.Time { return now })
		mine, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(t.TempDir(), "keys.json") // the other replica has a copy of its own
		if err := os.WriteFile(copied, mine, 0o600); err != nil {
			t.Fatal(err)
		}
		theirs, err := seal.LoadOrCreate(copied, false)
		if err != nil {
			t.Fatal(err)
		}
		b, err := store.Open(t.Context(), store.Options{URL: p.URL, Sealer: theirs, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		say := func(db *store.DB, name string) {
			t.Helper()
			if err := db.SayKeys(t.Context(), name, 0); err != nil {
				t.Fatal(err)
			}
			if err := db.AgreeKeys(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
		old := p.Sealer.Keys().Using
		say(a, "a")
		say(b, "b")
		id, err := seal.File{Path: path}.Add()
		if err == nil {
			err = seal.File{Path: path}.Promote(id) // at once, as an operator in a hurry does
		}
		if err != nil {
			t.Fatal(err)
		}
		restarted, err := seal.LoadOrCreate(path, false)
		if err != nil {
			t.Fatal(err)
		}
		if a, err = store.Open(t.Context(), store.Options{URL: p.URL, Sealer: restarted, Now: func() time.Time { return now }}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = a.Close() })
		say(a, "a")
		if k := restarted.Keys(); k.Primary != id || k.Using != old {
			t.Fatalf("a replica seals with %d while another knows %d alone", k.Using, old)
		}
		who, err := a.People().Resolve(t.Context(), wechat("oBetween"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.People().Address(t.Context(), who.ID); err != nil {
			t.Errorf("the replica that does not know the new key cannot open what the other wrote: %v", err)
		}
		if mine, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied, mine, 0o600); err != nil {
			t.Fatal(err)
		}
		if changed, err := theirs.Reload(); err != nil || !changed {
			t.Fatalf("the copy was not read anew: %v %v", changed, err)
		}
		say(b, "b")
		say(a, "a")
		say(b, "b")
		if x, y := restarted.Keys().Using, theirs.Keys().Using; x != id || y != id {
			t.Errorf("once both know it they seal with %d and %d, want %d", x, y, id)
		}
		// One that died knows nothing, and holds nobody up.
		if _, err := raw(t, p).ExecContext(t.Context(), "UPDATE key_replicas SET knows = '' WHERE replica = 'b'"); err != nil {
			t.Fatal(err)
		}
		now = now.Add(2 * store.KeysAlive)
		say(a, "a")
		if restarted.Keys().Using != id {
			t.Error("a replica that ended long ago still counts")
		}
	})
}

func TestAFilledDatabaseKnowsItsKeyFile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		p, path := keyed(t, p)
		db := p.Open(t, nil)
		if filled, err := store.Filled(t.Context(), store.Options{URL: p.URL}); err != nil || filled {
			t.Errorf("an empty database is filled: %v %v", filled, err)
		}
		life(t, db, "oFilled")
		if filled, err := store.Filled(t.Context(), store.Options{URL: p.URL}); err != nil || !filled {
			t.Errorf("a filled database is empty: %v %v", filled, err)
		}
		_, wrong := keyed(t, p)
		var stop *store.WrongKeysError
		if err := another(t, p, wrong, nil).CheckKeys(t.Context()); !errors.As(err, &stop) { // of an earlier version, that left no mark
			t.Errorf("with other keys: %v, want a WrongKeysError", err)
		}
		if err := db.CheckKeys(t.Context()); err != nil {
			t.Errorf("with its keys: %v", err)
		}
		if err := another(t, p, wrong, nil).CheckKeys(t.Context()); !errors.As(err, &stop) {
			t.Errorf("with other keys, and a mark: %v, want a WrongKeysError", err)
		}
		if err := another(t, p, path, nil).CheckKeys(t.Context()); err != nil {
			t.Errorf("with its keys again: %v", err)
		}
	})
}

func everyByte(t *testing.T, dir string) []byte {
	t.Helper()
	var all bytes.Buffer
	files, err := filepath.Glob(filepath.Join(dir, "xinqiao.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no file of the database: %v", err)
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	return all.Bytes()
}

func TestAfterAnErasureNoByteOfTheFilesOpensWithAnyKeyThatIsLeft(t *testing.T) {
	p, path := keyed(t, storetest.SQLite(t))
	dir := filepath.Dir(strings.TrimPrefix(p.URL, "sqlite:"))
	db := p.Open(t, nil)
	who, _ := life(t, db, "oErased")
	stays, err := db.People().Resolve(t.Context(), wechat("oStays"))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Messages().Append(t.Context(), transcript.Message{ID: "stays", Person: stays.ID, From: transcript.FromPerson, Text: "别人的话", At: noon}); err != nil {
		t.Fatal(err)
	}
	a := storetest.NewAttacker(t, path)
	words := []string{"示例", "oErased", "oStays"}
	before := everyByte(t, dir)
	if found := a.Opens(before, nil, words...); !bytes.Contains(found, []byte("示例:我说的话")) || !bytes.Contains(found, []byte("oErased")) {
		t.Fatal("the attacker of this test is too weak: they should read everything before the erasure")
	}
	closeCase(t, db, "case-oErased")
	if _, err := db.Rights().Erase(t.Context(), who.ID, "本人"); err != nil {
		t.Fatal(err)
	}
	after := everyByte(t, dir)
	found := a.Opens(after, nil, words...)
	for _, trace := range []string{"示例:", "oErased"} {
		if bytes.Contains(found, []byte(trace)) {
			t.Errorf("%q can be read with the keys that are left", trace)
		}
	}
	for _, trace := range []string{"示例:", who.ID, db.Sealer().Index(wechat("oErased"))} {
		if bytes.Contains(after, []byte(trace)) {
			t.Errorf("%q stands in a file in clear", trace)
		}
	}
	if !bytes.Contains(found, []byte("oStays")) {
		t.Error("the attacker does not read what is left of the others: the test proves nothing")
	}
	left := strs(t, raw(t, p), "SELECT person_id FROM person_keys")
	if len(left) != 1 || left[0][0] != stays.ID {
		t.Errorf("keys are left of %v, want of %s alone", left, stays.ID)
	}
}

func TestAnErasureIsRepeatedInAnOldBackup(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		db := p.Open(t, nil)
		who, _ := life(t, db, "oBack")
		stays, _ := life(t, db, "oStays")
		conn := raw(t, p)
		// What a restore brings: the person as they were, and from the newest export of keys that they were erased.
		if _, err := conn.ExecContext(t.Context(), "INSERT INTO erasures (mark, at) VALUES (?, 1)", db.Sealer().Digest("erased", who.ID)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.ExecContext(t.Context(), "DELETE FROM person_keys WHERE person_id = ?", who.ID); err != nil {
			t.Fatal(err)
		}
		db.People().Forget()
		n, err := db.Rights().Replay(t.Context(), "恢复备份")
		if err != nil || n != 1 {
			t.Fatalf("%d were erased again (%v), want one", n, err)
		}
		if _, err := db.People().Get(t.Context(), who.ID); !errors.Is(err, person.ErrNotFound) {
			t.Errorf("who was erased is back: %v", err)
		}
		if _, err := db.People().Get(t.Context(), stays.ID); err != nil {
			t.Errorf("who was not erased is gone: %v", err)
		}
		if n, err := db.Rights().Replay(t.Context(), "恢复备份"); err != nil || n != 0 {
			t.Errorf("a second time: %d (%v)", n, err)
		}
	})
}

func TestAReplicaThatHeardOfAnErasureKeepsNoKey(t *testing.T) {
	p, path := keyed(t, storetest.SQLite(t))
	a := p.Open(t, nil)
	who, _ := life(t, a, "oErased")
	b := another(t, p, path, nil)
	if _, err := b.Messages().Latest(t.Context(), who.ID, "", 1); err != nil { // it has the key now
		t.Fatal(err)
	}
	sealed, err := b.Sealer().SealFor(who.ID, []byte("示例"), "state:x")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := seal.PersonKeyOf(sealed); !ok {
		t.Fatal("a session is not sealed under the person's key")
	}
	closeCase(t, a, "case-oErased")
	if _, err := a.Rights().Erase(t.Context(), who.ID, "本人"); err != nil {
		t.Fatal(err)
	}
	b.People().Forget() // as the bus tells it to
	if _, err := b.Sealer().Open(sealed, "state:x"); !errors.Is(err, seal.ErrErased) {
		t.Errorf("a session of before: %v, want ErrErased", err)
	}
	if err := b.Outbox().Put(t.Context(), outbox.Row{Key: "late", Kind: "deliver", Person: who.ID, Payload: []byte("x"), RunAt: noon}); err != nil {
		t.Errorf("a row for whoever is erased: %v", err)
	}
	if left := strs(t, raw(t, p), "SELECT id FROM person_keys WHERE person_id = ?", who.ID); len(left) != 0 {
		t.Error("whoever is erased got a new key")
	}
}

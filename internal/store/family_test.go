package store_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestChildrenAreKeptSealedAndForgottenWithTheConsent(t *testing.T) {
	p := storetest.SQLite(t)
	db := p.Open(t, nil)
	who := writer(t, db, 1)
	agreed := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	change := func(f func(*family.Profile)) {
		t.Helper()
		if err := db.Families().Change(t.Context(), who, func(p *family.Profile) error { f(p); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	bodies := func() (all [][]byte) {
		t.Helper()
		rows, err := raw(t, p).Query("SELECT body FROM child_profiles")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var b []byte
			if err := rows.Scan(&b); err != nil {
				t.Fatal(err)
			}
			all = append(all, b)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return all
	}
	change(func(*family.Profile) {})
	if n := len(bodies()); n != 0 {
		t.Errorf("%d rows of somebody who agreed to nothing", n)
	}
	change(func(p *family.Profile) {
		*p = family.Profile{Children: []family.Child{{ID: "1", Name: "小满", Born: 2017}}, Agreed: agreed}
	})
	all := bodies()
	if len(all) != 1 || bytes.Contains(all[0], []byte("小满")) || bytes.Contains(all[0], []byte("2017")) {
		t.Errorf("the row must be there and sealed: %q", all)
	}
	change(func(p *family.Profile) { p.Children = nil })
	if n := len(bodies()); n != 0 {
		t.Errorf("%d rows once every child is forgotten", n)
	}
}

func TestAProfileIsChangedWholeOrNotAtAll(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, who, other := t.Context(), writer(t, db, 1), writer(t, db, 2)
		want := family.Profile{Children: []family.Child{{ID: "1", Name: "小满", Grade: "初二", Since: 2025, District: "天河区"}, {ID: "2", Name: "满满", Born: 2020}}, Agreed: time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)}
		if err := db.Families().Change(ctx, who, func(p *family.Profile) error { *p = want; return nil }); err != nil {
			t.Fatal(err)
		}
		no := errors.New("no")
		if err := db.Families().Change(ctx, who, func(p *family.Profile) error { p.Children = nil; return no }); !errors.Is(err, no) {
			t.Errorf("a change that fails: %v", err)
		}
		got, err := db.Families().Profile(ctx, who)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("read back (-want +got):\n%s", d)
		}
		if p, err := db.Families().Profile(ctx, other); err != nil || len(p.Children) != 0 {
			t.Errorf("of somebody else: %+v, %v", p, err)
		}
	})
}

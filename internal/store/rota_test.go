package store_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func leave(key string) rota.Change {
	return rota.Change{
		ID: uuid.Must(uuid.NewV7()).String(), Key: key, Kind: rota.Leave, From: noon, To: noon.Add(24 * time.Hour), Out: "chen", In: "li", Note: "示例:家里有事",
		State: rota.Asked, Asked: rota.Act{StaffID: uuid.NewString(), Name: "示例·陈老师", At: noon},
	}
}

func TestAChangeOfTheRotaIsReadAsItWasWrittenAndMovesOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, want := t.Context(), leave("k")
		if _, fresh, err := db.Rota().AddChange(ctx, want); err != nil || !fresh {
			t.Fatalf("add a change: fresh %v, %v", fresh, err)
		}
		twin := leave("k")
		if kept, fresh, err := db.Rota().AddChange(ctx, twin); err != nil || fresh || kept.ID != want.ID {
			t.Errorf("the same form again: %s, fresh %v, %v; want %s", kept.ID, fresh, err, want.ID)
		}
		got, err := db.Rota().Change(ctx, want.ID)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("read back: %v (-want +got):\n%s", err, diff)
		}
		if _, err := db.Rota().Change(ctx, twin.ID); !errors.Is(err, rota.ErrNotFound) {
			t.Errorf("an unknown change: %v, want ErrNotFound", err)
		}
		want.State, want.In, want.Decided = rota.Agreed, "zhou", rota.Act{StaffID: uuid.NewString(), Name: "示例·王主任", At: noon.Add(time.Minute)}
		if err := db.Rota().MoveChange(ctx, want, rota.Asked); err != nil {
			t.Fatal(err)
		}
		if err := db.Rota().MoveChange(ctx, want, rota.Asked); !errors.Is(err, rota.ErrMoved) {
			t.Errorf("it moves from where it no longer stands: %v, want ErrMoved", err)
		}
		older := leave("older")
		older.Asked.At, older.From, older.To = noon.Add(-time.Hour), noon.Add(-3*24*time.Hour), noon.Add(-2*24*time.Hour)
		if _, _, err := db.Rota().AddChange(ctx, older); err != nil {
			t.Fatal(err)
		}
		refused := leave("refused")
		refused.State, refused.Decided = rota.Refused, rota.Act{StaffID: uuid.NewString(), Name: "示例·王主任", At: noon.Add(time.Second)}
		if _, _, err := db.Rota().AddChange(ctx, refused); err != nil {
			t.Fatal(err)
		}
		saved, err := db.Rota().Saved(ctx, noon)
		if diff := cmp.Diff([]rota.Change{want}, saved.Changes); err != nil || diff != "" || saved.Base != nil {
			t.Errorf("what counts from noon on: base %v, %v (-want +got):\n%s", saved.Base, err, diff)
		}
		history, err := db.Rota().History(ctx, 10)
		if diff := cmp.Diff([]rota.Change{want, refused, older}, history); err != nil || diff != "" {
			t.Errorf("the history: %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestABaseIsWrittenOverTheVersionThatWasRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		ctx, db := t.Context(), p.Open(t, nil)
		plan := rota.SavedPlan{Version: 1, Key: "k1", By: rota.Act{StaffID: uuid.NewString(), Name: "示例·王主任", At: noon}, Plan: rota.Plan{
			People:    []rota.Person{{ID: "chen", Name: "示例·陈老师", Mobile: "13800000001", Account: "chen"}},
			Districts: []rota.District{{Name: rota.City, Shifts: []rota.Shift{{Days: []string{"每天"}, From: "00:00", To: "24:00", Who: []string{"chen"}}}}},
		}}
		for range 2 { // a double click
			if err := db.Rota().SavePlan(ctx, plan); err != nil {
				t.Fatal(err)
			}
		}
		other := plan
		other.Key = "k2"
		if err := db.Rota().SavePlan(ctx, other); !errors.Is(err, rota.ErrConflict) {
			t.Errorf("over a version that is not the newest: %v, want ErrConflict", err)
		}
		saved, err := db.Rota().Saved(ctx, noon)
		if diff := cmp.Diff(&plan, saved.Base); err != nil || diff != "" {
			t.Errorf("read back: %v (-want +got):\n%s", err, diff)
		}
		other.Version = 2
		if err := db.Rota().SavePlan(ctx, other); err != nil {
			t.Fatal(err)
		}
		if plans, err := db.Rota().Plans(ctx, 10); err != nil || len(plans) != 2 || plans[0].Version != 2 || len(plans[0].People) != 0 {
			t.Errorf("who wrote the base: %+v, %v; want two, the newest first, without what it says", plans, err)
		}
		for _, row := range strs(t, raw(t, p), "SELECT body, '' FROM rota_plans") {
			if bytes.Contains([]byte(row[0]), []byte("13800000001")) {
				t.Error("somebody's telephone stands unsealed in the database")
			}
		}
	})
}

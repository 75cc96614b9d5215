package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

func TestAnImportSaysWhomItTouchesAndWritesOnce(t *testing.T) {
	t.Parallel()
	dir, data := t.TempDir(), t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../dialogs")); err != nil {
		t.Fatal(err)
	}
	environ := []string{"XINQIAO_DIALOGS_DIR=" + dir, "XINQIAO_DATA_DIR=" + data}
	table := filepath.Join(t.TempDir(), "站点.csv")
	head := "编号,名称,区,地址,电话,坐标,开放时间\n"
	a := "1,甲站（示例）,天河,天河区示例路 1 号,020-0000-0001,\"113.33,23.13\",每天 9:00-17:00\n"
	b := "2,乙站（示例）,天河,天河区示例路 2 号,020-0000-0001,\"113.33,23.13\",每天 9:00-17:00\n"
	imports := func(rows string, code int, args []string, wants ...string) {
		t.Helper()
		if err := os.WriteFile(table, []byte(head+rows), 0o600); err != nil {
			t.Fatal(err)
		}
		got, out, errs := command(t.Context(), t, environ, "", append([]string{"import", "stations", table}, args...)...)
		for _, want := range wants {
			if got != code || !strings.Contains(out+errs, want) {
				t.Fatalf("%d, want %d and %q in:\n%s%s", got, code, want, out, errs)
			}
		}
	}
	imports(a+b, exitFine, nil, "新的 2，改了 0，没有了 0", "已经写进")

	e := env{environ: environ, out: io.Discard, err: io.Discard}
	cmd := &cobra.Command{}
	cmd.SetContext(t.Context())
	cmd.Flags().String("config", "", "")
	err := e.withDB(cmd, func(ctx context.Context, db *store.DB) error {
		if err := db.Migrate(ctx); err != nil {
			return err
		}
		p, err := db.People().Resolve(ctx, channel.Address{Channel: "wechat", Account: "main", User: "u1"})
		if err != nil {
			return err
		}
		d, err := booking.LoadStations(os.DirFS(filepath.Join(dir, "stations")))
		if err != nil {
			return err
		}
		s := booking.Service{Directory: func() *booking.Directory { return d }, Store: db.Appointments(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: time.Now}}
		_, err = s.Book(ctx, booking.Wish{Key: "k", Person: p.ID, Slot: "st-002@" + time.Now().In(citytime.Zone).AddDate(0, 0, 3).Format("20060102") + "0900"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "stations", "imported.yaml")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	imports(a+b, exitFine, nil, "一样的 2", "没有要改的")
	imports(a, exitFine, []string{"--dry-run"}, "没有了  乙站（示例）（st-002）  有 1 个还没到的预约，请先联系他们", "没有写进去")
	imports(strings.ReplaceAll(a+b, "9:00-17:00", "9:00"), exitFailed, nil, "G2 格（开放时间）", "G3 格（开放时间）", "共 2 行，2 行要改")
	imports("", exitFailed, nil, "只有表头", "原来的不动")
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("a try and two bad tables changed the file: %v", err)
	}
}

package store_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/privacy"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func TestTheYearlyReportIsFilledFromWhatIsHeldAndWasDone(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		who, _ := life(t, db, "oReported")
		now := noon.Add(48 * time.Hour)
		trail := audit.New(db.Audit(), db.Sealer().Digest, func() time.Time { return now })
		for _, e := range []struct {
			role string
			kind audit.Kind
		}{{"counsellor", audit.OpenConversation}, {"counsellor", audit.OpenConversation}, {"supervisor", audit.OpenIdentity}, {audit.RolePerson, audit.ErasePerson}, {"counsellor", audit.SignInFailed}} {
			if err := trail.Record(audit.With(ctx, audit.Actor{ID: "a", Name: "示例", Role: e.role}), audit.Event{Kind: e.kind, Object: "o"}); err != nil {
				t.Fatal(err)
			}
		}
		s := &privacy.Service{Store: db.Privacy(), Now: func() time.Time { return now }, City: citytime.Zone, MediaAfterClose: 30 * 24 * time.Hour, MediaAtMost: 90 * 24 * time.Hour}
		f, err := s.Figures(ctx, 2026)
		if err != nil {
			t.Fatal(err)
		}
		var doc, csv bytes.Buffer
		if err := errors.Join(s.Write(&doc, f), s.WriteTables(&csv, f)); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"（2026 年）", "这一年还没有过完", "第三十七条", "| 对话 | ", "结案 30 天后，最迟收到 90 天后", "| 学生（未成年人） | 公众号 | 1 | 1 |", "| 打开个案和对话 | 心理老师 | 2 |", "| 看到了身份信息 | 督导 | 1 |",
			"删除资料（本人、撤回授权或受托办理） | 1 次", "登录失败、尝试太多被挡住 | 1 次", "【请填写】",
		} {
			if !strings.Contains(doc.String(), want) {
				t.Errorf("the report lacks %q", want)
			}
		}
		for _, secret := range []string{who.Alias, who.ID, "oReported", "示例:", "%!"} {
			if strings.Contains(doc.String()+csv.String(), secret) {
				t.Errorf("the report holds %q", secret)
			}
		}
		if !strings.Contains(csv.String(), "打开个案和对话,心理老师,2") {
			t.Errorf("the table is %.500s", csv.String())
		}
		for _, year := range []int{2020, 2027} {
			if _, err := s.Figures(ctx, year); err == nil {
				t.Errorf("there is a report of %d", year)
			}
		}
	})
}

// gone is a database that counts one table that the report names nothing of.
type gone struct{ privacy.Store }

func (g gone) Held(ctx context.Context) (map[string]int, error) {
	held, err := g.Store.Held(ctx)
	held["new_table"] = 7
	return held, err
}

func TestTheYearlyReportLeavesOutNoTableThatHoldsSomethingOfAPerson(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	s := &privacy.Service{Store: gone{db.Privacy()}, Now: func() time.Time { return noon }, City: citytime.Zone}
	f, err := s.Figures(t.Context(), 2026)
	if err != nil {
		t.Fatal(err)
	}
	var doc bytes.Buffer
	if err := s.Write(&doc, f); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(doc.String(), "| 其他（表 new_table） | 7 |") {
		t.Error("a table that was forgotten in the report is missing from it")
	}
}

package event

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/sheet"
)

// Attendance writes a date's list for the door as CSV that opens in a spreadsheet: who has a seat, then who waits, then
// who cancelled. Alias turns a person into the name that staff may see.
func (s *Service) Attendance(ctx context.Context, dateID string, alias func(ctx context.Context, personID string) (string, error), out io.Writer) (rows int, err error) {
	date, ok := s.Calendar().Date(dateID)
	if !ok {
		var known strings.Builder
		for _, d := range s.Calendar().Upcoming("", s.Time()) {
			_, _ = fmt.Fprintf(&known, "\n  %s  %s %s", d.ID, d.When(), d.Title)
		}
		return 0, fmt.Errorf("no event %q in dialogs/events; to come are:%s", dateID, known.String())
	}
	all, err := s.Store.At(ctx, dateID)
	if err != nil {
		return 0, fmt.Errorf("read the attendance of %s: %w", dateID, err)
	}
	table := [][]string{{"活动", "时间", "签到码", "称呼", "代号", "状态", "座位", "报名时间", "到场"}}
	for _, state := range []string{"已报名", "候补", "已取消"} {
		for _, x := range all {
			if x.state() != state {
				continue
			}
			who, err := alias(ctx, x.Person)
			if err != nil {
				return 0, fmt.Errorf("name who comes: %w", err)
			}
			seat := ""
			if x.Seat > 0 {
				seat = strconv.Itoa(x.Seat)
			}
			table = append(table, []string{date.Title, date.When(), x.Code, x.Name, who, state, seat, x.SignedAt.In(citytime.Zone).Format("2006-01-02 15:04"), ""})
		}
	}
	if err := sheet.Write(out, table); err != nil {
		return 0, fmt.Errorf("write the attendance: %w", err)
	}
	return len(table) - 1, nil
}

func (s Signup) state() string {
	switch {
	case !s.Active():
		return "已取消"
	case s.Waits():
		return "候补"
	}
	return "已报名"
}

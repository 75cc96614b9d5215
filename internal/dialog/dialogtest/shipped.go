// Package dialogtest holds the flows that tests of dialog and of the packages beside it share: those that are shipped, and
// as many as a whole city's. Nothing but tests imports it.
package dialogtest

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/bot"
	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/load"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
	"github.com/xinqiao-bot/xinqiao/internal/worry"
)

// Signatures are the commands that the shipped flows may call, without anything behind them.
var Signatures = dialog.Signatures{Facts: bot.Facts(), Commands: slices.Concat(bot.Commands(),
	(&family.Service{}).Commands(), (&course.Service{}).Commands(), (&event.Service{}).Commands(), (&habit.Service{}).Commands(), (&request.Service{}).Commands(), (&campaign.Service{}).Commands(), (&survey.Service{}).Commands(),
	(&booking.Service{}).Commands(), (&letter.Service{}).Commands(), (&rights.Service{}).Commands(), (&consent.Service{}).Commands(), (&staff.Service{}).Commands(), (&worry.Service{}).Commands())}

var (
	reading  sync.Once
	flows    *dialog.Set
	problems error
)

// Shipped are the shipped flows; root is the project's folder. They are read once: nothing of a talk is kept in them.
func Shipped(tb testing.TB, root string) *dialog.Set {
	tb.Helper()
	reading.Do(func() { flows, problems = load.Flows(os.DirFS(filepath.Join(root, "dialogs/flows")), Signatures) })
	if problems != nil {
		tb.Fatalf("the shipped flows have problems:\n%v", problems)
	}
	return flows
}

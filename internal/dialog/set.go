// Package dialog is the engine of the conversations that editors write in dialogs/flows: it steps through them. A step is
// pure: (flow set, state, input, environment) gives a new state, replies and perhaps a command to run; there is no I/O and no
// clock inside, so every conversation can be replayed. What a command does is not known here, only its signature. Start
// reading at Set.Step. Beside it stand plan (what flows consist of), faq (which question about the service a text asks), load
// (from YAML to a Set, with all that may be wrong with it), draw (a flow as a picture) and script (conversations as tests).
package dialog

import (
	"maps"
	"slices"
	"sync"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/faq"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
)

// Set is a loaded, checked set of flows. It never changes.
type Set struct {
	Version  string // a digest of the files
	plan     *plan.Plan
	faq      *faq.Book
	commands map[string]Command
	empty    sync.Map // of a *plan.Flow: what its expressions may read while nothing is known
}

// nothing is what a flow's expressions may read while nothing is known, to be filled in.
func (s *Set) nothing(f *plan.Flow) map[string]any {
	env, known := s.empty.Load(f)
	if !known {
		env, _ = s.empty.LoadOrStore(f, s.plan.Environment(f))
	}
	blank, _ := env.(map[string]any)
	return maps.Clone(blank)
}

// NewSet puts together what dialog/load read and checked; flows come from there alone.
func NewSet(version string, p *plan.Plan, questions *faq.Book, commands map[string]Command) *Set {
	return &Set{Version: version, plan: p, faq: questions, commands: commands}
}

// Plan is what the flows consist of, for drawing them.
func (s *Set) Plan() *plan.Plan { return s.plan }

// Unvisited lists the steps of the set that no conversation went through, as "flow.step".
func (s *Set) Unvisited(visited map[string]bool) []string {
	var out []string
	for _, id := range slices.Sorted(maps.Keys(s.plan.Flows)) {
		for _, step := range s.plan.Flows[id].Order {
			if !visited[id+"."+step] {
				out = append(out, id+"."+step)
			}
		}
	}
	return out
}

// Steps counts the steps of all flows.
func (s *Set) Steps() int { return s.plan.Steps }

// MediaPath is where the pictures of dialogs/media are served, each under its name.
const MediaPath = "/p/media/"

// Media lists the pictures that steps show.
func (s *Set) Media() []plan.MediaUse { return s.plan.Media }

package bot_test

import (
	"sync/atomic"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// cost is what a message asks of the database.
type cost struct{ statements, commits int64 }

func (r *room) cost(do func()) cost {
	r.t.Helper()
	count := func(what string) int64 {
		n, ok := r.asked.Load(what)
		if !ok {
			return 0
		}
		return n.(*atomic.Int64).Load() //nolint:forcetypeassert // nothing else is in it
	}
	before := cost{count(store.AskedStatement), count(store.AskedCommit)}
	do()
	return cost{count(store.AskedStatement) - before.statements, count(store.AskedCommit) - before.commits}
}

// TestAMessageAsksLittleOfTheDatabase holds what a message that must last costs: statements are most of it, and each commit
// waits for the disk. Whoever adds a statement here adds it to every cry for help on the worst evening of the year: put it into
// one that is there, or raise the number knowingly. (The last to come: a key of their own for a new person, and who was called
// for a case, who may see it wherever they work.)
func TestAMessageAsksLittleOfTheDatabase(t *testing.T) {
	for name, tc := range map[string]struct {
		before []string
		says   string
		most   cost
	}{
		"danger of a new person, who is made with their case": {nil, "我不想活了", cost{12, 1}},
		"danger of a known person":                            {[]string{"学生"}, "我不想活了", cost{9, 1}},
		"more danger, the case is open":                       {[]string{"我不想活了"}, "我真的不想活了", cost{8, 1}},
		"an answer in the talk after danger":                  {[]string{"我不想活了"}, "没有", cost{4, 1}},
		"browsing while a case is open":                       {[]string{"学生", "人工", "菜单"}, "菜单", cost{3, 1}},
		"browsing":                                            {[]string{"学生", "菜单"}, "菜单", cost{0, 0}},
		"a wish to talk with a human of a known person":       {[]string{"学生"}, "人工", cost{8, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			for _, s := range tc.before {
				r.says(s)
			}
			got := r.cost(func() { r.says(tc.says) })
			if got.statements > tc.most.statements || got.commits > tc.most.commits {
				t.Errorf("%q asked for %d statements and %d commits, want at most %d and %d", tc.says, got.statements, got.commits, tc.most.statements, tc.most.commits)
			}
		})
	}
	t.Run("a new person who looks round", func(t *testing.T) {
		r := newRoom(t)
		in := channel.Inbound{Address: channel.Address{Channel: "wechat", Account: "main", User: "o-other"}, ID: "1", Kind: channel.KindText, Text: "菜单", At: r.now}
		if got, most := r.cost(func() { r.sends(in) }), (cost{4, 1}); got.statements > most.statements || got.commits > most.commits {
			t.Errorf("asked for %+v, want at most %+v", got, most)
		}
	})
}

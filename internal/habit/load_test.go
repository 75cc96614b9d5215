package habit_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/xinqiao-bot/xinqiao/internal/habit"
)

const good = "  - id: a\n    name: 喝水\n    what: 每天多喝几杯温水。\n    why: 水喝够了，人有精神，也不容易头疼。\n    daily: [好]\n    reminders: [喝水了吗]\n"

func TestAMistakeInAHabitIsSaidWithItsPlaceAndHowToMendIt(t *testing.T) {
	for name, c := range map[string]struct{ old, fresh, want string }{
		"fine":                      {"", "", ""},
		"a name that is too long":   {"喝水\n", "每天喝八大杯温水\n", "habits/h.yaml:3:"},
		"a name that has no letter": {"name: 喝水", "name: 🥤", "印不出"},
		"no sentence for a day":     {"daily: [好]", "daily: []", "这里有 0 句"},
		"an empty reminder":         {"[喝水了吗]", "[喝水了吗, '']", "第 2 句"},
		"an unknown key":            {"what:", "whats:", "whats"},
		"an ID twice":               {"", good, "用过了"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(good, c.old, c.fresh, 1)
			if c.old == "" {
				text = good + c.fresh
			}
			_, err := habit.Load(fstest.MapFS{"h.yaml": {Data: []byte("habits:\n" + text)}})
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "habits/h.yaml:") {
				t.Errorf("said %v, want %q", err, c.want)
			}
		})
	}
}

func TestTheShippedHabitsSpeakToBoth(t *testing.T) {
	c, err := habit.Load(os.DirFS("../../dialogs/habits"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.All()) != 5 {
		t.Errorf("%d habits, want 5", len(c.All()))
	}
	for _, h := range c.All() {
		if all := h.What + h.Why + strings.Join(h.Daily, "") + strings.Join(h.Reminders, ""); strings.ContainsAny(all, "你您") || !h.Sample {
			t.Errorf("%s addresses one of the two, or is not marked as a sample", h.ID)
		}
	}
}

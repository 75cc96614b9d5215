package session_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/session"
)

func TestWhatComesFromOnePlaceIsCountedTogetherAndForATime(t *testing.T) {
	each(t, func(t *testing.T, s both) {
		tally := s.(session.Tally)
		add := func(key string, n int, within time.Duration) int {
			t.Helper()
			total, err := tally.Add(t.Context(), key, n, within)
			if err != nil {
				t.Fatal(err)
			}
			return total
		}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := tally.Add(t.Context(), "school", 1, time.Hour); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got := []int{add("school", 1, time.Hour), add("school", -2, time.Hour), add("home", 1, time.Hour), add("home", -5, time.Hour), add("home", 1, time.Hour)}
		if want := []int{21, 19, 1, 0, 1}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("counted %v, want %v", got, want)
		}
	})
}

func TestACountBeginsAnewWhenItsTimeIsOver(t *testing.T) {
	m, now := session.NewMemory(), time.Unix(1_800_000_000, 0)
	m.Now = func() time.Time { return now }
	for i, want := range []int{1, 2, 1} {
		if i == 2 {
			now = now.Add(time.Hour)
		}
		if got, err := m.Add(t.Context(), "school", 1, time.Hour); err != nil || got != want {
			t.Errorf("count %d is %d, %v, want %d", i, got, err, want)
		}
	}
}

package recall_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/recall"
)

func TestWhatIsAskedForAgainIsWorkedOutOnce(t *testing.T) {
	var (
		l     recall.Last[string, int]
		times int
	)
	of := func(text string) int { return l.Of(text, text, func() int { times++; return len(text) }) }
	for range 3 {
		if got := of("课程"); got != len("课程") {
			t.Fatalf("it came to %d", got)
		}
	}
	if times != 1 {
		t.Errorf("it was worked out %d times", times)
	}
	for i := range 100_000 { // what is asked for all the time stays, whatever else is
		of(strconv.Itoa(i))
		of("课程")
	}
	if times != 1+100_000 {
		t.Errorf("it was worked out %d times too often", times-1-100_000)
	}
	times = 0
	for range 2 {
		of("0") // long ago
		of(strings.Repeat("长", 100))
	}
	if times != 1+2 {
		t.Errorf("what was asked for long ago must be dropped, and what is long never kept: worked out %d times, want 3", times)
	}
}

func TestManyMayAskAtOnce(t *testing.T) {
	var (
		l  recall.Last[int, int]
		wg sync.WaitGroup
	)
	for range 8 {
		wg.Go(func() {
			for i := range 10_000 {
				if got := l.Of(i, "", func() int { return 2 * i }); got != 2*i {
					t.Errorf("%d came to %d", i, got)
				}
			}
		})
	}
	wg.Wait()
}

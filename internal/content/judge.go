package content

import (
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// judged is a judge, which never changes, and the digests of what it was made of and judged by.
type judged struct {
	judge        *risk.Judge
	words, tests string
}

// latest is the judge that was made last in this process. Its words take most of the time of a load and seldom change: an
// edit of a flow does not wait for them.
var latest atomic.Pointer[judged]

// loadJudge reads the words and rules of danger. A judge that misses a sentence of tests does not go live.
func loadJudge(words, tests fs.FS) (*risk.Judge, error) {
	wordsDigest, err := hash(words, ".yaml", ".bin")
	if err != nil {
		return nil, fmt.Errorf("read the words of danger: %w", err)
	}
	testsDigest, err := hash(tests, ".jsonl")
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // content without sentences of its own is judged by none
		return nil, fmt.Errorf("read the sentences that words of danger are judged by: %w", err)
	}
	if l := latest.Load(); l != nil && l.words == wordsDigest && l.tests == testsDigest {
		return l.judge, nil
	}
	j, err := risk.Load(words)
	if err != nil {
		return nil, err
	}
	if err := risk.Required(tests, j); err != nil {
		return nil, err
	}
	latest.Store(&judged{j, wordsDigest, testsDigest})
	return j, nil
}

package content

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/crisis"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
	"github.com/xinqiao-bot/xinqiao/internal/worry"
)

// part is a part of the content as it was read last in this process. Content is read anew at every edit, which changes one
// part, and for every account, which has few of its own: nobody waits for what stayed as it was. A part never changes
// after it is read, so that many versions may have it in common.
type part[T any] struct {
	mu   sync.Mutex
	kept []keptPart[T] // newest first
}

type keptPart[T any] struct {
	digest string
	value  T
}

// keptMost is enough for the common content, an edit that is tried, and some accounts.
const keptMost = 4

var (
	judges  part[*risk.Judge]
	talks   part[*crisis.Texts]
	courses part[*course.Catalogue]
	worries part[*worry.Book]
	surveys part[*survey.Library]
	flows   part[*dialog.Set]
)

// signed says what flows are read against beside files, in so far as it counts.
func signed(with dialog.Signatures) string {
	commands := slices.Clone(with.Commands)
	for i := range commands {
		commands[i].Run = nil
	}
	return fmt.Sprintf("%+v %+v", commands, with.Facts)
}

// source is where a part is read from: a folder and the endings of its files that count.
type source struct {
	folder fs.FS
	ends   []string
}

// read returns the part as it was read from the same files, else reads it. What cannot be read is not kept.
func (p *part[T]) read(load func() (T, error), from ...source) (T, error) {
	return p.readBy("", load, from...)
}

// readBy is read for what goes by more than files.
func (p *part[T]) readBy(by string, load func() (T, error), from ...source) (T, error) {
	digests := []string{by}
	for _, s := range from {
		d, err := hash(s.folder, s.ends...)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // what a folder must hold, the loader says
			var none T
			return none, fmt.Errorf("read content: %w", err)
		}
		digests = append(digests, d)
	}
	digest := strings.Join(digests, " ")
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.IndexFunc(p.kept, func(k keptPart[T]) bool { return k.digest == digest }); i >= 0 {
		k := p.kept[i]
		p.kept = slices.Insert(slices.Delete(p.kept, i, i+1), 0, k)
		return k.value, nil
	}
	v, err := load()
	if err != nil {
		return v, err
	}
	p.kept = slices.Insert(p.kept, 0, keptPart[T]{digest, v})
	p.kept = p.kept[:min(len(p.kept), keptMost)]
	return v, nil
}

// loadJudge reads the words and rules of danger. A judge that misses a sentence of tests does not go live.
func loadJudge(words, tests fs.FS) (*risk.Judge, error) {
	return judges.read(func() (*risk.Judge, error) {
		j, err := risk.Load(words)
		if err != nil {
			return nil, err
		}
		return j, risk.Required(tests, j)
	}, source{words, []string{".yaml", ".bin"}}, source{tests, []string{".jsonl"}})
}

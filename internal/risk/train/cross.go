package train

import (
	"context"
	"errors"
	"hash/fnv"
	"math"
	"runtime"
	"strings"
	"sync"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// folds is into how many parts the real messages and the writers are split for cross-validation.
const folds = 6

// Crossed is an example as a model reads it that was trained without its group.
type Crossed struct {
	Example *Example
	Odds    [risk.LevelColumns]float64 // of every head but the last
}

// parts are the part in which each example is left out of training, -1 for never: the rules' authors' sentences are judged
// nowhere.
func (s *set) parts() []int {
	of, writers := make([]int, len(s.examples)), map[string]int{}
	for i := range s.examples {
		switch ex := &s.examples[i]; {
		case ex.Real:
			h := fnv.New32a()
			_, _ = h.Write([]byte(ex.Group)) // never fails
			of[i] = int(h.Sum32() % folds)
		case ex.projects():
			of[i] = -1
		default:
			if _, ok := writers[ex.Group]; !ok {
				writers[ex.Group] = len(writers) % folds
			}
			of[i] = writers[ex.Group]
		}
	}
	return of
}

// parallel works n things out, as many at once as there are processors, and returns them in their order.
func parallel(n int, work func(i int) ([]float64, error)) ([][]float64, error) {
	out, errs := make([][]float64, n), make([]error, n)
	room := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			out[i], errs[i] = work(i)
		})
	}
	wg.Wait()
	return out, errors.Join(errs...)
}

// cross reads every example with a model of the others.
func (s *set) cross(ctx context.Context, seed uint64) ([]Crossed, error) {
	of := s.parts()
	hs := s.heads()[:len(levelHeads)+1] // the levels and the register
	weights, err := parallel(folds*len(hs), func(i int) ([]float64, error) {
		part, h := i/len(hs), i%len(hs)
		return s.learn(ctx, hs[h], seed+uint64(h), func(k int) bool { return of[k] != part })
	})
	if err != nil {
		return nil, err
	}
	columns := make([][][]float64, folds)
	for part := range columns {
		w := weights[part*len(hs):][:len(hs)]
		for register := range risk.Registers {
			for h := range levelHeads {
				columns[part] = append(columns[part], s.of(register, w[h]))
			}
		}
		columns[part] = append(columns[part], w[len(levelHeads)])
	}
	var out []Crossed
	for i := range s.examples {
		if of[i] < 0 {
			continue
		}
		c := Crossed{Example: &s.examples[i]}
		for h, w := range columns[of[i]] {
			c.Odds[h] = dot(w, s.rows[i])
		}
		out = append(out, c)
	}
	return out, nil
}

// harmlessChat is how many of the messages to a chat-bot are taken to be harmless. Of the writers' sentences half are.
const harmlessChat = 0.9

// calibrate fits a and b of the logistic a*odds + b to what is true of a register's messages (Platt 1999): of the real ones
// with those that were not drawn for their words, of the chat with harmless ones as frequent as in life, so that a chance
// means what it says of everyday messages.
func calibrate(crossed []Crossed, register, h int) [2]float32 {
	harmless, dangers := 0, 0
	for _, c := range crossed {
		if c.Example.register() != register {
			continue
		}
		if c.Example.Level.AtLeast(risk.Medium) {
			dangers++
		} else {
			harmless++
		}
	}
	weight := func(ex *Example) float64 {
		switch {
		case ex.register() != register || ex.Doubt || h == 0 && strings.HasPrefix(ex.Group, worries):
			return 0
		case register == risk.Chat && !ex.Level.AtLeast(risk.Medium):
			return harmlessChat / (1 - harmlessChat) * float64(dangers) / float64(max(harmless, 1))
		case ex.Drawn:
			return 0.1
		}
		return 1
	}
	a, b := 1.0, 0.0
	for range 100 { // Newton's steps
		var ga, gb, haa, hab, hbb float64
		for _, c := range crossed {
			x, y := c.Odds[register*len(levelHeads)+h], 0.0
			weight := weight(c.Example)
			if c.Example.Level.AtLeast(levelHeads[h]) {
				y = 1
			}
			p := 1 / (1 + math.Exp(-(float64(a*x) + b)))
			g, k := float64(weight*(p-y)), float64(weight*float64(p*(1-p)))
			ga, gb = ga+float64(g*x), gb+g
			haa, hab, hbb = haa+float64(k*float64(x*x)), hab+float64(k*x), hbb+k
		}
		haa, hbb = haa+1e-3, hbb+1e-3
		det := float64(haa*hbb) - float64(hab*hab)
		da, db := (float64(hbb*ga)-float64(hab*gb))/det, (float64(haa*gb)-float64(hab*ga))/det
		da, db = min(max(da, -1), 1), min(max(db, -1), 1) // a whole step may lead too far
		a, b = a-da, b-db
		if math.Abs(da)+math.Abs(db) < 1e-9 {
			break
		}
	}
	return [2]float32{float32(a), float32(b)}
}

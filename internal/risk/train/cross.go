package train

import (
	"context"
	"errors"
	"hash/fnv"
	"math"
	"runtime"
	"sync"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// folds is into how many parts the real messages are split for cross-validation. A writer is a part of its own.
const folds = 6

// Crossed is an example as a model reads it that was trained without its group.
type Crossed struct {
	Example *Example
	Odds    [4]float64 // of Low, Medium, High and Imminent or above, before calibration
}

// part is the part in which an example is left out of training, -1 for never: the rules' authors' sentences are judged nowhere.
func (s *set) part(ex *Example, parts map[string]int) int {
	if ex.Real {
		h := fnv.New32a()
		_, _ = h.Write([]byte(ex.Group)) // never fails
		return int(h.Sum32() % folds)
	}
	if ex.projects() {
		return -1
	}
	p, ok := parts[ex.Group]
	if !ok {
		p = folds + len(parts)
		parts[ex.Group] = p
	}
	return p
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
	parts := map[string]int{}
	of := make([]int, len(s.examples))
	for i := range s.examples {
		of[i] = s.part(&s.examples[i], parts)
	}
	hs := s.heads()[:len(levelHeads)+1] // the levels and the register
	n := len(s.numbers)
	weights, err := parallel((folds+len(parts))*len(hs), func(i int) ([]float64, error) {
		part, h := i/len(hs), i%len(hs)
		return s.learn(ctx, hs[h], seed+uint64(h), func(k int) bool { return of[k] != part })
	})
	if err != nil {
		return nil, err
	}
	m := risk.Model{ChatShift: s.chatShift}
	var out []Crossed
	for i := range s.examples {
		if of[i] < 0 {
			continue
		}
		w := weights[of[i]*len(hs):]
		odds := make([]float64, 2*len(levelHeads)+1)
		for h := range levelHeads {
			odds[h] = dot(w[h][:n], s.forum[i])
			odds[len(levelHeads)+h] = dot(w[h], s.chat[i])
		}
		odds[2*len(levelHeads)] = dot(w[len(levelHeads)][:n], s.forum[i])
		out = append(out, Crossed{&s.examples[i], m.Mixed(odds)})
	}
	return out, nil
}

// calibrate fits a and b of the logistic a*odds + b to what is true of the real messages (Platt 1999), with those that were
// not drawn for their words, so that a chance means what it says of everyday messages.
func calibrate(crossed []Crossed, h int) [2]float32 {
	a, b := 1.0, 0.0
	for range 100 { // Newton's steps
		var ga, gb, haa, hab, hbb float64
		for _, c := range crossed {
			if !c.Example.Real || c.Example.Doubt {
				continue
			}
			weight := 1.0
			if c.Example.Drawn {
				weight = 0.1
			}
			x, y := c.Odds[h], 0.0
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
		a, b = a-da, b-db
		if math.Abs(da)+math.Abs(db) < 1e-9 {
			break
		}
	}
	return [2]float32{float32(a), float32(b)}
}

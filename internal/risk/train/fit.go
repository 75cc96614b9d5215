package train

import (
	"context"
	"math"
	"math/rand/v2"
)

// row is one example as a sparse vector: the numbers of its features, rising, and their values.
type row struct {
	at    []int32
	value []float32
}

// question is a yes-or-no question over rows: what is true of each, and what a mistake about it costs.
type question struct {
	rows []row
	yes  []bool
	cost []float64 // 0: left out
	size int       // how many features there are; the bias is one of them
}

const (
	passes      = 40   // over all examples at most
	closeEnough = 1e-2 // the greatest slope left at which the answer is taken
	innerClose  = 1e-3
)

// fit learns weights by logistic regression with L2 regularisation, in its dual form by coordinates (Yu, Huang, Lin 2011,
// as in liblinear). Products are rounded before they are added, so that every processor comes to the same weights.
func fit(ctx context.Context, q question, rnd *rand.Rand) ([]float64, error) {
	w := make([]float64, q.size)
	n := len(q.rows)
	alpha, beta, square := make([]float64, n), make([]float64, n), make([]float64, n)
	sign := make([]float64, n)
	var order []int
	for i, r := range q.rows {
		if q.cost[i] <= 0 {
			continue
		}
		order = append(order, i)
		sign[i] = -1
		if q.yes[i] {
			sign[i] = 1
		}
		alpha[i] = math.Min(0.001*q.cost[i], 1e-8)
		beta[i] = q.cost[i] - alpha[i]
		for k, f := range r.at {
			v := float64(r.value[k])
			square[i] += float64(v * v)
			w[f] += float64(float64(sign[i]*alpha[i]) * v)
		}
	}
	for range passes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rnd.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
		worst := 0.0
		for _, i := range order {
			r, c := &q.rows[i], q.cost[i]
			dot := 0.0
			for k, f := range r.at {
				dot += float64(w[f] * float64(r.value[k]))
			}
			a, b := square[i], float64(dot*sign[i])
			own, s := &alpha[i], 1.0
			if float64(0.5*float64(a*(beta[i]-alpha[i])))+b < 0 {
				own, s = &beta[i], -1
			}
			old := *own
			z := old
			if c-z < 0.5*c {
				z *= 0.1
			}
			slope := func() float64 { return float64(a*(z-old)) + float64(s*b) + math.Log(z/(c-z)) }
			g := slope()
			worst = math.Max(worst, math.Abs(g))
			moved := false
			for range 100 {
				if math.Abs(g) < innerClose {
					break
				}
				if to := z - g/(a+c/(c-z)/z); to > 0 {
					z = to
				} else {
					z *= 0.1
				}
				g = slope()
				moved = true
			}
			if !moved {
				continue
			}
			*own = z
			if s > 0 {
				beta[i] = c - z
			} else {
				alpha[i] = c - z
			}
			step := float64(float64(s*(z-old)) * sign[i])
			for k, f := range r.at {
				w[f] += float64(step * float64(r.value[k]))
			}
		}
		if worst < closeEnough {
			break
		}
	}
	return w, nil
}

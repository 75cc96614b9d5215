package wxsim

import (
	"math"
	"time"
)

// histogram counts durations in buckets that grow by 2 %, from a microsecond to
// half a minute and more: cheap to fill, exact enough for a percentile.
type histogram struct {
	count [1024]int
	n     int
	max   time.Duration
}

const growth = 1.02

var logGrowth = math.Log(growth)

func (h *histogram) put(d time.Duration) {
	us := float64(d) / float64(time.Microsecond)
	i := 0
	if us > 1 {
		i = min(int(math.Log(us)/logGrowth), len(h.count)-1)
	}
	h.count[i]++
	h.n++
	h.max = max(h.max, d)
}

func (h *histogram) add(o *histogram) {
	for i, c := range o.count {
		h.count[i] += c
	}
	h.n += o.n
	h.max = max(h.max, o.max)
}

// at is the duration that the share q of all did not exceed, rounded up to its
// bucket's end.
func (h *histogram) at(q float64) time.Duration {
	if h.n == 0 {
		return 0
	}
	rank := int(math.Ceil(q * float64(h.n)))
	for i, c := range h.count {
		if rank -= c; rank <= 0 {
			d := time.Duration(math.Exp(float64(i+1)*logGrowth) * float64(time.Microsecond))
			return min(d, h.max)
		}
	}
	return h.max
}

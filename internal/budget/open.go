package budget

import "sync"

// Hold takes one of a thing that lasts, such as an open line, until release is called. Its limits are the replica's own, and
// have no time.
func (p *Purse) Hold(t Thing, by By) (release func(), err error) {
	if p == nil {
		return func() {}, nil
	}
	p.here.mu.Lock()
	defer p.here.mu.Unlock()
	var keys []string
	for _, l := range p.limits[t] {
		who, counted := by.of(l.Per)
		if !counted {
			continue
		}
		key := "open:" + string(t) + ":" + string(l.Per) + ":" + who
		if p.here.open[key] >= l.Most {
			p.refused.WithLabelValues(string(t), string(l.Per)).Inc()
			return nil, &RefusedError{l, p.o.Now().Add(again)}
		}
		keys = append(keys, key)
	}
	for _, k := range keys {
		p.here.open[k]++
	}
	p.open.WithLabelValues(string(t)).Inc()
	var once sync.Once
	return func() {
		once.Do(func() {
			p.here.mu.Lock()
			defer p.here.mu.Unlock()
			for _, k := range keys {
				if p.here.open[k]--; p.here.open[k] == 0 {
					delete(p.here.open, k)
				}
			}
			p.open.WithLabelValues(string(t)).Dec()
		})
	}, nil
}

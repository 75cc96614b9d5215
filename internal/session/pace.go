package session

import (
	"net/netip"
	"sync"
	"time"
)

// Pace bounds how often something comes from one place within a time, on one replica: somebody may be as many visitors as
// they like, and a school's many phones may share one network.
type Pace struct {
	Most   int
	Within time.Duration

	mu    sync.Mutex
	since time.Time
	from  map[string]int
}

// Allows counts one more from a place, and says whether that is not too many.
func (p *Pace) Allows(from string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.from == nil || now.Sub(p.since) >= p.Within {
		p.since, p.from = now, map[string]int{}
	}
	p.from[from]++
	return p.from[from] <= p.Most
}

// Network is the part of an address that its owner does not choose: a subscriber of IPv6 has a whole /64 to choose from.
func Network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap().WithZone(""); a.Is4() {
		return a.String()
	}
	p, _ := a.Prefix(64) // an IPv6 address has one
	return p.String()
}

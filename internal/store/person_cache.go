package store

import (
	"sync"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/person"
)

const (
	peopleCached   = 20_000          // in each of two generations; some 10 MB in all when full
	peopleCacheTTL = 5 * time.Minute // how long an audience told to another replica may be unknown here
)

// peopleCache remembers who is behind an index hash, so that an ordinary message needs no query. It has two
// generations: when the young one is full it becomes the old one, and what was not asked for since is dropped.
type peopleCache struct {
	mu         sync.Mutex
	young, old map[string]cachedPerson
	now        func() time.Time
}

type cachedPerson struct {
	person person.Person
	until  time.Time
}

func newPeopleCache(now func() time.Time) *peopleCache {
	return &peopleCache{young: map[string]cachedPerson{}, now: now}
}

func (c *peopleCache) get(index string) (person.Person, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.young[index]
	if !ok {
		if e, ok = c.old[index]; ok {
			c.add(index, e)
		}
	}
	if !ok || !c.now().Before(e.until) {
		return person.Person{}, false
	}
	return e.person, true
}

func (c *peopleCache) put(index string, p person.Person) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(index, cachedPerson{p, c.now().Add(peopleCacheTTL)})
}

func (c *peopleCache) add(index string, e cachedPerson) {
	if len(c.young) >= peopleCached {
		c.old, c.young = c.young, make(map[string]cachedPerson, peopleCached)
	}
	c.young[index] = e
}

func (c *peopleCache) forget(index string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young, index)
	delete(c.old, index)
}

func (c *peopleCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.young, c.old = map[string]cachedPerson{}, nil
}

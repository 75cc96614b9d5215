// Package recall remembers what was last worked out. Many people say the same few words (a choice that they tap, 你好,
// the names of what they look for), and what those words mean comes of them and of the content alone: it is worked out once,
// and again when content is loaded anew, for a Last belongs to what it was worked out from. Nothing is kept here that
// depends on a person, on the time, or on another replica, and danger is never read from here.
package recall

import "sync"

const (
	most    = 2000 // in each of two generations
	longest = 64   // bytes: what is longer, hardly anybody says twice
)

// Last remembers what the latest keys came to. It is ready as it is, and safe for concurrent use. It has two generations: when
// the young one is full it becomes the old one, and what was not asked for since is dropped.
type Last[K comparable, V any] struct {
	mu         sync.Mutex
	young, old map[K]V
}

// Of returns what key comes to, which work works out where it is not remembered. Whoever gets it must leave it as it is. text
// is what people wrote of the key: long ones are not remembered.
func (l *Last[K, V]) Of(key K, text string, work func() V) V {
	if len(text) > longest {
		return work()
	}
	if v, ok := l.get(key); ok {
		return v
	}
	v := work()
	l.put(key, v)
	return v
}

func (l *Last[K, V]) get(key K) (V, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v, ok := l.young[key]
	if !ok {
		if v, ok = l.old[key]; ok {
			l.add(key, v)
		}
	}
	return v, ok
}

func (l *Last[K, V]) put(key K, v V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(key, v)
}

func (l *Last[K, V]) add(key K, v V) {
	if l.young == nil || len(l.young) >= most {
		l.old, l.young = l.young, map[K]V{}
	}
	l.young[key] = v
}

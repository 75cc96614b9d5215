package topics

import "math/bits"

// numbers are the grams that are known, each with its place among them. It holds no pointer and half of what a map would take:
// there are a hundred thousand, and the collector passes it over.
type numbers struct {
	grams []uint64
	slots []uint32 // of the place, from 1, where a gram should stand or in one of the next; 0 is free
	shift int
}

func newNumbers(grams []uint64) numbers {
	size := bits.Len(uint(2 * len(grams))) // at most half of the slots are taken
	n := numbers{grams: grams, slots: make([]uint32, 1<<size), shift: 64 - size}
	for place, g := range grams {
		at := n.slot(g)
		for n.slots[at] != 0 {
			at = n.next(at)
		}
		n.slots[at] = uint32(place) + 1 //nolint:gosec // some hundred thousand
	}
	return n
}

// slot spreads grams, which are small numbers, over all slots.
func (n *numbers) slot(g uint64) int {
	return int(g * 0x9E3779B97F4A7C15 >> n.shift) //nolint:gosec // fewer than there are slots
}

func (n *numbers) next(slot int) int { return (slot + 1) & (len(n.slots) - 1) }

// of is the place of a gram; false where it is not known.
func (n *numbers) of(g uint64) (int32, bool) {
	for at := n.slot(g); n.slots[at] != 0; at = n.next(at) {
		if place := n.slots[at] - 1; n.grams[place] == g {
			return int32(place), true //nolint:gosec // some hundred thousand
		}
	}
	return 0, false
}

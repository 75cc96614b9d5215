package booking

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// grid finds the stations round a position without looking at all of them: it sorts them into cells, and looks at ring
// after ring of cells until nothing outside can be nearer.
type grid struct {
	cells map[[2]int][]int // a cell to the indexes of its stations
}

// cellDegrees is the side of a cell: 2.2 km from south to north, 2.0 km from west to east. With a thousand stations in the
// town a cell holds a handful.
const cellDegrees = 0.02

func cellOf(lat, lng float64) [2]int {
	return [2]int{int(math.Floor(lat / cellDegrees)), int(math.Floor(lng / cellDegrees))}
}

func newGrid(all []Station) grid {
	g := grid{map[[2]int][]int{}}
	for i, s := range all {
		c := cellOf(s.Lat, s.Lng)
		g.cells[c] = append(g.cells[c], i)
	}
	return g
}

// cellMetres is what a cell measures at least, anywhere from which the city is near: its side from west to east north of it.
var cellMetres = metres(north+0.6, west, north+0.6, west+cellDegrees)

// farRings is how many rings of cells lie within the distance past which nothing is near any more.
var farRings = int(far/cellMetres) + 1

// nearest returns up to n stations within far of a position, the nearest first, and of two equally far the one whose ID
// comes first.
func (g grid) nearest(all []Station, lat, lng float64, n int) []Near {
	if n < 1 || !(lat >= -90 && lat <= 90 && lng >= -180 && lng <= 180) {
		return nil
	}
	at := cellOf(lat, lng)
	var found candidates
	for ring := 0; ring <= farRings; ring++ {
		before := len(found)
		for y := -ring; y <= ring; y++ {
			step := 1
			if y != -ring && y != ring {
				step = max(2*ring, 1) // the sides of the ring alone
			}
			for x := -ring; x <= ring; x += step {
				for _, i := range g.cells[[2]int{at[0] + y, at[1] + x}] {
					found.add(all, i, lat, lng, far)
				}
			}
		}
		if len(found) > before {
			found.sort(all)
		}
		if len(found) >= n && found[n-1].metres <= float64(ring)*cellMetres { // whatever lies further out is further away
			break
		}
	}
	return found.first(all, n)
}

// candidates are stations by their index, each with its distance: sorting these moves less than sorting stations.
type candidates []candidate

type candidate struct {
	index  int
	metres float64
}

func (c *candidates) add(all []Station, i int, lat, lng, limit float64) {
	if m := metres(lat, lng, all[i].Lat, all[i].Lng); m <= limit {
		*c = append(*c, candidate{i, m})
	}
}

func (c candidates) sort(all []Station) {
	slices.SortFunc(c, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.metres, b.metres), strings.Compare(all[a.index].ID, all[b.index].ID))
	})
}

func (c candidates) first(all []Station, n int) []Near {
	out := make([]Near, min(n, len(c)))
	for i := range out {
		out[i] = Near{all[c[i].index], c[i].metres}
	}
	return out
}

package page

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// stationsShown is how many stations stand on a page.
const stationsShown = 20

const saturday = 6

type stationRow struct {
	booking.Station
	Open     bool   // now
	Distance string // "" where nobody said where they are
}

type stationsPage struct {
	Stations  []stationRow
	Districts []string
	Kinds     []string
	District  string
	Kind      string
	Now, Sat  bool
	Near      bool // sorted by distance
	Found     int
	Before    string // addresses of the pages before and after, "" for none
	After     string
}

// stations lists where somebody can go. Where the visitor is comes by a posted form, so that it stands in no address and no
// log, and is kept nowhere.
func (h *Handler) stations(c *gin.Context, _ identity) error {
	dir := h.Directory()
	p := stationsPage{Districts: dir.Districts, Kinds: kindsOf(dir), Now: c.Query("open") == "now", Sat: c.Query("day") == "sat"}
	if d := c.Query("district"); slices.Contains(p.Districts, d) {
		p.District = d
	}
	if k := c.Query("kind"); slices.Contains(p.Kinds, k) {
		p.Kind = k
	}
	now := h.Now()
	keep := func(s booking.Station) bool {
		return (p.District == "" || s.District == p.District) && (p.Kind == "" || s.Kind == p.Kind) && (!p.Now || s.OpenAt(now)) && (!p.Sat || s.OpenOn(saturday))
	}
	var rows []stationRow
	if at, ok := position(c); ok {
		p.Near = true
		for _, n := range dir.Nearest(at, len(dir.All())) {
			if keep(n.Station) {
				rows = append(rows, stationRow{n.Station, n.OpenAt(now), n.Distance()})
			}
		}
	} else {
		for _, s := range dir.All() {
			if keep(s) {
				rows = append(rows, stationRow{Station: s, Open: s.OpenAt(now)})
			}
		}
	}
	p.Found = len(rows)
	n, err := strconv.Atoi(c.Query("page"))
	if err != nil || n < 1 || (n-1)*stationsShown >= len(rows) {
		n = 1
	}
	from := (n - 1) * stationsShown
	p.Stations = rows[from:min(from+stationsShown, len(rows))]
	if !p.Near { // the nearest ones are enough
		if n > 1 {
			p.Before = p.At("page", strconv.Itoa(n-1))
		}
		if from+stationsShown < len(rows) {
			p.After = p.At("page", strconv.Itoa(n+1))
		}
	}
	allow(c, "style-src", "script-src 'self'; style-src")
	h.show(c, http.StatusOK, "stations", p)
	return nil
}

// At is the address of the list with one choice changed.
func (p stationsPage) At(key, value string) string {
	q := url.Values{}
	for k, v := range map[string]string{"district": p.District, "kind": p.Kind, "open": on(p.Now, "now"), "day": on(p.Sat, "sat")} {
		if v != "" {
			q.Set(k, v)
		}
	}
	q.Del(key)
	if value != "" {
		q.Set(key, value)
	}
	if len(q) == 0 {
		return "/p/stations"
	}
	return "/p/stations?" + q.Encode()
}

func on(yes bool, word string) string {
	if yes {
		return word
	}
	return ""
}

// position reads where a browser says that it is: by GPS.
func position(c *gin.Context) (channel.Location, bool) {
	lat, err1 := strconv.ParseFloat(c.PostForm("lat"), 64)
	lng, err2 := strconv.ParseFloat(c.PostForm("lng"), 64)
	if err1 != nil || err2 != nil || !(lat >= -90 && lat <= 90 && lng >= -180 && lng <= 180) { // NaN is nowhere
		return channel.Location{}, false
	}
	return channel.Location{Latitude: lat, Longitude: lng, Datum: "wgs84"}, true
}

func kindsOf(d *booking.Directory) (kinds []string) {
	for _, s := range d.All() {
		if !slices.Contains(kinds, s.Kind) {
			kinds = append(kinds, s.Kind)
		}
	}
	return kinds
}

type stationPage struct {
	booking.Station
	Now  bool // somebody is there now
	Map  string
	Free []booking.Slot // the next few
}

// nextShown is how many of the next free times a station's page names.
const nextShown = 3

func (h *Handler) station(c *gin.Context, _ identity) error {
	s, ok := h.Directory().Station(c.Param("id"))
	if !ok {
		return booking.ErrNotFound
	}
	p := stationPage{Station: s, Now: s.OpenAt(h.Now()), Map: mapOf(s)}
	free, err := h.Bookings.Free(c.Request.Context(), s.ID)
	if err != nil { // where it is and how to call there is worth showing all the same
		h.Log.Warn("the free times of a station are not read", "station", s.ID, "error", err)
	}
	p.Free = free[:min(nextShown, len(free))]
	h.show(c, http.StatusOK, "station", p)
	return nil
}

// mapOf links to a map that needs no key; it counts in GCJ-02 as the directory does.
func mapOf(s booking.Station) string {
	q := url.Values{"position": {fmt.Sprintf("%.6f,%.6f", s.Lng, s.Lat)}, "name": {s.Name}}
	return "https://uri.amap.com/marker?" + q.Encode()
}

// Package booking is the city's counselling stations and the appointments there: the directory, what is near, which slots
// are free, and who has which place. That a place is never given twice is the database's word, not this package's hope.
// Start reading at Service; station.go is what a station has, directory.go where they all stand, slot.go the calendar.
package booking

import (
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Spot is a spot in the city that people name instead of a street: 珠江新城. Position is in GCJ-02 degrees.
type Spot struct {
	Name string   `yaml:"name"`
	Also []string `yaml:"also"`
	Lat  float64  `yaml:"lat"`
	Lng  float64  `yaml:"lng"`
}

// Directory is every station. It never changes.
type Directory struct {
	Districts []string
	rules     Rules
	spots     []Spot
	stations  []Station
	byID      map[string]int
	grid      grid
	words     words
}

// The bounds of the city, degrees.
const (
	south, north = 22.43, 23.94
	west, east   = 112.95, 114.06
)

type stationsFile struct {
	Districts []string  `yaml:"districts"`
	Places    []Spot    `yaml:"places"`
	Stations  []Station `yaml:"stations"`
	Rules     *Rules    `yaml:"rules"`
}

// LoadStations reads the directory under fsys, which is rooted at dialogs/stations. The error is a problem.Problems.
func LoadStations(fsys fs.FS) (*Directory, error) {
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("read stations: %w", err)
	}
	var ps problem.Problems
	d := &Directory{byID: map[string]int{}}
	var later []func()
	for _, name := range files {
		var f stationsFile
		doc, ok := problem.Read(fsys, name, "stations/"+name, &f, &ps)
		if !ok {
			continue
		}
		for _, district := range f.Districts { // a directory in several files may name them in each
			if !slices.Contains(d.Districts, district) {
				d.Districts = append(d.Districts, district)
			}
		}
		if f.Rules != nil {
			f.Rules.check(func(key, hint, format string, args ...any) { doc.Bad(&ps, "$.rules."+key, hint, format, args...) })
			d.rules = *f.Rules
		}
		for i, p := range f.Places {
			at := fmt.Sprintf("$.places[%d]", i)
			if utf8.RuneCountInString(p.Name) < 2 {
				doc.Bad(&ps, at+".name", "写大家叫得出的名字，两个字以上，例如 珠江新城", "地方的名字 %q 不对", p.Name)
			}
			if !inCity(p.Lat, p.Lng) {
				doc.Bad(&ps, at+".lat", cityHint, "位置 %v,%v 不在广州", p.Lat, p.Lng)
			}
			d.spots = append(d.spots, p)
		}
		for i, s := range f.Stations {
			at := fmt.Sprintf("$.stations[%d]", i)
			if _, taken := d.byID[s.ID]; taken {
				doc.Bad(&ps, at+".id", "请换一个编号", "编号 %s 用了两次", s.ID)
			}
			s.check(func(key, hint, format string, args ...any) { doc.Bad(&ps, at+"."+key, hint, format, args...) })
			later = append(later, func() { // a file may come before the one that names the districts
				if !slices.Contains(d.Districts, s.District) {
					doc.Bad(&ps, at+".district", "可以用的区写在 districts 里", "没有“%s”这个区", s.District)
				}
			})
			d.byID[s.ID] = len(d.stations)
			d.stations = append(d.stations, s)
		}
	}
	for _, check := range later {
		check()
	}
	d.grid, d.words = newGrid(d.stations), wordsOf(d.stations, d.spots)
	return d, ps.Err()
}

const cityHint = "纬度 22.43–23.94，经度 112.95–114.06，照高德或微信地图上的数写（GCJ-02 坐标）"

func inCity(lat, lng float64) bool { return lat >= south && lat <= north && lng >= west && lng <= east }

// Keeping returns the directory under the city's calendar: without one no day is a holiday.
func (d *Directory) Keeping(city *calendar.Days) *Directory {
	kept := *d
	kept.stations = slices.Clone(d.stations)
	for i := range kept.stations {
		kept.stations[i].city = city
	}
	return &kept
}

// Station returns a station by its ID.
func (d *Directory) Station(id string) (Station, bool) {
	i, ok := d.byID[id]
	if !ok {
		return Station{}, false
	}
	return d.stations[i], true
}

// All returns every station.
func (d *Directory) All() []Station { return d.stations }

// In returns the stations of a district; 天河 and 天河区 are the same.
func (d *Directory) In(district string) []Station {
	name := strings.TrimSuffix(strings.TrimSpace(district), "区")
	var out []Station
	for _, s := range d.stations {
		if strings.TrimSuffix(s.District, "区") == name {
			out = append(out, s)
		}
	}
	return out
}

// Near is a station and how far it is, in metres.
type Near struct {
	Station
	Metres float64
}

// far is the distance, in metres, past which nothing is near any more.
const far = 60_000

// Nearest returns up to n stations round a position, the nearest first.
func (d *Directory) Nearest(at channel.Location, n int) []Near {
	lat, lng := onMap(at)
	return d.grid.nearest(d.stations, lat, lng, n)
}

// onMap is a position as Chinese maps have it.
func onMap(at channel.Location) (lat, lng float64) {
	if at.Datum == "wgs84" {
		return toGCJ02(at.Latitude, at.Longitude)
	}
	return at.Latitude, at.Longitude
}

// metres is the great-circle distance on a sphere of 6,371 km (haversine).
func metres(lat1, lng1, lat2, lng2 float64) float64 {
	const rad, earth = math.Pi / 180, 6_371_000
	dLat, dLng := (lat2-lat1)*rad, (lng2-lng1)*rad
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(lat1*rad)*math.Cos(lat2*rad)*math.Pow(math.Sin(dLng/2), 2)
	return 2 * earth * math.Asin(math.Sqrt(min(h, 1)))
}

// toGCJ02 shifts GPS coordinates (WGS-84) as Chinese maps do: the published Krasovsky approximation, good to metres.
func toGCJ02(lat, lng float64) (float64, float64) {
	const a, ee = 6378245.0, 0.00669342162296594323
	x, y := lng-105, lat-35
	wave := func(v float64) float64 { return 20*math.Sin(6*v*math.Pi) + 20*math.Sin(2*v*math.Pi) }
	dLat := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*math.Sqrt(math.Abs(x)) + wave(x)*2/3 +
		(20*math.Sin(y*math.Pi)+40*math.Sin(y/3*math.Pi))*2/3 + (160*math.Sin(y/12*math.Pi)+320*math.Sin(y*math.Pi/30))*2/3
	dLng := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*math.Sqrt(math.Abs(x)) + wave(x)*2/3 +
		(20*math.Sin(x*math.Pi)+40*math.Sin(x/3*math.Pi))*2/3 + (150*math.Sin(x/12*math.Pi)+300*math.Sin(x/30*math.Pi))*2/3
	r := lat / 180 * math.Pi
	magic := 1 - ee*math.Sin(r)*math.Sin(r)
	root := math.Sqrt(magic)
	dLat = dLat * 180 / (a * (1 - ee) / (magic * root) * math.Pi)
	dLng = dLng * 180 / (a / root * math.Cos(r) * math.Pi)
	return lat + dLat, lng + dLng
}

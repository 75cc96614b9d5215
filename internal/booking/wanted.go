package booking

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// Wanted is what somebody says in plain words of the place they look for: 天河附近周六下午开的舒心驿站. What is not said is
// empty. Of several of one thing any will do.
type Wanted struct {
	Stations  []string   `json:",omitzero"` // IDs, where stations are named
	Districts []string   `json:",omitzero"`
	Streets   []string   `json:",omitzero"`
	Spots     []Spot     `json:",omitzero"`
	Kinds     []string   `json:",omitzero"`
	Services  []string   `json:",omitzero"`
	Near      bool       `json:",omitzero"` // near where the person is, or the nearest
	OpenNow   bool       `json:",omitzero"`
	WalkIn    bool       `json:",omitzero"` // without an appointment
	When      hanzi.Wish `json:",omitzero"`
}

// Nothing says that a text says nothing of a place.
func (w Wanted) Nothing() bool {
	return len(w.Stations)+len(w.Districts)+len(w.Streets)+len(w.Spots)+len(w.Kinds)+len(w.Services) == 0 && !w.Near && !w.OpenNow && !w.WalkIn
}

// SaysWhen says that a text says something of when.
func (w Wanted) SaysWhen() bool {
	return !w.When.Day.IsZero() || !w.When.First.IsZero() || w.When.Clock >= 0 || w.When.From >= 0 || len(w.When.Unsure) > 0
}

// alike are other words for the kinds and services of stations, for whoever does not know their names.
var alike = map[string][]string{
	"粤心安社会心理服务站": {"粤心安", "心理服务站", "心理站"}, "舒心驿站": {"驿站"}, "社工站": {"社工"}, "青年地带": {"青少年社工"},
	"家庭教育指导中心": {"家庭教育中心", "家教中心", "指导中心"}, "市家庭教育指导中心": {"市中心的家庭教育"}, "家庭教育服务站": {"家庭教育站", "家教站"}, "医院心理门诊": {"心理门诊", "门诊"},
	"亲子咨询": {"亲子"}, "个体咨询": {"一对一", "单独聊"}, "团体活动": {"团体", "小组"}, "青少年咨询": {"青少年"}, "家庭教育指导": {"家庭教育指导"}, "家庭探访": {"家访", "上门", "探访"},
}

var (
	nearWords   = []string{"附近", "最近的", "离我近", "离我最近", "离家近", "近一点", "就近", "旁边"}
	openWords   = []string{"现在开", "现在还开", "开着的", "现在有人", "现在能去", "现在可以去", "现在去", "还开着", "还开门", "正在开"}
	walkInWords = []string{"不用预约", "不用约", "不约也", "不预约", "直接去", "直接过去", "随到随"}
	// behind a street's name without its 街 or 镇 one of these must stand: 北京 is more than a street
	streetTails = []string{"街", "镇", "附近", "那边", "这边", "那里", "旁边"}
)

// Read reads what somebody wants of a place.
func (d *Directory) Read(said string, now time.Time) Wanted {
	text := hanzi.Fold(said)
	w := Wanted{When: hanzi.Wishes(said, now), OpenNow: saysAny(text, openWords), WalkIn: saysAny(text, walkInWords)}
	for _, name := range d.Districts {
		if stem := strings.TrimSuffix(name, "区"); strings.Contains(text, stem) {
			w.Districts = append(w.Districts, name)
		}
	}
	for i, sp := range d.spots {
		if saysAny(text, d.words.spots[i]) {
			w.Spots = append(w.Spots, sp)
		}
	}
	for i, name := range d.words.names {
		if strings.Contains(text, name) {
			w.Stations = append(w.Stations, d.stations[i].ID)
		}
	}
	for _, street := range d.words.streets {
		if saysStreet(text, street.said[0]) {
			w.Streets = append(w.Streets, street.name)
		}
	}
	w.Kinds = named(text, d.words.kinds)
	w.Services = named(text, d.words.services)
	w.Near = saysAny(text, nearWords) && len(w.Districts)+len(w.Streets)+len(w.Spots)+len(w.Stations) == 0
	if len(w.Streets) > 0 { // 天河区沙河街 says one place, not two
		w.Districts = nil
	}
	return w
}

// plainName is a station's name without the mark of a sample, folded.
func plainName(name string) string {
	return hanzi.Fold(strings.NewReplacer("（示例）", "", "(示例)", "").Replace(name))
}

// streetStem is a street's name, folded, without what it is.
func streetStem(street string) string {
	return strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(hanzi.Fold(street), "街道"), "街"), "镇")
}

// saysStreet says whether a text names a street, by its stem.
func saysStreet(text, stem string) bool {
	_, rest, found := strings.Cut(text, stem)
	if !found || utf8.RuneCountInString(stem) < 2 {
		return false
	}
	return text == stem || slices.ContainsFunc(streetTails, func(tail string) bool { return strings.HasPrefix(rest, tail) })
}

// named are the names that a text says, itself or in other words. A name within another that is said too is not meant.
func named(text string, names []naming) []string {
	var out, words []string
	for _, n := range names {
		for _, word := range n.said {
			if strings.Contains(text, word) {
				out, words = append(out, n.name), append(words, word)
				break
			}
		}
	}
	i := 0
	return slices.DeleteFunc(out, func(string) bool {
		word := words[i]
		i++
		return slices.ContainsFunc(words, func(other string) bool { return len(other) > len(word) && strings.Contains(other, word) })
	})
}

func saysAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// words are the names in a directory, worked out once.
type words struct {
	names                    []string   // of the stations, plain
	spots                    [][]string // what each spot is called, folded
	streets, kinds, services []naming   // each once
}

// naming is a name and the words, folded, by which a text says it.
type naming struct {
	name string
	said []string
}

func wordsOf(all []Station, spots []Spot) (w words) {
	seen := map[string]bool{"": true}
	add := func(to *[]naming, said func(name string) []string, names ...string) {
		for _, name := range names {
			if !seen[name] {
				seen[name] = true
				*to = append(*to, naming{name, said(name)})
			}
		}
	}
	stem := func(name string) []string { return []string{streetStem(name)} }
	words := func(name string) []string { return append([]string{hanzi.Fold(name)}, alike[name]...) }
	for _, s := range all {
		w.names = append(w.names, plainName(s.Name))
		add(&w.streets, stem, s.Street)
		add(&w.kinds, words, s.Kind)
		add(&w.services, words, s.Services...)
	}
	for _, s := range spots {
		w.spots = append(w.spots, append([]string{hanzi.Fold(s.Name)}, s.Also...))
	}
	return w
}

// fits says whether a station is what somebody wants, its distance aside.
func (w Wanted) fits(s Station, now time.Time) bool {
	one := func(said []string, has ...string) bool {
		return len(said) == 0 || slices.ContainsFunc(has, func(h string) bool { return slices.Contains(said, h) })
	}
	referred := len(w.Stations) > 0 || slices.Contains(w.Kinds, s.Kind) || len(w.Services) > 0 && one(w.Services, s.Services...)
	switch {
	case s.Referral && !referred:
		return false
	case len(w.Stations) > 0:
		return slices.Contains(w.Stations, s.ID)
	case !one(w.Districts, s.District) || !one(w.Streets, s.Street) || !one(w.Kinds, s.Kind) || !one(w.Services, s.Services...):
		return false
	case w.WalkIn && !s.WalkIn || w.OpenNow && !s.OpenAt(now):
		return false
	}
	return w.opens(s)
}

// opens says whether a station keeps hours on a day, and at a time of it, that somebody names.
func (w Wanted) opens(s Station) bool {
	first, last := w.When.First, w.When.Last
	if !w.When.Day.IsZero() {
		first, last = w.When.Day, w.When.Day
	}
	if first.IsZero() || last.Sub(first) > 31*24*time.Hour {
		return true
	}
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		for _, h := range s.HoursOn(day) {
			from, to := minutesAt(h.From), minutesAt(h.To)
			switch {
			case w.When.Clock >= 0 && (w.When.Clock < from || w.When.Clock >= to):
			case w.When.From >= 0 && (w.When.From >= to || w.When.To <= from):
			default:
				return true
			}
		}
	}
	return false
}

// minutesAt are the minutes of a clock time since midnight.
func minutesAt(hhmm string) int {
	at := on(time.Time{}, hhmm)
	return at.Hour()*60 + at.Minute()
}

// Find returns the stations that somebody wants, the nearest first where a position is known: the one that is given, or the
// spot that was named. At a spot what is further than a walk or a short ride is left out.
func (d *Directory) Find(w Wanted, here *channel.Location, now time.Time) []Near {
	at := here
	if len(w.Spots) > 0 {
		at = &channel.Location{Latitude: w.Spots[0].Lat, Longitude: w.Spots[0].Lng, Datum: "gcj02"}
	}
	if at == nil {
		var out []Near
		for _, s := range d.stations {
			if w.fits(s, now) {
				out = append(out, Near{s, unknown})
			}
		}
		return out
	}
	limit := float64(far)
	if len(w.Spots) > 0 {
		limit = aroundSpot
	}
	var found candidates
	lat, lng := onMap(*at)
	for i, s := range d.stations {
		if w.fits(s, now) {
			found.add(d.stations, i, lat, lng, limit)
		}
	}
	found.sort(d.stations)
	return found.first(d.stations, len(found))
}

// unknown is the distance of a station where nobody knows from where.
const unknown = -1

// aroundSpot is how far, in metres, a station may be from a spot that is named.
const aroundSpot = 8_000

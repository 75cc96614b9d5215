package staff

import (
	"github.com/xinqiao-bot/xinqiao/internal/reach"
)

// Map is what districts are made of: the accounts of the service that lie in them, by which people come, and the stations.
type Map func(districts []string) (places []reach.Place, stations []string)

// subjects are what the stores guard, with the rights by which somebody comes to see, or to count, of it: the first that they have
// says how far.
var subjects = map[reach.Subject][]Right{
	reach.Cases: {SeeCases, SeeBoard, SeeStats}, reach.Letters: {SeeLetters, SeeBoard, SeeStats}, reach.Requests: {KeepRequests},
	reach.Appointments: {SeeAppointments, SeeBoard, SeeFeedback, SeeStats},
}

// holder is whoever has rights: an account or a token.
type holder struct {
	id, serves string // no ID where nobody is called
	role       Role
	districts  []string
}

func (a Account) holder() holder {
	h := holder{a.ID, a.Serves, a.Role, a.Districts}
	if !a.Role.May(Acknowledge) {
		h.id = ""
	}
	return h
}

func (t Token) holder() holder { return holder{"", t.Serves, t.Role, t.Districts} }

func (h holder) bound() bool { return h.serves != "" || len(h.districts) > 0 }

func (h holder) may(right Right) bool {
	span := h.role.SpanOf(right)
	return span != "" && (span != City || !h.bound())
}

func (h holder) reach(right Right, m Map) reach.Reach {
	switch span := h.role.SpanOf(right); {
	case !h.may(right):
		return reach.Nothing(h.id)
	case span != Bound || !h.bound(): // of a station's own the reception takes care
		return reach.Reach{Everything: true, Staff: h.id}
	}
	r := reach.Reach{Staff: h.id, Account: h.serves, Districts: h.districts}
	if m != nil && len(h.districts) > 0 {
		r.Places, r.Stations = m(h.districts)
	}
	return r
}

func (h holder) reaches(m Map) map[reach.Subject]reach.Reach {
	by := make(map[reach.Subject]reach.Reach, len(subjects))
	for s, rights := range subjects {
		by[s] = reach.Nothing(h.id)
		for _, right := range rights {
			if h.may(right) {
				by[s] = h.reach(right, m)
				break
			}
		}
	}
	return by
}

// Bound says whether somebody works for certain districts, or one account, alone.
func (a Account) Bound() bool { return a.holder().bound() }

// May says whether somebody has a right.
func (a Account) May(right Right) bool { return a.holder().may(right) }

// Reach is how far a right of theirs reaches.
func (a Account) Reach(right Right, m Map) reach.Reach { return a.holder().reach(right, m) }

// Reaches is how far they see, by subject: what the context of their requests carries.
func (a Account) Reaches(m Map) map[reach.Subject]reach.Reach { return a.holder().reaches(m) }

// Reaches is how far the token's program sees, by subject.
func (t Token) Reaches(m Map) map[reach.Subject]reach.Reach { return t.holder().reaches(m) }

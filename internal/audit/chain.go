package audit

import (
	"net/netip"
	"strconv"
	"time"
)

// Line is one line of the trail.
type Line struct {
	Seq    int64 // 1, 2, 3 … without a gap
	At     time.Time
	Actor  string
	Name   string
	Role   string
	From   string // see Origin
	Kind   Kind
	Object string
	Note   string
	Prev   string // Hash of the line before
	Hash   string // keyed, over everything above
}

// Mark is a signed place in the trail: its end, or the last line that was removed when its time was over.
type Mark struct {
	Seq  int64
	Hash string // of the line with that number; "" before the first
	At   time.Time
	MAC  string // keyed, over the mark's name and everything above
}

// End is where the trail ends: by its mark, and by its last line. They differ where somebody had a hand in it.
type End struct {
	Head Mark
	Last Line // the zero Line where there is none
}

// Extension is what comes behind an end.
type Extension struct {
	Lines []Line
	Head  Mark
}

// The names of the two marks.
const (
	HeadMark  = "head"
	StartMark = "start"
)

func (l *Log) hash(x Line) string {
	return l.digest("audit line", strconv.FormatInt(x.Seq, 10), strconv.FormatInt(x.At.UnixMicro(), 10), x.Actor, x.Name, x.Role,
		x.From, string(x.Kind), x.Object, x.Note, x.Prev)
}

func (l *Log) mac(name string, m Mark) string {
	return l.digest("audit mark", name, strconv.FormatInt(m.Seq, 10), strconv.FormatInt(m.At.UnixMicro(), 10), m.Hash)
}

func (l *Log) mark(name string, seq int64, hash string, at time.Time) Mark {
	m := Mark{Seq: seq, Hash: hash, At: at}
	m.MAC = l.mac(name, m)
	return m
}

func (l *Log) signed(name string, m Mark) bool {
	return m.MAC == l.mac(name, m) || m.MAC == "" && m.Seq == 0 && m.Hash == "" // as the migration leaves it
}

// extend links lines behind an end. An end that does not fit is not mended in silence: a line says so, and stays.
func (l *Log) extend(at End, lines ...Line) Extension {
	seq, prev := max(at.Head.Seq, at.Last.Seq), at.Last.Hash
	if why := l.broken(at); why != "" {
		seq = max(seq, l.known().Seq)
		found := Line{At: lines[0].At, Actor: "program", Name: "xinqiao", Role: RoleProgram, Kind: Broken, Note: why}
		lines = append([]Line{found}, lines...)
	}
	for i := range lines {
		seq++
		lines[i].Seq, lines[i].Prev = seq, prev
		lines[i].Hash = l.hash(lines[i])
		prev = lines[i].Hash
	}
	return Extension{Lines: lines, Head: l.mark(HeadMark, seq, prev, lines[len(lines)-1].At)}
}

// broken says what does not fit at an end; "" where all does.
func (l *Log) broken(at End) string {
	known := l.known()
	switch {
	case !l.signed(HeadMark, at.Head):
		return "末尾的记号被改过"
	case at.Last.Seq != at.Head.Seq || at.Last.Hash != at.Head.Hash:
		return "末尾的记号是第 " + strconv.FormatInt(at.Head.Seq, 10) + " 行，最后一行却是第 " + strconv.FormatInt(at.Last.Seq, 10) + " 行"
	case at.Head.Seq < known.Seq:
		return "曾经写到第 " + strconv.FormatInt(known.Seq, 10) + " 行，现在只到第 " + strconv.FormatInt(at.Head.Seq, 10) + " 行"
	}
	return ""
}

func (l *Log) known() Mark {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen
}

// Origin is what is kept of a network address: eight digits for its network and eight for itself, so that it can be seen
// whether two lines came from one place, and no more.
func (l *Log) Origin(address string) string {
	if address == "" {
		return ""
	}
	network := address
	if ip, err := netip.ParseAddr(address); err == nil {
		bits := 24
		if ip = ip.Unmap(); ip.Is6() {
			bits = 64
		}
		if p, err := ip.WithZone("").Prefix(bits); err == nil {
			network, address = p.String(), ip.String()
		}
	}
	return l.digest("audit network", network)[:8] + "-" + l.digest("audit address", address)[:8]
}

package risk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Model is the learned reader's weights, as risk/train makes them and reader.bin keeps them. It is linear: each head's
// odds are a bias and the sum of its weights over a text's features. It is small: weights are whole numbers from -127 to
// 127, times a scale for each head and kind of feature.
type Model struct {
	Levels     Table // heads: Low to Imminent as forum posts say it, the same as chat messages say it, register, other
	Categories Table // one head for each of Families
	// Calibration turns the odds of each level in each register into true ones: a*odds + b, fitted on texts kept out of
	// training.
	Calibration [Registers][levelHeads][2]float32
}

// The registers: how a text is written.
const (
	Forum     = iota // a post that tells a story
	Chat             // a line or two to a chat-bot
	Registers        // how many there are
)

// The heads of Model.Levels. The first levelHeads are Low, Medium, High and Imminent: is the text at that level or above?
const (
	levelHeads   = 4
	chatHeads    = levelHeads     // where the chat's twins of the level heads begin
	registerHead = 2 * levelHeads // is it written as to a chat-bot rather than as on a forum?
	otherHead    = registerHead + 1
	LevelColumns = otherHead + 1 // how many heads Model.Levels has
)

// Families are the categories that Model.Categories tells apart.
var Families = []string{"suicide", "self_harm", "violence", "abuse", "sexual_abuse", "bullying", "psychosis", "eating", "runaway", "hopeless", "distress"}

// Kind says in which of the three lists of Features a feature stands.
type Kind uint8

// The kinds of features.
const (
	KindText Kind = iota
	KindSign
	KindShape
	kinds
)

// Table is weights by feature. Numbers rise; Weights has Columns entries for each.
type Table struct {
	Columns int
	Bias    []float32
	Scale   [kinds][]float32
	Kinds   []Kind
	Numbers []uint32
	Weights []int8

	rows []uint16 // by number: 1 + its place in Numbers, 0 for none
}

// How much each kind of feature counts in a text with n of that kind.
func textValue(n int) float64 { return 1 / math.Sqrt(float64(max(n, 1))) }
func signValue(n int) float64 { return 0.3 / math.Sqrt(math.Sqrt(float64(max(n, 1)))) }

const shapeValue = 0.2

// Values are what one feature of each kind counts in a text with these features.
func (f *Features) Values() [kinds]float64 {
	return [kinds]float64{textValue(len(f.Text)), signValue(len(f.Signs)), shapeValue}
}

// maxColumns is what a table may have.
const maxColumns = 16

// stamps remember which rows a text has met already: a feature counts once.
type stamps struct {
	of    []uint32
	round uint32
}

func (s *stamps) begin(rows int) {
	if len(s.of) < rows+1 {
		s.of = make([]uint32, rows+1)
	}
	if s.round++; s.round == 0 {
		clear(s.of)
		s.round = 1
	}
}

// odds sums the weights of a text's features for each head into out.
func (t *Table) odds(f *Features, s *stamps, out *[maxColumns]float64) {
	s.begin(len(t.Numbers))
	values := f.Values()
	*out = [maxColumns]float64{}
	for k, list := range [kinds][]uint32{f.Text, f.Signs, f.Shape} {
		var sum [maxColumns]int32
		for _, n := range list {
			row := t.rows[n]
			if row == 0 || t.Kinds[row-1] != Kind(k) || s.of[row] == s.round {
				continue
			}
			s.of[row] = s.round
			for c, w := range t.Weights[int(row-1)*t.Columns:][:t.Columns] {
				sum[c] += int32(w)
			}
		}
		for c := range t.Columns {
			out[c] += float64(sum[c]) * float64(t.Scale[k][c]) * values[k]
		}
	}
	for c := range t.Columns {
		out[c] += float64(t.Bias[c])
	}
}

// verdict is what the model makes of a text.
type verdict struct {
	at    [levelHeads]float64 // the calibrated chance of Low or above, Medium or above, and so on
	chat  float64             // how much it sounds like a line to a chat-bot
	other float64             // the chance that it is about somebody else
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func (m *Model) judge(f *Features, s *stamps) verdict {
	var odds [maxColumns]float64
	m.Levels.odds(f, s, &odds)
	return m.verdict(&odds)
}

func (m *Model) verdict(odds *[maxColumns]float64) (v verdict) {
	v.at, v.chat = m.Chances(odds[:])
	v.other = logistic(odds[otherHead])
	return v
}

// Chances are the calibrated chances of each level or above for a text with these odds of all heads, and how much it sounds
// like the chat: the true odds of the two registers are mixed by that.
func (m *Model) Chances(odds []float64) (out [levelHeads]float64, chat float64) {
	chat = logistic(odds[registerHead])
	for h, o := range m.mixed(odds, chat) {
		out[h] = logistic(o)
	}
	for h := levelHeads - 1; h > 0; h-- { // what is high is medium too
		out[h-1] = max(out[h-1], out[h])
	}
	return out, chat
}

func (m *Model) mixed(odds []float64, chat float64) (out [levelHeads]float64) {
	for h := range levelHeads {
		for register, share := range [Registers]float64{1 - chat, chat} {
			c := m.Calibration[register][h]
			out[h] += share * (float64(c[0])*odds[register*levelHeads+h] + float64(c[1]))
		}
	}
	return out
}

// severity is the expected level as a number from 0 to 1.
func (v *verdict) severity() float64 {
	sum := 0.0
	for _, p := range v.at {
		sum += p
	}
	return sum / levelHeads
}

// named is how much the odds of a family rise where a listed expression of it stands in the text.
const named = 3.0

// family is the category that the model hears most; topics are those that the signs name.
func (m *Model) family(f *Features, s *stamps, topics []string) string {
	var odds [maxColumns]float64
	m.Categories.odds(f, s, &odds)
	best := 0
	for c := range m.Categories.Columns {
		if slices.Contains(topics, Families[c]) {
			odds[c] += named
		}
		if odds[c] > odds[best] {
			best = c
		}
	}
	return Families[best]
}

const (
	modelFile  = "reader.bin"
	modelMagic = "XQREAD2\n"
)

// Encode writes the model as reader.bin has it.
func (m *Model) Encode() []byte {
	b := []byte(modelMagic)
	for _, register := range m.Calibration {
		for h := range levelHeads {
			b = appendFloats(b, register[h][:])
		}
	}
	for _, t := range []*Table{&m.Levels, &m.Categories} {
		b = binary.AppendUvarint(b, uint64(t.Columns))
		b = binary.AppendUvarint(b, uint64(len(t.Numbers)))
		b = appendFloats(b, t.Bias)
		for k := range kinds {
			b = appendFloats(b, t.Scale[k])
		}
		last := uint32(0)
		for i, n := range t.Numbers {
			b = binary.AppendUvarint(b, uint64(n-last)*uint64(kinds)+uint64(t.Kinds[i]))
			last = n
		}
		for _, w := range t.Weights {
			b = append(b, byte(w))
		}
	}
	return b
}

func appendFloats(b []byte, fs []float32) []byte {
	for _, f := range fs {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	return b
}

var errModel = errors.New("not a model of this version")

// decoder reads what Encode wrote; after the first error it reads nothing more.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.err = errModel
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) floats(into []float32) {
	for i := range into {
		if len(d.b) < 4 {
			d.err = errModel
			return
		}
		into[i] = math.Float32frombits(binary.LittleEndian.Uint32(d.b))
		if x := float64(into[i]); math.IsNaN(x) || math.IsInf(x, 0) {
			d.err = errModel
		}
		d.b = d.b[4:]
	}
}

// DecodeModel reads what Encode wrote.
func DecodeModel(raw []byte) (*Model, error) {
	if len(raw) < len(modelMagic) || string(raw[:len(modelMagic)]) != modelMagic {
		return nil, errModel
	}
	d := &decoder{b: raw[len(modelMagic):]}
	m := &Model{}
	for r := range m.Calibration {
		for h := range levelHeads {
			d.floats(m.Calibration[r][h][:])
		}
	}
	for i, t := range []*Table{&m.Levels, &m.Categories} {
		d.table(t, []int{LevelColumns, len(Families)}[i])
	}
	if d.err == nil && len(d.b) > 0 {
		d.err = fmt.Errorf("%w: %d bytes too many", errModel, len(d.b))
	}
	if d.err != nil {
		return nil, d.err
	}
	return m, nil
}

func (d *decoder) table(t *Table, columns int) {
	t.Columns = columns
	if d.uvarint() != uint64(columns) {
		d.err = errModel
	}
	n := d.uvarint()
	if d.err != nil || n >= 1<<16 {
		d.err = errModel
		return
	}
	t.Bias = make([]float32, columns)
	d.floats(t.Bias)
	for k := range kinds {
		t.Scale[k] = make([]float32, columns)
		d.floats(t.Scale[k])
	}
	t.Numbers, t.Kinds = make([]uint32, n), make([]Kind, n)
	last := uint64(0)
	for i := range t.Numbers {
		v := d.uvarint()
		last += v / uint64(kinds)
		if d.err != nil || last >= FeatureSpace {
			d.err = errModel
			return
		}
		t.Numbers[i], t.Kinds[i] = uint32(last), Kind(v%uint64(kinds))
	}
	if len(d.b) < int(n)*columns {
		d.err = errModel
		return
	}
	t.Weights = make([]int8, int(n)*columns)
	for i := range t.Weights {
		t.Weights[i] = int8(d.b[i])
	}
	d.b = d.b[len(t.Weights):]
	t.Index()
}

// Index prepares a table whose Numbers were filled in for reading.
func (t *Table) Index() {
	t.rows = make([]uint16, FeatureSpace)
	for i, n := range t.Numbers {
		t.rows[n] = uint16(i + 1)
	}
}

// loadModel reads the model under fsys; without the file the floor judges alone.
func (j *Judge) loadModel(fsys fs.FS, ps *problem.Problems) {
	raw, err := fs.ReadFile(fsys, modelFile)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		ps.Addf("risk/"+modelFile, 1, 1, "确认文件可以读取", "读不到文件")
		return
	}
	if j.model, err = DecodeModel(raw); err != nil {
		ps.Addf("risk/"+modelFile, 1, 1, "运行 xinqiao risk train 重新写出这个文件", "这个文件不是现在这一版的模型")
	}
}

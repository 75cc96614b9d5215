package topics_test

import (
	"slices"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/topics"
)

// pairs are the pairs of neighbouring characters.
func pairs(text string) (out []uint64) {
	before := uint64(0)
	for _, r := range text {
		out = append(out, before<<32|uint64(r))
		before = uint64(r)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

const (
	cost = iota
	way
	none
	classes
)

var examples = []topics.Example{
	{Class: cost, Text: "要多少钱"}, {Class: cost, Text: "收不收钱"}, {Class: cost, Text: "这个要钱吗"},
	{Class: way, Text: "坐几路车去"}, {Class: way, Text: "怎么坐车过去"},
	{Class: none, Text: "今天下雨"}, {Class: none, Text: "他又不写作业"}, {Class: none, Text: "谢谢你"}, {Class: none, Text: "他又哭了"},
}

func TestATextIsOfTheClassWhoseExamplesItIsLike(t *testing.T) {
	r := topics.Learn("", pairs, examples, classes)
	for text, want := range map[string]int{"请问要钱吗": cost, "那边坐车怎么去": way, "他又不听话": none} {
		chances := r.Chances(pairs(text))
		sum, best := float32(0), 0
		for c, p := range chances {
			if sum += p; p > chances[best] {
				best = c
			}
		}
		if best != want || sum < 0.99 || sum > 1.01 {
			t.Errorf("%s: chances %v, want class %d to be the likeliest", text, chances, want)
		}
	}
}

func TestTheSameExamplesAreLearnedOnce(t *testing.T) {
	if topics.Learn("", pairs, examples, classes) != topics.Learn("", pairs, slices.Clone(examples), classes) {
		t.Error("the same examples were learned twice")
	}
	if topics.Learn("", pairs, examples, classes) == topics.Learn("", pairs, examples[1:], classes) {
		t.Error("other examples gave the same reader")
	}
}

func TestATextOfWhichNothingIsKnownIsOfNoClassForSure(t *testing.T) {
	for c, p := range topics.Learn("", pairs, examples, classes).Chances(pairs("ХХХ")) {
		if p > 0.7 {
			t.Errorf("class %d has the chance %.2f for a text that no example says anything of", c, p)
		}
	}
}

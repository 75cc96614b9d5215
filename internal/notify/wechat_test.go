package notify

import (
	"context"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestATemplateIsFilledWithinThePlatformsLimits(t *testing.T) {
	var got []Message
	w, err := NewWeChat(Template{ID: "t", Fields: map[string]string{"thing1": "title", "phrase2": "level", "thing3": "district", "keyword4": "asked"}},
		func(_ context.Context, names []string) ([]string, error) {
			if diff := cmp.Diff([]string{"chen"}, names); diff != "" {
				t.Errorf("asked for (-want +got):\n%s", diff)
			}
			return []string{"p1", "p2"}, nil
		},
		func(_ context.Context, _ string, m Message) (bool, error) { got = append(got, m); return false, nil })
	if err != nil {
		t.Fatal(err)
	}
	a := alert
	a.Call, a.District = []Contact{{Name: "示例·陈老师", Account: "chen"}}, ""
	if _, err := w.Notify(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Key == got[1].Key || len(got[0].Key) > 32 || got[0].URL != a.URL {
		t.Fatalf("sent %+v, want one for each of two, told apart", got)
	}
	d := got[0].Data
	if n := utf8.RuneCountInString(d["thing1"]); n > 20 || d["phrase2"] != "紧急" || d["thing3"] != nothing || d["keyword4"] != "3 分钟内点“收到”或接手" {
		t.Errorf("filled in %d characters of title and %v", n, d)
	}
}

func TestATemplateMessageSaysWhomItDidNotReach(t *testing.T) {
	refused := errors.New("43004")
	for name, c := range map[string]struct {
		persons []string
		fail    map[string]bool // whether it may be tried again, by person
		retry   bool
		failed  bool
		told    int // of those called, where it is some
	}{
		"nobody bound theirs":       {nil, nil, false, true, 0},
		"one of two follows":        {[]string{"a", "b"}, map[string]bool{"a": false}, false, true, 1},
		"one of three is busy":      {[]string{"a", "b", "c"}, map[string]bool{"b": true}, true, true, 2},
		"all are told":              {[]string{"a", "b"}, nil, false, false, 0},
		"none follows":              {[]string{"a"}, map[string]bool{"a": false}, false, true, 0},
		"the platform does not say": {[]string{"a"}, map[string]bool{"a": true}, true, true, 0},
	} {
		w, err := NewWeChat(Template{ID: "t", Fields: map[string]string{"thing1": "alias"}},
			func(context.Context, []string) ([]string, error) { return c.persons, nil },
			func(_ context.Context, person string, _ Message) (bool, error) {
				if again, fails := c.fail[person]; fails {
					return again, refused
				}
				return false, nil
			})
		if err != nil {
			t.Fatal(err)
		}
		retry, err := w.Notify(t.Context(), alert)
		if retry != c.retry || (err != nil) != c.failed {
			t.Errorf("%s: retry %t, %v; want %t and failed %t", name, retry, err, c.retry, c.failed)
		}
		var part *Partial
		if errors.As(err, &part) != (c.told > 0) || part != nil && (part.Told != c.told || part.Called != len(c.persons)) {
			t.Errorf("%s: %+v, want %d told", name, part, c.told)
		}
	}
	if _, err := NewWeChat(Template{ID: "t", Fields: map[string]string{"thing1": "text"}}, nil, nil); err == nil {
		t.Error("a field that shows what is not on offer was taken")
	}
}

func TestAnotherTryReachesEachUnderTheSameKeyWhoeverElseIsCalled(t *testing.T) {
	persons, keys := []string{"a", "b"}, map[string][]string{}
	w, err := NewWeChat(Template{ID: "t", Fields: map[string]string{"thing1": "alias"}},
		func(context.Context, []string) ([]string, error) { return persons, nil },
		func(_ context.Context, person string, m Message) (bool, error) {
			keys[person] = append(keys[person], m.Key)
			return false, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	for _, persons = range [][]string{{"a", "b"}, {"b", "c"}} {
		if _, err := w.Notify(t.Context(), alert); err != nil {
			t.Fatal(err)
		}
	}
	if b := keys["b"]; b[0] != b[1] || b[0] == keys["a"][0] || b[0] == keys["c"][0] || len(b[0]) > 32 {
		t.Errorf("keys %v", keys)
	}
}

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
	if n := utf8.RuneCountInString(d["thing1"]); n > 20 || d["phrase2"] != "紧急" || d["thing3"] != nothing || d["keyword4"] != "3 分钟内点“我已看到”" {
		t.Errorf("filled in %d characters of title and %v", n, d)
	}
}

func TestATemplateMessageFailsOnlyWhereNobodyWasTold(t *testing.T) {
	refused := errors.New("43004")
	for name, c := range map[string]struct {
		persons []string
		fail    map[string]bool // whether it may be tried again, by person
		retry   bool
		failed  bool
	}{
		"nobody bound theirs":       {nil, nil, false, true},
		"one of two follows":        {[]string{"a", "b"}, map[string]bool{"a": false}, false, false},
		"none follows":              {[]string{"a"}, map[string]bool{"a": false}, false, true},
		"the platform does not say": {[]string{"a"}, map[string]bool{"a": true}, true, true},
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
		if retry, err := w.Notify(t.Context(), alert); retry != c.retry || (err != nil) != c.failed {
			t.Errorf("%s: retry %t, %v; want %t and failed %t", name, retry, err, c.retry, c.failed)
		}
	}
	if _, err := NewWeChat(Template{ID: "t", Fields: map[string]string{"thing1": "text"}}, nil, nil); err == nil {
		t.Error("a field that shows what is not on offer was taken")
	}
}

package editing

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const shippedDir = "../../dialogs"

// shippedItems are all items of the shipped content that forms can hold, with the file that each stands in.
func shippedItems(t *testing.T) (out []struct {
	src *source
	e   entry
}) {
	t.Helper()
	root := os.DirFS(shippedDir)
	for _, sh := range shapes {
		if sh.kind == Flow {
			continue
		}
		files, err := fs.Glob(root, sh.glob)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, name := range files {
			raw, err := fs.ReadFile(root, name)
			if err != nil {
				t.Fatal(err)
			}
			if name == sh.skip || !sh.holdsItems(raw) {
				continue
			}
			src, err := sh.read(name, raw)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, e := range src.items {
				n++
				out = append(out, struct {
					src *source
					e   entry
				}{src, e})
			}
		}
		if n == 0 {
			t.Errorf("no %s was found", sh.kind)
		}
	}
	return out
}

func TestAFormThatIsSavedUnchangedChangesNoByte(t *testing.T) {
	for _, it := range shippedItems(t) {
		sh := it.src.shape
		v, ok := sh.valuesOf(it.e.value)
		if !ok {
			t.Logf("%s: %s has more than the form shows", it.src.name, it.e.key)
			continue
		}
		if text := it.src.written(it.e, sh.itemOf(v)); text != it.src.text(it.e) {
			t.Fatalf("%s: saving %s unchanged writes\n%s\ninstead of\n%s", it.src.name, it.e.key, text, it.src.text(it.e))
		}
	}
}

// words are what people type, and what YAML makes something else of.
func words() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"孩子不想上学", "是", "yes", "null", "~", "12", "09:00", "2026-03-02", "- 一", "a: b", "#井号", "说“好”", "it's", `"quoted"`, "{花括号}", "[a, b]", "*星", "&锚", "!叹", "%百", "@at", "`x`", "a #b", "结尾:", "，逗号", ", comma", "\\n", "{{you}}", "| x", "> y", "? z", "0x1F", "1e3", "true", "…", "a\tb", "---", "..."}),
		rapid.StringMatching(`[\p{Han}a-z0-9 :,#'"\[\]{}|>*&!%@\-]{1,20}`),
	)
}

func TestAnEditOfOneFieldChangesOnlyItsLines(t *testing.T) {
	all := shippedItems(t)
	rapid.Check(t, func(t *rapid.T) {
		it := all[rapid.IntRange(0, len(all)-1).Draw(t, "item")]
		sh := it.src.shape
		v, ok := sh.valuesOf(it.e.value)
		if !ok {
			return
		}
		f := sh.fields[rapid.IntRange(0, len(sh.fields)-1).Draw(t, "field")]
		switch f.Form {
		case Text:
			v[f.Name] = []string{strings.Join(rapid.SliceOfN(words(), 1, 4).Draw(t, "text"), "\n")}
		case Lines:
			v[f.Name] = []string{strings.Join(rapid.SliceOfN(words(), 1, 5).Draw(t, "lines"), "\n")}
		case Line, Day, When:
			v[f.Name] = []string{words().Draw(t, "line")}
		case Number:
			v[f.Name] = []string{rapid.StringMatching(`[0-9]{1,3}|十二|１２`).Draw(t, "number")}
		default:
			delete(v, f.Name)
		}
		want := sh.itemOf(v)
		text := it.src.written(it.e, want)
		after := it.src.replace(it.e, text)
		full := merged(sh, it.e.value, want)
		without := *it.src
		without.items = nil
		for _, e := range it.src.items {
			if e.from != it.e.from {
				without.items = append(without.items, e)
			}
		}
		key := keyOf(sh, full)
		if sh.list == "" {
			key = it.e.key
		}
		if key == "" || taken(without.items, key) {
			return
		}
		if err := sh.holds(&without, after, key, full); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		// Every line that is not of this field stands as it stood, in its order.
		before := strings.Split(it.src.with(0, 0, ""), "\n")
		lines := strings.Split(after, "\n")
		first := 0
		for first < len(before) && first < len(lines) && before[first] == lines[first] {
			first++
		}
		same := 0
		for same < len(before)-first && same < len(lines)-first && before[len(before)-1-same] == lines[len(lines)-1-same] {
			same++
		}
		for i := first; i < len(before)-same; i++ {
			name := f.Name
			if sh.list == "" {
				name = it.e.key
			}
			if !inField(it.e, name, i) {
				t.Fatalf("%s: an edit of %s changed line %d, which is not its own: %q\n%s", it.src.name, f.Name, i+1, before[i], text)
			}
		}
	})
}

func taken(es []entry, key string) bool {
	for _, e := range es {
		if e.key == key {
			return true
		}
	}
	return false
}

func inField(e entry, name string, line int) bool {
	for _, f := range e.fields {
		if f.name == name && line >= f.from && line < f.to {
			return true
		}
	}
	return false
}

func TestCommentsEndsOfLinesAndOtherKeysStay(t *testing.T) {
	tests := map[string]struct{ before, after string }{
		"a comment behind the value and one above": {
			"lessons:\n  # 第一课\n  - id: a\n    # 讲什么\n    title: 旧 # 标题\n    mystery: {x: 1} # 新的键\n\n  # 第二课\n  - id: b\n    title: 别的\n",
			"lessons:\n  # 第一课\n  - id: a\n    # 讲什么\n    title: '新 #1' # 标题\n    mystery: {x: 1} # 新的键\n\n  # 第二课\n  - id: b\n    title: 别的\n",
		},
		"ends of lines as Windows writes them, a BOM, no end of the last line": {
			"\ufefflessons:\r\n  - id: a\r\n    title: 旧",
			"\ufefflessons:\r\n  - id: a\r\n    title: '新 #1'\r\n",
		},
		"a title that was not there": {
			"lessons:\n  - id: a\n    minutes: 3\n  - id: b\n",
			"lessons:\n  - id: a\n    title: '新 #1'\n    minutes: 3\n  - id: b\n",
		},
		"dashes at the edge": {
			"lessons:\n- id: a\n  title: 旧\n- id: b\nother: 1\n",
			"lessons:\n- id: a\n  title: '新 #1'\n- id: b\nother: 1\n",
		},
		"in braces": {
			"lessons:\n  - {id: a, title: 旧, x: 1}\n  - id: b\n",
			"lessons:\n  - id: a\n    title: '新 #1'\n    x: 1\n  - id: b\n",
		},
	}
	sh, _ := shapeOf(Lesson)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			src, err := sh.read("courses/x.yaml", []byte(tt.before))
			if err != nil {
				t.Fatal(err)
			}
			e, ok := src.find("a")
			if !ok {
				t.Fatal("the item is not found")
			}
			v, _ := sh.valuesOf(e.value)
			v.set("title", "新 #1")
			text := src.written(e, sh.itemOf(v))
			if got := src.replace(e, text); got != tt.after {
				t.Errorf("wrote\n%q\nwant\n%q", got, tt.after)
			}
		})
	}
}

func TestItemsAreAddedAndRemoved(t *testing.T) {
	sh, _ := shapeOf(Lesson)
	begun := sh.begin()
	src, err := sh.read("courses/desk.yaml", []byte(begun))
	if err != nil {
		t.Fatal(err)
	}
	one := src.add(src.fresh(map[string]any{"id": "one", "title": "第一"}))
	src, err = sh.read("courses/desk.yaml", []byte(one))
	if err != nil {
		t.Fatal(err)
	}
	two := src.add(src.fresh(map[string]any{"id": "two", "title": "第二"}))
	if !strings.HasSuffix(two, "lessons:\n  - id: one\n    title: 第一\n  - id: two\n    title: 第二\n") {
		t.Errorf("two lessons stand as\n%s", two)
	}
	src, err = sh.read("courses/desk.yaml", []byte(two))
	if err != nil {
		t.Fatal(err)
	}
	e, _ := src.find("two")
	if got := src.replace(e, ""); got != one {
		t.Errorf("without the second:\n%s", got)
	}
	src, _ = sh.read("courses/desk.yaml", []byte(one))
	e, _ = src.find("one")
	if got := src.replace(e, ""); got != begun {
		t.Errorf("without any:\n%s\nwant\n%s", got, begun)
	}
}

func TestAFolderWithAnotherTextInOneFile(t *testing.T) {
	root := os.DirFS(shippedDir)
	for _, name := range []string{"courses/desk.yaml", "courses/samples-teen.yaml", "menu.yaml", "nowhere/new.yaml"} {
		o := over(root, name, "lessons: []\n")
		raw, err := fs.ReadFile(o, name)
		if err != nil || string(raw) != "lessons: []\n" {
			t.Errorf("%s reads %q, %v", name, raw, err)
		}
		entries, err := fs.ReadDir(o, path.Dir(name))
		n := 0
		for _, e := range entries {
			if e.Name() == path.Base(name) {
				n++
			}
		}
		if err != nil || n != 1 {
			t.Errorf("%s stands %d times in its folder (%v)", name, n, err)
		}
		sub, err := fs.Sub(o, path.Dir(name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := fs.Glob(sub, "*.yaml"); err != nil || !strings.Contains(strings.Join(got, " "), path.Base(name)) {
			t.Errorf("%s is not found by a pattern: %v, %v", name, got, err)
		}
	}
	if _, err := over(root, "x.yaml", "").Open("y.yaml"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestAFlowThatAFormCannotShowIsNotOpened(t *testing.T) {
	simple := newFlowHead + "flow: snack\ntitle: 点心时间\ntriggers:\n  words: [点心, 饿了]\nsteps:\n  start:\n    ask:\n      text: 想吃点什么？\n      choices:\n        - {label: 肠粉, goto: hot}\n        - {label: 回主菜单, goto: menu.start}\n  hot:\n    say: 肠粉要热的才好吃。\n"
	v, err := flowValues(simple)
	if err != nil {
		t.Fatal(err)
	}
	if got := flowYAML(newFlowHead, v); got != simple {
		t.Errorf("written back:\n%s\nwant\n%s", got, simple)
	}
	for name, text := range map[string]string{
		"variables":     "flow: x\nvars: {a: text}\nsteps:\n  start: {say: a}\n",
		"a condition":   "flow: x\nsteps:\n  start:\n    if:\n      - {else: b}\n  b: {say: x}\n",
		"a comment":     "flow: x\nsteps:\n  # 说明\n  start: {say: a}\n",
		"other answers": "flow: x\nsteps:\n  start: {ask: {text: a, type: yesno}}\n",
		"clicks":        "flow: x\ntriggers: {clicks: [A]}\nsteps:\n  start: {say: a}\n",
		"no YAML":       "flow: [\n",
	} {
		if _, err := flowValues(text); !errors.Is(err, ErrComplex) {
			t.Errorf("%s: %v, want ErrComplex", name, err)
		}
	}
}

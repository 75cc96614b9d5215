package intake

import (
	"context"
	"fmt"
	"io"
)

// field is one thing that an entry says, as the report names it; the first is the entry's name.
type field struct{ label, text string }

// Changes is what an import would change against the last one.
type Changes struct {
	New     []Item
	Changed []Item
	Gone    []Item
	Same    int
}

// Item is one entry that is new, changed or gone.
type Item struct {
	ID      string
	Name    string
	Fields  []string // what changed: 电话：旧的 → 新的
	Touches string   // whom that concerns, filled in by Touch
	moved   bool
}

// changes compares by ID, which every kind of content has.
func changes[T any](last, fresh []T, id func(T) string, fields func(T) []field) Changes {
	var c Changes
	old := map[string][]field{}
	for _, x := range last {
		old[id(x)] = fields(x)
	}
	for _, x := range fresh {
		key, now := id(x), fields(x)
		before, there := old[key]
		delete(old, key)
		it := Item{ID: key, Name: now[0].text}
		if !there {
			c.New = append(c.New, it)
			continue
		}
		for i, f := range now {
			if f.text != before[i].text {
				it.Fields = append(it.Fields, fmt.Sprintf("%s：%s → %s", f.label, quoted(before[i].text), quoted(f.text)))
				it.moved = it.moved || f.label == "地址" || f.label == "位置" || f.label == "开放时间" || f.label == "休息日" || f.label == "时间" || f.label == "取消"
			}
		}
		if len(it.Fields) == 0 {
			c.Same++
			continue
		}
		c.Changed = append(c.Changed, it)
	}
	for _, x := range last { // in their order
		if f, gone := old[id(x)]; gone {
			c.Gone = append(c.Gone, Item{ID: id(x), Name: f[0].text})
		}
	}
	return c
}

func quoted(s string) string {
	if s == "" {
		return "（空）"
	}
	return "“" + short(s) + "”"
}

// Touched says in words whom it concerns that something is gone or was moved; "" for nobody.
type Touched func(ctx context.Context, id string) (string, error)

// Touch looks for each entry that is gone, or that people have to come to at another time or place, whom that concerns.
func (c *Changes) Touch(ctx context.Context, look Touched) error {
	for _, list := range [][]Item{c.Gone, c.Changed} {
		for i := range list {
			it := &list[i]
			if it.Fields != nil && !it.moved {
				continue
			}
			var err error
			if it.Touches, err = look(ctx, it.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// Concern says whether anything changed that may concern people.
func (c Changes) Concern() bool {
	for _, it := range c.Changed {
		if it.moved {
			return true
		}
	}
	return len(c.Gone) > 0
}

// shown bounds how many entries of each list are named.
const shown = 50

func (c Changes) print(out io.Writer) {
	_, _ = fmt.Fprintf(out, "和上一次导入比：新的 %d，改了 %d，没有了 %d，一样的 %d。\n", len(c.New), len(c.Changed), len(c.Gone), c.Same)
	for _, list := range []struct {
		sign  string
		items []Item
	}{{"新", c.New}, {"改", c.Changed}, {"没有了", c.Gone}} {
		for i, it := range list.items {
			if i == shown {
				_, _ = fmt.Fprintf(out, "  %s  还有 %d 个\n", list.sign, len(list.items)-shown)
				break
			}
			line := fmt.Sprintf("  %s  %s（%s）", list.sign, it.Name, it.ID)
			if it.Touches != "" {
				line += "  " + it.Touches
			}
			_, _ = fmt.Fprintln(out, line)
			for _, f := range it.Fields {
				_, _ = fmt.Fprintf(out, "      %s\n", f)
			}
		}
	}
}

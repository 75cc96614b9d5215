package desk

import (
	"bytes"
	"fmt"

	"github.com/xuri/excelize/v2"

	"github.com/xinqiao-bot/xinqiao/internal/board"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/sheet"
)

// boardTable is one table of the board. The page, its charts and its downloads are all made of it, so that none of them
// can show what another hides.
type boardTable struct {
	Key, Title string
	Hint       string
	Chart      string // how board.js draws it: columns, rows, or not at all
	Head       []string
	Rows       []boardRow
}

// Hidden says that no line of it may be shown.
func (t boardTable) Hidden() bool {
	for _, r := range t.Rows {
		for _, c := range r.Cells {
			if c.Text != "—" {
				return false
			}
		}
	}
	return true
}

// boardRow is one line, with the level or the outcome that it is about as its key.
type boardRow struct {
	Key, Name string
	Cells     []boardCell
}

// boardCell is one cell as it is read, and the number in it where it is shown.
type boardCell struct {
	Text  string
	N     int
	Exact bool // N is Text
	Small bool
	Drawn bool // a number of people, which a chart may draw
}

func numberCell(c board.Count) boardCell {
	return boardCell{Text: c.String(), N: c.N(), Small: c.Small(), Drawn: true, Exact: c.String() == fmt.Sprint(c.N())}
}

func textCell(s string) boardCell { return boardCell{Text: s} }

// boardTables are all that the board shows of a period.
func boardTables(b board.Board) []boardTable {
	sum := func(name string, cells ...boardCell) boardRow { return boardRow{Name: name, Cells: cells} }
	ts := []boardTable{{
		Key: "sum", Title: "总的情况", Head: []string{"", "数目"},
		Rows: []boardRow{
			sum("危险个案（关注、高危、紧急）", numberCell(b.Cases)), sum("超时才有人看到", numberCell(b.Late)), sum("按时有人看到", textCell(b.Prompt.Rest())),
			sum("老师写下第一句话，一半在", textCell(board.Took(b.Spoken.Median))), sum("老师写下第一句话，九成在", textCell(board.Took(b.Spoken.Ninth))),
			sum("没有危险、想和老师说话", numberCell(b.Talks)), sum("结案", numberCell(b.Closed)), sum("结案时是误会", numberCell(b.Vain)),
			sum("误会占结案", textCell(b.VainShare.String())), sum("先问了一句", numberCell(b.Questions)), sum("到了时间的面谈预约", numberCell(b.Visits)),
		},
	}}
	cut := func(key, title, hint, chart, first string, lines []board.Line) {
		t := boardTable{Key: key, Title: title, Hint: hint, Chart: chart, Head: []string{first, "个案", "超时", "按时", "第一句话（一半在）"}}
		for _, l := range lines {
			t.Rows = append(t.Rows, boardRow{l.Key, l.Name, []boardCell{numberCell(l.Cases), numberCell(l.Late), textCell(l.Prompt.Rest()), textCell(board.Took(l.Spoken.Median))}})
		}
		ts = append(ts, t)
	}
	cut("levels", "按等级", "一个个案按它最重的时候算。", "columns", "等级", b.Levels)
	if b.Days != nil {
		along := "按周"
		if b.Period.Key == "7d" {
			along = "按天"
		}
		cut("days", along, "", "columns", "日子", b.Days)
	}
	cut("hours", "按一天里的钟点", "个案是几点建立的。", "columns", "钟点", b.Hours)
	cut("districts", "按区", "", "rows", "区", b.Districts)
	counted := func(key, title, hint, first, column string, lines []board.Line) {
		t := boardTable{Key: key, Title: title, Hint: hint, Chart: "rows", Head: []string{first, column}}
		for _, l := range lines {
			t.Rows = append(t.Rows, boardRow{l.Key, l.Name, []boardCell{numberCell(l.Cases)}})
		}
		ts = append(ts, t)
	}
	counted("answers", "先问的那一句，后来怎样", "“说有”“没说清”的，和重话之后没有回话的，都进了队列。", "回答", "次", b.Answers)
	counted("kept", "面谈预约", "时间在这段日子里的预约，现场来的也算。", "结果", "次", b.Kept)
	return ts
}

// boardRule is what stands on everything that leaves the desk.
const boardRule = "不到 10 的数写作 <10（包括没有）；能从别的数推出来的，写作 —；会变动的时段写到十位。"

func boardTitle(b board.Board) string {
	return "心桥看板 · " + b.Period.Label() + "（" + b.Period.Span() + "）· 做表时间 " + b.Made.In(citytime.Zone).Format("2006-01-02 15:04")
}

func writeCSV(b board.Board, out *bytes.Buffer) error {
	lines := [][]string{{boardTitle(b)}, {boardRule}}
	for _, t := range boardTables(b) {
		lines = append(lines, nil, []string{t.Title}, t.Head)
		for _, r := range t.Rows {
			line := []string{r.Name}
			for _, c := range r.Cells {
				line = append(line, c.Text)
			}
			lines = append(lines, line)
		}
	}
	return sheet.Write(out, lines)
}

// writeXLSX gives each table a sheet. Its texts are texts to a spreadsheet, whatever they begin with.
func writeXLSX(b board.Board, out *bytes.Buffer) (err error) {
	f := excelize.NewFile()
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	for i, t := range boardTables(b) {
		if i == 0 {
			err = f.SetSheetName(f.GetSheetName(0), t.Title)
		} else {
			_, err = f.NewSheet(t.Title)
		}
		if err != nil {
			return fmt.Errorf("write the sheet %s: %w", t.Title, err)
		}
		if err := writeSheet(f, b, t); err != nil {
			return fmt.Errorf("write the sheet %s: %w", t.Title, err)
		}
	}
	if err := f.Write(out); err != nil {
		return fmt.Errorf("write the tables: %w", err)
	}
	return nil
}

func writeSheet(f *excelize.File, b board.Board, t boardTable) error {
	w, err := f.NewStreamWriter(t.Title)
	if err != nil {
		return err
	}
	if err := w.SetColWidth(1, 1, 32); err != nil {
		return err
	}
	if err := w.SetColWidth(2, 5, 16); err != nil {
		return err
	}
	rows := [][]any{{boardTitle(b)}, {boardRule}, {}, {}}
	for _, h := range t.Head {
		rows[3] = append(rows[3], h)
	}
	for _, r := range t.Rows {
		line := []any{sheet.Cell(r.Name)}
		for _, c := range r.Cells {
			if c.Exact {
				line = append(line, c.N)
			} else {
				line = append(line, sheet.Cell(c.Text))
			}
		}
		rows = append(rows, line)
	}
	for i, row := range rows {
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			return err
		}
	}
	return w.Flush()
}

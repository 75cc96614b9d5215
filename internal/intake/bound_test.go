package intake

import (
	"archive/zip"
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// spent is how many bytes f asks for: a figure that no machine's speed changes.
func spent(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// packedBook packs a workbook of one sheet, whose parts may be anything.
func packedBook(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	all := map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>好</t></is></c></row></sheetData></worksheet>`,
	}
	for name, text := range parts {
		all[name] = text
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range all {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func rows(inside string) string {
	return "<worksheet><sheetData>" + inside + "</sheetData></worksheet>"
}

func TestASmallTableCannotMakeMuchWork(t *testing.T) {
	const sheet = "xl/worksheets/sheet1.xml"
	deep := strings.Repeat("<a>", 1<<20)
	var noise strings.Builder // packs too badly to be told by its size alone
	for i := range 100_000 {
		fmt.Fprintf(&noise, "<a%x>", i*2654435761)
	}
	var attrs strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&attrs, ` a%x="%d"`, i*2654435761, i)
	}
	var merged strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&merged, `<mergeCell ref="A1:XFD%d"/>`, 1048576-i)
	}
	text := func(s string) []byte { return []byte("编号,名称\n" + s) }
	for name, tt := range map[string]struct {
		data []byte
		want error
	}{
		"tags in each other":                   {packedBook(t, map[string]string{sheet: deep}), errBomb},
		"different tags in each other":         {packedBook(t, map[string]string{sheet: noise.String()}), errMaze},
		"the same in what cells share":         {packedBook(t, map[string]string{"xl/sharedStrings.xml": "<sst><si>" + noise.String()}), errMaze},
		"the same in the styles":               {packedBook(t, map[string]string{"xl/styles.xml": noise.String()}), errMaze},
		"the same in the list of sheets":       {packedBook(t, map[string]string{"xl/workbook.xml": noise.String()}), errMaze},
		"fifty megabytes of one text":          {packedBook(t, map[string]string{sheet: rows(`<row r="1"><c r="A1" t="str"><v>` + strings.Repeat("a", 40<<20))}), errBomb},
		"a text of half a megabyte":            {packedBook(t, map[string]string{sheet: rows(`<row r="1"><c r="A1" t="str"><v>` + strings.Repeat("好", 180_000) + "</v></c></row>")}), errMaze},
		"a tag with sixty thousand attributes": {packedBook(t, map[string]string{sheet: "<worksheet" + attrs.String() + ">"}), errMaze},
		"ten million empty texts":              {packedBook(t, map[string]string{"xl/sharedStrings.xml": "<sst>" + strings.Repeat("<si/>", 8<<20)}), errBomb},
		"types of its own":                     {packedBook(t, map[string]string{sheet: `<!DOCTYPE a [<!ENTITY b "c">]>` + rows("")}), errMaze},
		"a cell at the far end":                {packedBook(t, map[string]string{sheet: rows(`<row r="1048576"><c r="XFD1048576" t="str"><v>a</v></c></row>`)}), errTooWide},
		"merged cells over everything":         {packedBook(t, map[string]string{sheet: rows(`<row r="1"><c r="A1" t="str"><v>a</v></c></row>`) + merged.String()}), errTooWide},
		"a million columns":                    {text(strings.Repeat(",", 1<<20)), errTooWide},
		"a million columns in quotes":          {text(strings.Repeat("\"\n\",", 1<<18)), errTooWide},
		"a field of ten megabytes":             {text(`"` + strings.Repeat("好", 3<<20) + `"`), errMaze},
		"a thousand rows of empty columns":     {text(strings.Repeat(strings.Repeat(",", 1999)+"\n", 9000) + strings.Repeat("a\n", 2000)), errTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			took := spent(func() { _, err = readSheets(Source{Name: "表", Data: tt.data}) })
			t.Logf("%d KB took %d MB", len(tt.data)>>10, took>>20)
			if err == nil || err.Error() != tt.want.Error() {
				t.Errorf("it says %v, want %v", err, tt.want)
			}
			if most := uint64(len(tt.data))*6 + 200<<20; took > most {
				t.Errorf("%d KB took %d MB, at most %d", len(tt.data)>>10, took>>20, most>>20)
			}
		})
	}
}

func TestALargeHonestTableIsRead(t *testing.T) {
	var b strings.Builder
	for i := 1; i <= maxRows; i++ {
		fmt.Fprintf(&b, `<row r="%d">`, i)
		for _, c := range "ABCDEFGHIJKLMNOPQRST" {
			fmt.Fprintf(&b, `<c r="%c%d" s="1" t="inlineStr"><is><t>第 %d 行</t></is></c>`, c, i, i)
		}
		b.WriteString("</row>")
	}
	got, err := readSheets(Source{Name: "表.xlsx", Data: packedBook(t, map[string]string{"xl/worksheets/sheet1.xml": rows(b.String())})})
	if err != nil || len(got) != 1 || len(got[0].lines) != maxRows {
		t.Fatalf("%d sheets, %v", len(got), err)
	}
}

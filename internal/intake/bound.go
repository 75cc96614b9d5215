package intake

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// A small workbook can be made to be much work: its parts unpack to a thousand times their size, stand a million deep in each
// other, or hold one attribute of fifty megabytes. All XML of a workbook is read through here.
const (
	maxUnpacked  = 48 << 20  // bytes that all parts that are read may unpack to
	fewUnpacked  = 1 << 20   // below this nobody asks how well a part was packed
	maxPacking   = 150       // times its packed size; tables of real offices stay under 40
	maxTokens    = 2_500_000 // tags and texts of a workbook
	maxNested    = 32        // tags in each other; a workbook has eight
	maxToken     = 256 << 10 // bytes of one tag or one text: a cell of Excel holds 32,767 characters
	maxAttrs     = 64        // of one tag
	maxCell      = 128 << 10 // bytes of one cell of a text table
	maxSharedAll = 16 << 20  // bytes of the texts that cells share
)

var (
	errBroken = errors.New("打不开这个 .xlsx：它已经坏了，或者不是表格；请用 Excel 或 WPS 重新另存一份")
	errBomb   = fmt.Errorf("这个 .xlsx 展开以后太大（最多 %d MB），或者比文件本身大出太多，没有读；请只留要导入的那一张表，另存一份再来", maxUnpacked>>20)
	errMaze   = errors.New("这个表格里套了太多层，或者一格里的字太多，没有读；请只留要导入的那一张表，另存一份再来")
)

// allowance is what is left of a workbook's bounds.
type allowance struct {
	bytes  int64
	tokens int
	shared int
}

func newAllowance() allowance { return allowance{maxUnpacked, maxTokens, maxSharedAll} }

// packed refuses a part that says, or must be, too large before a byte of it is unpacked.
func (a *allowance) packed(f *zip.File) error {
	if f.UncompressedSize64 > uint64(max(0, a.bytes)) || f.UncompressedSize64 > fewUnpacked && f.UncompressedSize64/maxPacking > f.CompressedSize64 {
		return errBomb
	}
	return nil
}

// decoder reads XML within an allowance.
func (a *allowance) decoder(r io.Reader) *xml.Decoder {
	b := &bounded{r: bufio.NewReader(r), left: a}
	b.raw = xml.NewDecoder(b)
	return xml.NewTokenDecoder(b)
}

// bounded hands an XML decoder one byte after the other, and stops it once nothing is left: within one tag or text, or of the
// whole workbook. It is the decoder's source of tags too, so that it sees how deep they stand.
type bounded struct {
	r     *bufio.Reader
	left  *allowance
	raw   *xml.Decoder
	token int // bytes of the tag or text that is being read
	depth int
	over  error // which bound was passed: a decoder calls a text that ends too soon a wrong one
}

// ReadByte implements io.ByteReader: so a decoder takes no more than it needs.
func (b *bounded) ReadByte() (byte, error) {
	if b.left.bytes <= 0 {
		b.over = errBomb
	} else if b.token++; b.token > maxToken {
		b.over = errMaze
	}
	if b.over != nil {
		return 0, b.over
	}
	b.left.bytes--
	return b.r.ReadByte()
}

// Read implements io.Reader; a decoder that can read bytes does not call it.
func (b *bounded) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c, err := b.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = c
	return 1, nil
}

// Token implements xml.TokenReader.
func (b *bounded) Token() (xml.Token, error) {
	b.token = 0
	if b.left.tokens--; b.left.tokens < 0 {
		return nil, errBomb
	}
	t, err := b.raw.RawToken()
	if b.over != nil {
		return nil, b.over
	}
	switch t := t.(type) {
	case xml.StartElement:
		if b.depth++; b.depth > maxNested || len(t.Attr) > maxAttrs {
			return nil, errMaze
		}
	case xml.EndElement:
		b.depth--
	case xml.Directive:
		return nil, errMaze // a workbook declares no types of its own
	}
	return t, err
}

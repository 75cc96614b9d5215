package habit

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"github.com/hajimehoshi/bitmapfont/v3"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// The picture is as wide and as high as an article's in WeChat, 2.35 to 1. Its letters are those of a pixel font, which
// is compiled in: whole numbers of pixels, so that they stay sharp.
const (
	pictureWide, pictureHigh = 940, 400
	week                     = 7
	cell, gap                = 68, 10
	gridLeft, gridTop        = 370, 88
)

var (
	paper   = color.RGBA{0xf7, 0xf3, 0xe8, 0xff}
	ink     = color.RGBA{0x1d, 0x5f, 0x50, 0xff}
	quiet   = color.RGBA{0x6f, 0x7d, 0x75, 0xff}
	open    = color.RGBA{0xe6, 0xe0, 0xcf, 0xff}
	one     = color.RGBA{0x9c, 0xcf, 0xb8, 0xff}
	both    = color.RGBA{0x2f, 0x8f, 0x76, 0xff}
	blossom = color.RGBA{0xff, 0xd9, 0x7a, 0xff}
)

// drawable says whether the font has every character of a text.
func drawable(text string) bool {
	for _, r := range text {
		if _, ok := bitmapfont.FaceSC.GlyphAdvance(r); !ok || r < ' ' {
			return false
		}
	}
	return true
}

// squares makes the picture of 21 days: a square each, light where one of the two did it, dark with a blossom where both did.
func squares(name string, p Progress) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, pictureWide, pictureHigh))
	fill(img, img.Bounds(), paper)
	fill(img, image.Rect(0, 0, 14, pictureHigh), ink)
	scale := 6
	if len([]rune(name)) > 4 {
		scale = 4
	}
	write(img, name, 50, 92, scale, ink)
	write(img, fmt.Sprintf("做到 %d 天", p.Done), 52, 222, 3, ink)
	write(img, fmt.Sprintf("一起 %d 天", p.Together), 52, 270, 3, quiet)
	for i, m := range p.Days {
		x, y := gridLeft+i%week*(cell+gap), gridTop+i/week*(cell+gap)
		box := image.Rect(x, y, x+cell, y+cell)
		switch {
		case m.both():
			fill(img, box, both)
			flower(img, x+cell/2, y+cell/2)
		case m.any():
			fill(img, box, one)
			write(img, fmt.Sprint(i+1), x+8, y+6, 2, ink)
		default:
			fill(img, box, open)
			write(img, fmt.Sprint(i+1), x+8, y+6, 2, quiet)
		}
	}
	return img
}

func picture(name string, p Progress) ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, squares(name, p)); err != nil {
		return nil, fmt.Errorf("write the picture: %w", err)
	}
	return b.Bytes(), nil
}

func fill(img *image.RGBA, r image.Rectangle, c color.Color) {
	draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
}

// flower is five squares in a cross.
func flower(img *image.RGBA, x, y int) {
	const s = 12
	for _, d := range []image.Point{{0, -1}, {0, 1}, {-1, 0}, {1, 0}} {
		cx, cy := x+d.X*s, y+d.Y*s
		fill(img, image.Rect(cx-s/2, cy-s/2, cx+s/2, cy+s/2), blossom)
	}
	fill(img, image.Rect(x-s/2, y-s/2, x+s/2, y+s/2), paper)
}

// write draws text with its top left corner at x, y, each pixel of the font scale pixels wide.
func write(img *image.RGBA, text string, x, y, scale int, c color.Color) {
	face := bitmapfont.FaceSC
	small := image.NewAlpha(image.Rect(0, 0, font.MeasureString(face, text).Ceil(), face.Metrics().Height.Ceil()))
	d := font.Drawer{Dst: small, Src: image.Opaque, Face: face, Dot: fixed.P(0, face.Metrics().Ascent.Ceil())}
	d.DrawString(text)
	for sy := range small.Rect.Dy() {
		for sx := range small.Rect.Dx() {
			if small.AlphaAt(sx, sy).A > 127 {
				at := image.Pt(x+sx*scale, y+sy*scale)
				fill(img, image.Rectangle{at, at.Add(image.Pt(scale, scale))}, c)
			}
		}
	}
}

package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// Clean is what is kept of something that was brought.
type Clean struct {
	Type   string
	Data   []byte
	Width  int
	Height int
}

// RefusedError says that something is not let in, and why.
type RefusedError struct{ Why Why }

func (e *RefusedError) Error() string { return "media: not let in: " + string(e.Why) }

func refuse(w Why) error { return &RefusedError{w} }

// maxPixels bounds a picture before it is decoded: a few kilobytes can say that they are a picture of any size. A
// progressive JPEG of this size needs about 300 MB while it is decoded, and one picture is decoded at a time.
const maxPixels = 30_000_000

// clean checks what was brought against what it may be, by its first bytes and never by its name or the word of whoever
// sent it. A picture is drawn anew, so that where it was taken, and whatever else was hidden in it, goes.
func (s *Service) clean(ctx context.Context, k channel.Kind, data []byte) (Clean, error) {
	if int64(len(data)) > Most(k) {
		return Clean{}, refuse(TooLarge)
	}
	typ := sniff(data)
	if !allowed(k, typ) {
		return Clean{}, refuse(WrongType)
	}
	if k != channel.KindImage {
		return Clean{Type: typ, Data: data}, nil
	}
	release, err := take(ctx, s.eyes)
	if err != nil {
		return Clean{}, err
	}
	defer release()
	return redraw(typ, data)
}

// The types that are let in.
const (
	typeJPEG  = "image/jpeg"
	typePNG   = "image/png"
	typeGIF   = "image/gif"
	typeWebP  = "image/webp"
	typeAMR   = "audio/amr"
	typeAMRWB = "audio/amr-wb"
	typeSpeex = "audio/ogg"
	typeMP3   = "audio/mpeg"
	typeMP4   = "video/mp4"
)

// sniff says what something is by its first bytes, "" for everything that is not let in: above all what a browser could
// run, such as HTML and SVG.
func sniff(b []byte) string {
	has := func(at int, sign string) bool { return len(b) >= at+len(sign) && string(b[at:at+len(sign)]) == sign }
	switch {
	case has(0, "\xff\xd8\xff"):
		return typeJPEG
	case has(0, "\x89PNG\r\n\x1a\n"):
		return typePNG
	case has(0, "GIF87a"), has(0, "GIF89a"):
		return typeGIF
	case has(0, "RIFF") && has(8, "WEBP"):
		return typeWebP
	case has(0, "#!AMR-WB\n"):
		return typeAMRWB
	case has(0, "#!AMR\n"):
		return typeAMR
	case has(0, "OggS") && has(28, "Speex   "): // the first page holds the codec's header
		return typeSpeex
	case has(0, "ID3"), len(b) > 2 && b[0] == 0xff && b[1]&0xe6 == 0xe2: // a tag, or a frame of layer III
		return typeMP3
	case has(4, "ftyp"):
		return typeMP4
	}
	return ""
}

func allowed(k channel.Kind, typ string) bool {
	switch typ {
	case typeJPEG, typePNG, typeGIF, typeWebP:
		return k == channel.KindImage
	case typeAMR, typeAMRWB, typeSpeex, typeMP3:
		return k == channel.KindVoice
	case typeMP4:
		return k == channel.KindVideo
	}
	return false
}

// Plays says whether browsers can play a voice of this type; the others must be downloaded.
func Plays(typ string) bool { return typ == typeMP3 }

// redraw decodes a picture and encodes it again. A moving GIF is kept as its first picture.
func redraw(typ string, data []byte) (c Clean, err error) {
	defer func() {
		if p := recover(); p != nil { // a decoder that broke over what a stranger sent
			err = refuse(Unreadable)
		}
	}()
	cfg, err := config(typ, data)
	if err != nil || cfg.Width < 1 || cfg.Height < 1 {
		return Clean{}, refuse(Unreadable)
	}
	if cfg.Width > maxPixels/cfg.Height {
		return Clean{}, refuse(TooVast)
	}
	img, err := decode(typ, data)
	if err != nil {
		return Clean{}, refuse(Unreadable)
	}
	if typ == typeJPEG {
		img = upright(img, orientation(data)) // drawn anew it can no longer say which side is up
	}
	c.Width, c.Height = img.Bounds().Dx(), img.Bounds().Dy()
	var out bytes.Buffer
	if typ == typePNG || typ == typeGIF {
		c.Type, err = typePNG, (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, img)
	}
	if c.Type == "" || out.Len() > MaxImage { // a photograph in a PNG
		out.Reset()
		c.Type, err = typeJPEG, jpeg.Encode(&out, img, &jpeg.Options{Quality: 90})
	}
	if err != nil {
		return Clean{}, fmt.Errorf("draw a picture anew: %w", err)
	}
	c.Data = out.Bytes()
	return c, nil
}

var errType = errors.New("media: no picture")

// formats are the pictures that can be read.
var formats = map[string]struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}{
	typeJPEG: {jpeg.DecodeConfig, jpeg.Decode},
	typePNG:  {png.DecodeConfig, png.Decode},
	typeGIF:  {gif.DecodeConfig, gif.Decode},
	typeWebP: {webp.DecodeConfig, webp.Decode},
}

func config(typ string, data []byte) (image.Config, error) {
	f, known := formats[typ]
	if !known {
		return image.Config{}, errType
	}
	return f.config(bytes.NewReader(data))
}

func decode(typ string, data []byte) (image.Image, error) {
	f, known := formats[typ]
	if !known {
		return nil, errType
	}
	return f.decode(bytes.NewReader(data))
}

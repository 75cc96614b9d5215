package media

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// landscape is a picture whose left half is red and whose right half is blue.
func landscape(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{R: 220, A: 255}
			if x >= w/2 {
				c = color.RGBA{B: 220, A: 255}
			}
			img.Set(x, y, c)
		}
	}
	return img
}

func jpegOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gifOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// held puts EXIF into a JPEG: which way up it was held, and a place.
func held(jpg []byte, orientation uint16) []byte {
	tiff := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	tiff = binary.BigEndian.AppendUint16(tiff, orientation)
	tiff = append(tiff, "\x00\x00\x00\x00\x00\x00GPS 23.1291N 113.2644E"...)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{}, jpg[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(segment)+2))
	out = append(out, segment...)
	return append(out, jpg[2:]...)
}

// vast is a PNG of a few bytes that says it is 50,000 by 50,000.
func vast(t *testing.T) []byte {
	b := pngOf(t, landscape(2, 2))
	binary.BigEndian.PutUint32(b[16:], 50_000)
	binary.BigEndian.PutUint32(b[20:], 50_000)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

const tinyWebP = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"

func TestWhatIsLetIn(t *testing.T) {
	webp, err := base64.StdEncoding.DecodeString(tinyWebP)
	if err != nil {
		t.Fatal(err)
	}
	speex := append([]byte("OggS"), make([]byte, 24)...)
	speex = append(speex, "Speex   1.2"...)
	mp4 := []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00")
	tests := map[string]struct {
		kind channel.Kind
		data []byte
		typ  string
		why  Why
	}{
		"a JPEG":                     {channel.KindImage, jpegOf(t, landscape(40, 30)), "image/jpeg", ""},
		"a PNG":                      {channel.KindImage, pngOf(t, landscape(40, 30)), "image/png", ""},
		"a GIF as its first picture": {channel.KindImage, gifOf(t, landscape(40, 30)), "image/png", ""},
		"a WebP":                     {channel.KindImage, webp, "image/jpeg", ""},
		"an AMR voice":               {channel.KindVoice, []byte("#!AMR\n\x3c"), "audio/amr", ""},
		"an AMR-WB voice":            {channel.KindVoice, []byte("#!AMR-WB\n\x3c"), "audio/amr-wb", ""},
		"a Speex voice":              {channel.KindVoice, speex, "audio/ogg", ""},
		"an MP3 voice":               {channel.KindVoice, []byte("\xff\xfb\x90\x00"), "audio/mpeg", ""},
		"an MP4":                     {channel.KindVideo, mp4, "video/mp4", ""},
		"HTML that is called a JPEG": {channel.KindImage, []byte("<!doctype html><script>alert(1)</script>"), "", WrongType},
		"an SVG":                     {channel.KindImage, []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>`), "", WrongType},
		"a PDF":                      {channel.KindImage, []byte("%PDF-1.7"), "", WrongType},
		"a film as a picture":        {channel.KindImage, mp4, "", WrongType},
		"a picture as a voice":       {channel.KindVoice, jpegOf(t, landscape(4, 4)), "", WrongType},
		"nothing":                    {channel.KindImage, nil, "", WrongType},
		"half a JPEG":                {channel.KindImage, jpegOf(t, landscape(400, 300))[:700], "", Unreadable},
		"a picture that is a bomb":   {channel.KindImage, vast(t), "", TooVast},
		"a voice too long":           {channel.KindVoice, append([]byte("#!AMR\n"), make([]byte, MaxVoice)...), "", TooLarge},
	}
	s := New(Service{})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := s.clean(t.Context(), tt.kind, tt.data)
			var no *RefusedError
			switch {
			case tt.why != "" && (!errors.As(err, &no) || no.Why != tt.why):
				t.Errorf("%v, want it refused as %s", err, tt.why)
			case tt.why == "" && (err != nil || c.Type != tt.typ):
				t.Errorf("%q, %v; want %s", c.Type, err, tt.typ)
			}
		})
	}
}

func TestAPictureLosesWhatWasHiddenInIt(t *testing.T) {
	s := New(Service{})
	for name, data := range map[string][]byte{
		"EXIF":                held(jpegOf(t, landscape(40, 30)), 1),
		"words after its end": append(pngOf(t, landscape(40, 30)), "GPS <script>"...),
	} {
		c, err := s.clean(t.Context(), channel.KindImage, data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if strings.Contains(string(c.Data), "GPS") || strings.Contains(string(c.Data), "Exif") || strings.Contains(string(c.Data), "script") {
			t.Errorf("%s is still in the picture that is kept", name)
		}
		if c.Width != 40 || c.Height != 30 {
			t.Errorf("%s: the picture is %d by %d, want 40 by 30", name, c.Width, c.Height)
		}
	}
}

// TestAPictureStandsUpright holds a picture, red on its left, in every way a camera can say it was held.
func TestAPictureStandsUpright(t *testing.T) {
	s := New(Service{})
	for o, red := range map[uint16]struct{ x, y, w, h int }{
		1: {10, 15, 60, 30}, 2: {50, 15, 60, 30}, 3: {50, 15, 60, 30}, 4: {10, 15, 60, 30},
		5: {15, 10, 30, 60}, 6: {15, 10, 30, 60}, 7: {15, 50, 30, 60}, 8: {15, 50, 30, 60},
	} {
		c, err := s.clean(t.Context(), channel.KindImage, held(jpegOf(t, landscape(60, 30)), o))
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(bytes.NewReader(c.Data))
		if err != nil {
			t.Fatal(err)
		}
		r, _, b, _ := img.At(red.x, red.y).RGBA()
		if c.Width != red.w || c.Height != red.h || r>>8 < 150 || b>>8 > 90 {
			t.Errorf("orientation %d: %d by %d with %d red and %d blue at %d,%d; want %d by %d and red there", o, c.Width, c.Height, r>>8, b>>8, red.x, red.y, red.w, red.h)
		}
	}
}

// FuzzClean lets whatever strangers send into the decoders.
func FuzzClean(f *testing.F) {
	webp, _ := base64.StdEncoding.DecodeString(tinyWebP)
	f.Add(webp)
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08"))
	f.Add([]byte("GIF89a\x01\x00\x01\x00"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"))
	s := New(Service{})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, k := range []channel.Kind{channel.KindImage, channel.KindVoice, channel.KindVideo} {
			c, err := s.clean(t.Context(), k, data)
			if err == nil && (len(c.Data) == 0 || !allowed(k, c.Type)) {
				t.Errorf("%s let in as %q with %d bytes", k, c.Type, len(c.Data))
			}
		}
	})
}

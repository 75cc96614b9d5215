package web_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// withPictures is a chat to which pictures may be sent while caseID is not empty.
func withPictures(t *testing.T) (s *server, caseID *string) {
	t.Helper()
	caseID = new(string)
	pictures := media.New(media.Service{})
	s = open(t, func(o *web.Options) {
		o.Pictures, o.OpenCase = pictures, func(context.Context, string) (string, error) { return *caseID, nil }
	})
	pictures.Store, pictures.Outbox = s.db.Media(), s.db.Outbox()
	return s, caseID
}

// spoken is the cookie of a visitor who has said something.
func (s *server) spoken() *http.Cookie {
	s.t.Helper()
	ck := s.visit()
	s.person(ck)
	return ck
}

func aPicture(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 600, 300))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAPictureIsTakenWhereSomebodyWillSeeIt(t *testing.T) {
	s, caseID := withPictures(t)
	ck := s.spoken()
	post := func(id, body string) *http.Response {
		return s.do(http.MethodPost, "/chat/media?id="+id, ck, body)
	}
	if res := post("picture-0001", aPicture(t)); res.StatusCode != http.StatusForbidden || !strings.Contains(text(res), "人工") {
		t.Errorf("without a case: %d", res.StatusCode)
	}
	if s.history(ck).Pictures {
		t.Error("the page offers pictures that nobody would see")
	}
	*caseID = "case-1"
	if !s.history(ck).Pictures {
		t.Error("the page offers no pictures though a case is open")
	}
	for range 2 { // a try whose answer was lost
		if res := post("picture-0001", aPicture(t)); res.StatusCode != http.StatusOK || !strings.Contains(text(res), "在的") {
			t.Fatalf("a picture: %d", res.StatusCode)
		}
	}
	got := s.inbound()
	if len(got) != 2 || got[0].Kind != channel.KindImage || got[0].ID != "picture-0001" || got[0].Media.Kept == "" || got[0].Media != got[1].Media {
		t.Fatalf("the bot got %+v", got)
	}
	p := s.person(ck)
	kept := got[0].Media.Kept
	if err := s.db.Messages().Append(t.Context(), transcript.Message{ID: "m1", Person: p.ID, From: transcript.FromPerson, Text: "［图片］", Client: "picture-0001", Inbound: "i", Media: &transcript.Media{Kind: channel.KindImage, Item: kept}}); err != nil {
		t.Fatal(err)
	}
	m := s.history(ck).Messages[0]
	if m.Client != "picture-0001" || m.Picture == nil || m.Picture.Width != 240 || m.Picture.Height != 120 {
		t.Fatalf("the history holds %+v, picture %+v", m, m.Picture)
	}
	res := s.do(http.MethodGet, m.Picture.URL, ck, nil)
	if cfg, err := png.DecodeConfig(strings.NewReader(text(res))); err != nil || cfg.Width != 600 || res.Header.Get("Content-Type") != "image/png" || !strings.Contains(res.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("their own picture: %d %v", res.StatusCode, err)
	}
	if res := s.do(http.MethodGet, m.Picture.URL, s.spoken(), nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("somebody else opens it: %d", res.StatusCode)
	}
	if res := s.do(http.MethodGet, m.Picture.URL, nil, nil); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody opens it: %d", res.StatusCode)
	}
}

func TestWhatIsNoPictureIsRefusedInPlainWords(t *testing.T) {
	s, caseID := withPictures(t)
	*caseID = "case-1"
	ck := s.spoken()
	for name, tt := range map[string]struct {
		id, body string
		ck       *http.Cookie
		status   int
		says     string
	}{
		"an SVG":              {"picture-0001", `<svg onload="x()"/>`, ck, http.StatusUnprocessableEntity, "这个文件打不开"},
		"nothing":             {"picture-0002", "", ck, http.StatusUnprocessableEntity, "这个文件打不开"},
		"one too large":       {"picture-0003", strings.Repeat("x", media.MaxImage+1), ck, http.StatusRequestEntityTooLarge, "最大 10 MB"},
		"an ID that is none":  {"x", aPicture(t), ck, http.StatusBadRequest, "再试一次"},
		"one without a visit": {"picture-0004", aPicture(t), nil, http.StatusUnauthorized, "刷新"},
	} {
		t.Run(name, func(t *testing.T) {
			res := s.do(http.MethodPost, "/chat/media?id="+tt.id, tt.ck, tt.body)
			if body := text(res); res.StatusCode != tt.status || !strings.Contains(body, tt.says) {
				t.Errorf("%d %s, want %d and %q", res.StatusCode, body, tt.status, tt.says)
			}
		})
	}
	if n := len(s.inbound()); n != 0 {
		t.Errorf("the bot heard of %d of them", n)
	}
}

func TestPicturesAreBoundedByPersonAndByAddress(t *testing.T) {
	s, caseID := withPictures(t)
	*caseID = "case-1"
	picture := aPicture(t)
	status := map[int]int{}
	first, second := s.spoken(), s.spoken()
	for n := range 22 {
		status[s.do(http.MethodPost, fmt.Sprintf("/chat/media?id=picture-%04d", n), first, picture).StatusCode]++
	}
	if status[http.StatusOK] != media.OwnPerDay {
		t.Errorf("of 22 pictures of one person: %v, want %d taken", status, media.OwnPerDay)
	}
	clear(status)
	for n := range 10 {
		status[s.do(http.MethodPost, fmt.Sprintf("/chat/media?id=picture-%04d", n), second, picture).StatusCode]++
	}
	if status[http.StatusOK] != 8 || status[http.StatusTooManyRequests] != 2 {
		t.Errorf("of 10 more from the same address: %v, want 8 taken", status)
	}
}

package main

import (
	"bytes"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// atDesk is somebody at the desk without a browser.
func (w *world) atDesk(role staff.Role) *http.Client {
	w.t.Helper()
	name := "desk-" + uuid.NewString()[:8]
	_, password, err := w.app.staff.Add(w.t.Context(), name, "陈老师", role)
	if err != nil {
		w.t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	c := &http.Client{Jar: jar}
	const chosen = "kapok-river-2046"
	for _, step := range []struct {
		path string
		form url.Values
	}{
		{"/desk/login", url.Values{"name": {name}, "password": {password}}},
		{"/desk/password", url.Values{"old": {password}, "chosen": {chosen}, "again": {chosen}}},
	} {
		res, err := c.PostForm(w.url+step.path, step.form)
		if err != nil {
			w.t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	return c
}

func (w *world) fetch(c *http.Client, path string) (*http.Response, []byte) {
	w.t.Helper()
	res, err := c.Get(w.url + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res, body
}

// sent waits until what somebody last sent to be seen or heard is as it will stay.
func (w *world) sent(openid string) media.Item {
	w.t.Helper()
	var it media.Item
	w.eventually("the medium to be fetched, or given up", func() bool {
		p, err := w.app.db.People().Resolve(w.t.Context(), address(openid))
		if err != nil {
			return false
		}
		ms, err := w.app.db.Messages().Latest(w.t.Context(), p.ID, "", 50)
		if err != nil {
			return false
		}
		for _, m := range ms {
			if m.Media != nil {
				its, err := w.app.media.Of(w.t.Context(), m.Media.Item)
				if err != nil {
					return false
				}
				it = its[m.Media.Item]
			}
		}
		return it.State != media.Coming
	})
	return it
}

// photo is a JPEG that says where it was taken.
func photo(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	comment := "GPS 23.1291N 113.2644E"
	return append(append([]byte{0xff, 0xd8, 0xff, 0xfe, 0, byte(len(comment) + 2)}, comment...), b.Bytes()[2:]...)
}

func TestAPictureComesFromThePhoneToTheDesk(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		w := start(t, cfg, appOptions{})
		who := openid(t, 1)
		before := "media-before-" + uuid.NewString()
		w.platform.AddMedia(account.AppID, before, "image/jpeg", photo(t, 8, 8))
		w.wantIn(w.sends(wxsim.Image(who, before, "")), "看不懂图片")
		w.wantIn(w.says(who, "我不想活了"), "12356")
		if it := w.sent(who); it.State != "" {
			t.Errorf("a picture from before the case was taken in: %+v", it)
		}
		counsellor, admin := w.atDesk(staff.Counsellor), w.atDesk(staff.Admin)
		k := w.cases(w.token("counsellor"))[0]

		t.Run("a picture, though the platform is busy at first", func(t *testing.T) {
			w := w.in(t)
			id := "media-secret-" + uuid.NewString()
			w.platform.AddMedia(account.AppID, id, "image/jpeg", photo(t, 60, 40))
			w.platform.Fail("/cgi-bin/media/get", -1, "system error", 1)
			m := wxsim.Image(who, id, "")
			m.MsgID = 4711
			w.wantIn(w.sends(m), "给老师留着")
			w.sends(m) // the platform sends it again
			it := w.sent(who)
			if it.State != media.Kept {
				t.Fatalf("%+v, want it kept", it)
			}
			res, body := w.fetch(counsellor, "/desk/media/"+it.ID)
			cfg, format, err := image.DecodeConfig(bytes.NewReader(body))
			if err != nil || format != "jpeg" || cfg.Width != 60 || cfg.Height != 40 || res.Header.Get("Content-Type") != "image/jpeg" {
				t.Errorf("the desk serves %s %+v as %s (%v)", format, cfg, res.Header.Get("Content-Type"), err)
			}
			if bytes.Contains(body, []byte("GPS")) {
				t.Error("the picture still says where it was taken")
			}
			if res, _ := w.fetch(admin, "/desk/media/"+it.ID); res.StatusCode != http.StatusForbidden {
				t.Errorf("an administrator opens it: %d", res.StatusCode)
			}
			_, page := w.fetch(counsellor, "/desk/cases/"+k.ID)
			if n := strings.Count(string(page), `<img src="/desk/media/`); n != 1 {
				t.Errorf("%d pictures stand on the page, want 1", n)
			}
			if log := w.logs.String(); strings.Contains(log, id) || strings.Contains(log, who) {
				t.Error("the log holds a media ID or an openid")
			}
			if _, metrics := w.get("/metrics"); !strings.Contains(metrics, `xinqiao_media_items_total{kind="image",outcome="kept"} 1`) {
				t.Error("the picture is not counted")
			}
		})
		t.Run("a film, which the platform points at", func(t *testing.T) {
			w := w.in(t)
			film := append([]byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00"), bytes.Repeat([]byte("frame"), 200_000)...)
			w.platform.AddMedia(account.AppID, "film", "video/mp4", film)
			w.sends(wxsim.Video(who, "film", "thumb"))
			it := w.sent(who)
			if _, body := w.fetch(counsellor, "/desk/media/"+it.ID); it.State != media.Kept || !bytes.Equal(body, film) {
				t.Errorf("%+v, and the desk serves %d of %d bytes", it, len(body), len(film))
			}
		})
		for name, tt := range map[string]struct {
			data []byte
			why  media.Why
			says string
		}{
			"a page that is called a picture": {[]byte("<!doctype html><script>alert(1)</script>"), media.WrongType, "不是能放心打开的格式"},
			"a picture that is too large":     {make([]byte, media.MaxImage+1), media.TooLarge, "文件太大"},
			"an ID that has run out":          {nil, media.Gone, "微信那边已经没有了"},
		} {
			t.Run(name, func(t *testing.T) {
				w := w.in(t)
				id := "media-" + uuid.NewString()
				if tt.data != nil {
					w.platform.AddMedia(account.AppID, id, "image/jpeg", tt.data)
				}
				w.sends(wxsim.Image(who, id, ""))
				if it := w.sent(who); it.State != media.Failed || it.Why != tt.why {
					t.Errorf("%+v, want it given up: %s", it, tt.why)
				}
				if _, page := w.fetch(counsellor, "/desk/cases/"+k.ID); !strings.Contains(string(page), tt.says) {
					t.Errorf("the desk does not say %q", tt.says)
				}
			})
		}
	})
}

func TestAPictureIsSentInTheWebChat(t *testing.T) {
	t.Parallel()
	w := start(t, embedded(t), appOptions{})
	v := openChat(t, w.url)
	v.do("no picture is asked for while nobody would see it", browsertest.Until(`document.getElementById("picture").hidden`))
	v.do("danger before a picture", chromedp.SendKeys("#text", "我不想活了\r"), has(".row.bot .bubble", "12356"), browsertest.Visible("#picture"))
	if n := v.count(".row.me .bubble", "我不想活了"); n != 1 {
		t.Errorf("what was written stands on the page %d times, want once", n)
	}
	file := filepath.Join(t.TempDir(), "photo.jpg")
	if err := os.WriteFile(file, photo(t, 3000, 2000), 0o600); err != nil {
		t.Fatal(err)
	}
	v.do("a picture is sent", chromedp.SetUploadFiles("#file", []string{file}), browsertest.Until(`document.querySelector(".row.me .sent img")?.complete && document.querySelector(".row.me .sent img").naturalWidth === 2048`),
		has(".row.bot .bubble", "给老师留着"), endInSight)
	v.do("it fits the phone", browsertest.Until(`document.documentElement.scrollWidth <= 390`))
	v.noViolations()
	p := w.soleWebPerson()
	ms, err := w.app.db.Messages().Latest(t.Context(), p.ID, "", 50)
	if err != nil {
		t.Fatal(err)
	}
	var items []string
	for _, m := range ms {
		if m.Media != nil {
			items = append(items, m.Media.Item)
		}
	}
	if len(items) != 1 {
		t.Fatalf("%d messages with a picture, want 1", len(items))
	}
	res, body := w.fetch(w.atDesk(staff.Counsellor), "/desk/media/"+items[0])
	if cfg, _, err := image.DecodeConfig(bytes.NewReader(body)); err != nil || cfg.Width != 2048 || res.StatusCode != http.StatusOK {
		t.Errorf("the desk serves %d, %+v, %v", res.StatusCode, cfg, err)
	}
	v.do("after a reload it is there once", chromedp.Reload(), browsertest.Until(`document.querySelectorAll(".row.me .sent img").length === 1 && document.querySelectorAll(".row.me .bubble").length === 1`))
}

package desk_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// sends is a person's message with something to see or hear, as it stands once the item is as it.State says; an item
// without a state was never taken in. It returns the path of the item.
func (o *office) sends(t *testing.T, who person.Person, k casework.Case, it media.Item, text string, data []byte) string {
	t.Helper()
	id := o.newID()
	it.ID, it.Person, it.Case, it.Sent, it.Size = media.ID(id), who.ID, k.ID, time.Now(), int64(len(data))
	if it.Expires.IsZero() {
		it.Expires = it.Sent.Add(time.Hour)
	}
	if it.State != "" {
		state := it.State
		if state == media.Kept || state == media.Expired {
			it.State = media.Coming
		}
		_, err := o.db.Media().Add(t.Context(), it)
		if err == nil && it.State != state {
			_, err = o.db.Media().Keep(t.Context(), it, data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	o.writes(t, transcript.Message{ID: id, Person: who.ID, Text: text, Inbound: id, Media: &transcript.Media{Kind: it.Kind, Item: it.ID}})
	return "/desk/media/" + it.ID
}

func (o *office) writes(t *testing.T, m transcript.Message) {
	t.Helper()
	m.From, m.At = transcript.FromPerson, time.Now()
	if err := o.db.Messages().Append(context.WithoutCancel(t.Context()), m); err != nil {
		t.Fatal(err)
	}
}

// painting is a JPEG that can be told from another at a glance.
func painting(t *testing.T, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, color.RGBA{R: uint8(200 - 120*y/h), G: uint8(120 + 90*x/w), B: uint8(90 + 120*y/h), A: 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatAPersonSentStandsInItsLine(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.signedIn(t, "lan", staff.Counsellor)
	who := o.person(t, "somebody", person.Student)
	k := o.signal(t, who, risk.High, "我不想活了", "明确说出不想活下去", "k")
	tests := []struct {
		name string
		item media.Item
		text string
		want []string
		not  []string
	}{
		{"a picture", media.Item{Kind: channel.KindImage, State: media.Kept, Type: "image/jpeg", Width: 40, Height: 30}, "［图片］", []string{`<img src="/desk/media/`, `width="40" height="30"`, `rel="noreferrer noopener"`}, []string{"［图片］"}},
		{"a picture on its way", media.Item{Kind: channel.KindImage, State: media.Coming}, "［图片］", []string{"正在取回"}, []string{"<img src=\"/desk/media"}},
		{"a film that is over", media.Item{Kind: channel.KindVideo, State: media.Kept, Type: "video/mp4", Expires: time.Now().Add(-time.Minute)}, "［视频］", []string{"<b>视频</b>过了保存期"}, []string{"<video"}},
		{"a film", media.Item{Kind: channel.KindVideo, State: media.Kept, Type: "video/mp4"}, "［视频］", []string{"<video src=", "?save=1"}, nil},
		{"a voice that browsers play", media.Item{Kind: channel.KindVoice, State: media.Kept, Type: "audio/mpeg"}, "［语音］", []string{"<audio src="}, nil},
		{"a voice that they do not, with what WeChat understood", media.Item{Kind: channel.KindVoice, State: media.Kept, Type: "audio/amr"}, "［语音］我在天台", []string{"AMR 格式，浏览器放不了，请下载后收听", "?save=1", "微信转写：我在天台"}, []string{"<audio", "［语音］"}},
		{"a voice that the platform had no more", media.Item{Kind: channel.KindVoice, State: media.Failed, Why: media.Gone}, "［语音］", []string{"<b>语音</b>取不到：微信那边已经没有了"}, nil},
		{"a renamed page", media.Item{Kind: channel.KindImage, State: media.Failed, Why: media.WrongType}, "［图片］", []string{"取不到：不是能放心打开的格式"}, nil},
		{"a picture from before the case", media.Item{Kind: channel.KindImage}, "［图片］", []string{"没有开着的个案，没有取回"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o.sends(t, who, k, tt.item, tt.text, []byte("0123456789"))
			_, page := v.do("GET", "/desk/cases/"+k.ID, nil)
			last := page[strings.LastIndex(page, `class="line person`):]
			last = last[:strings.Index(last, `class="by"`)]
			for _, w := range tt.want {
				if !strings.Contains(last, w) {
					t.Errorf("the line lacks %q:\n%s", w, last)
				}
			}
			for _, n := range tt.not {
				if strings.Contains(last, n) {
					t.Errorf("the line has %q:\n%s", n, last)
				}
			}
		})
	}
}

func TestAPlaceLeadsToAMap(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.signedIn(t, "lan", staff.Counsellor)
	who := o.person(t, "somebody", person.Student)
	k := o.signal(t, who, risk.High, "我不想活了", "明确说出不想活下去", "k")
	o.writes(t, transcript.Message{ID: o.newID(), Person: who.ID, Text: "［位置］天河公园（纬度 …）", Inbound: "p1", Location: &channel.Location{Latitude: 23.129, Longitude: 113.264, Label: `天河公园&x="><script>`, Datum: "gcj02"}})
	o.writes(t, transcript.Message{ID: o.newID(), Person: who.ID, Text: "［位置］", Inbound: "p2", Location: &channel.Location{Latitude: 23.1, Longitude: 113.2, Datum: "wgs84"}})
	_, page := v.do("GET", "/desk/cases/"+k.ID, nil)
	for _, want := range []string{
		"https://uri.amap.com/marker?name=%e5%a4%a9%e6%b2%b3%e5%85%ac%e5%9b%ad%26x%3D%22%3E%3Cscript%3E&amp;position=113.264000%2C23.129000", "coordinate=wgs84", "纬度 23.12900，经度 113.26400", `target="_blank" rel="noreferrer noopener"`, "TA 发来的位置",
	} {
		if !strings.Contains(strings.ToLower(page), strings.ToLower(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	talk := page[strings.Index(page, `id="talk"`):] // the queue beside it quotes what was said last
	if strings.Contains(page, `"><script>`) || strings.Contains(talk, "［位置］") {
		t.Error("a label reaches the page as it was written, or the words for the place stand beside it")
	}
}

func TestMediaAreServedToThoseWhoMayReadAndLogged(t *testing.T) {
	o := officeOnSQLite(t)
	who := o.person(t, "somebody", person.Student)
	k := o.signal(t, who, risk.High, "我不想活了", "明确说出不想活下去", "k")
	data := bytes.Repeat([]byte("0123456789abcdef"), 40_000) // of three pieces
	path := o.sends(t, who, k, media.Item{Kind: channel.KindVideo, State: media.Kept, Type: "video/mp4"}, "［视频］", data)
	id := strings.TrimPrefix(path, "/desk/media/")

	admin := o.signedIn(t, "root", staff.Admin)
	if res, body := admin.do("GET", path, nil); res.StatusCode != http.StatusForbidden || strings.Contains(body, "0123456789") {
		t.Errorf("an administrator opens it: %d", res.StatusCode)
	}
	stranger := o.visitor(t)
	stranger.CheckRedirect = noRedirects
	if res, _ := stranger.do("GET", path, nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("somebody who is not signed in opens it: %d", res.StatusCode)
	}
	if es, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: id}, 10); err != nil || len(es) != 0 {
		t.Errorf("%d openings are logged (%v), want none", len(es), err)
	}

	v := o.signedIn(t, "lan", staff.Counsellor)
	res, body := v.do("GET", path, nil)
	if res.StatusCode != http.StatusOK || body != string(data) {
		t.Errorf("%d with %d bytes, want %d", res.StatusCode, len(body), len(data))
	}
	csp := res.Header.Get("Content-Security-Policy")
	for name, want := range map[string]string{"Content-Type": "video/mp4", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(csp, "sandbox") || !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "script-src") {
		t.Errorf("policy %q", csp)
	}
	if got := res.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "inline; filename=xinqiao-") || !strings.HasSuffix(got, ".mp4") {
		t.Errorf("Content-Disposition %q", got)
	}
	if res, body := v.do("GET", path, nil, "Range", "bytes=262140-262150"); res.StatusCode != http.StatusPartialContent || body != string(data[262140:262151]) {
		t.Errorf("a part over the edge of two pieces: %d %q", res.StatusCode, body)
	}
	if res, _ := v.do("GET", path+"?save=1", nil); !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment; ") {
		t.Errorf("a download is %q", res.Header.Get("Content-Disposition"))
	}
	es, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: id}, 10)
	if err != nil || len(es) != 1 || es[0].Kind != audit.OpenMedia || es[0].Name != "示例·lan" {
		t.Errorf("the log holds %+v (%v), want one opening, however many parts were fetched", es, err)
	}
	for name, tt := range map[string]struct {
		path   string
		status int
		text   string
	}{
		"one that nobody knows": {"/desk/media/none", http.StatusNotFound, "没有找到"},
		"one that is coming":    {o.sends(t, who, k, media.Item{Kind: channel.KindImage, State: media.Coming}, "［图片］", nil), http.StatusGone, "已经不在了"},
	} {
		if res, body := v.do("GET", tt.path, nil); res.StatusCode != tt.status || !strings.Contains(body, tt.text) {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
}

package page_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/page"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// pages are the handlers over the shipped lessons and made-up private things; the token "mine" opens them.
func pages(t *testing.T) http.Handler {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	lessons, err := course.Load(os.DirFS("../../dialogs/courses"))
	if err != nil {
		t.Fatal(err)
	}
	var (
		bands = []survey.Band{{ID: "low", Name: "状态平稳", From: 0, Text: "最近还不错。"}, {ID: "high", Name: "需要留意", From: 10, Text: "<b>别</b>一个人扛。", Next: "和老师聊聊"}}
		mine  = func(token string, missing error) error {
			switch token {
			case "mine", "old":
				return nil
			case "broken":
				return errors.New("示例：the database says too much")
			}
			return missing
		}
	)
	r := gin.New()
	page.New(page.Options{
		Courses: func() *course.Catalogue { return lessons },
		Result: func(_ context.Context, token string) (survey.View, error) {
			return survey.View{Title: "情绪自测", Score: 12, Low: 0, High: 27, Band: bands[1], Bands: bands, Source: "示例来源", At: noon}, mine(token, survey.ErrNotFound)
		},
		Appointment: func(_ context.Context, token string) (booking.Appointment, error) {
			status := map[string]booking.Status{"mine": booking.Booked, "old": booking.Cancelled, "came": booking.Arrived, "missed": booking.NoShow}[token]
			if status == "" {
				return booking.Appointment{}, booking.ErrNotFound
			}
			return booking.Appointment{Station: "s1", Start: noon, Code: "4127", Status: status}, nil
		},
		Station: func(string) (booking.Station, bool) {
			return booking.Station{Name: "示例辅导站", Address: "示例路 1 号", Phone: "020-0000-0001"}, true
		},
		Record: func(_ context.Context, token string) (rights.Record, error) {
			return rights.Record{Alias: "家长·木棉 4127", Since: noon, Sections: []rights.Section{{Title: "对话", Entries: []rights.Entry{{At: noon, What: "我：<script>alert(1)</script>"}}}, {Title: "预约"}}}, mine(token, rights.ErrNoLink)
		},
		Picture: func(name string) (string, []byte, bool) { return "image/png", []byte("a picture"), name == "a.png" },
		Chat:    true, Log: slog.New(slog.DiscardHandler),
	}).Register(r)
	return r
}

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w
}

// aLesson is one of the shipped samples.
const aLesson = "pregnancy-two"

func TestEachPageSaysWhatItIsAbout(t *testing.T) {
	h := pages(t)
	for name, c := range map[string]struct {
		path   string
		status int
		want   []string
	}{
		"a lesson":                        {"/p/lesson/" + aLesson, 200, []string{"记住三点", "示例"}},
		"a result with its chart":         {"/p/result/mine", 200, []string{"情绪自测", "<svg", "需要留意", "不是诊断", "和老师聊聊", "只有您自己看得到"}},
		"an appointment":                  {"/p/booking/mine", 200, []string{"预约好了", "4127", "示例辅导站", "tel:", "12:00"}},
		"an appointment that is off":      {"/p/booking/old", 200, []string{"已经取消"}},
		"an appointment that was kept":    {"/p/booking/came", 200, []string{"已经到过站点", "4127"}},
		"an appointment that was missed":  {"/p/booking/missed", 200, []string{"这次没有来", "可以再约"}},
		"the first page":                  {"/", 200, []string{"开始聊聊", `href="/chat"`, `href="/desk"`, `href="tel:120"`}},
		"the hotlines":                    {"/p/hotlines", 200, []string{`href="tel:120"`, `href="tel:110"`, `href="tel:12356"`, `href="tel:12355"`}},
		"all that is held of somebody":    {"/p/data/mine", 200, []string{"我的资料", "家长·木棉 4127", "&lt;script&gt;", "?as=file"}},
		"a lesson that is not there":      {"/p/lesson/nothing", 404, []string{"没有找到这一页"}},
		"a result that is not there":      {"/p/result/guess", 404, []string{"没有找到这一页"}},
		"an appointment that is no more":  {"/p/booking/guess", 404, []string{"没有找到这一页"}},
		"a record whose link has run out": {"/p/data/guess", 404, []string{"没有找到这一页"}},
		"a result while the store fails":  {"/p/result/broken", 503, []string{"有点忙"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := get(t, h, c.path)
			body := w.Body.String()
			if w.Code != c.status {
				t.Fatalf("%d, want %d", w.Code, c.status)
			}
			for _, part := range append(c.want, "12356", `lang="zh-CN"`, "<h1", `name="viewport"`) {
				if !strings.Contains(body, part) {
					t.Errorf("the page lacks %q", part)
				}
			}
			for _, part := range []string{"<script", "the database says", "<no value>", "%!"} {
				if strings.Contains(body, part) {
					t.Errorf("the page holds %q", part)
				}
			}
		})
	}
}

func TestPagesAreKeptByNobodyAndLoadNothingFromElsewhere(t *testing.T) {
	h := pages(t)
	elsewhere := regexp.MustCompile(`(?:src|href)="(?:https?:)?//`)
	for _, path := range []string{"/", "/p/lesson/" + aLesson, "/p/result/mine", "/p/booking/mine", "/p/hotlines", "/p/data/mine", "/p/data/mine?as=file", "/p/result/guess"} {
		w := get(t, h, path)
		for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex"} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: the policy is %q", path, csp)
		}
		if found := elsewhere.FindString(w.Body.String()); found != "" {
			t.Errorf("%s: the page points elsewhere: %s", path, found)
		}
		if strings.Contains(w.Body.String(), "style=\"") {
			t.Errorf("%s: a style in the page, which the policy forbids", path)
		}
	}
	if w := get(t, h, "/p/page.css"); w.Code != 200 || !strings.Contains(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("the styles: %d %s", w.Code, w.Header().Get("Content-Type"))
	}
}

func TestARecordIsSavedAsAFile(t *testing.T) {
	w := get(t, pages(t), "/p/data/mine?as=file")
	var r rights.Record
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || r.Alias != "家长·木棉 4127" {
		t.Errorf("%v %+v", err, r)
	}
	if !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("it is shown, not saved")
	}
}

func TestAPictureIsServedAndMayBeKept(t *testing.T) {
	h := pages(t)
	w := get(t, h, "/p/media/a.png")
	if w.Code != http.StatusOK || w.Body.String() != "a picture" || w.Header().Get("Content-Type") != "image/png" || !strings.Contains(w.Header().Get("Cache-Control"), "max-age") {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
	if w := get(t, h, "/p/media/b.png"); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "<html") {
		t.Errorf("a picture that is not there: %d %q", w.Code, w.Body)
	}
}

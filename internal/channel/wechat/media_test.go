package wechat_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// fetcher is the way to what followers of the safe account sent; api is where the simulated platform is.
func fetcher(t *testing.T, change func(*rig)) (r *rig, f channel.Fetcher, api string) {
	t.Helper()
	r = newRig(t, change)
	f, ok := r.channel.Sender("main").(channel.Fetcher)
	if !ok {
		t.Fatal("WeChat's sender fetches nothing")
	}
	return r, f, r.opts.Accounts[0].APIURL
}

func TestMediaAreFetchedFromThePlatform(t *testing.T) {
	r, f, api := fetcher(t, nil)
	r.platform.AddMedia(safe.AppID, "pic", "image/jpeg", []byte("\xff\xd8\xffpicture"))
	r.platform.AddMedia(safe.AppID, "film", "video/mp4", []byte("\x00\x00\x00\x18ftypfilm"))
	tests := map[string]struct {
		kind  channel.Kind
		media channel.Media
		most  int64
		want  string
		err   error
	}{
		"a picture":                       {channel.KindImage, channel.Media{ID: "pic"}, 100, "\xff\xd8\xffpicture", nil},
		"a film, which is pointed at":     {channel.KindVideo, channel.Media{ID: "film"}, 100, "\x00\x00\x00\x18ftypfilm", nil},
		"a picture by its address":        {channel.KindImage, channel.Media{ID: "away", URL: wxsim.PicURL(api, "pic")}, 100, "\xff\xd8\xffpicture", nil},
		"an ID that has run out":          {channel.KindImage, channel.Media{ID: "away"}, 100, "", channel.ErrMediaGone},
		"and its address too":             {channel.KindImage, channel.Media{ID: "away", URL: wxsim.PicURL(api, "away")}, 100, "", channel.ErrMediaGone},
		"a picture that is too large":     {channel.KindImage, channel.Media{ID: "pic", URL: wxsim.PicURL(api, "pic")}, 5, "", channel.ErrMediaTooLarge},
		"a film that is too large":        {channel.KindVideo, channel.Media{ID: "film"}, 5, "", channel.ErrMediaTooLarge},
		"an address that is not WeChat's": {channel.KindImage, channel.Media{ID: "away", URL: "http://169.254.169.254/latest"}, 100, "", channel.ErrMediaGone},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			data, err := f.Fetch(t.Context(), tt.kind, tt.media, tt.most)
			if string(data) != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("%q, %v; want %q, %v", data, err, tt.want, tt.err)
			}
		})
	}
}

func TestAPlatformThatFailsIsNoReasonToGiveUp(t *testing.T) {
	const path = "/cgi-bin/media/get"
	for name, breaks := range map[string]func(r *rig){
		"it is busy":           func(r *rig) { r.platform.Fail(path, -1, "system error", 0) },
		"the quota is used up": func(r *rig) { r.platform.Fail(path, 45009, "reach max api daily quota limit", 0) },
		"our address is not on its list, which an operator may mend": func(r *rig) { r.platform.Fail(path, 40164, "invalid ip", 0) },
		"it does not answer": func(r *rig) { r.platform.Silence(path) },
	} {
		t.Run(name, func(t *testing.T) {
			r, f, _ := fetcher(t, nil)
			r.platform.AddMedia(safe.AppID, "pic", "image/jpeg", []byte("\xff\xd8\xffpicture"))
			breaks(r)
			waits, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond) // as a worker's patience ends
			defer cancel()
			_, err := f.Fetch(waits, channel.KindImage, channel.Media{ID: "pic"}, 100)
			if err == nil || errors.Is(err, channel.ErrMediaGone) || errors.Is(err, channel.ErrMediaTooLarge) {
				t.Fatalf("%v, want an error after which it is tried again", err)
			}
			if strings.Contains(err.Error(), "access_token=") || strings.Contains(err.Error(), "pic") {
				t.Errorf("the error tells of the token or the medium: %v", err)
			}
			r.platform.Reset()
			if data, err := f.Fetch(t.Context(), channel.KindImage, channel.Media{ID: "pic"}, 100); err != nil || len(data) == 0 {
				t.Errorf("once it is back: %v", err)
			}
		})
	}
}

func TestAnEndedTokenIsRenewedForMedia(t *testing.T) {
	r, f, _ := fetcher(t, nil)
	r.platform.AddMedia(safe.AppID, "pic", "image/jpeg", []byte("\xff\xd8\xffpicture"))
	r.platform.Fail("/cgi-bin/media/get", 42001, "access_token expired", 1)
	if data, err := f.Fetch(t.Context(), channel.KindImage, channel.Media{ID: "pic"}, 100); err != nil || len(data) == 0 {
		t.Errorf("%q, %v", data, err)
	}
}

func TestAnAccountWithoutTheAPIHasPicturesByTheirAddressOnly(t *testing.T) {
	_, f, api := fetcher(t, func(r *rig) { r.opts.Accounts[0].Capabilities = channel.Capabilities{} })
	for name, tt := range map[string]struct {
		kind  channel.Kind
		media channel.Media
		want  bool
	}{
		"a picture with an address of WeChat's":      {channel.KindImage, channel.Media{ID: "m", URL: "http://mmbiz.qpic.cn/mmbiz_jpg/x/0"}, true},
		"a picture with the address of the platform": {channel.KindImage, channel.Media{ID: "m", URL: wxsim.PicURL(api, "m")}, true},
		"a picture without an address":               {channel.KindImage, channel.Media{ID: "m"}, false},
		"a picture from elsewhere":                   {channel.KindImage, channel.Media{ID: "m", URL: "http://qpic.cn.example/x"}, false},
		"a picture from another port":                {channel.KindImage, channel.Media{ID: "m", URL: "http://mmbiz.qpic.cn:22/x"}, false},
		"a voice":                                    {channel.KindVoice, channel.Media{ID: "m"}, false},
	} {
		if got := f.Fetches(tt.kind, tt.media); got != tt.want {
			t.Errorf("%s: %t, want %t", name, got, tt.want)
		}
	}
}

func TestARedirectAwayFromThePlatformIsNotFollowed(t *testing.T) {
	reached := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer inside.Close()
	outside := httptest.NewServer(http.RedirectHandler(inside.URL, http.StatusFound))
	defer outside.Close()
	_, f, _ := fetcher(t, func(r *rig) {
		r.opts.Accounts[0].Capabilities = channel.Capabilities{}
		r.opts.Accounts[0].APIURL = outside.URL
	})
	if _, err := f.Fetch(t.Context(), channel.KindImage, channel.Media{URL: outside.URL + "/pic"}, 100); err == nil || reached {
		t.Errorf("followed to somewhere else: %t, %v", reached, err)
	}
}

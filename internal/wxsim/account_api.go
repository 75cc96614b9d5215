package wxsim

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxScene     = 64
	maxQRSeconds = 30 * 24 * 3600
	defaultQR    = 60 // seconds, when expire_seconds is missing
	maxMedia     = 10 << 20
	mediaLife    = 3 * 24 * time.Hour
	codeLife     = 5 * time.Minute
)

func (s *Server) qrCreate(r *request) answer {
	var in struct {
		Action string `json:"action_name"`
		Expire int    `json:"expire_seconds"`
		Info   struct {
			Scene struct {
				ID  int    `json:"scene_id"`
				Str string `json:"scene_str"`
			} `json:"scene"`
		} `json:"action_info"`
	}
	if err := json.Unmarshal(r.body, &in); err != nil {
		return refuse(47001, "data format error")
	}
	scene := in.Info.Scene.Str
	switch in.Action {
	case "QR_STR_SCENE", "QR_LIMIT_STR_SCENE":
	case "QR_SCENE", "QR_LIMIT_SCENE":
		if in.Info.Scene.ID > 0 {
			scene = strconv.Itoa(in.Info.Scene.ID)
		}
	default:
		return refuse(40099, "invalid action_name")
	}
	if scene == "" || len(scene) > maxScene {
		return refuse(40053, "invalid action info")
	}
	ticket := "ticket-" + scene
	out := map[string]any{"ticket": ticket, "url": "http://weixin.qq.com/q/" + url.PathEscape(scene)}
	if in.Action == "QR_STR_SCENE" || in.Action == "QR_SCENE" {
		if in.Expire == 0 {
			in.Expire = defaultQR
		}
		if in.Expire < 0 || in.Expire > maxQRSeconds {
			return refuse(40058, "invalid expire_seconds")
		}
		out["expire_seconds"] = in.Expire
	}
	return answer{json: out}
}

type media struct {
	appID, mime string
	data        []byte
	until       time.Time
}

// AddMedia puts something that a user sent into the store that media/get reads.
func (s *Server) AddMedia(appID, mediaID, mime string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.media[mediaID] = media{appID: appID, mime: mime, data: data, until: s.Now().Add(mediaLife)}
}

func (s *Server) mediaUpload(r *request) answer {
	kind := r.URL.Query().Get("type")
	switch kind {
	case "image", "voice", "video", "thumb":
	default:
		return refuse(40004, "invalid media type")
	}
	req := r.Clone(r.Context())
	req.Body = io.NopCloser(bytes.NewReader(r.body))
	file, head, err := req.FormFile("media")
	if err != nil {
		return refuse(41005, "media data missing")
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxMedia+1))
	if err != nil || len(data) == 0 {
		return refuse(41005, "media data missing")
	}
	if len(data) > maxMedia {
		return refuse(40006, "invalid media size")
	}
	mime := head.Header.Get("Content-Type")
	if mime == "" || mime == "application/octet-stream" {
		mime = http.DetectContentType(data)
	}
	if kind == "image" && mime != "image/jpeg" && mime != "image/png" && mime != "image/gif" {
		return refuse(40005, "invalid file type")
	}
	id := rand.Text()
	s.media[id] = media{appID: r.acc.AppID, mime: mime, data: data, until: r.now.Add(mediaLife)}
	return answer{json: map[string]any{"type": kind, "media_id": id, "created_at": r.now.Unix()}}
}

func (s *Server) mediaGet(r *request) answer {
	m, found := s.media[r.URL.Query().Get("media_id")]
	if !found || m.appID != r.acc.AppID || !r.now.Before(m.until) {
		return refuse(40007, "invalid media_id")
	}
	if strings.HasPrefix(m.mime, "video/") { // a film is only pointed at
		return answer{json: map[string]any{"video_url": "http://" + r.Host + mediaFiles + url.PathEscape(r.URL.Query().Get("media_id"))}}
	}
	return answer{raw: m.data, mime: m.mime}
}

// mediaFiles is where the platform's file servers are: a film's video_url and a picture's PicUrl lead there, and no token
// is asked for.
const mediaFiles = "/_files/"

// PicURL is the public address of a picture that AddMedia put here, given the address of this server.
func PicURL(server, mediaID string) string { return server + mediaFiles + url.PathEscape(mediaID) }

func (s *Server) mediaFile(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	m, found := s.media[r.PathValue("id")]
	f := s.faults[mediaFiles]
	away := f.failing()
	if away {
		f.fail()
	}
	s.mu.Unlock()
	switch {
	case away:
		http.Error(w, "the file server is away", http.StatusBadGateway)
	case !found || !s.Now().Before(m.until):
		http.NotFound(w, r)
	default:
		w.Header().Set("Content-Type", m.mime)
		_, _ = w.Write(m.data)
	}
}

type oauthCode struct {
	appID, openid, scope string
	until                time.Time
}

// authorize is open.weixin.qq.com's page, which snsapi_base passes without a
// question. The person is the one in the query's openid, which the real page
// knows from WeChat itself.
func (s *Server) authorize(r *request) answer {
	q := r.URL.Query()
	a, found := s.accounts[q.Get("appid")]
	if !found {
		return refuse(10003, "redirect_uri domain does not match, or unknown appid")
	}
	r.acc = a
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || back.Host == "" {
		return refuse(10003, "redirect_uri domain does not match")
	}
	scope := q.Get("scope")
	if q.Get("response_type") != "code" || (scope != "snsapi_base" && scope != "snsapi_userinfo") {
		return refuse(10005, "scope or response_type is wrong")
	}
	openid := q.Get("openid")
	if openid == "" {
		openid = "oSim-visitor-000000000000001"
	}
	code := rand.Text()
	s.codes[code] = oauthCode{appID: a.AppID, openid: openid, scope: scope, until: r.now.Add(codeLife)}
	v := back.Query()
	v.Set("code", code)
	v.Set("state", q.Get("state"))
	back.RawQuery = v.Encode()
	return answer{redirect: back.String()}
}

func (s *Server) oauthToken(r *request) answer {
	q := r.URL.Query()
	if a := s.account(r, q.Get("appid"), q.Get("secret")); a.code != 0 {
		return a
	}
	if q.Get("grant_type") != "authorization_code" {
		return refuse(40002, "invalid grant_type")
	}
	name := q.Get("code")
	c, found := s.codes[name]
	if !found || c.appID != r.acc.AppID {
		return refuse(40029, "invalid code")
	}
	if c.openid == "" {
		return refuse(40163, "code been used")
	}
	if !r.now.Before(c.until) {
		return refuse(40029, "invalid code: expired")
	}
	openid := c.openid
	c.openid = "" // remembered as used
	s.codes[name] = c
	return answer{json: map[string]any{
		"access_token": rand.Text(), "expires_in": 7200, "refresh_token": rand.Text(),
		"openid": openid, "scope": c.scope,
	}}
}

func (s *Server) domainIP(*request) answer {
	return answer{json: map[string]any{"ip_list": []string{"127.0.0.1"}}}
}

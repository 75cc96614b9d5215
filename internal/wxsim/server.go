package wxsim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// maxCalls bounds what the server remembers; the oldest calls go first.
	maxCalls = 100_000
	maxBody  = 12 << 20 // media uploads are at most 10 MB
)

// Server is api.weixin.qq.com, and open.weixin.qq.com's OAuth page, for the
// accounts that it knows. As on the platform, errors are HTTP 200 with an errcode.
// It also answers under /_sim/, see control.go.
type Server struct {
	Now func() time.Time
	// OnCall, when set, is told of every call after it was recorded.
	OnCall func(Call)

	mux *http.ServeMux

	mu       sync.Mutex
	accounts map[string]Account // by app ID
	tokens   map[string]token
	stable   map[string]string // app ID → its stable token
	forced   map[string]int    // force_refresh used, by app ID and day
	windows  map[string]*window
	tags     map[string][]tag        // by app ID
	tagged   map[string]map[int]bool // by app ID and openid
	notices  map[string]int          // ticks for subscribe notices, by openid and template
	sent     map[string]sentJob
	codes    map[string]oauthCode
	media    map[string]media
	menus    map[string]*menuState
	kf       map[string]*kfState // customer service, by open_kfid
	faults   map[string]*fault
	calls    []Call
	changed  chan struct{} // closed and replaced at every call
	serial   int64
}

// Call is one request that an account made of the platform.
type Call struct {
	At       time.Time           `json:"at"`
	Method   string              `json:"method"`
	Path     string              `json:"path"`
	Query    map[string][]string `json:"query,omitempty"`
	AppID    string              `json:"app_id,omitempty"` // whose token or app ID it carried
	Raw      string              `json:"raw,omitempty"`    // the body as it came; empty for uploads
	JSON     map[string]any      `json:"json,omitempty"`   // the body, where it was JSON
	ErrCode  int                 `json:"errcode"`
	Silenced bool                `json:"silenced,omitempty"` // never answered
	Job      int64               `json:"job,omitempty"`      // the number that a template message was given
}

// ToUser is the openid that the call is about, if any.
func (c Call) ToUser() string { s, _ := c.JSON["touser"].(string); return s }

// Text is what a customer-service message shows: its text, or the menu as lines.
func (c Call) Text() string {
	if t, ok := c.JSON["text"].(map[string]any); ok {
		s, _ := t["content"].(string)
		return s
	}
	m, ok := c.JSON["msgmenu"].(map[string]any)
	if !ok {
		return ""
	}
	var lines []string
	add := func(v any) {
		if s, _ := v.(string); s != "" {
			lines = append(lines, s)
		}
	}
	add(m["head_content"])
	for _, l := range c.MenuLinks() {
		lines = append(lines, l.Label)
	}
	add(m["tail_content"])
	return strings.Join(lines, "\n")
}

// MenuLinks are the tappable choices of a customer-service message.
func (c Call) MenuLinks() []MenuLink {
	if t, ok := c.JSON["text"].(map[string]any); ok {
		s, _ := t["content"].(string)
		return MenuLinks(s)
	}
	m, _ := c.JSON["msgmenu"].(map[string]any)
	list, _ := m["list"].([]any)
	var links []MenuLink
	for _, i := range list {
		item, _ := i.(map[string]any)
		label, _ := item["content"].(string)
		links = append(links, MenuLink{ID: fmt.Sprint(item["id"]), Content: label, Label: label})
	}
	return links
}

// NewServer knows the accounts given.
func NewServer(accounts ...Account) *Server {
	s := &Server{
		Now:      time.Now,
		accounts: make(map[string]Account),
		tokens:   make(map[string]token),
		stable:   make(map[string]string),
		forced:   make(map[string]int),
		windows:  make(map[string]*window),
		notices:  make(map[string]int),
		tags:     make(map[string][]tag),
		tagged:   make(map[string]map[int]bool),
		sent:     make(map[string]sentJob),
		codes:    make(map[string]oauthCode),
		media:    make(map[string]media),
		menus:    make(map[string]*menuState),
		kf:       make(map[string]*kfState),
		faults:   make(map[string]*fault),
		changed:  make(chan struct{}),
	}
	for _, a := range accounts {
		s.accounts[a.AppID] = a
		if a.OpenKfID != "" {
			s.kf[a.OpenKfID] = &kfState{people: map[string]*kfPerson{}, codes: map[string]kfCode{}, hints: map[string]time.Time{}}
		}
	}
	s.mux = s.routes()
	return s
}

// request is one call on its way through an endpoint. Endpoints run under the
// server's lock: they are short, and the platform's own rules (a token, a quota)
// are what they share.
type request struct {
	*http.Request
	now  time.Time
	body []byte
	json map[string]any
	acc  Account
	job  int64
}

// answer is an endpoint's result: JSON, or raw bytes with a type, or a redirect.
type answer struct {
	code     int
	json     any
	raw      []byte
	mime     string
	redirect string
}

func refuse(code int, msg string) answer {
	return answer{code: code, json: map[string]any{"errcode": code, "errmsg": msg}}
}

func ok(more ...any) answer {
	m := map[string]any{"errcode": 0, "errmsg": "ok"}
	for i := 0; i+1 < len(more); i += 2 {
		m[more[i].(string)] = more[i+1]
	}
	return answer{json: m}
}

type endpoint struct {
	method string
	run    func(*Server, *request) answer
	// open endpoints carry the app ID and secret themselves instead of a token.
	open bool
}

var endpoints = map[string]endpoint{
	"/cgi-bin/token":                       {"GET", (*Server).plainToken, true},
	"/cgi-bin/stable_token":                {"POST", (*Server).stableToken, true},
	"/cgi-bin/message/custom/send":         {"POST", (*Server).customSend, false},
	"/cgi-bin/message/custom/typing":       {"POST", (*Server).customTyping, false},
	"/cgi-bin/message/template/send":       {"POST", (*Server).templateSend, false},
	"/cgi-bin/message/subscribe/bizsend":   {"POST", (*Server).bizSend, false},
	"/cgi-bin/menu/create":                 {"POST", (*Server).menuCreate, false},
	"/cgi-bin/menu/addconditional":         {"POST", (*Server).menuAddConditional, false},
	"/cgi-bin/menu/get":                    {"GET", (*Server).menuGet, false},
	"/cgi-bin/menu/delete":                 {"GET", (*Server).menuDelete, false},
	"/cgi-bin/qrcode/create":               {"POST", (*Server).qrCreate, false},
	"/cgi-bin/media/upload":                {"POST", (*Server).mediaUpload, false},
	"/cgi-bin/media/get":                   {"GET", (*Server).mediaGet, false},
	"/cgi-bin/get_api_domain_ip":           {"GET", (*Server).domainIP, false},
	"/cgi-bin/openapi/quota/get":           {"POST", (*Server).quotaGet, false},
	"/cgi-bin/ticket/getticket":            {"GET", (*Server).ticket, false},
	"/cgi-bin/tags/get":                    {"GET", (*Server).tagsGet, false},
	"/cgi-bin/tags/create":                 {"POST", (*Server).tagCreate, false},
	"/cgi-bin/tags/members/batchtagging":   {"POST", (*Server).tagging, false},
	"/cgi-bin/tags/members/batchuntagging": {"POST", (*Server).untagging, false},
	"/cgi-bin/menu/delconditional":         {"POST", (*Server).menuDelConditional, false},
	"/connect/oauth2/authorize":            {"GET", (*Server).authorize, true},
	"/sns/oauth2/access_token":             {"GET", (*Server).oauthToken, true},
	"/cgi-bin/gettoken":                    {"GET", (*Server).kfToken, true},
	"/cgi-bin/kf/sync_msg":                 {"POST", (*Server).kfSync, false},
	"/cgi-bin/kf/send_msg":                 {"POST", (*Server).kfSend, false},
	"/cgi-bin/kf/send_msg_on_event":        {"POST", (*Server).kfWelcome, false},
	"/cgi-bin/kf/service_state/trans":      {"POST", (*Server).kfTrans, false},
	"/cgi-bin/kf/account/list":             {"POST", (*Server).kfList, false},
}

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for path, e := range endpoints {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, e) })
	}
	s.control(mux)
	mux.HandleFunc("GET "+mediaFiles+"{id}", s.mediaFile)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.serve(w, r, endpoint{method: r.Method, open: true, run: func(*Server, *request) answer {
			return refuse(40066, "invalid url")
		}})
	})
	return mux
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *Server) serve(w http.ResponseWriter, r *http.Request, e endpoint) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return // the caller broke off or sends far too much: there is nobody to answer
	}
	req := &request{Request: r, body: body}
	if len(body) > 0 && body[0] == '{' {
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if d.Decode(&req.json) != nil {
			req.json = nil
		}
	}
	s.mu.Lock()
	req.now = s.Now()
	f := s.faults[r.URL.Path]
	var a answer
	next := f.take()
	switch {
	case f.silent():
	case next != 0 && next != Lost:
		a = refuse(next, "scripted")
	case f.failing():
		a = f.fail()
	case e.method != r.Method:
		a = refuse(43002, "require "+e.method+" method")
	default:
		if !e.open {
			a = s.admit(req)
		}
		if a.code == 0 {
			a = e.run(s, req)
		}
	}
	call := s.record(req, a.code, f.silent() || next == Lost)
	told := s.OnCall
	s.mu.Unlock()
	if told != nil {
		told(call)
	}
	if !f.hold(r.Context()) || next == Lost {
		panic(http.ErrAbortHandler) // silenced: the connection breaks without an answer
	}
	a.write(w, r)
}

func (a answer) write(w http.ResponseWriter, r *http.Request) {
	switch {
	case a.redirect != "":
		http.Redirect(w, r, a.redirect, http.StatusFound)
	case a.raw != nil:
		w.Header().Set("Content-Type", a.mime)
		_, _ = w.Write(a.raw)
	default:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(a.json)
	}
}

// record remembers a call; the lock is held.
func (s *Server) record(r *request, code int, silenced bool) Call {
	c := Call{
		At: r.now, Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(),
		AppID: r.acc.AppID, JSON: r.json, ErrCode: code, Silenced: silenced, Job: r.job,
	}
	if r.json != nil {
		c.Raw = string(r.body)
	}
	if len(s.calls) >= maxCalls {
		s.calls = slices.Clone(s.calls[maxCalls/2:])
	}
	s.calls = append(s.calls, c)
	close(s.changed)
	s.changed = make(chan struct{})
	return c
}

// Calls are all calls so far, oldest first.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Wait returns the first call, past or to come, that match accepts.
func (s *Server) Wait(ctx context.Context, match func(Call) bool) (Call, error) {
	for seen := 0; ; {
		s.mu.Lock()
		calls, changed := s.calls, s.changed
		s.mu.Unlock()
		if seen > len(calls) {
			seen = 0 // Reset, or the oldest were dropped
		}
		for _, c := range calls[seen:] {
			if match(c) {
				return c, nil
			}
		}
		seen = len(calls)
		select {
		case <-changed:
		case <-ctx.Done():
			return Call{}, fmt.Errorf("wait for a call to the platform (%d came, none of them it): %w", seen, ctx.Err())
		}
	}
}

// Reset forgets the calls and the faults. Tokens, windows and menus stay.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
	for _, f := range s.faults {
		f.release()
	}
	clear(s.faults)
	close(s.changed)
	s.changed = make(chan struct{})
}

package wxsim

import (
	"crypto/rand"
	"encoding/json"
	"strconv"
	"time"
)

const (
	tokenLife = 7200 * time.Second
	// grace: a retired token is still good for so long.
	grace = 5 * time.Minute
	// maxForced is how often a day a stable token may be refreshed by force.
	maxForced = 20
)

type token struct {
	appID  string
	until  time.Time
	stable bool
}

// account checks the app ID and secret that an open endpoint carries.
func (s *Server) account(r *request, appID, secret string) answer {
	a, found := s.accounts[appID]
	if !found {
		return refuse(40013, "invalid appid")
	}
	r.acc = a
	if a.AppSecret != secret {
		return refuse(40125, "invalid appsecret")
	}
	return answer{}
}

// plainToken is GET /cgi-bin/token: a new token each time, and the one before it
// is retired. Two replicas that use it invalidate each other's.
func (s *Server) plainToken(r *request) answer {
	q := r.URL.Query()
	if q.Get("grant_type") != "client_credential" {
		return refuse(40002, "invalid grant_type")
	}
	if a := s.account(r, q.Get("appid"), q.Get("secret")); a.code != 0 {
		return a
	}
	for name, t := range s.tokens {
		if t.appID == r.acc.AppID && !t.stable {
			s.retire(name, r.now.Add(grace))
		}
	}
	return grant(s.issue(r, false), tokenLife)
}

// stableToken is POST /cgi-bin/stable_token: the same token for everybody until
// it is about to end.
func (s *Server) stableToken(r *request) answer {
	var in struct {
		GrantType string `json:"grant_type"`
		AppID     string `json:"appid"`
		Secret    string `json:"secret"`
		Force     bool   `json:"force_refresh"`
	}
	if err := json.Unmarshal(r.body, &in); err != nil {
		return refuse(47001, "data format error")
	}
	if in.GrantType != "client_credential" {
		return refuse(40002, "invalid grant_type")
	}
	if a := s.account(r, in.AppID, in.Secret); a.code != 0 {
		return a
	}
	name := s.stable[in.AppID]
	left := s.tokens[name].until.Sub(r.now)
	if in.Force {
		day := in.AppID + " " + r.now.UTC().Add(8*time.Hour).Format(time.DateOnly)
		if s.forced[day] >= maxForced {
			return refuse(45009, "reach max api daily quota limit")
		}
		s.forced[day]++
		delete(s.tokens, name) // by force the old one is gone at once
	} else if left > grace {
		return grant(name, left)
	}
	name = s.issue(r, true)
	s.stable[in.AppID] = name
	return grant(name, tokenLife)
}

func grant(name string, left time.Duration) answer {
	return answer{json: map[string]any{"access_token": name, "expires_in": int(left.Seconds())}}
}

func (s *Server) issue(r *request, stable bool) string {
	s.serial++
	name := strconv.FormatInt(s.serial, 10) + "_" + rand.Text()
	s.tokens[name] = token{appID: r.acc.AppID, until: r.now.Add(tokenLife), stable: stable}
	return name
}

func (s *Server) retire(name string, at time.Time) {
	t := s.tokens[name]
	if t.until.After(at) {
		t.until = at
		s.tokens[name] = t
	}
}

// RevokeTokens makes every token invalid at once, as a change of the secret does.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
	clear(s.stable)
}

// admit finds the account by its access token.
func (s *Server) admit(r *request) answer {
	name := r.URL.Query().Get("access_token")
	if name == "" {
		return refuse(41001, "access_token missing")
	}
	t, found := s.tokens[name]
	if !found {
		return refuse(40001, "invalid credential, access_token is invalid or not latest")
	}
	r.acc = s.accounts[t.appID]
	if !r.now.Before(t.until) {
		return refuse(42001, "access_token expired")
	}
	return answer{}
}

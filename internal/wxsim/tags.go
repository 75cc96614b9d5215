package wxsim

import (
	"crypto/rand"
	"encoding/json"
	"slices"
)

const (
	maxTags    = 100
	maxTagName = 30 // bytes
	maxTagging = 50 // users at once
	firstTag   = 100
)

type tag struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

func (s *Server) tagsGet(r *request) answer {
	list := s.tags[r.acc.AppID]
	if list == nil {
		list = []tag{}
	}
	return answer{json: map[string]any{"tags": list}}
}

func (s *Server) tagCreate(r *request) answer {
	var in struct {
		Tag tag `json:"tag"`
	}
	if json.Unmarshal(r.body, &in) != nil || in.Tag.Name == "" {
		return refuse(47001, "data format error")
	}
	list := s.tags[r.acc.AppID]
	switch {
	case len(in.Tag.Name) > maxTagName:
		return refuse(45158, "tag name too long")
	case slices.ContainsFunc(list, func(t tag) bool { return t.Name == in.Tag.Name }):
		return refuse(45157, "invalid tag name")
	case len(list) >= maxTags:
		return refuse(45056, "too many tags")
	}
	in.Tag.ID = firstTag + len(list)
	s.tags[r.acc.AppID] = append(list, in.Tag)
	return answer{json: map[string]any{"tag": in.Tag}}
}

func (s *Server) tagging(r *request) answer   { return s.tagOrNot(r, true) }
func (s *Server) untagging(r *request) answer { return s.tagOrNot(r, false) }

func (s *Server) tagOrNot(r *request, on bool) answer {
	var in struct {
		Users []string `json:"openid_list"`
		Tag   int      `json:"tagid"`
	}
	if json.Unmarshal(r.body, &in) != nil {
		return refuse(47001, "data format error")
	}
	switch {
	case len(in.Users) == 0 || len(in.Users) > maxTagging:
		return refuse(40032, "invalid openid list size")
	case !slices.ContainsFunc(s.tags[r.acc.AppID], func(t tag) bool { return t.ID == in.Tag }):
		return refuse(45159, "invalid tag id")
	}
	for _, u := range in.Users {
		key := r.acc.AppID + " " + u
		if w := s.windows[key]; w != nil && !w.followed {
			return refuse(49003, "not match openid with appid")
		}
		if s.tagged[key] == nil {
			s.tagged[key] = map[int]bool{}
		}
		s.tagged[key][in.Tag] = on
	}
	return ok()
}

// TagsOf are the names of the tags that a follower bears.
func (s *Server) TagsOf(appID, openid string) (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tags[appID] {
		if s.tagged[appID+" "+openid][t.ID] {
			names = append(names, t.Name)
		}
	}
	return names
}

// ticket is the key by which pages prove whose they are.
func (s *Server) ticket(r *request) answer {
	if r.URL.Query().Get("type") != "jsapi" {
		return refuse(40004, "invalid ticket type")
	}
	return ok("ticket", rand.Text(), "expires_in", 7200)
}

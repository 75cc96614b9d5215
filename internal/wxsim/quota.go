package wxsim

import "encoding/json"

// dailyLimits are what an account may usually call in a day.
var dailyLimits = map[string]int{"/cgi-bin/message/custom/send": 500_000, "/cgi-bin/message/template/send": 100_000}

// quotaGet says how often an interface may be called today. The simulator counts what it remembers, and refuses nothing.
func (s *Server) quotaGet(r *request) answer {
	var in struct {
		Path string `json:"cgi_path"`
	}
	if err := json.Unmarshal(r.body, &in); err != nil {
		return refuse(47001, "data format error")
	}
	limit, known := dailyLimits[in.Path]
	if !known {
		return refuse(76021, "cgi_path not found, please check")
	}
	used := 0
	for _, c := range s.calls {
		if c.Path == in.Path && c.AppID == r.acc.AppID {
			used++
		}
	}
	return answer{json: map[string]any{"quota": map[string]int{"daily_limit": limit, "used": used, "remain": limit - used}}}
}

package wxsim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

// control lets another process drive the server: POST /_sim/fail, slow, silence,
// saw, media, reset; GET /_sim/calls.
func (s *Server) control(mux *http.ServeMux) {
	mux.HandleFunc("GET /_sim/calls", func(w http.ResponseWriter, r *http.Request) {
		calls := s.Calls()
		if path := r.URL.Query().Get("path"); path != "" {
			var some []Call
			for _, c := range calls {
				if c.Path == path {
					some = append(some, c)
				}
			}
			calls = some
		}
		if calls == nil {
			calls = []Call{}
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(calls)
	})
	post(mux, "/_sim/fail", func(in struct {
		Path    string `json:"path"`
		ErrCode int    `json:"errcode"`
		ErrMsg  string `json:"errmsg"`
		Times   int    `json:"times"`
	}) string {
		if in.Path == "" || in.ErrCode == 0 {
			return "path and errcode are needed"
		}
		s.Fail(in.Path, in.ErrCode, in.ErrMsg, in.Times)
		return ""
	})
	post(mux, "/_sim/slow", func(in struct {
		Path string `json:"path"`
		For  string `json:"for"`
	}) string {
		d, err := time.ParseDuration(in.For)
		if in.Path == "" || err != nil {
			return `path and for (such as "3s") are needed`
		}
		s.Slow(in.Path, d)
		return ""
	})
	post(mux, "/_sim/silence", func(in struct {
		Path string `json:"path"`
	}) string {
		if in.Path == "" {
			return "path is needed"
		}
		s.Silence(in.Path)
		return ""
	})
	post(mux, "/_sim/saw", func(in struct {
		AppID   string  `json:"app_id"`
		Message Message `json:"message"`
	}) string {
		if in.AppID == "" || in.Message.From == "" {
			return "app_id and message.From are needed"
		}
		s.Saw(in.AppID, in.Message)
		return ""
	})
	post(mux, "/_sim/media", func(in struct {
		AppID   string `json:"app_id"`
		MediaID string `json:"media_id"`
		Type    string `json:"type"`
		Data    []byte `json:"data"` // base64
	}) string {
		if in.AppID == "" || in.MediaID == "" || in.Type == "" {
			return "app_id, media_id and type are needed"
		}
		s.AddMedia(in.AppID, in.MediaID, in.Type, in.Data)
		return ""
	})
	post(mux, "/_sim/reset", func(struct{}) string { s.Reset(); return "" })
}

// post decodes a JSON body strictly and answers 400 with what run complains of.
func post[T any](mux *http.ServeMux, path string, run func(T) string) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var in T
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil && !errors.Is(err, io.EOF) { // no body: nothing to say
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if why := run(in); why != "" {
			http.Error(w, why, http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

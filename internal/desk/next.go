package desk

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/gin-gonic/gin"
)

// longestNext is how long an address may be to which a sign-in leads: ours are far shorter.
const longestNext = 512

// nowhere are addresses of the desk that are no page: a sign-in leads to none of them.
var nowhere = []string{"/desk/login", "/desk/logout", "/desk/leave", "/desk/password", "/desk/code", "/desk/factor", "/desk/confirm", "/desk/session", "/desk/static", "/desk/live", "/desk/queue"}

// localNext returns an address to which a sign-in may lead, written anew from its parts: a path of the desk with its
// query. "" for anything else, such as another host in whatever disguise.
func localNext(raw string) string {
	if raw == "" || len(raw) > longestNext {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "" || u.Opaque != "" || u.User != nil || u.Host != "" {
		return ""
	}
	// no path of the desk needs an escape, and a browser may take one for what it hides
	if u.RawPath != "" || strings.ContainsAny(u.Path, "\\%") || strings.ContainsFunc(u.Path, func(r rune) bool { return r < ' ' || r > '~' }) {
		return ""
	}
	if path.Clean(u.Path) != u.Path || u.Path != "/desk" && !strings.HasPrefix(u.Path, "/desk/") {
		return ""
	}
	for _, p := range nowhere {
		if u.Path == p || strings.HasPrefix(u.Path, p+"/") {
			return ""
		}
	}
	return (&url.URL{Path: u.Path, RawQuery: u.Query().Encode()}).String()
}

// wanted is the page that a request was about: where its sender goes on after signing in. A form's own address is no
// page, so that it is the case that the form is of.
func wanted(c *gin.Context) string {
	if at := c.GetHeader("HX-Current-URL"); at != "" {
		u, err := url.Parse(at)
		if err != nil {
			return ""
		}
		return localNext((&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String())
	}
	if c.Request.Method == http.MethodGet {
		return localNext(c.Request.URL.RequestURI())
	}
	if rest, ok := strings.CutPrefix(c.Request.URL.Path, "/desk/cases/"); ok {
		id, _, _ := strings.Cut(rest, "/")
		return localNext("/desk/cases/" + id)
	}
	return ""
}

// with returns a path that carries where to go on, if anywhere.
func with(to, next string) string {
	if next == "" || next == "/desk" {
		return to
	}
	return to + "?" + url.Values{"next": {next}}.Encode()
}

// onward is where a sign-in leads.
func onward(next string) string {
	if next = localNext(next); next != "" {
		return next
	}
	return "/desk"
}

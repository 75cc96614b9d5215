package desk

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

//go:embed static
var static embed.FS

// assets serves static/, whose foreign files are htmx 4.0.1 (Zero-Clause BSD, see htmx-LICENSE.txt) and bars of Apache
// ECharts 6.1.0 (Apache 2.0, see echarts-LICENSE.txt).
var assets = func() http.Handler {
	sub, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is embedded two lines above
	}
	return http.StripPrefix("/desk/static", http.FileServerFS(sub))
}()

// style is the one style sheet of the desk, put together from css/ in the order of the names.
var style = func() []byte {
	names, err := fs.Glob(static, "static/css/*.css")
	if err != nil {
		panic(err) // the pattern stands in this line's call
	}
	var all []byte
	for _, name := range names {
		b, err := static.ReadFile(name)
		if err != nil {
			panic(err) // as above
		}
		all = append(all, b...)
	}
	return all
}()

func serveStatic(c *gin.Context) {
	if c.Param("file") == "/desk.css" {
		c.Header("Cache-Control", "public, max-age=300")
		c.Data(http.StatusOK, "text/css; charset=utf-8", style)
		return
	}
	if strings.HasSuffix(c.Param("file"), "/") { // no listings
		c.AbortWithStatus(http.StatusNotFound)
		return
	}
	c.Header("Cache-Control", "public, max-age=300")
	assets.ServeHTTP(c.Writer, c.Request)
}

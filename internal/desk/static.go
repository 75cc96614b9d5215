package desk

import (
	"embed"
	"io/fs"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/assets"
)

//go:embed static
var static embed.FS

// shipped serves static/, whose foreign files are htmx 4.0.1 (Zero-Clause BSD, see htmx-LICENSE.txt) and bars of Apache
// ECharts 6.1.0 (Apache 2.0, see echarts-LICENSE.txt).
var shipped = http.StripPrefix("/desk/static", assets.Handler(static, "static"))

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
	c.Header("Cache-Control", "public, max-age=300")
	shipped.ServeHTTP(c.Writer, c.Request)
}

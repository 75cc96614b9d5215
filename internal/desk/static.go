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

// assets serves static/, whose one foreign file is htmx 4.0.1 (Zero-Clause BSD, see htmx-LICENSE.txt).
var assets = func() http.Handler {
	sub, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is embedded two lines above
	}
	return http.StripPrefix("/desk/static", http.FileServerFS(sub))
}()

func serveStatic(c *gin.Context) {
	if strings.HasSuffix(c.Param("file"), "/") { // no listings
		c.AbortWithStatus(http.StatusNotFound)
		return
	}
	c.Header("Cache-Control", "public, max-age=300")
	assets.ServeHTTP(c.Writer, c.Request)
}

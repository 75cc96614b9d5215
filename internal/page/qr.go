package page

import (
	"html/template"

	"github.com/xinqiao-bot/xinqiao/internal/qr"
)

// signInQR draws what a station's clerk scans.
func signInQR(text string) template.HTML { return qr.SVG(text, "签到二维码") }

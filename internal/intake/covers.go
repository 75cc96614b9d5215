package intake

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// maxCover keeps a picture quick to open on a phone; dialogs/media takes no larger ones.
const maxCover = 512 << 10

// picture is a cover that goes to dialogs/media with an import.
type picture struct {
	name string
	data []byte
}

// cover takes the picture that a cell names out of the folder of covers.
func (r *row) cover(dir, id string) (picture, bool) {
	name := r.optional("cover")
	if name == "" || id == "" {
		return picture{}, false
	}
	if strings.HasPrefix(name, "http:") || strings.ContainsAny(name, `/\`) || name[0] == '.' {
		r.bad("cover", "写图片的文件名，例如 第1期.jpg，或者 https:// 开头的网址", "不是文件名，也不是安全的网址")
		return picture{}, false
	}
	file := filepath.Join(dir, name)
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.bad("cover", "把图片放进 "+dir+"，或者用 --covers 说清楚在哪个文件夹；文件名要一模一样，连后缀一起写", "没有找到这张图片")
		return picture{}, false
	case err != nil || !info.Mode().IsRegular():
		r.bad("cover", "请确认它是一张图片，可以打开", "图片读不出来")
		return picture{}, false
	case info.Size() > maxCover:
		r.bad("cover", fmt.Sprintf("请缩小到 %d KB 以内，手机上打开才快", maxCover>>10), "图片有 %d KB，太大了", info.Size()>>10)
		return picture{}, false
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		r.bad("cover", "请确认它可以打开", "图片读不出来")
		return picture{}, false
	}
	kinds := map[string]string{"image/png": ".png", "image/jpeg": ".jpg"}
	end, ok := kinds[http.DetectContentType(raw)]
	if !ok {
		r.bad("cover", "请另存为 PNG 或 JPG", "不是 PNG 或 JPG 图片")
		return picture{}, false
	}
	return picture{"cover-" + fileSafe.ReplaceAllString(id, "-") + end, raw}, true
}

var fileSafe = regexp.MustCompile(`[^a-zA-Z0-9_-]`)

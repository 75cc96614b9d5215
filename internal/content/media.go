package content

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Picture is a picture that flows show, as it is served.
type Picture struct {
	Type string // image/png or image/jpeg: what every platform shows
	Data []byte
}

// maxPicture keeps a picture quick to open on a phone.
const maxPicture = 512 << 10

// loadMedia reads the pictures of dialogs/media, and finds steps and lessons that show one which is not there. The folder may be missing.
func loadMedia(root fs.FS, flows *dialog.Set, courses *course.Catalogue) (map[string]Picture, error) {
	var ps problem.Problems
	out := map[string]Picture{}
	entries, err := fs.ReadDir(root, "media")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ps.Addf("media/", 1, 1, "确认文件夹可以读取", "读不到文件夹")
	}
	for _, e := range entries {
		file := path.Join("media", e.Name())
		if e.IsDir() || e.Name()[0] == '.' {
			continue
		}
		raw, err := fs.ReadFile(root, file)
		kind := http.DetectContentType(raw)
		switch {
		case err != nil:
			ps.Addf(file, 1, 1, "确认文件可以读取", "读不到文件")
		case !slices.Contains([]string{"image/png", "image/jpeg"}, kind):
			ps.Addf(file, 1, 1, "请另存为 PNG 或 JPG", "不是微信里能看的图片")
		case len(raw) > maxPicture:
			ps.Addf(file, 1, 1, "请把图片缩小些，手机上打开才快", "图片有 %d KB，最大 %d KB", len(raw)>>10, maxPicture>>10)
		}
		out[e.Name()] = Picture{kind, raw}
	}
	if flows != nil {
		for _, use := range flows.Media() {
			if _, ok := out[use.Name]; !ok {
				ps.Addf(use.File, use.Line, use.Col, "把图片放进 dialogs/media/，或检查名字（大小写也要一样）", "没有图片 media/%s", use.Name)
			}
		}
	}
	if courses != nil {
		for _, use := range courses.Covers() {
			if _, ok := out[use.Name]; !ok {
				ps.Addf(use.File, use.Line, use.Col, "把图片放进 dialogs/media/，或检查名字（大小写也要一样）", "没有图片 media/%s", use.Name)
			}
		}
	}
	return out, ps.Err()
}

package content

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// accountsDir holds a folder for each account that says something otherwise: accounts/tianhe/flows/hello.yaml takes the
// place of flows/hello.yaml for whoever comes by the account tianhe, a file of another name is added. It lies inside the
// content folder and not elsewhere, so that whoever checks, tests or copies the content has all of it.
const accountsDir = "accounts"

// What an account may say otherwise. The words of danger, the lessons, self-checks and stations are the city's: commands
// read those, and one city must not judge danger in two ways.
var accountMay = []string{"flows", "replies", "media", "menu.yaml"}

// layers is a folder laid over another: a file of the upper one hides the lower one's of its name.
type layers struct{ upper, lower fs.FS }

// Open implements fs.FS.
func (l layers) Open(name string) (fs.File, error) {
	if f, err := l.upper.Open(name); !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	return l.lower.Open(name)
}

// ReadDir implements fs.ReadDirFS.
func (l layers) ReadDir(name string) ([]fs.DirEntry, error) {
	upper, err := fs.ReadDir(l.upper, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	lower, lowerErr := fs.ReadDir(l.lower, name)
	if lowerErr != nil && (err != nil || !errors.Is(lowerErr, fs.ErrNotExist)) {
		return nil, lowerErr
	}
	all := slices.Clone(upper)
	for _, e := range lower {
		if !slices.ContainsFunc(upper, func(u fs.DirEntry) bool { return u.Name() == e.Name() }) {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

// version is the content of one moment: what is said in common, and by the accounts that have files of their own.
type version struct {
	common   *Bundle
	accounts map[string]*Bundle
}

// equal says that nothing differs.
func (v *version) equal(o *version) bool {
	if v.common.Version != o.common.Version || len(v.accounts) != len(o.accounts) {
		return false
	}
	for name, b := range v.accounts {
		if old, ok := o.accounts[name]; !ok || old.Version != b.Version {
			return false
		}
	}
	return true
}

func (v *version) bundles() []*Bundle {
	all := []*Bundle{v.common}
	for _, b := range v.accounts {
		all = append(all, b)
	}
	return all
}

// flows are those of a version that stand in this one, nil where none are.
func (v *version) flows(version string) *dialog.Set {
	if v.common.Flows.Version == version {
		return v.common.Flows
	}
	for _, b := range v.accounts {
		if b.Flows.Version == version {
			return b.Flows
		}
	}
	return nil
}

// loadVersion reads the content of a folder with that of every account, whole or not at all.
func loadVersion(root fs.FS, with dialog.Signatures) (*version, error) {
	common, err := Load(root, with)
	if err != nil {
		return nil, err
	}
	v := &version{common: common, accounts: map[string]*Bundle{}}
	entries, err := fs.ReadDir(root, accountsDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the accounts' content: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		b, err := loadAccount(root, e.Name(), common, with)
		errs = append(errs, err)
		v.accounts[e.Name()] = b
	}
	if err := problem.Join(errs...); err != nil {
		return nil, err
	}
	return v, nil
}

func loadAccount(root fs.FS, name string, common *Bundle, with dialog.Signatures) (*Bundle, error) {
	dir := path.Join(accountsDir, name)
	own, err := fs.Sub(root, dir)
	if err != nil {
		return nil, fmt.Errorf("read the content of account %s: %w", name, err)
	}
	var ps problem.Problems
	top, err := fs.ReadDir(own, ".")
	if err != nil {
		return nil, fmt.Errorf("read the content of account %s: %w", name, err)
	}
	for _, e := range top {
		if e.Name()[0] != '.' && !slices.Contains(accountMay, e.Name()) {
			ps.Addf(path.Join(dir, e.Name()), 1, 1, "账号的文件夹里只放 flows/、replies/、media/ 和 menu.yaml；课程、站点、自测和危险的词全市共用", "“%s”不能一个账号一个样", e.Name())
		}
	}
	pictures, err := fs.ReadDir(own, "media")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the pictures of account %s: %w", name, err)
	}
	for _, e := range pictures {
		if _, taken := common.Media[e.Name()]; taken {
			ps.Addf(path.Join(dir, "media", e.Name()), 1, 1, "换一个名字，再在自己的流程里用它", "图片 %s 和全市共用的重名", e.Name())
		}
	}
	b, err := Load(layers{own, root}, with)
	return b, problem.Join(ps.Err(), placed(own, dir, name, err))
}

// placed says where a problem stands: in the account's own file, or in a common one that does not go with it.
func placed(own fs.FS, dir, name string, err error) error {
	var ps problem.Problems
	if !errors.As(err, &ps) {
		return err
	}
	ps = slices.Clone(ps)
	for i := range ps {
		if _, err := fs.Stat(own, ps[i].File); err == nil {
			ps[i].File = path.Join(dir, ps[i].File)
		} else {
			ps[i].Message += "（账号 " + name + " 改过的文件和它对不上）"
		}
	}
	return ps
}

// Of returns the running version for whoever comes by an account: its own, else the common one.
func (l *Library) Of(account string) *Bundle {
	v := l.current.Load()
	if b, ok := v.accounts[account]; ok {
		return b
	}
	return v.common
}

// Accounts names the accounts that have files of their own, in order.
func (l *Library) Accounts() []string {
	var names []string
	for name := range l.current.Load().accounts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Picture finds a picture that flows of any account show; no two of them share a name with a common one.
func (l *Library) Picture(name string) (Picture, bool) {
	v := l.current.Load()
	if p, ok := v.common.Media[name]; ok {
		return p, true
	}
	for _, account := range l.Accounts() {
		if p, ok := l.Of(account).Media[name]; ok {
			return p, true
		}
	}
	return Picture{}, false
}

// MenuFile is the menu of an account under a content folder: its own, else the common one. It is a path inside the folder.
func MenuFile(dir, account string) string {
	own := path.Join(accountsDir, account, "menu.yaml")
	if _, err := fs.Stat(os.DirFS(dir), own); account != "" && err == nil {
		return own
	}
	return "menu.yaml"
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// keys looks whether what is sealed can be opened, and by nobody else on this machine.
func (d *doctor) keys(context.Context) {
	if raw := d.cfg.Keys.JSON.Reveal(); raw != "" {
		_, err := seal.Parse([]byte(raw))
		d.is(err == nil, "keys.json（环境变量里的密钥）", "读不懂：应当是 xinqiao keys init 做出来的那个文件的全文。")
		return
	}
	path := d.cfg.Path(d.cfg.Keys.File)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if d.cfg.Database.Embedded() && !d.embeddedThere() {
			d.say(mind, "密钥文件 "+path, "还没有，第一次启动时会自动生成。生成以后请另存一份，和数据库分开放。")
		} else {
			d.say(mend, "密钥文件 "+path, "没有：以前有过的请从备份里取回来，没有它就打不开已存的内容；新装的运行 xinqiao keys init，每个副本用同一份。")
		}
		return
	}
	if err == nil {
		_, err = keyFileOf(d.cfg).Load(false)
	}
	if !d.is(err == nil, "密钥文件 "+path, "读不了：检查文件的属主和权限；内容坏了就从备份里取回来。") {
		return
	}
	d.is(info.Mode().Perm()&0o077 == 0, "密钥文件的权限", fmt.Sprintf("别的用户也能读：chmod 600 %s", path))
}

// embeddedThere says whether the embedded database's file is there.
func (d *doctor) embeddedThere() bool {
	_, err := os.Stat(d.cfg.Path(strings.TrimPrefix(d.cfg.Database.URL, "sqlite:")))
	return err == nil
}

// openKeysAsTheyAre opens the keys and makes none.
func openKeysAsTheyAre(cfg config.Config) (*seal.Sealer, error) {
	if raw := cfg.Keys.JSON.Reveal(); raw != "" {
		return seal.Parse([]byte(raw))
	}
	return keyFileOf(cfg).Load(false)
}

const (
	diskLeast = 1 << 30 // bytes free, below which the spool of a night may not fit
	diskPart  = 10      // per cent free
)

// disk looks whether words of danger can be kept here while the backends are away: the spool is what must never fail.
func (d *doctor) disk(context.Context) {
	dir := d.cfg.DataDir
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		d.say(mind, "数据目录 "+dir, "还没有，第一次启动时会自动建。")
		return
	}
	err := tryDisk(dir)
	d.is(err == nil, "往 "+dir+" 里写并落盘", fmt.Sprintf("写不进去（%s）：检查属主、权限、是不是只读挂载、磁盘是不是满了。数据库断开时，危险的话只有这里能存。", reason(err)))
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err == nil && st.Blocks > 0 {
		free, part := st.Bavail*uint64(st.Bsize), int(st.Bavail*100/st.Blocks)
		what := fmt.Sprintf("剩余空间 %.1f GB（%d%%）", float64(free)/(1<<30), part)
		switch {
		case free < diskLeast:
			d.say(mend, what, "不到 1 GB：清理磁盘或换大一点的盘。")
		default:
			d.better(part >= diskPart, what, "不到一成，请尽快清理。")
		}
		d.is(st.Files == 0 || st.Ffree*100/st.Files >= 1, "可建的文件数", "快用完了（inode）：df -i 看一看，删掉大量的小文件。")
	}
	if age := oldestSpooled(d.cfg.Path("spool"), time.Now()); age > 0 {
		d.better(age < 10*time.Minute, "暂存目录里最早的一条等了 "+age.Truncate(time.Second).String(), "有话已经答复、还没有记进数据库：先看数据库和服务的日志；数据库好了以后它会自己补记。")
	} else {
		d.say(fine, "暂存目录里没有等着补记的话", "")
	}
}

// tryDisk writes a file as the spool does, and takes it away.
func tryDisk(dir string) error {
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 4096))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// errorWord is the database's error in a word or two: its text may quote an address with a password, or what stands in a row.
func errorWord(err error) string {
	if code := store.ErrorCode(err); code != "" {
		return code
	}
	return "没有应答"
}

// reason is an error without the paths that are said beside it.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Sprint(err)
}

const (
	clockFine = time.Second     // between machines under NTP it is milliseconds
	clockMost = 3 * time.Second // beyond it the leases of calls, 5 s, mean nothing
)

// clock compares ours with the clocks that were seen on the way. Replicas take over each other's calls by the time.
func (d *doctor) clock(context.Context) {
	if len(d.clocks) == 0 {
		d.say(mind, "系统时钟 "+time.Now().In(citytime.Zone).Format("2006-01-02 15:04:05"), "这里没有可以对时的机器，请自己看一眼对不对（北京时间）。")
	}
	for _, c := range d.clocks {
		off := c.ahead.Abs()
		what := fmt.Sprintf("和%s的时钟相差 %s", c.whose, off.Truncate(time.Millisecond))
		const advice = "各台机器要对时：timedatectl set-ntp true，或装 chrony。差多了会叫人不准时，微信也会拒收。"
		if off > clockMost {
			d.say(mend, what, advice)
			continue
		}
		d.better(off <= clockFine, what, advice)
	}
}

// seen notes another machine's clock, asked between two moments of ours.
func (d *doctor) seen(whose string, theirs, asked, answered time.Time) {
	d.clocks = append(d.clocks, clockSeen{whose, theirs.Sub(asked.Add(answered.Sub(asked) / 2))})
}

// server asks a server that runs on this machine how it is, and whether phones would reach it.
func (d *doctor) server(ctx context.Context) {
	status, page, err := ask(ctx, "http://"+d.cfg.HTTP.Addr+"/readyz")
	if d.cfg.Metrics.Addr != "" { // there it says all
		if all, lines, failed := ask(ctx, "http://"+d.cfg.Metrics.Addr+"/readyz"); failed == nil && all == status {
			page = lines
		}
	}
	switch {
	case err != nil:
		d.say(mind, "本机的服务 "+d.cfg.HTTP.Addr, "没有在运行，或者连不上：xinqiao serve。")
	case status == http.StatusOK:
		d.say(fine, "本机的服务在运行，/readyz 正常", "")
	default:
		d.say(mend, "本机的服务", "在运行，但 /readyz 说没有准备好："+strings.Join(strings.Fields(strings.ReplaceAll(page, "\n", "；")), " "))
	}
	if strings.HasPrefix(d.cfg.HTTP.PublicURL, "https://") {
		status, _, err := ask(ctx, d.cfg.HTTP.PublicURL+"/healthz")
		d.better(err == nil && status == http.StatusOK, "从公网地址能打开", "打不开："+d.cfg.HTTP.PublicURL+"/healthz。检查域名解析、证书和前面的代理；机器自己绕不回公网时，请用手机试。")
	}
}

func ask(ctx context.Context, address string) (status int, page string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	client := &http.Client{Timeout: 4 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 4096))
	return res.StatusCode, string(raw), err
}

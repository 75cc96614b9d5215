package main

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/config"
)

// grade is how a doctor's finding stands.
type grade string

// The grades, as an operator reads them.
const (
	fine grade = "好    "
	mind grade = "留意  " // works, and may not be what is wanted
	mend grade = "要改  "
)

// doctor looks at everything that a server needs, changes nothing, and says for each thing that is not as it should be
// how to mend it. What is away keeps it from nothing else.
type doctor struct {
	env
	cfg    config.Config
	clocks []clockSeen
	counts map[grade]int
}

// clockSeen is how far another machine's clock is ahead of ours.
type clockSeen struct {
	whose string
	ahead time.Duration
}

// doctorPatience bounds each look.
const doctorPatience = 8 * time.Second

func doctorCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "look at everything a server needs and say how to mend what is wrong", Args: cobra.NoArgs,
		Long: `Looks at the configuration, the keys, the content, the database, Redis, the disk, the clock, the WeChat accounts, the rota and
the ways to call staff. It changes nothing and sends nothing. Each line is 好 (fine), 留意 (works, but look) or 要改 (mend it,
and how). Exit code 1 where something must be mended.`,
		Example: "  xinqiao doctor --config configs/xinqiao.yaml",
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			d := &doctor{env: e, counts: map[grade]int{}}
			d.look(cmd)
			_, _ = fmt.Fprintf(e.out, "\n%d 项好，%d 项留意，%d 项要改。\n", d.counts[fine], d.counts[mind], d.counts[mend])
			if n := d.counts[mend]; n > 0 {
				return fmt.Errorf("%d things to mend", n)
			}
			return nil
		}),
	}
}

func (d *doctor) look(cmd *cobra.Command) {
	d.room("配置")
	cfg, err := d.load(cmd)
	if !d.is(err == nil, "配置文件", fmt.Sprintf("%v。对照 configs/xinqiao.yaml 里每一项的说明改好再来。", err)) {
		return
	}
	d.cfg = cfg
	d.config()
	for _, room := range []struct {
		name string
		look func(ctx context.Context)
	}{
		{"密钥", d.keys}, {"内容", d.content}, {"磁盘", d.disk}, {"数据库", d.database}, {"Redis", d.redis}, {"微信", d.wechat}, {"微信客服", d.wecom}, {"时钟", d.clock}, {"服务", d.server},
	} {
		d.room(room.name)
		ctx, cancel := context.WithTimeout(cmd.Context(), doctorPatience)
		room.look(ctx)
		cancel()
	}
}

func (d *doctor) room(name string) { _, _ = fmt.Fprintf(d.out, "\n【%s】\n", name) }

// say writes one finding; advice is not said of what is fine.
func (d *doctor) say(g grade, what, advice string) {
	d.counts[g]++
	if g != fine {
		what += "：" + advice
	}
	_, _ = fmt.Fprintf(d.out, "%s%s\n", g, what)
}

// is says that something is fine, or must be mended.
func (d *doctor) is(ok bool, what, advice string) bool {
	if ok {
		d.say(fine, what, "")
	} else {
		d.say(mend, what, advice)
	}
	return ok
}

// better says that something is fine, or could be better.
func (d *doctor) better(ok bool, what, advice string) {
	if ok {
		d.say(fine, what, "")
	} else {
		d.say(mind, what, advice)
	}
}

// config looks at what is allowed and yet rarely meant.
func (d *doctor) config() {
	c := d.cfg
	public, _ := url.Parse(c.HTTP.PublicURL) // validated with the rest
	d.better(public != nil && public.Scheme == "https", "公网地址 "+c.HTTP.PublicURL, "手机上打开网页、微信授权和手机推送都要 https。在前面放一个 TLS 代理，再设置 http.public_url。")
	d.better(loopback(c.Metrics.Addr), "指标地址 "+shown(c.Metrics.Addr), "不在本机上：请用防火墙或网络策略，只让 Prometheus 连得到它。")
	if !c.Database.Embedded() && c.Redis.URL.Reveal() == "" {
		d.say(mind, "redis.url", "没有写：会话只在一个进程里，只能跑一个副本，重启会丢掉大家说到一半的位置。多副本请写上 redis://…。")
	}
	if c.Database.Embedded() && c.Redis.URL.Reveal() != "" {
		d.say(mend, "database.url", "有 Redis 却用 SQLite 文件：多个副本各写各的库。多副本请用 mysql://…，单机请去掉 redis.url。")
	}
	d.better(c.HTTP.Drain > 0, fmt.Sprintf("停机前先等 %s", c.HTTP.Drain), "http.drain 是 0：负载均衡还没看到 /readyz 变化，端口就关了。设成比它的检查间隔长一点。")
}

// loopback says whether an address is on this machine alone, or nowhere.
func loopback(addr string) bool {
	return addr == "" || strings.HasPrefix(addr, "127.") || strings.HasPrefix(addr, "localhost:") || strings.HasPrefix(addr, "[::1]:")
}

func shown(addr string) string {
	if addr == "" {
		return "（没有开）"
	}
	return addr
}

// content reads what the editors wrote, as a start does.
func (d *doctor) content(context.Context) {
	dir, _ := filepath.Abs(d.cfg.Dialogs.Dir)
	lib, err := openContent(d.cfg.Dialogs.Dir)
	if err != nil {
		lines := strings.Split(err.Error(), "\n")
		d.say(mend, "内容 "+dir, fmt.Sprintf("%s（共 %d 处）。运行 xinqiao check 看全部。", lines[0], len(lines)))
		return
	}
	d.say(fine, "内容 "+lib.Current().Version, "")
}

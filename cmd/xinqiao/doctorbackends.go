package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// database looks whether facts can be kept and read, and at what stands in it: who is on duty, and what was never done.
func (d *doctor) database(ctx context.Context) {
	cfg := d.cfg
	if cfg.Database.Embedded() && !d.embeddedThere() {
		d.say(mind, "数据库文件 "+cfg.Path(strings.TrimPrefix(cfg.Database.URL, "sqlite:")), "还没有，第一次启动时会自动建。")
		d.duty(ctx, nil)
		return
	}
	sealer, err := openKeysAsTheyAre(cfg)
	if err != nil {
		d.say(mend, "数据库", "先把密钥弄好，再来看数据库。")
		d.duty(ctx, nil)
		return
	}
	began := time.Now()
	unreadable := 0
	db, err := store.Open(ctx, store.Options{URL: cfg.Database.URL, DataDir: cfg.DataDir, Sealer: sealer, Unreadable: func(string, string, error) { unreadable++ }})
	if err == nil { // a server may start without it; a doctor says so
		if err = db.Ping(ctx); err != nil {
			_ = db.Close()
		}
	}
	if err != nil {
		d.say(mend, "连接数据库", "连不上（"+errorWord(err)+"）：检查 database.url 的地址、端口、用户名和密码，数据库是不是在运行，防火墙是不是放行。")
		d.duty(ctx, nil)
		return
	}
	defer func() { _ = db.Close() }()
	d.say(fine, "连接数据库，用时 "+time.Since(began).Truncate(time.Millisecond).String(), "")
	d.settings(ctx, db)
	pending := -1
	if lines, err := db.MigrationStatus(ctx); err == nil {
		pending = 0
		for _, l := range lines {
			if strings.Contains(l, "pending") {
				pending++
			}
		}
	}
	if !d.is(pending == 0, "表结构是最新的", pendingAdvice(pending, cfg.Database.Migrate)) {
		d.duty(ctx, nil)
		return
	}
	err = db.Writes(ctx)
	d.is(err == nil, "写入数据库", "写不进去（"+errorWord(err)+"）：检查账号的写权限、是不是只读的从库、磁盘是不是满了。")
	_, _, err = db.Cases().List(ctx, casework.Filter{Limit: 20})
	if err == nil {
		err = db.Sample(ctx)
	}
	d.is(err == nil && unreadable == 0, "打开已存的内容", "打不开：多半是密钥和这个数据库不是一套，或者恢复时没有放回每个人的密钥（PERSON_KEYS_DIR）。请换回备份里和它配套的密钥文件，不要重新生成。")
	d.replicas(ctx, db, sealer)
	d.undone(ctx, db)
	d.duty(ctx, db)
}

// replicas looks whether everybody who runs knows the newest key, and whether what older ones sealed was sealed anew.
func (d *doctor) replicas(ctx context.Context, db *store.DB, s *seal.Sealer) {
	k := s.Keys()
	running, err := db.KeyReplicas(ctx)
	if err != nil {
		return // said by what was tried before
	}
	behind := 0
	for _, r := range running {
		if !slices.Contains(r.Knows, k.Primary) {
			behind++
		}
	}
	d.better(behind == 0, fmt.Sprintf("运行着的副本（%d 个）都认识要用的密钥", len(running)), fmt.Sprintf("有 %d 个不认识：把密钥文件发给它们，几秒钟里自己会读；在那以前大家都用旧的。", behind))
	if len(k.IDs) > 1 {
		d.say(fine, fmt.Sprintf("密钥文件里有 %d 把", len(k.IDs)), "")
	}
}

func pendingAdvice(n int, migrates bool) string {
	switch {
	case n < 0:
		return "读不出来：检查账号有没有建表的权限，再运行 xinqiao migrate status。"
	case migrates:
		return fmt.Sprintf("有 %d 步没有做：下次启动时会自动做；想现在就做，运行 xinqiao migrate up。", n)
	}
	return fmt.Sprintf("有 %d 步没有做：运行 xinqiao migrate up。", n)
}

// settings looks at what decides whether a commit outlives a power cut.
func (d *doctor) settings(ctx context.Context, db *store.DB) {
	asked := time.Now()
	s, err := db.Server(ctx)
	if err != nil {
		d.say(mend, "数据库的版本和设置", "问不出来（"+errorWord(err)+"）。")
		return
	}
	if s.Now.IsZero() {
		d.say(fine, "SQLite "+s.Version, "")
		return
	}
	d.seen("数据库", s.Now, asked, time.Now())
	d.is(freshEnough(s.Version), "数据库版本 "+s.Version, "太旧：要 MySQL 8、MariaDB 10.6 或 TiDB 以上。")
	if v, known := s.Settings["innodb_flush_log_at_trx_commit"]; known {
		d.is(v == "1", "innodb_flush_log_at_trx_commit = "+v, "停电时已经答应下来的事会丢：设成 1。")
	}
	if v, known := s.Settings["sync_binlog"]; known {
		d.better(v == "1", "sync_binlog = "+v, "有从库或要按时间点恢复的话，设成 1。")
	}
	if v := s.Settings["read_only"]; v == "ON" || v == "1" {
		d.say(mend, "read_only = "+v, "这是只读的库：database.url 要指向主库。")
	}
	if n, err := strconv.Atoi(s.Settings["max_connections"]); err == nil {
		d.better(n >= 100, fmt.Sprintf("max_connections = %d", n), "每个副本最多用 40 个连接：设成 40 × 副本数 + 20 以上。")
	}
}

var versionOf = regexp.MustCompile(`^(\d+)\.(\d+)`)

// freshEnough says whether a version knows what the queries use: SKIP LOCKED and window functions.
func freshEnough(version string) bool {
	m := versionOf.FindStringSubmatch(version)
	if m == nil {
		return true // a name that we do not know is no reason to stop
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	if strings.Contains(version, "MariaDB") {
		return major > 10 || major == 10 && minor >= 6
	}
	return major >= 8
}

// undone says what waits in the outbox for somebody to look.
func (d *doctor) undone(ctx context.Context, db *store.DB) {
	depths, err := db.Outbox().Depths(ctx, time.Now())
	if err != nil {
		return // said by what was tried before
	}
	buried, oldest := 0, time.Duration(0)
	for _, x := range depths {
		switch x.State {
		case outbox.StateBuried:
			buried += x.Rows
		case outbox.StateDue:
			oldest = max(oldest, time.Since(x.Oldest))
		case outbox.StateParked:
		}
	}
	d.better(buried == 0, "没有办不成的事", fmt.Sprintf("有 %d 件办不成、放在一边了：看日志里 outcome=buried 的行，按上面写的原因改。", buried))
	d.better(oldest < 10*time.Minute, "没有拖着的事", "最早的一件已经拖了 "+oldest.Truncate(time.Second).String()+"：看服务是不是在运行，日志里 outcome=retried 的行写着为什么。")
}

// duty looks whether somebody in danger would reach anybody. db is nil where it cannot be asked.
func (d *doctor) duty(ctx context.Context, db *store.DB) {
	d.room("值班和叫人")
	ways, err := openWays(d.cfg.Alerts, notify.Outside{Now: time.Now}, nil)
	switch {
	case err != nil:
		d.say(mend, "叫人的通道", fmt.Sprintf("%v", err))
	case len(ways) == 0 && len(d.cfg.WeChat.Accounts) > 0:
		d.say(mend, "叫人的通道", "一个也没有配：有人说危险的话时，只有正开着值班台的人看得到。在 alerts.ways 里加企业微信群、邮件或别的通道。")
	case len(ways) == 0:
		d.say(mind, "叫人的通道", "一个也没有配：只有开着值班台的人看得到。正式用之前请在 alerts.ways 里加上。")
	default:
		d.say(fine, fmt.Sprintf("叫人的通道有 %d 个（xinqiao alerts test 会真的发一条试试）", len(ways)), "")
		d.better(len(ways) > 1, "不止一个通道", "只有一个：它坏了就没有人知道。再加一个别的，比如邮件。")
		alone := true
		for _, w := range d.cfg.Alerts.Ways {
			alone = alone && lookedUp(w)
		}
		if alone {
			d.say(mind, "通道的种类", "只有微信模板消息，它要查数据库才知道发给谁：数据库断开时叫不到人。请再加一个别的。")
		}
	}
	if db == nil {
		if d.cfg.Alerts.Rota == "" {
			return
		}
		_, err := rota.Load(d.cfg.Alerts.Rota)
		d.is(err == nil, "值班表 "+d.cfg.Alerts.Rota, fmt.Sprintf("%v", err))
		return
	}
	d.rota(ctx, db)
	able := 0
	all, err := db.Staff().All(ctx)
	for _, m := range all {
		if m.Active() && m.May(staff.Talk) {
			able++
		}
	}
	d.is(err == nil && able > 0, fmt.Sprintf("能接手对话的同事有 %d 位", able), "一位也没有：xinqiao staff add。")
}

func (d *doctor) rota(ctx context.Context, db *store.DB) {
	book, err := rota.Open(d.cfg.Alerts.Rota, db.Rota(), time.Now, slog.New(slog.DiscardHandler))
	if err == nil {
		err = book.Refresh(ctx)
	}
	if !d.is(err == nil, "值班表", fmt.Sprintf("读不了：%v", err)) {
		return
	}
	if days, err := calendar.Load(os.DirFS(d.cfg.Dialogs.Dir)); err == nil {
		book.Keep(func() *calendar.Days { return days })
	}
	r := book.Current()
	if r == nil {
		d.say(mind, "排班", "还没有排：每次都会叫所有人。在值班台的“值班”里排，或写进 alerts.rota。")
		return
	}
	now := time.Now()
	gaps := r.Gaps(now, now.Add(lookAhead))
	if len(gaps) == 0 {
		d.say(fine, "七天里随时有人值班", "")
		return
	}
	g := gaps[0]
	d.say(mend, "七天里有空档", fmt.Sprintf("%s 到 %s 没有人值班（共 %d 段）：在值班台的“值班”里补上。", g.From.Format("1月2日 15:04"), g.To.Format("1月2日 15:04"), len(gaps)))
}

// redis looks whether conversations can be kept, and would not be thrown away.
func (d *doctor) redis(ctx context.Context) {
	raw := d.cfg.Redis.URL.Reveal()
	if raw == "" {
		d.say(fine, "没有用 Redis：会话在进程里，只跑一个副本", "")
		return
	}
	c, err := openRedis(d.cfg.Redis)
	if !d.is(err == nil, "redis.url", "读不懂：要写成 redis://用户:密码@主机:6379/0 或 rediss://…；集群再写上 redis.cluster: true，别的节点用 ?addr=主机:端口 接着写。") {
		return
	}
	defer func() { _ = c.Close() }()
	began := time.Now()
	if err := c.Ping(ctx).Err(); err != nil {
		d.say(mend, "连接 Redis", "连不上（"+redisCode(err)+"）：检查地址、端口、密码，Redis 是不是在运行，防火墙是不是放行。")
		return
	}
	d.say(fine, "连接 Redis，用时 "+time.Since(began).Truncate(time.Millisecond).String(), "")
	asked := time.Now()
	if at, err := c.Time(ctx).Result(); err == nil {
		d.seen(" Redis ", at, asked, time.Now())
	}
	err = c.Set(ctx, "xq:doctor", "1", time.Second).Err()
	d.is(err == nil, "写入 Redis", "写不进去（"+redisCode(err)+"）：READONLY 是连到了从库，OOM 是内存满了，MISCONF 是它的磁盘满了。")
	info, err := c.Info(ctx).Result()
	if err != nil {
		d.say(mind, "Redis 的设置", "问不出来（"+redisCode(err)+"）。")
		return
	}
	is := map[string]string{}
	for line := range strings.Lines(info) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			is[k] = v
		}
	}
	d.say(fine, "Redis "+is["redis_version"], "")
	if clustered := is["cluster_enabled"] == "1"; clustered != d.cfg.Redis.Cluster {
		d.say(mend, fmt.Sprintf("redis.cluster = %v", d.cfg.Redis.Cluster), fmt.Sprintf("和这个 Redis 不一样：写成 redis.cluster: %v。", clustered))
	}
	if v := is["maxmemory_policy"]; v != "" {
		d.is(v == "noeviction", "maxmemory-policy = "+v, "内存满了会把说到一半的会话丢掉：设成 noeviction，并给够内存。")
	}
	d.better(is["aof_enabled"] != "0", "appendonly 开着", "没有开：Redis 一重启，大家说到一半的位置就没有了（记下来的事都在数据库里，不会丢）。请设 appendonly yes、appendfsync everysec。")
}

// wechat looks at each account, as `wechat doctor` does, and at what is left of today's quotas.
func (d *doctor) wechat(ctx context.Context) {
	accounts := d.cfg.WeChat.Accounts
	if len(accounts) == 0 {
		d.say(mind, "公众号", "一个也没有配：只有网页聊天。要接公众号，请看 configs/xinqiao.yaml 里的 wechat.accounts。")
		return
	}
	a := &App{cfg: d.cfg, log: slog.New(slog.DiscardHandler)}
	c, err := wechat.New(wechat.Options{Accounts: a.wechatAccounts(), PublicURL: d.cfg.HTTP.PublicURL, Cache: session.NewMemory()})
	if !d.is(err == nil, "公众号的配置", fmt.Sprintf("%v", err)) {
		return
	}
	for i, acc := range accounts {
		findings, err := c.Doctor(ctx, acc.Name)
		if err != nil {
			d.say(mend, acc.Name, err.Error())
			continue
		}
		reached := true
		for _, f := range findings {
			d.is(f.Fine, acc.Name+" · "+f.What, f.Advice)
			reached = reached && f.Fine
		}
		if i == 0 {
			d.platformClock(ctx, acc.APIURL)
		}
		quotas, err := c.Quotas(ctx, acc.Name)
		if err != nil && reached {
			d.say(mind, acc.Name+" · 今天的调用次数", "问不出来，过一会儿再试。")
		}
		for _, q := range quotas {
			what := fmt.Sprintf("%s · %s 今天还能调 %d 次（共 %d 次）", acc.Name, q.Path, q.Left, q.Limit)
			d.better(q.Limit == 0 || q.Left*10 >= q.Limit, what, "不到一成：群发先停一停；零点（北京时间）恢复，也可以在公众号后台申请清零。")
		}
	}
}

// platformClock asks the platform's time, to the second, of its answer to anything.
func (d *doctor) platformClock(ctx context.Context, api string) {
	if api == "" {
		api = "https://api.weixin.qq.com"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, api, nil)
	if err != nil {
		return
	}
	asked := time.Now()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if at, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		d.seen("微信", at.Add(500*time.Millisecond), asked, time.Now())
	}
}

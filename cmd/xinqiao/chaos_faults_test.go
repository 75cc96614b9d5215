//go:build chaos

package main

import (
	"fmt"
	"sync"
	"time"
)

// fault is something that breaks. begin breaks it and returns what mends it; what a trial does besides is in during.
type fault struct {
	id    string // for FAULT= and the logs
	name  string // in the table
	lasts time.Duration
	begin func(s *stage) (mend func())
	// during adds to the crowd; it ends before the fault is mended.
	during func(tr *trial)
	disk   bool // needs a disk that can be filled

	forgets bool // takes away where people were in their talk, which only Redis knows
}

func nothing() {}

// both does something to each of the replicas' lines.
func both(do func(i int)) { do(0); do(1) }

// each calls do with the number of the time every pause, until the returned function is called.
func each(pause time.Duration, do func(n int)) (stop func()) {
	over := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for n := 0; ; n++ {
			do(n)
			select {
			case <-tick.C:
			case <-over:
				return
			}
		}
	})
	return func() { close(over); running.Wait() }
}

func (s *stage) cutDB()     { both(func(i int) { s.lines[i].db.cut() }) }
func (s *stage) joinDB()    { both(func(i int) { s.lines[i].db.join() }) }
func (s *stage) cutCache()  { both(func(i int) { s.lines[i].cache.cut() }) }
func (s *stage) joinCache() { both(func(i int) { s.lines[i].cache.join() }) }
func (s *stage) cleanDB()   { both(func(i int) { s.lines[i].db.clean() }) }
func (s *stage) cleanCache() {
	both(func(i int) { s.lines[i].cache.clean() })
}

type attributes = map[string]int

// faults in the order of the table. Each is short; together with the making good they take about ten minutes.
var faults = []fault{
	{id: "calm", name: "没有故障（对照）", lasts: 5 * time.Second, begin: func(*stage) func() { return nothing }},

	{id: "redis-hangs", name: "Redis 不出声（连接在，什么也不回）", lasts: 7 * time.Second, begin: func(s *stage) func() {
		s.cache.freeze()
		return s.cache.thaw
	}},
	{id: "redis-refused", name: "Redis 连不上（拒绝连接）", lasts: 6 * time.Second, begin: func(s *stage) func() { s.cutCache(); return s.joinCache }},
	{id: "redis-killed", name: "Redis 被杀，回来是空的", lasts: 5 * time.Second, forgets: true, begin: func(s *stage) func() { s.cache.kill(); return s.cache.start }},
	{id: "redis-between", name: "Redis 的连接每 0.15 秒断一次（断在两次提交之间）", lasts: 6 * time.Second, begin: func(s *stage) func() {
		return each(150*time.Millisecond, func(n int) { l := s.lines[n%2].cache; l.cut(); l.join() })
	}},
	{id: "redis-slow", name: "Redis 每步慢 0.3 秒", lasts: 6 * time.Second, begin: func(s *stage) func() {
		both(func(i int) {
			s.lines[i].cache.spoil("latency", "downstream", attributes{"latency": 300, "jitter": 100})
		})
		return s.cleanCache
	}},
	{id: "redis-one", name: "只有一个副本连不上 Redis", lasts: 7 * time.Second, begin: func(s *stage) func() { s.lines[0].cache.cut(); return s.lines[0].cache.join }},

	{id: "db-hangs", name: "数据库不出声 12 秒（比一次处理和它的租约都长）", lasts: 12 * time.Second, begin: func(s *stage) func() {
		s.db.freeze()
		return s.db.thaw
	}},
	{id: "db-refused", name: "数据库连不上（拒绝连接）", lasts: 6 * time.Second, begin: func(s *stage) func() { s.cutDB(); return s.joinDB }},
	{id: "db-killed", name: "数据库被杀，再启动", lasts: 5 * time.Second, begin: func(s *stage) func() { s.db.kill(); return s.db.start }},
	{id: "db-slow", name: "数据库每步慢 0.25 秒", lasts: 8 * time.Second, begin: func(s *stage) func() {
		both(func(i int) { s.lines[i].db.spoil("latency", "downstream", attributes{"latency": 250, "jitter": 50}) })
		return s.cleanDB
	}},
	{id: "db-mid", name: "数据库的连接说到一半就断（事务中间）", lasts: 7 * time.Second, begin: func(s *stage) func() {
		both(func(i int) { s.lines[i].db.spoil("limit_data", "upstream", attributes{"bytes": 3500}) })
		return s.cleanDB
	}},
	{id: "db-answers", name: "语句到了数据库，回音到不了（做成没有不知道）", lasts: 8 * time.Second, begin: func(s *stage) func() {
		both(func(i int) { s.lines[i].db.spoil("timeout", "downstream", attributes{"timeout": 0}) })
		return s.cleanDB
	}},
	{id: "db-flaps", name: "数据库 1 秒有、1 秒没有", lasts: 8 * time.Second, begin: func(s *stage) func() {
		cut := false
		stop := each(time.Second, func(int) {
			if cut = !cut; cut {
				s.cutDB()
			} else {
				s.joinDB()
			}
		})
		return func() {
			stop()
			if cut {
				s.joinDB()
			}
		}
	}},

	{id: "both-refused", name: "数据库和 Redis 都连不上", lasts: 6 * time.Second, begin: func(s *stage) func() {
		s.cutDB()
		s.cutCache()
		return func() { s.joinDB(); s.joinCache() }
	}},
	{id: "both-hang", name: "数据库和 Redis 都不出声", lasts: 7 * time.Second, begin: func(s *stage) func() {
		s.db.freeze()
		s.cache.freeze()
		return func() { s.db.thaw(); s.cache.thaw() }
	}},
	{id: "split", name: "一个副本没有 Redis，另一个没有数据库", lasts: 7 * time.Second, begin: func(s *stage) func() {
		s.lines[0].cache.cut()
		s.lines[1].db.cut()
		return func() { s.lines[0].cache.join(); s.lines[1].db.join() }
	}},

	{id: "kill", name: "一个副本 kill -9，再启动", lasts: 3 * time.Second, begin: func(s *stage) func() { s.kill(0); return func() { s.launch(0) } }},
	{id: "kill-by-turns", name: "两个副本轮流 kill -9，共 4 次", lasts: time.Second, begin: func(s *stage) func() {
		for n := range 4 {
			s.kill(n % 2)
			s.launch(n % 2)
		}
		return nothing
	}},
	{id: "kill-both", name: "两个副本同时 kill -9，再启动", lasts: time.Second, begin: func(s *stage) func() {
		both(s.kill)
		return s.launchBoth
	}},
	{id: "rolling", name: "滚动重启（SIGTERM，一个一个来）", lasts: time.Second, begin: func(s *stage) func() {
		s.roll(0)
		s.roll(1)
		return nothing
	}},
	{id: "pause", name: "一个副本停住 9 秒（比租约长），再继续", lasts: 9 * time.Second, begin: func(s *stage) func() { s.pause(1); return func() { s.goOn(1) } }},
	{id: "pause-both", name: "两个副本都停住 8 秒，再继续", lasts: 8 * time.Second, begin: func(s *stage) func() {
		both(s.pause)
		return func() { both(s.goOn) }
	}},
	{id: "kill-away", name: "数据库没有的时候，一个副本 kill -9，没有数据库也启动", lasts: 3 * time.Second, begin: func(s *stage) func() {
		s.cutDB()
		time.Sleep(2 * time.Second)
		s.kill(0)
		s.launch(0)
		return s.joinDB
	}},
	{id: "start-alone", name: "什么后端也没有的时候启动，马上有人说危险的话", lasts: 4 * time.Second, begin: func(s *stage) func() {
		both(s.kill)
		s.cutDB()
		s.cutCache()
		s.launchBoth()
		return func() { s.joinDB(); s.joinCache() }
	}},

	{id: "disk-full", name: "磁盘写满，数据库连不上", lasts: 6 * time.Second, disk: true, begin: func(s *stage) func() {
		both(func(i int) { s.disks[i].fill() })
		s.cutDB()
		return func() { both(func(i int) { s.disks[i].makeRoom() }); s.joinDB() }
	}},
	{id: "disk-read-only", name: "磁盘只读，数据库和 Redis 都连不上", lasts: 6 * time.Second, disk: true, begin: func(s *stage) func() {
		both(func(i int) { s.disks[i].readOnly(true) })
		s.cutDB()
		s.cutCache()
		return func() { s.joinDB(); s.joinCache(); both(func(i int) { s.disks[i].readOnly(false) }) }
	}},
	{id: "disk-full-kill", name: "磁盘写满，数据库连不上，一个副本 kill -9，不再回来", lasts: 4 * time.Second, disk: true, begin: func(s *stage) func() {
		both(func(i int) { s.disks[i].fill() })
		s.cutDB()
		time.Sleep(3 * time.Second)
		s.kill(0)
		return func() {
			s.joinDB()
			both(func(i int) { s.disks[i].makeRoom() })
			time.Sleep(6 * time.Second) // the other replica does what the dead one owed
			s.launch(0)
		}
	}},

	{id: "wechat-errors", name: "微信接口报错（-1），老师在写", lasts: 6 * time.Second, begin: func(s *stage) func() {
		s.platform.Fail(customSend, -1, "system error", 0)
		return s.platform.Reset
	}, during: func(tr *trial) { tr.staffWrite(6) }},
	{id: "wechat-hangs", name: "微信接口不出声，老师在写，数据库闪断", lasts: 7 * time.Second, begin: func(s *stage) func() {
		s.platform.Silence(customSend)
		return s.platform.Reset
	}, during: func(tr *trial) {
		tr.staffWrite(6)
		tr.cutDB()
		time.Sleep(time.Second)
		tr.joinDB()
	}},
	{id: "slow-pushes", name: "40 条推送每条慢 3 秒，旁边有人说危险的话", lasts: 6 * time.Second, begin: func(s *stage) func() {
		s.platform.Slow(customSend, 3*time.Second)
		return s.platform.Reset
	}, during: func(tr *trial) { tr.staffWrite(40) }},
	{id: "duty-sick", name: "叫人的接口报错、再变慢", lasts: 8 * time.Second, begin: func(s *stage) func() {
		s.duty.behaves(0, true)
		time.Sleep(4 * time.Second)
		s.duty.behaves(3*time.Second, false)
		return func() { s.duty.behaves(0, false) }
	}},

	{id: "copies", name: "同一条消息 10 份同时到两个副本", lasts: time.Second, begin: func(*stage) func() { return nothing }, during: func(tr *trial) { tr.copies(10, 10) }},
	{id: "copies-away", name: "同一条消息 10 份同时到，数据库不出声", lasts: 4 * time.Second, begin: func(s *stage) func() {
		s.db.freeze()
		return s.db.thaw
	}, during: func(tr *trial) { tr.copies(6, 10) }},
	{id: "burst", name: "一个人 12 条间隔 0.1 秒，另一个人 30 条同时", lasts: time.Second, begin: func(*stage) func() { return nothing }, during: func(tr *trial) {
		var wg sync.WaitGroup
		wg.Go(func() { tr.bursts(3, 12, 100*time.Millisecond) })
		wg.Go(func() { tr.bursts(2, 30, time.Millisecond) })
		wg.Wait()
	}},
	{id: "burst-redis", name: "同上，Redis 连不上", lasts: 3 * time.Second, begin: func(s *stage) func() { s.cutCache(); return s.joinCache }, during: func(tr *trial) {
		tr.bursts(4, 12, 150*time.Millisecond)
	}},
	{id: "clock", name: "平台的钟快、慢两分钟", lasts: 5 * time.Second, begin: func(*stage) func() { return nothing }, during: func(tr *trial) {
		for i, skew := range []time.Duration{2 * time.Minute, -2 * time.Minute} {
			p := tr.soul()
			p.client.Now = func() time.Time { return time.Now().Add(skew) }
			tr.says(p, danger, "我不想活了")
			for k := range 6 {
				tr.says(p, fact, fmt.Sprintf("%04d 今天又过了一天（%d）", k+1, i))
			}
		}
	}},
}

//go:build chaos

package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// owes says whether something of a row may still be made good.
func (r row) owes() bool {
	return r.lost > 0 || r.filed < r.inDanger || r.called < r.inDanger || r.told < r.owed
}

// report is deploy/RELIABILITY.md.
func report(trials []*trial, took time.Duration) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	var sum row
	failed := 0
	for _, tr := range trials {
		r := tr.final
		sum.sent += r.sent
		sum.dangers += r.dangers
		sum.inDanger += r.inDanger
		if len(r.broken()) > 0 {
			failed++
		}
	}
	line("# 坏了会怎样")
	line("")
	line("这一页由 `make chaos` 写成，不手改；要新的数，就再跑一次。两个副本（编译好的程序）接一个 MariaDB、一个 Redis，中间隔着可以掐断、")
	line("拖慢、吞掉回音的代理（toxiproxy），一个一个地弄坏，同时有人不停地写来；最后拿每一句话和数据库里的对账。")
	line("")
	line("- 命令：`make chaos`（只跑几种：`make chaos FAULT=redis`，不写这一页）")
	line("- 时间：%s，跑了 %.0f 分钟", time.Now().Format("2006-01-02 15:04 MST"), took.Minutes())
	line("- 版本：%s", revision())
	line("- 机器：%s", machine())
	line("- 一共：%d 种故障，%d 条消息，其中 %d 条危险的话，%d 个人在危险里；不合格的故障 %d 种", len(trials), sum.sent, sum.dangers, sum.inDanger, failed)
	line("")
	line("| 故障 | 消息 | 5 秒内答 | 平台重发才答 | 没有副本在 | 更晚 | 拒绝 | 没答 | 答错 | 说明没记下 | 丢 | 重复 | 乱序 | 危险：说／5 秒内给热线／平台重发 | 个案 | 叫到人 | 等的人得到真回答 | 最慢的热线 | 最慢叫到 | 全部补好 |")
	line("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|---|---|---|--:|--:|--:|")
	for _, tr := range trials {
		r, good := tr.final, fmt.Sprintf("%.0f 秒", tr.good.Seconds())
		if len(tr.final.broken()) > 0 && tr.final.owes() {
			good = fmt.Sprintf("%.0f 秒还没有", tr.good.Seconds())
		}
		line("| %s | %d | %d | %d | %d | %d | %s | %s | %s | %d | %s | %s | %s | %d／%d／%d | %d／%d | %d／%d | %d／%d | %.1f 秒 | %.1f 秒 | %s |",
			tr.fault.name, r.sent, r.inTime, r.retried, r.nobody, r.late, bad(r.refused), bad(r.missing), bad(r.wrong), r.notKept, bad(r.lost), bad(r.twice), bad(r.reordered),
			r.dangers, r.dangersInTime, r.dangersRetried, r.filed, r.inDanger, r.called, r.inDanger, r.told, r.owed, r.longestDanger.Seconds(), r.longestCall.Seconds(), good)
	}
	line("")
	line("**加粗的数不该有**：有一个，`make chaos` 就以失败结束。每一列：")
	line("")
	line("- **消息**：从开始准备到恢复后 2 秒，平台送来的消息（同一条的 10 份算 10 条）。")
	line("- **5 秒内答**：平台等得到的回答。**平台重发才答**：收到第一次投递的副本被杀了或停住了，谁也答不了；微信 5 秒后重发（最多 3 次），由活着的副本答。**没有副本在**：三次投递的时候一个副本也没有，谁也答不了。**更晚**：有副本活着，却过了 5 秒。")
	line("- **拒绝**：不是 200 的回应。**没答**：三次投递都没有回答。**答错**：不是该有的回答，也没有说“等一下就回”。")
	line("- **说明没记下**：磁盘也写不进的时候，如实说“这一条没能记下来”。危险的话从不这样答。")
	line("- **丢、重复**：答过的话、危险信号、信、预约、老师写的话，最后在数据库和平台那里没有，或者不止一份。**乱序**：几个人的话在记录里、在信里的先后和说的不一样。")
	line("- **危险**：5 秒内的回答里有热线才算：一个人的第一句要有 12356 和 120，已经谈着的至少有最合适的那一个（比如“告诉 110 你在哪一栋”）。**个案、叫到人**：有／应有几个人；叫人看的是值班接口真收到的：这个人自己的一条，或者合成的一条。")
	line("- **等的人得到真回答**：故障里只听到“等一下”的人（看菜单的、刚关注的），后来有没有收到推送的回答。")
	line("- **最慢的热线、最慢叫到**：从说出口算起；机器忙的时候这两列会变大，看它们要在安静的机器上跑。**全部补好**：从修好算起，到什么都不欠了。")
	if len(trials) > 0 && !trials[0].disks[0].mounted {
		line("- 这次没有跑磁盘的几种：它们要能挂载一块小盘（root）。")
	} else {
		line("- 磁盘的几种用的是真的小盘：每个副本的 `data_dir` 是一块 4 MB 的 tmpfs，写满、或者改成只读。")
	}
	return b.String()
}

func bad(n int) string {
	if n == 0 {
		return "0"
	}
	return fmt.Sprintf("**%d**", n)
}

func revision() string {
	out, err := exec.Command("git", "describe", "--tags", "--always", "--dirty").Output()
	if err != nil {
		return "不知道（不在 git 里）"
	}
	return "`" + strings.TrimSpace(string(out)) + "`"
}

// machine is what figures depend on: the cores, what else runs on them, and the system.
func machine() string {
	load := "不详"
	if raw, err := os.ReadFile("/proc/loadavg"); err == nil {
		load, _, _ = strings.Cut(string(raw), " ")
	}
	model := "处理器不详"
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for l := range strings.Lines(string(raw)) {
			if name, value, found := strings.Cut(l, ":"); found && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d 核（%s），%s，数据库、Redis 和写来的人也在上面；结束时的负载 %s", runtime.NumCPU(), model, runtime.GOARCH, load)
}

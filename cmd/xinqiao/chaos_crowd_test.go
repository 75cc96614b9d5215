//go:build chaos

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// How many of each write while a fault lasts. The figures of a fault are small, so that thirty fit into ten minutes.
const (
	talkers  = 5 // with an open case; every fourth of their words is danger
	browsers = 3
	senders  = 2 // send a letter that they have written
	scribes  = 2 // write one, a line at a time, and send it afterwards
	bookers  = 1
)

// gather brings everybody to where they are when the fault begins, and returns what each does then.
func (tr *trial) gather() []func() {
	var (
		mu    sync.Mutex
		doing []func()
		wg    sync.WaitGroup
	)
	add := func(n int, ready func(p *soul) func()) {
		for range n {
			p := tr.soul()
			wg.Go(func() {
				do := ready(p)
				mu.Lock()
				defer mu.Unlock()
				doing = append(doing, do)
			})
		}
	}
	add(talkers, func(p *soul) func() {
		tr.says(p, danger, "我不想活了")
		return func() { tr.talks(p) }
	})
	add(browsers, func(p *soul) func() {
		tr.says(p, browse, "菜单")
		return func() {
			for tr.rest(tr.t, 350*time.Millisecond) {
				tr.says(p, browse, "菜单")
			}
		}
	})
	add(senders, func(p *soul) func() {
		tr.composes(p)
		tr.says(p, step, "老师，我和同桌闹了别扭。")
		tr.says(p, step, "写完了")
		return func() {
			tr.rest(tr.t, time.Second)
			p.letter = tr.stands(tr.says(p, step, "寄出"), "取信码")
		}
	})
	add(scribes, func(p *soul) func() {
		tr.composes(p)
		return func() { tr.writes(p) }
	})
	wg.Wait()
	for range bookers {
		p := tr.soul()
		doing = append(doing, func() { tr.books(p) })
	}
	doing = append(doing, tr.newcomers, tr.followers)
	return doing
}

// talks says one thing after another. Words are numbered, so that their order in the record can be read.
func (tr *trial) talks(p *soul) {
	for k := 1; tr.rest(tr.t, time.Duration(200+rand.IntN(500))*time.Millisecond); k++ {
		if k%4 == 0 {
			tr.says(p, danger, fmt.Sprintf("%04d 我现在就想跳楼", k))
			continue
		}
		tr.says(p, fact, fmt.Sprintf("%04d 今天又过了一天", k))
	}
}

// newcomers are people of whom nobody has heard, and whose first words are danger.
func (tr *trial) newcomers() {
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		p := tr.soul()
		wg.Go(func() { tr.says(p, danger, "我想从楼上跳下去") })
		if !tr.rest(tr.t, time.Second) {
			return
		}
	}
}

func (tr *trial) followers() {
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		p := tr.soul()
		wg.Go(func() { tr.delivers(p, tr.message(p, wxsim.Subscribe(p.who, "")), hello) })
		if !tr.rest(tr.t, 1500*time.Millisecond) {
			return
		}
	}
}

// composes brings somebody to the first line of a letter.
func (tr *trial) composes(p *soul) {
	tr.delivers(p, tr.message(p, wxsim.Subscribe(p.who, "")), hello)
	for _, s := range []string{"我是学生", "写信", "写一封信", "我15岁"} {
		tr.says(p, step, s)
	}
}

// writes adds lines to a letter while the fault lasts: each takes effect on what those before it made of the letter.
func (tr *trial) writes(p *soul) {
	for k := 1; tr.rest(tr.t, 600*time.Millisecond); k++ {
		line := fmt.Sprintf("第%03d行，今天和朋友去打球了。", k)
		if tr.stands(tr.says(p, step, line), "收好了") {
			p.lines = append(p.lines, line)
		}
	}
}

// sendsOff ends the letters of those who wrote while the fault lasted, once everything is calm.
func (tr *trial) sendsOff() {
	var wg sync.WaitGroup
	for _, p := range tr.people {
		if len(p.lines) > 0 {
			wg.Go(func() {
				tr.says(p, step, "写完了")
				p.letter = tr.stands(tr.says(p, step, "寄出"), "取信码")
			})
		}
	}
	wg.Wait()
}

// stands says whether a step was confirmed, or put off and will be done. A Redis that comes back empty has forgotten where
// everybody was: what was put off then is answered from the beginning, and the person sees it.
func (tr *trial) stands(w *utterance, confirmed string) bool {
	return w.heard && (strings.Contains(w.reply.Content, confirmed) || tr.deferred(w) && !tr.fault.forgets)
}

// books books the first free time.
func (tr *trial) books(p *soul) {
	w := tr.delivers(p, tr.message(p, wxsim.Subscribe(p.who, "")), hello)
	for _, label := range []string{"我是家长", "预约辅导站", "天河", "示例", "约这里", "月", ":", "不写了", "约这个"} {
		next, there := tr.taps(p, w.reply, label)
		if !there {
			return // it was put off: how far it came is not known
		}
		w = next
	}
	p.booked = strings.Contains(w.reply.Content, "约好了")
}

// copies sends the same words of new people to both replicas at once, n times each.
func (tr *trial) copies(people, n int) {
	var wg sync.WaitGroup
	for range people {
		p := tr.soul()
		m := tr.message(p, wxsim.Text(p.who, "我想从楼上跳下去"))
		for range n {
			wg.Go(func() { tr.delivers(p, m, danger) })
		}
	}
	wg.Wait()
}

// bursts lets somebody with a case say n things, each a pause after the other, whatever became of the one before.
func (tr *trial) bursts(people, n int, pause time.Duration) {
	var wg sync.WaitGroup
	for range people {
		p := tr.soul()
		wg.Go(func() {
			tr.says(p, danger, "我不想活了")
			var mine sync.WaitGroup
			for k := 1; k <= n; k++ {
				m := tr.message(p, wxsim.Text(p.who, fmt.Sprintf("%04d 还有一件事", k)))
				mine.Go(func() { tr.delivers(p, m, fact) })
				time.Sleep(pause)
			}
			mine.Wait()
		})
	}
	wg.Wait()
}

// staffWrite lets a counsellor take cases of new people and write to each, so that there is something to push.
func (tr *trial) staffWrite(people int) {
	var wg sync.WaitGroup
	by := casework.Actor{ID: "chaos", Name: "示例·陈老师"}
	for i := range people {
		p := tr.soul()
		wg.Go(func() {
			tr.says(p, danger, "我不想活了")
			ctx := tr.t.Context()
			who, err := tr.lens.db.People().Find(ctx, address(p.who))
			if err != nil {
				return
			}
			id, err := tr.lens.cases.OpenCase(ctx, who.ID)
			if err != nil || id == "" {
				return
			}
			if _, err = tr.lens.cases.Take(ctx, id, by); err != nil {
				tr.t.Errorf("take a case: %v", err)
				return
			}
			text := fmt.Sprintf("我是示例老师，我在。（%s-%d）", tr.fault.name, i)
			if err = tr.lens.cases.Say(ctx, id, by, text, "chaos:"+id); err != nil {
				tr.t.Errorf("write to a person: %v", err)
				return
			}
			p.pushes = append(p.pushes, text)
		})
	}
	wg.Wait()
}

//go:build chaos

package main

// The chaos run breaks what a deployment stands on, one fault after another, under two replicas of the built program, and keeps
// a ledger: what was said, what was answered, what stands in the database at the end. `make chaos` runs it and writes
// deploy/RELIABILITY.md; `make chaos FAULT=db` plays the faults whose id has that in it, and writes nothing;
// XINQIAO_CHAOS_LOGS=DIR keeps what the replicas logged where something was broken. Start reading at TestChaos; faults are in
// chaos_faults_test.go, who writes meanwhile in chaos_crowd_test.go, what is counted in chaos_ledger_test.go.

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	aftermath = 2 * time.Second  // people go on writing for so long after a fault is mended
	goodBy    = 90 * time.Second // by then everything must be made good
)

func TestChaos(t *testing.T) {
	began := time.Now()
	only := os.Getenv("XINQIAO_CHAOS_FAULT")
	s := newStage(t)
	var trials []*trial
	for _, f := range faults {
		if !strings.Contains(f.id, only) || f.disk && !s.disks[0].mounted {
			continue
		}
		tr := s.newTrial(f)
		tr.play()
		trials = append(trials, tr)
		t.Logf("%5.0f s  %-16s good again after %.1f s, %s", time.Since(began).Seconds(), f.id, tr.good.Seconds(), verdict(tr.final))
		tr.tellNotes()
	}
	if len(trials) == 0 {
		t.Fatalf("no fault has %q in its id", only)
	}
	failed := false
	for _, tr := range trials {
		tr.final = tr.count() // at the end: what comes twice may come late
		if len(tr.final.broken()) > 0 {
			failed = true
			t.Errorf("%s: %s", tr.fault.id, verdict(tr.final))
			tr.tellNotes()
		}
	}
	page := report(trials, time.Since(began))
	fmt.Println(page)
	if out := os.Getenv("XINQIAO_CHAOS_REPORT"); out != "" && only == "" {
		if err := os.WriteFile(out, []byte(page), 0o644); err != nil {
			t.Error(err)
		}
	}
	if dir := os.Getenv("XINQIAO_CHAOS_LOGS"); failed && dir != "" {
		for i, p := range s.all {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("replica-%02d.log", i)), []byte(p.logs.String()), 0o600); err != nil {
				t.Error(err)
			}
		}
	}
}

// tellNotes says which messages of which people are meant, where something is broken.
func (tr *trial) tellNotes() {
	if len(tr.final.broken()) == 0 {
		return
	}
	for _, n := range tr.final.notes {
		tr.t.Logf("    %s", n)
	}
}

func verdict(r row) string {
	if b := r.broken(); len(b) > 0 {
		return strings.Join(b, ", ")
	}
	return fmt.Sprintf("%d messages, nothing broken", r.sent)
}

// play gathers the crowd, breaks, mends, and waits until everything is made good.
func (tr *trial) play() {
	doing := tr.gather()
	tr.began = time.Now()
	var crowd sync.WaitGroup
	for _, do := range doing {
		crowd.Go(do)
	}
	mend := tr.fault.begin(tr.stage)
	var more sync.WaitGroup
	if tr.fault.during != nil {
		more.Go(func() { tr.fault.during(tr) })
	}
	time.Sleep(tr.fault.lasts)
	more.Wait()
	mend()
	tr.mended = time.Now()
	time.Sleep(aftermath)
	close(tr.over)
	crowd.Wait()
	tr.sendsOff()
	tr.settle()
}

// settle waits until nothing is owed any more.
func (tr *trial) settle() {
	for {
		quiet := true
		for _, p := range tr.replicas {
			quiet = quiet && strings.Contains(scrape(tr.t, p.url), "xinqiao_spool_entries 0\n")
		}
		tr.final = tr.count()
		tr.good = time.Since(tr.mended)
		if quiet && !tr.final.owes() || tr.good > goodBy {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
}

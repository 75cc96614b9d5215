package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/redistest"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

var (
	binaryOnce sync.Once
	binaryPath string
	binaryErr  error
)

// binary builds the program once, as `make build` does, for tests that must kill it. A benchmark may be given one that was built
// before, to measure two commits on one machine: XINQIAO_BENCH_BINARY=/path make bench.
func binary(tb testing.TB) string {
	tb.Helper()
	if given := os.Getenv("XINQIAO_BENCH_BINARY"); given != "" {
		return given
	}
	binaryOnce.Do(func() {
		dir, err := os.MkdirTemp("", "xinqiao-bin-")
		if err != nil {
			binaryErr = err
			return
		}
		binaryPath = filepath.Join(dir, "xinqiao")
		out, err := exec.Command("go", "build", "-o", binaryPath, ".").CombinedOutput()
		if err != nil {
			binaryErr = fmt.Errorf("build: %w\n%s", err, out)
		}
	})
	if binaryErr != nil {
		tb.Fatal(binaryErr)
	}
	return binaryPath
}

func TestMain(m *testing.M) {
	if serveBare() {
		return
	}
	if lib, err := openContent(shippedDir); err == nil { // what is wrong with it, a test says
		lib.Learn() // once, for all: under the race detector it takes longer than an answer may
	}
	code := m.Run()
	printFigures()
	browsertest.Close()
	redistest.Close()
	if binaryPath != "" {
		_ = os.RemoveAll(filepath.Dir(binaryPath))
	}
	os.Exit(code)
}

// process is a replica as an operator runs it.
type process struct {
	tb    testing.TB
	cmd   *exec.Cmd
	url   string
	ready time.Duration // from its start to its line that says so
	logs  syncBuffer
	done  chan struct{}
}

var readyLine = regexp.MustCompile(`msg=ready .*addr=(\S+)`)

// launch starts the binary on a configuration and waits for its ready line.
func launch(tb testing.TB, cfg config.Config, apiURL string) *process {
	tb.Helper()
	p := &process{tb: tb, done: make(chan struct{})}
	p.cmd = exec.Command(binary(tb), "serve")
	p.cmd.Env = append(os.Environ(),
		"XINQIAO_HTTP_ADDR="+cfg.HTTP.Addr, fmt.Sprintf("XINQIAO_DESK_DEMO=%t", cfg.Desk.Demo), "XINQIAO_METRICS_ADDR="+cfg.HTTP.Addr, "XINQIAO_HTTP_DRAIN="+cfg.HTTP.Drain.String(), "XINQIAO_HTTP_PUBLIC_URL="+cfg.HTTP.PublicURL, "XINQIAO_DATA_DIR="+cfg.DataDir, "XINQIAO_DATABASE_URL="+cfg.Database.URL,
		"XINQIAO_KEYS_FILE="+cfg.Keys.File, "XINQIAO_REDIS_URL="+cfg.Redis.URL.Reveal(), "XINQIAO_DIALOGS_DIR="+cfg.Dialogs.Dir, "XINQIAO_DIALOGS_RELOAD=false",
		"XINQIAO_WECHAT_ACCOUNTS_0_NAME="+account.Name, "XINQIAO_WECHAT_ACCOUNTS_0_APP_ID="+account.AppID, "XINQIAO_WECHAT_ACCOUNTS_0_APP_SECRET="+account.AppSecret,
		"XINQIAO_WECHAT_ACCOUNTS_0_TOKEN="+account.Token, "XINQIAO_WECHAT_ACCOUNTS_0_AES_KEY="+account.AESKey, "XINQIAO_WECHAT_ACCOUNTS_0_API_URL="+apiURL,
		"XINQIAO_WECHAT_ACCOUNTS_0_CAPABILITIES=customer_service,template,oauth", "XINQIAO_LOG_FORMAT=text", "XINQIAO_LOG_LEVEL=info")
	for i, w := range cfg.Alerts.Ways {
		name := fmt.Sprintf("XINQIAO_ALERTS_WAYS_%d_", i)
		p.cmd.Env = append(p.cmd.Env, name+"NAME="+w.Name, name+"KIND="+w.Kind, name+"URL="+w.Set.Text("url"), name+"SECRET="+w.Set.Text("secret"))
	}
	p.cmd.Stdout = nil
	logs, err := p.cmd.StderrPipe()
	if err != nil {
		tb.Fatal(err)
	}
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	addr := make(chan string, 1)
	go func() {
		defer close(p.done)
		for s := bufio.NewScanner(logs); s.Scan(); {
			_, _ = p.logs.Write([]byte(s.Text() + "\n"))
			if m := readyLine.FindStringSubmatch(s.Text()); m != nil {
				addr <- m[1]
			}
		}
		_ = p.cmd.Wait()
	}()
	tb.Cleanup(p.kill)
	select {
	case a := <-addr:
		p.ready, p.url = time.Since(began), "http://"+a
	case <-p.done:
		tb.Fatalf("the server ended before it was ready:\n%s", p.logs.String())
	case <-time.After(2 * time.Minute):
		tb.Fatalf("the server was not ready in 2 minutes:\n%s", p.logs.String())
	}
	return p
}

// stop asks the process to end, as an operator does, and says how long it took.
func (p *process) stop() time.Duration {
	p.tb.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.tb.Fatal(err)
	}
	select {
	case <-p.done:
	case <-time.After(2 * time.Minute):
		p.tb.Fatal("the server did not stop within 2 minutes of SIGTERM")
	}
	return time.Since(began)
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// platformServer serves a simulated platform.
func platformServer(tb testing.TB) (*wxsim.Server, string) {
	tb.Helper()
	platform := wxsim.NewServer(account)
	api := httptest.NewServer(platform)
	tb.Cleanup(api.Close)
	return platform, api.URL
}

// command runs the program's command line in this process.
func command(ctx context.Context, tb testing.TB, environ []string, in string, args ...string) (code int, out, errs string) {
	tb.Helper()
	var o, e strings.Builder
	code = run(ctx, args, env{in: strings.NewReader(in), out: &o, err: &e, environ: environ})
	return code, o.String(), e.String()
}

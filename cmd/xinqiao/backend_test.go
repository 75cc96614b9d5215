package main

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/xinqiao-bot/xinqiao/internal/config"
)

// backend is a database or a Redis of a test's own, which the test may kill, freeze and start again on its data.
type backend struct {
	t    *testing.T
	bin  string
	args []string
	ping func() error
	cmd  *exec.Cmd
}

// privateBackends starts a MariaDB and a Redis that nobody else uses, and a configuration on them.
func privateBackends(t *testing.T) (cfg config.Config, db, cache *backend) {
	t.Helper()
	dir := t.TempDir()
	data := filepath.Join(dir, "mysql")
	if out, err := exec.Command(program(t, "mariadb-install-db"), "--no-defaults", "--user="+whoami(), "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db").CombinedOutput(); err != nil {
		t.Fatalf("make a database: %v\n%s", err, out)
	}
	dbPort, cachePort := freePort(t), freePort(t)
	admin, err := sql.Open("mysql", fmt.Sprintf("root@tcp(127.0.0.1:%d)/", dbPort))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close() })
	db = &backend{t: t, bin: program(t, "mariadbd"), ping: admin.Ping, args: []string{
		"--no-defaults", "--user=" + whoami(), "--datadir=" + data, "--socket=" + filepath.Join(dir, "s"), "--pid-file=" + filepath.Join(dir, "pid"),
		"--bind-address=127.0.0.1", fmt.Sprintf("--port=%d", dbPort), "--innodb-buffer-pool-size=32M", "--character-set-server=utf8mb4", "--collation-server=utf8mb4_bin",
	}}
	client := redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", cachePort), MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	cache = &backend{t: t, bin: program(t, "redis-server"), ping: func() error { return client.Ping(t.Context()).Err() }, args: []string{
		"--bind", "127.0.0.1", "--port", fmt.Sprint(cachePort), "--dir", dir, "--save", "", "--appendonly", "no",
	}}
	db.start()
	cache.start()
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE xinqiao CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		t.Fatal(err)
	}
	cfg = embedded(t)
	cfg.HTTP.Addr = fmt.Sprintf("127.0.0.1:%d", freePort(t))
	cfg.Database.URL = fmt.Sprintf("mysql://root@127.0.0.1:%d/xinqiao", dbPort)
	cfg.Redis.URL = config.Secret(fmt.Sprintf("redis://127.0.0.1:%d/0", cachePort))
	cfg.Keys.File = cfg.Path("shared-keys.json")
	if code, _, errs := command(t.Context(), t, []string{"XINQIAO_KEYS_FILE=" + cfg.Keys.File}, "", "keys", "init"); code != exitFine {
		t.Fatalf("keys init: %d %s", code, errs)
	}
	return cfg, db, cache
}

// program finds a server that `make test` installs.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrNotFound) {
		path, err = exec.LookPath("/usr/sbin/" + name)
	}
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" || os.Getenv("XINQIAO_TEST_REQUIRE") != "" {
		t.Fatalf("%s is missing: run the tests with `make test`, which installs it", name)
	}
	t.Skipf("%s is missing: run `make test`", name)
	return ""
}

func whoami() string {
	if os.Getuid() == 0 {
		return "root"
	}
	return os.Getenv("USER")
}

func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().(*net.TCPAddr).Port
}

// start runs the server and waits until it answers.
func (b *backend) start() {
	b.t.Helper()
	b.cmd = exec.Command(b.bin, b.args...)
	if err := b.cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	cmd := b.cmd
	b.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	await(b.t, filepath.Base(b.bin)+" to answer", func() bool { return b.ping() == nil })
}

// kill ends the server as a power cut would.
func (b *backend) kill() {
	b.t.Helper()
	if err := b.cmd.Process.Kill(); err != nil {
		b.t.Fatal(err)
	}
	_ = b.cmd.Wait()
}

// freeze stops the server in its tracks: connections stay open and nothing comes back.
func (b *backend) freeze() { b.signal(syscall.SIGSTOP) }

// thaw lets it go on.
func (b *backend) thaw() { b.signal(syscall.SIGCONT) }

func (b *backend) signal(s os.Signal) {
	b.t.Helper()
	if err := b.cmd.Process.Signal(s); err != nil {
		b.t.Fatal(err)
	}
}

// await waits for what another process brings about; it fails after 2 minutes, which even a busy machine needs not.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(2 * time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// Package deploy_test runs the fronts of this folder, real nginx and real Caddy with the files as they are delivered, before
// two replicas of which one is dead, and looks at what arrives.
package deploy_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func program(t *testing.T, name string) string {
	t.Helper()
	for _, p := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(p); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" || os.Getenv("XINQIAO_TEST_REQUIRE") != "" {
		t.Fatalf("%s is missing: run the tests with `make test`, which installs it", name)
	}
	t.Skipf("%s is missing: run `make deploy-check`, which installs it", name)
	return ""
}

func freePort(t *testing.T) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return port
}

// runs starts a front and waits until its port takes connections.
func runs(t *testing.T, port string, cmd *exec.Cmd) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:"+port); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s did not start:\n%s", cmd.Path, out.String())
		}
	}
}

func edited(t *testing.T, file string, changes ...string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(string(raw), changes[i]) {
			t.Fatalf("%s has no %q any more", file, changes[i])
		}
		raw = []byte(strings.ReplaceAll(string(raw), changes[i], changes[i+1]))
	}
	return string(raw)
}

func startNginx(t *testing.T, alive, dead string) (url string) {
	dir, port := t.TempDir(), freePort(t)
	if out, err := exec.CommandContext(t.Context(), program(t, "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=xinqiao.example",
		"-keyout", filepath.Join(dir, "privkey.pem"), "-out", filepath.Join(dir, "fullchain.pem")).CombinedOutput(); err != nil {
		t.Fatalf("make a certificate: %v\n%s", err, out)
	}
	site := edited(t, "nginx/xinqiao.conf", "/etc/ssl/xinqiao", dir, "/var/log/nginx", dir, "127.0.0.1:8080", dead, "127.0.0.1:8081", alive,
		"listen 443 ssl", "listen 127.0.0.1:"+port+" ssl", "listen 80;", "listen 127.0.0.1:"+freePort(t)+";")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	var whole strings.Builder
	if me.Uid == "0" {
		whole.WriteString("user root;\n")
	}
	fmt.Fprintf(&whole, "pid %[1]s/pid;\nerror_log %[1]s/error.log;\nevents {}\nhttp {\n", dir)
	for _, temp := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&whole, "%s_temp_path %s/%s;\n", temp, dir, temp)
	}
	fmt.Fprintf(&whole, "%s}\n", site)
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, []byte(whole.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	runs(t, port, exec.Command(program(t, "nginx"), "-p", dir, "-c", conf, "-g", "daemon off;")) //nolint:gosec // the test's own files
	return "https://127.0.0.1:" + port
}

func startCaddy(t *testing.T, alive, dead string) (url string) {
	home, port := t.TempDir(), freePort(t)
	cmd := exec.Command(program(t, "caddy"), "run", "--adapter", "caddyfile", "--config", "caddy/Caddyfile")
	cmd.Env = []string{"HOME=" + home, "XDG_DATA_HOME=" + home, "XDG_CONFIG_HOME=" + home, "XINQIAO_HOST=http://127.0.0.1:" + port, "XINQIAO_REPLICAS=" + dead + " " + alive}
	runs(t, port, cmd)
	return "http://127.0.0.1:" + port
}

func TestTheFronts(t *testing.T) {
	for name, front := range map[string]func(t *testing.T, alive, dead string) string{"nginx": startNginx, "Caddy": startCaddy} {
		t.Run(name, func(t *testing.T) { behaves(t, front) })
	}
}

func behaves(t *testing.T, front func(t *testing.T, alive, dead string) string) {
	seen := make(chan struct{})
	replica := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/chat/events") { // the second event is sent once the first was seen outside
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "data: first\n\n")
			w.(http.Flusher).Flush()
			select {
			case <-seen:
			case <-r.Context().Done():
			}
			_, _ = io.WriteString(w, "data: second\n\n")
			return
		}
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		n, _ := io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprintf(w, "%s %s %d", r.Header.Get("X-Forwarded-For"), r.Header.Get("X-Forwarded-Proto"), n)
	}))
	t.Cleanup(replica.Close)
	base := front(t, strings.TrimPrefix(replica.URL, "http://"), "127.0.0.1:"+freePort(t))
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // a certificate of the test's own
	t.Cleanup(client.CloseIdleConnections)
	ask := func(method, path string, body io.Reader) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, base+path, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Forwarded-For", "6.6.6.6") // what anybody may write
		res, err := client.Do(req)
		if err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		defer func() { _ = res.Body.Close() }()
		if said := res.Header.Values("Strict-Transport-Security"); path != "/healthz" && res.StatusCode == http.StatusOK && (len(said) != 1 || said[0] != "max-age=31536000") {
			t.Errorf("%s %s: Strict-Transport-Security %q, want it once", method, path, said)
		}
		raw, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(raw)
	}
	proto, _, _ := strings.Cut(base, ":")
	for range 4 { // whichever replica is tried first, the platform's message arrives
		status, got := ask(http.MethodPost, "/wechat/main?signature=x", strings.NewReader("<xml>"))
		if want := "127.0.0.1 " + proto + " 5"; status != 200 || got != want {
			t.Errorf("POST /wechat/main: %d %q, want %q: the address that the front sees, nothing that the client wrote", status, got, want)
		}
	}
	if status, got := ask(http.MethodPost, "/chat/picture", bytes.NewReader(make([]byte, 10<<20))); status != 200 || !strings.HasSuffix(got, fmt.Sprint(10<<20)) {
		t.Errorf("a picture of 10 MB: %d %q", status, got)
	}
	// What is too large is refused by nginx, or by the replica itself; and it takes no replica away from others.
	if status, _ := ask(http.MethodPost, "/chat/picture", bytes.NewReader(make([]byte, 12<<20))); status != 413 && status != 200 {
		t.Errorf("a picture of 12 MB: %d, want 413 or the replica's word", status)
	}
	if status, got := ask(http.MethodPost, "/chat/picture", strings.NewReader("small")); status != 200 {
		t.Errorf("after a picture that was too large: %d %s", status, got)
	}
	for _, path := range []string{"/metrics", "/readyz", "/healthz"} {
		if status, _ := ask(http.MethodGet, path, nil); status != 404 {
			t.Errorf("GET %s: %d; it is for this machine's own tools", path, status)
		}
	}

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/chat/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewReader(res.Body)
	first, err := lines.ReadString('\n')
	if err != nil || first != "data: first\n" {
		t.Fatalf("the first event is held back until there are more: %q %v", first, err)
	}
	close(seen)
	rest, err := io.ReadAll(lines)
	if err != nil && !errors.Is(err, io.EOF) || !strings.Contains(string(rest), "data: second") {
		t.Errorf("the second event: %q %v", rest, err)
	}
}

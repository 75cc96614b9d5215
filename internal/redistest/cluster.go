// Package redistest starts a real Redis Cluster of three nodes for tests: what one Redis forgives (a script whose keys lie
// in two slots) a cluster refuses. Each package's tests share one; Close ends it.
package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	nodes  = 3
	slots  = 16384
	atMost = 30 * time.Second // until the nodes agree; it takes about two
)

var shared struct {
	sync.Mutex
	url   string
	err   error
	nodes []*exec.Cmd
	dir   string
}

// Cluster returns the URL of a cluster's nodes, as redis.url with redis.cluster has it. It skips the test where there is no
// redis-server, unless everything is required.
func Cluster(t testing.TB) string {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("CI") != "" || os.Getenv("XINQIAO_TEST_REQUIRE") != "" {
			t.Fatal("redis-server is missing: run the tests with `make test`, which installs it")
		}
		t.Skip("redis-server is missing: run `make test`")
	}
	shared.Lock()
	defer shared.Unlock()
	if shared.url == "" && shared.err == nil {
		ctx, cancel := context.WithTimeout(t.Context(), atMost)
		defer cancel()
		shared.url, shared.err = start(ctx, bin)
	}
	if shared.err != nil {
		t.Fatalf("start a Redis Cluster: %v", shared.err)
	}
	return shared.url
}

// Close ends the nodes that Cluster started. TestMain calls it.
func Close() {
	shared.Lock()
	defer shared.Unlock()
	for _, n := range shared.nodes {
		_ = n.Process.Kill()
		_ = n.Wait()
	}
	if shared.dir != "" {
		_ = os.RemoveAll(shared.dir)
	}
	shared.nodes, shared.url, shared.dir = nil, "", ""
}

func start(ctx context.Context, bin string) (string, error) {
	dir, err := os.MkdirTemp("", "redis-cluster-")
	if err != nil {
		return "", err
	}
	shared.dir = dir
	var all []*redis.Client
	defer func() {
		for _, c := range all {
			_ = c.Close()
		}
	}()
	var ports, buses []int
	for range nodes {
		c, port, bus, err := node(ctx, bin, dir)
		if err != nil {
			return "", err
		}
		all, ports, buses = append(all, c), append(ports, port), append(buses, bus)
	}
	for i, c := range all {
		first, last := i*slots/nodes, (i+1)*slots/nodes-1
		if err := c.ClusterAddSlotsRange(ctx, first, last).Err(); err != nil {
			return "", fmt.Errorf("give node %d its slots: %w", i, err)
		}
		// Each number is larger than the ones before: nodes that begin with the same would take time to agree.
		if err := c.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err(); err != nil {
			return "", fmt.Errorf("number node %d: %w", i, err)
		}
	}
	for i := range all[1:] {
		if err := all[0].Do(ctx, "CLUSTER", "MEET", "127.0.0.1", ports[i+1], buses[i+1]).Err(); err != nil {
			return "", fmt.Errorf("introduce node %d: %w", i+1, err)
		}
	}
	for i, c := range all {
		if err := until(ctx, func() bool {
			info, err := c.ClusterInfo(ctx).Result()
			return err == nil && strings.Contains(info, "cluster_state:ok") && strings.Contains(info, fmt.Sprintf("cluster_known_nodes:%d", nodes))
		}); err != nil {
			return "", fmt.Errorf("node %d does not know the others: %w", i, err)
		}
	}
	return fmt.Sprintf("redis://127.0.0.1:%d?addr=127.0.0.1:%d&addr=127.0.0.1:%d", ports[0], ports[1], ports[2]), nil
}

// node starts one node on free ports. Somebody else may take a port meanwhile, so starting is tried a few times.
func node(ctx context.Context, bin, dir string) (client *redis.Client, port, bus int, err error) {
	for range 5 {
		if port, bus, err = freePorts(ctx); err != nil {
			return nil, 0, 0, err
		}
		home := filepath.Join(dir, fmt.Sprint(port))
		if err = os.Mkdir(home, 0o700); err != nil {
			return nil, 0, 0, err
		}
		cmd := exec.Command(bin, "--bind", "127.0.0.1", "--port", fmt.Sprint(port), "--cluster-enabled", "yes", "--cluster-port", fmt.Sprint(bus), //nolint:gosec,noctx // a test's own program and folder; the node outlives the test that asked first
			"--dir", home, "--save", "", "--appendonly", "no", "--logfile", filepath.Join(home, "log"))
		if err = cmd.Start(); err != nil {
			return nil, 0, 0, err
		}
		shared.nodes = append(shared.nodes, cmd)
		client = redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", port)})
		soon, cancel := context.WithTimeout(ctx, 5*time.Second)
		err = until(soon, func() bool { return client.Ping(soon).Err() == nil })
		cancel()
		if err == nil {
			return client, port, bus, nil
		}
		_ = client.Close()
	}
	return nil, 0, 0, fmt.Errorf("no node would start in %s: %w", dir, err)
}

// freePorts returns two ports that are free now, one for clients and one for the other nodes.
func freePorts(ctx context.Context) (port, bus int, err error) {
	var got [2]int
	for i := range got {
		ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return 0, 0, err
		}
		defer func() { _ = ln.Close() }()
		got[i] = ln.Addr().(*net.TCPAddr).Port
	}
	return got[0], got[1], nil
}

// until asks again and again whether it is so.
func until(ctx context.Context, so func() bool) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.New("not in time")
		}
	}
	return nil
}

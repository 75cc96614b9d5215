package main

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/redistest"
)

var hashTag = regexp.MustCompile(`\{[^{}]+\}`)

// A script or a pipeline whose keys lie in two slots works on one Redis and fails on a cluster, so the program runs on a real
// one: greetings of many people, a tap, a danger.
func TestTheProgramRunsOnARedisCluster(t *testing.T) {
	cfg := embedded(t)
	cfg.Redis = config.Redis{URL: config.Secret(redistest.Cluster(t)), Cluster: true}
	w := start(t, cfg, appOptions{})
	if code, body := w.get("/readyz"); code != 200 {
		t.Fatalf("not ready on a cluster: %d\n%s", code, body)
	}
	var wg sync.WaitGroup
	for i := range 12 { // of so many people some fall to each node
		wg.Go(func() { w.says(openid(t, i), "你好") })
	}
	wg.Wait()
	who := openid(t, 99)
	first := w.says(who, "你好")
	w.taps(who, first, first.MenuLinks[0].Label) // the tap is read against the state that the cluster holds
	w.says(who, "我不想活了")
	cases := w.cases(w.token("counsellor"))
	if len(cases) != 1 {
		t.Fatalf("a danger must open one case, got %d", len(cases))
	}
	for cluster, want := range map[string]string{"true": "好    写入 Redis\n", "false": "写成 redis.cluster: true"} {
		node, _, _ := strings.Cut(cfg.Redis.URL.Reveal(), "?")
		if _, said, _ := command(t.Context(), t, append(w.environ(), "XINQIAO_REDIS_URL="+node, "XINQIAO_REDIS_CLUSTER="+cluster), "", "doctor"); !strings.Contains(said, want) {
			t.Errorf("with redis.cluster: %s the doctor does not say %q:\n%s", cluster, want, said)
		}
	}

	client, err := openRedis(cfg.Redis)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	var mu sync.Mutex
	slots, held := map[string]map[int64]bool{}, 0
	if err := client.(*redis.ClusterClient).ForEachMaster(t.Context(), func(ctx context.Context, node *redis.Client) error {
		keys, err := node.Keys(ctx, "xq:*").Result()
		mu.Lock()
		defer mu.Unlock()
		if len(keys) > 0 {
			held++
		}
		for _, k := range keys {
			slot, err := node.ClusterKeySlot(ctx, k).Result()
			if err != nil {
				return err
			}
			if tag := hashTag.FindString(k); tag != "" {
				if slots[tag] == nil {
					slots[tag] = map[int64]bool{}
				}
				slots[tag][slot] = true
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(slots) < 13 || held < 2 {
		t.Errorf("13 people's keys must lie on several nodes, found %d people on %d nodes", len(slots), held)
	}
	for tag, at := range slots {
		if len(at) != 1 {
			t.Errorf("the keys of %s lie in %d slots; give them one hash tag (session.Redis.keys)", tag, len(at))
		}
	}
}

func TestAClusterIsNamedByItsNodes(t *testing.T) {
	for url, fine := range map[string]bool{
		"redis://:secret@127.0.0.1:1":                          true,
		"rediss://u:secret@a.example:6379?addr=b.example:6379": true,
		"redis://:secret@127.0.0.1:1?addr=nowhere":             false,
		"redis://:secret@127.0.0.1:1/3?adr=127.0.0.1:2":        false,
	} {
		client, err := openRedis(config.Redis{URL: config.Secret(url), Cluster: true})
		if (err == nil) != fine {
			t.Errorf("%s: %v", url, err)
		}
		if err != nil && regexp.MustCompile("secret").MatchString(err.Error()) {
			t.Errorf("the error shows the password: %v", err)
		}
		if client != nil {
			_ = client.Close()
		}
	}
}

package main

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// dumpRedis is every key of a Redis and all that stands under it, as somebody who got in would see it.
func dumpRedis(t *testing.T, client redis.UniversalClient) string {
	t.Helper()
	ctx := t.Context()
	var b strings.Builder
	keys, err := client.Keys(ctx, "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		b.WriteString(k + "\n")
		kind, err := client.Type(ctx, k).Result()
		if err != nil {
			t.Fatal(err)
		}
		switch kind {
		case "string":
			b.WriteString(client.Get(ctx, k).Val() + "\n")
		case "hash":
			for f, v := range client.HGetAll(ctx, k).Val() {
				b.WriteString(f + "=" + v + "\n")
			}
		case "list":
			b.WriteString(strings.Join(client.LRange(ctx, k, 0, -1).Val(), "\n") + "\n")
		case "set":
			b.WriteString(strings.Join(client.SMembers(ctx, k).Val(), "\n") + "\n")
		case "zset":
			b.WriteString(strings.Join(client.ZRange(ctx, k, 0, -1).Val(), "\n") + "\n")
		case "none": // ended meanwhile
		default:
			t.Errorf("%s is a %s: let this test look into it", k, kind)
		}
	}
	return b.String()
}

func TestWhoLooksIntoRedisFindsNoWordNoPersonAndNoToken(t *testing.T) {
	cfg := shared(t)
	if cfg.Redis.URL == "" {
		t.Skip("XINQIAO_TEST_REDIS_URL is not set: run `make test`")
	}
	w := start(t, cfg, appOptions{})
	who := openid(t, 1)
	w.wantIn(w.says(who, "菜单"), "父母学堂")
	w.says(who, "我叫欧阳示例，手机 13800000000，孩子总说没意思")
	w.wantIn(w.says(who, "我不想活了"), "12356")
	if _, err := w.app.wechat.Prove(t.Context(), account.Name, "https://xinqiao.example/p/notices", "nonce"); err != nil { // takes a token and a ticket
		t.Fatal(err)
	}
	token, ok, err := w.app.cache.Get(t.Context(), "token:"+account.AppID)
	if err != nil || !ok {
		t.Fatalf("the account's access token: %v %v", ok, err)
	}
	dump := dumpRedis(t, w.app.redis)
	if !strings.Contains(dump, "xq:cache:token:") || !strings.Contains(dump, ":state") {
		t.Fatalf("Redis holds neither a session nor a token: the test looks past it\n%.500s", dump)
	}
	for what, secret := range map[string]string{"an openid": who, "the access token": token, "words": "不想活", "a name": "欧阳", "a phone": "13800000000", "the account's secret": account.AppSecret} {
		for form, s := range map[string]string{"": secret, " in base64": base64.StdEncoding.EncodeToString([]byte(secret))[:len(secret)/3*4]} {
			if strings.Contains(dump, s) {
				t.Errorf("Redis shows %s%s", what, form)
			}
		}
	}
}

package notify

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// handset is a device and the push service that it hangs on. It decrypts as a browser does (RFC 8291).
type handset struct {
	t      *testing.T
	key    *ecdh.PrivateKey
	auth   []byte
	server *httptest.Server
	status int

	mu    sync.Mutex
	got   []pushed
	heads []http.Header
}

func newHandset(t *testing.T) *handset {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h := &handset{t: t, key: key, auth: make([]byte, 16), status: http.StatusCreated}
	_, _ = rand.Read(h.auth)
	h.server = httptest.NewTLSServer(http.HandlerFunc(h.receive))
	t.Cleanup(h.server.Close)
	return h
}

func (h *handset) device(account string) Device {
	return Device{ID: "device-" + account, Account: account, Endpoint: h.server.URL + "/send/secret-of-" + account,
		P256dh: base64.RawURLEncoding.EncodeToString(h.key.PublicKey().Bytes()), Auth: base64.RawURLEncoding.EncodeToString(h.auth)}
}

func (h *handset) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		h.t.Error(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heads = append(h.heads, r.Header)
	if h.status/100 == 2 {
		var p pushed
		if err := json.Unmarshal(h.decrypt(body), &p); err != nil {
			h.t.Errorf("what a device got cannot be read: %v", err)
		}
		h.got = append(h.got, p)
	}
	w.WriteHeader(h.status)
}

// decrypt reads one aes128gcm record: salt 16, size 4, key length 1, key, ciphertext.
func (h *handset) decrypt(body []byte) []byte {
	must := func(err error) {
		if err != nil {
			h.t.Errorf("decrypt: %v", err)
		}
	}
	salt, sender, sealed := body[:16], body[21:21+int(body[20])], body[21+int(body[20]):]
	public, err := ecdh.P256().NewPublicKey(sender)
	must(err)
	shared, err := h.key.ECDH(public)
	must(err)
	derive := func(secret, salt, info []byte, n int) []byte {
		out, err := hkdf.Key(sha256.New, secret, salt, string(info), n)
		must(err)
		return out
	}
	ikm := derive(shared, h.auth, slices.Concat([]byte("WebPush: info\x00"), h.key.PublicKey().Bytes(), sender), 32)
	block, err := aes.NewCipher(derive(ikm, salt, []byte("Content-Encoding: aes128gcm\x00"), 16))
	must(err)
	gcm, err := cipher.NewGCM(block)
	must(err)
	plain, err := gcm.Open(nil, derive(ikm, salt, []byte("Content-Encoding: nonce\x00"), 12), sealed, nil)
	must(err)
	return bytes.TrimSuffix(bytes.TrimRight(plain, "\x00"), []byte{2})
}

// shelf is where devices are kept.
type shelf struct {
	mu      sync.Mutex
	keys    PushKeys
	devices []Device
	gone    []string
	away    error
}

func (s *shelf) push(t *testing.T, client *http.Client) Push {
	t.Helper()
	keys, err := NewPushKeys()
	if err != nil {
		t.Fatal(err)
	}
	s.keys = keys
	return Push{
		Keys: func(context.Context) (PushKeys, error) { s.mu.Lock(); defer s.mu.Unlock(); return s.keys, s.away },
		Devices: func(context.Context) ([]Device, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return slices.Clone(s.devices), s.away
		},
		Gone: func(_ context.Context, id string) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.gone = append(s.gone, id)
			return s.away
		},
		Subscriber: "https://xinqiao.example.org", Client: client,
	}
}

// trusting is a client that knows the test's certificate and, unlike the real one, may reach this machine.
func trusting(h *handset) *http.Client {
	c := h.server.Client()
	c.CheckRedirect = newClient().CheckRedirect
	return c
}

var anAlert = Alert{
	ID: "case-1-0", Kind: Opened, Level: risk.Imminent, Alias: "木棉·4127", District: "天河区", Within: 3 * time.Minute, Rung: "值班",
	Call: []Contact{{Name: "陈", Account: "chen"}}, URL: "https://xinqiao.example.org/desk/cases/case-1",
}

func TestADeviceReadsAnAlertThatItsPushServiceCannot(t *testing.T) {
	h := newHandset(t)
	s := &shelf{devices: []Device{h.device("chen"), h.device("li")}}
	b := NewBrowser(s.push(t, trusting(h)))
	for range 2 { // sent again after an answer that was lost
		if _, err := b.Notify(t.Context(), anAlert); err != nil {
			t.Fatal(err)
		}
	}
	want := pushed{Title: "【心桥·紧急】木棉·4127 在等人回应", Body: "3 分钟内点“收到”或接手 · 请 陈（值班）", Path: "/desk/cases/case-1", Tag: pushTopic("case-1-0"), Urgent: true}
	if diff := cmp.Diff([]pushed{want, want}, h.got); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
	head := h.heads[0]
	for name, want := range map[string]string{"TTL": "1800", "Urgency": "high", "Content-Encoding": "aes128gcm", "Topic": pushTopic("case-1-0")} {
		if got := head.Get(name); got != want {
			t.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
	if len(head.Get("Topic")) > 32 {
		t.Error("the topic is longer than push services take")
	}
	checkVAPID(t, head.Get("Authorization"), s.keys.Public, h.server.URL)
}

// checkVAPID checks the signature by which a push service knows who sends (RFC 8292).
func checkVAPID(t *testing.T, header, public, audience string) {
	t.Helper()
	var token, key string
	for part := range strings.SplitSeq(strings.TrimPrefix(header, "vapid "), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			token = value
		case "k":
			key = value
		}
	}
	if key != public {
		t.Errorf("the key is %q, want the one that devices were turned on with", key)
	}
	raw, err := base64.RawURLEncoding.DecodeString(public)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(signature) != 64 {
		t.Fatalf("the signature is of %d bytes: %v", len(signature), err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	k, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if !ecdsa.Verify(k, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		t.Error("the signature does not hold")
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Aud, Sub string
	}
	if err := json.Unmarshal(claims, &c); err != nil || c.Aud != audience || c.Sub != "https://xinqiao.example.org" {
		t.Errorf("the token is for %q by %q (%v)", c.Aud, c.Sub, err)
	}
}

func TestWhatAPushServiceAnswersDecidesWhatIsDoneNext(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		retry  bool
		failed bool
		gone   bool
	}{
		{"taken", 201, false, false, false},
		{"accepted", 202, false, false, false},
		{"gone", 410, false, true, true},
		{"never heard of", 404, false, true, true},
		{"too many", 429, true, true, false},
		{"busy", 503, true, true, false},
		{"not with these keys", 403, false, true, false},
		{"too large", 413, false, true, false},
		{"elsewhere", 302, false, true, false},
	} {
		h := newHandset(t)
		h.status = c.status
		s := &shelf{devices: []Device{h.device("chen")}}
		retry, err := NewBrowser(s.push(t, trusting(h))).Notify(t.Context(), anAlert)
		if retry != c.retry || (err != nil) != c.failed || (len(s.gone) == 1) != c.gone {
			t.Errorf("%s: again %v, error %v, removed %v", c.name, retry, err, s.gone)
		}
		if err != nil && (strings.Contains(err.Error(), "secret-of") || strings.Contains(err.Error(), "127.0.0.1")) {
			t.Errorf("%s: the error tells the address: %v", c.name, err)
		}
	}
	closed := newHandset(t)
	closed.server.Close()
	s := &shelf{devices: []Device{closed.device("chen")}}
	if retry, err := NewBrowser(s.push(t, trusting(closed))).Notify(t.Context(), anAlert); !retry || err == nil || strings.Contains(err.Error(), "secret-of") {
		t.Errorf("a push service that is away: again %v, %v", retry, err)
	}
}

func TestPeopleAreCountedNotDevices(t *testing.T) {
	good, bad := newHandset(t), newHandset(t)
	bad.status = http.StatusServiceUnavailable
	a := anAlert
	a.Call = []Contact{{Name: "陈", Account: "Chen"}, {Name: "李", Account: "li"}}
	spare := bad.device("chen")
	spare.ID = "spare"
	s := &shelf{devices: []Device{good.device("chen"), spare}}
	pool := trusting(good)
	pool.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(bad.server.Certificate())
	b := NewBrowser(s.push(t, pool))
	if retry, err := b.Notify(t.Context(), a); err != nil || retry {
		t.Errorf("who was told on one of two devices: again %v, %v", retry, err)
	}
	s.devices = append(s.devices, bad.device("li"))
	var part *Partial
	if retry, err := b.Notify(t.Context(), a); !retry || !errors.As(err, &part) || part.Told != 1 || part.Called != 2 {
		t.Errorf("one of two people was told: again %v, %+v, %v", retry, part, err)
	}
	a.Call = []Contact{{Name: "王", Account: "wang"}}
	if retry, err := b.Notify(t.Context(), a); retry || err == nil {
		t.Errorf("nobody who is called has a device: again %v, %v", retry, err)
	}
	n := len(good.got)
	a.Call = nil
	if _, err := b.Notify(t.Context(), a); len(good.got) != n+1 {
		t.Errorf("a call to everybody reached %d devices more (%v), want 1", len(good.got)-n, err)
	}
}

func TestDevicesAreCalledWhileTheDatabaseIsAway(t *testing.T) {
	h := newHandset(t)
	s := &shelf{devices: []Device{h.device("chen")}, away: errors.New("connection refused")}
	b := NewBrowser(s.push(t, trusting(h)))
	if retry, err := b.Notify(t.Context(), anAlert); !retry || err == nil {
		t.Errorf("before any device was known: again %v, %v", retry, err)
	}
	s.away = nil
	ctx, stop := context.WithCancel(t.Context())
	stop() // one reading and no more
	b.Follow(ctx)
	s.away = errors.New("connection refused")
	if _, err := b.Notify(t.Context(), anAlert); err != nil || len(h.got) != 1 {
		t.Errorf("with the database away %d devices were told (%v), want 1", len(h.got), err)
	}
	h.status = http.StatusGone
	if _, err := b.Notify(t.Context(), anAlert); err == nil || !slices.Equal(s.gone, []string{"device-chen"}) {
		t.Errorf("a device that is gone: %v, removed %v", err, s.gone)
	}
	if _, err := b.Notify(t.Context(), anAlert); err == nil || len(s.gone) != 1 {
		t.Errorf("a device that is gone is called again: %v, %v", err, s.gone)
	}
}

func TestOnlyPublicHostsAreRung(t *testing.T) {
	h := newHandset(t)
	fine := h.device("chen")
	for _, address := range []string{
		"https://fcm.googleapis.com/fcm/send/abc", "https://web.push.apple.com/QAbc", "https://updates.push.services.mozilla.com/wpush/v2/abc",
		"https://wns2-sg2p.notify.windows.com/w/?token=abc", "https://push.example.com:443/x",
	} {
		fine.Endpoint = address
		if err := CheckDevice(fine); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{
		"http://push.example.com/x", "https://localhost/x", "https://127.0.0.1/x", "https://10.0.0.8/x", "https://[::1]/x", "https://[::ffff:10.0.0.1]/x", "https://169.254.169.254/latest",
		"https://mysql/x", "https://db.internal/x", "https://printer.local/x", "https://push.example.com:8443/x", "https://user@push.example.com/x", "https://2130706433/x", "https://0x7f.1/x",
		"https://192.168.1.1./x", "https://[64:ff9b::a00:1]/x", "ftp://push.example.com/x", "", "https:///x", "https://push.example.com/" + strings.Repeat("x", 1100),
	} {
		d := fine
		d.Endpoint = address
		if err := CheckDevice(d); !errors.Is(err, ErrDevice) {
			t.Errorf("%s is taken: %v", address, err)
		}
	}
	for _, d := range []Device{{P256dh: "AAAA", Auth: fine.Auth}, {P256dh: fine.P256dh, Auth: "AAAA"}, {P256dh: fine.P256dh, Auth: "not base64!"}} {
		d.Endpoint = fine.Endpoint
		if err := CheckDevice(d); !errors.Is(err, ErrDevice) {
			t.Errorf("keys of no use are taken: %v", err)
		}
	}
	for address, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1": true, "127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.0.1": false, "100.64.0.1": false, "169.254.1.1": false,
		"0.0.0.0": false, "255.255.255.255": false, "224.0.0.1": false, "::1": false, "fe80::1%eth0": false, "fd00::1": false, "::ffff:192.168.0.1": false, "2002:a00:1::": false, "198.18.0.1": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is public: %v, want %v", address, got, want)
		}
	}
}

// A name that was public when it was kept may lead to this machine when it is dialled.
func TestTheAddressItselfIsLookedAtWhenItIsDialled(t *testing.T) {
	h := newHandset(t)
	s := &shelf{devices: []Device{h.device("chen")}} // kept past CheckDevice
	p := s.push(t, nil)
	retry, err := NewBrowser(p).Notify(t.Context(), anAlert)
	if err == nil || retry || !errors.Is(err, errNotPublic) {
		t.Errorf("an address on this machine: again %v, %v; want it refused for good", retry, err)
	}
	if len(h.heads) != 0 {
		t.Error("this machine was reached")
	}
}

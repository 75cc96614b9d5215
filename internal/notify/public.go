package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// An endpoint comes from a browser, so from whoever signed in: it must lead to the open Internet, never to a machine
// beside this one. The name is looked at when it is kept, and the address itself each time that it is dialled, for a name
// may lead elsewhere by then.

var errNotPublic = errors.New("the address is not a public one")

// longestEndpoint is more than any push service needs.
const longestEndpoint = 1024

// publicAddress says whether an address is https on a public host's usual port.
func publicAddress(address string) error {
	u, err := url.Parse(address)
	bad := func(what string) error { return fmt.Errorf("%w: the address %s", ErrDevice, what) }
	switch {
	case err != nil || len(address) > longestEndpoint:
		return bad("cannot be read")
	case u.Scheme != "https" || u.User != nil:
		return bad("is not plain https")
	case u.Port() != "" && u.Port() != "443":
		return bad("names a port")
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		if !public(ip) {
			return bad("is not a public one")
		}
		return nil
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if !strings.Contains(host, ".") || slices.Contains([]string{"local", "localhost", "internal", "lan", "home", "arpa", "test", "invalid", "onion"}, last) || strings.Trim(last, "0123456789") == "" {
		return bad("is not that of a public host")
	}
	return nil
}

// reserved are networks that netip's own words (private, loopback, link-local, multicast) leave out. Sources: the IANA
// special-purpose registries. The last three carry an IPv4 address, which may be a private one.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("fec0::/10"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"),
}

// public says whether an address belongs to the open Internet.
func public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// newPublicClient is a client as newClient's, that dials public addresses alone. The operator's own proxy, where one is
// set, may stand anywhere: it decides itself where it goes.
func newPublicClient() *http.Client {
	guarded := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !public(at.Addr()) {
			return errNotPublic
		}
		return nil
	}}
	open := &net.Dialer{Timeout: 5 * time.Second}
	c := newClient()
	c.Transport = &http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, TLSHandshakeTimeout: 5 * time.Second,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address == proxyAddress() {
				return open.DialContext(ctx, network, address)
			}
			return guarded.DialContext(ctx, network, address)
		},
	}
	return c
}

// proxyAddress is the host and port of the proxy for https, "" without one.
func proxyAddress() string {
	u, err := http.ProxyFromEnvironment(&http.Request{URL: &url.URL{Scheme: "https", Host: "push.example.com"}})
	if err != nil || u == nil {
		return ""
	}
	if port := u.Port(); port != "" {
		return net.JoinHostPort(u.Hostname(), port)
	}
	return net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443", "socks5": "1080"}[u.Scheme])
}

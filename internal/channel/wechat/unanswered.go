package wechat

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// unanswered says in an operator's words why no answer of the platform came, and what to look at. Each says no more than is
// known: a network that was reached is not called unreachable.
func unanswered(err error) string {
	var (
		odd     *tencent.OddAnswer
		dns     *net.DNSError
		timeout net.Error
		wrong   *tls.CertificateVerificationError
		clear   tls.RecordHeaderError
		unknown x509.UnknownAuthorityError
	)
	const want = "api_url 应当是 https://api.weixin.qq.com"
	switch {
	case errors.As(err, &odd) && odd.Status >= 500:
		return fmt.Sprintf("接口地址答了 HTTP %d，微信的接口不这样答，多半是中间的代理或网关答的：检查代理；%s。过几分钟再试。", odd.Status, want)
	case errors.As(err, &odd) && odd.Status != http.StatusOK:
		return fmt.Sprintf("接口地址答了 HTTP %d，微信的接口不这样答：检查 api_url 是不是写错了，%s；有代理的看看代理。", odd.Status, want)
	case errors.As(err, &odd):
		return "连上了，但收到的不是微信接口的回答（可能是登录页、代理的提示页，或者别的网站）：检查 api_url，" + want + "；再看服务器上网要不要先登录、有没有代理改了内容。"
	case errors.As(err, &dns):
		return "找不到接口的地址（域名解析失败）：检查 api_url 的域名，" + want + "；再检查服务器的 DNS。"
	case errors.As(err, &wrong), errors.As(err, &clear), errors.As(err, &unknown):
		return "接口的 HTTPS 证书没有通过检查：可能有代理拦截，或者 api_url 不是微信的地址，" + want + "；也看看服务器的时间和根证书（ca-certificates）。"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "连接被拒绝：检查 api_url 的地址和端口，" + want + "；再检查防火墙和代理。"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "微信的接口没有在时限内回答（超时）：过几分钟再试；总是这样时，检查服务器到外网的网络、防火墙和代理。"
	case errors.Is(err, tencent.ErrAddress):
		return "api_url 不是一个可用的地址：要以 https:// 开头，" + want + "。"
	}
	return "没有收到微信接口的回答：检查服务器能不能访问外网、api_url 是否写对，" + want + "。"
}

// clockAhead is how far our clock is ahead of the one that answered a call; zero where it does not say.
func clockAhead(res *http.Response, now time.Time) time.Duration {
	at, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return 0
	}
	return now.Sub(at)
}

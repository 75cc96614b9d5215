// Package wxsim is the other side of the wire: it plays the WeChat platform for
// tests, demonstrations and load. A Client delivers what people send, exactly as
// the platform does it (signed, encrypted, retried); a Server answers what an
// official account asks of api.weixin.qq.com and remembers every call.
//
// It shares no code with the channel that it talks to, least of all the
// cryptography: two independent readings of the protocol check each other.
// Start reading at Client.Send and Server.ServeHTTP.
package wxsim

import "errors"

// Account is one official account as its owner sees it in WeChat's console.
// An empty AESKey means plain mode.
type Account struct {
	Name      string
	AppID     string
	AppSecret string
	Token     string
	AESKey    string // 43 characters
	GhID      string // the account's own ID, gh_…
	OpenKfID  string // set: an account of WeCom customer service; AppID is then the corp ID, see kf.go
}

var (
	// ErrRefused says that the webhook answered with another status than 200; the Reply
	// still carries Status and Raw.
	ErrRefused = errors.New("the webhook refused the delivery")
	// ErrBadReply says that the webhook answered 200 with something that the platform
	// does not accept; the user would see '该公众号提供的服务出现故障'.
	ErrBadReply = errors.New("the reply is not one that the platform accepts")
)

// maxText is the platform's limit of one text, in bytes of UTF-8.
const maxText = 2048

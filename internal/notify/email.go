package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"
)

// Email sends to everybody who is called and has an address, or to the mailbox of the duty where nobody has.
type Email struct {
	client *mail.Client
	from   string
	to     []string
}

var _ = register(Provider{
	Kind: "email", Fields: []Field{{"url", Text, true}, {"from", Text, true}, {"to", List, false}},
	Open: func(s Settings, _ Outside) (Notifier, error) {
		return NewEmail(s.Text("url"), s.Text("from"), s.List("to"))
	},
})

// NewEmail takes smtp://user:password@host:587 (STARTTLS, which is refused only on this machine itself) or
// smtps://user:password@host:465, the sender, and the mailboxes that always get a copy.
func NewEmail(server, from string, to []string) (*Email, error) {
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") || strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		// An @ behind the host: the password has a / ? or #, and what stands before it would be taken for the host and its port.
		return nil, errors.New("the server must be smtp://user:password@host:587 or smtps://user:password@host:465; in the password write %2F for /, %3F for ?, %23 for #, %40 for @")
	}
	opts := []mail.Option{mail.WithTLSPolicy(mail.TLSMandatory)}
	if u.Scheme == "smtps" {
		opts = []mail.Option{mail.WithSSL()}
	} else if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip.IsLoopback() {
		opts = []mail.Option{mail.WithTLSPolicy(mail.TLSOpportunistic)}
	}
	port := map[string]int{"smtp": 587, "smtps": 465}[u.Scheme]
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil {
			return nil, errors.New("the port of the server is not a number")
		}
	}
	opts = append(opts, mail.WithPort(port))
	if u.User != nil {
		password, _ := u.User.Password()
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	client, err := mail.NewClient(u.Hostname(), opts...)
	if err != nil { // not shown: it may quote what was set
		return nil, errors.New("the mail server's name or port cannot be used")
	}
	e := &Email{client: client, from: from, to: to}
	if _, err := e.message(Alert{Kind: Trial}); err != nil {
		return nil, err
	}
	return e, nil
}

func (e *Email) message(a Alert) (*mail.Msg, error) {
	m := mail.NewMsg()
	if err := m.FromFormat("心桥", e.from); err != nil {
		return nil, errors.New("the sender's address cannot be used")
	}
	to := append([]string(nil), e.to...)
	for _, c := range a.Call {
		if c.Email != "" {
			to = append(to, c.Email)
		}
	}
	if len(to) == 0 {
		return m, nil
	}
	if err := m.To(to...); err != nil {
		return nil, errors.New("a receiver's address cannot be used")
	}
	m.SetUserAgent("xinqiao")
	m.Subject(a.Title())
	m.SetBodyString(mail.TypeTextPlain, a.Text())
	if a.Level != "" {
		m.SetImportance(mail.ImportanceUrgent)
	}
	return m, nil
}

// ErrNobody says that neither the alert nor the configuration names a mailbox.
var ErrNobody = errors.New("nobody to write to: name a mailbox in `to`, or e-mail addresses on the rota")

// Notify implements Notifier.
func (e *Email) Notify(ctx context.Context, a Alert) (retry bool, err error) {
	m, err := e.message(a)
	if err != nil {
		return false, err
	}
	if len(m.GetTo()) == 0 {
		return false, ErrNobody
	}
	if err := e.client.DialAndSendWithContext(ctx, m); err != nil {
		var refused *mail.SendError
		if errors.As(err, &refused) {
			return refused.IsTemp(), fmt.Errorf("the mail server refused it: %w", err)
		}
		return true, fmt.Errorf("the mail server cannot be reached: %w", err)
	}
	return false, nil
}

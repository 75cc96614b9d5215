package wxsim

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
)

// SendXML delivers a message as it is given, for what no careful writer makes: it is sealed and signed like any other. From
// is who reads the answer.
func (c *Client) SendXML(ctx context.Context, from, xml string) (Reply, error) {
	return c.post(ctx, Message{From: from, Type: "raw"}, "", []byte(xml))
}

// SendCompatible delivers a message as an account in compatible mode gets it: in clear, and sealed beside that.
func (c *Client) SendCompatible(ctx context.Context, m Message) (Reply, error) {
	if err := c.complete(&m); err != nil {
		return Reply{}, err
	}
	m.around = func(clear, sealed []byte) []byte {
		clear, _ = bytes.CutSuffix(clear, []byte("</xml>"))
		_, encrypt, _ := bytes.Cut(sealed, []byte("</ToUserName>"))
		return append(bytes.Clone(clear), encrypt...)
	}
	c.tell(m)
	return c.deliver(ctx, m, "")
}

// SendBack posts an answer of the account back to it, with the signature that it bears. It needs a Reply of safe mode.
func (c *Client) SendBack(ctx context.Context, r Reply) (status int, err error) {
	cd, err := newCodec(c.Account)
	if err != nil {
		return 0, err
	}
	var env envelopeXML
	if err := xml.Unmarshal(r.Raw, &env); err != nil {
		return 0, fmt.Errorf("post an answer back: %w: it is no sealed answer", ErrBadReply)
	}
	target := fmt.Sprintf("%s?timestamp=%s&nonce=%s&signature=%s&msg_signature=%s&encrypt_type=aes", c.URL, env.TimeStamp, env.Nonce, sign(cd.token, env.TimeStamp, env.Nonce), env.MsgSignature)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(r.Raw))
	if err != nil {
		return 0, fmt.Errorf("post an answer back: %w", err)
	}
	status, _, err = c.do(req)
	return status, err
}

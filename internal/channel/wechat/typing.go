package wechat

import (
	"context"
	"errors"
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

const typingPath = "/cgi-bin/message/custom/typing"

// What the platform says where it will not show that somebody is typing: no word of theirs within 30 seconds, it is shown
// already (it lasts 15 seconds), or no window is open. None of it is worth more than leaving it out.
var typingRefused = []int{45072, 45080, 45081, 45015, 45047, 43004, 40003}

var _ channel.Typist = sender{}

// Typing implements channel.Typist by the customer-service API.
func (s sender) Typing(ctx context.Context, to channel.UserKey) error {
	if !s.a.Capabilities.CustomerService {
		return nil
	}
	err := s.c.call(ctx, s.a, "POST", typingPath, map[string]string{"touser": to.Reveal(), "command": "Typing"}, nil)
	var ae *APIError
	if errors.As(err, &ae) && slices.Contains(typingRefused, ae.Code) {
		return nil
	}
	return err
}

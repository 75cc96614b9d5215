package casework

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// A call whose payload cannot be opened goes out all the same, with what its key says: nobody in danger waits until somebody
// finds a key of the key file. The call names the case, as any other; what was said stands in no call anyway.

// Blind are the handlers of rows that cannot be opened.
func (s *Service) Blind() map[string]outbox.Handler {
	return map[string]outbox.Handler{KindAlert: s.alertBlind, KindDeadline: s.overdueBlind}
}

// errNoKey says that a row's key is none of ours, so that the row waits for what is sealed.
var errNoKey = &outbox.Error{Verdict: outbox.Park, Err: outbox.ErrSealed}

func (s *Service) alertBlind(ctx context.Context, r outbox.Row) error {
	part := strings.SplitN(r.Key, ":", 5) // see alerts
	if len(part) != 5 {
		return errNoKey
	}
	since, err := strconv.ParseInt(part[2], 10, 64)
	rung, failed := strconv.Atoi(part[3])
	if errors.Join(err, failed) != nil {
		return errNoKey
	}
	c, err := s.Store.Get(ctx, part[1])
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	p := alertPayload{Case: c.ID, Why: notify.Opened, Waits: c.Waits, Since: time.UnixMicro(since).UTC(), Rung: rung, Way: part[4]}
	if rung > 0 {
		p.Why = notify.Overdue
	}
	if r.Payload, err = json.Marshal(p); err != nil {
		return err
	}
	return s.Alert(ctx, r)
}

func (s *Service) overdueBlind(ctx context.Context, r outbox.Row) (err error) {
	part := strings.Split(r.Key, ":") // see the clock's row
	if len(part) != 4 {
		return errNoKey
	}
	if r.Payload, err = json.Marshal(deadlinePayload{Case: part[1]}); err != nil {
		return err
	}
	return s.Overdue(ctx, r)
}

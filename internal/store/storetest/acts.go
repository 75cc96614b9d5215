package storetest

import (
	"context"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
)

// Acts is ctx with somebody who acts in it: nothing is opened by nobody.
func Acts(ctx context.Context) context.Context {
	return audit.With(ctx, audit.Actor{ID: "staff-test", Name: "示例·测试", Role: "counsellor"})
}

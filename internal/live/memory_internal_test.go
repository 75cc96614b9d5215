package live

import (
	"context"
	"testing"
)

// After a lost connection everybody looks again, but a moment that has passed is not made up: nobody writes just now.
func TestAReconnectPretendsNobodyToBeTyping(t *testing.T) {
	bus := NewMemory()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	heard := bus.Subscribe(ctx, TopicTyping("x"), TopicPerson("x"), TopicStaffTyping("x"))
	bus.touchAll()
	if got := <-heard; got != TopicPerson("x") {
		t.Errorf("first came %q", got)
	}
	if err := bus.Publish(ctx, TopicTyping("x")); err != nil { // in order: whatever touchAll touched comes before it
		t.Fatal(err)
	}
	if got := <-heard; got != TopicTyping("x") {
		t.Errorf("then came %q", got)
	}
	if err := bus.Publish(ctx, TopicPerson("x")); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got != TopicPerson("x") {
		t.Errorf("at last came %q: a moment was told that never was", got)
	}
}

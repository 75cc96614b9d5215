package bot_test

import (
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/bot"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
)

func TestABotThatLacksSomethingIsNotMade(t *testing.T) {
	_, err := bot.New(bot.Options{Commands: map[string]dialog.Command{}})
	if err == nil {
		t.Fatal("a bot was made of nothing")
	}
	for _, name := range []string{"Content", "Sessions", "Cases", "Outbox", "Spool", "Sealer", "Senders", "InTx", "Once"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("that %s is missing is not said: %v", name, err)
		}
	}
	if strings.Contains(err.Error(), "Commands") {
		t.Errorf("what was given is said to be missing: %v", err)
	}
}

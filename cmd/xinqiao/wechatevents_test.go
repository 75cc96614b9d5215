package main

import "testing"

func TestTheTableOfEventsIsWhatTheProgramDoes(t *testing.T) {
	t.Parallel()
	code, out, errs := command(t.Context(), t, nil, "", "wechat", "events")
	if code != exitFine {
		t.Fatal(errs)
	}
	if out != string(deployed(t, "WECHAT-EVENTS.md")) {
		t.Error("deploy/WECHAT-EVENTS.md is not what the program does: go run ./cmd/xinqiao wechat events > deploy/WECHAT-EVENTS.md")
	}
}

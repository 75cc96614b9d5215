package bot_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestZZTalks(t *testing.T) {
	raw, _ := os.ReadFile(os.Getenv("TALKS"))
	for _, part := range strings.Split(string(raw), "\n## ")[1:] {
		lines := strings.SplitN(part, "\n", 2)
		r := newRoom(t)
		if os.Getenv("DAY") == "" {
			r.now = r.now.Add(14 * 60 * 60 * 1e9)
		}
		fmt.Println("\n=====", lines[0])
		body := lines[1]
		if i := strings.Index(body, "Went wrong"); i > 0 {
			body = body[:i]
		}
		for _, say := range strings.Split(strings.TrimSpace(body), " → ") {
			r.now = r.now.Add(20 * 1e9)
			fmt.Printf("人： %s\n桥： %s\n", say, strings.ReplaceAll(strings.TrimSpace(r.says(say)), "\n", "\n    "))
			st, _ := r.State(t.Context(), someone)
			fmt.Printf("        (%s %s %s %v)\n", st.Talk.Situation, st.Talk.Phase, st.Talk.Level, st.Talk.Known)
		}
	}
}

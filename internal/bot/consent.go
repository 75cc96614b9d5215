package bot

import (
	"context"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
)

// mayKeep says whether a command may keep something of the person. Where the words for it were shown right before, doing it is
// agreeing to them. Danger, the talk after it and a human ask nothing of this: they are no commands that need it.
func (x *exchange) mayKeep(ctx context.Context, cmd dialog.Command) (bool, error) {
	if cmd.Needs == "" || x.b.Consented == nil {
		return true, nil
	}
	may, err := x.b.Consented(ctx, x.state.Person, string(x.state.Audience), cmd.Needs, x.state.Shown[cmd.Needs])
	if err != nil {
		return false, fmt.Errorf("look for the consent to %s: %w", cmd.Needs, err)
	}
	delete(x.state.Shown, cmd.Needs)
	return may, nil
}

// showed remembers which words a flow is about to show, until the person does what they are about.
func (x *exchange) showed(c dialog.Call, res dialog.Result) {
	if c.Name != plan.NeedCommand {
		return
	}
	what := c.Text(plan.ConsentTakes)
	delete(x.state.Shown, what)
	if version, _ := res.Vars["version"].(string); version != "" {
		if x.state.Shown == nil {
			x.state.Shown = map[string]string{}
		}
		x.state.Shown[what] = version
	}
}

// Package browsertest has the steps that tests take in a real browser: each waits in the page itself for what it needs, so
// that neither a page on its way nor one that moves under the pointer makes a test red.
package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Call sends the browser a command of its protocol.
func Call[P any](command cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, tab, command, params)
		return chromedp.Void{}, err
	}
}

// InFront lets a tab believe that it is the one in front, whatever others are open.
func InFront() chromedp.Action[chromedp.Void] {
	return Call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
}

// Until waits for a script's condition in the page. The page may still be on its way, or be filled while it is asked: what
// cannot be answered yet is no failure.
func Until(js string) chromedp.Action[chromedp.Void] {
	ask := chromedp.Evaluate[bool]("(() => { try { return !!(" + js + "); } catch { return false; } })()")
	return func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			if there, err := ask(ctx, tab); err == nil && there {
				return chromedp.Void{}, nil
			}
			select {
			case <-ctx.Done():
				return chromedp.Void{}, fmt.Errorf("waited in vain for %s: %w", js, ctx.Err())
			case <-tick.C:
			}
		}
	}
}

// Once runs a script where its page has not got what the script makes, by the name of a global: one that is large takes
// longer to load than to do its work.
func Once(global, script string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		there, err := chromedp.Evaluate[bool]("typeof "+global+` !== "undefined"`)(ctx, tab)
		if err != nil || there {
			return chromedp.Void{}, err
		}
		return chromedp.Evaluate[chromedp.Void](script+";void 0")(ctx, tab)
	}
}

// first is the first element of a selector that is seen.
const first = `[...document.querySelectorAll(%s)].find((e) => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length)`

func quoted(selector string) string {
	q, _ := json.Marshal(selector) // a string is always JSON
	return string(q)
}

// Visible waits until an element of a CSS selector is seen.
func Visible(selector string) chromedp.Action[chromedp.Void] {
	return Until(fmt.Sprintf(first, quoted(selector)))
}

// Click waits until the page is loaded with its scripts, an element of a CSS selector is seen and nothing lies over it, and
// clicks it at that moment: whatever comes into the page between looking and clicking cannot move another thing under the
// pointer.
func Click(selector string) chromedp.Action[chromedp.Void] {
	return Until(fmt.Sprintf(`(() => {
		const e = `+first+`;
		if (document.readyState !== "complete" || !e || e.disabled) return false;
		e.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
		const r = e.getClientRects()[0];
		const over = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
		if (!over || !e.contains(over) && !over.contains(e) && !e.labels?.length) return false;
		e.click();
		return true;
	})()`, quoted(selector)))
}

package desk_test

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

var shownCode = regexp.MustCompile(`<b class="digits">(\d{4}) (\d{4})</b>`)

func TestACounsellorBindsTriesAndUnbindsAWeChat(t *testing.T) {
	o := officeOnSQLite(t)
	v := o.signedIn(t, "chen", staff.Counsellor)
	page := func(method, path string, has ...string) string {
		t.Helper()
		var form url.Values
		if method == "POST" {
			form = url.Values{}
		}
		_, page := v.do(method, path, form)
		for _, part := range has {
			if !strings.Contains(page, part) {
				t.Errorf("%s %s does not show %q:\n%s", method, path, part, page)
			}
		}
		return page
	}

	page("GET", "/desk", `href="/desk/me"`)
	if p := page("GET", "/desk/me", "还没有绑定", "要一个绑定码"); shownCode.MatchString(p) || strings.Contains(p, "解绑") {
		t.Error("a code, or an end to a binding, before any was asked for")
	}
	code := shownCode.FindStringSubmatch(page("POST", "/desk/me/phone", "绑定值班微信"))
	if code == nil {
		t.Fatal("no code is shown")
	}
	if shownCode.MatchString(page("GET", "/desk/me")) {
		t.Error("the code is shown again")
	}
	if a, err := o.staff.BindPhone(t.Context(), "person-1", code[1]+code[2]); err != nil || a.Name != "chen" {
		t.Fatalf("the code in the chat: %+v (%v)", a, err)
	}
	page("GET", "/desk/me", "已绑定", "发一条试试", "解绑")

	page("POST", "/desk/me/phone/try", "已经发出一条测试提醒")
	o.trialFails = errors.New("43004: require subscribe")
	if p := page("POST", "/desk/me/phone/try", "没有发成功"); strings.Contains(p, "43004") {
		t.Error("the page shows the platform's error")
	}
	if len(o.tried) != 2 || o.tried[0] != "chen" {
		t.Errorf("trials went to %v", o.tried)
	}

	page("POST", "/desk/me/phone/drop", "已经解绑", "还没有绑定")
	if persons, err := o.staff.PhonesOf(t.Context(), nil); err != nil || len(persons) != 0 {
		t.Errorf("still called after unbinding: %v (%v)", persons, err)
	}
}

package desk_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

// readLetters lets the office read letters as the program does: danger in a word of the tests', and who may answer by the staff.
func (o *office) readLetters() {
	o.letters.Risk = func(text string) risk.Reading {
		if strings.Contains(text, "不想活") {
			return risk.Reading{Level: risk.High, Subject: risk.Self, Reason: "明确说出不想活下去"}
		}
		return risk.Reading{Level: risk.None}
	}
	o.letters.OpenCase = o.cases.OpenCase
	o.letters.Eyes = func(ctx context.Context) (n int, err error) {
		all, err := o.staff.List(ctx)
		for _, a := range all {
			if a.Active() && a.Role.May(staff.AnswerLetters) {
				n++
			}
		}
		return n, err
	}
}

// letter is a letter that somebody wrote in parts and sent.
func (o *office) letter(t *testing.T, who person.Person, parts ...string) letter.Letter {
	t.Helper()
	for _, p := range parts {
		if _, err := o.letters.Add(t.Context(), who.ID, letter.Part{Key: o.newID(), Text: p}); err != nil {
			t.Fatal(err)
		}
	}
	sent, err := o.letters.Send(t.Context(), o.newID(), who.ID)
	if err != nil {
		t.Fatal(err)
	}
	return sent.Letter
}

// answer writes an answer by the service, as a colleague and a second one would.
func (o *office) answer(t *testing.T, l letter.Letter, text string) {
	t.Helper()
	d, err := o.letters.Open(storetest.Acts(t.Context()), l.ID)
	if err != nil {
		t.Fatal(err)
	}
	out, err := o.letters.HandIn(t.Context(), l.ID, letter.Actor{ID: "one", Name: "示例·一老师"}, letter.Text{Text: text, Version: d.DraftVersion, Page: "p"})
	if err != nil {
		t.Fatal(err)
	}
	if !out {
		if err := o.letters.Approve(t.Context(), l.ID, letter.Actor{ID: "two", Name: "示例·二老师"}, d.DraftVersion+1); err != nil {
			t.Fatal(err)
		}
	}
}

var versionField = regexp.MustCompile(`name="version" value="(\d+)"`)

func versionOf(t *testing.T, page string) string {
	t.Helper()
	m := versionField.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page has no version:\n%.2000s", page)
	}
	return m[1]
}

func TestALetterGoesFromTheListToItsWriterThroughTwoPeople(t *testing.T) {
	o := officeOnSQLite(t)
	who := o.person(t, "a-writer", person.Student)
	l := o.letter(t, who, "亲爱的老师", "我和同桌吵架了")
	path := "/desk/letters/" + l.ID
	lan, mei := o.signedIn(t, "lan", staff.Counsellor), o.signedIn(t, "mei", staff.Counsellor)
	if _, page := lan.do("GET", "/desk/letters", nil); !strings.Contains(page, "来信 "+l.Number()) || strings.Contains(page, "亲爱的老师") || strings.Contains(page, l.Code) || !strings.Contains(page, "没人回") {
		t.Error("the list lacks the letter's number, or says more of it")
	}
	if _, page := lan.do("GET", path, nil); !strings.Contains(page, "亲爱的老师\n我和同桌吵架了") || strings.Contains(page, l.Code) || strings.Contains(page, who.Alias) {
		t.Error("the letter lacks its words, or shows its code or its writer")
	}
	entries, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: l.ID}, 10)
	if err != nil || len(entries) != 1 || entries[0].Kind != audit.OpenLetter {
		t.Errorf("the log of the opening: %+v, %v", entries, err)
	}
	lan.do("POST", path+"/claim", url.Values{})
	if _, page := mei.do("GET", "/desk/letters", nil); !strings.Contains(page, "示例·lan 在写") {
		t.Error("a colleague does not see whose the letter is")
	}
	if res, page := mei.do("POST", path+"/claim", url.Values{}); res.StatusCode != http.StatusConflict || !strings.Contains(page, "另一位同事正在写") {
		t.Errorf("a colleague takes it too: %d", res.StatusCode)
	}
	if _, page := lan.do("GET", "/desk/letters?tab=mine", nil); !strings.Contains(page, l.Number()) {
		t.Error("the letter is not among mine")
	}
	if res, _ := lan.do("POST", path+"/handin", url.Values{"text": {" "}, "version": {"0"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an empty answer: %d, want 422", res.StatusCode)
	}
	_, page := lan.do("POST", path+"/draft", url.Values{"text": {"谢谢你写信"}, "version": {"0"}, "key": {"page-1"}})
	if !strings.Contains(page, "谢谢你写信</textarea>") {
		t.Error("the draft is not there when the page is opened again")
	}
	if _, page := mei.do("GET", path, nil); !strings.Contains(page, "谢谢你写信</textarea>") || !strings.Contains(page, "示例·lan") {
		t.Error("a colleague does not see the draft and who wrote it")
	}
	if _, page = lan.do("POST", path+"/handin", url.Values{"text": {"谢谢你写信来。"}, "version": {versionOf(t, page)}}); !strings.Contains(page, "等同事看") || strings.Contains(page, "同意，寄出</button>") {
		t.Error("a handed-in answer goes out by its writer alone")
	}
	if res, page := lan.do("POST", path+"/approve", url.Values{"version": {"2"}}); res.StatusCode != http.StatusConflict || !strings.Contains(page, "自己不能点同意") {
		t.Errorf("its writer approves it: %d", res.StatusCode)
	}
	if res, _ := lan.do("POST", path+"/alone", url.Values{"note": {"急"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("a counsellor sends alone: %d, want 403", res.StatusCode)
	}
	if _, page = mei.do("GET", "/desk/letters?tab=checking", nil); !strings.Contains(page, "示例·lan 写好了，等同事看") {
		t.Error("the answer is not among those that wait for a colleague")
	}
	if res, _ := mei.do("POST", path+"/giveback", url.Values{"note": {""}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("given back without a word: %d", res.StatusCode)
	}
	mei.do("POST", path+"/giveback", url.Values{"note": {"先说听见了什么"}})
	_, page = lan.do("GET", path, nil)
	if !strings.Contains(page, "先说听见了什么") || !strings.Contains(page, "谢谢你写信来。</textarea>") {
		t.Error("given back, the page lacks what to mend, or the draft")
	}
	lan.do("POST", path+"/handin", url.Values{"text": {"听见你说吵架了。谢谢你写信来。"}, "version": {versionOf(t, page)}})
	_, page = mei.do("GET", path, nil)
	_, page = mei.do("POST", path+"/approve", url.Values{"version": {versionOf(t, page)}})
	if !strings.Contains(page, "示例·mei 看过") || strings.Contains(page, "<textarea") || !strings.Contains(page, "对方还没打开") {
		t.Error("the answered letter lacks who approved it, or can be answered again")
	}
	if res, page := lan.do("POST", path+"/handin", url.Values{"text": {"又一封"}, "version": {"9"}, "key": {"page-9"}}); res.StatusCode != http.StatusConflict || !strings.Contains(page, "又一封") {
		t.Errorf("a late answer: %d; it must be refused and kept", res.StatusCode)
	}
}

func TestOfTwoColleaguesNeitherLosesAWord(t *testing.T) {
	o := officeOnSQLite(t)
	l := o.letter(t, o.person(t, "a-writer", person.Student), "亲爱的老师")
	path := "/desk/letters/" + l.ID
	lan, mei := o.signedIn(t, "lan", staff.Counsellor), o.signedIn(t, "mei", staff.Counsellor)
	save := func(v *visitor, text, version, key string) (int, string) {
		t.Helper()
		res, body := v.do("POST", path+"/draft", url.Values{"text": {text}, "version": {version}, "key": {key}}, "Accept", "application/json")
		var word struct {
			Version int
			Notice  string
		}
		if err := json.Unmarshal([]byte(body), &word); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		return res.StatusCode, strconv.Itoa(word.Version)
	}
	if status, v := save(lan, "兰写的开头", "0", "p1"); status != http.StatusOK || v != "1" {
		t.Fatalf("the first draft: %d, version %s", status, v)
	}
	if status, _ := save(mei, "梅没有看见兰的，写了自己的", "0", "p2"); status != http.StatusConflict {
		t.Errorf("a draft over an unseen one: %d, want 409", status)
	}
	save(mei, "梅没有看见兰的，写了自己的，又多写一句", "0", "p2")
	_, page := mei.do("GET", path, nil)
	for _, want := range []string{"兰写的开头</textarea>", "又多写一句", "示例·mei 写的", "用这一份"} {
		if !strings.Contains(page, want) {
			t.Errorf("both texts are to be seen side by side; the page lacks %q", want)
		}
	}
	draft := regexp.MustCompile(`name="draft" value="([^"]+)"`).FindStringSubmatch(page)[1]
	_, page = mei.do("POST", path+"/adopt", url.Values{"draft": {draft}, "version": {versionOf(t, page)}})
	if !strings.Contains(page, "又多写一句</textarea>") || !strings.Contains(page, "兰写的开头") {
		t.Error("taking one text loses the other")
	}
	draft = regexp.MustCompile(`name="draft" value="([^"]+)"`).FindStringSubmatch(page)[1]
	if _, page = mei.do("POST", path+"/away", url.Values{"draft": {draft}}); !strings.Contains(page, "收起来的 1 份") || !strings.Contains(page, "兰写的开头") {
		t.Error("a text that was put away is gone")
	}
	// Without scripts a conflict shows the page with both, too.
	if res, page := lan.do("POST", path+"/handin", url.Values{"text": {"兰接着写完了"}, "version": {"1"}, "key": {"p1"}}); res.StatusCode != http.StatusConflict || !strings.Contains(page, "兰接着写完了") || !strings.Contains(page, "又多写一句") {
		t.Errorf("handing in over a version unseen: %d", res.StatusCode)
	}
}

func TestOneCounsellorAnswersAloneAndASupervisorSendsForAReason(t *testing.T) {
	o := officeOnSQLite(t)
	l := o.letter(t, o.person(t, "a-writer", person.Student), "亲爱的老师")
	path := "/desk/letters/" + l.ID
	lan := o.signedIn(t, "lan", staff.Supervisor)
	if err := o.staff.Disable(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	if _, page := lan.do("GET", path, nil); !strings.Contains(page, "只有您一位") || !strings.Contains(page, "寄出回信") {
		t.Error("the page does not say that nobody else must see the answer")
	}
	if _, page := lan.do("POST", path+"/handin", url.Values{"text": {"谢谢你。"}, "version": {"0"}}); !strings.Contains(page, "对方还没打开") {
		t.Error("with one who may answer, the answer does not go out at once")
	}
	o.signedIn(t, "mei", staff.Counsellor)
	second := o.letter(t, o.person(t, "another", person.Student), "第二封")
	path = "/desk/letters/" + second.ID
	lan.do("POST", path+"/handin", url.Values{"text": {"别等了。"}, "version": {"0"}})
	if res, _ := lan.do("POST", path+"/alone", url.Values{"note": {" "}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("sent alone without a reason: %d", res.StatusCode)
	}
	if _, page := lan.do("POST", path+"/alone", url.Values{"note": {"同事都在外面，孩子今晚要看到"}}); !strings.Contains(page, "孩子今晚要看到") || !strings.Contains(page, "没有请同事看") {
		t.Error("the reason does not stand with the letter")
	}
	entries, err := o.db.Audit().Find(t.Context(), audit.Filter{Object: second.ID}, 10)
	if err != nil || entries[0].Kind != audit.SendLetterAlone && entries[1].Kind != audit.SendLetterAlone {
		t.Errorf("the log: %+v, %v", entries, err)
	}
}

func TestALetterOfDangerLeadsToItsCase(t *testing.T) {
	o := officeOnSQLite(t)
	who := o.person(t, "a-writer", person.Student)
	k := o.signal(t, who, risk.High, "我不想活了", "明确说出不想活下去", "k")
	calm := o.letter(t, o.person(t, "another", person.Student), "老师好")
	grave := o.letter(t, who, "老师好", "我不想活了")
	lan := o.signedIn(t, "lan", staff.Counsellor)
	_, page := lan.do("GET", "/desk/letters", nil)
	if strings.Index(page, grave.Number()) > strings.Index(page, calm.Number()) {
		t.Error("the letter of danger does not stand first")
	}
	if _, page = lan.do("GET", "/desk/letters/"+grave.ID, nil); !strings.Contains(page, `href="/desk/cases/`+k.ID) {
		t.Error("the letter does not lead to its case")
	}
	if _, page = lan.do("GET", "/desk/letters/"+calm.ID, nil); strings.Contains(page, "/desk/cases/"+k.ID) {
		t.Error("a calm letter leads to a case")
	}
}

func TestIntoTheColumnAndOutOfIt(t *testing.T) {
	o := officeOnSQLite(t)
	who := o.person(t, "a-writer", person.Student)
	l := o.letter(t, who, "我是示例中学的，3月5日被叫去谈话，微信号 abcd1234")
	o.answer(t, l, "听见了。")
	path := "/desk/letters/" + l.ID
	lan, boss := o.signedIn(t, "lan", staff.Counsellor), o.signedIn(t, "boss", staff.Supervisor)
	if res, page := lan.do("GET", path+"/piece", nil); res.StatusCode != http.StatusConflict || !strings.Contains(page, "没有同意公开") {
		t.Errorf("a piece without consent: %d", res.StatusCode)
	}
	if err := o.letters.Agree(t.Context(), who.ID, l.Code, true); err != nil {
		t.Fatal(err)
	}
	_, page := lan.do("GET", path+"/piece", nil)
	for _, want := range []string{"学校：我是示例中学", "日期：3月5日", "abcd1234", "一条一条对过再勾"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of a piece lacks %q", want)
		}
	}
	words := url.Values{"title": {"被叫去谈话以后"}, "topic": {"学习和考试"}, "letter": {"老师找我谈话，我很怕。"}, "answer": {"听见你怕了。"}, "version": {versionOf(t, page)}, "do": {"propose"}}
	if res, page := lan.do("POST", path+"/piece", words); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "都勾上") || !strings.Contains(page, "老师找我谈话，我很怕。</textarea>") {
		t.Errorf("proposed without the checklist: %d; what was typed must still be there", res.StatusCode)
	}
	for i := range letter.Ticks() {
		words.Add("tick", strconv.Itoa(i))
	}
	if _, page = lan.do("POST", path+"/piece", words); !strings.Contains(page, "等督导") || strings.Contains(page, "放进树洞</button>") {
		t.Error("a counsellor publishes, or the piece is not proposed")
	}
	if res, _ := lan.do("POST", path+"/publish", url.Values{"version": {"1"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("a counsellor publishes: %d, want 403", res.StatusCode)
	}
	if res, page := lan.do("POST", path+"/piece", url.Values{"title": {"别的"}, "version": {"0"}, "letter": {"迟来的字"}, "do": {"save"}}); res.StatusCode != http.StatusConflict || !strings.Contains(page, "迟来的字") || !strings.Contains(page, "老师找我谈话") {
		t.Errorf("an edit over a version unseen: %d; both must be shown", res.StatusCode)
	}
	_, page = boss.do("GET", path+"/piece", nil)
	if _, page = boss.do("POST", path+"/publish", url.Values{"version": {versionOf(t, page)}}); !strings.Contains(page, "已在树洞里") {
		t.Error("the piece is not published")
	}
	shown, err := o.letters.Column(t.Context(), "", "谈话")
	if err != nil || len(shown) != 1 || shown[0].ID == l.ID {
		t.Fatalf("published: %+v, %v; want one piece under an ID of its own", shown, err)
	}
	if err := o.letters.Withdraw(t.Context(), l.Code); err != nil {
		t.Fatal(err)
	}
	if shown, err := o.letters.Column(t.Context(), "", ""); err != nil || len(shown) != 0 {
		t.Errorf("after the consent was taken back: %d pieces, %v", len(shown), err)
	}
	if _, page = lan.do("GET", path, nil); !strings.Contains(page, "收回了公开的同意") {
		t.Error("staff do not see that the consent was taken back")
	}
}

func TestTheEmptyListsSayWhatWillStandThere(t *testing.T) {
	o := officeOnSQLite(t)
	lan, root := o.signedIn(t, "lan", staff.Counsellor), o.signedIn(t, "root", staff.Admin)
	for tab, want := range map[string]string{"": "没有等回信的来信", "mine": "您手上没有信", "checking": "没有等着看的回信", "answered": "还没有回过信", "column": "还没有可以公开的信"} {
		if res, page := lan.do("GET", "/desk/letters?tab="+tab, nil); res.StatusCode != http.StatusOK || !strings.Contains(page, want) {
			t.Errorf("tab %q: %d, want %q", tab, res.StatusCode, want)
		}
	}
	o.letter(t, o.person(t, "a-writer", person.Student), "亲爱的老师")
	if _, page := root.do("GET", "/desk/letters", nil); !strings.Contains(page, "没人回") || strings.Contains(page, `href="/desk/letters/0`) {
		t.Error("an administrator should see that a letter waits, without a link into it")
	}
}

package privacy

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/sheet"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// open marks what a human must answer.
const open = "【请填写】"

type table struct {
	title string
	note  string
	head  []string
	rows  [][]string
}

// tables are the report's figures.
func (s *Service) tables(f Figures) []table {
	kinds := s.kinds()
	held := table{title: "存着哪些个人信息", head: []string{"种类", "条数", "用来做什么", "敏感个人信息", "存到什么时候"}}
	for _, k := range kinds {
		sensitive := "否"
		if k.sensitive {
			sensitive = "是"
		}
		held.rows = append(held.rows, []string{k.name, strconv.Itoa(f.Held[k.tables[0]]), k.purpose, sensitive, k.kept})
	}
	for _, t := range rest(f.Held, kinds) {
		held.rows = append(held.rows, []string{"其他（表 " + t + "）", strconv.Itoa(f.Held[t]), open, open, open})
	}
	people := table{title: "有多少人", note: "学生按未成年人对待；没有说过的，也先按可能是未成年人对待。", head: []string{"身份", "渠道", "现在的人数", "这一年新来的"}}
	for _, p := range f.People {
		people.rows = append(people.rows, []string{audience(p.Audience), channelName(p.Channel), strconv.Itoa(p.Total), strconv.Itoa(p.Fresh)})
	}
	agreed := table{title: "单独同意的现状", head: []string{"事项", "谁的同意", "现状", "人数"}}
	for _, c := range f.Consents {
		word := "没有同意，或已收回"
		if c.Agreed {
			word = "同意"
		}
		agreed.rows = append(agreed.rows, []string{consent.Purpose(c.Purpose).Label(), sideWord(c.Side), word, strconv.Itoa(c.N)})
	}
	steps := table{title: "这一年里的同意、不同意和收回", head: []string{"事项", "说了什么", "次数"}}
	for _, c := range f.ConsentSteps {
		steps.rows = append(steps.rows, []string{consent.Purpose(c.Purpose).Label(), consent.StepKind(c.Kind).Label(consent.Purpose(c.Purpose), consent.Side(c.Side)), strconv.Itoa(c.N)})
	}
	cases := table{title: "这一年里的危险个案", head: []string{"等级", "个案数"}}
	for _, c := range f.Cases {
		cases.rows = append(cases.rows, []string{risk.Level(c.Level).Label(), strconv.Itoa(c.N)})
	}
	all := []table{held, people, agreed, steps, cases}
	for _, g := range []audit.Group{audit.GroupOpened, audit.GroupIdentity, audit.GroupExports, audit.GroupSignIn, audit.GroupAccounts} {
		all = append(all, deeds(f, g))
	}
	return all
}

// deeds are who did what of a group, by role.
func deeds(f Figures, g audit.Group) table {
	t := table{title: "审计记录：" + string(g), head: []string{"做了什么", "角色", "次数"}}
	for _, d := range f.Deeds {
		if d.Kind.Group() == g {
			t.rows = append(t.rows, []string{d.Kind.Label(), roleName(d.Role), strconv.Itoa(d.N)})
		}
	}
	return t
}

func audience(a string) string {
	if word := map[string]string{"parent": "家长", "student": "学生（未成年人）", "teacher": "老师"}[a]; word != "" {
		return word
	}
	return "没有说"
}

func channelName(c string) string {
	if word := map[string]string{"wechat": "公众号", "wecom": "微信客服", "web": "网页", "term": "终端（测试）"}[c]; word != "" {
		return word
	}
	return c
}

func sideWord(s string) string {
	if consent.Side(s) == consent.Guardian {
		return "监护人"
	}
	return "本人"
}

func roleName(r string) string {
	switch r {
	case audit.RoleOperator:
		return "运维（命令行）"
	case audit.RoleProgram:
		return "程序自己"
	case audit.RolePerson:
		return "本人"
	case "":
		return "没有登录的人"
	}
	if word := staff.Role(r).Label(); word != "" {
		return word
	}
	return r
}

// Write writes the report as a document (Markdown).
func (s *Service) Write(out io.Writer, f Figures) error {
	var b strings.Builder
	period := fmt.Sprintf("%d 年 1 月 1 日至 12 月 31 日", f.Year)
	if !f.Whole {
		period = fmt.Sprintf("%d 年 1 月 1 日至 %s（这一年还没有过完）", f.Year, f.MadeAt.Format("1 月 2 日"))
	}
	fmt.Fprintf(&b, `# 心桥：个人信息保护影响评估和未成年人个人信息合规审计（%d 年）

- 依据：《个人信息保护法》第五十五、五十六条（影响评估，记录至少保存三年）；《未成年人网络保护条例》第三十七条（每年对处理未成年人个人信息的情况做合规审计，并报网信等部门）。
- 期间：%s。数字由程序从数据库和审计记录里数出来，做表时间 %s；只有数，没有任何人的内容。
- 处理者：%s　负责人：%s　评估人：%s　审计机构（自行或委托）：%s

写着“%s”的地方，要由人来答。

## 一、处理的目的、方式是否合法、正当、必要

心桥给家长和中小学生提供家庭教育和心理帮助：自动回答、听课、自测、预约、写信，遇到危险时给热线并叫值班老师。不要求填手机号和姓名，不取头像和昵称；用公众号的人只有平台给的编号，加密存放。不做画像，不用于广告；叫值班老师的提醒里没有任何人说的话。

- 每一项是否仍然必要，有没有可以不收的：%s
- 有没有委托处理（云、短信、企业微信等），合同和监督：%s
- 数据是否全部存在境内：%s

## 二、数字

`, f.Year, period, f.MadeAt.Format("2006-01-02 15:04"), open, open, open, open, open, open, open, open)
	for i, t := range s.tables(f) {
		fmt.Fprintf(&b, "### %d. %s\n\n", i+1, t.title)
		if t.note != "" {
			b.WriteString(t.note + "\n\n")
		}
		if len(t.rows) == 0 {
			b.WriteString("没有。\n\n")
			continue
		}
		writeRow(&b, t.head)
		writeRow(&b, slices.Repeat([]string{"---"}, len(t.head)))
		for _, r := range t.rows {
			writeRow(&b, r)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, `## 三、对个人权益的影响和安全风险

| 事项 | 这一年 |
|---|---|
| 本人要求导出资料 | %d 次 |
| 删除资料（本人、撤回授权或受托办理） | %d 次 |
| 看到身份信息（只在危及生命、两个人同意时） | %d 次 |
| 登录失败、尝试太多被挡住 | %d 次 |
| 没有权限被拒绝 | %d 次 |
| 审计记录对不上 | %d 次 |
| 更换密钥 | %d 次 |
| 备份（记下来的） | %d 次 |

- 这一年发生过的个人信息安全事件（泄露、篡改、丢失），怎么处理、通知了谁（第五十七条）：%s
- 对未成年人的影响，最不利的情形和应对：%s
- 没有权限被拒绝、登录失败里有没有需要调查的：%s

## 四、保护措施是否合法、有效、与风险相适应

- 内容逐人加密，一人一把密钥，删除时毁掉密钥；密钥和数据库分开备份。
- 看对话要有权限，每次打开都有记录，记录连成一条，改动能查出来；身份信息要两个人同意。
- 未满 14 岁的，写信、预约、自测先要监护人同意；求助和热线不受同意影响。
- 每一项承诺和它的测试写在 deploy/SECURITY.md。
- 访问未成年人个人信息的人员是否经过审批、最小范围（条例第三十六条），名单核对：%s
- 管理制度、培训和演练（恢复、换密钥、事件处置）这一年做了没有：%s

## 五、未成年人个人信息合规审计结论（条例第三十七条）

- 是否按规定处理未成年人个人信息：%s
- 发现的问题和整改期限：%s
- 报送网信等部门的时间：%s

签字：%s　日期：%s
`, f.done(audit.ExportPerson), f.done(audit.ErasePerson), f.done(audit.OpenIdentity), f.done(audit.SignInFailed, audit.SignInLocked), f.done(audit.Denied), f.done(audit.Broken), f.done(audit.KeysRotated), f.done(audit.BackupMade),
		open, open, open, open, open, open, open, open, open, open)
	_, err := io.WriteString(out, b.String())
	return err
}

func writeRow(b *strings.Builder, cells []string) {
	for _, c := range cells {
		b.WriteString("| " + strings.ReplaceAll(c, "|", "｜") + " ")
	}
	b.WriteString("|\n")
}

// WriteTables writes the figures alone, for a spreadsheet.
func (s *Service) WriteTables(out io.Writer, f Figures) error {
	var rows [][]string
	for _, t := range s.tables(f) {
		rows = append(rows, []string{t.title}, t.head)
		rows = append(rows, t.rows...)
		rows = append(rows, nil)
	}
	return sheet.Write(out, rows)
}

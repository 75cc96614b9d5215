package audit

import "slices"

// Kind says what an event is about.
type Kind string

// Who came and went.
const (
	SignIn         Kind = "sign_in"
	SignInFailed   Kind = "sign_in_failed" // the object is a keyed hash of the name that was tried
	SignInLocked   Kind = "sign_in_locked" // too many tries: refused without looking
	SignOut        Kind = "sign_out"
	SessionEnded   Kind = "end_sessions" // by their owner, from elsewhere
	PasswordChange Kind = "password_change"
	SecondFactor   Kind = "second_factor" // set up, renewed, reset, a recovery code used; the note says which
	Confirmed      Kind = "confirmed"     // proved again who they are before something grave
	Denied         Kind = "denied"        // asked for what their role may not do; the object is the route
)

// What was opened.
const (
	SeeQueue         Kind = "see_queue"         // what people said last, in the rows of the queue
	OpenConversation Kind = "open_conversation" // a case with what was said
	OpenMessages     Kind = "open_messages"     // words of a conversation without the rest of its case: the next page, a fragment, a sweep
	OpenAsked        Kind = "open_asked"        // a page of the asked talks
	OpenMedia        Kind = "open_media"        // a picture, voice or video
	OpenReport       Kind = "open_report"       // a case report or a referral form, to print
	OpenPolice       Kind = "open_police"       // the page for the police, with who they are and what they said
	OpenLetter       Kind = "open_letter"
	OpenAppointment  Kind = "open_appointment"
	OpenRequest      Kind = "open_request"
	OpenResults      Kind = "open_results" // results of self-checks that a person shared
	ReadFeedback     Kind = "read_feedback"
	SeeMentions      Kind = "see_mentions"    // notes of colleagues that name the reader
	SeeTasks         Kind = "see_tasks"       // follow-ups with their notes
	OpenUnanswered   Kind = "open_unanswered" // questions that found no answer, masked
	PrintDay         Kind = "print_day"       // a station's day: station@day
	Search           Kind = "search"          // for a case, a letter or a visit; the note says how many were found
	APIRead          Kind = "api_read"        // by a program with a token; the object is the route
)

// Who somebody is.
const (
	IdentityAsked   Kind = "identity_asked"
	IdentityGranted Kind = "identity_granted"
	IdentityRefused Kind = "identity_refused"
	OpenIdentity    Kind = "open_identity"
)

// What left the house.
const (
	DownloadBoard   Kind = "download_board" // figures, by period and form
	OpenBoardReport Kind = "open_board_report"
	ExportPerson    Kind = "export_person" // all that is held of a person, to them or for them
	ExportData      Kind = "export_data"   // at the command line: which figures or rows
	ExportAudit     Kind = "export_audit"
	ErasePerson     Kind = "erase_person"
)

// What was done in the work with people.
const (
	Sweep             Kind = "sweep" // closed cases of unproved visitors; the steps name the sweep
	SendLetterAlone   Kind = "send_letter_alone"
	PublishLetter     Kind = "publish_letter"
	UnpublishLetter   Kind = "unpublish_letter"
	Arrived           Kind = "appointment_arrived"
	NoShow            Kind = "appointment_no_show"
	UndoArrived       Kind = "appointment_undo"
	MoveAppointment   Kind = "appointment_move"
	CancelAppointment Kind = "appointment_cancel"
	WalkIn            Kind = "appointment_walk_in"
	BlockTime         Kind = "block_time"
	UnblockTime       Kind = "unblock_time"
	RotaAsk           Kind = "rota_ask"
	RotaSet           Kind = "rota_set"
	RotaAgree         Kind = "rota_agree"
	RotaRefuse        Kind = "rota_refuse"
	RotaWithdraw      Kind = "rota_withdraw"
	RotaPlan          Kind = "rota_plan"
	Consent           Kind = "consent"  // a person's consent given, withdrawn, or a guardian's; the note says which
	Campaign          Kind = "campaign" // started, paused, resumed or tried; the object says which and how
	PublishContent    Kind = "publish_content"
)

// Accounts, keys and the trail itself.
const (
	AccountAdded    Kind = "add_account" // the object is the account, here and below
	AccountDisabled Kind = "disable_account"
	AccountChanged  Kind = "account_changed" // reach, station, name; the note says which
	RoleChanged     Kind = "role_changed"
	PasswordReset   Kind = "reset_account" // a new one-time password
	TokenMade       Kind = "create_token"
	TokenRevoked    Kind = "revoke_token"
	KeysRotated     Kind = "keys_rotated"
	BackupMade      Kind = "backup_made"
	Restored        Kind = "restored"
	Retention       Kind = "retention" // what was removed because its time was over; the note says what and how many
	SettingChanged  Kind = "setting_changed"
	CommandLine     Kind = "command_line" // a command that reads or changes data, and has no kind of its own
	ReadAudit       Kind = "read_audit"
	VerifyAudit     Kind = "verify_audit"
	AcceptAudit     Kind = "accept_audit" // somebody looked into a finding; the object says which, the note what it came to
	PurgeAudit      Kind = "purge_audit"  // old lines removed; the note says up to which
	Broken          Kind = "audit_broken"
)

// Group is what kinds have in common, for whoever looks through the trail.
type Group string

// The groups.
const (
	GroupSignIn   Group = "登录"
	GroupOpened   Group = "看了什么"
	GroupIdentity Group = "身份"
	GroupExports  Group = "导出和删除"
	GroupWork     Group = "工作"
	GroupAccounts Group = "账号和系统"
)

// Groups lists the groups.
func Groups() []Group {
	return []Group{GroupSignIn, GroupOpened, GroupIdentity, GroupExports, GroupWork, GroupAccounts}
}

type about struct {
	label   string
	group   Group
	anybody bool // may be done by somebody who has not signed in
}

var kinds = map[Kind]about{
	SignIn: {"登录", GroupSignIn, false}, SignInFailed: {"登录失败", GroupSignIn, true}, SignInLocked: {"尝试太多，被挡住", GroupSignIn, true},
	SignOut: {"退出", GroupSignIn, false}, SessionEnded: {"结束了一次登录", GroupSignIn, false}, PasswordChange: {"自己改了密码", GroupSignIn, false},
	SecondFactor: {"动态验证码", GroupSignIn, true}, Confirmed: {"再次确认是本人", GroupSignIn, false}, Denied: {"没有权限，被拒绝", GroupSignIn, true},

	SeeQueue: {"看了队列里的话", GroupOpened, false}, OpenConversation: {"打开个案和对话", GroupOpened, false},
	OpenMessages: {"看了对话里的话", GroupOpened, false}, OpenAsked: {"看了主动问候的对话", GroupOpened, false},
	OpenMedia: {"打开图片、语音或视频", GroupOpened, false}, OpenReport: {"打开个案报告或转介单", GroupOpened, false},
	OpenPolice: {"打开报警用的页面", GroupOpened, false}, OpenLetter: {"打开来信", GroupOpened, false},
	OpenAppointment: {"打开预约", GroupOpened, false}, OpenRequest: {"打开给学校的请求", GroupOpened, false},
	OpenResults: {"看了自我检查的结果", GroupOpened, false}, ReadFeedback: {"看了来访后的留言", GroupOpened, false},
	SeeMentions: {"看了提到自己的备注", GroupOpened, false}, SeeTasks: {"看了回访的备注", GroupOpened, false},
	OpenUnanswered: {"看了没答上来的问题", GroupOpened, false}, PrintDay: {"打印一天的预约", GroupOpened, false},
	Search: {"搜索", GroupOpened, false}, APIRead: {"程序读取", GroupOpened, false},

	IdentityAsked: {"申请查看身份", GroupIdentity, false}, IdentityGranted: {"同意查看身份", GroupIdentity, false},
	IdentityRefused: {"没有同意查看身份", GroupIdentity, false}, OpenIdentity: {"看到了身份信息", GroupIdentity, false},

	DownloadBoard: {"下载数据", GroupExports, false}, OpenBoardReport: {"打开月报", GroupExports, false},
	ExportPerson: {"导出一个人的资料", GroupExports, false}, ExportData: {"导出数据", GroupExports, false},
	ExportAudit: {"导出审计记录", GroupExports, false}, ErasePerson: {"删除一个人的资料", GroupExports, false},

	Sweep: {"集中结案", GroupWork, false}, SendLetterAlone: {"未经复核寄出回信", GroupWork, false}, PublishLetter: {"公开一封信", GroupWork, false},
	UnpublishLetter: {"撤下公开的信", GroupWork, false}, Arrived: {"记为到了", GroupWork, false}, NoShow: {"记为没来", GroupWork, false},
	UndoArrived: {"改回未到", GroupWork, false}, MoveAppointment: {"改预约时间", GroupWork, false}, CancelAppointment: {"取消预约", GroupWork, false},
	WalkIn: {"登记现场来访", GroupWork, false}, BlockTime: {"停约", GroupWork, false}, UnblockTime: {"恢复预约", GroupWork, false},
	RotaAsk: {"请求换班", GroupWork, false}, RotaSet: {"改了排班", GroupWork, false}, RotaAgree: {"同意换班", GroupWork, false},
	RotaRefuse: {"没同意换班", GroupWork, false}, RotaWithdraw: {"撤回换班", GroupWork, false}, RotaPlan: {"改了排班表", GroupWork, false},
	Consent: {"同意书", GroupWork, false}, Campaign: {"群发活动", GroupWork, false}, PublishContent: {"发布内容", GroupWork, false},

	AccountAdded: {"新建账号", GroupAccounts, false}, AccountDisabled: {"停用账号", GroupAccounts, false}, AccountChanged: {"改了账号", GroupAccounts, false},
	RoleChanged: {"改了角色", GroupAccounts, false}, PasswordReset: {"重置密码", GroupAccounts, false}, TokenMade: {"新建令牌", GroupAccounts, false},
	TokenRevoked: {"收回令牌", GroupAccounts, false}, KeysRotated: {"更换密钥", GroupAccounts, false}, BackupMade: {"备份", GroupAccounts, false},
	Restored: {"恢复备份", GroupAccounts, false}, Retention: {"到期清理", GroupAccounts, false}, SettingChanged: {"改了设置", GroupAccounts, false},
	CommandLine: {"命令行操作", GroupAccounts, false}, ReadAudit: {"查看审计记录", GroupAccounts, false}, VerifyAudit: {"核对审计记录", GroupAccounts, false},
	AcceptAudit: {"查清了审计记录的一处", GroupAccounts, false}, PurgeAudit: {"清理到期的审计记录", GroupAccounts, false}, Broken: {"审计记录对不上", GroupAccounts, false},
}

// Label is what a kind is called.
func (k Kind) Label() string {
	if a, ok := kinds[k]; ok {
		return a.label
	}
	return string(k)
}

// Group is the group of a kind.
func (k Kind) Group() Group { return kinds[k].group }

// KindsOf lists the kinds of a group by name; all where it is empty.
func KindsOf(g Group) []Kind {
	var out []Kind
	for k, a := range kinds {
		if g == "" || a.group == g {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// Known says whether the kind is in the table.
func (k Kind) Known() bool {
	_, ok := kinds[k]
	return ok
}

// Kinds are those of the group.
func (g Group) Kinds() []Kind { return KindsOf(g) }

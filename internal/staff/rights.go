package staff

import "slices"

// Role says what kind of work someone, or a program with a token, does here.
type Role string

// The roles.
const (
	Counsellor Role = "counsellor" // talks with people
	Supervisor Role = "supervisor" // talks, and oversees colleagues
	Admin      Role = "admin"      // keeps the system: sees that work waits, never what was said
	Station    Role = "station"    // keeps the appointments of one station, sees nothing else
	Manager    Role = "manager"    // answers for the work at the bureau: sees figures, no case and no alias
	Editor     Role = "editor"     // writes the content: lessons, answers, stations; sees nothing of anybody
	Auditor    Role = "auditor"    // reads who did what, and figures of security: no case, no alias, nothing that was said
	Reader     Role = "reader"     // a program or board that shows figures, stations, nothing of a person
)

// Roles lists the roles.
func Roles() []Role {
	return []Role{Counsellor, Supervisor, Admin, Station, Manager, Editor, Auditor, Reader}
}

// Valid says whether the role is known.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Label is the role's name for people.
func (r Role) Label() string {
	switch r {
	case Counsellor:
		return "心理老师"
	case Supervisor:
		return "督导"
	case Admin:
		return "管理员"
	case Station:
		return "站点工作人员"
	case Manager:
		return "管理者"
	case Editor:
		return "内容编辑"
	case Auditor:
		return "审计员"
	case Reader:
		return "只读"
	}
	return string(r)
}

// Right is one thing that may be done.
type Right string

// The rights.
const (
	SeeCases         Right = "see_cases"         // the queue: level, alias, reason, times
	Acknowledge      Right = "acknowledge"       // promise by name to act on a case: for those alone who may talk
	ReadConversation Right = "read_conversation" // what was said; every opening is logged
	Talk             Right = "talk"              // take, answer, hand back, close
	Sweep            Right = "sweep"             // close what a flood of unproved visitors opened
	SeeLetters       Right = "see_letters"       // that letters wait, without a word of them
	AnswerLetters    Right = "answer_letters"    // read and answer them
	LeadLetters      Right = "lead_letters"      // publish in the column, send an answer without a second pair of eyes
	SeeAppointments  Right = "see_appointments"  // time, station, code
	ReadNotes        Right = "read_notes"        // what a person wrote for the counsellor when they booked
	KeepAppointments Right = "keep_appointments" // check in, move, cancel, block time, take in who walks in
	EveryStation     Right = "every_station"     // appointments of all stations, not of one alone
	SeeFeedback      Right = "see_feedback"      // how many people said that a visit helped, where that tells of nobody
	ReadFeedback     Right = "read_feedback"     // what they wrote about it; every opening is logged
	SeeStations      Right = "see_stations"      // the public directory
	SeeStats         Right = "see_stats"         // figures
	SeeBoard         Right = "see_board"         // the supervisor's board and its downloads
	SeeRota          Right = "see_rota"          // who is on duty, and to ask for a change of one's own
	ManageRota       Right = "manage_rota"       // change it for others
	TakeOver         Right = "take_over"         // take a conversation that a colleague has, with a reason
	KeepRequests     Right = "keep_requests"     // what people ask the school for: read it, pass it on, say what came of it
	LeadCampaigns    Right = "lead_campaigns"    // send to everybody who agreed, pause, see how many were reached
	EditContent      Right = "edit_content"      // draft changes of the content, and publish what somebody else drafted
	SeeAudit         Right = "see_audit"         // the trail of who did what, its table and its verification
	GrantIdentity    Right = "grant_identity"    // agree that a counsellor learns who an anonymous person is
	ManageAccounts   Right = "manage_accounts"   // who works here: make, reset and end accounts
	ManageTokens     Right = "manage_tokens"     // which programs use the API
)

// holders is the one table of who may do what.
var holders = map[Right][]Role{
	SeeCases:         {Counsellor, Supervisor, Admin},
	Acknowledge:      {Counsellor, Supervisor},
	ReadConversation: {Counsellor, Supervisor},
	Talk:             {Counsellor, Supervisor},
	Sweep:            {Supervisor},
	SeeLetters:       {Counsellor, Supervisor, Admin},
	AnswerLetters:    {Counsellor, Supervisor},
	LeadLetters:      {Supervisor},
	SeeAppointments:  {Counsellor, Supervisor, Admin, Station},
	ReadNotes:        {Counsellor, Supervisor, Station},
	KeepAppointments: {Supervisor, Station},
	EveryStation:     {Counsellor, Supervisor, Admin},
	SeeFeedback:      {Supervisor, Manager, Station},
	ReadFeedback:     {Supervisor},
	SeeStations:      {Counsellor, Supervisor, Admin, Reader},
	SeeStats:         {Counsellor, Supervisor, Admin, Manager, Reader},
	SeeBoard:         {Supervisor, Manager},
	SeeRota:          {Counsellor, Supervisor, Admin},
	ManageRota:       {Supervisor, Admin},
	TakeOver:         {Supervisor},
	KeepRequests:     {Counsellor, Supervisor},
	LeadCampaigns:    {Admin, Manager},
	EditContent:      {Editor, Supervisor, Admin},
	SeeAudit:         {Auditor}, // whoever works with people, or keeps the system, does not oversee it as well
	GrantIdentity:    {Supervisor},
	ManageAccounts:   {Admin},
	ManageTokens:     {Admin},
}

// May says whether the role has a right.
func (r Role) May(right Right) bool { return slices.Contains(holders[right], r) }

// served are the rights that reach, for whoever serves one account (a school's, a district's), no further than what came by that
// account: its people told their own school, not every other.
var served = []Right{KeepRequests}

// Reach is the account that a right of a member of staff is bound to, "" where it reaches all.
func (a Account) Reach(right Right) string {
	if slices.Contains(served, right) {
		return a.Serves
	}
	return ""
}

// Label is the right's name for people, of those that an API token may have.
func (r Right) Label() string {
	switch r {
	case SeeCases:
		return "看个案列表（没有对话）"
	case Acknowledge:
		return "替值班的人签收个案"
	case SeeLetters:
		return "看有没有来信在等（没有内容）"
	case SeeAppointments:
		return "看预约"
	case SeeStations:
		return "看站点名录"
	case SeeStats:
		return "看统计数字"
	default:
		return string(r)
	}
}

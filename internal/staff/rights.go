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
	RecordConsent    Right = "record_consent"    // write down that a guardian agreed on paper
	LeadCampaigns    Right = "lead_campaigns"    // send to everybody who agreed, pause, see how many were reached
	EditContent      Right = "edit_content"      // draft changes of the content, and publish what somebody else drafted
	SeeAudit         Right = "see_audit"         // the trail of who did what, its table and its verification
	GrantIdentity    Right = "grant_identity"    // agree that a counsellor learns who an anonymous person is
	ManageAccounts   Right = "manage_accounts"   // who works here: make, reset and end accounts
	ManageTokens     Right = "manage_tokens"     // which programs use the API
)

// Span is how far a right reaches, in the policy table.
type Span string

// The spans.
const (
	Own   Span = "own"   // the one station that they work at
	Bound Span = "bound" // the districts and the account that they are bound to, and what they were called to; bound to none: the whole city
	All   Span = "all"   // the whole city, whatever they are bound to: it tells of nobody, or is everybody's
	City  Span = "city"  // the whole city at once: whoever is bound to a district or an account does not have the right
)

// Label is how far a right reaches, in words.
func (s Span) Label() string {
	switch s {
	case Own:
		return "自己站点的"
	case Bound:
		return "限定了片区或账号的，只有那些片区和账号的，加上叫到自己的；没有限定的，全市"
	case All:
		return "全市，不论限定：不涉及个人，或者本来就是大家的"
	case City:
		return "一下子管到全市的事，限定了片区或账号的没有"
	}
	return "—"
}

// holders is the one table of who may do what, and how far. The desk, the API and the stores ask it alone; xinqiao user rights
// prints it.
var holders = map[Right]map[Role]Span{
	SeeCases:         {Counsellor: Bound, Supervisor: Bound, Admin: Bound},
	Acknowledge:      {Counsellor: Bound, Supervisor: Bound},
	ReadConversation: {Counsellor: Bound, Supervisor: Bound},
	Talk:             {Counsellor: Bound, Supervisor: Bound},
	Sweep:            {Supervisor: Bound},
	SeeLetters:       {Counsellor: Bound, Supervisor: Bound, Admin: Bound},
	AnswerLetters:    {Counsellor: Bound, Supervisor: Bound},
	LeadLetters:      {Supervisor: Bound},
	SeeAppointments:  {Counsellor: Bound, Supervisor: Bound, Admin: Bound, Station: Own},
	ReadNotes:        {Counsellor: Bound, Supervisor: Bound, Station: Own},
	KeepAppointments: {Supervisor: Bound, Station: Own},
	EveryStation:     {Counsellor: Bound, Supervisor: Bound, Admin: Bound},
	SeeFeedback:      {Supervisor: Bound, Manager: Bound, Station: Own},
	ReadFeedback:     {Supervisor: Bound},
	SeeStations:      {Counsellor: All, Supervisor: All, Admin: All, Reader: All},
	SeeStats:         {Counsellor: Bound, Supervisor: Bound, Admin: Bound, Manager: Bound, Reader: Bound},
	SeeBoard:         {Supervisor: Bound, Manager: Bound},
	SeeRota:          {Counsellor: All, Supervisor: All, Admin: All},
	ManageRota:       {Supervisor: Bound, Admin: Bound},
	TakeOver:         {Supervisor: Bound},
	KeepRequests:     {Counsellor: Bound, Supervisor: Bound},
	RecordConsent:    {Counsellor: All, Supervisor: All, Station: All}, // by the code that a child shows: nobody is seen
	LeadCampaigns:    {Admin: City, Manager: City},
	EditContent:      {Editor: All, Supervisor: All, Admin: All},
	GrantIdentity:    {Supervisor: Bound},
	ManageAccounts:   {Admin: City},
	ManageTokens:     {Admin: City},
	SeeAudit:         {Auditor: City}, // whoever works with people, or keeps the system, does not oversee it as well
}

// May says whether the role has a right.
func (r Role) May(right Right) bool { return holders[right][r] != "" }

// SpanOf is how far a right of the role reaches; "" where it has none.
func (r Role) SpanOf(right Right) Span { return holders[right][r] }

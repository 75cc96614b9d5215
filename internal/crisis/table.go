package crisis

import (
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// The questions of the tracks. Their texts and answers stand in talk.yaml under the same names.
const (
	Here     Phase = "here"     // where are you, who is near
	Away     Phase = "away"     // back from the edge
	Ambul    Phase = "body"     // 120, the package
	Symptoms Phase = "symptoms" // what the body feels
	Wound    Phase = "wound"    // still bleeding, how deep
	Things   Phase = "means"    // what could hurt, out of reach
	Call     Phase = "call"     // the telephone, and what stands in the way
	Who      Phase = "who"      // who can be here soonest
	Thoughts Phase = "thoughts" // of dying, asked plainly
	Plan     Phase = "plan"     // how, when
	Pain     Phase = "pain"     // what weighs most
	Adult    Phase = "adult"    // a trusted grown-up
	Expert   Phase = "expert"   // counsellor or doctor, and what makes it hard
	Small    Phase = "step"     // one small thing for the body
	Later    Phase = "later"    // the next bad hour: whom, where
	Hide     Phase = "hide"     // out of reach of who is hitting
	Lock     Phase = "lock"     // the door, 110, an adult
	Safety   Phase = "safety"   // where is who hurt you
	Apart    Phase = "apart"    // parent and child, a door between
	Cradle   Phase = "cradle"   // the baby put down safely
	Injured  Phase = "injured"  // is the child hurt
	Burden   Phase = "burden"   // a parent's own thoughts of dying
	Relief   Phase = "relief"   // who takes over for half an hour
	Repair   Phase = "repair"   // after a slap: what to say to the child
	Near     Phase = "near"     // where is the other, who is with them
	Knows    Phase = "told"     // which grown-up knows
	PlanOf   Phase = "planof"   // did the other speak of how and when
	AskedOf  Phase = "askedof"  // was the other asked plainly
	Saying   Phase = "saying"   // what to say to the other
	Self     Phase = "self"     // the teller's own state
	Guard    Phase = "guard"    // child in danger: windows, medicine, company
	WhoDid   Phase = "whodid"   // who hurts the child
	Where    Phase = "where"    // somebody away from home
	Found    Phase = "found"    // is somebody looking, do the police know
	Return   Phase = "back"     // comes back after hours
	Wrongly  Phase = "wrongly"  // is there no danger, or was it misheard
)

// Track is the questions of a situation, in their order. While life hangs on one answer (vital), only what belongs to that is
// asked, and it is asked again, in other words, until it is settled. A question whose answer is known is passed over.
type Track struct {
	Vital   Phase   // "" where nothing is vital
	Settled []Class // the answers that settle it
	Now     []Phase
	Then    []Phase
}

var tracks = map[Situation]Track{
	Height:    {Vital: Away, Settled: []Class{Down}, Now: []Phase{Away, Who, Call}, Then: []Phase{Thoughts, Adult, Small, Later}},
	Body:      {Vital: Ambul, Settled: []Class{Called, Came}, Now: []Phase{Ambul, Symptoms, Who}, Then: []Phase{Symptoms, Who, Thoughts, Small}},
	Cut:       {Then: []Phase{Wound, Thoughts, Things, Adult, Small, Expert, Later}},
	Planned:   {Vital: Things, Settled: []Class{Far, Gone, Yes, Together}, Now: []Phase{Here, Things, Call, Who, Thoughts}, Then: []Phase{Who, Call, Thoughts, Small, Expert, Later}},
	Wish:      {Then: []Phase{Here, Thoughts, Plan, Things, Call, Adult, Small, Expert, Later}},
	Dark:      {Then: []Phase{Thoughts, Plan, Pain, Adult, Small, Expert, Later}},
	Hit:       {Vital: Hide, Settled: []Class{Called, Came, Down}, Now: []Phase{Hide, Who}, Then: []Phase{Who, Symptoms, Adult, Small}},
	Door:      {Vital: Lock, Settled: []Class{Called, Came, WalkedOff, Missing}, Now: []Phase{Lock, Who}, Then: []Phase{Who, Small}},
	Harmed:    {Then: []Phase{Safety, Adult, Thoughts, Expert, Small, Later}},
	Voices:    {Then: []Phase{Here, Thoughts, Adult, Small, Expert}},
	Runaway:   {Then: []Phase{Where, Who, Thoughts, Adult, Small}},
	Rage:      {Vital: Things, Settled: []Class{Far, Gone, Yes, Together}, Now: []Phase{Things, Who, Call}, Then: []Phase{Who, Thoughts, Adult, Small}},
	Strike:    {Vital: Apart, Settled: []Class{Far, Yes, Done, Down}, Now: []Phase{Apart, Relief}, Then: []Phase{Injured, Relief, Burden, Call, Small, Later}},
	Regret:    {Then: []Phase{Injured, Repair, Burden, Relief, Expert, Later}},
	Baby:      {Vital: Cradle, Settled: []Class{Far, Yes, Done, Down}, Now: []Phase{Cradle, Relief}, Then: []Phase{Relief, Burden, Expert, Small}},
	Parent:    {Then: []Phase{Burden, Plan, Relief, Call, Expert, Small, Later}},
	Friend:    {Then: []Phase{Near, Knows, PlanOf, AskedOf, Saying, Self}},
	Seen:      {Then: []Phase{Near, Knows, Saying, Self}},
	Child:     {Then: []Phase{Near, Guard, AskedOf, PlanOf, Expert, Relief, Small}},
	Lost:      {Vital: Found, Settled: []Class{Down}, Now: []Phase{Found}, Then: []Phase{Guard, AskedOf, Expert, Relief}},
	ChildHurt: {Then: []Phase{Injured, WhoDid, AskedOf, Relief}},
	Bullied:   {Then: []Phase{Near, Knows, Self}},
	Back:      {Then: []Phase{Return}},
}

// questions are all that a track may ask.
func (t Track) questions() []Phase { return slices.Concat(t.Now, t.Then) }

// Where a row leads: to the next question of the track whose answer is not known, or to the same question again (in other
// words, once). Any other Phase is meant as it stands.
const (
	Next Phase = "→"
	Same Phase = "↻"
)

// Row is one line of the table: in a phase, on a class of answer, what is said, what is raised, where the talk goes on.
type Row struct {
	In   Phase        // Any: in every phase that has no row of its own for the class
	On   Class        //
	For  Situation    // only in this situation; "" in all
	Of   risk.Subject // only where the danger is this person's; "" both
	Say  string       // the key in talk.yaml; "" says nothing
	To   Phase        //
	Turn Situation    // "" goes on in the same situation; another one begins its track
	Up   risk.Level   // raises to this level, "" does not
	Why  string       // the reason that staff read, where Up is set
	Also Phase        // a question that this answers too
	Is   Mark         // what staff should know of it, beside the level
}

// Mark is what a row asks for beside a level.
type Mark string

// The marks.
const (
	Unmarked  Mark = ""
	WantsTalk Mark = "human" // call a human for a talk
	IsSafe    Mark = "safe"  // the person says that they are safe now
	IsGone    Mark = "gone"  // the person says that what could hurt is put away
	IsWrong   Mark = "wrong" // the person says that the program got it wrong
	Stops     Mark = "stop"  // the person wants to stop talking with the program
	Passes    Mark = "pass"  // the rest of the service answers behind
)

// Any is every phase that has no row of its own.
const Any Phase = "*"

// table is the whole talk. The rows of a class are tried in this order: the phase's own, then Any's.
var table = []Row{
	// ---- worse news, from everywhere: the level rises now and the advice changes ----
	{In: Any, On: Place, Of: risk.Self, Turn: Height, Up: risk.Imminent, Why: "说自己在危险的高处、水边或轨道旁"},
	{In: Any, On: Place, Of: risk.Other, Turn: Seen, Up: risk.Imminent, Why: "说那个人在危险的高处、水边或轨道旁"},
	{In: Any, On: Deed, Of: risk.Self, Turn: Body, Up: risk.Imminent, Why: "说自己已经吃下、喝下或做了伤害身体的事"},
	{In: Any, On: Deed, Of: risk.Other, Turn: Seen, Up: risk.Imminent, Why: "说那个人已经做了伤害身体的事"},
	{In: Any, On: Symptom, Of: risk.Self, Turn: Body, Up: risk.Imminent, Why: "说身体已经有反应"},
	{In: Symptoms, On: Symptom, Say: "symptoms.yes", To: Next, Up: risk.Imminent, Why: "说身体已经有反应"},
	{In: Ambul, On: Symptom, Say: "symptoms.yes", To: Same, Up: risk.Imminent, Why: "说身体已经有反应"},
	{In: Any, On: Symptom, Of: risk.Other, Turn: Seen, Up: risk.Imminent, Why: "说那个人的身体已经有反应"},
	{In: Any, On: Cuts, Of: risk.Self, Say: "cut.heard", Turn: Cut, To: Wound, Up: risk.High, Why: "说自己弄伤过身体"},
	{In: Any, For: Cut, On: Cuts, Say: "cut.again", To: Next, Up: risk.High, Why: "又说到弄伤自己"},
	{In: Any, For: Height, On: Alone, Say: "away.alone", To: Next},
	{In: Any, For: Door, On: Afraid, Say: "lock.afraid", To: Next},
	{In: Any, For: Hit, On: Knock, Say: "hide.still", To: Next, Up: risk.Imminent, Why: "说要打人的人快进来了"},
	{In: Any, For: Strike, On: Down, Say: "apart.far", To: Next, Also: Apart},
	{In: Any, For: Hit, On: Afraid, Say: "hide.afraid", To: Next},
	{In: Any, For: Harmed, On: Parental, Say: "parental.harmed", To: Next},
	{In: Any, For: Harmed, On: Hush, Say: "parental.harmed", To: Next},
	{In: Any, For: Strike, On: Alone, Say: "relief.nobody", Also: Relief, To: Next},
	{In: Any, For: Regret, On: Alone, Say: "relief.nobody", Also: Relief, To: Next},
	{In: Any, For: Baby, On: Alone, Say: "relief.nobody", Also: Relief, To: Next},
	{In: Any, For: Parent, On: Alone, Say: "relief.nobody", Also: Relief, To: Next},
	{In: Any, For: Body, On: Person, Say: "body.together", Also: Who, To: Next},
	{In: Who, For: Hit, On: Hurt, Say: "hit.hurt", To: Next},
	{In: Any, For: Hit, On: Hurt, Say: "hit.hurt", To: Next},
	{In: Any, For: Body, On: Alone, Say: "body.alone", To: Next},
	{In: Any, On: Maybe, Say: "maybe", To: Next},
	{In: Any, On: Bleeding, Say: "wound.bleeding", To: Wound, Up: risk.High, Why: "说伤口还在流血"},
	{In: Any, On: Deep, Turn: Body, Up: risk.Imminent, Why: "说伤得深，或者血止不住"},
	{In: Any, On: Knock, Turn: Door, Up: risk.Imminent, Why: "孩子一个人在家，门外有陌生人"},
	{In: Any, On: Attacked, Of: risk.Self, Turn: Hit, Up: risk.Imminent, Why: "说正在被打，或者有人拿着东西要打"},
	{In: Any, Of: risk.Self, On: Beaten, Say: "beaten", Turn: Harmed, To: Safety, Up: risk.High, Why: "说自己被打"},
	{In: Any, On: Striking, Turn: Strike, Up: risk.Imminent, Why: "大人说快要对孩子动手"},
	{In: Any, On: AtHand, Of: risk.Self, Say: "means.heard", To: Things, Turn: Planned, Up: risk.Imminent, Why: "说会伤到自己的东西就在手边"},
	{In: Any, On: AtHand, Of: risk.Other, Turn: Seen, Up: risk.Imminent, Why: "说那个人手边有会伤到自己的东西"},
	{In: Any, On: Soon, Of: risk.Self, Turn: Planned, Up: risk.Imminent, Why: "说了打算和时间"},
	{In: Any, On: Soon, Of: risk.Other, Turn: Seen, Up: risk.Imminent, Why: "说那个人有打算和时间"},
	{In: Any, On: Wants, Of: risk.Self, Say: "wants", To: Thoughts, Up: risk.High, Why: "说想死，或者不想活"},
	{In: Thoughts, On: Wants, Say: "thoughts.yes", To: Plan, Up: risk.High, Why: "问到时，说有想死的念头"},
	{In: Any, On: Wants, Of: risk.Other, Say: "wants", To: Next, Up: risk.High, Why: "说那个人想死，或者不想活"},
	{In: Any, Of: risk.Self, On: MeToo, Say: "metoo.self", To: Same},
	{In: Any, Of: risk.Other, On: MeToo, Say: "metoo", Turn: Dark, To: Thoughts, Up: risk.Medium, Why: "替别人担心的人，自己也很难受"},

	// ---- where life hangs on something, what is met alike elsewhere is met otherwise ----
	{In: Any, For: Body, On: Knock, Say: "body.door", To: Next},
	{In: Any, For: Height, On: Knock, Say: "body.door", To: Next},
	{In: Any, For: Body, On: Refuse, Say: "body.refuse", To: Next},
	{In: Any, For: Body, On: Useless, Say: "body.refuse", To: Next},
	{In: Any, For: Body, On: NoAnswer, Say: "body.noanswer", To: Next},
	{In: Any, For: Body, On: AskDo, Say: "body.not", To: Next},
	{In: Any, For: Body, On: AskGo, Say: "body.go", To: Next},
	{In: Any, For: Body, On: Unsafe, Say: "again.body", To: Next},
	{In: Any, For: Height, On: AskDo, Say: "away.other", To: Next},
	{In: Any, For: Height, On: AskGo, Say: "height.go", To: Next},
	{In: Any, For: Height, On: Unsafe, Say: "again.height", To: Next},
	{In: Any, For: Hit, On: Alone, Say: "hide.other", To: Next},
	{In: Who, For: Hit, On: Alone, Say: "hide.other", To: Next},
	{In: Who, For: Hit, On: No, Say: "hide.other", To: Next},
	{In: Any, For: Hit, On: AskDo, Say: "hide.other", To: Next},
	{In: Any, For: Hit, On: AskGo, Say: "hide.go", To: Next},
	{In: Any, For: Hit, On: Unsafe, Say: "again.hit", To: Next},
	{In: Any, For: Hit, On: Refuse, Say: "hide.afraid", To: Next},
	{In: Any, For: Door, On: Alone, Say: "lock.other", To: Next},
	{In: Any, For: Door, On: NoAnswer, Say: "lock.noanswer", To: Next},
	{In: Who, For: Door, On: NoAnswer, Say: "lock.noanswer", To: Next},
	{In: Who, For: Door, On: Alone, Say: "lock.other", To: Next},
	{In: Who, For: Door, On: No, Say: "lock.other", To: Next},
	{In: Any, For: Door, On: AskDo, Say: "lock.other", To: Next},
	{In: Any, For: Door, On: AskGo, Say: "lock.other", To: Next},
	{In: Any, For: Door, On: Unsafe, Say: "again.door", To: Next},
	{In: Any, For: Harmed, On: Unsafe, Say: "safety.near", Turn: Hit, To: Hide, Up: risk.Imminent, Why: "说自己现在不安全"},
	{In: Any, For: Runaway, On: Unsafe, Say: "where.unsafe", To: Next, Up: risk.High, Why: "离开家在外面，说不安全"},
	{In: Any, For: Cut, On: AskDo, Say: "ask.do.cut", To: Small},
	{In: Any, For: Body, On: Deed, Say: "again.body", To: Next, Up: risk.Imminent, Why: "又说到已经吃下、喝下或做了伤害身体的事"},

	// ---- a human ----
	{In: Any, On: Human, Say: "human", To: Same, Is: WantsTalk},
	{In: Stay, On: Human, Say: "human", To: Stay, Is: WantsTalk},

	// ---- corrections: believed ----
	{In: Any, On: NotSo, Say: "wrong", To: Closed, Is: IsWrong},
	{In: Any, On: Denied, To: Wrongly},
	{In: Wrongly, On: No, Say: "wrong", To: Closed, Is: IsWrong},
	{In: Wrongly, On: NoDeath, Say: "wrong", To: Closed, Is: IsWrong},
	{In: Wrongly, On: Joke, Say: "wrong", To: Closed, Is: IsWrong},
	{In: Wrongly, On: Fine, Say: "wrong", To: Closed, Is: IsWrong},
	{In: Wrongly, On: Misheard, Say: "wrongly.sorry", To: Next},
	{In: Any, On: Misheard, Say: "wrongly.sorry", To: Next},
	{In: Any, On: Twice, Say: "fine.late", To: Closed},
	{In: Any, For: Strike, On: NotMe, Say: "notme.known", To: Same},
	{In: Any, For: Regret, On: NotMe, Say: "notme.known", To: Same},
	{In: Any, For: Baby, On: NotMe, Say: "notme.known", To: Same},
	{In: Any, Of: risk.Other, On: NotMe, Say: "notme.known", To: Same},
	{In: Any, Of: risk.Self, On: NotMe, Say: "notme", Turn: Friend, To: Near, Is: IsWrong},
	{In: Any, On: Joke, Say: "joke", To: Next},
	{In: Any, For: Planned, On: Joke, Say: "joke.grave", To: Things},
	{In: Any, For: Height, On: Joke, Say: "joke.grave", To: Away},
	{In: Any, For: Body, On: Joke, Say: "joke.grave", To: Ambul},
	{In: Any, For: Planned, On: Fine, Say: "fine.grave", To: Things},
	{In: Any, For: Body, On: Fine, Say: "fine.body", To: Symptoms},
	{In: Any, On: Fine, Say: "fine", To: Small},
	{In: Stay, On: Fine, Say: "fine.late", To: Closed, Is: IsSafe},
	{In: Small, On: Fine, Say: "fine.late", To: Closed, Is: IsSafe},
	{In: Any, On: NoDeath, Say: "nodeath", To: Next},
	{In: Thoughts, On: NoDeath, Say: "thoughts.no", To: Next},
	{In: Burden, On: NoDeath, Say: "thoughts.no", To: Next},

	// ---- safe now ----
	{In: Any, For: Height, On: Down, Of: risk.Self, Say: "down", To: Next, Is: IsSafe},
	{In: Any, On: Down, Of: risk.Self, Say: "safe", To: Next, Is: IsSafe},
	{In: Away, On: Down, Say: "away.down", To: Next, Is: IsSafe},
	{In: Small, On: Down, Say: "safe.end", To: Closed, Is: IsSafe},
	{In: Later, On: Down, Say: "safe.end", To: Closed, Is: IsSafe},
	{In: Stay, On: Down, Say: "safe.end", To: Closed, Is: IsSafe},
	{In: Any, On: Down, Of: risk.Other, Say: "down.other", To: Next, Is: IsSafe},
	{In: Any, On: Gone, Say: "gone", To: Next, Is: IsGone},
	{In: Things, On: Gone, Say: "means.far", To: Next, Is: IsGone},

	// ---- questions to the program: answered, and the talk's own question waits ----
	{In: Any, On: AskSee, Say: "ask.see", To: Same},
	{In: Any, On: AskTell, Say: "ask.tell", To: Same},
	{In: Any, On: AskWhen, Say: "ask.when", To: Same},
	{In: Any, On: AskRobot, Say: "ask.robot", To: Same},
	{In: Any, On: AskSay, Say: "ask.say", To: Same},
	{In: Any, On: AskSay, Of: risk.Self, Say: "ask.say.self", To: Same},
	{In: Any, On: AskDo, Say: "ask.do", To: Small},
	{In: Any, On: AskDo, Of: risk.Other, Say: "ask.do", To: Next},
	{In: Any, For: Body, On: Dying, Say: "afraid.body", To: Same},
	{In: Any, On: Dying, Say: "afraid", To: Next},
	{In: Any, For: Child, On: AskGo, Say: "ask.go.child", To: Next},
	{In: Any, For: ChildHurt, On: AskGo, Say: "ask.go.child", To: Next},
	{In: Any, On: AskGo, Say: "ask.go", To: Next},
	{In: Any, Of: risk.Self, On: Stranger, Say: "stranger", To: Same},
	{In: Any, Of: risk.Other, On: AskDoor, Say: "ask.door", To: Same},
	{In: Any, On: Jail, Say: "jail", To: Same},
	{In: Any, On: Asks, Say: "ask.other", To: Same},
	{In: Any, Of: risk.Self, On: Extort, Say: "extort", To: Next, Up: risk.High, Why: "说有人威胁、勒索"},
	{In: Any, On: AskPolice, Say: "ask.police", To: Same},
	{In: Any, For: Lost, On: AskPolice, Say: "ask.police.lost", To: Same},
	{In: Any, For: Harmed, On: AskPolice, Say: "ask.police.harmed", To: Same},
	{In: Any, For: Runaway, On: AskPolice, Say: "ask.police.harmed", To: Same},
	{In: Any, On: AskCall110, Say: "ask.call110", To: Same},
	{In: Any, For: Hit, On: AskCall110, Say: "ask.call110.hit", To: Same},
	{In: Any, For: Harmed, On: AskCall110, Say: "ask.call110.hit", To: Same},
	{In: Any, On: NoCall, Say: "nocall", To: Same},
	{In: Any, On: Sleepy, Say: "sleepy", To: Same},
	{In: Any, For: Body, On: Sleepy, Say: "body.sleepy", To: Same},
	{In: Any, For: Lost, On: AskDo, Say: "lost.do", To: Same},
	{In: Any, On: AskCall, Say: "ask.call", To: Same},
	{In: Any, On: AskDoctor, Say: "ask.doctor", To: Same},
	{In: Any, For: Body, On: AskDoctor, Say: "body.go", To: Same},
	{In: Any, For: Door, On: AskTrust, Say: "ask.trust", To: Same},
	{In: Any, For: Strike, On: AskSorry, Say: "ask.sorry", To: Same},
	{In: Any, For: Regret, On: AskSorry, Say: "ask.sorry", To: Same},
	{In: Any, Of: risk.Other, On: Overreact, Say: "overreact", To: Same},
	{In: Any, On: Guilt, Say: "guilt", To: Same},
	{In: Any, Of: risk.Other, On: Window, Say: "window", To: Same},
	{In: Any, On: Came, Say: "came", To: Next},
	{In: Any, For: Body, On: Came, Say: "body.came", To: Next},
	{In: Any, For: Hit, On: Came, Say: "hit.came", To: Next},
	{In: Any, For: Door, On: Came, Say: "lock.called", To: Next},
	{In: Any, For: Harmed, On: AskDo, Say: "ask.do.harmed", To: Next},
	{In: Any, For: Harmed, On: Symptom, Say: "hurt.doctor", To: Same, Up: risk.High, Why: "被打以后头晕、想吐，或者别的不舒服"},
	{In: Any, For: Hit, On: Symptom, Say: "hurt.doctor", To: Same, Up: risk.Imminent, Why: "被打以后头晕、想吐，或者别的不舒服"},
	{In: Any, For: ChildHurt, On: Symptom, Say: "ask.doctor", To: Same, Up: risk.High, Why: "孩子被打以后头晕、想吐，或者别的不舒服"},
	{In: Any, For: Strike, On: Symptom, Say: "ask.doctor", To: Same, Up: risk.High, Why: "孩子挨打以后头晕、想吐，或者别的不舒服"},
	{In: Any, For: Regret, On: Symptom, Say: "ask.doctor", To: Same, Up: risk.High, Why: "孩子挨打以后头晕、想吐，或者别的不舒服"},
	{In: Any, For: Door, On: WalkedOff, Say: "lock.gone", To: Next, Also: Lock},
	{In: Lock, On: WalkedOff, Say: "lock.gone", To: Next},
	{In: Any, On: Rises, Say: "rise", To: Next},
	{In: Any, On: AskPain, Say: "ask.pain", To: Same},
	{In: Any, On: Canto, Say: "canto", To: Same},
	{In: Any, On: Rights, Say: "rights", To: Same},
	{In: Any, On: Hush, Say: "hush", To: Same},

	// ---- what stands in the way ----
	{In: Any, On: Hostile, Say: "hostile", To: Next},
	{In: Any, On: DontGo, Say: "dontgo", To: Next},
	{In: Any, On: Useless, Say: "useless", To: Who},
	{In: Call, On: Useless, Say: "useless", To: Next},
	{In: Who, On: Useless, Say: "useless", To: Next},
	{In: Any, On: NoAnswer, Say: "noanswer", To: Who},
	{In: Call, On: NoAnswer, Say: "noanswer", To: Next},
	{In: Who, On: NoAnswer, Say: "noanswer", To: Next},
	{In: Any, On: Refuse, Say: "refuse", To: Next},
	{In: Ambul, On: Refuse, Say: "body.refuse", To: Who},
	{In: Any, On: Speechless, Say: "speechless", To: Same},
	{In: Expert, On: Speechless, Say: "expert.words", To: Next},
	{In: Any, On: NoCredit, Say: "nocredit", To: Same},
	{In: Any, On: NoDevice, Say: "nodevice", To: Next},
	{In: Any, On: Parental, Say: "parental", To: Next},
	{In: Any, Of: risk.Other, On: Promised, Say: "promised", To: Knows},
	{In: Any, Of: risk.Self, On: Promised, Say: "promise.self", To: Next},
	{In: Any, Of: risk.Other, On: Resent, Say: "resent", To: Knows},
	{In: Any, Of: risk.Self, On: Resent, Say: "adult.afraid", To: Next},
	{In: Any, Of: risk.Other, On: NoContact, Say: "nocontact", To: Knows},
	{In: Any, Of: risk.Self, On: NoContact, Say: "nodevice", To: Next},
	{In: Any, On: Shame, Say: "shame", To: Next},
	{In: Any, On: Useful, Say: "useful", To: Next},

	// ---- a wish to stop ----
	{In: Any, On: Leave, Say: "leave", To: Closed, Is: Stops},

	// ---- each question's own answers ----
	{In: Here, On: Together, Say: "here.together", To: Next},
	{In: Here, On: Alone, Say: "here.alone", To: Next},
	{In: Here, On: No, Say: "here.alone", To: Next},
	{In: Here, On: Unsafe, Say: "here.unsafe", Turn: Planned, To: Things, Up: risk.Imminent, Why: "问到时，说自己现在不安全"},
	{In: Here, On: Home, Say: "here.home", To: Next},

	{In: Away, On: Close, Say: "away.close", To: Same},
	{In: Away, On: Unsafe, Say: "away.close", To: Same},
	{In: Away, On: No, Say: "away.close", To: Same},
	{In: Away, On: Cannot, Say: "away.cannot", To: Who},
	{In: Away, On: Alone, Say: "away.alone", To: Same},
	{In: Away, On: Together, Say: "away.together", To: Same},
	{In: Away, On: Yes, Say: "away.close", To: Same},
	{In: Away, On: Other, Say: "away.other", To: Same},

	{In: Ambul, On: Called, Say: "body.called", To: Next},
	{In: Ambul, On: Yes, Say: "body.not", To: Same},
	{In: Ambul, On: No, Say: "body.not", To: Same},
	{In: Ambul, On: Afraid, Say: "body.afraid", To: Who},
	{In: Ambul, On: Cannot, Say: "body.afraid", To: Who},
	{In: Any, For: Body, On: Called, Say: "body.called", To: Next},
	{In: Ambul, On: Together, Say: "body.together", To: Same},
	{In: Ambul, On: Alone, Say: "body.alone", To: Same},
	{In: Ambul, On: Other, Say: "body.other", To: Symptoms},

	{In: Symptoms, On: Yes, Say: "symptoms.yes", To: Next},
	{In: Symptoms, On: No, Say: "symptoms.no", To: Next},
	{In: Symptoms, On: Unsure, Say: "symptoms.no", To: Next},
	{In: Symptoms, On: Other, Say: "symptoms.other", To: Next},

	{In: Wound, On: Bleeding, Say: "wound.bleeding", To: Next},
	{In: Wound, On: Yes, Say: "wound.bleeding", To: Next},
	{In: Wound, On: Shallow, Say: "wound.shallow", To: Next},
	{In: Wound, On: No, Say: "wound.shallow", To: Next},
	{In: Wound, On: Other, Say: "wound.other", To: Next},

	{In: Things, On: Far, Say: "means.far", To: Next},
	{In: Things, On: Yes, Say: "means.far", To: Next},
	{In: Things, For: Cut, On: Close, Say: "means.cut", To: Next},
	{In: Things, On: Close, Say: "means.near", To: Same, Up: risk.Imminent, Why: "问到时，说会伤到自己的东西就在身边"},
	{In: Things, On: No, Say: "means.near", To: Same},
	{In: Things, On: Cannot, Say: "means.cannot", To: Who},
	{In: Things, On: Together, Say: "means.together", To: Next},
	{In: Things, On: Unsure, Say: "means.unsure", To: Next},
	{In: Things, On: Other, Say: "means.unsure", To: Next},

	{In: Call, On: Called, Say: "call.called", To: Next},
	{In: Call, On: Yes, Say: "call.called", To: Next},
	{In: Call, On: No, Say: "call.not", To: Next},
	{In: Call, On: Other, Say: "call.other", To: Next},

	{In: Who, For: Body, On: Person, Say: "body.together", To: Next},
	{In: Who, For: Body, On: Together, Say: "body.together", To: Next},
	{In: Who, On: Together, Say: "who.together", To: Next},
	{In: Who, On: Yes, Say: "who.together", To: Next},
	{In: Who, On: Alone, Say: "who.nobody", To: Next},
	{In: Who, On: No, Say: "who.nobody", To: Next},
	{In: Who, On: Unsure, Say: "who.nobody", To: Next},
	{In: Who, On: Person, Say: "who.person", To: Next},
	{In: Who, On: Other, Say: "who.other", To: Next},

	{In: Thoughts, On: Yes, Say: "thoughts.yes", To: Plan, Up: risk.High, Why: "问到时，说有想死的念头"},
	{In: Thoughts, On: Some, Say: "thoughts.some", To: Plan, Up: risk.Medium, Why: "问到时，说有时有想死的念头"},
	{In: Thoughts, On: No, Say: "thoughts.no", To: Next},
	{In: Thoughts, On: Unsure, Say: "thoughts.unsure", To: Next},
	{In: Thoughts, On: Better, Say: "thoughts.weaker", To: Next},
	{In: Thoughts, On: Unsafe, Say: "here.unsafe", Turn: Planned, To: Things, Up: risk.Imminent, Why: "问到时，说自己现在不安全"},

	{In: Plan, On: Yes, Say: "plan.yes", Turn: Planned, To: Things, Up: risk.Imminent, Why: "问到时，说已经有打算"},
	{In: Plan, On: Some, Say: "plan.some", To: Things, Up: risk.High, Why: "问到时，说想过一点"},
	{In: Plan, On: No, Say: "plan.no", To: Next},
	{In: Plan, On: Unsure, Say: "plan.unsure", To: Things},
	{In: Plan, On: Other, Say: "plan.unsure", To: Things},

	{In: Pain, On: Unsure, Say: "pain.unsure", To: Next},
	{In: Pain, On: Other, Say: "pain.other", To: Next},

	{In: Adult, On: Yes, Say: "adult.person", To: Next},
	{In: Adult, On: Person, Say: "adult.person", To: Next},
	{In: Adult, On: Told, Say: "adult.told", To: Next},
	{In: Adult, On: No, Say: "adult.nobody", To: Next},
	{In: Adult, On: Alone, Say: "adult.nobody", To: Next},
	{In: Adult, On: Unsure, Say: "adult.nobody", To: Next},
	{In: Adult, On: Afraid, Say: "adult.afraid", To: Next},
	{In: Adult, On: Other, Say: "adult.other", To: Next},

	{In: Expert, On: Yes, Say: "expert.yes", To: Next},
	{In: Expert, On: Alone, Say: "expert.along", To: Next},
	{In: Expert, On: Afraid, Say: "shame", To: Next},
	{In: Expert, On: No, Say: "expert.small", To: Next},
	{In: Expert, On: Unsure, Say: "expert.small", To: Next},
	{In: Expert, On: Other, Say: "expert.small", To: Next},

	{In: Small, On: Done, Say: "step.done", To: Next},
	{In: Small, On: Yes, Say: "step.done", To: Next},
	{In: Small, On: Better, Say: "step.better", To: Next},
	{In: Small, On: Cannot, Say: "step.cannot", To: Next},
	{In: Small, On: No, Say: "step.cannot", To: Next},
	{In: Small, On: Unsafe, Say: "step.worse", To: Next},
	{In: Small, On: Together, Say: "step.together", To: Next},
	{In: Small, On: Other, Say: "step.other", To: Next},

	{In: Later, On: Unsure, Say: "later.unsure", To: Stay},
	{In: Later, On: No, Say: "later.unsure", To: Stay},
	{In: Later, On: Other, Say: "later.noted", To: Stay},

	{In: Hide, On: Done, Say: "hide.done", To: Next},
	{In: Hide, On: Yes, Say: "hide.done", To: Next},
	{In: Hide, On: Called, Say: "hide.called", To: Next},
	{In: Hide, On: Attacked, Say: "hide.still", To: Same},
	{In: Hide, On: No, Say: "hide.still", To: Same},
	{In: Hide, On: Cannot, Say: "hide.still", To: Same},
	{In: Hide, On: Afraid, Say: "hide.afraid", To: Same},
	{In: Hide, On: Other, Say: "hide.other", To: Same},

	{In: Lock, On: Done, Say: "lock.done", To: Next},
	{In: Lock, On: Yes, Say: "lock.done", To: Next},
	{In: Lock, On: Called, Say: "lock.called", To: Next},
	{In: Lock, On: Knock, Say: "lock.still", To: Same},
	{In: Lock, On: No, Say: "lock.still", To: Same},
	{In: Lock, On: Afraid, Say: "lock.afraid", To: Same},
	{In: Lock, On: Missing, Say: "lock.gone", To: Next},
	{In: Lock, On: Other, Say: "lock.other", To: Same},

	{In: Safety, On: Far, Say: "safety.far", To: Next},
	{In: Safety, On: Yes, Say: "safety.far", To: Next},
	{In: Safety, On: Down, Say: "safety.far", To: Next},
	{In: Safety, On: Close, Say: "safety.near", Turn: Hit, To: Hide, Up: risk.Imminent, Why: "问到时，说伤害自己的人就在附近"},
	{In: Safety, On: Unsafe, Say: "safety.near", Turn: Hit, To: Hide, Up: risk.Imminent, Why: "问到时，说自己现在不安全"},
	{In: Safety, On: No, Say: "safety.near", Turn: Hit, To: Hide, Up: risk.Imminent, Why: "问到时，说自己现在不安全"},
	{In: Safety, On: Other, Say: "safety.other", To: Next},

	{In: Apart, On: Far, Say: "apart.far", To: Next},
	{In: Apart, On: Yes, Say: "apart.far", To: Next},
	{In: Apart, On: Done, Say: "apart.far", To: Next},
	{In: Apart, On: Close, Say: "apart.near", To: Same},
	{In: Apart, On: No, Say: "apart.near", To: Same},
	{In: Apart, On: Cannot, Say: "apart.cannot", To: Relief},
	{In: Apart, On: Unsafe, Say: "apart.cannot", To: Relief},
	{In: Apart, On: Hurt, Say: "injured.hurt", To: Next, Up: risk.Imminent, Why: "家长说孩子受伤了"},
	{In: Apart, On: Other, Say: "apart.other", To: Same},

	{In: Cradle, On: Far, Say: "cradle.far", To: Next},
	{In: Cradle, On: Yes, Say: "cradle.far", To: Next},
	{In: Cradle, On: Done, Say: "cradle.far", To: Next},
	{In: Cradle, On: Close, Say: "cradle.near", To: Same},
	{In: Cradle, On: No, Say: "cradle.near", To: Same},
	{In: Cradle, On: Unsafe, Say: "cradle.unsafe", To: Relief, Up: risk.Imminent, Why: "大人说快控制不住，宝宝就在身边"},
	{In: Cradle, On: Cannot, Say: "cradle.unsafe", To: Relief, Up: risk.Imminent, Why: "大人说快控制不住，宝宝就在身边"},
	{In: Cradle, On: Alone, Say: "cradle.alone", To: Same},
	{In: Cradle, On: Other, Say: "cradle.other", To: Next},

	{In: Injured, On: Hurt, Say: "injured.hurt", To: Next, Up: risk.High, Why: "家长说孩子身上有伤"},
	{In: Injured, On: Yes, Say: "injured.hurt", To: Next, Up: risk.High, Why: "家长说孩子身上有伤"},
	{In: Injured, On: No, Say: "injured.no", To: Next},
	{In: Injured, On: Unsure, Say: "injured.unsure", To: Next},
	{In: Injured, On: Other, Say: "injured.unsure", To: Next},

	{In: Repair, On: Yes, Say: "repair.yes", To: Next},
	{In: Repair, On: Cannot, Say: "repair.cannot", To: Next},
	{In: Repair, On: No, Say: "repair.cannot", To: Next},
	{In: Repair, On: Other, Say: "repair.other", To: Next},

	{In: Burden, On: Yes, Say: "burden.yes", To: Plan, Up: risk.High, Why: "家长说想过死，或者带着孩子一起走"},
	{In: Burden, On: Wants, Say: "burden.yes", To: Plan, Up: risk.High, Why: "家长说想死，或者不想活"},
	{In: Burden, On: Some, Say: "burden.yes", To: Plan, Up: risk.High, Why: "家长说闪过想死的念头"},
	{In: Burden, On: No, Say: "burden.no", To: Next},
	{In: Burden, On: Unsure, Say: "thoughts.unsure", To: Next},

	{In: Relief, On: Together, Say: "relief.somebody", To: Next},
	{In: Relief, On: Yes, Say: "relief.somebody", To: Next},
	{In: Relief, On: Person, Say: "relief.somebody", To: Next},
	{In: Relief, On: Alone, Say: "relief.nobody", To: Next},
	{In: Relief, On: No, Say: "relief.nobody", To: Next},
	{In: Relief, On: Shame, Say: "relief.shy", To: Next},
	{In: Relief, On: Other, Say: "relief.other", To: Next},

	{In: Near, On: Together, Say: "near.together", To: Next},
	{In: Near, On: Yes, Say: "near.together", To: Next},
	{In: Near, On: Person, Say: "near.together", To: Next},
	{In: Near, On: Alone, Say: "near.alone", To: Next},
	{In: Near, On: No, Say: "near.alone", To: Next},
	{In: Near, For: Child, On: Missing, Say: "near.missing", Turn: Lost, To: Found, Up: risk.Imminent, Why: "家长联系不上有危险的孩子"},
	{In: Near, On: Missing, Say: "near.missing", Turn: Seen, To: Knows, Up: risk.Imminent, Why: "担心的那个人联系不上，不知道在哪里"},
	{In: Near, On: Unsure, Say: "near.missing", To: Next},
	{In: Near, On: Unsafe, Say: "near.missing", Turn: Seen, To: Knows, Up: risk.Imminent, Why: "说那个人现在不安全"},
	{In: Near, On: Somewhere, Say: "near.somewhere", To: Next},
	{In: Near, On: Other, Say: "near.other", To: Next},

	{In: Any, Of: risk.Other, On: Told, Say: "told.told", To: Next},
	{In: Any, Of: risk.Self, On: Told, Say: "adult.told", To: Next},
	{In: Knows, On: Told, Say: "told.told", To: Next},
	{In: Knows, On: Yes, Say: "told.told", To: Next},
	{In: Knows, On: No, Say: "told.not", To: Next},
	{In: Knows, On: Afraid, Say: "resent", To: Next},
	{In: Knows, On: Unsure, Say: "told.not", To: Next},
	{In: Knows, On: Other, Say: "told.not", To: Next},

	{In: PlanOf, On: Yes, Say: "planof.yes", Turn: Seen, To: Near, Up: risk.Imminent, Why: "说那个人讲过打算和时间"},
	{In: PlanOf, On: No, Say: "planof.no", To: Next},
	{In: PlanOf, On: Unsure, Say: "planof.no", To: Next},
	{In: PlanOf, On: Other, Say: "planof.no", To: Next},

	{In: AskedOf, On: Yes, Say: "askedof.yes", To: Next, Up: risk.High, Why: "直接问过，那个人说想到了死"},
	{In: AskedOf, On: No, Say: "askedof.no", To: Next},
	{In: AskedOf, On: Afraid, Say: "askedof.no", To: Next},
	{In: AskedOf, On: Cannot, Say: "askedof.no", To: Next},
	{In: AskedOf, On: Unsure, Say: "askedof.no", To: Next},
	{In: AskedOf, On: Other, Say: "askedof.no", To: Next},

	{In: Saying, On: Yes, Say: "saying.yes", To: Next},
	{In: Saying, On: No, Say: "saying.no", To: Next},
	{In: Saying, On: Other, Say: "saying.yes", To: Next},

	{In: Self, On: Together, Say: "self.together", To: Stay},
	{In: Self, On: Yes, Say: "self.together", To: Stay},
	{In: Self, On: Better, Say: "self.together", To: Stay},
	{In: Self, On: Alone, Say: "self.alone", To: Stay},
	{In: Self, On: No, Say: "self.alone", To: Stay},
	{In: Self, On: Other, Say: "self.alone", To: Stay},

	{In: Guard, On: Far, Say: "guard.far", To: Next},
	{In: Guard, On: Yes, Say: "guard.far", To: Next},
	{In: Guard, On: Done, Say: "guard.far", To: Next},
	{In: Guard, On: No, Say: "guard.not", To: Next},
	{In: Guard, On: Unsure, Say: "guard.not", To: Next},
	{In: Guard, On: Other, Say: "guard.not", To: Next},

	{In: Found, On: Called, Say: "found.called", To: Next},
	{In: Found, On: Together, Say: "found.looking", To: Next},
	{In: Found, On: Yes, Say: "found.looking", To: Next},
	{In: Found, On: Person, Say: "found.looking", To: Next},
	{In: Found, On: No, Say: "found.not", To: Next},
	{In: Found, On: Alone, Say: "found.not", To: Next},
	{In: Found, On: Down, Say: "found.down", To: Next, Is: IsSafe},
	{In: Found, On: Other, Say: "near.other", To: Next},

	{In: WhoDid, On: School, Say: "whodid.school", To: Next},
	{In: WhoDid, On: Home, Say: "whodid.home", To: Next},
	{In: WhoDid, On: Person, Say: "whodid.home", To: Next},
	{In: WhoDid, On: Unsure, Say: "whodid.unsure", To: Next},
	{In: WhoDid, On: Other, Say: "whodid.unsure", To: Next},

	{In: Where, On: Together, Say: "where.together", To: Next},
	{In: Where, On: Home, Say: "where.home", To: Next},
	{In: Where, On: Alone, Say: "where.alone", To: Next},
	{In: Where, On: Other, Say: "where.alone", To: Next},

	{In: Return, On: Unsafe, Of: risk.Self, Say: "here.unsafe", Turn: Planned, To: Here, Up: risk.Imminent, Why: "回来时问到，说现在不安全"},
	{In: Return, On: Unsafe, Of: risk.Other, Say: "near.missing", Turn: Seen, To: Near, Up: risk.Imminent, Why: "回来时问到，说那个人现在不安全"},
	{In: Return, On: Missing, Of: risk.Other, Say: "near.missing", Turn: Seen, To: Knows, Up: risk.Imminent, Why: "回来时问到，说联系不上那个人"},
	{In: Return, On: Down, Say: "back.safe", To: Stay, Is: IsSafe},
	{In: Return, On: Together, Say: "back.safe", To: Stay},
	{In: Return, On: Better, Say: "back.safe", To: Stay},
	{In: Return, On: Yes, Say: "back.safe", To: Stay},
	{In: Return, On: Alone, Of: risk.Other, Say: "near.alone", Turn: Friend, To: Knows},
	{In: Return, On: No, Of: risk.Other, Say: "near.alone", Turn: Friend, To: Knows},
	{In: Return, On: Unsure, Of: risk.Self, Say: "back.unsure", Turn: Wish, To: Thoughts},
	{In: Return, On: No, Of: risk.Self, Say: "here.unsafe", Turn: Planned, To: Here, Up: risk.Imminent, Why: "回来时问到，说现在不安全"},
	{In: Return, On: Other, Of: risk.Self, Say: "back.unsure", Turn: Wish, To: Thoughts},
	{In: Return, On: Other, Of: risk.Other, Say: "nod", To: Stay},

	// ---- what says little, from everywhere ----
	{In: Any, On: Better, Say: "better", To: Next},
	{In: Any, On: Unsafe, Of: risk.Self, Say: "here.unsafe", Turn: Planned, To: Here, Up: risk.Imminent, Why: "说自己现在不安全，快控制不住"},
	{In: Any, On: Unsafe, Of: risk.Other, Say: "near.missing", Turn: Seen, To: Near, Up: risk.Imminent, Why: "说那个人现在不安全"},
	{In: Any, On: Together, Of: risk.Self, Say: "who.together", To: Next},
	{In: Any, On: Together, Of: risk.Other, Say: "near.together", To: Next},
	{In: Any, On: Alone, Of: risk.Self, Say: "here.alone", To: Next},
	{In: Any, On: Alone, Of: risk.Other, Say: "near.alone", To: Next},
	{In: Any, On: Called, Say: "call.called", To: Next},
	{In: Any, For: Child, On: Missing, Say: "near.missing", Turn: Lost, To: Found, Up: risk.Imminent, Why: "家长联系不上有危险的孩子"},
	{In: Any, For: Lost, On: Missing, Say: "again.lost", To: Next, Up: risk.Imminent, Why: "家长还没找到孩子"},
	{In: Any, On: Missing, Of: risk.Other, Say: "near.missing", Turn: Seen, To: Knows, Up: risk.Imminent, Why: "担心的那个人联系不上"},
	{In: Any, On: Far, Of: risk.Self, Say: "gone", To: Next},
	{In: Any, On: Cannot, Say: "cannot", To: Next},
	{In: Any, On: Afraid, Say: "afraid", To: Next},
	{In: Any, On: Dots, Say: "dots", To: Next},
	{In: Any, On: Thanks, Say: "thanks", To: Next},
	{In: Stay, On: Thanks, Say: "safe.thanks", To: Stay},
	{In: Any, On: Hello, Say: "hello", To: Same},
	{In: Any, On: Spot, Say: "spot", To: Same},
	{In: Any, On: Media, Say: "media", To: Same},
	{In: Any, On: SpotShown, Say: "spot.shown", To: Same},
	{In: Any, On: MediaShown, Say: "media.shown", To: Same},
	{In: Any, On: First, Say: "first", To: Same},
	{In: Any, On: Present, Say: "present", To: Same},
	{In: Stay, On: Present, To: Stay},
	{In: Any, On: Leads, Say: "leads", To: Paused, Is: Passes},
	{In: Any, On: Other, Say: "nod", To: Next},
	{In: Stay, On: Other, To: Stay},
}

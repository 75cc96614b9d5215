package content

import (
	"io/fs"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Replies are the notices that the program says by itself. They are held in memory so that they can be given when every
// backend is down.
type Replies struct {
	Ready   []ReadyAnswer // what counsellors find at the desk
	notices map[string]string
}

// NoticeKey names a notice in dialogs/replies/notices.yaml.
type NoticeKey string

// The notices; every one must be there.
const (
	NoticeBusy       NoticeKey = "busy"           // a backend is away; what was written is kept
	NoticeBusyTap    NoticeKey = "busy_tap"       // a backend is away; whether a tap did something is not known, and will be told
	NoticeBusyHello  NoticeKey = "busy_hello"     // a backend is away; who has just followed is welcomed after it
	NoticeBusyLost   NoticeKey = "busy_lost"      // a backend is away, and so is the disk: what came was not kept
	NoticeHuman      NoticeKey = "human_coming"   // asked for a human, on duty
	NoticeHumanLater NoticeKey = "human_later"    // asked for a human, off duty
	NoticeKept       NoticeKey = "kept_for_human" // written while waiting for a human
	NoticeKeptAgain  NoticeKey = "kept_again"     // and again: one line each time, in turn
	NoticeTaken      NoticeKey = "taken"          // a counsellor took the conversation
	NoticeHandedOver NoticeKey = "handed_over"    // a colleague took over what they were offered
	NoticeTakenOver  NoticeKey = "taken_over"     // a colleague took over
	NoticeJoined     NoticeKey = "joined"         // a second counsellor came
	NoticeLeft       NoticeKey = "left"           // whoever had the conversation is not there any more
	NoticeHandedBack NoticeKey = "handed_back"

	// What only eyes or ears can read: {{what}} it is, and whether it is to {{see}} or to hear.
	NoticeMedia       NoticeKey = "media"        // nobody reads it
	NoticeMediaKept   NoticeKey = "media_kept"   // the counsellor who has the conversation gets it
	NoticeMediaWaits  NoticeKey = "media_waits"  // it waits in the person's case
	NoticeMediaUnseen NoticeKey = "media_unseen" // the counsellor who has the conversation cannot open it
	NoticeMediaLost   NoticeKey = "media_lost"   // it was to be got for the counsellor, and could not be; {{name}} is what it is

	// Follow-ups after a case, to whoever spoke of themselves and to whoever spoke of another.
	NoticeDay         NoticeKey = "followup_day"
	NoticeDayOther    NoticeKey = "followup_day_other"
	NoticeWeek        NoticeKey = "followup_week"
	NoticeWeekOther   NoticeKey = "followup_week_other"
	NoticeSchool      NoticeKey = "followup_school"
	NoticeSchoolOther NoticeKey = "followup_school_other"

	// What stands on a locked screen where a notice of the platform says that something waits, and where to look for it.
	NoticeKnockAppointment NoticeKey = "knock_appointment"
	NoticeKnockEvent       NoticeKey = "knock_event"
	NoticeKnockFollowUp    NoticeKey = "knock_followup"
	NoticeKnockHint        NoticeKey = "knock_hint"
)

var noticeKeys = []NoticeKey{NoticeBusy, NoticeBusyTap, NoticeBusyHello, NoticeBusyLost, NoticeHuman, NoticeHumanLater, NoticeKept, NoticeKeptAgain, NoticeTaken, NoticeHandedOver, NoticeTakenOver, NoticeJoined, NoticeLeft, NoticeHandedBack,
	NoticeMedia, NoticeMediaKept, NoticeMediaWaits, NoticeMediaUnseen, NoticeMediaLost,
	NoticeDay, NoticeDayOther, NoticeWeek, NoticeWeekOther, NoticeSchool, NoticeSchoolOther,
	NoticeKnockAppointment, NoticeKnockEvent, NoticeKnockFollowUp, NoticeKnockHint}

func loadReplies(fsys fs.FS) (*Replies, error) {
	r := &Replies{notices: map[string]string{}}
	var ps problem.Problems
	notices, _ := problem.Read(fsys, "replies/notices.yaml", "replies/notices.yaml", &r.notices, &ps)
	r.Ready = loadReady(fsys, &ps)
	if len(ps) > 0 {
		return nil, ps.Err()
	}
	for _, key := range noticeKeys {
		if strings.TrimSpace(r.notices[string(key)]) == "" {
			notices.Bad(&ps, "$", "请加上这一条", "缺少 %s", key)
		}
	}
	return r, ps.Err()
}

// Notice returns a notice; vars are pairs of name and value.
func (r *Replies) Notice(key NoticeKey, vars ...string) string {
	var pairs []string
	for i := 0; i+1 < len(vars); i += 2 {
		pairs = append(pairs, "{{"+vars[i]+"}}", vars[i+1])
	}
	return strings.NewReplacer(pairs...).Replace(r.notices[string(key)])
}

// Kept returns the nth answer to what somebody writes while they wait for a human.
func (r *Replies) Kept(nth int) string {
	if nth == 0 {
		return r.Notice(NoticeKept)
	}
	lines := strings.Split(strings.TrimSpace(r.Notice(NoticeKeptAgain)), "\n")
	return strings.TrimSpace(lines[(nth-1)%len(lines)])
}

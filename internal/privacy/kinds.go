package privacy

import (
	"fmt"
	"slices"
	"time"
)

// kind is one kind of data that is held, in the words of an assessment: what it is for, and until when it stays.
type kind struct {
	name      string
	tables    []string // the first is what is counted
	purpose   string
	sensitive bool // of the kinds that article 28 names: health, and all of children under 14
	kept      string
}

const (
	untilErased = "直到本人删除"
	withPerson  = "随本人删除；结案的个案去掉身份和原话后留存"
)

func (s *Service) kinds() []kind {
	media := fmt.Sprintf("结案 %d 天后，最迟收到 %d 天后", int(s.MediaAfterClose/(24*time.Hour)), int(s.MediaAtMost/(24*time.Hour)))
	return []kind{
		{"平台身份（加密）", []string{"identities", "persons", "person_keys"}, "把回答送到本人", true, untilErased},
		{"对话", []string{"messages"}, "回答、危险时由老师接着谈", true, untilErased},
		{"图片、语音、视频", []string{"media_items", "media_pieces"}, "有个案时给老师看", true, media},
		{"心理自测的结果", []string{"results", "survey_drafts"}, "本人看自己的变化；本人同意才给老师看", true, untilErased},
		{"危险个案和跟进", []string{"cases", "case_steps", "case_signals", "case_tasks", "case_referrals", "case_mentions", "case_messages"}, "保护生命，一人一案", true, withPerson},
		{"自动助手多问一句的谈话", []string{"asked_talks"}, "老师核对有没有漏掉危险", true, untilErased},
		{"预约和来访", []string{"appointments", "appointment_steps", "booking_waits", "booking_holds", "visit_ratings"}, "去站点面谈", true, untilErased},
		{"写给老师的信", []string{"letters", "letter_drafts", "letter_pieces"}, "回信；同意后改写公开", true, untilErased + "；没寄的一个月后删除"},
		{"听课和学习记录", []string{"lesson_marks", "lesson_weekly"}, "接着学、每周一课", false, untilErased},
		{"活动报名", []string{"event_signups"}, "留位子、签到", false, untilErased},
		{"习惯打卡", []string{"habit_challenges", "habit_ticks", "habit_partners", "habit_codes"}, "21 天习惯", false, untilErased},
		{"家校请求和担心身边的人", []string{"school_requests", "school_request_steps"}, "转给学校、由老师处理", true, untilErased},
		{"孩子的情况（家长同意记住的）", []string{"child_profiles", "person_vars"}, "挑合适的课和话", true, untilErased},
		{"年龄和监护人同意", []string{"person_ages", "consents", "consent_steps", "guardian_codes"}, "未满 14 岁先要监护人同意", true, untilErased},
		{"通知的同意和发送", []string{"notice_steps", "notice_consents", "campaign_consents", "campaign_recipients", "calendar_feeds"}, "只发给同意收的人", false, untilErased},
		{"工作人员的绑定", []string{"staff_chats"}, "叫值班老师", false, "解除绑定或离职"},
		{"在办的事和去重记录", []string{"outbox", "operations"}, "不漏、不重复", false, "几天内自动清除"},
	}
}

// rest are the tables that no kind names: a report leaves nothing out because somebody forgot to write a line here.
func rest(held map[string]int, kinds []kind) (names []string) {
	for t := range held {
		if !slices.ContainsFunc(kinds, func(k kind) bool { return slices.Contains(k.tables, t) }) {
			names = append(names, t)
		}
	}
	slices.Sort(names)
	return names
}

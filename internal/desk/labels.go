package desk

import (
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

func statusLabel(s casework.Status) string {
	switch s {
	case casework.StatusOpen:
		return "等待响应"
	case casework.StatusAcknowledged:
		return "已收到"
	case casework.StatusTalking:
		return "对话中"
	case casework.StatusHandedBack:
		return "已交还机器人"
	case casework.StatusClosed:
		return "已结案"
	}
	return string(s)
}

func channelLabel(c string) string {
	switch c {
	case "wechat":
		return "微信"
	case "wecom":
		return "微信客服"
	case "web":
		return "网页"
	case "term":
		return "终端"
	}
	return c
}

func subjectLabel(s risk.Subject) string {
	switch s {
	case risk.Self:
		return "说的是本人"
	case risk.Other:
		return "说的是身边的人"
	}
	return "未说明是谁"
}

func stepLabel(k casework.StepKind) string {
	switch k {
	case casework.StepOpened:
		return "建立个案"
	case casework.StepSignal:
		return "新的信号"
	case casework.StepAcknowledged:
		return "说了收到"
	case casework.StepTaken:
		return "接手对话"
	case casework.StepHandedBack:
		return "交还机器人"
	case casework.StepReleased:
		return "没有人接着了"
	case casework.StepTakenOver:
		return "督导接管对话"
	case casework.StepOffered:
		return "请同事接班"
	case casework.StepOfferBack:
		return "交班没有接成"
	case casework.StepHandedOver:
		return "接班"
	case casework.StepInvited:
		return "请同事一起谈"
	case casework.StepJoined:
		return "加入对话"
	case casework.StepLeft:
		return "离开对话"
	case casework.StepRead:
		return "看到了，不用回"
	case casework.StepCalled:
		return "叫同事来看"
	case casework.StepClosed:
		return "结案"
	case casework.StepNote:
		return "记录"
	case casework.StepContacted:
		return "联系了 TA"
	case casework.StepWork:
		return "一对一工作"
	case casework.StepGuardian:
		return "告知监护人"
	case casework.StepSchool:
		return "告知学校"
	case casework.StepPolice:
		return "报警（强制报告）"
	case casework.StepTriage:
		return "分诊评估"
	case casework.StepLevel:
		return "调整等级"
	case casework.StepReviewed:
		return "第二人复核"
	case casework.StepReferral:
		return "转介"
	case casework.StepPlanned:
		return "约定回访"
	case casework.StepReminded:
		return "到了回访的时间"
	case casework.StepFollowedUp:
		return "回访"
	case casework.StepNoAnswer:
		return "回访没联系上"
	case casework.StepIdentityAsked:
		return "申请查看身份"
	case casework.StepIdentityOpened:
		return "同意查看身份"
	case casework.StepIdentityRefused:
		return "没有同意查看身份"
	case casework.StepIdentityAlone:
		return "紧急情况下独自查看身份"
	case casework.StepIdentitySigned:
		return "督导复核了独自查看"
	case casework.StepIdentityShown:
		return "打开了身份信息"
	case casework.StepSilent:
		return "没有回话"
	case casework.StepSaidSafe:
		return "本人说安全了"
	case casework.StepSaidGone:
		return "本人说东西拿走了"
	case casework.StepSaidStop:
		return "本人说先停下"
	case casework.StepSaidRevoked:
		return "撤回授权"
	case casework.StepSaidWrong:
		return "本人说是误会"
	case casework.StepUnfollowed:
		return "取消了关注，或者在网页上点了“离开”：发不到 TA 那里，要紧的事请打电话"
	case casework.StepFollowed:
		return "重新关注了"
	case casework.StepOverdue:
		return "超时没有回应"
	case casework.StepAlerted:
		return "已提醒"
	case casework.StepSwept:
		return "督导一并结案（新访客）"
	case casework.StepKnown:
		return "确认是真实的求助"
	case casework.StepUnreached:
		return "提醒发出了，没有到"
	case casework.StepAlertFailed:
		return "提醒没有送到，会再试"
	}
	return string(k)
}

func deliveryLabel(d casework.Delivery) string {
	switch d {
	case casework.DeliveryDone:
		return "已送达"
	case casework.DeliveryWaiting:
		return "等对方下次来信时送达"
	case casework.DeliveryFailed:
		return "未能送达"
	}
	return "发送中"
}

// codeLabel says in words what a step's code means.
func codeLabel(st casework.Step) string {
	switch st.Kind {
	case casework.StepClosed:
		return outcomeLabel(casework.Outcome(st.Code))
	case casework.StepReviewed:
		switch casework.Verdict(st.Code) {
		case casework.VerdictAgree:
			return "同意"
		case casework.VerdictDiffer:
			return "还要再做"
		}
	case casework.StepTriage:
		return "建议“" + risk.Level(st.Code).Label() + "”"
	case casework.StepReferral:
		return referralStatusLabel(casework.ReferralStatus(st.Code))
	case casework.StepPlanned, casework.StepReminded, casework.StepFollowedUp, casework.StepNoAnswer:
		return taskLabel(casework.TaskKind(st.Code))
	}
	return ""
}

func outcomeLabel(o casework.Outcome) string {
	switch o {
	case casework.OutcomeSafe:
		return "TA 安全，保持联系"
	case casework.OutcomeCared:
		return "由家庭或学校照护"
	case casework.OutcomeReferred:
		return "已转介，对方已接手"
	case casework.OutcomeUnreachable:
		return "多次联系不上"
	case casework.OutcomeMistaken:
		return "误会，没有危险"
	}
	return string(o)
}

func referralKindLabel(k casework.ReferralKind) string {
	switch k {
	case casework.ToHospital:
		return "医院绿色通道"
	case casework.ToStation:
		return "站点面谈"
	}
	return string(k)
}

func referralStatusLabel(s casework.ReferralStatus) string {
	switch s {
	case casework.ReferralOpen:
		return "已填单，待送出"
	case casework.ReferralSent:
		return "已送出，等回音"
	case casework.ReferralConfirmed:
		return "对方已确认"
	case casework.ReferralRefused:
		return "对方不能接收"
	case casework.ReferralWithdrawn:
		return "已撤回"
	}
	return string(s)
}

// referralMoveLabel is what staff choose to bring a referral to a status.
func referralMoveLabel(s casework.ReferralStatus) string {
	switch s {
	case casework.ReferralSent:
		return "已经送出"
	case casework.ReferralConfirmed:
		return "对方确认接收"
	case casework.ReferralRefused:
		return "对方不能接收"
	case casework.ReferralWithdrawn:
		return "撤回"
	case casework.ReferralOpen:
	}
	return string(s)
}

func taskLabel(k casework.TaskKind) string {
	switch k {
	case casework.TaskDay:
		return "24 小时回访"
	case casework.TaskWeek:
		return "7 天回访"
	case casework.TaskSchool:
		return "复学回访"
	}
	return string(k)
}

package desk

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/board"
	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/editing"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// errNoPage says that an address of the desk leads nowhere.
var errNoPage = errors.New("desk: no such page")

var errForbidden = errors.New("desk: not for this role")

// explanations is the one table from errors to what staff read.
var explanations = []struct {
	err    error
	status int
	text   string
}{
	{seal.ErrKept, http.StatusServiceUnavailable, "这里原来的内容暂时打不开。为了不覆盖它，这次没有保存。您刚写的还在这一页上，请先复制下来，并告诉管理员；处理好以后再存。"},
	{errForbidden, http.StatusForbidden, "您的角色不能做这一步。需要的话，请联系管理员。"},
	{casework.ErrNotFound, http.StatusNotFound, "没有找到这个个案，它可能已被移走。"},
	{casework.ErrNoAsked, http.StatusNotFound, "没有找到这段问过的谈话，对方可能已经删除了自己的资料。"},
	{errNoPage, http.StatusNotFound, "没有这一页。地址可能写错了，或者这一页已经搬走。"},
	{casework.ErrNothing, http.StatusUnprocessableEntity, "还没有勾选要处理的来源。"},
	{board.ErrPeriod, http.StatusNotFound, "没有这个时段。请选今天、最近 7 天、最近 30 天，或者已经开始的一个月。"},
	{casework.ErrCursor, http.StatusNotFound, "没有这一页，请从第一页看起。"},
	{casework.ErrTaken, http.StatusConflict, "另一位同事刚刚接手了这段对话。"},
	{casework.ErrClosed, http.StatusConflict, "这个个案已经结案了。"},
	{casework.ErrNotYours, http.StatusConflict, "请先接手对话，再回复。"},
	{casework.ErrUnanswered, http.StatusConflict, "TA 说的危险的话还没有人回应。先回 TA 一句，或者记下怎么联系上的，再结案。"},
	{casework.ErrNews, http.StatusConflict, "您填表的时候，TA 又写来了。请先看一看。"},
	{casework.ErrColleague, http.StatusUnprocessableEntity, "请选一位同事。"},
	{casework.ErrOffer, http.StatusConflict, "这次交班已经取消，或者别的同事接走了。"},
	{casework.ErrEmpty, http.StatusUnprocessableEntity, "还没有写内容。"},
	{casework.ErrTooLong, http.StatusUnprocessableEntity, "内容太长了，请分成几条发送（每条不超过 2000 字）。"},
	{casework.ErrKey, http.StatusUnprocessableEntity, "表单不完整，请刷新页面再试。"},
	{casework.ErrKind, http.StatusUnprocessableEntity, "请选一下这是哪一种记录。"},
	{casework.ErrLevel, http.StatusUnprocessableEntity, "请选一个和现在不同的等级。"},
	{casework.ErrReviewNeeded, http.StatusConflict, "高危和紧急的个案，要有另一位同事复核同意之后，才能下调等级或结案。"},
	{casework.ErrReviewOwn, http.StatusConflict, "复核要由另一位同事来做：刚才的对话或评估是您自己经手的。"},
	{casework.ErrVerdict, http.StatusUnprocessableEntity, "请选一下复核的意见。"},
	{casework.ErrOutcome, http.StatusUnprocessableEntity, "请选一下处理结果。"},
	{casework.ErrReport, http.StatusUnprocessableEntity, "请回答是否涉及未成年人受侵害。"},
	{casework.ErrReportFirst, http.StatusConflict, "涉及未成年人受侵害的，依法要先报警。报警之后请在“记一笔”里记下时间和接警单位，再结案。"},
	{casework.ErrAnswers, http.StatusUnprocessableEntity, "分诊评估每一题都要选，没有问到的请选“没问到”。"},
	{casework.ErrNoReferral, http.StatusNotFound, "没有找到这张转介单。"},
	{casework.ErrReferralKind, http.StatusUnprocessableEntity, "请选一下转介去哪里。"},
	{casework.ErrReferralMove, http.StatusConflict, "这张转介单的状态刚刚变了，请看一下最新的情况。"},
	{casework.ErrReferralWaits, http.StatusConflict, "还有转介没有回音。请先跟进到对方确认，或写明为什么撤回，再结案。"},
	{casework.ErrNoTask, http.StatusNotFound, "没有找到这次回访。"},
	{casework.ErrDate, http.StatusUnprocessableEntity, "请选一个今天以后、一年以内的日期。"},
	{casework.ErrNotImminent, http.StatusConflict, "只有“紧急”的个案才能查看身份信息。"},
	{casework.ErrNotAsked, http.StatusConflict, "申请已经过了时间，请再申请一次。"},
	{casework.ErrSecondPerson, http.StatusConflict, "要由另一位督导来同意，申请的人自己不能同意。"},
	{casework.ErrNotYet, http.StatusConflict, "督导还有时间答复，请再等一等。等不及的，请直接打 110，把您知道的告诉警方。"},
	{casework.ErrRefused, http.StatusConflict, "督导刚刚没有同意。TA 再发出新的信号，或者请督导重新考虑，才能再打开。"},
	{casework.ErrNothingAlone, http.StatusConflict, "没有等着复核的独自查看，可能另一位督导已经复核了。"},
	{staff.ErrSamePerson, http.StatusConflict, "要由另一个人来同意：同名、或者绑了同一个微信的两个账号，算同一个人。"},
	{staff.ErrNotSecond, http.StatusForbidden, "要由申请之前就是督导的同事来同意。"},
	{staff.ErrNotWaiting, http.StatusConflict, "这件事已经有人答复了。"},
	{casework.ErrSealed, http.StatusForbidden, "身份信息现在没有开放给您。"},
	{letter.ErrNotFound, http.StatusNotFound, "没有找到这封信，写信的人可能已经删掉了。"},
	{letter.ErrEmpty, http.StatusUnprocessableEntity, "还有没写的地方，写好再交。"},
	{letter.ErrLong, http.StatusUnprocessableEntity, "太长了：回信最多 4000 字，标题最多 40 字。您写的还在下面。"},
	{letter.ErrAnswered, http.StatusConflict, "这封信已经回了。您写的没有丢，存在下面。"},
	{letter.ErrChecking, http.StatusConflict, "这封回信已经交给同事看了。您写的没有丢，存在下面。"},
	{letter.ErrConflict, http.StatusConflict, "同事刚刚也存了一版。两份都留着，就在下面，一左一右对着看，选一份或者合起来。"},
	{letter.ErrChanged, http.StatusConflict, "这里刚刚变了，请看看最新的，再点一次。"},
	{letter.ErrClaimed, http.StatusConflict, "这封信另一位同事正在写。过了两天没有动笔，才能接过来；督导可以先替同事放开。"},
	{letter.ErrOwn, http.StatusConflict, "要由另一位同事来看：您自己写的，自己不能点同意。"},
	{letter.ErrRight, http.StatusForbidden, "这一步由督导来做。"},
	{letter.ErrReason, http.StatusUnprocessableEntity, "请写一句理由。"},
	{letter.ErrConsent, http.StatusConflict, "写信的人没有同意公开，或者已经收回了同意。"},
	{letter.ErrTicks, http.StatusUnprocessableEntity, "清单要一条一条对过、都勾上，才能交给督导。"},
	{letter.ErrGrave, http.StatusConflict, "信里说到了危险，不放进树洞信箱：看的人可能也正难受，写的人也容易被认出来。"},
	{media.ErrNotFound, http.StatusNotFound, "没有找到这份图片、语音或视频。"},
	{media.ErrGone, http.StatusGone, "这份图片、语音或视频已经不在了：还没取回，或者过了保存期。"},
	{casework.ErrEarly, http.StatusConflict, "还没到时间，确定现在就算做完吗？确定的话，勾上“还没到时间”那一行再保存。"},
	{casework.ErrReach, http.StatusUnprocessableEntity, "请点一下是联系上了，还是没联系上。"},
	{casework.ErrNextTry, http.StatusUnprocessableEntity, "下次的时间要在现在以后、一年以内。"},
	{errNobody, http.StatusUnprocessableEntity, "请选一位同事。"},
	{booking.ErrNoCode, http.StatusNotFound, "没有这个预约码。请再核对一遍：6 位字母和数字，里面没有 I、O、0、1。"},
	{booking.ErrNotFound, http.StatusNotFound, "没有找到这个预约，对方可能已经删除了自己的资料。"},
	{booking.ErrNotYours, http.StatusForbidden, "您只能看自己站点的预约。"},
	{booking.ErrElsewhere, http.StatusNotFound, "这个预约不在本站。"},
	{booking.ErrNoStation, http.StatusNotFound, "站点名录里没有这个站点。如果是您自己的站点，请联系管理员。"},
	{booking.ErrEarly, http.StatusConflict, "这个预约还没到日子。如果对方想今天谈，可以先改时间。"},
	{booking.ErrNotBegun, http.StatusConflict, "预约的时间还没到，到点以后才能记为没来。"},
	{booking.ErrState, http.StatusConflict, "这个预约的状态刚刚变了，请看一下最新的情况。"},
	{booking.ErrFull, http.StatusConflict, "这个时间刚刚被约走了，请换一个时间。"},
	{booking.ErrGone, http.StatusConflict, "这个时间现在不能约（停约了、过了，或者不在开放时间里），请换一个时间。"},
	{booking.ErrPeople, http.StatusConflict, "这段时间里有人约了。请给每一位选好：改到别的时间，或者取消。"},
	{booking.ErrTime, http.StatusUnprocessableEntity, "请选一个还没过去、和现在不同的时间；停约的结束要在开始之后。"},
	{booking.ErrWords, http.StatusUnprocessableEntity, "请写上原因；每一处最多 200 个字。"},
	{booking.ErrFormKey, http.StatusUnprocessableEntity, "表单不完整，请刷新页面再试。"},
	{campaign.ErrNotFound, http.StatusNotFound, "内容里没有这个活动了，请刷新看看。"},
	{campaign.ErrState, http.StatusConflict, "这个活动刚刚变了，请看看最新的，再点一次。"},
	{campaign.ErrDays, http.StatusConflict, "这个活动的日子已经过了。请编辑换一个新的编号和日子。"},
	{person.ErrNotFound, http.StatusNotFound, "没有找到这个代号。代号在对方的“我的资料”里，例如 家长8F3A。"},
	{request.ErrNotFound, http.StatusNotFound, "没有找到这个请求，交的人可能已经删除了自己的资料。"},
	{request.ErrState, http.StatusConflict, "这个请求刚刚变了，请看看最新的，再改一步。"},
	{request.ErrReason, http.StatusUnprocessableEntity, "约好了要写时间和地点，不办要写原因；最多 300 个字。"},
	{rota.ErrNoRota, http.StatusConflict, "还没有排班表，请督导先排一张。"},
	{rota.ErrNotFound, http.StatusNotFound, "没有找到这次排班变动。"},
	{rota.ErrRight, http.StatusForbidden, "这一步要由督导来做。"},
	{rota.ErrNotNamed, http.StatusForbidden, "换班要由被请的那位同事自己来答应。"},
	{rota.ErrNotTheir, http.StatusConflict, "这一班现在不是 TA 的了，请回到值班表看一下最新的安排。"},
	{rota.ErrPerson, http.StatusUnprocessableEntity, "请在排班名单里选一位，请假和顶班不能是同一个人。"},
	{rota.ErrDistrict, http.StatusUnprocessableEntity, "请选一个片区。"},
	{rota.ErrSpan, http.StatusUnprocessableEntity, "时间不对：结束要在开始之后，最长一年。"},
	{rota.ErrPast, http.StatusUnprocessableEntity, "这段时间已经过去了。"},
	{rota.ErrMoved, http.StatusConflict, "这次变动刚刚已经有人答复或撤回了。"},
	{rota.ErrLong, http.StatusUnprocessableEntity, "说明太长了，请控制在 200 字以内。"},
	{rota.ErrKey, http.StatusUnprocessableEntity, "表单不完整，请刷新页面再试。"},
	{rota.ErrFile, http.StatusConflict, "每周的排班写在服务器的文件里，请管理员在文件里改。"},
	{rota.ErrConflict, http.StatusConflict, "刚刚有同事也改了排班，您的改动没有保存。请打开值班表看一下最新的，再改一次。"},
	{editing.ErrNotFound, http.StatusNotFound, "没有找到这一条，它可能改了名字，或者被删掉了。"},
	{editing.ErrNoDraft, http.StatusNotFound, "没有找到这份草稿。"},
	{editing.ErrDone, http.StatusConflict, "这份草稿已经发布、撤下或者退回了，不能这样改。要接着改，请从列表里重新打开这一条。"},
	{editing.ErrWriting, http.StatusConflict, "这份草稿还在写，没有请人看，现在不能发布。"},
	{editing.ErrTheirs, http.StatusForbidden, "这是同事写的草稿，要由写的人自己撤下，或者请管理员撤下。觉得不合适的，可以退回，写一句为什么。"},
	{editing.ErrRemark, http.StatusUnprocessableEntity, "退回要写一句为什么，最多 200 个字，写的人会看到。"},
	{editing.ErrOwn, http.StatusConflict, "要由另一位同事来发布：自己写的，请别人看一眼。"},
	{editing.ErrChanged, http.StatusConflict, "同事刚刚也存了一版草稿，您这次填的还没有存。请打开草稿看看最新的，再改一次。"},
	{editing.ErrConflict, http.StatusConflict, "有人直接改了文件里的这一条，和草稿对不上了。草稿没有丢。请撤下草稿，重新打开这一条，看着新的再改。"},
	{editing.ErrTaken, http.StatusConflict, "已经有一条用这个编号、题目或者第一种问法了。请换一个，或者打开那一条来改。"},
	{editing.ErrProblems, http.StatusUnprocessableEntity, "还有问题没有改好，现在不能发布。"},
	{editing.ErrComplex, http.StatusUnprocessableEntity, "这一条比较复杂，表单放不下，请在文件里改。"},
	{editing.ErrBroken, http.StatusConflict, "这个文件现在的写法有误，读不出来。请先在文件里改好，再来这里。"},
	{editing.ErrNothing, http.StatusConflict, "和现在的一样，没有要改的。"},
	{editing.ErrReadOnly, http.StatusServiceUnavailable, "内容文件夹现在写不进去，没有发布，草稿还在。请管理员看一下服务器上 dialogs 文件夹的权限和磁盘。"},
	{editing.ErrKey, http.StatusUnprocessableEntity, "名字或编号还没有写，或者不合适：流程的名字用英文小写字母、数字和短横，写好就不再改。"},
	{editing.ErrLong, http.StatusUnprocessableEntity, "第一行太长了，请控制在 150 个字以内。"},
	{notify.ErrDevice, http.StatusUnprocessableEntity, "这台设备的推送地址用不了，请换一个浏览器试试。"},
	{staff.ErrBrowsers, http.StatusConflict, "已经有 10 台设备打开了推送，请先移除不用的。"},
	{errWhen, http.StatusUnprocessableEntity, "请填好日期和时间。"},
	{errLongPlan, http.StatusRequestEntityTooLarge, "排班表太大了，请少排几个班。"},
	{staff.ErrWrong, http.StatusUnauthorized, "账号或密码不对，请再试一次。"},
	{staff.ErrDisabled, http.StatusForbidden, "这个账号已停用，请联系管理员。"},
	{staff.ErrThrottled, http.StatusTooManyRequests, "尝试次数太多，请 15 分钟后再试，或请管理员重置密码。用以前登录过的电脑或手机登录，不受别人乱试的影响。"},
	{staff.ErrBusy, http.StatusServiceUnavailable, "现在同时登录的人太多，请过几秒再试一次。"},
	{staff.ErrUsed, http.StatusForbidden, "这个一次性密码已经用过了。请管理员再给您一个。"},
	{staff.ErrExpired, http.StatusForbidden, "这个一次性密码已经过期了。请管理员再给您一个，收到后尽快登录。"},
	{staff.ErrWrongCode, http.StatusUnauthorized, "验证码不对。请看一眼手机上最新的 6 位数字，再输一次；手机的时间要和北京时间一致。"},
	{staff.ErrCodeUsed, http.StatusUnauthorized, "这个验证码刚刚用过了。等手机上换了新的 6 位数字，再输一次。"},
	{staff.ErrUnreadable, http.StatusServiceUnavailable, "您的验证器现在读不出来。请用一个恢复码登录，或者请管理员重置验证器。"},
	{staff.ErrSame, http.StatusUnprocessableEntity, "新密码和现在的一样，请换一个。"},
	{staff.ErrCommon, http.StatusUnprocessableEntity, "这个密码太常见，或者在别的网站泄露过，很容易被猜中。请换一个：几个不相干的词连起来就很好。"},
	{staff.ErrNamed, http.StatusUnprocessableEntity, "密码里有您的账号、名字或者单位的名字，别人会先猜这个。请换一个：几个不相干的词连起来就很好。"},
	{staff.ErrWeak, http.StatusUnprocessableEntity, "新密码太短，至少要 10 个字符。几个不相干的词连起来就很好。"},
	{staff.ErrTaken, http.StatusConflict, "已经有人用这个账号名了，请换一个。"},
	{staff.ErrNotFound, http.StatusNotFound, "没有找到这个账号。"},
	{staff.ErrToken, http.StatusNotFound, "没有找到这个令牌，或者它已经停用了。"},
	{staff.ErrInvalid, http.StatusUnprocessableEntity, "填得还不对，请看一看每一栏下面的说明。"},
	{errOwnAccount, http.StatusConflict, "不能停用或重置自己的账号。换密码、换验证器请到“我的账号”。"},
}

// explain maps an error to a status and to what staff read.
func explain(err error) (int, string) {
	for _, e := range explanations {
		if errors.Is(err, e.err) {
			return e.status, e.text
		}
	}
	return http.StatusInternalServerError, "系统暂时没能完成这一步，请稍后再试。如有人正处于危险中，请直接拨打 110 或 120。"
}

// fail ends a request with the error's page, or its fragment for htmx.
func (h *Handler) fail(c *gin.Context, err error) {
	h.denied(c, err)
	status, text := explain(err)
	if status >= http.StatusInternalServerError {
		h.Log.ErrorContext(c.Request.Context(), "desk request failed", "path", c.FullPath(), "err", err)
	}
	p := page{Title: "出了点问题", Me: me(c), Problem: text}
	if fragment(c) {
		h.render(c, status, "problem", p)
	} else {
		h.render(c, status, "error", p)
	}
	c.Abort()
}

// denied writes into the trail that somebody asked for what their role may not do: the same within a minute is one line. They
// get nothing whether or not it can be written.
func (h *Handler) denied(c *gin.Context, err error) {
	if !errors.Is(err, errForbidden) {
		return
	}
	ctx := c.Request.Context()
	if err := h.Trail.RecordOnce(ctx, audit.Event{Kind: audit.Denied, Object: c.FullPath(), Note: c.Request.Method}); err != nil {
		h.Log.ErrorContext(ctx, "desk cannot write into the audit trail", "err", err)
	}
}

// fragment says whether htmx asks for a part of a page.
func fragment(c *gin.Context) bool { return c.GetHeader("HX-Request") == "true" }

// redirect sends the browser elsewhere; htmx needs its own header, since a fetch would follow a plain one silently.
func redirect(c *gin.Context, to string) {
	if fragment(c) {
		c.Header("HX-Redirect", to)
		c.Status(http.StatusNoContent)
		return
	}
	c.Redirect(http.StatusSeeOther, to)
}

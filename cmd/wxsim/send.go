package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

func sendCommand() *cobra.Command {
	var (
		acc   account
		m     wxsim.Message
		raw   string
		retry bool
	)
	c := &cobra.Command{
		Use:   "send",
		Short: "发一条消息或事件，打印解密后的回复；被拒绝时退出码为 1",
		Example: `  wxsim send --token t --content 你好
  wxsim send --token t --aes-key … --type event --event subscribe --key qrscene_school
  wxsim send --token t --type location --lat 23.13 --lng 113.26 --label 示例
  wxsim send --token t --content 你好 --raw bad-signature`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cl := acc.client()
			var r wxsim.Reply
			var err error
			attempts := 1
			switch {
			case raw != "":
				r, err = cl.SendBroken(c.Context(), m, wxsim.Fault(raw))
			case retry:
				r, attempts, err = cl.Deliver(c.Context(), m)
			default:
				r, err = cl.Send(c.Context(), m)
			}
			if attempts > 1 {
				fmt.Fprintf(c.ErrOrStderr(), "（共投递 %d 次）\n", attempts)
			}
			if errors.Is(err, wxsim.ErrRefused) {
				fmt.Fprintf(c.ErrOrStderr(), "对方拒绝了这条消息，状态码 %d\n", r.Status)
				return errFailed
			}
			if err != nil {
				return err
			}
			printReply(c.OutOrStdout(), r)
			return nil
		},
	}
	acc.flags(c)
	var names []string
	for _, f := range wxsim.Faults {
		names = append(names, string(f))
	}
	f := c.Flags()
	f.StringVar(&m.From, "openid", "oSim-visitor-000000000000001", "发消息的人")
	f.StringVar(&m.Type, "type", "text", "text、image、voice、video、shortvideo、location、link 或 event")
	f.StringVar(&m.Content, "content", "", "文字内容")
	f.StringVar(&m.MenuID, "menu-id", "", "点菜单链接发来的文字：链接的编号")
	f.Int64Var(&m.MsgID, "msg-id", 0, "消息编号；0 为随机")
	f.Int64Var(&m.CreateTime, "time", 0, "消息时间（秒）；0 为现在")
	f.StringVar(&m.PicURL, "pic-url", "", "图片地址")
	f.StringVar(&m.MediaID, "media-id", "media-sample", "图片、语音、视频的素材编号")
	f.StringVar(&m.ThumbMediaID, "thumb-media-id", "thumb-sample", "视频封面的素材编号")
	f.StringVar(&m.Format, "format", "amr", "语音格式")
	f.StringVar(&m.Recognition, "recognition", "", "语音识别出的文字")
	f.Float64Var(&m.Latitude, "lat", 23.129, "纬度")
	f.Float64Var(&m.Longitude, "lng", 113.264, "经度")
	f.Float64Var(&m.Precision, "precision", 40, "定位精度（米）")
	f.IntVar(&m.Scale, "scale", 16, "地图缩放")
	f.StringVar(&m.Label, "label", "", "位置名称")
	f.StringVar(&m.Title, "title", "", "链接标题")
	f.StringVar(&m.Description, "description", "", "链接描述")
	f.StringVar(&m.URL, "link", "", "链接地址")
	f.StringVar(&m.Event, "event", "", "事件：subscribe、unsubscribe、SCAN、LOCATION、CLICK、VIEW……")
	f.StringVar(&m.EventKey, "key", "", "事件的 EventKey")
	f.StringVar(&m.Ticket, "ticket", "", "场景二维码的 Ticket")
	f.StringVar(&m.Scan.Type, "scan-type", "qrcode", "扫码事件：码的种类")
	f.StringVar(&m.Scan.Result, "scan-result", "", "扫码事件：扫到的内容")
	f.StringSliceVar(&m.Pictures, "picture", nil, "发图事件：图片的 MD5，可重复")
	f.Int64Var(&m.JobID, "job-id", 0, "模板消息或群发任务的编号")
	f.StringVar(&m.Status, "status", "success", "任务结果")
	f.StringVar(&m.KfAccount, "kf-account", "", "客服账号")
	f.StringVar(&raw, "raw", "", "故意发坏的一条："+strings.Join(names, "、"))
	f.BoolVar(&retry, "retry", false, "像平台那样等 5 秒，最多投递三次")
	return c
}

func printReply(w io.Writer, r wxsim.Reply) {
	switch {
	case r.Success:
		fmt.Fprintln(w, "（已收到，没有回复）")
	case r.Type == "news":
		for _, a := range r.Articles {
			fmt.Fprintf(w, "【%s】%s\n%s\n", a.Title, a.Description, a.URL)
		}
	case r.Type == "text":
		printText(w, r.Content, r.MenuLinks)
	default:
		fmt.Fprintf(w, "（%s：%s）\n", r.Type, r.MediaID)
	}
}

func printText(w io.Writer, text string, links []wxsim.MenuLink) {
	fmt.Fprintln(w, wxsim.Visible(text))
	for i, l := range links {
		fmt.Fprintf(w, "  [%d] %s\n", i+1, l.Label)
	}
}

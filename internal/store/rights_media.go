package store

import (
	"context"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
)

func (s Rights) media(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "发来的图片、语音和视频"}
	its, err := s.db.Media().of(ctx, personID)
	for _, it := range its {
		e := rights.Entry{At: it.Sent, What: mediaName(it.Kind), Details: []rights.Detail{{Name: "保存情况", Value: mediaState(it)}}}
		if it.State == media.Kept {
			e.Details = append(e.Details, rights.Detail{Name: "大小", Value: fmt.Sprintf("%d KB", (it.Size+1023)/1024)}, rights.Detail{Name: "最晚删除", Value: local(it.Expires)})
		}
		sec.Entries = append(sec.Entries, e)
	}
	return sec, err
}

func mediaName(k channel.Kind) string {
	switch k {
	case channel.KindVoice:
		return "语音"
	case channel.KindVideo:
		return "视频"
	}
	return "图片"
}

func mediaState(it media.Item) string {
	switch it.State {
	case media.Coming:
		return "正在取回"
	case media.Kept:
		return "加密保存着，老师能看到"
	case media.Expired:
		return "过了保存期，已经删除"
	case media.Failed:
	}
	return "没有保存"
}

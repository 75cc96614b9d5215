package bot

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// Media is what the bot needs of package media.
type Media interface {
	// Takes says whether what a person sent will be fetched for staff, so that the bot says what is so.
	Takes(ctx context.Context, personID string, in channel.Inbound) (bool, error)
	// Expect notes what a person sent and puts its fetch into the outbox, in the transaction of ctx.
	Expect(ctx context.Context, m media.Sent) error
}

// message is what a person sent, as it stands in the transcript.
func (b *Bot) message(personID, key string, in channel.Inbound, at time.Time) transcript.Message {
	m := transcript.Message{ID: b.saidID(key, in), Person: personID, From: transcript.FromPerson, Text: describe(in), Inbound: key, Client: in.ID, Tapped: tapped(in), At: at}
	if media.Is(in) {
		m.Media = &transcript.Media{Kind: in.Kind, Item: item(key, in)}
	}
	if in.Kind == channel.KindLocation {
		m.Location = in.Location
	}
	return m
}

func item(key string, in channel.Inbound) string { return cmp.Or(in.Media.Kept, media.ID(key)) }

// expect lets staff see what a person sent while a case of theirs is open.
func (b *Bot) expect(ctx context.Context, personID, caseID, key string, in channel.Inbound) error {
	if caseID == "" || !media.Is(in) {
		return nil
	}
	return b.Media.Expect(ctx, media.Sent{Item: item(key, in), Person: personID, Case: caseID, Inbound: in})
}

// shows says whether staff will see what the message brings.
func (x *exchange) shows(ctx context.Context) (bool, error) {
	if x.state.Case == "" || !media.Is(x.in) {
		return false, nil
	}
	return x.b.Media.Takes(ctx, x.state.Person, x.in)
}

// mediaNotice answers what only eyes and ears can read. It promises what will be done, and nothing else.
func (x *exchange) mediaNotice() []channel.Reply {
	key := content.NoticeMedia
	switch {
	case x.state.Talking && x.shown:
		key = content.NoticeMediaKept
	case x.state.Talking:
		key = content.NoticeMediaUnseen
	case x.shown:
		key = content.NoticeMediaWaits
	}
	what, see := mediaWords(x.in.Kind)
	return []channel.Reply{{Text: x.bundle.Replies.Notice(key, "what", what, "see", see)}}
}

func mediaWords(k channel.Kind) (what, see string) {
	switch k {
	case channel.KindVoice:
		return "语音", "听"
	case channel.KindVideo:
		return "视频", "看"
	case channel.KindLink:
		return "链接", "看"
	case channel.KindSticker:
		return "表情或文件", "看"
	}
	return "图片", "看"
}

// MediaLost tells a person that something they sent could not be opened, where a human has the conversation: then they were
// told that it would be. Several at once are told once.
func (b *Bot) MediaLost(ctx context.Context, it media.Item) error {
	holder, err := b.Cases.Holder(ctx, it.Person)
	if err != nil || holder == "" {
		return err
	}
	what, _ := mediaWords(it.Kind)
	key := fmt.Sprintf("media.lost:%s:%s:%s", it.Case, it.Kind, it.Sent.UTC().Format("2006010215"))
	return b.deliverLater(ctx, it.Person, key, channel.Delivery{Notice: string(content.NoticeMediaLost), Name: what, Holds: holder})
}

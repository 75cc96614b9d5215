package desk_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/xinqiao-bot/xinqiao/internal/browsertest"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

func TestACounsellorSeesThePictureThatSomebodySent(t *testing.T) {
	db := storetest.SQLite(t).Open(t, nil)
	ctx := browser(t)
	o := openOffice(t, db)
	signIn(t, ctx, o)
	who := o.person(t, "openid-of-the-test", person.Student)
	k := o.signal(t, who, risk.High, "我不想活了", "明确说出不想活下去", "k1")
	o.writes(t, transcript.Message{ID: o.newID(), Person: who.ID, Text: "［位置］", Inbound: "p1", Location: &channel.Location{Latitude: 23.12911, Longitude: 113.36412, Label: "广州市天河区天河公园东门", Datum: "gcj02"}})
	o.sends(t, who, k, media.Item{Kind: channel.KindVoice, State: media.Kept, Type: "audio/amr"}, "［语音］老师我在宿舍楼下", make([]byte, 23_000))
	o.sends(t, who, k, media.Item{Kind: channel.KindImage, State: media.Failed, Why: media.Gone}, "［图片］", nil)
	browsertest.Do(t, ctx, "open the case", chromedp.Navigate(o.url+"/desk/cases/"+k.ID), browsertest.Visible(".media-state.failed"),
		browsertest.Until(`document.getElementById("link").dataset.state === "live"`))
	o.sends(t, who, k, media.Item{Kind: channel.KindImage, State: media.Coming}, "［图片］", nil)
	picture := o.sends(t, who, k, media.Item{Kind: channel.KindImage, State: media.Kept, Type: "image/jpeg", Width: 900, Height: 600}, "［图片］", painting(t, 900, 600))
	if err := o.bus.Publish(t.Context(), live.TopicPerson(who.ID)); err != nil {
		t.Fatal(err)
	}
	browsertest.Do(t, ctx, "the picture arrives live and is seen",
		browsertest.Until(`document.querySelector(".media-picture img")?.complete && document.querySelector(".media-picture img").naturalWidth === 900`))
	for _, size := range []struct {
		name string
		w, h int64
	}{{"media-1280", 1280, 900}, {"media-390", 390, 844}} {
		browsertest.Do(t, ctx, "another window", chromedp.EmulateViewport(size.w, size.h), chromedp.Evaluate[chromedp.Void](`document.querySelector(".fold")?.removeAttribute("open"); document.getElementById("talk").scrollTo({top: 1e6, behavior: "instant"}); 0`),
			browsertest.Until(`document.documentElement.scrollWidth <= innerWidth && document.querySelector(".talk").scrollWidth <= document.querySelector(".talk").clientWidth`))
		look(t, ctx, size.name, size.w, size.h)
		noViolations(t, ctx)
		browsertest.Do(t, ctx, "the voice and the place", chromedp.Evaluate[chromedp.Void](`document.getElementById("talk").scrollTo({top: 0, behavior: "instant"}); 0`))
		look(t, ctx, size.name+"-above", size.w, size.h)
	}
	browsertest.Do(t, ctx, "the picture by itself", chromedp.Navigate(o.url+picture), browsertest.Until(`document.querySelector("img")?.naturalWidth === 900`))
}

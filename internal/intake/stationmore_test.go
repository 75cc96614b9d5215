package intake

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
)

var stationHeadMore = append(slices.Clone(stationHead), "所属街道", "服务项目", "最晚提前", "节假日开放", "调休", "是否需转介")

func (o office) station(id string) booking.Station {
	o.t.Helper()
	d, err := booking.LoadStations(os.DirFS(o.folder()))
	if err != nil {
		o.t.Fatal(err)
	}
	s, ok := d.Station(id)
	if !ok {
		o.t.Fatalf("no station %s", id)
	}
	return s
}

func TestATableSaysHowAStationTakesPeople(t *testing.T) {
	o := newOffice(t, "stations")
	o.takes(book(t, stationHeadMore,
		station("1", map[int]any{8: "示例街道", 9: "亲子咨询、团体活动；亲子咨询", 10: "1天", 11: "照常开放", 12: "照周五的时间", 13: "需转介"}),
		station("2", map[int]any{9: "无", 10: 2, 11: "不开", 12: "否", 13: "否"}), station("3", nil)))
	type taken struct {
		Street, Holidays string
		Services         []string
		Lead, Makeup     int
		Referral         bool
	}
	for id, want := range map[string]taken{
		"st-001": {"示例街道", "open", []string{"亲子咨询", "团体活动"}, 24, 5, true}, "st-002": {Lead: 2}, "st-003": {},
	} {
		s := o.station(id)
		got := taken{s.Street, s.Holidays, s.Services, s.Lead, s.Makeup, s.Referral}
		if len(got.Services) == 0 {
			got.Services = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	for column, cells := range map[int][]any{10: {"面议", "4天", "2.5", "-1"}, 11: {"看情况"}, 12: {"视情况", "周八", "周一周二"}, 13: {"或许"}} {
		for _, c := range cells {
			o.refuses(book(t, stationHeadMore, station("1", map[int]any{column: c})), string(rune('A'+column))+"2 格")
		}
	}
}

func TestWhatATableHasNoColumnForStaysAsItWas(t *testing.T) {
	o := newOffice(t, "stations")
	o.takes(book(t, append(slices.Clone(stationHeadMore), "类型", "服务对象", "可直接来", "老师人数", "每次时长", "休息日", "示例"),
		station("1", map[int]any{8: "示例街道", 9: "亲子咨询", 10: "3小时", 11: "开", 12: "周一", 13: "是", 14: "社工站", 15: "家长", 16: "是", 17: 3, 18: "30分钟", 19: "2026-10-01", 20: "是"})))
	before := o.station("st-001")
	take := func(src Source) string {
		r, err := o.judge(src)
		must(t, err)
		o.takes(src)
		return printed(r, nil)
	}
	report := take(book(t, stationHead, station("1", map[int]any{4: "020-0000-0001"})))
	want := before
	want.Phone = "020-0000-0001"
	if diff := cmp.Diff(want, o.station("st-001"), cmp.AllowUnexported(booking.Station{})); diff != "" {
		t.Errorf("a table without the columns (-want +got):\n%s", diff)
	}
	if !strings.Contains(report, "改了 1") || strings.Contains(report, "街道") {
		t.Errorf("the report:\n%s", report)
	}
	report = take(book(t, stationHeadMore, station("1", map[int]any{4: "020-0000-0001", 9: "团体活动"})))
	s := o.station("st-001")
	if s.Street != "" || s.Lead != 0 || s.Holidays != "" || s.Makeup != 0 || s.Referral || s.Counsellors != 3 || s.Kind != "社工站" {
		t.Errorf("empty cells of columns that are there: %+v", s)
	}
	if !strings.Contains(report, "提前小时：“3 小时” → ") || !strings.Contains(report, "服务项目：“亲子咨询” → “团体活动”") || !strings.Contains(report, "节假日：“开” → “不开”") {
		t.Errorf("the report does not say what changes:\n%s", report)
	}
}

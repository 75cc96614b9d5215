package wecom

import (
	"encoding/json"
	"testing"
	"time"
)

func FuzzMessage(f *testing.F) {
	for _, s := range []string{
		`{"msgid":"a","open_kfid":"wk","external_userid":"wm","send_time":1772600000,"origin":3,"msgtype":"text","text":{"content":"在吗","menu_id":"1"}}`,
		`{"msgid":"b","msgtype":"event","event":{"event_type":"enter_session","external_userid":"wm","open_kfid":"wk","welcome_code":"c"}}`,
		`{"msgid":"c","msgtype":"location","location":{"latitude":"23.1","longitude":113.3,"name":"x"}}`, `{"msgtype":"merged_msg","merged_msg":{"item":[{"msg_content":"{}"}]}}`, `{"text":[]}`, `[]`, `null`, `{`,
	} {
		f.Add([]byte(s))
	}
	a := &account{}
	a.Name, a.OpenKfID = "kf", "wk"
	now := time.Unix(1772600000, 0)
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := readMessage(json.RawMessage(raw))
		in := a.inbound(m, now)
		if in.Channel != ChannelName || in.ID == "" && m.id() != "" {
			t.Errorf("%s becomes %+v", raw, in.Kind)
		}
	})
}

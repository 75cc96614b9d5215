package wxsim

import "strconv"

// appendEvent writes what follows MsgType in an event; each kind has its own fields.
func (m *Message) appendEvent(b []byte) []byte {
	b = elem(b, "Event", m.Event)
	switch m.Event {
	case "LOCATION":
		b = decimal(b, "Latitude", m.Latitude)
		b = decimal(b, "Longitude", m.Longitude)
		return decimal(b, "Precision", m.Precision)
	case "TEMPLATESENDJOBFINISH":
		b = num(b, "MsgID", m.JobID)
		return elem(b, "Status", m.Status)
	case "MASSSENDJOBFINISH":
		b = num(b, "MsgID", m.JobID)
		b = elem(b, "Status", m.Status)
		b = num(b, "TotalCount", int64(m.Total))
		b = num(b, "FilterCount", int64(m.Filter))
		b = num(b, "SentCount", int64(m.Sent))
		return num(b, "ErrorCount", int64(m.Error))
	case "subscribe_msg_popup_event":
		return m.appendNotices(b, "SubscribeMsgPopupEvent")
	case "subscribe_msg_change_event":
		return m.appendNotices(b, "SubscribeMsgChangeEvent")
	case "subscribe_msg_sent_event":
		return m.appendNotices(b, "SubscribeMsgSentEvent")
	case "kf_create_session", "kf_close_session":
		return elem(b, "KfAccount", m.KfAccount)
	case "user_info_modified", "user_authorization_revoke", "user_authorization_cancellation":
		b = elem(b, "OpenID", m.From)
		return elem(b, "RevokeInfo", m.Revoked)
	case "kf_switch_session":
		b = elem(b, "FromKfAccount", m.FromKfAccount)
		return elem(b, "ToKfAccount", m.ToKfAccount)
	}
	b = elem(b, "EventKey", m.EventKey)
	b = opt(b, "Ticket", m.Ticket)
	switch m.Event {
	case "VIEW", "view_miniprogram":
		b = opt(b, "MenuId", m.MenuRule)
	case "scancode_push", "scancode_waitmsg":
		b = open(b, "ScanCodeInfo")
		b = elem(b, "ScanType", m.Scan.Type)
		b = elem(b, "ScanResult", m.Scan.Result)
		b = shut(b, "ScanCodeInfo")
	case "pic_sysphoto", "pic_photo_or_album", "pic_weixin":
		b = open(b, "SendPicsInfo")
		b = num(b, "Count", int64(len(m.Pictures)))
		b = open(b, "PicList")
		for _, md5 := range m.Pictures {
			b = open(b, "item")
			b = elem(b, "PicMd5Sum", md5)
			b = shut(b, "item")
		}
		b = shut(b, "PicList")
		b = shut(b, "SendPicsInfo")
	case "location_select":
		// Here, unlike in a location message, the platform sends the numbers as text.
		b = open(b, "SendLocationInfo")
		b = elem(b, "Location_X", strconv.FormatFloat(m.Latitude, 'f', 6, 64))
		b = elem(b, "Location_Y", strconv.FormatFloat(m.Longitude, 'f', 6, 64))
		b = elem(b, "Scale", strconv.Itoa(m.Scale))
		b = elem(b, "Label", m.Label)
		b = elem(b, "Poiname", m.POI)
		b = shut(b, "SendLocationInfo")
	}
	return b
}

func (m *Message) appendNotices(b []byte, name string) []byte {
	b = open(b, name)
	for _, n := range m.Notices {
		b = open(b, "List")
		b = elem(b, "TemplateId", n.TemplateID)
		if name == "SubscribeMsgSentEvent" {
			b = elem(b, "MsgID", n.MsgID)
			b = num(b, "ErrorCode", int64(n.ErrorCode))
			b = elem(b, "ErrorStatus", n.Status)
		} else {
			b = elem(b, "SubscribeStatusString", n.Status)
			b = num(b, "PopupScene", int64(n.Scene))
		}
		b = shut(b, "List")
	}
	return shut(b, name)
}

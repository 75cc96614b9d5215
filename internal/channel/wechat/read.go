package wechat

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// A message is read field by field rather than as a document. Its writer is the platform's, and not every one of its writers
// takes the care that XML asks for: what a person typed may hold ]]> or a CDATA section of its own. A reader that is stricter
// than the writer loses the message, and the one that is lost may be a cry for help.
//
// Two rules keep what a person typed from being taken for the platform's own fields: the first value of a field counts, and
// what people write ends at the last closing tag of its name, whatever stands before.

// read fills in what it finds, and says whether the message has its end.
func (w *wire) read(b []byte) (ended bool) {
	root := ""
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '<')
		if i < 0 {
			return ended
		}
		at += i
		name, body := openTag(b[at:])
		if name == "" {
			ended = ended || root != "" && bytes.HasPrefix(b[at:], []byte("</"+root))
			at += max(1, aside(b[at:]))
			continue
		}
		at += body
		if root != "" && isNotices(name) { // the only lists that are read; they hold nothing that a person wrote
			at += w.addNotices(b[at:], name)
			continue
		}
		field, written := w.field(name)
		if field == nil && root == "" {
			root = name
			continue
		}
		value, end := valueOf(b[at:], name, written)
		at += end
		switch {
		case field == nil || *field != "": // a field that we do not use, one of the platform's lists, or one that somebody typed
		case written:
			*field = legible(value)
		default:
			*field = strings.TrimSpace(legible(value))
		}
	}
}

// aside is how long a comment, or a section between the fields, goes on.
func aside(b []byte) int {
	for _, p := range [...][2]string{{"<!--", "-->"}, {"<![CDATA[", "]]>"}} {
		if bytes.HasPrefix(b, []byte(p[0])) {
			if i := bytes.Index(b, []byte(p[1])); i > 0 {
				return i + len(p[1])
			}
		}
	}
	return 0
}

// legible drops what no text can hold: phones can paste control characters, and bytes go wrong.
func legible(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "")
	}
	return strings.Map(legal, s)
}

// field is where a field's value goes, nil for one that is not read; written says that people write it.
func (w *wire) field(name string) (to *string, written bool) {
	switch name {
	case "ToUserName":
		return &w.ToUserName, false
	case "FromUserName":
		return &w.FromUserName, false
	case "CreateTime":
		return &w.CreateTime, false
	case "MsgType":
		return &w.MsgType, false
	case "MsgId":
		return &w.MsgID, false
	case "Content":
		return &w.Content, true
	case "bizmsgmenuid":
		return &w.BizMenuID, false
	case "Recognition":
		return &w.Recognition, true
	case "MediaId":
		return &w.MediaID, false
	case "Format":
		return &w.Format, false
	case "PicUrl":
		return &w.PicURL, false
	case "Location_X":
		return &w.LocationX, false
	case "Location_Y":
		return &w.LocationY, false
	case "Label":
		return &w.Label, true
	case "Title":
		return &w.Title, true
	case "Description":
		return &w.Description, true
	case "Url":
		return &w.URL, false
	case "Event":
		return &w.Event, false
	case "EventKey":
		return &w.EventKey, false
	case "MsgID": // of a job; a message's own is MsgId
		return &w.JobID, false
	case "Status":
		return &w.Status, false
	case "RevokeInfo":
		return &w.RevokeInfo, false
	case "TotalCount":
		return &w.TotalCount, false
	case "SentCount":
		return &w.SentCount, false
	case "ErrorCount":
		return &w.ErrorCount, false
	case "FilterCount":
		return &w.FilterCount, false
	}
	if proper := properName(name); proper != "" {
		return w.field(proper)
	}
	return nil, false
}

// properNames are the fields by their names in lower case: a proxy or a tool in between may have changed it. MsgID is
// missing, since in lower case it is MsgId.
var properNames = func() map[string]string {
	m := map[string]string{}
	for _, n := range strings.Fields("ToUserName FromUserName CreateTime MsgType MsgId Content Recognition MediaId Format PicUrl Location_X Location_Y Label Title Description Url Event EventKey Status RevokeInfo") {
		m[strings.ToLower(n)] = n
	}
	m["bizmsgmenuid"] = "bizmsgmenuid"
	return m
}()

// properName is what the platform calls a field that came in another case; "" where it is none, or came as it should.
func properName(name string) string {
	if proper := properNames[strings.ToLower(name)]; proper != name {
		return proper
	}
	return ""
}

// openTag reads an opening tag, with attributes or without; body is where what it holds begins. The name is empty for what is
// no opening tag: a closing one, a comment, a declaration, or a sign that somebody typed.
func openTag(b []byte) (name string, body int) {
	n := 1
	for n < len(b) && nameByte(b[n]) {
		n++
	}
	if n == 1 || n == len(b) {
		return "", 0
	}
	end := bytes.IndexByte(b[n:], '>')
	if end < 0 || b[n] != '>' && b[n] != '/' && !space(b[n]) {
		return "", 0
	}
	return string(b[1:n]), n + end + 1
}

func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.' || c == ':'
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

var (
	sectionOpen  = []byte("<![CDATA[")
	sectionClose = []byte("]]>")
)

// valueOf reads what an element holds, from behind its opening tag, and says where the next one may begin. What has no end,
// since the message broke off, goes as far as there is something.
func valueOf(b []byte, name string, written bool) (value string, end int) {
	lead := len(b) - len(bytes.TrimLeft(b, " \t\r\n"))
	if bytes.HasPrefix(b[lead:], sectionOpen) {
		return section(b, lead+len(sectionOpen), name, written)
	}
	at, next := closing(b, name, false)
	if at < 0 { // not closed: as far as the next tag
		if at = bytes.IndexByte(b, '<'); at < 0 {
			at = len(b)
		}
		next = at
	}
	return html.UnescapeString(string(b[:at])), next
}

// section reads a value that begins with a CDATA section.
func section(b []byte, from int, name string, written bool) (value string, end int) {
	for skip := 0; ; {
		at, next := closing(b[from+skip:], name, written)
		if at < 0 {
			break
		}
		at, next = at+from+skip, next+from+skip
		if inner, ok := bytes.CutSuffix(bytes.TrimRight(b[from:at], " \t\r\n"), sectionClose); ok {
			return unsplit(string(inner)), next
		}
		if written { // the last one has no section before it: the text has none of its own either
			return unsplit(string(b[from:at])), next
		}
		skip = next - from
	}
	if i := bytes.Index(b[from:], sectionClose); i >= 0 && !written {
		return string(b[from : from+i]), from + i + len(sectionClose)
	}
	rest := b[from:]
	if i := bytes.LastIndex(rest, sectionClose); i >= 0 {
		return unsplit(string(rest[:i])), len(b)
	}
	return unsplit(string(rest)), len(b)
}

// closing finds the closing tag of an element, the last one where last says so: where it begins, and what comes behind.
func closing(b []byte, name string, last bool) (at, next int) {
	find := bytes.Index
	if last {
		find = bytes.LastIndex
	}
	tag := []byte("</" + name)
	for from, to := 0, len(b); ; {
		i := find(b[from:to], tag)
		if i < 0 {
			return -1, -1
		}
		i += from
		n := i + len(tag)
		for n < len(b) && space(b[n]) {
			n++
		}
		if n < len(b) && b[n] == '>' {
			return i, n + 1
		}
		if last { // another name that begins alike
			to = i
			continue
		}
		from = n
	}
}

// unsplit joins the sections into which a careful writer divides a text that holds ]]>. A text of a careless one holds it as it
// is.
func unsplit(s string) string {
	if !strings.Contains(s, "]]>") {
		return s
	}
	parts := strings.Split(s, "]]>")
	var b strings.Builder
	b.WriteString(parts[0])
	for _, p := range parts[1:] {
		between, inner, ok := strings.Cut(p, "<![CDATA[")
		if !ok || strings.ContainsRune(between, '<') {
			return s
		}
		b.WriteString(html.UnescapeString(between))
		b.WriteString(inner)
	}
	return b.String()
}

// inUTF8 brings a body to UTF-8 and takes off what may stand before it. A declaration of another encoding is believed only
// where the bytes bear it out.
func inUTF8(b []byte) []byte {
	switch {
	case bytes.HasPrefix(b, tencent.ByteOrder):
		b = b[len(tencent.ByteOrder):]
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}), bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		b = fromUTF16(b)
	}
	if utf8.Valid(b) {
		return b
	}
	head := bytes.ToLower(b[:min(len(b), 100)])
	if bytes.Contains(head, []byte("encoding")) && bytes.Contains(head, []byte("gb")) || mostlyNot(b) {
		if decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b); err == nil {
			return decoded
		}
	}
	return b
}

// mostlyNot says that what is not ASCII in a body is hardly ever UTF-8: another encoding, rather than a few bytes gone wrong.
func mostlyNot(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		b = b[n:]
	}
	return bad > 2*good && bad >= 4
}

func fromUTF16(b []byte) []byte {
	big := b[0] == 0xFE
	units := make([]uint16, 0, len(b)/2)
	for i := 2; i+1 < len(b); i += 2 {
		u := uint16(b[i]) | uint16(b[i+1])<<8
		if big {
			u = uint16(b[i])<<8 | uint16(b[i+1])
		}
		units = append(units, u)
	}
	return []byte(string(utf16.Decode(units)))
}

// legal drops what XML cannot carry.
func legal(r rune) rune {
	if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError {
		return -1
	}
	return r
}

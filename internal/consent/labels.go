package consent

// Label is the purpose in a word, for records that outlive the words of the content.
func (p Purpose) Label() string {
	switch p {
	case Letters:
		return "写信"
	case Booking:
		return "预约和报名"
	case Checks:
		return "心理自测"
	}
	return string(p)
}

// Label says what a line of the history is, in the words of whom it is about.
func (k StepKind) Label(p Purpose, side Side) string {
	who := "我"
	if side == Guardian {
		who = "监护人"
	}
	switch k {
	case StepGiven:
		return who + "同意：" + p.Label()
	case StepWithdrawn:
		return who + "收回同意：" + p.Label()
	case StepRefused:
		return who + "没有同意：" + p.Label()
	case StepSaid:
		return "说了年龄"
	case StepUnheeded:
		return "后来又说了年龄，先按以前说的算"
	case StepMended:
		return "年龄改过"
	}
	return string(k)
}

package config

// Retention says for how many days each kind of thing is kept; 0 is for good. configs/xinqiao.yaml says from when each is counted,
// and why it is kept that long.
type Retention struct {
	Cases        int `yaml:"cases"`
	Messages     int `yaml:"messages"`
	Letters      int `yaml:"letters"`
	Results      int `yaml:"results"`
	Drafts       int `yaml:"drafts"`
	Appointments int `yaml:"appointments"`
	Signups      int `yaml:"signups"`
	Requests     int `yaml:"requests"`
	Media        int `yaml:"media"`
	Notices      int `yaml:"notices"`
	Consents     int `yaml:"consents"`
	Codes        int `yaml:"codes"`
	Sessions     int `yaml:"sessions"`
	Tokens       int `yaml:"tokens"`
	Work         int `yaml:"work"`
	Audit        int `yaml:"audit"`
}

const (
	year       = 365
	threeYears = 3*year + 1 // one of them may be a leap year
)

func defaultRetention() Retention {
	return Retention{
		Cases: threeYears, Messages: year, Letters: year, Results: year, Drafts: 30, Appointments: year, Signups: year, Requests: year, Media: year,
		Notices: year, Consents: threeYears, Codes: 7, Sessions: 7, Tokens: year, Work: 90, Audit: threeYears,
	}
}

// ByKind is how many days each kind is kept, by its name in the configuration.
func (r Retention) ByKind() map[string]int {
	return map[string]int{
		"cases": r.Cases, "messages": r.Messages, "letters": r.Letters, "results": r.Results, "drafts": r.Drafts, "appointments": r.Appointments, "signups": r.Signups,
		"requests": r.Requests, "media": r.Media, "notices": r.Notices, "consents": r.Consents, "codes": r.Codes, "sessions": r.Sessions, "tokens": r.Tokens, "work": r.Work, "audit": r.Audit,
	}
}

// least is what nothing goes below: a slip must not empty a database in a night, and the law asks for some of it
// (数据安全法, 网络安全法 art. 21: logs for six months at least; 个人信息保护法 art. 56: assessments and their records for three years).
var least = map[string]int{"cases": year, "messages": 30, "letters": 30, "results": 30, "appointments": 30, "signups": 30, "requests": 30, "consents": year, "audit": 180}

func (r Retention) validate(bad func(key, format string, args ...any)) {
	for kind, days := range r.ByKind() {
		switch low := max(least[kind], 1); {
		case days < 0:
			bad("retention."+kind, "%d is no number of days; 0 keeps it for good", days)
		case days > 0 && days < low:
			bad("retention."+kind, "%d days are too few: at least %d, or 0 to keep it for good", days, low)
		}
	}
}

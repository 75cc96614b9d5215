package config

import "time"

// Audit says how long the trail of who did what is kept.
type Audit struct {
	Keep time.Duration `yaml:"keep"`
}

// leastKept are six months, which the Cybersecurity Law asks for logs (article 21).
const leastKept = 184 * 24 * time.Hour

func (a Audit) validate(bad func(key, format string, args ...any)) {
	if a.Keep < leastKept {
		bad("audit.keep", "%s is less than the six months that the law asks for (%s)", a.Keep, leastKept)
	}
}

package config

import "fmt"

// WeCom holds the accounts of WeCom customer service (微信客服).
type WeCom struct {
	Accounts []KfAccount `yaml:"accounts"`
}

// KfAccount is one customer-service account of a company.
type KfAccount struct {
	Name     string `yaml:"name"`
	CorpID   string `yaml:"corp_id"`
	Secret   Secret `yaml:"secret"`
	Token    Secret `yaml:"token"`
	AESKey   Secret `yaml:"aes_key"`
	OpenKfID string `yaml:"open_kfid"`
	APIURL   string `yaml:"api_url"`
	District string `yaml:"district"` // whose duty its people are; empty: the city's
}

func (w WeCom) validate(bad func(key, format string, args ...any)) {
	names, ids := map[string]bool{}, map[string]bool{}
	for i, a := range w.Accounts {
		key := fmt.Sprintf("wecom.accounts[%d]", i)
		for _, f := range [][2]string{{"name", a.Name}, {"corp_id", a.CorpID}, {"secret", a.Secret.Reveal()}, {"token", a.Token.Reveal()}, {"open_kfid", a.OpenKfID}} {
			if f[1] == "" {
				bad(key+"."+f[0], "must not be empty")
			}
		}
		if k := a.AESKey.Reveal(); len(k) != 43 {
			bad(key+".aes_key", "has %d characters, the platform gives 43", len(k))
		}
		if names[a.Name] {
			bad(key+".name", "is used twice")
		}
		if ids[a.OpenKfID] && a.OpenKfID != "" {
			bad(key+".open_kfid", "is used twice: an account is pulled once")
		}
		names[a.Name], ids[a.OpenKfID] = true, true
	}
}

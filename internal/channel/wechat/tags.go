package wechat

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// A menu for some people alone goes by the tags that the account put on them. The account's own tags, which somebody in the
// console made, are left as they are: ours bear a mark in their names.
const tagMark = "心桥-"

// audienceTags are whom a menu can be for, and the tag of each.
var audienceTags = map[string]string{"parent": tagMark + "家长", "student": tagMark + "学生", "teacher": tagMark + "老师", "staff": tagMark + "工作人员"}

const (
	codeTagThere = 45157 // a tag of this name is there
	codeTagGone  = 45159 // no tag has this number
)

// tagIDs are the account's tags by their names.
func (c *Channel) tagIDs(ctx context.Context, a *account) (map[string]int, error) {
	var got struct {
		Tags []struct {
			ID   int    `json:"id"`
			Name string `json:"name"`
		} `json:"tags"`
	}
	if err := c.call(ctx, a, "GET", "/cgi-bin/tags/get", nil, &got); err != nil {
		return nil, fmt.Errorf("read the tags: %w", err)
	}
	ids := map[string]int{}
	for _, t := range got.Tags {
		ids[t.Name] = t.ID
	}
	return ids, nil
}

// tagFor returns the number of the tag of an audience, and makes it where it is missing.
func (c *Channel) tagFor(ctx context.Context, a *account, ids map[string]int, audience string) (int, error) {
	name := audienceTags[audience]
	if id, there := ids[name]; there {
		return id, nil
	}
	type tag struct {
		ID   int    `json:"id,omitempty"`
		Name string `json:"name"`
	}
	var got struct {
		Tag tag `json:"tag"`
	}
	err := c.call(ctx, a, "POST", "/cgi-bin/tags/create", map[string]any{"tag": tag{Name: name}}, &got)
	if _, ae, answered := codeIn(err); answered && ae.Code == codeTagThere { // another replica was first
		again, err := c.tagIDs(ctx, a)
		if err == nil && again[name] == 0 {
			err = fmt.Errorf("make the tag %s: %w", name, ae)
		}
		ids[name] = again[name]
		return ids[name], err
	}
	if err != nil {
		return 0, fmt.Errorf("make the tag %s: %w", name, err)
	}
	ids[name] = got.Tag.ID
	return got.Tag.ID, nil
}

// SetTags puts on a follower the tags of the audiences that they belong to, and takes the others of ours off. Done twice it
// changes nothing. retry says whether another try may help.
func (c *Channel) SetTags(ctx context.Context, account string, to channel.UserKey, audiences []string) (retry bool, err error) {
	a := c.accounts[account]
	if a == nil {
		return false, fmt.Errorf("no WeChat account is called %q", account)
	}
	err = c.setTags(ctx, a, to, audiences)
	code, ae, answered := codeIn(err)
	return err != nil && (!answered || code.again() || ae.Code == codeTagGone), err
}

func (c *Channel) setTags(ctx context.Context, a *account, to channel.UserKey, audiences []string) error {
	ids, err := c.tagIDs(ctx, a)
	if err != nil {
		return err
	}
	body := func(id int) map[string]any {
		return map[string]any{"openid_list": []string{to.Reveal()}, "tagid": id}
	}
	for _, audience := range menuAudiences() {
		wanted := slices.Contains(audiences, audience)
		id, there := ids[audienceTags[audience]]
		switch {
		case wanted:
			if id, err = c.tagFor(ctx, a, ids, audience); err == nil {
				err = c.call(ctx, a, "POST", "/cgi-bin/tags/members/batchtagging", body(id), nil)
			}
		case there:
			err = c.call(ctx, a, "POST", "/cgi-bin/tags/members/batchuntagging", body(id), nil)
		}
		if err != nil {
			return fmt.Errorf("tag a follower: %w", err)
		}
	}
	return nil
}

// menuAudiences are whom a menu can be for, in a fixed order.
func menuAudiences() []string { return []string{"parent", "student", "teacher", "staff"} }

// AudienceMenu is a menu that some people alone see.
type AudienceMenu struct {
	For  string   `yaml:"for"`
	Menu []Button `yaml:"menu"`
}

// CheckMenus says what the platform would refuse of the menus for some people.
func CheckMenus(menus []AudienceMenu) error {
	var errs []error
	seen := map[string]bool{}
	for _, m := range menus {
		if !slices.Contains(menuAudiences(), m.For) {
			errs = append(errs, fmt.Errorf("for 写的是 %q：只能是 parent（家长）、student（学生）、teacher（老师）或 staff（工作人员）", m.For))
		}
		if seen[m.For] {
			errs = append(errs, fmt.Errorf("给 %s 的菜单写了两份，留一份", m.For))
		}
		seen[m.For] = true
		if err := CheckMenu(m.Menu); err != nil {
			errs = append(errs, fmt.Errorf("给 %s 的菜单：%w", m.For, err))
		}
	}
	return errors.Join(errs...)
}

// pushConditional replaces the menus that some people alone see. The new ones come first and the old ones go after, so that
// nobody is without theirs in between: of two the platform shows the newer. Where it breaks off, another push mends it.
func (c *Channel) pushConditional(ctx context.Context, a *account, menus []AudienceMenu) error {
	old, err := c.conditional(ctx, a)
	if err != nil {
		return err
	}
	if len(menus) > 0 {
		ids, err := c.tagIDs(ctx, a)
		if err != nil {
			return err
		}
		for _, m := range menus {
			id, err := c.tagFor(ctx, a, ids, m.For)
			if err != nil {
				return err
			}
			body := map[string]any{"button": c.typed(m.Menu), "matchrule": map[string]any{"tag_id": fmt.Sprint(id)}}
			if err := c.call(ctx, a, "POST", "/cgi-bin/menu/addconditional", body, nil); err != nil {
				return fmt.Errorf("the menu for %s: %w", m.For, err)
			}
		}
	}
	for _, id := range old {
		if err := c.call(ctx, a, "POST", "/cgi-bin/menu/delconditional", map[string]string{"menuid": id}, nil); err != nil {
			return fmt.Errorf("take an earlier menu off: %w", err)
		}
	}
	return nil
}

// conditional are the numbers of the menus that some people alone see, as the platform has them.
func (c *Channel) conditional(ctx context.Context, a *account) (ids []string, err error) {
	var got struct {
		Conditional []struct {
			ID any `json:"menuid"` // a number, or the same as text
		} `json:"conditionalmenu"`
	}
	if err := c.call(ctx, a, "GET", "/cgi-bin/menu/get", nil, &got); err != nil {
		return nil, fmt.Errorf("read the menus: %w", err)
	}
	for _, m := range got.Conditional {
		switch id := m.ID.(type) {
		case string:
			ids = append(ids, id)
		case float64:
			ids = append(ids, fmt.Sprintf("%.0f", id))
		}
	}
	return ids, nil
}

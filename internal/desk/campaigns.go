package desk

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// Campaigns is what the desk needs to look at campaigns and to send them.
type Campaigns struct {
	*campaign.Service
	Find func(ctx context.Context, aliasOrID string) (person.Person, error) // who gets a trial
}

func (h *Handler) campaignRoutes(work *gin.RouterGroup) {
	if h.Campaigns == nil {
		return
	}
	leads := h.need(staff.LeadCampaigns)
	work.GET("/campaigns", leads, h.showCampaigns)
	for path, do := range map[string]func(ctx context.Context, id string, by staff.Account, c *gin.Context) error{
		"start": func(ctx context.Context, id string, by staff.Account, _ *gin.Context) error {
			return h.Campaigns.Start(ctx, id, by.DisplayName)
		},
		"resume": func(ctx context.Context, id string, by staff.Account, _ *gin.Context) error {
			return h.Campaigns.Resume(ctx, id, by.DisplayName)
		},
		"pause": func(ctx context.Context, id string, by staff.Account, _ *gin.Context) error {
			return h.Campaigns.Pause(ctx, id, by.DisplayName, by.DisplayName+" 点了暂停")
		},
		"test": h.tryCampaign,
	} {
		work.POST("/campaigns/:id/"+path, leads, h.onCampaign(path, do))
	}
}

// campaignList is every campaign with how far it has come.
type campaignList struct {
	All    []campaign.Status
	Notice string
	Said   string // that a deed was done
	About  string // the campaign that the notice is about
	Typed  string
}

func (h *Handler) showCampaigns(c *gin.Context) {
	l := campaignList{}
	if c.Query("tried") != "" {
		l.About, l.Said = c.Query("tried"), "试发的那条在路上了；不能主动发的账号，对方下次来时看到。"
	}
	h.campaignPage(c, http.StatusOK, l)
}

func (h *Handler) campaignPage(c *gin.Context, status int, l campaignList) {
	var err error
	if l.All, err = h.Campaigns.Statuses(c.Request.Context()); err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, status, "campaigns", page{Title: "活动", Section: "campaigns", Me: me(c), Data: l})
}

// onCampaign does something to a campaign, logs it, and shows the list again.
func (h *Handler) onCampaign(what string, do func(context.Context, string, staff.Account, *gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, a, id := c.Request.Context(), me(c), c.Param("id")
		err := do(ctx, id, a, c)
		if err == nil {
			err = h.Trail.Record(ctx, audit.Event{Kind: audit.Campaign, Object: id + " " + what})
		}
		if err == nil {
			to := "/desk/campaigns"
			if what == "test" {
				to += "?tried=" + id
			}
			redirect(c, to+"#c-"+id)
			return
		}
		status, notice := explain(err)
		if status >= http.StatusInternalServerError {
			h.Log.ErrorContext(ctx, "campaign not changed", "path", c.FullPath(), "err", err)
		}
		h.campaignPage(c, status, campaignList{Notice: notice, About: id, Typed: c.PostForm("to")})
	}
}

func (h *Handler) tryCampaign(ctx context.Context, id string, _ staff.Account, c *gin.Context) error {
	p, err := h.Campaigns.Find(ctx, strings.TrimSpace(c.PostForm("to")))
	if err != nil {
		return err
	}
	return h.Campaigns.Test(ctx, id, p.ID)
}

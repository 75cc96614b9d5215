package desk

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// Appointment is a booked talk as the desk shows it: no note, no name.
type Appointment struct {
	Code      string
	Station   string
	Start     time.Time
	Cancelled bool
}

// Appointments is what the desk needs of bookings.
type Appointments interface {
	// Appointments returns a page, the newest booking first.
	Appointments(ctx context.Context, cursor string, limit int) ([]Appointment, string, error)
}

type appointmentLine = Appointment

func (h *Handler) showAppointments(c *gin.Context) {
	as, next, err := h.Appointments.Appointments(c.Request.Context(), c.Query("cursor"), listSize)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, "appointments", page{Title: "预约", Section: "appointments", Me: me(c), Appointments: as, Next: next})
}

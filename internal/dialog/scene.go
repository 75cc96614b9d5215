package dialog

import (
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"
)

// A scene is what a QR code says: "event-talk-exam". Its beginning names a flow, the rest what the flow is about.

// maxScene is how long a scene may be, in bytes; WeChat's are 64 at most.
const maxScene = 64

// scanned returns where a scene leads: the flow with the longest beginning of it, at the thing that the rest names.
func (s *Set) scanned(scene string) (Frame, bool) {
	if len(scene) > maxScene {
		return Frame{}, false
	}
	for n := len(scene); n > 0; n-- {
		id, ok := s.plan.Scenes[scene[:n]]
		if !ok {
			continue
		}
		f := s.plan.Flows[id]
		rest := strings.TrimLeft(scene[n:], "-_:")
		if rest == "" || f.SceneInto == "" {
			return Frame{Flow: id, Step: plan.FlowStart}, true
		}
		return Frame{Flow: id, Step: f.SceneStep, Vars: Vars{f.SceneInto: rest}}, true
	}
	return Frame{}, false
}

// greet begins the flow that welcomes a follower. Where a QR code brought them, what they came for waits until the flow
// would go to the menu, or ends.
func (r *run) greet(id, scene string) {
	if _, ok := r.set.scanned(scene); ok {
		r.st.Scene = scene
	}
	r.st.Stack = []Frame{{Flow: id, Step: plan.FlowStart}}
	r.proceed()
}

// cameFor returns what a follower came for, once.
func (r *run) cameFor() (Frame, bool) {
	scene := r.st.Scene
	if scene == "" {
		return Frame{}, false
	}
	r.st.Scene = ""
	return r.set.scanned(scene) // the flows may have been edited meanwhile
}

package dialog

import "strings"

// A scene is what a QR code says: "event-talk-exam". Its beginning names a flow, the rest what the flow is about.

// scene checks where a flow puts the rest of a scene and where it begins with it.
func (l *loader) scene(rf rawFlow) {
	into, begin := rf.head.Triggers.Into, rf.head.Triggers.Goto
	if (into == "") != (begin == "") {
		l.bad(rf.file, nil, "请两个都写：scene_into 是放编号的变量，scene_goto 是拿着编号从哪一步开始", "scene_into 和 scene_goto 只写了一个")
		return
	}
	if into == "" {
		return
	}
	if rf.vars[into] != TypeText {
		l.bad(rf.file, nil, "请在 vars 里加上，类型写 text", "scene_into 的 %s 不是这个流程的文字变量", into)
	}
	if rf.steps[begin] == nil {
		l.bad(rf.file, nil, "请检查名字", "scene_goto 的步骤 %s 不存在", begin)
	}
	rf.sceneInto, rf.sceneStep = into, begin
}

// maxScene is how long a scene may be, in bytes; WeChat's are 64 at most.
const maxScene = 64

// scanned returns where a scene leads: the flow with the longest beginning of it, at the thing that the rest names.
func (s *Set) scanned(scene string) (Frame, bool) {
	if len(scene) > maxScene {
		return Frame{}, false
	}
	for n := len(scene); n > 0; n-- {
		id, ok := s.scenes[scene[:n]]
		if !ok {
			continue
		}
		f := s.flows[id]
		rest := strings.TrimLeft(scene[n:], "-_:")
		if rest == "" || f.sceneInto == "" {
			return Frame{Flow: id, Step: flowStart}, true
		}
		return Frame{Flow: id, Step: f.sceneStep, Vars: Vars{f.sceneInto: rest}}, true
	}
	return Frame{}, false
}

// greet begins the flow that welcomes a follower. Where a QR code brought them, what they came for waits until the flow
// would go to the menu, or ends.
func (r *run) greet(id, scene string) {
	if _, ok := r.set.scanned(scene); ok {
		r.st.Scene = scene
	}
	r.st.Stack = []Frame{{Flow: id, Step: flowStart}}
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

package dialog

// MediaPath is where the pictures of dialogs/media are served, each under its name.
const MediaPath = "/p/media/"

// MediaUse is a picture of dialogs/media that a step shows.
type MediaUse struct {
	Name string // of the picture
	File string // of the flow: "flows/calm.yaml"
	Line int
	Col  int
}

// Media lists the pictures that steps show.
func (s *Set) Media() []MediaUse { return s.media }

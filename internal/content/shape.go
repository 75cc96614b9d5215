package content

// Shapes are the content files that this package reads, each as the empty value that it is decoded into, by the kind of
// file; from them the JSON Schemas for editors are made.
func Shapes() map[string]any {
	return map[string]any{"notices": map[string]string{}, "ready": readyFile{}}
}

// Notices are the names of the notices; every one must be written.
func Notices() []string {
	names := make([]string, len(noticeKeys))
	for i, k := range noticeKeys {
		names[i] = string(k)
	}
	return names
}

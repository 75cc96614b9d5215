// Package wired says what a service was not given. In a test a service may do without what the test does not touch; in the
// program each of its seams leads somewhere, or says by a tag that it may be nil there too: a door that nobody hung stands open.
package wired

import (
	"fmt"
	"reflect"
	"strings"
)

// Check returns an error that names what is nil of the exported fields of a service, which s points at: functions, interfaces
// and pointers. A field with the tag `wired:"optional"` may be nil; its comment says what that means.
func Check(s any) error {
	v := reflect.ValueOf(s)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("%T is no service that was made", s)
	}
	v = v.Elem()
	var missing []string
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || f.Tag.Get("wired") == "optional" {
			continue
		}
		switch v.Field(i).Kind() {
		case reflect.Func, reflect.Interface, reflect.Pointer:
			if v.Field(i).IsNil() {
				missing = append(missing, f.Name)
			}
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%T was not given %s", s, strings.Join(missing, ", "))
	}
	return nil
}

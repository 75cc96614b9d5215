package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
)

const envPrefix = "XINQIAO_"

// overlay sets every scalar whose variable is in environ. Elements of a list are named by their index
// (XINQIAO_WECHAT_ACCOUNTS_0_TOKEN); an index one past the end adds an element.
func overlay(c *Config, environ []string) error {
	env := map[string]string{}
	for _, kv := range environ {
		if name, value, ok := strings.Cut(kv, "="); ok && strings.HasPrefix(name, envPrefix) {
			env[name] = value
		}
	}
	return set(reflect.ValueOf(c).Elem(), strings.TrimSuffix(envPrefix, "_"), env)
}

func set(v reflect.Value, name string, env map[string]string) error {
	switch {
	case v.Type() == wayType:
		way, _ := v.Addr().Interface().(*Way)
		return overlayWay(way, name, env)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			tag := v.Type().Field(i).Tag.Get("yaml")
			if err := set(v.Field(i), name+"_"+strings.ToUpper(tag), env); err != nil {
				return err
			}
		}
		return nil
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		for i := 0; ; i++ {
			item := fmt.Sprintf("%s_%d", name, i)
			if i == v.Len() {
				if !named(env, item+"_") {
					return nil
				}
				v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
			}
			if err := set(v.Index(i), item, env); err != nil {
				return err
			}
		}
	}
	value, ok, err := lookup(env, name)
	if err != nil || !ok {
		return err
	}
	if v.Kind() == reflect.String {
		v.SetString(value)
		return nil
	}
	if v.Kind() == reflect.Slice { // a list of words
		v.Set(reflect.ValueOf(strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })))
		return nil
	}
	if err := guarded(func() error { return yaml.Unmarshal([]byte(value), v.Addr().Interface()) }); err != nil {
		return fmt.Errorf("environment variable %s: what it holds is not %s", name, wanted(v.Type()))
	}
	return nil
}

func named(env map[string]string, prefix string) bool {
	for name := range env {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// unreadable says that the file of a variable cannot be read, without its name: somebody may have put the secret itself there.
func unreadable(variable string, err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("environment variable %s: it must name a file, and that file cannot be read: %w", variable, err)
}

// lookup returns the variable's value, or the content of the file that NAME_FILE names, without its last line end.
func lookup(env map[string]string, name string) (string, bool, error) {
	if file, ok := env[name+"_FILE"]; ok {
		raw, err := os.ReadFile(file)
		if err != nil {
			return "", false, unreadable(name+"_FILE", err)
		}
		return strings.TrimRight(string(raw), "\r\n"), true, nil
	}
	value, ok := env[name]
	return value, ok, nil
}

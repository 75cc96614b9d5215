//go:build ignore

// Makes the schemas in this folder, one for each kind of object in deploy/kubernetes, from Kubernetes' own OpenAPI files:
//
//	dir=$(cd "$(mktemp -d)" && go mod init x 2>/dev/null && go mod download -json k8s.io/kubernetes@v1.33.4 | jq -r .Dir)
//	go run make.go "$dir/api/openapi-spec/v3"
//
// Descriptions and defaults are left out, and a key that no type has is refused.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

// kinds by the file that has them. kubeconform looks for KIND-GROUP-VERSION.
var kinds = map[string][]string{
	"api__v1":                     {"core.v1.ConfigMap", "core.v1.Namespace", "core.v1.Secret", "core.v1.Service", "core.v1.ServiceAccount"},
	"apis__apps__v1":              {"apps.v1.StatefulSet"},
	"apis__autoscaling__v2":       {"autoscaling.v2.HorizontalPodAutoscaler"},
	"apis__networking.k8s.io__v1": {"networking.v1.Ingress", "networking.v1.NetworkPolicy"},
	"apis__policy__v1":            {"policy.v1.PodDisruptionBudget"},
}

func main() {
	for file, names := range kinds {
		raw, err := os.ReadFile(filepath.Join(os.Args[1], file+"_openapi.json"))
		if err != nil {
			log.Fatal(err)
		}
		var spec struct {
			Components struct{ Schemas map[string]map[string]any }
		}
		if err := json.Unmarshal(raw, &spec); err != nil {
			log.Fatal(err)
		}
		for _, name := range names {
			write(name, spec.Components.Schemas)
		}
	}
}

func write(name string, all map[string]map[string]any) {
	used := map[string]any{}
	root := clean(all["io.k8s.api."+name], all, used).(map[string]any)
	root["definitions"] = used
	root["properties"].(map[string]any)["status"] = map[string]any{"not": map[string]any{}} // what the cluster says, never what we write
	p := strings.Split(name, ".")
	group := p[0] + "-" + p[1]
	if p[0] == "core" {
		group = p[1]
	}
	root["$schema"] = "http://json-schema.org/draft-04/schema#"
	out, err := json.Marshal(root)
	if err != nil {
		log.Fatal(err)
	}
	file := strings.ToLower(p[2]) + "-" + group + ".json"
	if err := os.WriteFile(file, append(out, '\n'), 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Println(file, len(out))
}

// clean copies a schema, refuses unknown keys, and gathers the types it refers to in used.
func clean(v any, all map[string]map[string]any, used map[string]any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			switch {
			case k == "$ref":
				name := strings.TrimPrefix(e.(string), "#/components/schemas/")
				out[k] = "#/definitions/" + name
				if _, done := used[name]; !done {
					used[name] = true // it may refer to itself
					used[name] = clean(all[name], all, used)
				}
			case k == "properties":
				props := map[string]any{}
				for name, p := range e.(map[string]any) {
					props[name] = clean(p, all, used)
				}
				out[k], out["additionalProperties"] = props, false
			case k == "description" || k == "default" || k == "format" || strings.HasPrefix(k, "x-kubernetes-"):
			default:
				out[k] = clean(e, all, used)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clean(e, all, used)
		}
		return out
	}
	return v
}

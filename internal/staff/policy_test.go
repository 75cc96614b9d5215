package staff

import (
	"os"
	"strings"
	"testing"
)

func TestThePolicyForOperatorsIsTheTableThatLetsThrough(t *testing.T) {
	t.Parallel()
	listed := map[Right]bool{}
	for _, l := range labels {
		listed[l.right] = true
		if len(holders[l.right]) == 0 {
			t.Errorf("%s stands in the policy, and nobody has it", l.right)
		}
	}
	for right, roles := range holders {
		if !listed[right] {
			t.Errorf("%s has no label in policy.go: an operator does not read of it", right)
		}
		for role, span := range roles {
			if !role.Valid() || short(span) == "—" {
				t.Errorf("%s for %q reaches %q: a role or a span that is none", right, role, span)
			}
		}
	}
	raw, err := os.ReadFile("../../deploy/RIGHTS.md")
	if err != nil || string(raw) != Policy() {
		t.Errorf("deploy/RIGHTS.md is not what xinqiao user rights prints (%v): go run ./cmd/xinqiao user rights > deploy/RIGHTS.md", err)
	}
	for _, r := range Roles() {
		if !strings.Contains(Policy(), r.Label()) {
			t.Errorf("the policy has no column for %s", r)
		}
	}
}

func TestWhoeverIsBoundHasNothingOfTheWholeCity(t *testing.T) {
	t.Parallel()
	for right, roles := range holders {
		for role, span := range roles {
			free, bound := Account{ID: "a", Role: role}, Account{ID: "a", Role: role, Districts: []string{"天河区"}}
			if !free.May(right) || free.Bound() {
				t.Errorf("%s is kept from %s, who is bound to nothing", right, role)
			}
			if bound.May(right) != (span != City) {
				t.Errorf("%s, bound to a district, may %s: %t; the span is %s", role, right, bound.May(right), span)
			}
			if r := bound.Reach(right, nil); span == Bound && (!r.Has("天河区", "x") || r.Has("越秀区", "x")) {
				t.Errorf("%s for %s, bound to a district, reaches %+v", right, role, r)
			}
		}
	}
	if r := (Account{ID: "a", Role: Editor}).Reaches(nil)["cases"]; !r.None() || r.Has("天河区", "") {
		t.Errorf("an editor reaches cases: %+v", r)
	}
}

#!/usr/bin/env bash
# Runs every fuzz target that stands in the source for FUZZTIME each (default 30s): found there, not listed here, so that a new
# one is not forgotten. FUZZ picks some by a pattern: FUZZ='Cookie|Frame'. --list only says what there is.
set -euo pipefail
cd "$(dirname "$0")/.."
targets() { grep -rnoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+\(f \*testing\.F\)' cmd internal deploy | sed -E 's|^(.*)/[^/]+:[0-9]+:func (Fuzz[A-Za-z0-9_]+)\(.*|./\1 \2|' | sort -u; }
if [ "${1:-}" = --list ]; then targets; exit; fi
failed=()
while read -r package name; do
  echo "--- $name in $package, ${FUZZTIME:-30s}"
  go test -vet=off -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-30s}" "$package" || failed+=("$name in $package")
done < <(targets | grep -E "${FUZZ:-.}")
if ((${#failed[@]})); then
  printf 'Failed: %s\n' "${failed[@]}" >&2
  echo "What failed stands under testdata/fuzz/ beside its test: mend it, and keep it there as a seed." >&2
  exit 1
fi

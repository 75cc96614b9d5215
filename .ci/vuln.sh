#!/usr/bin/env bash
# Known holes in what we are built from, as far as our code reaches them. What is found fails. Where the database cannot be
# reached nothing was looked at: that is said loudly, and fails nothing, or no machine without a way out could work.
# GOVULNDB names a mirror of the database (https://vuln.go.dev).
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
check() { go tool -modfile=.ci/vuln.mod govulncheck ${GOVULNDB:+"-db=$GOVULNDB"} "$@" >"$log" 2>&1; }
# A small package first: whether the database answers is known before everything is loaded.
if ! check ./internal/citytime && grep -qE 'fetching vulnerabilities: |proxy\.golang\.org|dial tcp|no such host|i/o timeout' "$log"; then
  {
    echo "################################################################################"
    echo "#  NOT CHECKED for known holes (govulncheck): the database or the tool cannot  #"
    echo "#  be reached from here. Run  make vuln  where it can, before a release, or    #"
    echo "#  set GOVULNDB to a mirror.                                                   #"
    echo "################################################################################"
    sed 's/^/    /' "$log" | tail -n 3
  } >&2
  exit 0
fi
if ! check ./...; then
  cat "$log" >&2
  echo "govulncheck: our code reaches the holes above. Raise each module to the version that is named there." >&2
  exit 1
fi
echo "govulncheck: our code reaches no known hole."

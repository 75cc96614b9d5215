#!/usr/bin/env bash
# Checks every file of deploy/ with the tool that will read it. Called by .ci/test.sh, and alone by `make deploy-check`.
# The tools come from Debian, or are built from .ci/deploy/go.mod.
# shellcheck disable=SC2317,SC2154 # the functions are called by check
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PATH:/usr/sbin:/sbin"

declare -A packages=([nginx]=nginx-light [caddy]=caddy [promtool]=prometheus [amtool]=prometheus-alertmanager [systemd-analyze]=systemd [shellcheck]=shellcheck
  [mariadbd]=mariadb-server [redis-server]=redis-server [jq]=jq [openssl]=openssl)
missing=()
for command in "${!packages[@]}"; do
  command -v "$command" >/dev/null || missing+=("${packages[$command]}")
done
if ((${#missing[@]})); then
  as_root=()
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root=(sudo -n); else
      echo "The files of deploy/ are not checked: these Debian packages are missing and this user may not install them: ${missing[*]}" >&2
      echo "Run as root:  apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
      exit 1
    fi
  fi
  echo "Installing from Debian: ${missing[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  # Debian starts a service that it installs; only its program is wanted here.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

work=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; rm -rf "$work"' EXIT
began=$SECONDS failed=0
# check NAME COMMAND...: a line for each; what a tool says is shown when it fails.
check() {
  local name=$1
  shift
  if "$@" >"$work/out" 2>&1; then echo "  fine    $name"; else
    failed=1
    echo "  FAILED  $name"
    sed 's/^/          /' "$work/out"
  fi
}

# Built once, and then taken from Go's cache.
tool() { (cd .ci/deploy && go tool -n "$1"); }
dockerfile=$(tool dockerfile) composer=$(tool cmd) kustomize=$(tool kustomize) kubeconform=$(tool kubeconform)

check "Dockerfile" "$dockerfile" deploy/Dockerfile

compose() { (cd deploy/compose && "$composer" compose.yaml); } # compose-go's own command: what `docker compose config` does
check "compose" compose

# Kubernetes: each overlay as it would be applied, against the schemas of the API; an unknown key is a failure.
schemas="$PWD/.ci/deploy/schemas/{{.ResourceKind}}{{.KindSuffix}}.json"
conform() { "$kubeconform" -strict -summary -schema-location "$schemas" "$@"; }
for overlay in deploy/kubernetes/overlays/*/; do
  name=$(basename "$overlay")
  check "kubernetes/$name is built" "$kustomize" build "$overlay" -o "$work/$name.yaml"
  check "kubernetes/$name" conform "$work/$name.yaml"
done
check "kubernetes/secrets.sample" conform deploy/kubernetes/secrets.sample.yaml
# The check itself: a slip must be found.
slips() { sed 's/terminationGracePeriodSeconds/terminationGracePeriodSecond/' "$work/city.yaml" >"$work/slip.yaml" && ! conform "$work/slip.yaml"; }
check "kubernetes: a misspelt key is found" slips

# systemd wants the programs to be there: they stand elsewhere for the check.
mkdir "$work/units"
for unit in deploy/systemd/*; do
  sed -e "s|/usr/local/bin/xinqiao|/bin/true|; s|/usr/local/lib/xinqiao/backup.sh|/bin/true|" "$unit" >"$work/units/$(basename "$unit")"
done
check "systemd units" systemd-analyze --man=no verify "$work"/units/*
check "systemd: the service is confined (below 2.0 of 10)" systemd-analyze security --offline=true --threshold=20 "$work/units/xinqiao.service"

front() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=xinqiao.example -keyout "$work/privkey.pem" -out "$work/fullchain.pem" 2>/dev/null
  sed "s|/etc/ssl/xinqiao|$work|; s|/var/log/nginx|$work|" deploy/nginx/xinqiao.conf >"$work/site.conf"
  printf 'pid %s/nginx.pid; error_log %s/error.log;\nevents {}\nhttp { include %s/site.conf; }\n' "$work" "$work" "$work" >"$work/nginx.conf"
  nginx -t -p "$work" -c "$work/nginx.conf"
}
check "nginx" front
check "Caddy" env HOME="$work" caddy validate --adapter caddyfile --config deploy/caddy/Caddyfile

database() { # it reads its settings, says them all and ends; an unknown one is an error
  mariadbd --defaults-file=deploy/mysql/xinqiao.cnf --user="$(id -un)" --datadir="$work" --verbose --help >"$work/variables" &&
    grep -q '^innodb-flush-log-at-trx-commit *1$' "$work/variables"
}
check "MySQL's settings" database
sessions() { # it starts with its settings, on a socket
  sed "s|^dir .*|dir $work|" deploy/redis/redis.conf >"$work/redis.conf"
  redis-server "$work/redis.conf" --port 0 --unixsocket "$work/redis.sock" --daemonize no --logfile "$work/redis.log" &
  pids+=($!)
  for _ in $(seq 50); do
    if [ "$(redis-cli -s "$work/redis.sock" ping 2>/dev/null)" = PONG ]; then
      redis-cli -s "$work/redis.sock" config get maxmemory-policy | grep -q noeviction && redis-cli -s "$work/redis.sock" shutdown nosave
      return
    fi
    sleep 0.1
  done
  cat "$work/redis.log"
  return 1
}
check "Redis' settings" sessions

check "Prometheus" promtool check config deploy/prometheus/prometheus.yml
check "alarms" promtool check rules deploy/prometheus/rules.yml
check "alarms fire on what they are for" promtool test rules deploy/prometheus/tests.yml deploy/prometheus/tests-day.yml
check "Alertmanager" amtool check-config deploy/prometheus/alertmanager.yml
wakes() { [ "$(amtool config routes test --config.file=deploy/prometheus/alertmanager.yml severity=page alertname=XinqiaoAllDown 2>/dev/null)" = on-call ]; }
check "Alertmanager: a page wakes somebody up" wakes
# Grafana's file: every question in it is one that Prometheus understands.
panels() {
  jq -e '[.panels[].id] | length == (unique | length)' deploy/grafana/xinqiao.json &&
    jq '{groups: [{name: "dashboard", rules: [[.. | .expr? // empty] | to_entries[] | {record: "panel:\(.key)", expr: (.value | gsub("\\$__rate_interval"; "5m"))}]}]}' \
      deploy/grafana/xinqiao.json >"$work/panels.yml" && promtool check rules "$work/panels.yml"
}
check "Grafana's dashboard" panels
# SC2154, SC2034: what common.sh sets is used elsewhere. SC2016: a $ or ` that is meant so.
check "scripts" shellcheck -x -P SCRIPTDIR -e SC2154,SC2034,SC2016 .ci/deploy.sh deploy/entrypoint.sh deploy/compose/secrets.sh deploy/backup/*.sh

echo "deploy/ was checked in $((SECONDS - began)) s"
exit "$failed"

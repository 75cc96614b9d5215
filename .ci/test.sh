#!/usr/bin/env bash
# Sets up what the tests need, starts private instances of it on free ports with data under a temporary folder, runs
# everything, and stops what it started. Called by `make test`; arguments go to `go test` (default: all packages).
set -euo pipefail
cd "$(dirname "$0")/.."

# --- what is needed, and the Debian package that brings it ------------------------------------------------------------
declare -A packages=([mariadbd]=mariadb-server [redis-server]=redis-server [chromium]=chromium [sqlite3]=sqlite3 [openssl]=openssl)
missing=()
PATH="$PATH:/usr/sbin:/sbin"
for command in "${!packages[@]}"; do
  command -v "$command" >/dev/null || missing+=("${packages[$command]}")
done
ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1 || missing+=(fonts-noto-cjk)
if ((${#missing[@]})); then
  as_root=()
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root=(sudo -n); else
      echo "These Debian packages are missing and this user may not install them: ${missing[*]}" >&2
      echo "Run as root:  apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
      echo "Left out without them: the tests against MariaDB, Redis and in the browser. Nothing was run." >&2
      exit 1
    fi
  fi
  echo "Installing from Debian: ${missing[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  # Debian starts a service that it installs; ours run privately, so that one is kept from starting.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# --- private instances -------------------------------------------------------------------------------------------------
# What is thrown away afterwards need not be waited for until a disk has it: where there is room, it stays in memory, unless
# XINQIAO_TEST_ON_DISK is set (`make bench`). (Programs that are built go where they would go anyway.)
GOTMPDIR=${GOTMPDIR:-${TMPDIR:-/tmp}}
export GOTMPDIR
room() { df --output=avail -k "$1" 2>/dev/null | tail -n 1; }
if [ -z "${XINQIAO_TEST_ON_DISK:-}" ] && [ "$(room /dev/shm)" -ge 6000000 ] && [ "$(awk '/^MemAvailable/ {print $2}' /proc/meminfo)" -ge 8000000 ]; then
  work=$(mktemp -d -p /dev/shm)
else
  work=$(mktemp -d)
fi
chmod 755 "$work"
pids=()
stop() {
  status=$?
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
  exit "$status"
}
trap stop EXIT
trap 'exit 130' INT TERM

# A port that is free now, and not one of those that the system gives to whoever asks for any (from 32768 on), which others
# here take all the time.
free_port() {
  local port
  while port=$((12000 + RANDOM % 20000)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# wait_for NAME SECONDS COMMAND...: until COMMAND succeeds.
wait_for() {
  local name=$1 deadline=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= deadline)); then
      echo "$name did not start; its log:" >&2
      tail -n 30 "$work/$name.log" >&2 || true
      exit 1
    fi
    sleep 0.2
  done
}

mysql_port=$(free_port)
mkdir -p "$work/mysql"
user=()
if [ "$(id -u)" = 0 ]; then chown mysql "$work/mysql"; user=(--user=mysql); fi
mariadb-install-db --no-defaults "${user[@]}" --datadir="$work/mysql" --auth-root-authentication-method=normal --skip-test-db >"$work/install.log" 2>&1 ||
  { cat "$work/install.log" >&2; exit 1; }
mariadbd --no-defaults "${user[@]}" --datadir="$work/mysql" --socket="$work/mysql/s.sock" --pid-file="$work/mysql/pid" \
  --bind-address=127.0.0.1 --port="$mysql_port" --character-set-server=utf8mb4 --collation-server=utf8mb4_bin \
  --innodb-buffer-pool-size=256M --max-connections=400 >"$work/mariadb.log" 2>&1 &
pids+=($!)
redis_port=$(free_port)
redis-server --bind 127.0.0.1 --port "$redis_port" --dir "$work" --save '' --appendonly no >"$work/redis.log" 2>&1 &
pids+=($!)
wait_for mariadb 60 mariadb-admin --no-defaults --protocol=tcp -h 127.0.0.1 -P "$mysql_port" -u root ping
wait_for redis 20 redis-cli -h 127.0.0.1 -p "$redis_port" ping
echo "MariaDB on 127.0.0.1:$mysql_port, Redis on 127.0.0.1:$redis_port, $(chromium --version 2>/dev/null || echo chromium)"

# --- the tests ---------------------------------------------------------------------------------------------------------
mkdir -m 1777 "$work/tmp"
export TMPDIR="$work/tmp" XINQIAO_TEST_REQUIRE=1
export XINQIAO_TEST_MYSQL_URL="mysql://root@127.0.0.1:$mysql_port/"
export XINQIAO_TEST_REDIS_URL="redis://127.0.0.1:$redis_port/0"
XINQIAO_TEST_CHROMIUM=$(command -v chromium)
export XINQIAO_TEST_CHROMIUM
if (($#)); then
  "$@"
else
  .ci/deploy.sh
  .ci/vuln.sh
  go vet ./...
  go vet -tags chaos ./cmd/xinqiao # takes ten minutes to run (make chaos), and must build
  # The race detector watches our code and what it shares with others. It does not look into SQLite, which is C translated
  # to Go and works on memory of its own, nor into the arithmetic of password hashes, nor into what reads letters and YAML
  # and keeps nothing that changes: there is nothing to watch there, and it took more time than all tests together.
  # (-race=false leaves the checks of pointers on.) No package may stand here that uses sync or atomic with types of others:
  # the linker keeps one copy of what is generic, and it would be the one that the detector does not see.
  unwatched=()
  for module in modernc.org/... golang.org/x/crypto/... golang.org/x/text/unicode/... github.com/goccy/... unicode/... "$(go list -m)"/internal/{hanzi,problem}; do
    unwatched+=("-gcflags=$module=-race=false -d=checkptr=0")
  done
  # `go vet` above has looked already.
  quick=(-vet=off -timeout 20m)
  # These start nothing that runs beside, and their tests say tens of thousands of sentences: the detector has nothing to
  # see in them, and they take a tenth of the time without it. (Those who call them are watched, and they with them.)
  read='internal/(hanzi|risk|crisis|dialog)(/.*)?$'
  if grep -rnE --include="*.go" "^\s*go (func|[a-zA-Z.]+\()|\.Parallel\(\)" internal/{hanzi,risk,crisis,dialog}; then
    echo "Something runs beside the rest in these packages now: take theirs off the list in .ci/test.sh, so that the race detector watches it." >&2
    exit 1
  fi
  passed=0
  # Without the detector, beside the others: so no core is idle while the longest of them ends.
  (
    unseen=0
    go test "${quick[@]}" -p 2 $(go list ./... | grep -E "$read") || unseen=1
    # So do single tests elsewhere, which stand in files that the detector leaves out.
    plain=$(grep -rl --include="*_test.go" "^//go:build !race$" cmd internal)
    go test "${quick[@]}" -p 2 -run "^($(grep -ohP "^func \KTest\w+" $plain | paste -sd "|"))\$" $(dirname $plain | sort -u | sed "s|^|./|") || unseen=1
    exit "$unseen"
  ) &
  beside=$!
  pids+=("$beside")
  # More packages and tests at a time than there are cores: those with browsers and servers wait more than they work. The
  # longest come first, so that none of them is left to run alone at the end.
  longest='(cmd/xinqiao|internal/desk|internal/store)$'
  watched=$(go list ./... | grep -vE "$read")
  go test -race "${unwatched[@]}" "${quick[@]}" -p 3 -parallel 4 $(grep -E "$longest" <<<"$watched") $(grep -vE "$longest" <<<"$watched") || passed=1
  wait "$beside" || passed=1
  exit "$passed"
fi

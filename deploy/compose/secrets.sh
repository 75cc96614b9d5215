#!/usr/bin/env bash
# Makes the passwords and the sealing keys of an installation, once; what is there stays as it is.
# The keys come from the program itself, so it must be built (make build) or be in PATH.
set -euo pipefail
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
# The containers run as other users and read these files; the folder is what keeps everybody else out.
password() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }
put() { [ -e "secrets/$1" ] || { printf '%s\n' "$2" >"secrets/$1"; chmod 0444 "secrets/$1"; echo "made secrets/$1"; }; }
put database-password "$(password)"
put database-url "mysql://xinqiao:$(cat secrets/database-password)@mariadb:3306/xinqiao"
put redis-password.conf "requirepass $(password)"
put redis-url "redis://:$(cut -d' ' -f2 secrets/redis-password.conf)@redis:6379/0"
put grafana-password "$(password)"
if [ ! -e secrets/keys.json ]; then
  xinqiao=$(command -v xinqiao || echo ../../bin/xinqiao)
  XINQIAO_DATA_DIR=$PWD/secrets "$xinqiao" keys init
  chmod 0444 secrets/keys.json
fi
echo "Back secrets/keys.json up now, apart from the database (deploy/backup/backup-keys.sh)."

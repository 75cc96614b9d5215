#!/usr/bin/env bash
# The drill: the newest backup into a database of its own beside the real one, looked at with the program, and thrown away.
# Do it every month, with the keys taken from where they are kept apart: that they still open is half of it. The keys of people are
# taken from PERSON_KEYS_DIR, as restore.sh does.
#   BACKUP_DIR=/mnt/backup KEYS=keys.json drill.sh                                             SQLite, in a folder of its own
#   BACKUP_DIR=/mnt/backup KEYS=keys.json DRILL_URL=mysql://…/xinqiao_drill drill.sh           an empty database for the drill
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
keys=$(realpath "${KEYS:?the file with the keys, from where it is kept apart}")
newest=$(find "${BACKUP_DIR:?the folder with the backups}" -maxdepth 1 -type d -name 'xinqiao-*Z' | sort | tail -n 1)
[ -n "$newest" ] || { echo "There is no backup in $BACKUP_DIR." >&2; exit 1; }
age=$((($(date +%s) - $(stat -c %Y "$newest")) / 3600))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset XINQIAO_DATABASE_URL_FILE XINQIAO_KEYS_JSON XINQIAO_KEYS_JSON_FILE XINQIAO_REDIS_URL XINQIAO_REDIS_URL_FILE XINQIAO_CONFIG
export XINQIAO_DATA_DIR=$work XINQIAO_DATABASE_URL=${DRILL_URL:-sqlite:xinqiao.db} XINQIAO_KEYS_FILE=$keys
program=${XINQIAO:-xinqiao}
began=$(date +%s.%N)
"$here/restore.sh" "$newest"
"$program" migrate up # as the program would at its start, should it be newer than the backup
"$program" user erase --again # as the program would at its start: whoever was erased since the backup is erased in it
"$program" doctor >"$work/doctor" 2>&1 || true # it also looks at what a drill has not: Redis, WeChat, a server
grep -q '打开已存的内容$' "$work/doctor" || {
  cat "$work/doctor" >&2
  echo "The drill failed: what is in the backup does not open with $keys." >&2
  exit 1
}
printf 'drill: the backup of %d hours ago is back and opens, in %.1f s\n' "$age" "$(echo "$began $(date +%s.%N)" | awk '{print $2 - $1}')"

#!/usr/bin/env bash
# Puts a backup into an EMPTY database. It never writes over one: what is left of a broken database is needed to find out
# what was lost. Make a new one, name it, restore, then point the program at it.
#   XINQIAO_DATABASE_URL=mysql://…/xinqiao_new restore.sh /mnt/backup/xinqiao-20260102T032000Z
#   XINQIAO_DATA_DIR=/var/lib/xinqiao restore.sh …      SQLite: move the old xinqiao.db, -wal and -shm away first
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
umask 077
from=${1:?the folder of a backup}
read_url
(cd "$from" && sha256sum --quiet -c SHA256SUMS) || die "$from is damaged or not whole: take the one before."

if [ "$kind" = sqlite ]; then
  [ -f "$from/database.sqlite.gz" ] || die "$from is a backup of MySQL, and XINQIAO_DATABASE_URL names SQLite."
  for f in "$file" "$file-wal" "$file-shm"; do [ ! -e "$f" ] || die "$f is there: move it away first."; done
  mkdir -p "$(dirname "$file")"
  zcat "$from/database.sqlite.gz" >"$scratch/restored.db"
  [ "$(sqlite3 "$scratch/restored.db" 'PRAGMA integrity_check')" = ok ] || die "The backup is damaged: take the one before."
  counts "$scratch/restored.db" | cmp -s - "$from/rows" || die "The backup lacks rows: take the one before."
  mv "$scratch/restored.db" "$file"
  if [ "$(id -u)" = 0 ]; then chown --reference="$(dirname "$file")" "$file"; fi
  rows=$(awk '{n += $2} END {print n}' "$from/rows")
else
  [ -f "$from/database.sql.gz" ] || die "$from is a backup of SQLite, and XINQIAO_DATABASE_URL names MySQL."
  [ "$(ask "" "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema='$name'")" = 0 ] ||
    die "The database $name is not empty: make a new one (CREATE DATABASE xinqiao_new CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) and name it."
  zcat "$from/database.sql.gz" | "$client" --defaults-extra-file="$options" "$name"
  counts "" >"$scratch/rows"
  cut -d' ' -f1 "$scratch/rows" | cmp -s - "$from/tables" || die "Not every table came back: look above for what the database said."
  rows=$(awk '{n += $2} END {print n}' "$scratch/rows")
fi
printf 'restored in %.1f s, %s rows\n' "$(took)" "$rows"

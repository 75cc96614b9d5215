#!/usr/bin/env bash
# Puts a backup into an EMPTY database. It never writes over one: what is left of a broken database is needed to find out
# what was lost. Make a new one, name it, restore, then point the program at it.
#   XINQIAO_DATABASE_URL=mysql://…/xinqiao_new restore.sh /mnt/backup/xinqiao-20260102T032000Z
#   XINQIAO_DATA_DIR=/var/lib/xinqiao restore.sh …      SQLite: move the old xinqiao.db, -wal and -shm away first
# The keys of people come from elsewhere: the newest file in PERSON_KEYS_DIR (default: person-keys beside the backup), or the
# one that PERSON_KEYS names. The newest is the right one for every backup, however old: it holds everybody's but those who were
# erased since, and a list by which the program erases them again when it starts. PERSON_KEYS=none goes without: then nothing
# that people wrote opens.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
umask 077
from=${1:?the folder of a backup}
read_url
keys_dir=${PERSON_KEYS_DIR:-$(dirname "$from")/person-keys}
keys=${PERSON_KEYS:-$(find "$keys_dir" -maxdepth 1 -type f -name 'person-keys-*Z.sql.gz' 2>/dev/null | sort | tail -n 1)}
(cd "$from" && sha256sum --quiet -c SHA256SUMS) || die "$from is damaged or not whole: take the one before."

# with_keys PERSONS: whether there are keys of people to put in. A backup of people without them is stopped.
with_keys() {
  if [ "$keys" = none ]; then
    echo "Without the keys of people, as PERSON_KEYS=none says: nothing that they wrote opens." >&2
    return 1
  fi
  if [ -z "$keys" ]; then
    [ "$1" = 0 ] || die "There are no keys of people in $keys_dir: name their folder (PERSON_KEYS_DIR) or the file (PERSON_KEYS). Without them nothing opens that people wrote; PERSON_KEYS=none goes on all the same."
    return 1
  fi
  zcat "$keys" | tail -n 1 | grep -q '^-- whole' || die "$keys is damaged or not whole: take the one before, with PERSON_KEYS."
}

if [ "$kind" = sqlite ]; then
  [ -f "$from/database.sqlite.gz" ] || die "$from is a backup of MySQL, and XINQIAO_DATABASE_URL names SQLite."
  for f in "$file" "$file-wal" "$file-shm"; do [ ! -e "$f" ] || die "$f is there: move it away first."; done
  mkdir -p "$(dirname "$file")"
  zcat "$from/database.sqlite.gz" >"$scratch/restored.db"
  [ "$(sqlite3 "$scratch/restored.db" 'PRAGMA integrity_check')" = ok ] || die "The backup is damaged: take the one before."
  counts "$scratch/restored.db" | cmp -s - "$from/rows" || die "The backup lacks rows: take the one before."
  if [ "$(sqlite3 "$scratch/restored.db" "SELECT COUNT(*) FROM sqlite_master WHERE name='person_keys'")" = 1 ]; then
    with_keys "$(sqlite3 "$scratch/restored.db" "SELECT COUNT(*) FROM persons")" && zcat "$keys" | { echo 'BEGIN;'; cat; echo 'COMMIT;'; } | sqlite3 -bail "$scratch/restored.db"
    sqlite3 "$scratch/restored.db" "INSERT OR IGNORE INTO key_marks (name, mark, at) VALUES ('restored', '', 0)"
  fi
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
  if [ -f "$from/person_keys.schema.sql.gz" ]; then
    zcat "$from/person_keys.schema.sql.gz" | "$client" --defaults-extra-file="$options" "$name"
    with_keys "$(ask "" "SELECT COUNT(*) FROM persons")" && zcat "$keys" | "$client" --defaults-extra-file="$options" "$name"
    ask "" "INSERT IGNORE INTO key_marks (name, mark, at) VALUES ('restored', '', 0)"
  fi
  rows=$(awk '{n += $2} END {print n}' "$scratch/rows")
fi
printf 'restored in %.1f s, %s rows\n' "$(took)" "$rows"

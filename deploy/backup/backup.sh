#!/usr/bin/env bash
# A backup of the database while the program runs, into a folder of its own under BACKUP_DIR. Never of the key file: whoever has
# both can read what people wrote. backup-keys.sh puts that elsewhere.
#   XINQIAO_DATABASE_URL_FILE=/etc/xinqiao/secrets/database-url BACKUP_DIR=/mnt/backup backup.sh
# KEEP_DAYS=35 deletes older ones, and only once the new one is whole.
# The keys of people (the table person_keys) are left out, and go into a file of their own in PERSON_KEYS_DIR (default:
# BACKUP_DIR/person-keys; another disk is better), of which those of PERSON_KEYS_KEEP_DAYS are kept (default 7): the newest opens
# every backup, and whoever was erased stands in no newer one. Once the older ones are gone nothing opens of them in any backup.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
umask 077
into=${BACKUP_DIR:?the folder for backups, on another disk}
mkdir -p "$into"
[ -z "$(find "$into" -iname '*keys*.json*' -print -quit)" ] || die "There are keys in $into. Keep them apart from the backups, then start again."
read_url
stamp=$(date -u +%Y%m%dT%H%M%SZ)
part=$into/.xinqiao-$stamp.part
done=$into/xinqiao-$stamp
mkdir "$part"

person_keys=${PERSON_KEYS_DIR:-$into/person-keys}
mkdir -p "$person_keys"
keys_part=$person_keys/.person-keys-$stamp.part

if [ "$kind" = sqlite ]; then
  [ -f "$file" ] || die "There is no database $file: set XINQIAO_DATA_DIR and XINQIAO_DATABASE_URL as for the program."
  # A copy as of one moment, which waits for nobody and holds nobody up.
  sqlite3 "$file" ".timeout 10000" "VACUUM INTO '$scratch/copy.db'"
  [ "$(sqlite3 "$scratch/copy.db" 'PRAGMA integrity_check')" = ok ] || die "The copy of $file is damaged: look at the disk."
  if [ "$(sqlite3 "$scratch/copy.db" "SELECT COUNT(*) FROM sqlite_master WHERE name='person_keys'")" = 1 ]; then
    sqlite3 "$scratch/copy.db" "SELECT 'INSERT OR IGNORE INTO person_keys (id, person_id, body, made_at) VALUES (' || quote(id) || ',' || quote(person_id) || ',' || quote(body) || ',' || made_at || ');' FROM person_keys;
      SELECT 'INSERT OR IGNORE INTO erasures (mark, at) VALUES (' || quote(mark) || ',' || at || ');' FROM erasures; SELECT '-- whole';" | gzip -1 >"$keys_part"
    sqlite3 "$scratch/copy.db" "DELETE FROM person_keys; VACUUM" # written anew: what was deleted is in no free page
  fi
  counts "$scratch/copy.db" >"$part/rows"
  gzip -1 <"$scratch/copy.db" >"$part/database.sqlite.gz"
else
  # As of one moment too (a snapshot of InnoDB). BINLOG=1 notes where the log of changes stood, for going on from there to a
  # minute; it needs the right RELOAD. TiDB: use its own tool (br), which takes large databases in parts.
  log=()
  [ -z "${BINLOG:-}" ] || log=(--master-data=2)
  "$dumper" --defaults-extra-file="$options" --single-transaction --quick --skip-lock-tables --no-tablespaces --hex-blob \
    --order-by-primary --ignore-table="$name.person_keys" "${log[@]}" "$name" | gzip -1 >"$part/database.sql.gz"
  zcat "$part/database.sql.gz" | tail -n 1 | grep -q '^-- Dump completed' || die "The dump is not whole: look at the database's log."
  # Later than the rest: whoever came meanwhile is in it too much, and whoever was erased meanwhile is noise already.
  if [ "$(ask "" "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema='$name' AND table_name='person_keys'")" = 1 ]; then
    "$dumper" --defaults-extra-file="$options" --single-transaction --quick --skip-lock-tables --no-tablespaces --hex-blob --no-data "$name" person_keys | gzip -1 >"$part/person_keys.schema.sql.gz"
    {
      "$dumper" --defaults-extra-file="$options" --single-transaction --quick --skip-lock-tables --no-tablespaces --hex-blob --no-create-info --insert-ignore "$name" person_keys erasures
      echo '-- whole'
    } | gzip -1 >"$keys_part"
  fi
  # Of the dump, not of the database, which goes on changing.
  zcat "$part/database.sql.gz" | sed -n 's/^CREATE TABLE `\([^`]*\)`.*/\1/p' | sort >"$part/tables"
fi
if [ -f "$keys_part" ]; then
  zcat "$keys_part" | tail -n 1 | grep -q '^-- whole' || die "The keys of people are not whole: look above for what the database said."
  mv "$keys_part" "$person_keys/person-keys-$stamp.sql.gz"
  find "$person_keys" -maxdepth 1 -type f -name 'person-keys-*Z.sql.gz' -mtime "+$((${PERSON_KEYS_KEEP_DAYS:-7} - 1))" ! -name "person-keys-$stamp.sql.gz" -exec shred -u {} +
fi
(cd "$part" && sha256sum -- * >SHA256SUMS)
mv "$part" "$done"
if [ -n "${KEEP_DAYS:-}" ]; then
  find "$into" -maxdepth 1 -type d -name 'xinqiao-*Z' -mtime "+$KEEP_DAYS" -exec rm -rf {} +
fi
printf '%s\n' "$done"
printf 'backed up in %.1f s, %s\n' "$(took)" "$(du -sh "$done" | cut -f1)" >&2

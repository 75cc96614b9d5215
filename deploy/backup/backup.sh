#!/usr/bin/env bash
# A backup of the database while the program runs, into a folder of its own under BACKUP_DIR. Never of the keys: whoever has
# both can read what people wrote. backup-keys.sh puts those elsewhere.
#   XINQIAO_DATABASE_URL_FILE=/etc/xinqiao/secrets/database-url BACKUP_DIR=/mnt/backup backup.sh
# KEEP_DAYS=35 deletes older ones, and only once the new one is whole.
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

if [ "$kind" = sqlite ]; then
  [ -f "$file" ] || die "There is no database $file: set XINQIAO_DATA_DIR and XINQIAO_DATABASE_URL as for the program."
  # A copy as of one moment, which waits for nobody and holds nobody up.
  sqlite3 "$file" ".timeout 10000" "VACUUM INTO '$scratch/copy.db'"
  [ "$(sqlite3 "$scratch/copy.db" 'PRAGMA integrity_check')" = ok ] || die "The copy of $file is damaged: look at the disk."
  counts "$scratch/copy.db" >"$part/rows"
  gzip -1 <"$scratch/copy.db" >"$part/database.sqlite.gz"
else
  # As of one moment too (a snapshot of InnoDB). BINLOG=1 notes where the log of changes stood, for going on from there to a
  # minute; it needs the right RELOAD. TiDB: use its own tool (br), which takes large databases in parts.
  log=()
  [ -z "${BINLOG:-}" ] || log=(--master-data=2)
  "$dumper" --defaults-extra-file="$options" --single-transaction --quick --skip-lock-tables --no-tablespaces --hex-blob \
    --order-by-primary "${log[@]}" "$name" | gzip -1 >"$part/database.sql.gz"
  zcat "$part/database.sql.gz" | tail -n 1 | grep -q '^-- Dump completed' || die "The dump is not whole: look at the database's log."
  # Of the dump, not of the database, which goes on changing.
  zcat "$part/database.sql.gz" | sed -n 's/^CREATE TABLE `\([^`]*\)`.*/\1/p' | sort >"$part/tables"
fi
(cd "$part" && sha256sum -- * >SHA256SUMS)
mv "$part" "$done"
if [ -n "${KEEP_DAYS:-}" ]; then
  find "$into" -maxdepth 1 -type d -name 'xinqiao-*Z' -mtime "+$KEEP_DAYS" -exec rm -rf {} +
fi
printf '%s\n' "$done"
printf 'backed up in %.1f s, %s\n' "$(took)" "$(du -sh "$done" | cut -f1)" >&2

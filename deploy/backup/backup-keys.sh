#!/usr/bin/env bash
# A copy of the sealing keys, encrypted with a passphrase, to a place that is not the backups': a second disk in a safe, two
# people with half of the passphrase each. Do it after `keys init`, and after each `keys add`, `promote`, `rotate` and `retire`;
# nothing else changes them. (The keys of people are in the database: backup.sh puts them elsewhere.)
#   backup-keys.sh /etc/xinqiao/secrets/keys.json /media/safe        asks for the passphrase twice
#   backup-keys.sh --open /media/safe/xinqiao-keys-….enc keys.json   gives the keys back
# The passphrase may come from the file PASSPHRASE_FILE instead.
set -euo pipefail
umask 077
die() { echo "$*" >&2; exit 1; }
secret=(-pbkdf2 -iter 600000 -aes-256-cbc -md sha256)
[ -z "${PASSPHRASE_FILE:-}" ] || secret+=(-pass "file:$PASSPHRASE_FILE")

if [ "${1:-}" = --open ]; then
  [ $# = 3 ] || die "backup-keys.sh --open FILE.enc KEYS"
  [ ! -e "$3" ] || die "$3 is there already: move it away first, never over it."
  openssl enc -d "${secret[@]}" -in "$2" -out "$3" || { rm -f "$3"; die "The passphrase is wrong, or the file is damaged."; }
  grep -q '"sealing"' "$3" || { rm -f "$3"; die "What came out is no file of keys: the passphrase is wrong, or the file is damaged."; }
  echo "$3"
  exit
fi
[ $# = 2 ] || die "backup-keys.sh KEYS FOLDER"
[ -f "$1" ] || die "There is no $1."
mkdir -p "$2"
[ -z "$(find "$2" -maxdepth 2 -name 'database.s*.gz' -print -quit)" ] || die "There are backups of the database in $2. Keep the keys apart from them."
out=$2/xinqiao-keys-$(date -u +%Y%m%dT%H%M%SZ).enc
openssl enc "${secret[@]}" -salt -in "$1" -out "$out"
# It is worth something only if it opens.
[ -z "${PASSPHRASE_FILE:-}" ] || openssl enc -d "${secret[@]}" -in "$out" | cmp -s - "$1" || die "$out does not open: try again."
echo "$out"

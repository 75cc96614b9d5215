# shellcheck shell=bash
# What backup.sh, restore.sh and drill.sh have in common: where the database is. Read by them, not run.
# The database is named as for the program: XINQIAO_DATABASE_URL, or the file XINQIAO_DATABASE_URL_FILE; and XINQIAO_DATA_DIR.

began=$(date +%s.%N)
took() { echo "$began $(date +%s.%N)" | awk '{print $2 - $1}'; } # seconds since the start

export LC_ALL=C # one order everywhere

die() { echo "$*" >&2; exit 1; }

url=${XINQIAO_DATABASE_URL:-}
[ -z "${XINQIAO_DATABASE_URL_FILE:-}" ] || url=$(cat "$XINQIAO_DATABASE_URL_FILE")
url=${url:-sqlite:xinqiao.db}
data_dir=${XINQIAO_DATA_DIR:-var}

plain() { printf '%b' "${1//%/\\x}"; } # what a URL writes as %40

# Sets kind, and file (SQLite) or name and options (MySQL). A password never stands in a list of processes.
read_url() {
  case $url in
  sqlite:*)
    kind=sqlite file=${url#sqlite:}
    case $file in /*) ;; *) file=$data_dir/$file ;; esac
    ;;
  mysql://*)
    kind=mysql
    local rest=${url#mysql://} query='' user='' password='' host port
    case $rest in *\?*) query=${rest#*\?} rest=${rest%%\?*} ;; esac
    name=${rest##*/} rest=${rest%/*}
    case $rest in *@*) user=${rest%@*} rest=${rest##*@} ;; esac
    case $user in *:*) password=${user#*:} user=${user%%:*} ;; esac
    host=${rest%%:*} port=3306
    case $rest in *:*) port=${rest##*:} ;; esac
    options=$scratch/client.cnf
    (
      umask 077
      {
        printf '[client]\nhost=%s\nport=%s\nprotocol=tcp\nuser=%s\n' "$host" "$port" "$(plain "$user")"
        [ -z "$password" ] || printf 'password="%s"\n' "$(plain "$password" | sed 's/[\\"]/\\&/g')"
        case $query in *tls=true*) printf 'ssl\n' ;; esac
        printf 'default-character-set=utf8mb4\n'
      } >"$options"
    )
    client=$(command -v mariadb || command -v mysql) || die "There is neither mariadb nor mysql here: install mariadb-client."
    dumper=$(command -v mariadb-dump || command -v mysqldump) || die "There is neither mariadb-dump nor mysqldump here: install mariadb-client."
    ;;
  *) die "XINQIAO_DATABASE_URL must begin with sqlite: or mysql://" ;;
  esac
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

ask() { # one question to the database
  if [ "$kind" = sqlite ]; then sqlite3 -readonly "$1" "$2"; else "$client" --defaults-extra-file="$options" -N -B "$name" -e "$2"; fi
}

# counts FILE: each table and its rows, a line each; FILE is the database of SQLite.
counts() {
  local tables t
  if [ "$kind" = sqlite ]; then
    tables=$(ask "$1" "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'")
  else
    tables=$(ask "" "SELECT table_name FROM information_schema.tables WHERE table_schema='$name'")
  fi
  for t in $(printf '%s\n' "$tables" | sort); do echo "$t $(ask "${1:-}" "SELECT COUNT(*) FROM $t")"; done
}

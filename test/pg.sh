#!/bin/sh
# pg.sh: runs a command with a PostgreSQL of its own, which is gone afterwards.
#
#     sh test/pg.sh run COMMAND [ARGUMENT ...]
#     sh test/pg.sh stop | start          from within COMMAND: the same server goes and comes back
#
# The server listens on a socket in a temporary folder and nowhere else. The command finds it in
# SKEP_TEST_DATABASE. Nothing is forced to disk unless SKEP_PG_FSYNC=1; SKEP_PG_LARGE=1 gives it
# memory and log as for a large hub (docs/operate). As root, the server runs as the user postgres
# (SKEP_PG_USER names another), because it refuses to run as root.
set -eu

if ! { [ "${1-}" = run ] && [ $# -ge 2 ]; } && ! { [ -n "${SKEP_PG_DIR-}" ] && [ $# -eq 1 ]; }; then
    sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
act=$1
shift

bin=${SKEP_PG_BIN-}
if [ -z "$bin" ]; then
    for dir in /usr/lib/postgresql/*/bin; do
        [ -x "$dir/initdb" ] && bin=$dir
    done
fi
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || echo none/none)")
if [ ! -x "$bin/initdb" ]; then
    echo "pg.sh: no PostgreSQL server is installed (Debian: apt-get install postgresql)" >&2
    exit 1
fi

dir=${SKEP_PG_DIR-}
[ "$act" != run ] || dir=$(mktemp -d "${TMPDIR:-/tmp}/skep-pg.XXXXXX")
user=
if [ "$(id -u)" = 0 ]; then
    user=${SKEP_PG_USER:-postgres}
    chown "$user" "$dir"
fi
chmod 755 "$dir"

as_server() {
    # cd: the server's user may not be allowed into the caller's folder
    if [ -n "$user" ]; then
        (cd "$dir" && exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@")
    else
        (cd "$dir" && exec "$@")
    fi
}

if [ "$act" = stop ]; then
    as_server "$bin/pg_ctl" -D data -m fast -w stop > /dev/null
    exit
elif [ "$act" = start ]; then
    as_server "$bin/pg_ctl" -D data -l log -w -t 60 start > /dev/null
    exit
fi

child=
clean() {
    trap - EXIT HUP INT TERM
    [ -z "$child" ] || kill "$child" 2>/dev/null || :
    [ ! -f "$dir/data/postmaster.pid" ] ||
        as_server "$bin/pg_ctl" -D data -m immediate -w stop >/dev/null 2>&1 || :
    rm -rf "$dir"
}
trap clean EXIT
trap 'clean; exit 129' HUP
trap 'clean; exit 130' INT
trap 'clean; exit 143' TERM

quietly() {
    "$@" >"$dir/out" 2>&1 || {
        cat "$dir/out" "$dir/log" >&2 2>/dev/null || :
        exit 1
    }
}

# a small log is made faster; one that is forced to disk is as a new server has it
safe=off segment=4 log=512MB
[ "${SKEP_PG_FSYNC-}" != 1 ] || safe=on segment=16 log=1GB
quietly as_server "$bin/initdb" -D data -U skep -A trust -E UTF8 --locale=C.UTF-8 \
    --no-sync --no-instructions --wal-segsize=$segment

as_server tee -a data/postgresql.conf >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
fsync = $safe
full_page_writes = $safe
jit = off
autovacuum = off
wal_level = minimal
max_wal_senders = 0
max_connections = 200
max_wal_size = $log
timezone = 'UTC'
log_timezone = 'UTC'
CONF
[ "${SKEP_PG_LARGE-}" != 1 ] ||
    printf '%s\n' 'shared_buffers = 512MB' 'max_wal_size = 4GB' |
        as_server tee -a data/postgresql.conf >/dev/null
quietly as_server "$bin/pg_ctl" -D data -l log -w -t 60 start
quietly "$bin/createdb" -h "$dir" -U skep skep

SKEP_TEST_DATABASE="postgres:///skep?host=$dir&user=skep"
SKEP_PG_DIR=$dir
export SKEP_TEST_DATABASE SKEP_PG_DIR
status=0
"$@" <&0 &
child=$!
wait "$child" || status=$?
child=
exit "$status"

#!/usr/bin/env bash
# A PostgreSQL of its own for the tests, on a socket in its folder only, run by
# a user who is not root.
#
#   cluster.sh start FOLDER     makes and starts it; its address is then in
#                               FOLDER/address, with an empty database name. Its
#                               database "scenarios" has the empty schemas nf0 …
#                               nf999; those in use are named in FOLDER/taken
#   cluster.sh stop FOLDER      ends it and removes the folder
#
# Where PostgreSQL is missing, start says so and ends with 77; tests skip.
set -euo pipefail
what=${1:?start or stop}
folder=${2:?a folder}

bin=
for place in "${NF_POSTGRES_BIN:-}" /usr/lib/postgresql/*/bin /usr/local/bin \
    /usr/bin; do
    if [ -n "$place" ] && [ -x "$place/initdb" ] && [ -x "$place/psql" ]; then
        bin=$place
        break
    fi
done

# As whom: root cannot run it.
as() { "$@"; }
owner=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
    owner=postgres
    id -u "$owner" >/dev/null 2>&1 || owner=nobody
    as() { setpriv --reuid "$owner" --regid "$(id -g "$owner")" \
        --clear-groups env HOME=/tmp "$@"; }
fi

stop() {
    if [ -s "$folder/where" ]; then
        data=$(cat "$folder/where")
        as "$bin/pg_ctl" -D "$data/data" -m immediate -s stop >/dev/null 2>&1 || :
        as rm -rf "$data"
    fi
    rm -rf "$folder"
}

if [ "$what" = stop ]; then
    [ -z "$bin" ] || stop
    exit 0
fi

if [ -z "$bin" ]; then
    echo "skipped: PostgreSQL is not installed here"
    exit 77
fi
stop
mkdir -p "$folder"
# Names of sockets are short; the folder of the build may not be. A run makes some
# ten thousand small files, up to 2 GB: in memory, where there is plenty.
under=/tmp
room=$(df --output=avail /dev/shm 2>/dev/null | tail -1) || room=0
[ ! -w /dev/shm ] || [ "${room:-0}" -lt 4000000 ] || under=/dev/shm
data=$(as mktemp -d "$under/nf-pg.XXXXXX")
echo "$data" >"$folder/where"
as "$bin/initdb" -D "$data/data" -U nanoflow -E UTF8 --locale=C -A trust \
    >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
# Tests kill our processes, never the machine.
as "$bin/pg_ctl" -D "$data/data" -s -w -t 60 -l "$data/log" -o "-k $data \
    -c listen_addresses= -c fsync=off -c full_page_writes=off \
    -c max_connections=300 -c shared_buffers=64MB -c max_wal_size=256MB \
    -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off \
    -c log_statement=all -c log_parameter_max_length=0 \
    -c log_line_prefix=\"%m [%p] %a \"" \
    start >>"$folder/log" 2>&1 </dev/null ||
    { cat "$folder/log" "$data/log" 2>/dev/null; exit 1; }
"$bin/psql" -qX -h "$data" -U nanoflow postgres -c 'CREATE DATABASE scenarios'
"$bin/psql" -qX -h "$data" -U nanoflow scenarios -c 'DO $$BEGIN FOR i IN 0..999
    LOOP EXECUTE format($s$CREATE SCHEMA nf%s$s$, i); END LOOP; END$$'
mkdir "$folder/taken"
# The name of a database goes between the slash and the question mark.
echo "postgresql://nanoflow@/?host=$data" >"$folder/address"
"$bin/postgres" --version

#!/usr/bin/env bash
# A first download of very many objects, one of ten changes among them, and one
# of none (synchronize A161): million.sh [OBJECTS [MIB]], 100000 and 64 unless
# told. Server and client are processes of their own; prints how long each
# synchronization takes and the most memory that either side holds. Fails where
# one holds MIB more than it does without objects.
set -euo pipefail
: "${NANOFLOW:?the path of the program}"
: "${MEASURE:?the path of the program faults_measure}"
objects="${1:-100000}" most="${2:-64}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
app="$here/../scenarios/serve/model.xml"
work="$(mktemp -d)"
serving=""
trap 'exec 2>/dev/null; [ -z "$serving" ] || kill -9 "$serving"; rm -rf "$work"' EXIT
cd "$work"
echo demo >password

fail() {
    echo "failed: $*" >&2
    for file in out err serve.log; do
        [ ! -s "$file" ] || { echo "--- $file" >&2; tail -c 1000 "$file" >&2; }
    done
    exit 1
}
# notes FROM TO TEXT: lines of the data file.
notes() {
    awk -v a="$1" -v b="$2" -v text="$3" 'BEGIN {
        for (i = a; i <= b; i++)
            printf "{\"entity\": \"Serve.Note\", \"id\": \"n%d\", \"Title\": \"note %d\", \"Text\": \"%s\"}\n", i, i, text
    }'
}
on_server() {
    "$NANOFLOW" data import "$app" - --on server --server-db server.db >out 2>err ||
        fail "the data can't be imported"
}
serve() {
    local line
    exec {pipe}< <(exec "$NANOFLOW" serve "$app" --listen 127.0.0.1:0 \
        --server-db server.db --demo-users --verbose 2>serve.log)
    serving=$!
    read -r -t 60 line <&"$pipe" || fail "the server does not start"
    url=${line#listening }
}
stop_serving() {
    kill -s TERM "$serving"
    wait "$serving" || fail "the server fails"
    exec {pipe}<&-
    serving=""
}

# synchronize WHAT DOWNLOADED DATABASE: prints a line; `bytes` and the memory of
# both sides, `client` and `server`, are for the caller.
synchronize() {
    local seconds
    serve
    "$MEASURE" spent "$NANOFLOW" sync "$app" --db "$3" --server "$url" \
        --user anna --password-file password >out 2>err ||
        fail "$1"
    read -r seconds client <spent
    server=$(awk '/^VmHWM/ {print $2 / 1024}' "/proc/$serving/status")
    stop_serving
    grep -q " 0 uploaded, $2 downloaded, 0 removed, 0 rejected, 0 skipped" out ||
        fail "$1: other objects than $2"
    bytes=$(sed -n 's|.* GET [^ ]*/result 20[06] .* gave \([0-9]*\) bytes.*|\1|p' serve.log |
        awk '{ sum += $1 } END { print sum + 0 }')
    awk -v what="$1" -v s="$seconds" -v n="$2" -v b="$bytes" -v c="$client" -v v="$server" '
        BEGIN { printf "%s: %.2f s, %d objects, %d bytes; client %.1f MiB, server %.1f MiB\n", what, s, n, b, c, v }'
}
bounded() { # WHAT MIB IDLE
    awk -v a="$2" -v b="$3" -v most="$most" 'BEGIN { exit !(a - b < most) }' ||
        fail "$1 holds $2 MiB, $3 without objects"
}

synchronize idle 0 idle.db
idle_client=$client idle_server=$server
notes 1 "$objects" "A note of some length that a person wrote" | on_server
synchronize "first download" "$objects" phone.db
bounded "the client" "$client" "$idle_client"
bounded "the server" "$server" "$idle_server"
first=$bytes
notes 1 10 "Changed by the office" | on_server
synchronize "10 changed" 10 phone.db
[ $((bytes * 100)) -lt "$first" ] || fail "$bytes bytes of $first for 10 objects"
bounded "the client" "$client" "$idle_client"
bounded "the server" "$server" "$idle_server"
synchronize "nothing changed" 0 phone.db
bounded "the client" "$client" "$idle_client"
bounded "the server" "$server" "$idle_server"

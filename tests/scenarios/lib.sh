# Words for scenarios. The program writes to `out` and `err` in the working
# directory; `device.db` and `server.db` are the two sides.
NOW=2026-03-18T10:20:30Z
DEVICE=(--db device.db --now "$NOW" --seed 7)
SERVER=(--server local:server.db)
LATER=(--initial-sync never)

fail() {
    echo "failed: ${SCENARIO:+$SCENARIO: }$*" >&2
    for file in out err serve.log; do
        [ -s "$file" ] && { echo "--- $file" >&2; head -c 4000 "$file" >&2; }
    done
    exit 1
}

# scenario NAME: what the expectations that follow are about.
scenario() { SCENARIO="$*"; }

# exits CODE ARGUMENTS…: runs the program and expects its exit code.
exits() {
    local expected=$1 code=0
    shift
    "$NANOFLOW" "$@" >out 2>err </dev/null || code=$?
    [ "$code" -eq "$expected" ] ||
        fail "exit code $code, expected $expected: nanoflow $*"
}

# serve OPTIONS…: a server for server.db of $APP in a process of its own, which
# SERVER then means; its log is in `serve.log`. Demo users have the password
# "demo". It ends with the scenario, or with `stop_serving`.
serve() {
    local line
    echo demo >password
    exec {SERVE_OUT}< <(exec "$NANOFLOW" serve "$APP" --listen 127.0.0.1:0 \
        --server-db server.db --demo-users --now "$NOW" "$@" 2>>serve.log)
    SERVING=$!
    STARTED+=("$SERVING")
    read -r -t 60 line <&"$SERVE_OUT" || fail "the server does not start"
    URL=${line#listening }
    [ "$URL" != "$line" ] || fail "the server says \"$line\""
    SERVER=(--server "$URL" --password-file password)
}
# stop_serving [SIGNAL [CODE]]: ends it and expects its exit code.
stop_serving() {
    local code=0 pid others=()
    kill -s "${1:-TERM}" "$SERVING" 2>/dev/null || true # it may have died
    wait "$SERVING" || code=$?
    for pid in "${STARTED[@]}"; do # its number may soon be another's
        [ "$pid" = "$SERVING" ] || others+=("$pid")
    done
    STARTED=("${others[@]}")
    SERVING=
    exec {SERVE_OUT}<&-
    [ "$code" -eq "${2:-0}" ] || fail "the server ends with $code"
}

# Where servers have their data in PostgreSQL, $STORE is a program that knows it
# by the names of files (tests/postgres/place.sh).
on_postgres() { [ -n "${STORE:-}" ]; }
# copy_server FILE TO: all of a server's data, while no server is at work.
copy_server() {
    local part
    on_postgres && { bash "$STORE" copy "$1" "$2"; return; }
    for part in "" -wal -shm -files; do
        rm -rf "$2$part"
        [ ! -e "$1$part" ] || cp -r "$1$part" "$2$part"
    done
}
# server_sql FILE SQL: what PostgreSQL answers.
server_sql() { bash "$STORE" sql "$1" "$2"; }
# server_place FILE: what names it for a program that is not $NANOFLOW, into
# PLACE.
server_place() {
    PLACE=$PWD/$1
    ! on_postgres || PLACE=$(bash "$STORE" place "$1")
}

# Data into either side: lines on standard input.
on_device() {
    cat >lines.jsonl
    exits 0 data import "$APP" lines.jsonl --on device "${DEVICE[@]}"
}
on_server() {
    cat >lines.jsonl
    exits 0 data import "$APP" lines.jsonl --on server --now "$NOW" \
        --server-db server.db
}
on_both() {
    cat >both.jsonl
    on_device <both.jsonl
    on_server <both.jsonl
}

# What either side holds, as a file of lines: `device`, `server`.
look() {
    exits 0 data export "$APP" device --on device "${DEVICE[@]}" "$@"
    exits 0 data export "$APP" server --on server --server-db server.db "$@"
}

# run CODE FLOW ARGUMENTS…: a nanoflow with the server at hand; its document is
# in `out`.
run() {
    local code=$1
    shift
    exits "$code" run "$APP" "$@" "${DEVICE[@]}" "${SERVER[@]}" "${LATER[@]}" \
        --user anna --json
}
# returns RESULT FLOW ARGUMENTS…: a nanoflow that answers with this.
returns() {
    local expected=$1
    shift
    exits 0 run "$APP" "$@"
    [ "$(cat out)" = "$expected" ] || fail "$1 does not answer $expected"
}
# breaks KIND FLOW ARGUMENTS…: a nanoflow that ends with this kind of error;
# its document is in `out`.
breaks() {
    local kind=$1
    shift
    exits 1 run "$APP" "$@" --json
    has out "\"code\":\"$kind\""
}
sync() {
    exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" --user anna --json "$@"
}

has() { grep -qF -- "$2" "$1" || fail "$1 lacks: $2"; }
hasnt() { ! grep -qF -- "$2" "$1" || fail "$1 has: $2"; }
# row FILE NAME: the line of the object with this name, into `row`.
row() {
    grep -F "\"\$name\":\"$2\"" "$1" >row ||
        { cp "$1" out; fail "$1 has no object $2"; }
}
no_row() { hasnt "$1" "\"\$name\":\"$2\""; }
lines() {
    local count
    count=$(grep -c "" "$1" || true)
    [ "$count" -eq "$2" ] ||
        { [ "$1" = out ] || cp "$1" out
          fail "$1 has $count lines, expected $2"; }
}

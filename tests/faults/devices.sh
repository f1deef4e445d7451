#!/usr/bin/env bash
# Many devices at once against one server process, or several over one database:
# devices.sh [N [OBJECTS [SERVERS [PROCESSES]]]], 50, 1000 and 1 unless told.
# Each is a process, or with PROCESSES a session in one of that many (SESSIONS is
# the program faults_sessions). Each has all OBJECTS of the office, changes 20 and synchronizes; all must
# succeed, nothing may be lost or doubled (synchronize S144, A163 without its
# faults). Prints how long all took together beside one alone.
set -euo pipefail
: "${NANOFLOW:?the path of the program}"
N=${1:-50} OBJECTS=${2:-1000} SERVERS=${3:-1} PROCESSES=${4:-0} CHANGES=20
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
APP="$here/../scenarios/serve/model.xml"
WORK="$(mktemp -d)"
SERVING=() URLS=()
end() {
    [ ${#SERVING[@]} -eq 0 ] || kill -s KILL "${SERVING[@]}"
    rm -rf "$WORK"
}
trap end EXIT
cd "$WORK"
fail() {
    echo "failed: $*" >&2
    tail -5 serve.log >&2
    exit 1
}
# notes COUNT PREFIX STATE
notes() {
    awk -v n="$1" -v p="$2" -v state="$3" 'BEGIN {
        for (i = 1; i <= n; i++)
            printf "{\"entity\": \"Serve.Note\", \"id\": \"%s%d\", \"Title\": \"%s %d\", \"Text\": \"A note of some length that a person wrote\"%s}\n", p, i, p, i, state
    }'
}
now() { date +%s%N; }
# seconds SINCE: to three places
seconds() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.3f", (b - a) / 1e9 }'; }
synchronize() { # synchronize DEVICE SERVER
    "$NANOFLOW" sync "$APP" --db "$1.db" --server "${URLS[$2]}" --user anna \
        --password-file password --json >"$1.out" 2>"$1.err"
}
# all WHAT: every device synchronizes at the same time; all succeed.
all() {
    local pids=() i each
    if [ "$PROCESSES" -gt 0 ]; then
        each=$((N / PROCESSES))
        for ((i = 0; i < PROCESSES; i++)); do
            "$SESSIONS" "$APP" "${URLS[i % SERVERS]}" $((i * each + 1)) $each \
                2>"process$i.err" &
            pids+=($!)
        done
        for ((i = 0; i < PROCESSES; i++)); do
            wait "${pids[i]}" || fail "$1: $(cat "process$i.err")"
        done
        return
    fi
    for ((i = 1; i <= N; i++)); do
        synchronize "phone$i" $((i % SERVERS)) &
        pids+=($!)
    done
    for ((i = 1; i <= N; i++)); do
        wait "${pids[i - 1]}" ||
            fail "$1: phone$i: $(cat "phone$i.err")"
        grep -q '"rejected":\[\]' "phone$i.out" || fail "$1: phone$i has rejections"
    done
}
echo demo >password
notes "$OBJECTS" office '' >office.jsonl
"$NANOFLOW" data import "$APP" office.jsonl --on server --server-db server.db >/dev/null
for ((i = 0; i < SERVERS; i++)); do
    exec {OUT}< <(exec "$NANOFLOW" serve "$APP" --listen 127.0.0.1:0 \
        --server-db server.db --demo-users 2>>serve.log)
    SERVING+=($!)
    read -r -t 60 line <&"$OUT" || fail "the server does not start"
    URLS+=("${line#listening }")
done

all first
for ((i = 1; i <= N; i++)); do
    notes "$CHANGES" "p$i." ', "$state": "new"' >changes.jsonl
    "$NANOFLOW" data import "$APP" changes.jsonl --on device --db "phone$i.db" >/dev/null
done
start=$(now)
all "with changes"
together=$(seconds "$start")
# What one alone takes with as much to send, when the rest is known.
synchronize phone1 0 || fail "phone1 again"
notes "$CHANGES" alone. ', "$state": "new"' >changes.jsonl
"$NANOFLOW" data import "$APP" changes.jsonl --on device --db phone1.db >/dev/null
start=$(now)
synchronize phone1 0 || fail "phone1 alone"
alone=$(seconds "$start")
# Quiet again: every device holds the same, and the server too.
all last
expected=$((OBJECTS + CHANGES * (N + 1)))
count=$("$NANOFLOW" data export "$APP" - --on server --server-db server.db | grep -c Serve.Note) || true
[ "$count" -eq "$expected" ] || fail "the server has $count notes, not $expected"
for ((i = 1; i <= N; i++)); do
    "$NANOFLOW" data export "$APP" - --on device --db "phone$i.db" |
        sed 's/"$name":"[^"]*",//' >"phone$i.data"
    cmp -s phone1.data "phone$i.data" || fail "phone$i differs from phone1"
done
[ "$(grep -c Serve.Note phone1.data)" -eq "$expected" ] || fail "phone1 has too few"
for pid in "${SERVING[@]}"; do
    kill -s TERM "$pid"
    wait "$pid" || fail "a server fails"
done
SERVING=()
awk -v n="$N" -v t="$together" -v a="$alone" 'BEGIN {
    printf "%d devices: %.1f s together, %.1f synchronizations a second; one alone %.2f s, %.1f a second\n",
        n, t, n / t, a, 1 / a }'

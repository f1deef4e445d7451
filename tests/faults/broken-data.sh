#!/usr/bin/env bash
# Damaged data files and databases: exit code 3 (0 where the damage does no
# harm), never a crash, a report of a sanitizer or a partly applied import.
set -euo pipefail
: "${NANOFLOW:?the path of the program}"
: "${SOURCE:?the folder of the sources}"
app="$SOURCE/tests/scenarios/program/model.xml"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
RANDOM=20260319

expect() { # expect CODES ARGUMENTS…
    local codes=$1 code=0
    shift
    "$NANOFLOW" "$@" >out 2>err </dev/null || code=$?
    if [[ " $codes " != *" $code "* ]] || grep -q 'Sanitizer\|runtime error' err; then
        echo "failed: $code from nanoflow $*" >&2
        head -c 4000 err >&2
        exit 1
    fi
}

flip() {
    local byte
    cp "$1" "$2"
    byte=$(od -An -tu1 -j "$3" -N 1 "$1" | tr -d ' ')
    printf "\\x$(printf %02x $((byte ^ (1 << (RANDOM % 8)))))" |
        dd of="$2" bs=1 seek="$3" conv=notrunc status=none
}

{
    echo '{"entity": "Main.Item", "id": "a", "Title": "A", "Price": "0.10", "Count": 4}'
    echo '{"entity": "Main.Item", "id": "b", "Title": "Ö", "Main.Item_Parent": "a"}'
} >good.jsonl
expect 0 data import "$app" good.jsonl --db good.db
size=$(stat -c %s good.jsonl)
for i in $(seq 1 4 "$size"); do
    head -c "$i" good.jsonl >cut.jsonl
    expect "0 3" data import "$app" cut.jsonl
done
for _ in $(seq 1 40); do
    flip good.jsonl flipped.jsonl $((RANDOM % size))
    expect "0 3" data import "$app" flipped.jsonl
done
head -c 10000 /dev/urandom >random.jsonl
expect 3 data import "$app" random.jsonl
head -c 10000 /dev/zero >zeros.jsonl
expect 3 data import "$app" zeros.jsonl
{ for _ in $(seq 1 5000); do printf '['; done; echo; } >deep.jsonl
expect 3 data import "$app" deep.jsonl
expect 3 data import "$app" .

# Databases.
size=$(stat -c %s good.db)
for i in 0 1 50 99 100 101 1000 4096 $((size / 2)) $((size - 1)); do
    head -c "$i" good.db >cut.db
    expect "0 1 3" data export "$app" - --db cut.db
done
for _ in $(seq 1 40); do
    flip good.db flipped.db $(((RANDOM * 32768 + RANDOM) % size))
    expect "0 1 3" data export "$app" - --db flipped.db
done
head -c 10000 /dev/urandom >random.db
expect 3 data export "$app" - --db random.db
# A device's database is no server's, and the other way round.
expect 3 data export "$app" - --on server --server-db good.db
echo ok

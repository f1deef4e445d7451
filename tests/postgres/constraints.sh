#!/usr/bin/env bash
# Random XPath constraints give the same objects in the same order, and the same
# errors, with both stores: constraints.sh [CONSTRAINTS [OBJECTS]] (xpath Q30 …
# Q41, Q50 … Q59, Q70 … Q79, Q90 … Q96, Q110 … Q116, Q150 … Q156). SEED=N gives
# others, ZONE=Z another time zone. A constraint that one store has no stack for
# is refused there and left out here.
set -euo pipefail
: "${NANOFLOW:?the program, with a store on PostgreSQL}" "${PROGRAM:?the program}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
app="$here/../scenarios/program/xpath-rows/model.xml"
count=${1:-400} objects=${2:-12} seed="${SEED:-20260401}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 "$here/constraints.py" "$seed" "$objects" "$count" data.jsonl cells
for store in sqlite postgres; do
    program=$PROGRAM
    [ "$store" = sqlite ] || program=$NANOFLOW
    cp data.jsonl names.jsonl
    server=(--on server --server-db "$store.db")
    "$program" data import "$app" names.jsonl "${server[@]}" >/dev/null
    "$program" query "$app" --batch "${server[@]}" --names names.jsonl --user ada \
        --now 2026-03-18T10:20:30.456Z --time-zone "${ZONE:-Europe/Amsterdam}" \
        <cells >"$store.out" 2>err || { cat err >&2; exit 1; }
    [ "$(grep -c '' "$store.out")" -eq "$count" ] || { echo "too few answers" >&2; exit 1; }
done
paste -d '\n' cells sqlite.out postgres.out | awk '
    NR % 3 == 1 { cell = $0; next }
    NR % 3 == 2 { sqlite = $0; next }
    /too deep for the database/ || sqlite ~ /too deep for the database/ { deep++; next }
    $0 != sqlite { print cell "\n    SQLite: " sqlite "\n    PostgreSQL: " $0 >"differ" }
    /^Error/ { wrong++; next }
    /^$/ { none++; next }
    { some++ }
    END { print some + 0, none + 0, wrong + 0, deep + 0 }' >counts
read -r some none wrong deep <counts
echo "seed $seed: $some constraints select objects, $none nothing, $wrong are wrong," \
    "$deep too deep"
if [ -s differ ]; then
    head -c 6000 differ >&2
    exit 1
fi
# Where little is selected, little is compared.
[ "$some" -gt $((count / 3)) ] && [ "$deep" -le $((count / 100)) ]

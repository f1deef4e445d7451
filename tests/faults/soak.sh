#!/usr/bin/env bash
# What is too long for every day: soak.sh [MINUTES]. Repeats the fault tests
# with other seeds, and random rounds of changes on two devices and a server,
# until the time is over. Prints the seed and the counts.
set -euo pipefail
: "${NANOFLOW:?the path of the program}"
minutes="${1:-10}"
source_folder="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
app="$source_folder/tests/scenarios/synchronize/model.xml"
seed="${SEED:-$(date +%s)}"
RANDOM=$((seed % 32768))
end=$((SECONDS + minutes * 60))
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
rounds=0 syncs=0

nf() {
    "$NANOFLOW" "$@" >out 2>err </dev/null || {
        echo "failed in round $rounds (seed $seed): nanoflow $*" >&2
        cat out err >&2
        exit 1
    }
}

change() { # change DEVICE: a few random lines
    local i n state
    : >lines
    for i in $(seq 1 $((RANDOM % 5 + 1))); do
        n=$((RANDOM % 40))
        state=""
        [ "$1" = server ] || state=', "$state": "changed"'
        echo "{\"entity\": \"Sync.Task\", \"id\": \"t$n\", \"Title\": \"$1 $rounds $i\"$state}" >>lines
    done
    sort -u -t'"' -k8,8 lines >unique
    if [ "$1" = server ]; then
        nf data import "$app" unique --on server --server-db server.db
    else
        nf query "$app" Sync.Task "" --db "$1.db"
        # Only objects that the device has can be changed there.
        while read -r line; do
            name=$(sed 's/.*"id": "\(t[0-9]*\)".*/\1/' <<<"$line")
            grep -qF "\"\$name\":\"$name\"" out && echo "$line"
        done <unique >known || true
        [ ! -s known ] || nf data import "$app" known --db "$1.db"
    fi
}

echo "seed $seed"
for n in $(seq 0 39); do
    echo "{\"entity\": \"Sync.Task\", \"id\": \"t$n\", \"Title\": \"start\"}"
done >start
nf data import "$app" start --on server --server-db server.db
for device in a b; do
    nf data import "$app" start --db "$device.db"
done
while [ "$SECONDS" -lt "$end" ]; do
    rounds=$((rounds + 1))
    for side in a b server; do change "$side"; done
    for device in a b a; do
        nf sync "$app" --db "$device.db" --server local:server.db --user anna --json
        syncs=$((syncs + 1))
    done
    nf sync "$app" --db b.db --server local:server.db --user anna --json
    for device in a b; do
        nf data export "$app" held --db "$device.db"
        nf data diff "$app" held --on server --server-db server.db --as anna
    done
    if [ $((rounds % 20)) -eq 0 ]; then
        FLIPS=40 SOURCE="$source_folder" bash "$source_folder/tests/faults/broken-models.sh" >/dev/null
        SEED=$((seed + rounds)) bash "$source_folder/tests/faults/kill.sh" 50
    fi
done
echo "seed $seed: $rounds rounds, $syncs synchronizations, no difference"

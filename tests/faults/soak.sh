#!/usr/bin/env bash
# What is too long for every day: soak.sh [MINUTES]. Repeats the fault tests with
# other seeds until the time is over: sweeps of every mode with pairs of faults,
# three devices that fail and are killed in process and over HTTP, kills of the
# program, broken models. Prints the seed, with which SEED=N repeats it, and the
# counts.
set -euo pipefail
: "${NANOFLOW:?the path of the program}"
: "${SWEEP:?the path of the program faults_sweep}"
minutes="${1:-10}"
source_folder="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
here="$source_folder/tests/faults"
seed="${SEED:-$(date +%s)}"
end=$((SECONDS + minutes * 60))
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
rounds=0 faults=0 pairs=0 kills=0
scenarios=(first all unsynchronized selected flow)

# repeated COMMAND…: its output is kept in `out` and shown when it fails.
repeated() {
    "$@" >out 2>&1 || {
        echo "failed in round $rounds (seed $seed): $*" >&2
        tail -c 4000 out >&2
        exit 1
    }
}
# told PATTERN: the sum of the numbers before these words in `out`.
told() { grep -oE "[0-9]+ $1" out | awk '{sum += $1} END {print sum + 0}'; }

echo "seed $seed"
while [ "$SECONDS" -lt "$end" ]; do
    rounds=$((rounds + 1))
    export SEED=$((seed + rounds))
    repeated "$SWEEP" "$here/sweep" "${scenarios[rounds % 5]}" 500 "$SEED"
    faults=$((faults + $(told faults))) pairs=$((pairs + $(told 'of them double')))
    repeated bash "$here/network.sh" 200 100
    pairs=$((pairs + $(told 'double faults'))) kills=$((kills + $(told kills)))
    repeated bash "$here/kill.sh" 50
    kills=$((kills + $(told kills,)))
    [ $((rounds % 5)) -ne 0 ] ||
        FLIPS=40 SOURCE="$source_folder" repeated bash "$here/broken-models.sh"
done
echo "seed $seed: $rounds rounds, $faults faults in sweeps, $pairs double" \
    "faults, $kills kills, nothing lost"

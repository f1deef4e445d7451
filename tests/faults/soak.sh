#!/usr/bin/env bash
# What is too long for every day: soak.sh [MINUTES]. First a million objects and
# 200 devices in 4 processes and 100 devices of four servers on PostgreSQL
# (SCALE=0 leaves them out), with the program of RELEASE; then the fault tests in rounds with other seeds until the time is over:
# sweeps of every mode with pairs of faults, in process and over HTTP, three
# devices that fail and are killed, kills of the program, entity access of random
# apps, broken models. Prints
# the seed, with which SEED=N repeats it, a line per round, and the counts beside
# those that a release is to have met.
set -euo pipefail
: "${NANOFLOW:?the path of the program}"
: "${BUILD:?the folder of the tests of that build}"
: "${RELEASE:?the folder of a release build}"
minutes="${1:-10}"
source_folder="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
here="$source_folder/tests/faults"
seed="${SEED:-$(date +%s)}"
end=$((SECONDS + minutes * 60))
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
rounds=0 faults=0 pairs=0 http_pairs=0 kills=0
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
if [ "${SCALE:-1}" != 0 ]; then
    export MEASURE="$RELEASE/tests/faults_measure" SESSIONS="$RELEASE/tests/faults_sessions"
    NANOFLOW="$RELEASE/nanoflow" bash "$here/million.sh" 1000000 100
    NANOFLOW="$RELEASE/nanoflow" bash "$here/devices.sh" 200 1000 1 4
fi
# Four servers on one SQLite file, and on one PostgreSQL, where there is one.
postgres="$here/../postgres"
if [ "${SCALE:-1}" != 0 ] && command -v sqlite3 >/dev/null; then
    NANOFLOW="$RELEASE/nanoflow" SEED="$seed" bash "$postgres/processes.sh" 20 4
fi
if [ "${SCALE:-1}" != 0 ] && bash "$postgres/cluster.sh" start "$work/postgres"; then
    trap 'bash "$postgres/cluster.sh" stop "$work/postgres"; rm -rf "$work"' EXIT
    export PROGRAM="$RELEASE/nanoflow" POSTGRES="$work/postgres"
    NANOFLOW="$postgres/nanoflow.sh" SEED="$seed" bash "$postgres/processes.sh" 100 4
    NANOFLOW="$postgres/nanoflow.sh" bash "$postgres/throughput.sh" 48 1000
fi
while [ "$SECONDS" -lt "$end" ]; do
    rounds=$((rounds + 1))
    export SEED=$((seed + rounds))
    for transport in local http; do
        repeated "$BUILD/faults_sweep" "$here/sweep" "${scenarios[rounds % 5]}" \
            500 "$SEED" "$transport"
        count=$(told 'of them double')
        faults=$((faults + $(told faults))) pairs=$((pairs + count))
        [ "$transport" = local ] || http_pairs=$((http_pairs + count))
    done
    repeated bash "$here/network.sh" 200 100
    count=$(told 'double faults')
    pairs=$((pairs + count)) http_pairs=$((http_pairs + count / 2))
    kills=$((kills + $(told kills)))
    repeated bash "$here/kill.sh" 50
    kills=$((kills + $(told 'in time')))
    MEMORY=4000 CROWD="$BUILD/faults_connections" SOURCE="$source_folder" \
        repeated bash "$here/connections.sh" 3000 30
    for name in access crawl; do
        ROUNDS=5 repeated "$BUILD/server_test_$name"
    done
    [ $((rounds % 5)) -ne 0 ] ||
        FLIPS=40 SOURCE="$source_folder" repeated bash "$here/broken-models.sh"
    echo "round $rounds, seed $SEED: $faults faults in sweeps, $pairs double" \
        "faults so far, $kills kills"
done
echo "seed $seed: $rounds rounds, $faults faults in sweeps, $pairs of 10000 double" \
    "faults ($http_pairs over HTTP), $kills of 1000 kills, nothing lost"

#!/bin/sh
# Runs workloads beside their references, in turn, and prints every line and
# last one `ratio WORKLOAD X.XX` per comparison: the median of the product's
# seconds over the median of the reference's.
#   run.sh BUILD_FOLDER [WORKLOAD]...      ROUNDS=7 by default
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?"give the build folder (a release build)"}
shift
rounds=${ROUNDS:-7}
[ $# -gt 0 ] || set -- W1
out=$(mktemp)
trap 'rm -f "$out"' EXIT

median() { # median LABEL: of the fourth column
    awk -v label="$1" '$1 " " $2 == label { print $4 }' "$out" | sort -n |
        awk '{ v[NR] = $1 } END { if (NR) print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

w1() {
    lua=$(command -v lua5.4 || command -v lua || true)
    [ -n "$lua" ] || { echo "W1 needs lua5.4: install it with apt-get install lua5.4" >&2; exit 3; }
    for round in $(seq "$rounds"); do
        "$build/tests/bench_w1" "$here/w1/w1.xml" | tee -a "$out"
        "$lua" "$here/w1/w1.lua" | tee -a "$out"
    done
}

for workload in "$@"; do
    case $workload in
    W1) w1 ;;
    *) echo "There is no workload $workload here; there is W1" >&2; exit 2 ;;
    esac
done
for workload in "$@"; do
    awk -v name="$workload" -v a="$(median "$workload nanoflow")" -v b="$(median "$workload lua")" \
        'BEGIN { printf "ratio %s %.2f\n", name, a / b }'
done

#!/bin/sh
# Runs workloads beside what they are compared with, in turn, and prints every
# line and last one `ratio WORKLOAD X.XX` per comparison: the median of the
# product's seconds over that of the reference.
#   run.sh BUILD_FOLDER [WORKLOAD]...      ROUNDS=7 by default
#
# A workload NAME is a function `NAME product` and `NAME reference`, which
# prints one line `NAME label count seconds rate`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?"give the build folder (a release build)"}
shift
rounds=${ROUNDS:-7}
[ $# -gt 0 ] || set -- W1 W2
out=$(mktemp)
trap 'rm -f "$out"' EXIT

W1() { # flow interpretation, beside Lua
    case $1 in
    product) "$build/tests/bench_w1" "$here/w1/w1.xml" ;;
    *) lua5.4 "$here/w1/w1.lua" ;;
    esac
}

W2() { # expressions, beside the least that they cost in C
    case $1 in
    product) "$build/tests/bench_w2" "$here/w2/w2.xml" ;;
    *) "$build/tests/bench_w2_floor" ;;
    esac
}

median() { # median WORKLOAD SIDE
    awk -v key="$1 $2" '$1 " " $2 == key { print $6 }' "$out" | sort -n |
        awk '{ v[NR] = $1 } END { if (NR) print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

for workload in "$@"; do
    case $workload in
    W1 | W2) ;;
    *)
        echo "There is no workload $workload here; there are W1 and W2" >&2
        exit 2
        ;;
    esac
done
for round in $(seq "$rounds"); do
    for workload in "$@"; do
        for side in product reference; do
            line=$($workload $side)
            echo "$line"
            echo "$workload $side $line" >>"$out"
        done
    done
done
for workload in "$@"; do
    awk -v name="$workload" -v a="$(median "$workload" product)" \
        -v b="$(median "$workload" reference)" \
        'BEGIN { printf "ratio %s %.2f\n", name, a / b }'
done

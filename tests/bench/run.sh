#!/bin/sh
# Runs workloads beside what they are compared with, in turn, and prints every
# line and last one `ratio WORKLOAD product/reference X.XX` per comparison: the
# median of the product's seconds over that of the reference.
#   run.sh BUILD_FOLDER [WORKLOAD]...      ROUNDS=7 by default
#
# A workload NAME is a function `NAME product` and `NAME reference`, which
# prints one line `NAME label count seconds rate`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?"give the build folder (a release build)"}
shift
rounds=${ROUNDS:-7}
known="W1 W2 W3 HOOKS"
[ $# -gt 0 ] || set -- W1 W2 W3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/lines

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

W3() { # objects, beside the least that they cost in SQLite
    rm -f "$work"/w3.db*
    case $1 in
    product) "$build/tests/bench_w3" "$here/w3/w3.xml" "$work/w3.db" ;;
    *) "$build/tests/bench_w3_floor" "$work/w3.db" ;;
    esac
}

# Instructions of W1, beside a build that can't be traced: what tracing costs
# when it is off. The count stands where seconds do.
HOOKS() {
    case $1 in
    product) label=nanoflow program=bench_w1 ;;
    *) label=no-hooks program=bench_w1_plain ;;
    esac
    valgrind --tool=callgrind --toggle-collect=nf_execution_run \
        --callgrind-out-file="$work/callgrind" \
        "$build/tests/$program" "$here/w1/w1.xml" 100000 >"$work/w1" 2>&1 ||
        { cat "$work/w1" >&2; exit 1; }
    awk -v label=$label '$1 == "summary:" || $1 == "totals:" {
        printf "HOOKS %s 100000 %s 0\n", label, $2; exit }' "$work/callgrind"
}

values() { # values WORKLOAD SIDE FIELD
    awk -v key="$1 $2" -v field="$3" '$1 " " $2 == key { print $field }' "$out"
}
median() { # median WORKLOAD SIDE
    values "$1" "$2" 6 | sort -n | awk '{ v[NR] = $1 } END { if (NR)
        print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
label() { values "$1" "$2" 4 | head -n 1; }

for workload in "$@"; do
    case " $known " in
    *" $workload "*) ;;
    *)
        echo "There is no workload $workload here; there are $known" >&2
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
    awk -v name="$workload $(label "$workload" product)/$(label "$workload" reference)" \
        -v a="$(median "$workload" product)" \
        -v b="$(median "$workload" reference)" \
        'BEGIN { printf "ratio %s %.*f\n", name, (name ~ /^HOOKS/) ? 4 : 2, a / b }'
done

#!/usr/bin/env bash
# Unit tests and the programs that know the public header alone, under valgrind:
# every invalid access and every leak is an error. Debug builds without
# sanitizers only.
#   run.sh BUILD [REGEX]      names of programs in BUILD/tests
set -uo pipefail
build=$1 only=${2:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
command -v valgrind >/dev/null || { echo "valgrind is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# one PROGRAM ARGUMENTS…: prints what is wrong, and marks it.
one() {
    local log
    log=$(mktemp "$work/log.XXXXXX")
    timeout 900 valgrind --quiet --error-exitcode=99 --leak-check=full \
        --errors-for-leak-kinds=definite,indirect \
        --suppressions="$here/libraries.supp" "$@" >"$log" 2>&1 && return 0
    echo "FAILED: ${1##*/}"
    grep -A 25 '^==' "$log" | head -60
    : >"$work/failed"
}
programs() {
    for program in "$build"/tests/{base,models,objects,database,interpreter,activities,sync,server,library,analysis}_test_*; do
        [ -x "$program" ] && echo "$program"
    done
    echo "$build/tests/header_parts $root/tests/bench/association/association.xml"
}
running=0
while read -r line; do
    [[ -z $only || $line =~ $only ]] || continue
    # shellcheck disable=SC2086
    one $line &
    running=$((running + 1))
    if [ "$running" -ge "$(nproc)" ]; then
        wait -n
        running=$((running - 1))
    fi
done < <(programs)
wait
[ ! -e "$work/failed" ]

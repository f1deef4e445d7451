#!/usr/bin/env bash
# Memory errors that sanitizers do not see, above all values that nothing has set: unit
# tests, fuzz targets, the hosts of examples/embed, programs that know the public header alone
# and scenarios of the program, under valgrind. An invalid access, a decision by what is
# not set, and a leak are errors. Debug builds without sanitizers only.
#   run.sh BUILD [short | REGEX]     REGEX: of the names that it prints
set -uo pipefail
build=$(cd "$1" && pwd) only=${2:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
command -v valgrind >/dev/null || { echo "valgrind is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
# As the suite has it: unit tests do not lie beside it.
[ ! -x "$build/nanoflow-javascript" ] ||
    export NANOFLOW_JAVASCRIPT=$build/nanoflow-javascript

# What is left out, with the reason:
#   interpreter_test_memory  measures malloc itself, which valgrind replaces
readonly left_out='^interpreter_test_memory$'
# In the suite, some seconds: what handles bytes and counts, and one way through all.
readonly short='^(base_test_(text|map|decimal)|objects_test_value|sync_test_codec|header_parts)$'

readonly memcheck=(valgrind --quiet --error-exitcode=99 --leak-check=full
    --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect
    --num-callers=30
    "--suppressions=$here/libraries.supp")

# under LOGS PROGRAM: prints the name of a program that runs it under valgrind and
# writes what is found to files in LOGS, also of processes that are killed.
under() {
    mkdir -p "$1"
    printf '#!/bin/sh\nexec %s --log-file=%q %q "$@"\n' "${memcheck[*]}" \
        "$1/log.%p" "$2" >"$1/${2##*/}"
    chmod +x "$1/${2##*/}"
    echo "$1/${2##*/}"
}

# What each name runs; $logs is a folder of its own.
start() {
    local name=$1 logs=$2 seed
    case $name in
    header_parts) set -- tests/bench/association/association.xml ;;
    header_background) set -- tests/scenarios/device/model.xml ;;
    header_world) set -- tests/header/world.xml ;;
    header_host)
        set -- tests/scenarios/program/model.xml tests/scenarios/program/mocks/model.xml
        ;;
    header_calls) set -- tests/scenarios/acceptance/microflows/model.xml ;;
    examples/embed)
        NANOFLOW=$(under "$logs" "$build/nanoflow") \
            HOST=$(under "$logs" "$build/tests/embed_host") \
            OBJECTS=$(under "$logs" "$build/tests/embed_objects") \
            EVENT_LOOP=$(under "$logs" "$build/tests/embed_event_loop") \
            exec bash tests/examples/embed.sh
        ;;
    scenario/*)
        NANOFLOW=$(under "$logs" "$build/nanoflow") \
            exec bash tests/scenarios/run.sh "tests/scenarios/${name#scenario/}"
        ;;
    fuzz_bson_replay | fuzz_mpr_replay | fuzz_mpk_replay)
        seed=${name#fuzz_} seed=$logs/seed.${seed%_replay}
        "$build/tests/fuzz_make_seed" tests/fuzz/seed.xml "$logs"/seed.{mpr,bson,mpk}
        set -- "$seed"
        ;;
    fuzz_xml_replay) set -- tests/fuzz/seed.xml ;;
    fuzz_json_replay) set -- tests/scenarios/models/json/dump.json ;;
    *) set -- ;;
    esac
    exec "$(under "$logs" "$build/tests/$name")" "$@"
}

# one NAME: prints what is wrong, and marks it.
one() {
    local logs found
    logs=$(mktemp -d "$work/logs.XXXXXX")
    if (start "$1" "$logs") >"$logs/output" 2>&1 </dev/null &&
        ! grep -qs '^==' "$logs"/log.*; then
        echo "ok: $1"
        return
    fi
    echo "FAILED: $1"
    found=$(cat "$logs"/log.* 2>/dev/null)
    if [ -n "$found" ]; then
        head -60 <<<"$found"
    else
        tail -20 "$logs/output"
    fi
    : >"$work/failed"
}

names() {
    local program
    for program in "$build"/tests/{*_test_*,fuzz_*_replay} \
        "$build"/tests/header_{parts,host,background,calls,world}; do
        [ -f "$program" ] && [ -x "$program" ] && echo "${program##*/}"
    done
    echo examples/embed
    printf 'scenario/%s\n' program/{run,run-json,data,query,limits,expressions,mocks,convert} \
        synchronize/{all-goes-both-ways,selected-gone-becomes-empty,initial-synchronization} \
        serve/{two-devices,compression,faults}
}

[ "$only" != short ] || only=$short
running=0
while read -r name; do
    [[ $name =~ $left_out || (-n $only && ! $name =~ $only) ]] && continue
    one "$name" &
    running=$((running + 1))
    if [ "$running" -ge "$(nproc)" ]; then
        wait -n
        running=$((running - 1))
    fi
done < <(names | sort -u) # one fuzz target has the name of a unit test, too
wait
[ ! -e "$work/failed" ]

#!/bin/sh
# Runs workloads beside what they are compared with, in turn, and prints every
# line and last one `ratio WORKLOAD product/reference X.XX` per comparison: the
# median of the product's seconds per object over that of the reference.
#   run.sh BUILD_FOLDER [WORKLOAD]...      ROUNDS=7 by default
#
# A workload NAME is a function `NAME product` and `NAME reference`, which
# prints lines `NAME label count seconds rate`. The first line of the product is
# compared with the first of the reference, and so on; where the reference has
# only one, all are compared with that.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?"give the build folder (a release build)"}
shift
rounds=${ROUNDS:-7}
known="W1 W2 W3 W4 W5 W6 W6-run W6-check INCREMENTAL COMMIT ASSOCIATION MEMORY \
HOOKS COVERAGE TEST START-version START-run HANDLERS"
[ $# -gt 0 ] || set -- W1 W2 W3 W6 W6-run W6-check COMMIT ASSOCIATION TEST \
    START-version START-run
work=$(mktemp -d)
w4_servers=
finish() {
    for server in $w4_servers; do kill "$server" 2>/dev/null || :; done
    rm -rf "$work"
}
trap finish EXIT
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

COMMIT() { # objects committed one by one, beside one transaction each
    rm -f "$work"/commit.db*
    case $1 in
    product)
        "$build/tests/bench_commit" "$here/commit/commit.xml" \
            "$work/commit.db" 20000
        ;;
    *) "$build/tests/bench_commit_floor" "$work/commit.db" 20000 ;;
    esac
}

TEST() { # a suite of 100 tests, beside 100 programs that do nothing
    case $1 in
    product)
        [ -d "$work/test" ] || {
            mkdir "$work/test"
            sh "$here/test/suite.sh" "$work/test"
        }
        "$build/tests/bench_time" TEST suite 100 "$build/nanoflow" test \
            "$work/test" --app "$here/../../examples/field-service/app.xml"
        ;;
    *)
        # shellcheck disable=SC2016
        "$build/tests/bench_time" TEST programs 100 sh -c \
            'i=0; while [ $i -lt 100 ]; do /bin/true; i=$((i + 1)); done'
        ;;
    esac
}

# Retrieve by association: the time of one object among 10,000 and 100,000,
# beside that of one among 1,000. The first count warms up.
ASSOCIATION() {
    case $1 in
    product) counts="100 10000 100000" ;;
    *) counts="100 1000" ;;
    esac
    rm -f "$work"/association.db*
    # shellcheck disable=SC2086
    "$build/tests/bench_association" "$here/association/association.xml" \
        "$work/association.db" $counts >"$work/association"
    awk '$2 == "retrieve" && $3 > 100 { $2 = $2 "-" $3; print }' \
        "$work/association"
}

# The peak of memory (in KB, where seconds stand) with 100,000 objects beside
# that with 10,000, of each command that passes over all of them.
MEMORY() {
    case $1 in
    product) count=100000 ;;
    *) count=10000 ;;
    esac
    app=$here/association/association.xml
    awk -v n=$count 'BEGIN { for (i = 1; i <= n; i++) {
        if (i % 100 == 1)
            print "{\"entity\":\"Bench.Order\",\"id\":\"o" i "\",\"Number\":" i "}"
        printf "{\"entity\":\"Bench.Line\",\"id\":\"l%d\",\"Amount\":%d," \
            "\"Bench.Line_Order\":\"o%d\"}\n", i, i, i - (i - 1) % 100 } }' \
        >"$work/data.jsonl"
    printf 'Bench.Line\t\tAmount desc\n' >"$work/query"
    for on in device server; do
        rm -rf "$work"/memory.db*
        store="--db $work/memory.db"
        [ $on = device ] || store="--on server --server-db $work/memory.db"
        peak import data import "$app" "$work/data.jsonl"
        peak export data export "$app" "$work/again.jsonl"
        peak diff data diff "$app" "$work/again.jsonl"
        peak query query "$app" --batch --names "$work/data.jsonl"
    done
    peak_download $count
}
peak_download() { # of a device's first synchronization, over HTTP
    app=$here/w4/w4.xml
    rm -rf "$work"/memory*.db* "$work/memory.serve"
    "$build/tests/bench_w4_data" | head -n "$1" >"$work/data.jsonl"
    "$build/nanoflow" data import "$app" "$work/data.jsonl" --on server \
        --server-db "$work/memory-server.db" >&2
    "$build/nanoflow" serve "$app" --listen 127.0.0.1:0 --quiet --demo-users \
        --server-db "$work/memory-server.db" >"$work/memory.serve" &
    memory_server=$!
    w4_servers="$w4_servers $memory_server"
    until [ -s "$work/memory.serve" ]; do sleep 0.1; done
    echo bench >"$work/password"
    on=first
    store="--db $work/memory.db --user ada --password-file $work/password"
    peak download sync "$app" \
        --server "$(sed -n 's/^listening //p' "$work/memory.serve")"
    kill "$memory_server"
}
peak() { # peak LABEL ARGUMENTS…: of the program, with $store
    label=$on-$1
    shift
    # shellcheck disable=SC2086
    /usr/bin/time -f %M -o "$work/peak" "$build/nanoflow" "$@" $store \
        <"$work/query" >"$work/answer"
    echo "MEMORY $label $count $(cat "$work/peak") 0"
}

# Two processes each: a server that lives as long as this script, and a device
# per round.
w4_start() {
    [ -z "$w4_servers" ] || return 0
    "$build/tests/bench_w4_data" >"$work/w4.jsonl"
    "$build/nanoflow" data import "$here/w4/w4.xml" "$work/w4.jsonl" \
        --on server --server-db "$work/w4-server.db" >&2
    "$build/nanoflow" serve "$here/w4/w4.xml" --listen 127.0.0.1:0 --quiet \
        --demo-users --server-db "$work/w4-server.db" >"$work/w4.serve" &
    w4_servers=$!
    mkfifo "$work/w4.floor-end"
    "$build/tests/bench_w4_floor_server" "$work/w4-floor-server.db" \
        <"$work/w4.floor-end" >"$work/w4.floor" &
    w4_servers="$w4_servers $!"
    exec 3>"$work/w4.floor-end"
    until [ -s "$work/w4.serve" ] && [ -s "$work/w4.floor" ]; do sleep 0.1; done
    w4_url=$(sed -n 's/^listening //p' "$work/w4.serve")
    w4_port=$(cat "$work/w4.floor")
}
w4_device() { # w4_device download|upload|again COUNT
    "$build/tests/bench_w4" "$1" "$here/w4/w4.xml" "$work/w4.db" "$w4_url" "$2"
}

W4() { # first download of 100 000 objects, beside the least that it costs
    case $1 in
    product)
        rm -f "$work"/w4.db*
        w4_device download 100000
        ;;
    *)
        rm -f "$work"/w4-floor.db*
        "$build/tests/bench_w4_floor_client" download "$w4_port" \
            "$work/w4-floor.db"
        ;;
    esac
}

W5() { # upload of 10 000 changed objects
    case $1 in
    product)
        [ -f "$work/w4.db" ] || W4 product >&2
        w4_device upload 10000
        ;;
    *)
        [ -f "$work/w4-floor.db" ] || W4 reference >&2
        "$build/tests/bench_w4_floor_client" upload "$w4_port" \
            "$work/w4-floor.db"
        ;;
    esac
}

# Whole processes on an app of 2,469 units and 41 MB: listing its nanoflows,
# running a small one, checking all; beside reading every unit's top-level keys
# (list) or every element (run, check). The last column is the peak of memory.
w6_process() { # w6_process WORKLOAD LABEL PROGRAM ARGUMENTS…
    [ -d "$work/w6" ] || "$build/tests/bench_w6_app" "$work/w6"
    workload_name=$1 label=$2
    shift 2
    "$build/tests/bench_time" "$workload_name" "$label" 2469 "$@"
}
w6_app=$work/w6/v2/W6.mpr
W6() {
    case $1 in
    product) w6_process W6 list "$build/nanoflow" list "$w6_app" --type nanoflow ;;
    *) w6_process W6 keys "$build/tests/bench_w6_floor" "$w6_app" keys ;;
    esac
}
W6_run() {
    case $1 in
    product)
        w6_process W6-run run "$build/nanoflow" run "$w6_app" Module30.Greet \
            --arg Name=Ada
        ;;
    *) w6_process W6-run all "$build/tests/bench_w6_floor" "$w6_app" all ;;
    esac
}
W6_check() {
    case $1 in
    product) w6_process W6-check check "$build/nanoflow" check "$w6_app" ;;
    *) w6_process W6-check all "$build/tests/bench_w6_floor" "$w6_app" all ;;
    esac
}

# A full synchronization after somebody else changed ten objects of 100 000,
# beside the first download; its line says what it costs on the wire. The one
# before it, with nothing to tell, goes to standard error.
INCREMENTAL() {
    case $1 in
    product)
        [ -f "$work/w4.db" ] || W4 product >&2
        w4_device again -1 >/dev/null
        w4_device again 0 >&2
        "$build/tests/bench_w4_data" 10 >"$work/w4-changes.jsonl"
        "$build/nanoflow" data import "$here/w4/w4.xml" \
            "$work/w4-changes.jsonl" --on server \
            --server-db "$work/w4-server.db" >&2
        w4_device again 10
        ;;
    *)
        rm -f "$work"/w4-first.db*
        "$build/tests/bench_w4" download "$here/w4/w4.xml" "$work/w4-first.db" \
            "$w4_url" 100000 | sed 's/^W4 nanoflow/INCREMENTAL first-download/'
        ;;
    esac
}

# W5 through a microflow before each commit, beside W5 without one: a server and
# a device each, which live as long as this script.
handlers_start() { # handlers_start LABEL MODEL
    "$build/tests/bench_w4_data" >"$work/$1.jsonl"
    "$build/nanoflow" data import "$2" "$work/$1.jsonl" --on server \
        --server-db "$work/$1-server.db" >&2
    "$build/nanoflow" serve "$2" --listen 127.0.0.1:0 --quiet --demo-users \
        --server-db "$work/$1-server.db" >"$work/$1.serve" &
    w4_servers="$w4_servers $!"
    until [ -s "$work/$1.serve" ]; do sleep 0.1; done
    "$build/tests/bench_w4" download "$2" "$work/$1.db" \
        "$(sed -n 's/^listening //p' "$work/$1.serve")" 100000 >&2
}
HANDLERS() {
    case $1 in
    product) label=handler model=$here/handlers/handlers.xml ;;
    *) label=none model=$here/w4/w4.xml ;;
    esac
    [ -f "$work/$label.serve" ] || handlers_start $label "$model"
    "$build/tests/bench_w4" upload "$model" "$work/$label.db" \
        "$(sed -n 's/^listening //p' "$work/$label.serve")" 10000 |
        sed "s/^W5 nanoflow/HANDLERS $label/"
}

# Instructions of W1, beside a build that can't be traced: what tracing costs
# when it is off. The count stands where seconds do.
HOOKS() {
    case $1 in
    product) w1_instructions HOOKS nanoflow bench_w1 ;;
    *) w1_instructions HOOKS no-hooks bench_w1_plain ;;
    esac
}

# The same with coverage, beside the same without.
COVERAGE() {
    case $1 in
    product) w1_instructions COVERAGE coverage bench_w1 coverage ;;
    *) w1_instructions COVERAGE nanoflow bench_w1 ;;
    esac
}
w1_instructions() { # w1_instructions WORKLOAD LABEL PROGRAM [coverage]
    valgrind --tool=callgrind --toggle-collect=nf_execution_run \
        --callgrind-out-file="$work/callgrind" \
        "$build/tests/$3" "$here/w1/w1.xml" 100000 ${4:-} >"$work/w1" 2>&1 ||
        { cat "$work/w1" >&2; exit 1; }
    awk -v label="$1 $2" '$1 == "summary:" || $1 == "totals:" {
        printf "%s 100000 %s 0\n", label, $2; exit }' "$work/callgrind"
}

# A whole process that does little, beside one of Lua that does nothing: the
# median of 25, since each is short.
start_process() { # start_process WORKLOAD LABEL PROGRAM ARGUMENTS…
    start_of=$1 label=$2
    shift 2
    "$build/tests/bench_time" -n 25 "$start_of" "$label" 1 "$@"
}
START_version() {
    case $1 in
    product) start_process START-version version "$build/nanoflow" --version ;;
    *) start_process START-version lua lua5.4 -e '' ;;
    esac
}
START_run() {
    case $1 in
    product)
        start_process START-run run "$build/nanoflow" run \
            "$here/../../examples/hello/hello.xml" Hello.Greet --arg Name=Ada
        ;;
    *) start_process START-run lua lua5.4 -e '' ;;
    esac
}

labels() { # labels WORKLOAD SIDE: in the order of their first lines
    awk -v key="$1 $2" '$1 " " $2 == key && !seen[$4]++ { print $4 }' "$out"
}
median() { # median WORKLOAD SIDE LABEL: of the seconds per object
    awk -v key="$1 $2 $3" '$1 " " $2 " " $4 == key {
        print (key ~ /^(HOOKS|COVERAGE|MEMORY) /) ? $6 : $6 / $5 }' "$out" |
        sort -n | awk '{ v[NR] = $1 } END { if (NR)
        print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
ratios() { # ratios WORKLOAD
    labels "$1" product >"$work/products"
    labels "$1" reference >"$work/references"
    paste "$work/products" "$work/references" >"$work/pairs"
    first=$(head -n 1 "$work/references")
    while IFS="$(printf '\t')" read -r product reference; do
        reference=${reference:-$first}
        awk -v name="$1 $product/$reference" \
            -v a="$(median "$1" product "$product")" \
            -v b="$(median "$1" reference "$reference")" \
            'BEGIN { printf "ratio %s %.*f\n", name,
                (name ~ /^(HOOKS|COVERAGE)/) ? 4 : 2, a / b }'
    done <"$work/pairs"
}

for workload in "$@"; do
    case " $known " in
    *" $workload "*) ;;
    *)
        echo "There is no workload $workload here; there are $known" >&2
        exit 2
        ;;
    esac
done
case " $* " in *" W4 "* | *" W5 "* | *" INCREMENTAL "*) w4_start ;; esac
for round in $(seq "$rounds"); do
    for workload in "$@"; do
        for side in product reference; do
            "$(echo "$workload" | tr - _)" $side >"$work/side"
            cat "$work/side"
            sed "s/^/$workload $side /" "$work/side" >>"$out"
        done
    done
done
for workload in "$@"; do
    ratios "$workload"
done

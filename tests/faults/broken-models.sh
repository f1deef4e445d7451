#!/usr/bin/env bash
# Truncated, empty, random and bit-flipped files: exit code 3 (or 0 where the
# damage does no harm), one line on standard error, and never a crash or a
# report of a sanitizer. The sources are apps of this folder, and the containers
# of tests/fuzz where there are any.
set -euo pipefail
: "${NANOFLOW:?the path of the program}"
: "${SOURCE:?the folder of the sources}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
RANDOM=20260318
checked=0

# try FILE: opens it with two commands.
try() {
    local command code
    for command in list check; do
        code=0
        "$NANOFLOW" "$command" "$1" >out 2>err </dev/null || code=$?
        checked=$((checked + 1))
        case $code in
        0 | 3) ;;
        1) [ "$command" = check ] && continue ;;&
        *)
            cp "$1" /tmp/broken-model 2>/dev/null || true
            echo "failed: $command ends with $code on $1" >&2
            head -c 4000 err >&2
            exit 1
            ;;
        esac
        if grep -q 'Sanitizer\|runtime error' err; then
            head -c 4000 err >&2
            exit 1
        fi
    done
}

# must_refuse FILE: cannot be an app.
must_refuse() {
    local code=0
    "$NANOFLOW" list "$1" >out 2>err </dev/null || code=$?
    [ "$code" -eq 3 ] ||
        { echo "failed: list ends with $code on $1" >&2; cat err >&2; exit 1; }
    [ "$(wc -l <err)" -eq 1 ] || { echo "failed: not one line:" >&2; cat err >&2; exit 1; }
}

flip() { # flip FILE OUT POSITION
    local byte
    cp "$1" "$2"
    byte=$(od -An -tu1 -j "$3" -N 1 "$1" | tr -d ' ')
    printf "\\x$(printf %02x $((byte ^ (1 << (RANDOM % 8)))))" |
        dd of="$2" bs=1 seek="$3" conv=notrunc status=none
}

damage() { # damage FILE: cuts and flips
    local size i position ending="${1##*.}"
    size=$(stat -c %s "$1")
    for i in 1 2 3 4 5 6 7; do
        head -c $((size * i / 8)) "$1" >"cut.$ending"
        try "cut.$ending"
    done
    head -c $((size - 1)) "$1" >"cut.$ending"
    try "cut.$ending"
    for i in $(seq 1 "${FLIPS:-20}"); do
        position=$(((RANDOM * 32768 + RANDOM) % size))
        flip "$1" "flipped.$ending" "$position"
        try "flipped.$ending"
    done
}

for ending in xml mpr; do
    : >"empty.$ending"
    must_refuse "empty.$ending"
    head -c 20000 /dev/urandom >"random.$ending"
    must_refuse "random.$ending"
    printf 'SQLite format 3\0' >"header.$ending"
    must_refuse "header.$ending"
    printf 'PK\003\004' >"package.$ending"
    must_refuse "package.$ending"
done
mkdir folder
must_refuse folder
must_refuse nothing.mpr
must_refuse /dev/null
printf '<app xmlns="urn:nanoflow:app:1" format="1"' >open.xml
must_refuse open.xml
printf '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>' >entities.xml
must_refuse entities.xml
{ for _ in $(seq 1 5000); do printf '<a>'; done; } >deep.xml
must_refuse deep.xml

damage "$SOURCE/tests/scenarios/program/model.xml"
damage "$SOURCE/tests/scenarios/synchronize/model.xml"
for file in "$SOURCE"/tests/fuzz/corpus/mpr/*.mpr; do
    [ -f "$file" ] && damage "$file"
done
echo "ok: $checked damaged files"

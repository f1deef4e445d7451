#!/usr/bin/env bash
# The shared library exports the functions of nanoflow.h and nothing else, under
# its own version. exports.sh SOURCE LIBRARY
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

awk -v names=1 -f "$1/docs/generate/manual.awk" "$1/include/nanoflow.h" |
    sort >"$work/declared"
[ "$(wc -l <"$work/declared")" -gt 90 ] || { echo "no functions found"; exit 1; }
nm -D --defined-only "$2" | awk '$2 != "A" { print $3 }' | sort >"$work/exported"
sed 's/$/@@NANOFLOW_0/' "$work/declared" | diff -u - "$work/exported" || {
    echo "FAILED: the header (-) and the library (+) differ"
    exit 1
}
readelf -d "$2" | grep -q 'SONAME.*libnanoflow\.so\.0\]' || {
    echo "FAILED: no SONAME libnanoflow.so.0"
    exit 1
}
echo "$(wc -l <"$work/exported") functions"

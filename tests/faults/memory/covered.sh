#!/usr/bin/env bash
# Every function of the public header is called while allocations fail.
#   covered.sh SOURCE
set -euo pipefail
cd "$1"
missing=0
while read -r name; do
    grep -qE "\b$name\(" tests/faults/memory/*_cases.c && continue
    case $name in
    nf_error_free | nf_error_reset | nf_*_free | nf_app_close)
        grep -qE "\b$name\(" tests/faults/memory/functions.c && continue
        ;;
    esac
    echo "FAILED: no case calls $name"
    missing=1
done < <(awk -v names=1 -f docs/generate/manual.awk include/nanoflow.h)
exit $missing

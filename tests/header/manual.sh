#!/usr/bin/env bash
# The pages of the manual that are written from the source are what the source
# says now, and the version is said once. manual.sh SOURCE ACTIVITIES
set -euo pipefail
cd "$1"
failures=0
same() { # same PAGE: as standard input
    diff -u "$1" - && return 0
    echo "FAILED: $1 is not up to date: ./dev manual writes it"
    failures=$((failures + 1))
}
awk -f docs/generate/manual.awk include/nanoflow.h | same docs/manual.md
"$2" | same docs/activities.md
exit "$failures"

#!/usr/bin/env bash
# The pages of the manual that are written from the source are what the source
# says now, and so are the page for man and the completion that are installed.
#   manual.sh SOURCE ACTIVITIES PROGRAM
set -euo pipefail
cd "$1"
failures=0
same() { # same PAGE COMMAND…: as it writes it
    page=$1
    shift
    "$@" | diff -u "$page" - && return 0
    echo "FAILED: $page is not up to date: ./dev manual writes it"
    failures=$((failures + 1))
}
activities=$2 program=$3
same docs/manual.md awk -f docs/generate/manual.awk include/nanoflow.h
same docs/activities.md "$activities"
same docs/nanoflow.1 "$program" man-page
same packaging/nanoflow.bash "$program" completion bash
exit "$failures"

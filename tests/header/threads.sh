#!/usr/bin/env bash
# What has threads, built with the thread sanitizer: several sessions on several threads
# over one app, flows beside a synchronization, tests of an app at once, and many
# devices on threads of one process. A race is an error.
#   threads.sh BUILD
set -euo pipefail
build=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export TSAN_OPTIONS="halt_on_error=1 ${TSAN_OPTIONS:-}"
scenarios=$PWD/tests/scenarios
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
one() { # one NAME COMMAND…
    local name=$1
    shift
    if "$@" >"$work/out" 2>&1; then
        echo "ok: $name"
    else
        echo "FAILED: $name"
        tail -60 "$work/out"
        failed=1
    fi
}
one "sessions on threads" "$build/tests/header_host" "$scenarios/program/model.xml" \
    "$scenarios/program/mocks/model.xml"
one "flows beside a synchronization" "$build/tests/header_background" \
    "$scenarios/device/model.xml"
one "tests at once" "$build/nanoflow" test examples/field-service/tests --jobs 4
[ ! -e "$build/tests/server_test_http" ] ||
    one "passwords beside requests" "$build/tests/server_test_http"
exit $failed

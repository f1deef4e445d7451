#!/usr/bin/env bash
# What the README and the examples promise, done for real. Needs $NANOFLOW.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=$(mktemp)
trap 'rm -f "$out"' EXIT

failures=0
expect() { # expect WHAT LINE: the line stands in $out, whatever surrounds it
    grep -qF -- "$2" "$out" && return 0
    printf 'FAILED: %s: no line with: %s\n' "$1" "$2"
    failures=$((failures + 1))
}

# The README's test is one of the example's suite (documented.sh runs it and the
# commands of the pages).
block=$(sed -n '/^ \* @test/,/^\/$/p' README.md)
case "$(cat examples/field-service/tests/synchronize.test.mdl)" in
*"$block"*) ;;
*)
    printf 'FAILED: README shows a test that the example does not have\n'
    failures=$((failures + 1))
    ;;
esac
# The working day of the field service app.
if ! bash examples/field-service/demo.sh --quick >"$out" 2>&1 </dev/null; then
    printf 'FAILED: demo.sh ended with an error\n'
    failures=$((failures + 1))
fi
expect "take offline" "message (Information): Anna takes 'Repair the oven'"
expect "no connection" "No connection. Your work is safe on this phone"
expect "loop, aggregate, invoice" '"Summary":"Order 1 is done: 120 to invoice"'
expect "uncommitted is ignored" "synchronize selected: 0 uploaded, 0 downloaded"
expect "AutoNumber comes back" "The server gave it number 1001"
expect "caller's variable is empty" \
    '$WorkOrder is empty; $Orders went from 3 to 2'
expect "error entity" '"changed":["Status","FieldService.WorkOrder_Technician"]'
expect "file contents" "lift.png             The cable, worn      70"
expect "account without access" \
    "You no longer have access to this account; your change was not applied"
expect "end" "That was nanoflow."
if [ "$failures" -gt 0 ]; then
    cat "$out"
    exit 1
fi
echo "the examples do what they say"

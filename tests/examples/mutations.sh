#!/usr/bin/env bash
# The suite of examples/field-service catches every mistake of
# mutations/mutations.tsv, each made in a copy of the app. Needs $NANOFLOW.
#   mutations.sh [WORDS]     only those with the words in their description
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
suite() { # suite FOLDER: runs the tests of the app in this folder
    "$NANOFLOW" test "$1/tests" --tags '!sweep' --no-steps --color never >"$work/out" 2>&1 </dev/null
}
cp -r "$root/examples/field-service" "$work/sound"
javascript=true
if [ ! -x "$(dirname "$NANOFLOW")/nanoflow-javascript" ]; then
    javascript=false
    rm "$work/sound/tests/billing.test.mdl"
fi
suite "$work/sound" || { cat "$work/out"; echo "FAILED: the app as it is"; exit 1; }

failures=0 count=0
while IFS=$'\t' read -r file edit what; do
    case $file in '' | '#'*) continue ;; esac
    [[ $what == *"${1:-}"* ]] || continue
    case $file in *javascriptsource* | *billing*) $javascript || continue ;; esac
    count=$((count + 1))
    rm -rf "$work/app"
    cp -r "$work/sound" "$work/app"
    target=$work/app/FieldService/$file
    sed -E -i "$edit" "$target"
    if cmp -s "$target" "$work/sound/FieldService/$file"; then
        echo "FAILED: the edit changes nothing: $what"
        failures=$((failures + 1))
        continue
    fi
    code=0
    suite "$work/app" || code=$?
    # An expectation has to see it: a model that can't be opened any more, or a
    # flow that breaks down, would be no test of what the suite asserts.
    if [ "$code" -ne 1 ] || ! grep -q '^  FAIL ' "$work/out"; then
        echo "FAILED: not caught (exit code $code): $what"
        tail -1 "$work/out"
        failures=$((failures + 1))
    fi
done <"$here/mutations/mutations.tsv"
[ "$failures" -eq 0 ] || exit 1
[ -n "${1:-}" ] || [ "$count" -ge 20 ] || { echo "FAILED: only $count mistakes"; exit 1; }
echo "the suite catches $count mistakes"

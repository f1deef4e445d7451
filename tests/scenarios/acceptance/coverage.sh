#!/usr/bin/env bash
# Which acceptance scenario of synchronize §29 has which test: a line
# `A12<TAB>files` per number. Fails if one of A1 … A165 has no test and is not
# excepted in README.md, or is excepted twice. `--markdown` prints the table.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
areas=(scenarios/acceptance scenarios/serve scenarios/synchronize scenarios/device
    unit/server unit/sync header faults)

# FILE<TAB>NUMBER for every number named, "A3 … A5" being three.
named() {
    grep -rnoE '\bA[0-9]{1,3}( … A[0-9]{1,3})?\b' --include='*.sh' \
        --include='*.c' "${areas[@]}" --exclude=coverage.sh --exclude=words.sh |
        sed -E 's/^([^:]*):[0-9]*:/\1 /; s/ … / /' |
        awk '{
            first = substr($2, 2) + 0
            last = NF > 2 ? substr($3, 2) + 0 : first
            for (i = first; i <= last && i <= 165; i++)
                print $1 "\t" i
        }' | sort -u
}
excepted() {
    sed -nE 's/^\| (A[0-9]+) \|.*/\1/p' scenarios/acceptance/README.md
}

declare -A files=() reasons=()
while IFS=$'\t' read -r file number; do
    files[$number]+="${files[$number]:+, }$file"
done < <(named)
while read -r number; do
    reasons[${number#A}]=1
done < <(excepted)

failed=0
for ((i = 1; i <= 165; i++)); do
    if [ -z "${files[$i]:-}" ] && [ -z "${reasons[$i]:-}" ]; then
        echo "A$i has no test" >&2
        failed=1
    fi
    [ "${1:-}" != --markdown ] || echo "| A$i | ${files[$i]:-—} |"
    [ -n "${1:-}" ] || printf 'A%d\t%s\n' "$i" "${files[$i]:-excepted}"
done
exit $failed

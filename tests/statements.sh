#!/usr/bin/env bash
# Which statements of the specifications no test names: statements.sh FOLDER [--all].
# FOLDER has the specifications (synchronize.md, activities.md, …). One line
# `FILE NUMBER<TAB>sentence` for each acceptance scenario (A, T) and statement of the
# test files (E) without a test; with --all for every numbered statement. Exit code 1
# if one of the former is missing. Not part of the suite: the specifications are not
# in the repository.
set -euo pipefail
specifications=$(cd "${1:?the folder of the specifications}" && pwd)
which=${2:-}
cd "$(dirname "${BASH_SOURCE[0]}")"

# FILE NUMBER SENTENCE for every statement that a file defines.
defined() {
    local name
    for name in activities domain-model expressions xpath test-format synchronize; do
        grep -oE '^(- |\| |### )?(\*\*)?[A-Z][0-9]{1,3}(\*\*)?[.: |].*' \
            "$specifications/$name.md" |
            sed -E 's/^(- |\| |### )?(\*\*)?([A-Z][0-9]+)(\*\*)?[.: |]+/'"$name"'\t\3\t/' |
            cut -c1-150
    done | sort -u -t $'\t' -k1,2
}

# FILE NUMBER for every statement that a test names. A letter belongs to one file
# but S and W, which stand behind the name of theirs; "T3 … T5" are three.
named() {
    git ls-files . | grep -vE '^(bench|statements\.sh|.*README\.md)' | xargs grep -hE \
        '[A-Z][0-9]' | grep -E '(//|/\*|^ ?\*|^[[:space:]]*\*|#|scenario |@test|<!--|--|"[^"]*[A-Z][0-9])' |
        awk -v letters='D=domain-model Q=xpath E=test-format A=synchronize' '
        BEGIN {
            count = split(letters, pairs, " ")
            for (i = 1; i <= count; i++)
                of[substr(pairs[i], 1, 1)] = substr(pairs[i], 3)
            count = split("F V X O R L C U Y M J H P T", pairs, " ")
            for (i = 1; i <= count; i++)
                of[pairs[i]] = "activities"
        }
        {
            gsub(/ … /, "~")
            gsub(/[^A-Za-z0-9~-]+/, " ")
            file = ""
            for (i = 1; i <= NF; i++) {
                if ($i ~ /^(synchronize|expressions|xpath|activities|domain-model|test-format)$/)
                    file = $i
                if ($i !~ /^[A-Z][0-9]+(~[A-Z]?[0-9]+)?$/)
                    continue
                letter = substr($i, 1, 1)
                split(substr($i, 2), ends, "~")
                sub(/^[A-Z]/, "", ends[2])
                last = ends[2] == "" ? ends[1] : ends[2]
                owner = letter in of ? of[letter] : file
                for (n = ends[1] + 0; n <= last + 0 && n < 1000; n++)
                    print owner "\t" letter n
            }
        }' | sort -u
}

failed=0
while IFS=$'\t' read -r file number sentence; do
    case $file:$number in
    synchronize:A* | activities:T* | test-format:E*) failed=1 ;;
    *) [ "$which" = --all ] || continue ;;
    esac
    printf '%s %s\t%s\n' "$file" "$number" "$sentence"
done < <(awk -F'\t' 'NR == FNR { seen[$1 FS $2] = 1; next } !(($1 FS $2) in seen)' \
    <(named) <(defined) | sort -t $'\t' -k1,1 -k2,2V)
exit $failed

#!/usr/bin/env bash
# What folders say of themselves is so: every file that a README or the page on
# the architecture names is there, a README with a table of files names all of
# its folder, and every source begins with what it is for. folders.sh SOURCE
set -euo pipefail
cd "$1"
shopt -s nullglob
failures=0
fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
sources=$(find . -path './build*' -prune -o -path ./.git -prune -o -type f -print |
    sed 's|^\./||')
is_there() { # is_there FOLDER NAME: in the folder, from the root, or by its name
    [ -e "$1/$2" ] || [ -e "$2" ] || compgen -G "$1/$2" >/dev/null ||
        compgen -G "$2" >/dev/null || grep -q "/${2##*/}\$" <<<"$sources"
}
named() { # files that a page names in backticks
    grep -o '`[A-Za-z0-9_./*-]*\.\(c\|h\|sh\|md\|awk\|tsv\|cmake\|rng\)`' "$1" |
        tr -d '`' | sort -u || true
}
for page in $(grep -E '(^|/)README\.md$' <<<"$sources") docs/architecture.md; do
    folder=$(dirname "$page")
    mapfile -t names < <(named "$page")
    for name in "${names[@]}"; do
        is_there "$folder" "$name" || fail "$page names $name, which is not there"
    done
    grep -q '^| file' "$page" || continue
    for file in "$folder"/*.c; do
        file=${file##*/}
        for name in "${names[@]}"; do
            # shellcheck disable=SC2053 # names may be patterns
            [[ $file == $name || $file == "${name%.h}.c" ]] && continue 2
        done
        fail "$page does not name $file"
    done
done
while read -r file; do
    [[ $file == *.[ch] ]] || continue
    read -r first <"$file" || true
    [[ $first == '/*'* ]] || fail "$file does not begin with what it is for"
done <<<"$sources"
exit $((failures > 0))

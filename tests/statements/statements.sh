#!/usr/bin/env bash
# Has every numbered statement of the specifications a test that names it?
# `numbers.tsv` lists the statements, `untested.tsv` those without a test and why.
# It fails for a statement that is in neither a test nor that list, and for a number
# in a test that no specification has; it tells of one that is in both.
#   statements.sh                 the test of the suite
#   statements.sh --list          SPECIFICATION NUMBER<TAB>files (or the reason)
#   statements.sh SPECIFICATIONS  also whether numbers.tsv lists what the files
#                                 activities.md, synchronize.md, … in that folder
#                                 define; what is missing with its first words
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
what=${1:-}

# SPECIFICATION<TAB>NUMBER for "D1-D4 D10" of a line.
numbers() {
    awk -F'\t' '!/^#/ {
        count = split($2, parts, " ")
        for (i = 1; i <= count; i++) {
            letter = substr(parts[i], 1, 1)
            split(substr(parts[i], 2), ends, "-")
            sub(/^[A-Z]/, "", ends[2])
            last = ends[2] == "" ? ends[1] : ends[2]
            for (n = ends[1] + 0; n <= last + 0; n++)
                print $1 "\t" letter n "\t" $3
        }
    }' "$1"
}
# SPECIFICATION<TAB>NUMBER<TAB>FILE
named() {
    cd ..
    find corpus examples faults fuzz header postgres scenarios unit valgrind -type f \
        ! -name '*.jsonl' ! -name '*.supp' ! -name 'README.md' -print0 | LC_ALL=C sort -z |
        LC_ALL=C xargs -0 awk -f statements/named.awk
}
# SPECIFICATION<TAB>NUMBER<TAB>first words, of a folder with specifications. A
# statement begins a line, an item or a row; "T231 to T248: …" are eighteen, and
# those in brackets behind it, "(T249)".
defined() {
    local name letters
    numbers numbers.tsv | awk -F'\t' '!seen[$1 substr($2, 1, 1)]++ {
        letters[$1] = letters[$1] substr($2, 1, 1)
    } END { for (name in letters) print name "\t" letters[name] }' |
        while IFS=$'\t' read -r name letters; do
            awk -v name="$name" -v letters="$letters" '
            function tell(number) {
                print name "\t" number "\t" substr(text, 1, 120)
            }
            {
                text = $0
                if (match(text, "\\| \\*\\*[" letters "][0-9]+\\*\\* "))
                    text = substr(text, RSTART)
                sub(/^ *(- |\| |### |[0-9]+\. )?(\*\*)?/, "", text)
                if (!match(text, "^[" letters "][0-9]+(\\*\\*)?( to [A-Z][0-9]+)?([.: |]|$)"))
                    next
                first = substr(text, 1, RLENGTH)
                text = substr(text, RLENGTH + 1)
                gsub(/[*.: |]/, "", first)
                if (split(first, ends, "to") < 2) {
                    tell(first)
                    next
                }
                for (n = substr(ends[1], 2) + 0; n <= substr(ends[2], 2) + 0; n++)
                    tell(substr(first, 1, 1) n)
                while (match(text, "\\([" letters "][0-9]+\\)")) {
                    number = substr(text, RSTART + 1, RLENGTH - 2)
                    text = substr(text, RSTART + RLENGTH)
                    tell(number)
                }
            }' "$1/$name.md"
        done
}
say() { # say TEXT: what is wrong, a line each on standard input
    local line
    while IFS= read -r line; do
        echo "$line: $1" >&2
        failed=1
    done
}

failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(named) >"$work/all"
numbers numbers.tsv >"$work/there"
numbers untested.tsv >"$work/untested"
# $1 with those of $2 left out ("") or alone ("!").
pairs() {
    awk -F'\t' -v only="${3:-}" 'NR == FNR { seen[$1 FS $2] = 1; next }
        ((($1 FS $2) in seen) ? "!" : "") == only && !told[$1 FS $2]++ { print $1 " " $2 }' "$2" "$1"
}
cat "$work/all" "$work/untested" >"$work/known"
say "no test names it, and it is not in untested.tsv" < <(pairs "$work/there" "$work/known")
pairs "$work/untested" "$work/all" ! | sed 's/$/: has a test now, and is still in untested.tsv/'
say "in untested.tsv, but no statement" < <(pairs "$work/untested" "$work/there")
say "is in no specification, and a test names it" < <(
    awk -F'\t' 'NR == FNR { has[$1 substr($2, 1, 1)] = there[$1 FS $2] = 1; next }
        has[$1 substr($2, 1, 1)] && !there[$1 FS $2] { print $3 ": " $1 " " $2 }' \
        "$work/there" "$work/all")

case $what in
"") ;;
--list)
    awk -F'\t' 'NR == FNR { of[$1 FS $2] = of[$1 FS $2] (of[$1 FS $2] == "" ? "" : ", ") $3; next }
        { print $1 " " $2 "\t" of[$1 FS $2] }' "$work/known" "$work/there" ;;
*)
    defined "$what" >"$work/defined"
    say "in numbers.tsv, but not in the specification" < <(pairs "$work/there" "$work/defined")
    say "in the specification, but not in numbers.tsv" < <(pairs "$work/defined" "$work/there")
    awk -F'\t' 'NR == FNR { known[$1 FS $2] = 1; next }
        !known[$1 FS $2]++ { print $1 " " $2 "\t" $3 }' "$work/known" "$work/defined"
    ;;
esac
exit $failed

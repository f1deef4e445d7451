#!/usr/bin/env bash
# The pages are true: blocks that begin with `$ nanoflow` or `$ cd` run as they
# are printed and print what stands below (`…` is anything, times are any
# time), links lead somewhere, and the command line is described in the words
# of the program. Needs $NANOFLOW.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$NANOFLOW" "$work/bin/nanoflow"
export PATH="$work/bin:$PATH"
unset NO_COLOR CLICOLOR_FORCE
failures=0
wrong() {
    printf 'FAILED: %s\n' "$*"
    failures=$((failures + 1))
}

# compare COMMAND EXPECTED TYPED: runs the command with what is typed.
compare() {
    local pattern got
    eval "$1" >"$work/got" 2>&1 <"$3" || true
    got=$(cat "$work/got")
    pattern=$(sed 's/[][\\*?]/\\&/g; s/…/*/g; s/[0-9][0-9]*ms/*ms/g' <<<"$2")
    # shellcheck disable=SC2053
    [[ $got == $pattern ]] ||
        wrong "$page prints something else: $1"$'\n'"--- page"$'\n'"$2"$'\n'"--- program"$'\n'"$got"
}

# block: the lines of one block on standard input, in the working directory.
block() {
    local line command='' expected='' typed=$work/typed
    while IFS= read -r line <&3 || [ -n "$line" ]; do
        case $line in
        '$ '*)
            [ -z "$command" ] || compare "$command" "${expected%$'\n'}" "$typed"
            command=${line#'$ '} expected=''
            : >"$typed"
            while [ "${command%\\}" != "$command" ]; do
                IFS= read -r line <&3
                command=${command%\\}$line
            done
            case $command in # it lasts
            'cd '*)
                eval "$command"
                command=
                ;;
            esac
            ;;
        '(debug) '*) printf '%s\n' "${line#'(debug) '}" >>"$typed" ;;
        *) expected+=$line$'\n' ;;
        esac
    done
    [ -z "$command" ] || compare "$command" "${expected%$'\n'}" "$typed"
}

# page FILE FOLDER [UNLESS]: all blocks of it, one after the other, in a folder
# of the sources' copy; not those with the words UNLESS.
page() {
    local number=0 file
    page=$1
    rm -f "$work"/block.*
    awk -v to="$work/block." '/^```/ { on = !on; n += on; next }
        on { print > (to sprintf("%03d", n)) }' "$root/$page"
    for file in "$work"/block.*; do
        grep -Eq '^\$ (nanoflow|cd) ' "$file" && head -1 "$file" | grep -q '^\$ ' || continue
        ! grep -Eq "${3:-^\$}" "$file" || continue
        number=$((number + 1))
        cd "$2"
        block 3<"$file"
    done
    cd "$root"
    [ "$number" -gt 0 ] || wrong "$page has no block to run"
}
fresh() { # the examples, as they are in the repository, with the office's data
    rm -rf "$work/tree"
    mkdir "$work/tree"
    cp -r "$root/examples" "$work/tree"
    service=$work/tree/examples/field-service
}
morning() {
    fresh
    (cd "$service" &&
        nanoflow data import app.xml data/office.jsonl --on server --server-db office.db &&
        nanoflow sync app.xml --db bert.db --server local:office.db --user bert --quiet &&
        nanoflow sync app.xml --db anna.db --server local:office.db --user anna --quiet)
}
javascript='^$'
[ -x "$(dirname "$NANOFLOW")/nanoflow-javascript" ] || javascript='nanoflow test'
fresh
page README.md "$work/tree"
page examples/hello/README.md "$work/tree"
page docs/testing.md "$work/tree" "$javascript"
page examples/field-service/README.md "$service" 'nanoflow test' # the same suite
morning
page docs/debug.md "$service"
morning
page docs/command-line.md "$service"
morning
page docs/faults.md "$service" sweep

# The command line: usage and options in the same words.
nanoflow --help >"$work/help"
seen=' ' # the run options are the same everywhere
for command in $(sed -n 's/^  \([a-z]*\)  .*/\1/p' "$work/help"); do
    nanoflow help "$command" >"$work/help"
    grep -qxF -- "$(head -1 "$work/help")" "$root/docs/command-line.md" ||
        wrong "docs/command-line.md has no line: $(head -1 "$work/help")"
    for option in $(grep -oE -- '--[a-z][a-z-]+' "$work/help" | sort -u); do
        [[ $seen != *" $option "* ]] || continue
        seen+="$option "
        grep -qF -- "\`$option" "$root"/docs/{command-line,testing,serve,faults,model-xml,debug}.md ||
            wrong "no page tells of $option ($command)"
        nanoflow "$command" "$option" >"$work/got" 2>&1 </dev/null || true
        ! grep -q 'unknown option' "$work/got" || wrong "$command does not know $option"
    done
done

# Links to files, and to headings.
slugs() { sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9 _-]//g; s/ /-/g'; }
while IFS=: read -r file link; do
    link=${link#](} link=${link%)}
    case $link in http*://* | mailto:*) continue ;; esac
    target=$root/$(dirname "$file")/${link%%#*}
    [ -n "${link%%#*}" ] || target=$root/$file
    [ -e "$target" ] || { wrong "$file: no such file: $link"; continue; }
    case $link in
    *.md#* | '#'*)
        [[ $file == docs/manual.md ]] || slugs "$target" | grep -qxF -- "${link#*#}" ||
            wrong "$file: no such heading: $link"
        ;;
    esac
done < <(cd "$root" && git ls-files '*.md' 2>/dev/null | grep -v '^tests/.*test\.md$' |
    xargs grep -oE '\]\([^)[:space:]]+\)' /dev/null)
[ "$failures" -eq 0 ] || exit 1
echo "the pages are true"

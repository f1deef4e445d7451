#!/usr/bin/env bash
# Every way to call the program wrongly, or with inputs and outputs that fail:
# a table of exit codes (design §5) with a word of the one line that says why.
# Never a crash, and nothing that a sanitizer reports.
set -euo pipefail
: "${NANOFLOW:?the path of the program}"
: "${SOURCE:?the folder of the sources}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
cp "$SOURCE/tests/scenarios/program/model.xml" app.xml
failures=0 rows=0

report() {
    echo "failed: $*" >&2
    head -c 2000 err >&2
    failures=$((failures + 1))
}

# check CODE WORD COMMAND…: the command ends with CODE; with a WORD, standard
# error is one line that has it.
check() {
    local expected=$1 word=$2 code=0
    shift 2
    rows=$((rows + 1))
    "$@" >out 2>err || code=$?
    if [ "$code" -ne "$expected" ]; then
        report "$code, expected $expected: $(printf '%.60s ' "$@")"
    elif grep -q 'Sanitizer\|runtime error' err; then
        report "a sanitizer: $(printf '%.60s ' "$@")"
    elif [ -n "$word" ]; then
        grep -qF -- "$word" err || report "no \"$word\": $(printf '%.60s ' "$@")"
        [ "$(grep -c '' err)" -eq 1 ] || report "not one line: $(printf '%.60s ' "$@")"
    fi
}
nf() { # nf CODE WORD ARGUMENTS…
    local code=$1 word=$2
    shift 2
    check "$code" "$word" "$NANOFLOW" "$@" </dev/null
}
many() { head -c "$1" /dev/zero | tr '\0' "$2"; }

# ---- inputs that are no app: every command -----------------------------------
: >empty
head -c 3000 /dev/urandom | sed '1s/^/x/' >binary
mkdir folder yaml
echo 'ProductVersion: 10.24.0' >yaml/Metadata.yaml
head -c 700 app.xml >cut.xml
for bad in missing folder empty binary cut.xml; do
    nf 3 "$bad" list "$bad"
    nf 3 "$bad" check "$bad"
    nf 3 "$bad" describe "$bad" Main.Greet
    nf 3 "$bad" run "$bad" Main.Greet
    nf 3 "$bad" eval "$bad" 1
    nf 3 "$bad" query "$bad" Main.Item ''
    nf 3 "$bad" data import "$bad" empty
    nf 3 "$bad" data export "$bad" -
    nf 3 "$bad" data diff "$bad" empty
    nf 3 "$bad" sync "$bad" --server local::memory:
    nf 3 "$bad" convert "$bad" out.xml
done
if [ "$(id -u)" -ne 0 ]; then # root reads everything
    cp app.xml hidden.xml
    chmod 000 hidden.xml
    nf 3 hidden.xml list hidden.xml
fi

printf '/** @test greets\n * @expect true */\n/\n' >all.test.mdl

# ---- arguments ----------------------------------------------------------------
while IFS='|' read -r code word rest; do
    [ -n "$code" ] || continue
    read -ra words <<<"$rest"
    nf "$code" "$word" "${words[@]}"
done <<'END_OF_TABLE'
2|NAME=VALUE|run app.xml Main.Greet --arg Name
2|twice|run app.xml Main.Greet --arg Name=a --arg Name=b
2|parameter|run app.xml Main.Greet --arg =x
2|"Main"|run app.xml Main
2|64 bits|run app.xml Main.Divide --arg A=99999999999999999999 --arg B=1
2|64 bits|run app.xml Main.Divide --arg A=1.5 --arg B=1
2|twice|run app.xml Main.Titles --arg Filter={"Text":"a","Text":"b"} --arg Item=empty --arg Items=
2|JSON|run app.xml Main.Titles --arg Filter={"Text": --arg Item=empty --arg Items=
2|--on server|run app.xml Main.Greet --arg Name=x --on server --server-db on.db
2|--timeout|run app.xml Main.Greet --arg Name=x --timeout nan
2|--timeout|run app.xml Main.Greet --arg Name=x --timeout -1
2|--seed|run app.xml Main.Greet --arg Name=x --seed -1
2|--color|list app.xml --color pink
2|--mode|sync app.xml --server local::memory: --mode some
2|--limit|query app.xml Main.Item x --limit 99999999999999999999
2|--offset|query app.xml Main.Item x --offset -3
2|.xml, .mpr or .json|convert app.xml out.zip
2|.xml, .mpr or .json|convert app.xml folder
2|the app itself|convert app.xml app.xml
2|the app itself|convert app.xml ./folder/../app.xml
3|YAML|check yaml
3|YAML|check yaml/Metadata.yaml
2|did you mean 'Main.Greet'?|run app.xml Greet
2|did you mean 'Main.Greet'?|run app.xml Main.Gret --arg Name=a
3|missing|test missing
3|there are no tests|test folder
3|.test.mdl or .test.md|test app.xml
3|.test.mdl or .test.md|test --app app.xml folder
1|Nobody|query app.xml Main.Item [Nobody=1]
3|missing/out.xml|convert app.xml missing/out.xml
3|missing/out.mpr|convert app.xml missing/out.mpr
3|missing/out.json|convert app.xml missing/out.json
3|missing/out|data export app.xml missing/out
3|folder|data export app.xml folder
3|missing|data import app.xml missing
3|folder|data import app.xml folder
3|missing|data diff app.xml missing
3|binary|data diff app.xml binary
3|folder|run app.xml Main.Greet --arg Name=x --db folder
3|binary|run app.xml Main.Greet --arg Name=x --db binary
3|missing/db|run app.xml Main.Greet --arg Name=x --db missing/db
3|missing/db|sync app.xml --server local:missing/db
3|missing/trace|run app.xml Main.Greet --arg Name=x --trace=missing/trace
3|missing|run app.xml Main.Greet --arg Name=x --user x --password-file missing
3|missing|run app.xml Main.Greet --arg Name=x --mock missing
3|binary|run app.xml Main.Greet --arg Name=x --mock binary
3|folder|run app.xml Main.Greet --arg Name=x --mock folder
3|Is a directory|run app.xml Main.Greet --arg Name=x --mock folder
1|no connection to http://127.0.0.1:9: |sync app.xml --server http://127.0.0.1:9 --user x
2|names no host|sync app.xml --server http://
2|names no host|sync app.xml --server https:///path
2|names no host|sync app.xml --server http://[::1
2|port|sync app.xml --server http://localhost:99999
2|port|sync app.xml --server http://[::1]x
2|no http or https address|sync app.xml --server http://me@localhost
2|no command "frob"|help frob
2|and it is empty|run app.xml Main.Greet --arg Name=x --user=
2|and it is empty|run app.xml Main.Greet --arg Name=x --db=
2|and it is empty|serve app.xml --listen=
2|--tap and --json|test all.test.mdl --app app.xml --tap --json
2|--json and --github|test all.test.mdl --app app.xml --json --github
2|--list and --tap|test all.test.mdl --app app.xml --list --tap
2|and --json|test --skeleton Main.Greet --app app.xml --json
2|is no fault|test all.test.mdl --app app.xml --fault foo
3|missing|test all.test.mdl --app app.xml --mock missing
3|missing|test all.test.mdl --app app.xml --mock missing.json#case
2|@on server|test all.test.mdl --app app.xml --on server
3|report.xml|test all.test.mdl --app app.xml --junit missing/report.xml
3|page.html|test all.test.mdl --app app.xml --html missing/page.html
3|missing/coverage|test all.test.mdl --app app.xml --coverage=missing/coverage
END_OF_TABLE
nf 2 UTF-8 run app.xml Main.Greet --arg "Name=$(printf 'a\xff')"
nf 0 '' run app.xml Main.Greet --arg "Name=$(many 100000 x)"
nf 2 argument run app.xml Main.Titles --arg "Filter={\"Text\":$(many 50000 '[')" \
    --arg Item=empty --arg Items=
nf 1 deep eval "$(many 100000 '(')"
nf 1 UTF-8 eval "$(printf "'\xff'")"
nf 1 longer query app.xml Main.Item "$(many 100000 '[')"

# ---- data files ---------------------------------------------------------------
line() { # line CODE WORD FORMAT
    # shellcheck disable=SC2059
    printf "$3\n" >line.jsonl
    nf "$1" "$2" data import app.xml line.jsonl
}
item='{"entity":"Main.Item","id":"a"'
line 0 '' "$item}"
line 0 '' "\xef\xbb\xbf$item}\r"
line 0 '' "$item,\"Title\":\"\\\\u0000\"}"
line 3 line.jsonl:1 "$item,\"Title\":\"a\\\\0b\"}"
line 3 UTF-8 "$item,\"Title\":\"\xff\"}"
line 3 twice "$item,\"Title\":\"a\",\"Title\":\"b\"}"
line 3 twice "$item,\"entity\":\"Main.Item\"}"
line 3 '32 bits' "$item,\"Count\":99999999999}"
line 3 Big "$item,\"Big\":9223372036854775808}"
line 3 Price "$item,\"Price\":\"1e400\"}"
line 3 Price "$item,\"Price\":\"NaN\"}"
line 3 Day "$item,\"Day\":\"2026-13-45\"}"
line 3 Purple "$item,\"Color\":\"Purple\"}"
line 3 Done "$item,\"Done\":\"yes\"}"
line 3 nobody "$item,\"Main.Item_Parent\":\"nobody\"}"
line 3 Title "$item,\"Title\":{\"a\":1}}"
line 3 JSON "$item} more"
line 3 guid '{"entity":"Main.Item","id":-5}'
line 3 guid '{"entity":"Main.Item","id":9223372036854775808}'
line 3 '"id"' '{"entity":"Main.Item"}'
line 3 Main.Nothing '{"entity":"Main.Nothing","id":"a"}'
line 3 'not stored' '{"entity":"Main.Filter","id":"a"}'
line 3 object '[]'
line 3 deep "$item,\"Title\":$(many 100000 '[')"

# ---- outputs and inputs that go away ------------------------------------------
echo '{"entity":"Main.Item","id":"a","Title":"A"}' >good.jsonl
nf 0 '' data import app.xml good.jsonl --db good.db
full() { check "$1" "$2" bash -c '"$0" "$@" >/dev/full </dev/null' "$NANOFLOW" "${@:3}"; }
closed() { check "$1" "$2" bash -c '"$0" "$@" >&- </dev/null' "$NANOFLOW" "${@:3}"; }
for away in full closed; do
    $away 3 'standard output' list app.xml
    $away 3 'standard output' describe app.xml Main.Greet
    $away 3 'standard output' check app.xml
    $away 3 'standard output' run app.xml Main.Greet --arg Name=x
    $away 3 'standard output' run app.xml Main.Greet --arg Name=x --json
    $away 3 'standard output' eval 1+1
    $away 3 'standard output' query app.xml Main.Item '' --db good.db
    $away 3 'standard output' sync app.xml --server local::memory:
    $away 3 'standard output' data export app.xml - --db good.db
done
nf 3 /dev/full data export app.xml /dev/full --db good.db
for form in --tap --json --github --coverage --list --slowest=1; do
    for away in full closed; do
        $away 3 'standard output' test all.test.mdl --app app.xml "$form"
    done
done
nf 3 /dev/full test all.test.mdl --app app.xml --junit /dev/full
nf 3 /dev/full test all.test.mdl --app app.xml --html /dev/full
# A trace that ends early says so; the run is not to blame.
nf 0 "the trace ends here, it can't be written: No space left" \
    run app.xml Main.Greet --arg Name=x --trace=/dev/full
# What is meant for a stream that is closed goes into no file that is opened.
closed 3 'standard output' run app.xml Main.Greet --arg Name=x --trace=steps.jsonl
hello=$(grep -c Hello steps.jsonl || true)
[ "$hello" = "$(grep -c '^{.*Hello' steps.jsonl || true)" ] || report "the result is in the trace"
# A reader that leaves early is no crash.
check 0 '' bash -c 'yes "	1+1" | head -20000 | { "$0" eval --batch; [ $? -eq 3 ]; } | head -1; exit "${PIPESTATUS[2]}"' "$NANOFLOW"
check 0 '' bash -c '"$0" eval --batch <&-' "$NANOFLOW"

# ---- databases of another app ----------------------
sed 's#<ProjectSecurity #<Project id="other"/>&#' app.xml >other.xml
nf 0 '' data import app.xml good.jsonl --on server --server-db server.db
nf 3 'another app' data export other.xml - --db good.db
nf 3 'another app' run other.xml Main.Greet --arg Name=x --db good.db
nf 3 'another app' data export other.xml - --on server --server-db server.db
nf 3 'another app' sync other.xml --server local:server.db

# ---- an interrupt ends an endless flow ------------------------------------------
# interrupt COMMAND…: once it steps, which its trace tells.
interrupt() {
    local code=0
    "$@" --trace=steps </dev/null &
    for ((i = 0; i < 3000; i++)); do
        [ -s steps ] && break
        sleep 0.01
    done
    kill -INT "$!"
    wait "$!" || code=$?
    return "$code"
}
check 130 interrupted interrupt "$NANOFLOW" run app.xml Main.Forever

[ "$failures" -eq 0 ] || exit 1
echo "ok: $rows rows"

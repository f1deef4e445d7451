#!/usr/bin/env bash
# The hosts of examples/embed do what they say: results, events, errors with
# their place, and a synchronization beside flows. Needs $NANOFLOW, $HOST,
# $OBJECTS, $ANSWERS and $EVENT_LOOP.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || :
    rm -rf "$work"
}
trap finish EXIT
fail() {
    echo "FAILED: $*"
    cat "$work/out" "$work/errors"
    exit 1
}
host() { # host CODE PROGRAM ARGUMENTS…
    local expected=$1 code=0
    shift
    "$@" >"$work/out" 2>"$work/errors" || code=$?
    [ "$code" -eq "$expected" ] || fail "exit code $code: $*"
}
line() { # line TEXT: one line is that
    grep -qxF -- "$1" "$work/out" || fail "no line: $1"
}
says() { # says TEXT: an error has it
    grep -qF -- "$1" "$work/errors" || fail "no error with: $1"
}

host 0 "$HOST" examples/hello/hello.xml Hello.Greet Name=Ada
line "result: Hello, Ada!"
host 2 "$HOST" examples/hello/hello.xml Hello.Greet Nobody=Ada
says 'Hello.Greet has no parameter "Nobody"'
host 2 "$HOST" examples/hello/hello.xml Hello.Nothing
host 3 "$HOST" examples/hello/nothing.xml Hello.Greet
says nothing.xml
app=examples/field-service/app.xml
host 1 "$HOST" $app FieldService.ACT_ChangePhone Account=empty Phone=1
says ACT_ChangePhone
host 0 "$HOST" $app FieldService.ACT_SendChanges
line "event: synchronize unsynchronized: 0 uploaded, 0 downloaded, 0 removed, 0 rejected, 0 skipped"
line "result: true"

if [ -n "${OBJECTS:-}" ]; then
    host 0 "$OBJECTS" $app
    line "FieldService.ACT_TakeWorkOrder"
    line "  WorkOrder: Object FieldService.WorkOrder"
    line "  returns: Boolean"
    line "message: Ada takes 'The boiler'"
    line "it returns true, and the order is Taken"
fi

# shellcheck disable=SC2059
answers() { printf "$1" | "$ANSWERS" $app; } # answers LINES
if [ -n "${ANSWERS:-}" ]; then
    host 0 answers '1.5\n2\n'
    line "FieldService.RoundHours hours=1.3 step=0.25?"
    line "FieldService.RoundHours hours=2.1 step=0.25?"
    line "user 1: 1.5"
    line "user 2: 2"
    host 0 answers '1.5\n'
    line "user 1: 1.5"
    grep -q '^user 2: .*nobody answers' "$work/out" || fail "an answer from nobody"
    host 0 answers 'much\n1\n'
    grep -q '^user 1: .*a result of type String' "$work/out" ||
        fail "a result that does not fit"
    line "user 2: 1"
fi

[ -n "${EVENT_LOOP:-}" ] || exit 0
"$NANOFLOW" data import $app examples/field-service/data/office.jsonl \
    --on server --server-db "$work/office.db" 2>"$work/errors"
mkfifo "$work/ready"
"$NANOFLOW" serve $app --demo-users --listen 127.0.0.1:0 \
    --server-db "$work/office.db" >"$work/ready" 2>"$work/errors" &
server=$!
read -r -t 60 address <"$work/ready"
url=${address#listening }
loop() { "$EVENT_LOOP" $app "$@" FieldService.DS_OpenOrders Search=; }
host 0 loop "$url" anna demo
line "during the synchronization: 0 objects"
grep -q '^synchronize all (initial): 0 uploaded, [1-9]' "$work/out" ||
    fail "nothing was downloaded"
tail -n 2 "$work/out" | grep -q '^after the synchronization: [1-9]' ||
    fail "the flow does not see what came"
turns=$(sed -n 's/ turns of the loop$//p' "$work/out")
[ "$turns" -ge 3 ] || fail "$turns turns: something blocks"
[ "$turns" -le 2000 ] || fail "$turns turns: it does not wait"
host 1 loop "$url" anna wrong
says SYNC_AUTH
kill "$server" && wait "$server" || :
server=
host 1 loop "$url" anna demo
says SYNC_NETWORK
echo "the hosts do what they say"

# synchronize S73, W58, A99, domain D82: objects that only the server has or
# makes, in process and over HTTP. With http it runs once more as …/http.
answers() { # TEXT FLOW ARGUMENTS…
    local expected=$1
    shift
    exits 0 run "$APP" "$@" "${DEVICE[@]}" "${SERVER[@]}" "${LATER[@]}" --user anna
    [ "$(cat out)" = "$expected" ] || fail "$1 does not answer $expected"
}
entries() { # TEXT: what the handlers have noted, each once
    exits 0 query "$APP" On.Entry '' --on server --server-db server.db
    [ "$(grep -c "\"Text\":\"$1\"" out)" = "$2" ] || fail "not $2 of $1"
}

story() {
    rm -f device.db
    # activities O29: a nanoflow can't commit without events.
    scenario "synchronize W58 create and commit"
    answers 'true made here, false made here 1 70 10' On.Makes --arg Name=a --arg Amount=5
    answers 'true made here, false made here 1 71 4' On.Makes --arg Name=b --arg Amount=2
    answers 'false 1' On.MakesAtOnce
    entries 'commit a' 1
    answers 'caught A name is needed' On.Makes --arg Name= --arg Amount=5
    answers 'caught The event handler "On.BeforeCommit" (before Commit) returned false' \
        On.Makes --arg Name=dear --arg Amount=2000
    exits 0 query "$APP" On.Price '' --on server --server-db server.db
    lines out 3

    scenario "synchronize W58 retrieve"
    on_server <<<'{"entity": "On.Price", "id": "p1", "Name": "hidden", "Amount": 9, "Hidden": true}
{"entity": "On.Price", "id": "p2", "Name": "kept", "Amount": 8, "Secret": "x"}'
    answers 'kept;at once;a;' On.Finds --arg Least=5
    answers '' On.Finds --arg Least=500

    scenario "synchronize A99 change and commit"
    answers '6 2 12' On.Changes --arg Name=a --arg Amount=6
    entries 'commit a' 2
    answers 'caught The event handler "On.BeforeCommit" (before Commit) returned false 3000' \
        On.Changes --arg Name=a --arg Amount=3000
    exits 0 query "$APP" On.Price "[Name = 'a']" --on server --server-db server.db
    has out '"Amount":6'
    answers 'caught The user may not change "Note" of "On.Price"' On.WritesNote --arg Name=a

    scenario "synchronize W58 rollback"
    answers 6 On.Rolls --arg Name=a
    entries 'rollback a' 1

    scenario "synchronize W58 by association"
    answers '1 Corner' On.Follows --arg Name=a

    scenario "synchronize W58 delete"
    answers 'deleted true' On.Deletes --arg Name=b
    answers 'caught The event handler "On.BeforeDelete" (before Delete) returned false' \
        On.Deletes --arg Name=kept
    exits 0 query "$APP" On.Price "[Name = 'b' or Name = 'kept']" --on server --server-db server.db
    lines out 1

    scenario "domain D82 objects in memory that the server makes"
    answers 'by the server 0 3 true' On.MakesQuote

    scenario "synchronize S76"
    exits 0 data export "$APP" device --on device "${DEVICE[@]}"
    lines device 0
}
story
if [ "${TRANSPORT:-local}" = local ]; then
    rm -f server.db device.db
    scenario "over HTTP"
    serve --verbose
    story
    stop_serving
    scenario "activities C19"
    # Each activity that needs the database is a request of its own.
    makes="create commit"
    changes="retrieve commit"
    follows="retrieve $makes commit retrieve retrieve"
    deletes="retrieve delete"
    sed -nE 's|.* POST /sync/v1/objects/([a-z]+) .*|\1|p' serve.log | tr '\n' ' ' >asked
    [ "$(cat asked)" = "$makes $makes $makes $makes $makes retrieve retrieve $changes $changes retrieve retrieve rollback $follows $deletes $deletes create " ] ||
        { cp asked out; fail "other requests"; }
fi

scenario "what is on the server only can't be put on a device"
echo '{"entity":"On.Price","id":"p"}' >price.jsonl
exits 3 data import "$APP" price.jsonl --on device "${DEVICE[@]}"
has err "price.jsonl:1: objects of On.Price are never on a device, since its mode is Online"

scenario "synchronize A99 without network"
SERVER=(--server http://127.0.0.1:9 --password-file password)
exits 0 run "$APP" On.Catches --arg Name=a "${DEVICE[@]}" "${SERVER[@]}" "${LATER[@]}" --user anna
has out 'caught Objects of "On.Price" are on the server only'
exits 0 run "$APP" On.MakesQuote "${DEVICE[@]}" "${SERVER[@]}" "${LATER[@]}" --user anna
has out caught
exits 1 run "$APP" On.MakesAtOnce "${DEVICE[@]}" --user anna --json
has out '"code":"network_error"'

# Words of the acceptance scenarios (synchronize §29), beside those of lib.sh.
# A test.sh begins with `. "$CASE/../words.sh"`. TRANSPORT says how a device
# reaches its server: local (the default) or http.
TRANSPORT=${TRANSPORT:-local}
set -E
trap 'fail "line $LINENO: $BASH_COMMAND"' ERR
LATER=(--initial-sync never)
# The app is that of the group, else the one that the groups share (run.sh). As .mpr
# it opens in a fraction of the time.
MODEL=$APP
exits 0 convert "$MODEL" fixture.mpr

# fresh: no database and no server.
fresh() {
    [ -z "$SERVING" ] || stop_serving
    SERVED=''
    SERVER=(--server local:server.db)
    rm -rf ./*.db ./*.db-* ./*.db.*
}
# in_process: whether faults of the server are within a device's plan.
in_process() { [ "$TRANSPORT" = local ]; }

# scenario NAME: a new beginning: no database, device A of anna, the fixed time.
scenario() {
    SCENARIO="$*"
    SERVER_APP=
    fresh
    APP="$PWD/fixture.mpr"
    NOW=2026-03-18T10:20:30Z
    device a
}

# device NAME: whose device acts from here on: a and a2 are anna's, b bert's,
# c carl's. `at TIME` moves the clock of both sides.
device() {
    case $1 in
    a*) WHO=anna ;;
    b*) WHO=bert ;;
    c*) WHO=carl ;;
    esac
    NAME=$1
    DEVICE=(--db "$1.db" --now "$NOW" --seed 7)
}
at() {
    NOW=$1
    device "$NAME"
}

# Over HTTP the server runs from the first synchronization of a scenario on, at
# the scenario's time, and again at the same address after a change of time or
# model. SERVER_APP is its model, if it is not that of the device.
served() {
    local wanted="${SERVER_APP:-$APP} $NOW"
    [ "$TRANSPORT" = http ] && [ -z "${OFFLINE:-}" ] || return 0
    [ "$wanted" != "$SERVED" ] || return 0
    [ -z "${SERVING:-}" ] || stop_serving
    APP=${SERVER_APP:-$APP} serve --listen "127.0.0.1:${PORT:-0}"
    PORT=${URL##*:}
    SERVED=$wanted
}

# run CODE FLOW ARGUMENTS…: a nanoflow; its document is in `out`.
run() {
    local code=$1
    shift
    served
    exits "$code" run "$APP" "$@" "${DEVICE[@]}" "${SERVER[@]}" "${LATER[@]}" \
        --user "$WHO" --json
}
# answers TEXT FLOW ARGUMENTS…: what the nanoflow returns.
answers() {
    local expected=$1
    shift
    served
    exits 0 run "$APP" "$@" "${DEVICE[@]}" "${SERVER[@]}" "${LATER[@]}" \
        --user "$WHO"
    [ "$(cat out)" = "$expected" ] || fail "$1 does not answer $expected"
}
# offline WORD…: the same without a server to be reached.
offline() {
    local kept=("${SERVER[@]}") OFFLINE=yes
    SERVER=(--server http://127.0.0.1:9)
    "$@"
    SERVER=("${kept[@]}")
}
# synchronizes CODE ARGUMENTS…: without a flow, with an exit code.
synchronizes() {
    local code=$1
    shift
    served
    exits "$code" sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" "${LATER[@]}" \
        --user "$WHO" "$@"
}
# Every look at the server is at the time of the story, too: a server that opens
# months later forgets what it has applied (§27.9).
look() {
    exits 0 data export "$APP" device --on device "${DEVICE[@]}" "$@"
    exits 0 data export "$APP" server --on server --server-db server.db \
        --now "$NOW" "$@"
}
# finds N ENTITY XPATH: on the server.
finds() {
    exits 0 query "$APP" "$2" "$3" --on server --server-db server.db --now "$NOW"
    lines out "$1"
}
# sync ARGUMENTS…: without a flow; what it did is in `out`.
sync() { synchronizes 0 --explain "$@"; }
# counts UPLOADED DOWNLOADED REMOVED REJECTED: what the synchronization did.
counts() {
    has out ": $1 uploaded, $2 downloaded, $3 removed, $4 rejected, "
}
# quiet: all that remained to be sent has been sent, and the device holds what
# the server would send to a fresh device of this user.
quiet() {
    exits 0 data export "$APP" held --on device "${DEVICE[@]}"
    hasnt held '"$state"'
}
same_as_fresh() {
    quiet
    exits 0 data diff "$APP" held --on server --server-db server.db --as "$WHO" \
        --now "$NOW"
}
# holds FILE ENTITY MEMBER VALUES: the values of a member, sorted and joined by
# commas; of objects that have not been deleted, empty ones left out.
holds() {
    local found
    found=$(grep -F "\"entity\":\"$2\"" "$1" |
        grep -vF '"$state":"deleted"' |
        sed -nE 's/.*"'"$3"'":"?([^",}]*).*/\1/p' | LC_ALL=C sort | paste -sd, - || true)
    [ "$found" = "$4" ] ||
        { cp "$1" out; fail "$1 holds of $2 $3 '$found', expected '$4'"; }
}
# objects FILE ENTITY N
objects() {
    local found
    found=$(grep -F "\"entity\":\"$2\"" "$1" | grep -cvF '"$state":"deleted"' || true)
    [ "$found" -eq "$3" ] ||
        { cp "$1" out; fail "$1 has $found of $2, expected $3"; }
}
# marked NAME STATE: what is still to be sent of an object; `clean` nothing.
marked() {
    row device "$1"
    if [ "$2" = clean ]; then hasnt row '"$state"'; else has row "\"\$state\":\"$2\""; fi
}
# guid FILE NAME: of the object with this name, into GUID.
guid() {
    row "$1" "$2"
    GUID=$(sed -E 's/.*"id":"([0-9]+)".*/\1/' row)
}
# errors N: records of discarded changes on the server; the words that follow
# stand in them.
errors() {
    local expected=$1 word
    shift
    exits 0 query "$APP" System.SynchronizationError "" --on server \
        --server-db server.db --now "$NOW"
    cp out errors
    lines errors "$expected"
    for word in "$@"; do has errors "$word"; done
}
# together NAME…: these devices of anna synchronize all at once.
together() {
    local name pid all=()
    served
    for name in "$@"; do
        device "$name"
        "$NANOFLOW" sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" "${LATER[@]}" \
            --user anna >"$name.out" 2>"$name.err" </dev/null &
        all+=($!)
    done
    for pid in "${all[@]}"; do
        wait "$pid" || { cat ./*.err >err; fail "one of them fails"; }
    done
    device a
}
# variant NAME SCRIPT…: another app, made from the fixture by sed scripts.
variant() {
    local name=$1 script
    shift
    rm -rf "$name"
    mkdir "$name"
    cp "$(dirname "$MODEL")"/*.xml "$name"
    for script in "$@"; do
        sed -i -E "$script" "$name"/*.xml
    done
    exits 0 convert "$name/model.xml" "$name/app.mpr"
    APP="$PWD/$name/app.mpr"
}

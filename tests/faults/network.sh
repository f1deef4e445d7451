#!/usr/bin/env bash
# Three devices of two users and one server that fail at random: network.sh
# [FAULTS [KILLS]], 60 double faults and 40 kills unless told, half of them over
# HTTP. Devices and the office change and delete objects, synchronize in every
# mode, with files; messages are cut, late, doubled and wrong (docs/faults.md),
# and client or server are killed with SIGKILL. When all is quiet again nothing
# is left to be sent, every device holds what the server shows its user, and what
# only one device changes is on the server as that device last committed it
# (synchronize W57, A163). Prints seed and counts; SEED=N repeats it.
set -euo pipefail
: "${NANOFLOW:?the path of the program}"
source_folder="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
app="$source_folder/tests/faults/sweep/model.xml"
faults="${1:-60}" kills="${2:-40}"
seed="${SEED:-20260401}"
RANDOM=$((seed % 32768))
work="$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/nf-XXXXXX")"
serving="" url=""
trap 'exec 2>/dev/null; [ -z "$serving" ] || kill -9 "$serving"; rm -rf "$work"' EXIT
cd "$work"
echo demo >password
devices=(a b c)
declare -A user=([a]=anna [b]=anna [c]=bert) last=()
met=0 broken=0 killed=0 late=0 number=0 synced=0 step=0

fail() {
    echo "failed at step $step (seed $seed): $*" >&2
    for file in out err difference serve.log; do
        [ ! -s "$file" ] || { echo "--- $file" >&2; tail -c 2000 "$file" >&2; }
    done
    exit 1
}
nf() { "$NANOFLOW" "$@" >out 2>err </dev/null || fail "nanoflow $*"; }

# ---- the server --------------------------------------------------------------

serve() {
    local line
    exec {pipe}< <(exec "$NANOFLOW" serve "$app" --listen 127.0.0.1:0 \
        --server-db server.db --demo-users "$@" 2>>serve.log 9>&-)
    serving=$!
    read -r -t 60 line <&"$pipe" || fail "the server does not start"
    url=${line#listening }
}
stop_serving() { # SIGNAL
    [ -n "$serving" ] || return 0
    kill -s "$1" "$serving" 2>/dev/null || true # perhaps killed before
    { wait "$serving"; } 2>/dev/null || true
    exec {pipe}<&-
    serving=""
}
where() { # how a device reaches the server now
    if [ -n "$serving" ]; then
        server=(--server "$url" --password-file password)
    else
        server=(--server local:server.db)
    fi
}
device() { # DEVICE: its options
    where
    options=(--db "$1.db" --device "$1" --user "${user[$1]}" "${server[@]}"
        --now 2026-03-18T10:20:30Z --initial-sync never)
}

# ---- work --------------------------------------------------------------------

pick() { picked=${!#}; local n=$((RANDOM % $# + 1)); picked=${!n}; }

# change DEVICE: commits some objects there; own-DEVICE is changed by it alone.
change() {
    local d=$1 n=$((RANDOM % 3 + 1))
    number=$((number + 1))
    last[$d]="$d $number"
    {
        echo "{\"entity\": \"Sweep.Order\", \"id\": \"own-$d\", \"Remark\": \"${last[$d]}\", \"\$state\": \"changed\"}"
        echo "{\"entity\": \"Sweep.Order\", \"id\": \"new-$d-$number\", \"Remark\": \"new $number\", \"\$state\": \"new\"}"
        if has "$d" "o$n"; then
            echo "{\"entity\": \"Sweep.Order\", \"id\": \"o$n\", \"Remark\": \"$d $number\", \"\$state\": \"changed\"}"
        fi
        case $((RANDOM % 4)) in
        0) echo "{\"entity\": \"Sweep.Photo\", \"id\": \"photo-$d-$number\", \"Name\": \"x\", \"\$contents\": \"$(printf '%s' "$number" | base64)\", \"\$state\": \"new\"}" ;;
        1) echo "{\"entity\": \"Sweep.Customer\", \"id\": \"none-$d-$number\", \"\$state\": \"new\"}" ;;
        2) if has "$d" "new-$d-$((number - 3))"; then
            echo "{\"entity\": \"Sweep.Order\", \"id\": \"new-$d-$((number - 3))\", \"\$state\": \"deleted\"}"
        fi ;;
        esac
    } >lines
    nf data import "$app" lines --db "$d.db"
}
has() { # DEVICE NAME: whether the device holds that object
    "$NANOFLOW" query "$app" Sweep.Order "" --db "$1.db" >held 2>err </dev/null &&
        grep -qF "\"\$name\":\"$2\"" held
}
office() {
    number=$((number + 1))
    echo "{\"entity\": \"Sweep.Order\", \"id\": \"o$((RANDOM % 3 + 1))\", \"Remark\": \"office $number\"}" >lines
    nf data import "$app" lines --on server --server-db server.db
}

# synchronize DEVICE OPTIONS…: in some mode; any failure is a failure of the
# synchronization, never of the program.
synchronize() {
    local d=$1 code=0
    shift
    device "$d"
    case $((RANDOM % 4)) in
    0) command=(sync "$app" --mode unsynchronized) ;;
    1) command=(run "$app" Sweep.SyncOrders) ;;
    *) command=(sync "$app") ;;
    esac
    "$NANOFLOW" "${command[@]}" "${options[@]}" "$@" >out 2>err </dev/null || code=$?
    [ "$code" -le 1 ] || fail "exit code $code: ${command[*]} $*"
    synced=$((synced + 1))
}

plan() { # two faults of messages
    local i kinds=(session create body commit result ack blob file state fence) plans=()
    local actions=(cut "cut*4" status:503:1000 status:500 delay:70000 duplicate reorder)
    for i in 1 2; do
        pick "${kinds[@]}"; local kind=$picked
        case $((RANDOM % 3)) in
        0) pick "${actions[@]}"; plans+=("before-$kind=$picked") ;;
        1) pick "${actions[@]}"; plans+=("after-$kind=$picked") ;;
        2) plans+=("mid-$kind:$((RANDOM % 900))=cut") ;;
        esac
    done
    plan="${plans[0]},${plans[1]}"
}

# Over HTTP every third pair is the server's: real connections break.
fault() {
    pick "${devices[@]}"; local d=$picked
    plan
    change "$d"
    if [ -n "$serving" ] && [ $((met % 3)) -eq 0 ]; then
        stop_serving TERM
        serve --fault "$plan" --now 2026-03-18T10:20:30Z
        synchronize "$d"
        stop_serving TERM
        serve
        broken=$((broken + 1))
    else
        synchronize "$d" --fault "$plan"
    fi
    met=$((met + 1))
}

# Kills the client at a random moment, or the server under it.
murder() {
    pick "${devices[@]}"; local d=$picked victim child code=0 wait=$((RANDOM % span))
    change "$d"
    device "$d"
    "$NANOFLOW" sync "$app" "${options[@]}" >out 2>err </dev/null &
    child=$! victim=$!
    [ -z "$serving" ] || [ $((RANDOM % 2)) -eq 0 ] || victim=$serving
    sleep "0.$(printf %06d "$wait")"
    kill -9 "$victim" 2>/dev/null || true
    { wait "$child"; } 2>/dev/null || code=$?
    if [ "$victim" != "$child" ] || [ "$code" -eq 137 ]; then
        killed=$((killed + 1))
    else
        late=$((late + 1)) # it had ended
    fi
    if [ "$victim" != "$child" ]; then
        stop_serving KILL
        serve
    fi
}

# ---- quiet -------------------------------------------------------------------

quiet() {
    local d held
    for d in "${devices[@]}" "${devices[@]}"; do
        device "$d"
        nf sync "$app" "${options[@]}"
    done
    for d in "${devices[@]}"; do
        nf data export "$app" all --db "$d.db"
        grep -vE '^\{"entity":"Sweep.(Catalog|Draft)"' all >held || true
        ! grep -F '"$state"' held >difference || fail "a change was not sent by $d"
        nf data diff "$app" held --on server --server-db server.db --as "${user[$d]}"
    done
    nf data export "$app" server --on server --server-db server.db
    for d in "${!last[@]}"; do
        grep -F "\"Remark\":\"${last[$d]}\"" server >/dev/null ||
            fail "the last change of $d is lost: ${last[$d]}"
    done
}

echo "seed $seed"
cat "$source_folder/tests/faults/sweep/start.jsonl" >start
for d in "${devices[@]}"; do
    echo "{\"entity\": \"Sweep.Order\", \"id\": \"own-$d\", \"Remark\": \"own\"}" >>start
done
nf data import "$app" start --on server --server-db server.db
for d in "${devices[@]}"; do
    nf data import "$app" start --db "$d.db"
done
device a
began=$(date +%s%N)
nf sync "$app" "${options[@]}"
span=$((($(date +%s%N) - began) / 1000))
[ "$span" -lt 900000 ] || span=900000

for transport in local http; do
    [ "$transport" = local ] || serve
    for ((i = 0; i < (faults + kills) / 2; i++)); do
        step=$((step + 1))
        if [ $((i * kills / (faults + kills))) -lt $(((i + 1) * kills / (faults + kills))) ]; then
            murder
        else
            fault
        fi
        [ $((RANDOM % 5)) -ne 0 ] || office
        [ $((step % 20)) -ne 0 ] || quiet
    done
    quiet
    stop_serving TERM
done
echo "seed $seed: $met double faults, $broken of them of a server, $killed kills and $late too late," \
    "$synced synchronizations, nothing lost"

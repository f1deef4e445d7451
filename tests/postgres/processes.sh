#!/usr/bin/env bash
# Four server processes on one PostgreSQL (without $POSTGRES, on one SQLite file)
# behind a load balancer, and many
# devices that fail and are killed: processes.sh [DEVICES [ROUNDS]], 20 and 4
# unless told. A round lets every device change something and synchronize at the
# same time, through connections that end after some requests, so that one
# synchronization meets several servers; every third has a fault of a message
# (docs/faults.md), some are killed, and servers are killed and started again, or
# die by a plan before or after a commit. When all is quiet
#   - nothing is left to be sent, and every device holds what the server shows
#     its user,
#   - what only one device changes is as that device last committed it,
#   - every object that a device has created is there, or was refused and is on
#     record with its reason, each once,
#   - no change was written by two transactions: a trigger keeps a journal,
#   - no object has the AutoNumber of another
# (synchronize W51, W53, W57, S41, S127, S144). Prints seed and counts; SEED=N
# repeats the plan.
set -euo pipefail
: "${NANOFLOW:?the path of the program; with $POSTGRES, with a store there}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
app="$here/../faults/sweep/model.xml"
count=${1:-20} rounds=${2:-4} processes=4
seed="${SEED:-20260401}"
RANDOM=$((seed % 32768))
work="$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/nf-XXXXXX")"
servers=() doomed=() ports=() balancer=""
end() {
    exec 2>/dev/null
    [ ${#servers[@]} -eq 0 ] || kill -9 "${servers[@]}"
    [ -z "$balancer" ] || kill -9 "$balancer"
    rm -rf "$work"
}
trap end EXIT
cd "$work"
echo demo >password
step=start met=0 killed=0 died=0 synced=0 refused=0 created=0 forbidden=0
declare -A last=()

fail() {
    echo "failed at $step (seed $seed): $*" >&2
    for file in out err difference serve.log; do
        [ ! -s "$file" ] || { echo "--- $file" >&2; tail -c 2000 "$file" >&2; }
    done
    exit 1
}
nf() { "$NANOFLOW" "$@" >out 2>err </dev/null || fail "nanoflow $*"; }

# ---- servers -----------------------------------------------------------------

start() { # start NUMBER OPTIONS…: at the port that it had, if it had one
    local line number=$1
    shift
    exec {pipe}< <(exec "$NANOFLOW" serve "$app" \
        --listen "127.0.0.1:${ports[number]:-0}" --server-db server.db \
        --demo-users "$@" 2>>serve.log)
    servers[number]=$! doomed[number]=$#
    read -r -t 60 line <&"$pipe" || fail "server $number does not start"
    ports[number]=${line##*:}
    printf '%s\n' "${ports[@]}" >ports.new && mv ports.new ports
}
murder() { # murder NUMBER: the next one may have a plan to die by
    end_server "$1"
    case $((RANDOM % 4)) in
    0) start "$1" ;;
    1) start "$1" --fault "before-server-commit@$((RANDOM % 30 + 10))" ;;
    2) start "$1" --fault "after-server-commit@$((RANDOM % 30 + 10))" ;;
    3) start "$1" --fault "after-apply-before-reply@$((RANDOM % 4 + 1))" ;;
    esac
}
end_server() {
    kill -9 "${servers[$1]}" 2>/dev/null || true
    died=$((died + 1))
    { wait "${servers[$1]}"; } 2>/dev/null || true
}
mend() { # those that are dead, or will die, are replaced
    local i
    for ((i = 0; i < processes; i++)); do
        [ "${doomed[i]}" -eq 0 ] || { end_server "$i"; start "$i"; }
    done
}
balance() { # balance CUTS
    local port
    [ -z "$balancer" ] || { kill "$balancer"; wait "$balancer" 2>/dev/null || true; }
    exec {balancing}< <(exec python3 "$here/balance.py" ports "$1" 2>>serve.log)
    balancer=$!
    read -r -t 60 port <&"$balancing" || fail "the balancer does not start"
    url=http://127.0.0.1:$port
}

# ---- devices -----------------------------------------------------------------

options() { # options DEVICE
    local user=anna
    [ $(($1 % 3)) -ne 0 ] || user=bert
    given=(--db "$1.db" --device "$1" --user "$user" --server "$url"
        --password-file password --initial-sync never)
}
change() { # change DEVICE: an object of its own, a new one, one of all
    local d=$1
    last[$d]="$d $step" created=$((created + 1))
    {
        echo "{\"entity\": \"Sweep.Order\", \"id\": \"own-$d\", \"Remark\": \"$d $step\", \"\$state\": \"changed\"}"
        echo "{\"entity\": \"Sweep.Order\", \"id\": \"new-$d-$step\", \"Remark\": \"new\", \"\$state\": \"new\"}"
        echo "{\"entity\": \"Sweep.Order\", \"id\": \"o$((RANDOM % 3 + 1))\", \"Remark\": \"$d $step\", \"\$state\": \"changed\"}"
        [ $((RANDOM % 3)) -ne 0 ] ||
            echo "{\"entity\": \"Sweep.Photo\", \"id\": \"photo-$d-$step\", \"Name\": \"x\", \"\$contents\": \"$(printf '%s' "$RANDOM" | base64)\", \"\$state\": \"new\"}"
    } >lines
    # One without a name is refused.
    if [ $((RANDOM % 4)) -eq 0 ]; then
        forbidden=$((forbidden + 1))
        echo "{\"entity\": \"Sweep.Customer\", \"id\": \"none-$d-$step\", \"\$state\": \"new\"}" >>lines
    fi
    nf data import "$app" lines --db "$d.db"
}
pick() { picked=${!#}; local n=$((RANDOM % $# + 1)); picked=${!n}; }
plan() { # a fault of a message
    pick session create body commit result ack blob file state
    local kind=$picked
    pick cut "cut*2" status:503:1 status:500 duplicate reorder
    case $((RANDOM % 3)) in
    0) plan=before-$kind=$picked ;;
    1) plan=after-$kind=$picked ;;
    *) plan="mid-$kind:$((RANDOM % 900))=cut" ;;
    esac
}

# All at once; a device may fail, but never otherwise than by a failed
# synchronization.
round() {
    local d code pids=() victims=()
    for ((d = 1; d <= count; d++)); do
        change "$d"
    done
    for ((d = 1; d <= count; d++)); do
        options "$d"
        if [ $((RANDOM % 3)) -eq 0 ]; then
            plan
            given+=(--fault "$plan")
            met=$((met + 1))
        fi
        "$NANOFLOW" sync "$app" "${given[@]}" >"$d.out" 2>"$d.err" </dev/null &
        pids[d]=$!
        [ $((RANDOM % 5)) -ne 0 ] || victims+=("$!")
        [ $((d % 10)) -ne 5 ] || murder $((RANDOM % processes))
    done
    for d in "${victims[@]}"; do
        kill -9 "$d" 2>/dev/null || true
    done
    for ((d = 1; d <= count; d++)); do
        code=0
        { wait "${pids[d]}"; } 2>/dev/null || code=$?
        case $code in
        0) synced=$((synced + 1)) ;;
        1) refused=$((refused + 1)) ;;
        137) killed=$((killed + 1)) ;;
        *)
            cp "$d.err" err
            fail "device $d ends with $code"
            ;;
        esac
    done
}

# ---- quiet -------------------------------------------------------------------

everybody() { # all devices synchronize, some at a time, without faults
    local d pids=()
    for ((d = 1; d <= count; d++)); do
        options "$d"
        "$NANOFLOW" sync "$app" "${given[@]}" >"$d.out" 2>"$d.err" </dev/null &
        pids[d]=$!
        [ $((d % 8)) -ne 0 ] || wait "${pids[d]}" ||
            { cp "$d.err" err; fail "device $d in quiet"; }
    done
    for ((d = 1; d <= count; d++)); do
        wait "${pids[d]}" || { cp "$d.err" err; fail "device $d in quiet"; }
    done
}
quiet() {
    local d user
    step="quiet after $step"
    mend
    balance 0
    everybody
    everybody
    for ((d = 1; d <= count; d++)); do
        user=anna
        [ $((d % 3)) -ne 0 ] || user=bert
        nf data export "$app" all --db "$d.db"
        grep -vE '^\{"entity":"Sweep.(Catalog|Draft)"' all >"held$d" || true
        ! grep -F '"$state"' "held$d" >difference || fail "a change was not sent by $d"
        # What anna's first device holds is what the server shows her.
        if [ "$d" -le 3 ]; then
            cp "held$d" held
            nf data diff "$app" held --on server --server-db server.db --as "$user"
        fi
        sed 's/"$name":"[^"]*",*//' "held$d" | sort >"plain$d"
        if [ "$d" -gt 3 ] && ! cmp -s "plain$d" "plain$(((d - 1) % 3 + 1))"; then
            diff "plain$d" "plain$(((d - 1) % 3 + 1))" >difference || true
            fail "device $d differs from another of its user"
        fi
    done
    nf data export "$app" server --on server --server-db server.db
    for d in "${!last[@]}"; do
        grep -F "\"Remark\":\"${last[$d]}\"" server >/dev/null ||
            fail "the last change of $d is lost: ${last[$d]}"
    done
    grep -oE '"Number":[0-9]+' server | sort | uniq -d >difference
    [ ! -s difference ] || fail "an AutoNumber was given twice"
    once "$(sql 'SELECT count(*) FROM "Sweep.Order" WHERE "Remark" = $$new$$')" \
        "$created" "objects were created"
    once "$(sql 'SELECT count(*) FROM "System.SynchronizationError" WHERE "ObjectType" = $$Sweep.Customer$$ AND "Reason" LIKE $$OBJ_VALIDATION%$$')" \
        "$forbidden" "refusals are on record"
    once "$(sql 'SELECT count(*) FROM "System.SynchronizationError"')" \
        "$forbidden" "refusals there are at all"
    sql 'SELECT id, remark, count(DISTINCT transaction_id) FROM journal GROUP BY 1, 2 HAVING count(DISTINCT transaction_id) > 1' >difference
    [ ! -s difference ] || fail "a change was applied twice"
    writes=$(sql 'SELECT count(*) FROM journal')
}
sql() { # texts stand between $$
    if [ -n "${POSTGRES:-}" ]; then
        bash "$here/place.sh" sql server.db "$1"
    else
        sqlite3 -cmd '.timeout 20000' server.db "${1//\$\$/\'}"
    fi
}
# Who writes which text, by transaction; each change has a text of its own.
keep_journal() {
    if [ -n "${POSTGRES:-}" ]; then
        sql 'CREATE TABLE journal(id bigint, remark text, transaction_id bigint);
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
                INSERT INTO journal VALUES(NEW.id, NEW."Remark", txid_current());
                RETURN NEW; END$$;
            CREATE TRIGGER note AFTER INSERT OR UPDATE ON "Sweep.Order" FOR EACH ROW
                EXECUTE FUNCTION note()'
        return
    fi
    # An upload's transaction ends with its outcome.
    sql 'CREATE TABLE journal(id INTEGER, remark TEXT, transaction_id INTEGER)'
    for event in INSERT UPDATE; do
        sql "CREATE TRIGGER note_$event AFTER $event ON \"Sweep.Order\" BEGIN
            INSERT INTO journal VALUES(NEW.id, NEW.Remark, (SELECT count(*)
            FROM _mx_outcome)); END"
    done
}
once() { # FOUND EXPECTED WHAT
    [ "$1" -eq "$2" ] || fail "$1 $3, not $2"
}

# ---- the story ---------------------------------------------------------------

echo "seed $seed"
cat "$here/../faults/sweep/start.jsonl" >begin
for ((d = 1; d <= count; d++)); do
    echo "{\"entity\": \"Sweep.Order\", \"id\": \"own-$d\", \"Remark\": \"own\"}" >>begin
done
nf data import "$app" begin --on server --server-db server.db
keep_journal
for ((d = 1; d <= count; d++)); do
    nf data import "$app" begin --db "$d.db"
done
for ((i = 0; i < processes; i++)); do
    start "$i"
done
for ((n = 1; n <= rounds; n++)); do
    step=$n
    balance 12
    round
    [ $((n % 2)) -ne 0 ] && [ "$n" -ne "$rounds" ] || quiet
done
for ((i = 0; i < processes; i++)); do
    kill -TERM "${servers[i]}"
    wait "${servers[i]}" || fail "server $i ends badly"
done
servers=()
echo "seed $seed: $count devices, $processes processes, $met faults of messages," \
    "$killed devices and $died servers killed, $synced synchronizations and" \
    "$refused that failed, $created objects created, $forbidden refused," \
    "$writes changes written: nothing lost, nothing twice"

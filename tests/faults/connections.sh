#!/usr/bin/env bash
# connections.sh [COUNT [SECONDS]]: a server bears a crowd (connections.c) of more
# connections than it has room for: silent, slow, endless and malformed ones. A
# device synchronizes all the time, each time within a bound; the server's memory
# stays within another, and it ends as it should (synchronize §27.9). SEED=N
# repeats it.
set -euo pipefail
: "${NANOFLOW:?the path of the program}"
: "${CROWD:?the path of faults_connections}"
: "${SOURCE:?the source folder}"
count="${1:-1500}" seconds="${2:-6}" seed="${SEED:-1}"
# Seconds of one synchronization, and MiB of the server (a sanitizer's is no
# measure).
patience="${PATIENCE:-60}" memory="${MEMORY:-400}"
APP="$SOURCE/tests/scenarios/serve/model.xml"
work="$(mktemp -d)"
server='' crowd=''
finish() {
    [ -z "$crowd" ] || kill "$crowd" 2>/dev/null || true
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
cd "$work"
fail() {
    echo "failed (seed $seed): $*" >&2
    tail -c 2000 serve.log >&2
    exit 1
}
echo demo >password
exec 3< <(exec "$NANOFLOW" serve "$APP" --listen 127.0.0.1:0 --server-db \
    server.db --demo-users 2>serve.log)
server=$!
read -r -t 60 line <&3 || fail "the server does not start"
url=${line#listening }
phone() { # ARGUMENTS…
    timeout "$patience" "$NANOFLOW" sync "$APP" --db phone.db --server "$url" \
        --user anna --password-file password "$@" >out 2>err
}
phone || fail "nothing works: $(cat err)"
"$CROWD" "${url##*:}" "$count" "$seconds" "$seed" >crowd.out &
crowd=$!
syncs=0 slowest=0
end=$((SECONDS + seconds))
while [ "$SECONDS" -lt "$end" ]; do
    began=${EPOCHREALTIME/./}
    syncs=$((syncs + 1))
    echo "{\"entity\": \"Serve.Note\", \"id\": \"n$syncs\", \"Title\": \"$syncs\", \"\$state\": \"new\"}" >line
    "$NANOFLOW" data import "$APP" line --on device --db phone.db >out 2>err ||
        fail "importing: $(cat err)"
    phone || fail "synchronization $syncs: $(cat err)"
    took=$(((${EPOCHREALTIME/./} - began) / 1000))
    [ "$took" -le "$slowest" ] || slowest=$took
done
wait "$crowd" || fail "the crowd ends with $?"
crowd=''
peak=$(($(sed -nE 's/^VmHWM:\s+([0-9]+) kB/\1/p' "/proc/$server/status") / 1024))
[ "$peak" -le "$memory" ] || fail "the server took $peak MiB"
kill -TERM "$server"
code=0
wait "$server" || code=$?
server=''
[ "$code" -eq 0 ] || fail "the server ends with $code"
"$NANOFLOW" data export "$APP" all --on server --server-db server.db 2>err ||
    fail "exporting: $(cat err)"
[ "$(grep -c Serve.Note all)" -eq "$syncs" ] || fail "notes were lost"
cat crowd.out
echo "$syncs synchronizations beside it, the slowest in $slowest ms; $peak MiB"

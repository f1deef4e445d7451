# What one request may use (docs/serve.md): memory (limit.memory), time
# (limit.request), REST calls (limit.rest).
# Nothing is half applied, and the server goes on.
fine() { # another device is served
    exits 0 run "$APP" Rl.Call --db other.db --now "$NOW" "${SERVER[@]}" --user anna
    [ "$(cat out)" = fine ] || fail "the server does not go on"
}
nothing_stored() {
    exits 0 query "$APP" Rl.Row '' --on server --server-db server.db
    [ ! -s out ] || fail "something is half applied"
}
serve --set limit.memory=8 --set limit.rest=1 --set server.rest=on
CALL=("${DEVICE[@]}" "${SERVER[@]}" --user anna --json)

scenario "limit.memory: a list and a text without end"
for flow in CallGrows CallDoubles; do
    exits 1 run "$APP" "Rl.$flow" "${CALL[@]}"
    has out 'needs too much memory on the server'
    has out '"code":"microflow_failed"'
done
nothing_stored

scenario "limit.memory: event handlers of an upload"
exits 1 run "$APP" Rl.MakeLarge "${CALL[@]}"
has out '"code":"SYNC_LIMIT"'
has serve.log 'needs more memory than a request may use'
nothing_stored
fine

scenario "limit.rest: all REST calls of a request together"
exec {SLOW_OUT}< <(exec python3 "$CASE/slow.py")
STARTED+=("$!")
read -r -t 60 SLOW <&"$SLOW_OUT" || fail "nobody is slow"
export no_proxy=127.0.0.1
exits 0 run "$APP" Rl.CallAsks --arg "Url=$SLOW" "${CALL[@]}"
has out 'have taken all the time that they may'
fine

scenario "limit.request: event handlers of an upload that do not end"
stop_serving
serve --set limit.request=1
exits 1 run "$APP" Rl.MakeSlow --db slow.db --now "$NOW" "${SERVER[@]}" --user anna --json
has out '"code":"SYNC_LIMIT"'
exits 0 query "$APP" Rl.Slow '' --on server --server-db server.db
[ ! -s out ] || fail "something is half applied"
fine

# What SQLite is asked is stopped in tests/unit/database/test_database.c.
on_postgres || return 0
scenario "limit.request: PostgreSQL has not answered"
DEVICE=(--db find.db --now "$NOW" --seed 7)
CALL=("${DEVICE[@]}" "${SERVER[@]}" --user anna --json)
echo '{"entity": "Rl.Row", "id": "r1", "Name": "one"}' | on_server
exits 0 query "$APP" Rl.Row '' --on server --server-db server.db
ROW=$(sed -n 's/.*"id":"\([0-9]*\)".*/\1/p' out)
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" --user anna
server_sql server.db 'ALTER TABLE "Rl.Row" RENAME TO awake; CREATE VIEW "Rl.Row" AS SELECT * FROM awake WHERE (SELECT true FROM pg_sleep(60))'
began=$SECONDS
# A microflow that retrieves: no error flow handles it.
exits 1 run "$APP" Rl.CallFinds "${CALL[@]}"
has out 'took too long on the server'
# A download; an upload, whose row is asked for in a pipeline.
exits 1 sync "$APP" --db new.db --now "$NOW" "${SERVER[@]}" --user anna
has err SYNC_LIMIT
on_device <<<"{\"entity\": \"Rl.Row\", \"id\": \"$ROW\", \"Name\": \"changed\", \"\$state\": \"changed\"}"
exits 1 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" --user anna
has err SYNC_LIMIT
[ $((SECONDS - began)) -lt 50 ] || fail "a query was waited for"
[ "$(server_sql server.db "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()")" = 0 ] ||
    fail "the database is still at work"
# The connections are as good as before.
server_sql server.db 'DROP VIEW "Rl.Row"; ALTER TABLE awake RENAME TO "Rl.Row"'
exits 0 run "$APP" Rl.CallFinds "${CALL[@]}"
has out '"value":"found"'
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" --user anna
exits 0 query "$APP" Rl.Row '' --on server --server-db server.db
has out '"Name":"changed"'
fine

# A server that stops and starts again, elsewhere, goes on with what is in its
# database (synchronize S134: the device signs in again by itself). SIGTERM ends
# with 0, SIGINT with 130 as every command.
serve
exits 0 run "$APP" Serve.Write --arg Title=One --db phone.db "${SERVER[@]}" \
    --user anna
exits 0 sync "$APP" --db phone.db "${SERVER[@]}" --user anna
stop_serving TERM 0
has serve.log 'stopping'
# Nobody is there: the device is as it was, the flow can handle it (A142, S126).
exits 0 run "$APP" Serve.Handled --db phone.db "${SERVER[@]}" --user anna
has out 'The server could not be reached (SYNC_NETWORK)'
exits 0 run "$APP" Serve.Write --arg Title=Two --db phone.db "${SERVER[@]}" \
    --user anna
# The same address again: a device belongs to one server (S15).
port=${URL##*:}
serve --listen "127.0.0.1:$port"
exits 0 sync "$APP" --db phone.db "${SERVER[@]}" --user anna
exits 0 data export "$APP" device --on device --db phone.db
has device '"Title":"One"'
has device '"Title":"Two"'
exits 0 data diff "$APP" device --on server --server-db server.db --as anna
# Two servers over one database (design §5).
first=$SERVING first_url=$URL
serve
exits 0 run "$APP" Serve.Write --arg Title=Three --db other.db \
    "${SERVER[@]}" --user bert
exits 0 sync "$APP" --db other.db "${SERVER[@]}" --user bert
exits 0 sync "$APP" --db phone.db --server "$first_url" \
    --password-file password --user anna
exits 0 data export "$APP" device --on device --db phone.db
has device '"Title":"Three"'
kill -s TERM "$first"
wait "$first" || fail "the first server fails"
stop_serving INT 130

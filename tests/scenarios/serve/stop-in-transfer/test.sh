# A server that is stopped, or killed, while a device receives a long result:
# the first finishes what is under way, after the second the device goes on with
# the next process on the same database (W34, W53, S147).
awk 'BEGIN {
    for (i = 1; i <= 1500; i++) {
        text = ""
        for (j = 0; j < 250; j++)
            text = text sprintf("Word %d of note %d, and so on. ", j, i)
        printf "{\"entity\": \"Serve.Note\", \"id\": \"n%d\", \"Title\": \"Note %d\", \"Text\": \"%s\"}\n", i, i, text
    }
}' | on_server
# receive NAME: a device begins to receive, and holds still for a while.
receive() {
    : >serve.log
    "$NANOFLOW" sync "$APP" --db "$1.db" "${SERVER[@]}" --user anna \
        --fault 'mid-result:100000=delay:1500' >"$1.out" 2>"$1.err" &
    DEVICE_PID=$!
    for _ in {1..1500}; do
        ! { grep -q '/commit 200' serve.log && sending; } || return 0
        sleep 0.01
    done
    fail "$1 does not come to its result: $(cat "$1.err")"
}
# sending: whether the server has bytes that a device has not taken yet.
sending() {
    awk -v port=":$(printf %04X "${URL##*:}")" \
        'substr($2, 9) == port && $4 == "01" && $5 !~ /^00000000:/ { found = 1 }
         END { exit !found }' /proc/net/tcp
}
received() {
    wait "$DEVICE_PID" || { cp "$1.err" err; fail "$1 did not receive it"; }
    exits 0 data export "$APP" "$1" --on device --db "$1.db"
    lines "$1" 1500
    exits 0 data diff "$APP" "$1" --on server --server-db server.db --as anna
}
serve --verbose
receive stopped
stop_serving TERM 0
has serve.log 'requests under way: 1'
hasnt serve.log ' cut '
received stopped

serve --verbose
port=${URL##*:}
receive killed
kill -s KILL "$SERVING"
wait "$SERVING" || true
SERVING=
exec {SERVE_OUT}<&-
serve --verbose --listen "127.0.0.1:$port"
received killed
stop_serving

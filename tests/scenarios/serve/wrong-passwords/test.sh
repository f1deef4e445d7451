# Guessing passwords over HTTP (synchronize W20, A160): after five failures a
# user and an address have to wait (429), with the right password, too; an
# unknown user is treated the same. The counts are in the database.
try() { # try CODE USER PASSWORD-FILE
    exits "$1" sync "$APP" --db "$2.db" --server "$URL" --user "$2" \
        --password-file "$3" --now "$NOW" --trace=trace
}
# answers STATUS: that of the last sign-in, as the server's log has it when the
# reply has gone.
tries=0
answers() {
    local lines=0
    tries=$((tries + 1))
    for _ in {1..500}; do
        lines=$(grep -c 'POST /sync/v1/session' serve.log || true)
        [ "$lines" -lt "$tries" ] || break
        sleep 0.01
    done
    grep 'POST /sync/v1/session' serve.log | tail -1 >line
    has line "/sync/v1/session $1 "
}
serve --verbose
echo wrong >wrong
for i in 1 2 3 4 5; do
    try 1 anna wrong
    answers 401
    has err 'The session is not valid (SYNC_AUTH)'
done
try 1 anna wrong
answers 429
try 1 anna password
answers 429
try 1 nobody wrong # the address has to wait, whoever it names
answers 429
# Nor does another process on the same database know better.
stop_serving
serve --verbose
try 1 anna password
answers 429
stop_serving

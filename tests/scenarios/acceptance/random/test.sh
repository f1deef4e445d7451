# synchronize W57, A163: random stories of devices (random.c), of three in turn
# and one of fifty. `./dev soak` has longer ones.
. "$CASE/../words.sh"
stories() { # SEED COUNT DEVICES STEPS
    if in_process; then
        "$RANDOM_STORIES" "$APP" "$PWD" "$@" >out 2>err || fail "a story goes wrong"
    else
        fresh
        served
        "$RANDOM_STORIES" "$APP" "$PWD" "$@" "$URL" "$PWD/server.db" >out 2>err ||
            fail "a story goes wrong"
    fi
    has out ', 0 failures'
}
scenario "synchronize A163"
if in_process && on_postgres; then
    mkdir 1
    server_place 1/server.db
    stories 1 1 3 40
elif in_process; then
    stories 1 3 3 60
    stories 5 1 50 200
else
    stories 4 1 3 60
fi

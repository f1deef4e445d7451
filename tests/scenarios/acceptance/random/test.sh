# synchronize W57, A163 in small: random stories of three devices (random.c).
. "$CASE/../words.sh"
scenario "synchronize A163"
if in_process; then
    "$RANDOM_STORIES" "$APP" "$PWD" 1 3 >out 2>err || fail "a story goes wrong"
else
    for seed in 4; do
        fresh
        served
        "$RANDOM_STORIES" "$APP" "$PWD" $seed 1 "$URL" "$PWD/server.db" >out 2>err ||
            fail "a story goes wrong"
    done
fi
has out ', 0 failures'

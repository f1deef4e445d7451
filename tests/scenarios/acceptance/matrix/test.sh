# synchronize §9 … §11: every local state, server state, mode of the entity, mode
# of the synchronization and two users, against an oracle (matrix.c).
. "$CASE/../words.sh"
scenario "synchronize S60, S86, the matrix"
if in_process; then
    "$MATRIX" "$CASE/model.xml" "$PWD" >out 2>err || fail "the program and the tables differ"
else
    for run in 00 01 10 11 20 21 30 31; do
        mkdir "$run"
        APP="$CASE/model.xml" serve --server-db "$run/server.db"
        "$MATRIX" "$CASE/model.xml" "$PWD" "$URL" $run >>out 2>err ||
            fail "the program and the tables differ"
        stop_serving
    done
fi
lines out 8
[ "$(grep -c ': 225 objects, 0 differences' out)" -eq 8 ] || fail "not everything was compared"

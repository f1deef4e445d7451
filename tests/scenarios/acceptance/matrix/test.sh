# synchronize §9 … §11: every local state, server state, mode of the entity, mode
# of the synchronization and two users, also after a run that was cut (S23),
# against an oracle (matrix.c).
. "$CASE/../words.sh"
scenario "synchronize S60, S86, the matrix"
if in_process && on_postgres; then
    for run in 000 112 202 311; do
        mkdir "$run"
        server_place "$run/server.db"
        "$MATRIX" "$CASE/model.xml" "$PWD" local $run >>out 2>err ||
            fail "the program and the tables differ"
    done
    lines out 4
elif in_process; then
    "$MATRIX" "$CASE/model.xml" "$PWD" >out 2>err || fail "the program and the tables differ"
    lines out 24
else
    for run in 000 010 102 112 202 211 300 312; do
        mkdir "$run"
        APP="$CASE/model.xml" serve --server-db "$run/server.db"
        "$MATRIX" "$CASE/model.xml" "$PWD" "$URL" $run >>out 2>err ||
            fail "the program and the tables differ"
        stop_serving
    done
    lines out 8
fi
! grep -v ': 225 objects, 0 differences' out >differing || fail "not everything was compared"

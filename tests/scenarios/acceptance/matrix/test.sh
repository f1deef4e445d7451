# synchronize §9 … §11: every local state, server state, mode of the entity, mode
# of the synchronization and two users, against an oracle (matrix.c).
. "$CASE/../words.sh"
scenario "synchronize S60, S86, the matrix"
"$MATRIX" "$CASE/model.xml" "$PWD" >out 2>err || fail "the program and the tables differ"
has out 'all, anna: 225 objects, 0 differences'
lines out 8

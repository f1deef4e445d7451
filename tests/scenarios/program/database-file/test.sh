# The database file is the user's data: private, with one writer at a time, and
# nobody else's file is touched.
root="$CASE/../../../.."
echo '{"entity": "Main.Item", "id": "a", "Title": "A"}' >one.jsonl
store() { exits "$1" data import "$APP" one.jsonl --db "$2" "${@:3}"; }
mode() { [ "$(stat -c %a "$1")" = "$2" ] || fail "$1 has mode $(stat -c %a "$1")"; }
# untouched FILE COMMAND…: the file is the same afterwards, and alone.
untouched() {
    local file=$1
    shift
    cp "$file" kept
    "$@"
    cmp -s "$file" kept || fail "$file was changed"
    [ ! -e "$file-wal" ] && [ ! -e "$file-journal" ] ||
        fail "$file has company"
}

(umask 000 && store 0 mine.db)
mode mine.db 600
(umask 000 && exits 0 data import "$APP" one.jsonl --on server --server-db theirs.db)
mode theirs.db 600

# Other people's files.
untouched mine.db exits 3 data export "$root/examples/hello/hello.xml" - --db mine.db
has err 'belongs to another app'
untouched mine.db exits 3 data export "$APP" - --on server --server-db mine.db
has err 'not the database of a server'
echo 'Dear diary' >diary
untouched diary store 3 diary
has err 'cannot be opened as a database'
store 3 .
has err 'Is a directory'
store 3 nowhere/mine.db
# Neither is a damaged one.
head -c 8192 mine.db >cut.db
untouched cut.db store 3 cut.db
has err 'malformed'

if command -v sqlite3 >/dev/null; then
    sqlite3 other.db 'CREATE TABLE poem(line TEXT)'
    untouched other.db store 3 other.db
    has err 'another program'
    cp mine.db newer.db
    sqlite3 newer.db 'PRAGMA user_version=99'
    untouched newer.db store 3 newer.db
    has err 'newer than'
    has err 'use a newer nanoflow'

    # Another process writes: readers go on, writers wait as they are told.
    mkfifo commands
    sqlite3 mine.db <commands >said &
    exec 7>commands
    printf '%s\n' 'BEGIN IMMEDIATE;' "SELECT 'begun';" >&7
    until grep -q begun said; do :; done
    mode mine.db-wal 600
    mode mine.db-shm 600
    exits 0 query "$APP" Main.Item '' --db mine.db
    lines out 1
    store 3 mine.db --db-wait 0
    has err 'in use by another process'
    store 3 mine.db --db-wait 0.05
    has err 'in use by another process'
    "$NANOFLOW" data import "$APP" one.jsonl --db mine.db --db-wait 60 >out 2>err &
    waiting=$!
    echo 'COMMIT;' >&7
    exec 7>&-
    wait "$waiting" || fail "the second process has not waited"
    wait
fi
store 2 mine.db --db-wait soon

# No room: the import is undone, and a flow keeps what it has committed.
awk 'BEGIN { for (i = 0; i < 20000; i++)
    print "{\"entity\": \"Main.Item\", \"id\": \"n" i "\", \"Title\": \"a title of some length\"}" }' >many.jsonl
(ulimit -f 800 && exits 3 data import "$APP" many.jsonl --db mine.db)
exits 0 query "$APP" Main.Item '' --db mine.db
lines out 1
kill_app="$root/tests/faults/kill/model.xml"
(ulimit -f 500 && exits 1 run "$kill_app" Kill.Work --arg Rounds=3000 --db work.db)
has err 'db_error'
committed=$(sed -n 's/.*: committed \([0-9]*\)$/\1/p' err | tail -1)
exits 0 query "$kill_app" Kill.Node '[Place = 0]' --db work.db
has out "\"Round\":$committed"

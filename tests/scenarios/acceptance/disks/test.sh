# synchronize §29, Faults: a disk of either side is full.
. "$CASE/../words.sh"

shop() {
    on_both <<"END"
{"entity": "Shop.Order", "id": "o1", "Remark": "one"}
{"entity": "Shop.Order", "id": "o2", "Remark": "two"}
{"entity": "Shop.Order", "id": "o3", "Remark": "three"}
END
    sync
    run 0 Flows.ChangeOrder --arg X=o1 --arg To=uno
    run 0 Flows.DeleteOrder --arg X=o2
    on_device <<<'{"entity": "Shop.Order", "id": "n1", "Remark": "new", "$state": "new"}'
    at 2026-03-18T11:00:00Z
}
# fails CODE PLAN: a full synchronization under a plan ends with this code.
fails() {
    synchronizes 1 --json --fault "$2"
    has err "$1"
}
# The end of every story: all is on both sides, once.
whole() {
    look
    holds server Shop.Order Remark new,three,uno
    holds device Shop.Order Remark new,three,uno
    grep -F '"new"' server >row; has row '"Number":1003'
    same_as_fresh
    errors 0
}

# staged: what the device has of a synchronization that is not complete: files, and
# contents that no object has.
staged() {
    ls temporary
    find . -maxdepth 1 -name 'a.db*' ! -name 'a.db-wal' ! -name 'a.db-shm'
    ! command -v sqlite3 >/dev/null || sqlite3 a.db "select hex(hash) from _mx_blob"
}
mkdir temporary
head -c 300000 /dev/zero | tr '\0' p >photo
head -c 5000000 /dev/zero | tr '\0' p >large # more than is kept in memory
# The first three writes open the databases. Then: what is sent, the note of it, the
# contents of a file on their way, and the one transaction, which stores them.
contents=18
in_process || contents=20
writes=(4 9 $contents 23 60)
! on_postgres || writes=($contents) # it is the device's disk
for nth in "${writes[@]}"; do
    scenario "synchronize A132 write $nth"
    shop
    [ "$nth" != 60 ] || cp large photo
    on_server <<<'{"entity": "Shop.Photo", "id": "p1", "Name": "a.png", "$contents": "@photo"}'
    exits 0 data export "$APP" before --on device "${DEVICE[@]}"
    staged >before.staged
    TMPDIR=$PWD/temporary fails SYNC_LOCAL_STORAGE "disk-full:$nth"
    [ "$nth" != $contents ] || has err "a temporary file"
    staged >after.staged
    cmp before.staged after.staged || fail "something staged is left"
    exits 0 data export "$APP" after --on device "${DEVICE[@]}"
    cmp before after || fail "the device has changed"
    at 2026-03-18T12:00:00Z
    sync
    whole
done

# PostgreSQL counts statements that write; opening has some more of them.
writes=(4 9 15 25 35)
! on_postgres || writes=(12 19 26 33 40)
for nth in "${writes[@]}"; do
    in_process || break
    scenario "synchronize A133 write $nth"
    shop
    fails SYNC_SERVER "server-disk-full:$nth"
    look # nothing was applied, or all of it
    grep -q '"Remark":"uno"' server || holds server Shop.Order Remark one,three,two
    at 2026-03-18T12:00:00Z
    sync
    whole
done


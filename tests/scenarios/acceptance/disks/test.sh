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

# The first three writes open the databases.
writes=(4 9 15 22 28)
! on_postgres || writes=(15) # it is the device's disk
for nth in "${writes[@]}"; do
    scenario "synchronize A132 write $nth"
    shop
    exits 0 data export "$APP" before --on device "${DEVICE[@]}"
    fails SYNC_LOCAL_STORAGE "disk-full:$nth"
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


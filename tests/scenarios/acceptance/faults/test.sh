# synchronize §29, Faults: the connection, the processes and the disks fail
# where a plan says so.
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

scenario "synchronize A122"
shop
exits 0 data export "$APP" before --on device "${DEVICE[@]}"
fails SYNC_NETWORK 'after-commit=cut*0,before-state=cut*0'
exits 0 data export "$APP" after --on device "${DEVICE[@]}"
cmp before after || fail "the device has changed"
look; holds server Shop.Order Remark new,three,uno
at 2026-03-18T12:00:00Z
sync
whole
row server o1; has row '11:00:00.000Z"' # applied at eleven, not again at twelve
on_device <<<'{"entity": "Shop.Order", "id": "n2", "Remark": "newer", "$state": "new"}'
sync
look; grep -F '"newer"' server >row; has row '"Number":1004'

scenario "synchronize A124"
shop
fails SYNC_NETWORK 'after-commit=cut*0,before-state=cut*0'
on_server <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "bert"}'
sync
look
holds server Shop.Order Remark bert,new,three
holds device Shop.Order Remark bert,new,three
same_as_fresh

# An object that was new when the reply was lost is deleted before the next run.
scenario "synchronize A122, deleted since"
shop
fails SYNC_NETWORK 'after-commit=cut*0,before-state=cut*0'
run 0 Flows.DeleteOrder --arg X=n1
sync
look
holds server Shop.Order Remark three,uno
holds device Shop.Order Remark three,uno
same_as_fresh
errors 0
# And one that never arrived.
on_device <<<'{"entity": "Shop.Order", "id": "n2", "Remark": "newer", "$state": "new"}'
fails SYNC_NETWORK 'before-commit=cut*0,before-state=cut*0'
run 0 Flows.DeleteOrder --arg X=n2
sync
look
holds server Shop.Order Remark three,uno
same_as_fresh
errors 0

scenario "synchronize A121"
shop
plan=before-apply
in_process || plan=before-commit
fails SYNC_NETWORK "$plan=cut*0,before-state=cut*0"
look; holds server Shop.Order Remark one,three,two
at 2026-03-18T12:00:00Z
sync
whole
row server o1; has row '12:00:00.000Z"'

scenario "synchronize A123"
shop
rm -rf saved; mkdir saved; cp -r a.db* saved/
sync
look; holds server Shop.Order Remark new,three,uno
rm -rf ./a.db*; cp -r saved/* .
at 2026-03-18T12:00:00Z
run 0 Flows.ChangeOrder --arg X=o3 --arg To=tres
sync
look
holds server Shop.Order Remark new,tres,uno
row server o1; has row '11:00:00.000Z"'
row server o3; has row '12:00:00.000Z"'
[ "$(grep -c '"Remark":"new"' server)" -eq 1 ] || fail "created twice"
same_as_fresh
errors 0

# killed PLAN: a full synchronization ends as `kill -9` would end it.
killed() {
    synchronizes 137 --fault "$1"
}

scenario "synchronize A126"
shop
killed before-result=crash
on_server <<<'{"entity": "Shop.Order", "id": "o3", "Remark": "tres"}'
at 2026-03-18T12:00:00Z
run 0 Flows.SelectOrder --arg X=o3
look
holds server Shop.Order Remark new,tres,uno
holds device Shop.Order Remark new,tres,uno
quiet
row server o1; has row '11:00:00.000Z"'
errors 0

for point in before-final-tx in-final-tx after-final-tx; do
    scenario "synchronize A125 $point"
    shop
    exits 0 data export "$APP" before --on device "${DEVICE[@]}"
    killed "$point=crash"
    exits 0 data export "$APP" after --on device "${DEVICE[@]}"
    cmp -s before after || [ "$(grep -c state after)" -eq 0 ] || fail "half old, half new"
    at 2026-03-18T12:00:00Z
    sync
    whole
    row server o1; has row '11:00:00.000Z"'
done
points=(before-device-commit after-device-commit)
! in_process || points+=(before-server-commit after-server-commit)
for point in "${points[@]}"; do
    for nth in 1 2; do # whichever transaction it is
        scenario "synchronize A125 $point@$nth"
        shop
        killed "$point=crash@$nth"
        at 2026-03-18T12:00:00Z
        sync
        whole
    done
done

for byte in 5 100 700; do
    scenario "synchronize A134 once, byte $byte"
    shop
    synchronizes 0 --fault "mid-result:$byte=corrupt"
    whole
done

scenario "synchronize A134 always"
shop
exits 0 data export "$APP" before --on device "${DEVICE[@]}"
fails SYNC_PROTOCOL 'mid-result:40=corrupt*0'
exits 0 data export "$APP" after --on device "${DEVICE[@]}"
cmp before after || fail "the device has changed"
sync
whole

scenario "synchronize A135"
shop
fails SYNC_PROTOCOL 'mid-result:200=truncate*0'
sync
whole

scenario "synchronize A144"
shop
synchronizes 0 --fault 'before-commit=status:503:2000*2'
whole

scenario "synchronize A131"
for offset in 315360000 -315360000; do
    scenario "synchronize A131 device off by $offset s"
    shop
    synchronizes 0 --fault "clock:$offset"
    whole
    row server o1; has row '11:00:00.000Z"'
done
scenario "synchronize A131 server's clock back an hour"
shop
if in_process; then
    synchronizes 0 --fault "server-clock:-3600"
else
    NOW=2026-03-18T10:00:00Z
    sync
fi
whole
row server o1; has row '10:00:00.000Z"'

scenario "synchronize A145"
shop
fails SYNC_NETWORK 'after-commit=cut*0,before-state=cut*0'
at 2026-03-18T12:00:00Z
run 0 Flows.ChangeOrder --arg X=o1 --arg To=eins
look; marked o1 changed
sync --mode unsynchronized # takes the outcome over, and sends what is newer
look
holds server Shop.Order Remark eins,new,three
same_as_fresh
errors 0

# synchronize §29, Sessions and users.
. "$CASE/../words.sh"

shop() {
    on_both <<"END"
{"entity": "Shop.Order", "id": "o1", "Remark": "one"}
{"entity": "Shop.Order", "id": "o2", "Remark": "two"}
END
    sync
}

scenario "synchronize A104"
shop
run 0 Flows.ChangeOrder --arg X=o1 --arg To=uno
run 0 Flows.DeleteOrder --arg X=o2
on_device <<<'{"entity": "Shop.Order", "id": "n1", "Remark": "new", "$state": "new"}'
exits 0 data export "$APP" before --on device "${DEVICE[@]}"
# The file is anna's: bert gets none of it, and it stays as it is.
WHO=bert
synchronizes 3
has err "belongs to the user 'anna'"
exits 0 data export "$APP" after --on device "${DEVICE[@]}"
cmp before after || fail "the data of anna have changed"
device b
sync
look; holds device Shop.Order Remark one,two
device a
sync
has out '3 uploaded'
look; holds server Shop.Order Remark new,uno

scenario "synchronize A106"
on_server <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "one"}'
start() { # CODE WHEN
    exits "$1" run "$APP" Flows.Labels "${DEVICE[@]}" "${SERVER[@]}" \
        --user anna --json --initial-sync "$2"
}
offline start 0 auto
has out '"initial":true'
has out SYNC_NETWORK
has out '"value":0'
offline start 1 require
has out '"code":"SYNC_NETWORK"'
offline start 0 never
hasnt out '"initial":true'
served
start 0 auto
has out '"initial":true'
look; holds device Shop.Order Remark one
start 0 require # once is enough
hasnt out '"initial":true'
offline start 0 require

# Devices in memory with one seed are devices of their own for a server in this
# process (design: --seed).
if in_process; then
    scenario "synchronize S31, a user that nobody knows"
    WHO=nobody
    synchronizes 1
    has err 'The session is not valid (SYNC_AUTH): there is no user of this name'
    scenario "synchronize S24, two devices in memory"
    for name in one two; do
        exits 0 run "$APP" Flows.NewCommitted --arg Remark=$name --seed 7 --now "$NOW" \
            "${SERVER[@]}" --user anna
    done
    look; holds server Shop.Order Remark one,two
fi

# S135: a user whose role is taken away sees what the next session may see.
scenario "synchronize A59 by roles"
shop
variant none '/Name="Order"/,/<\/Entity>/ s/AllowedModuleRoles="Shop.Clerk"/AllowedModuleRoles="Shop.Admin"/'
sync
look
objects device Shop.Order 0
objects server Shop.Order 2

# synchronize §29, Online entities.
. "$CASE/../words.sh"

scenario "synchronize A99 without network"
on_server <<<'{"entity": "Shop.Price", "id": "p1", "Amount": 3}'
sync
offline run 0 Flows.CaughtPrices
hasnt out '"value":"fine"'
has out 'Shop.Price'
look
objects device Shop.Price 0
row server p1

# A device whose model is of before: S55, S70, S168.
before='s/(Entity="Shop.Price" SyncMode=")Online/\1All/'
old_device() { # SCRIPT…: the server's model, by which the fixture changes
    on_server <<<'{"entity": "Shop.Price", "id": "p1", "Amount": 3}'
    [ $# -eq 0 ] || variant newer "$@"
    SERVER_APP=$APP
    variant older "$before"
    on_device <<"END"
{"entity": "Shop.Price", "id": "p1", "Amount": 3}
{"entity": "Shop.Price", "id": "p2", "Amount": 2}
END
    on_device <<"END"
{"entity": "Shop.Price", "id": "p1", "Amount": 5, "$state": "changed"}
{"entity": "Shop.Price", "id": "p9", "Amount": 9, "$state": "new"}
{"entity": "Shop.Order", "id": "o9", "Remark": "fine", "$state": "new"}
END
    sync
    cp out told
    look
    holds server Shop.Order Remark fine
    quiet
}
if ! in_process; then
scenario "synchronize A110 without compatibility"
old_device
has told 'rejected'
has told 'kept Shop.Price'
holds server Shop.Price Amount 3
holds device Shop.Price Amount 2,3 # p9 is gone, p1 as the server has it
errors 2 OBJ_ONLINE '"ObjectType":"Shop.Price"' '\"Amount\":9'

scenario "synchronize A110 with compatibility"
old_device '/Shop.Price"/ s/SyncMode="Online"/& CompatibilityMode="true"/'
hasnt told OBJ_ONLINE
holds server Shop.Price Amount 5,9
holds device Shop.Price Amount 5,9 # the server has no p2
errors 0
same_as_fresh
fi

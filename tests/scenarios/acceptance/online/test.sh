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

# A158: an upload that names such an entity is refused, object by object.
scenario "synchronize S55"
variant before 's/(Entity="Shop.Price" SyncMode=")Online/\1All/'
on_server <<<'{"entity": "Shop.Price", "id": "p1", "Amount": 3}'
sync
look; objects device Shop.Price 1
on_device <<"END"
{"entity": "Shop.Price", "id": "p9", "Amount": 9, "$state": "new"}
{"entity": "Shop.Order", "id": "o9", "Remark": "fine", "$state": "new"}
END

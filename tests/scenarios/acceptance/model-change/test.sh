# synchronize §29, Model change: device and server run different models, which
# takes a server in a process of its own.
. "$CASE/../words.sh"


shop() {
    on_both <<"END"
{"entity": "Shop.Order", "id": "o1", "Remark": "one"}
{"entity": "Shop.Order", "id": "o2", "Remark": "two"}
END
}
no_remark='/<Attribute Name="Remark">/d'
drop_flows='/<Nanoflow /,/<\/Nanoflow>/d'
order() { echo "/Name=\"Order\"/,/<\\/Entity>/ { $1 }"; }

if ! in_process; then
scenario "synchronize A107"
shop
sync
variant less "$drop_flows" "$(order "$no_remark")"
SERVER_APP=$APP APP=$PWD/fixture.mpr
run 0 Flows.ChangeOrder --arg X=o1 --arg To=uno
on_device <<<'{"entity": "Shop.OrderLine", "id": "l1", "Text": "fine", "$state": "new"}'
sync
has out OBJ_UNKNOWN_MEMBER
look_served() {
    exits 0 data export "$APP" device --on device "${DEVICE[@]}"
    exits 0 data export "$SERVER_APP" server --on server --server-db server.db --now "$NOW"
}
look_served
holds server Shop.OrderLine Text fine
has server OBJ_UNKNOWN_MEMBER
has server uno
quiet

# A server whose texts are longer and whose enumeration has a value more.
scenario "synchronize S110"
variant wider "$drop_flows" '/Name="Customer"/,/<\/Entity>/ s/(Attribute Name="Name"><NewType type="StringAttributeType" Length=")20/\1200/' \
    's|<EnumerationValue Name="Closed" Caption="Closed"/>|&<EnumerationValue Name="Lost" Caption="Lost"/>|'
SERVER_APP=$APP
on_server <<"END"
{"entity": "Shop.Customer", "id": "c1", "Name": "A name of more than twenty characters"}
{"entity": "Shop.Order", "id": "o1", "Remark": "one", "Status": "Lost"}
END
APP=$PWD/fixture.mpr
sync
look_served
holds device Shop.Customer Name 'A name of more than twenty characters'
holds device Shop.Order Status Lost
run 0 Flows.ChangeOrder --arg 'X=//Shop.Order' --arg To=uno # and goes up again
sync
hasnt out OBJ_
look_served
holds server Shop.Order Status Lost
holds server Shop.Order Remark uno
quiet

scenario "synchronize A111, S168"
on_both <<<'{"entity": "Shop.Customer", "id": "c1", "Name": "Acme", "Code": "A"}'
sync
hasnt out kept
variant none "$drop_flows" 's/(Entity="Shop.Customer" SyncMode=)"All"/\1"None"/'
SERVER_APP=$APP APP=$PWD/fixture.mpr
on_device <<<'{"entity": "Shop.Customer", "id": "c1", "Name": "Bcme", "$state": "changed"}'
sync
counts 1 0 0 0
has out '  kept Shop.Customer: the app of the server does not give it'
synchronizes 0 --json
has out '"kept":[{"entity":"Shop.Customer","reason":"the app of the server'
look_served
holds device Shop.Customer Name Bcme
holds server Shop.Customer Name Bcme
quiet
fi

scenario "synchronize A108"
shop
sync
run 0 Flows.ChangeOrder --arg X=o1 --arg To=uno
variant more "$(order 's|<Attribute Name="Remark">|<Attribute Name="Note"><NewType type="StringAttributeType" Length="20"/></Attribute>&|')"
on_server <<<'{"entity": "Shop.Order", "id": "o2", "Note": "noted"}'
look
marked o1 changed
holds device Shop.Order Remark two,uno
sync
look
holds server Shop.Order Remark two,uno
row device o2; has row '"Note":"noted"'
same_as_fresh

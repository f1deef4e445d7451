# synchronize §29, Selected objects.
. "$CASE/../words.sh"

three() {
    on_both <<"END"
{"entity": "Shop.Order", "id": "o1", "Remark": "one"}
{"entity": "Shop.Order", "id": "o2", "Remark": "two"}
{"entity": "Shop.Order", "id": "o3", "Remark": "three"}
END
    sync
}

scenario "synchronize A32"
three
on_device <<<'{"entity": "Shop.Order", "id": "n1", "Remark": "n", "$state": "new"}'
run 0 Flows.ChangeOrder --arg X=o2 --arg To=dos
on_server <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "uno"}'
answers 'u0 n uno dos empty' Flows.Four --arg N=n1 --arg C=o1 --arg D=o2 --arg E=empty
look
holds server Shop.Order Remark dos,n,three,uno
holds device Shop.Order Remark dos,n,three,uno
quiet

scenario "synchronize A33"
three
on_server <<<'{"entity": "Shop.Order", "id": "o2", "$state": "deleted"}'
answers 'empty one;three;' Flows.HoldSelected --arg O=o2
look; holds device Shop.Order Remark one,three
errors 0

scenario "synchronize A34, S80"
three
on_server <<<'{"entity": "Shop.Order", "id": "o2", "$state": "deleted"}'
run 0 Flows.ChangeOrder --arg X=o2 --arg To=lost
answers 'empty one;three;' Flows.HoldSelected --arg O=o2
look
holds device Shop.Order Remark one,three
holds server Shop.Order Remark one,three
errors 1 'OBJ_GONE' '\"Remark\":\"lost\"' '\"kind\":\"changed\"' '\"changed\":[\"Remark\"]'
finds 1 System.SynchronizationFailure "[System.owner/System.User/Name = 'anna']"

scenario "synchronize A35, S129"
three
on_server <<<'{"entity": "Shop.Order", "id": "o2", "Hidden": true}'
run 0 Flows.ChangeOrder --arg X=o2 --arg To=lost
run 0 Flows.SelectOrder --arg X=o2
has out '"value":false'
has out 'OBJ_GONE' # as if it had been deleted
hasnt out OBJ_NO_ACCESS
look
holds device Shop.Order Remark one,three
row server o2; has row '"Remark":"two"'
errors 1 OBJ_NO_ACCESS '\"Remark\":\"lost\"'

scenario "synchronize A36"
three
run 0 Flows.ChangeOrder --arg X=o1 --arg To=uno
run 0 Flows.ChangeOrder --arg X=o2 --arg To=dos
run 0 Flows.SelectOrder --arg X=o1
look
holds server Shop.Order Remark three,two,uno
marked o1 clean
marked o2 changed
run 0 Flows.Unsynchronized
look; holds server Shop.Order Remark dos,three,uno

scenario "synchronize A37, S90, S94"
sync
on_device <<"END"
{"entity": "Shop.Customer", "id": "c1", "Name": "Acme", "$state": "new"}
{"entity": "Shop.Order", "id": "o1", "Remark": "one", "Shop.Order_Customer": "c1", "$state": "new"}
END
run 0 Flows.SelectOrder --arg X=o1
has out '"value":false'
look
objects server Shop.Order 0
objects server Shop.Customer 0
objects device Shop.Order 0
marked c1 new
errors 1 OBJ_DANGLING Order_Customer
sync
look; holds server Shop.Customer Name Acme

scenario "synchronize A38, S77"
sync
on_device <<"END"
{"entity": "Shop.Customer", "id": "c1", "Name": "Acme", "$state": "new"}
{"entity": "Shop.Order", "id": "o1", "Remark": "one", "Shop.Order_Customer": "c1", "$state": "new"}
END
run 0 Flows.SelectBoth --arg Order=o1 --arg Customer=c1
look
marked c1 clean
marked o1 clean
finds 1 Shop.Order "[Shop.Order_Customer/Shop.Customer/Name = 'Acme']"
answers 'Acme some' Flows.CustomerOf --arg O=o1

scenario "synchronize A39"
three
run 0 Flows.DeleteOrder --arg X=o2
answers 'one;three;' Flows.SelectOrders --arg Orders=//Shop.Order
look
marked o2 deleted
row server o2
run 0 Flows.Unsynchronized
look
no_row server o2
no_row device o2

scenario "synchronize A40"
three
run 0 Flows.ChangeOrder --arg X=o1 --arg To=uno
run 0 Flows.Twice --arg A=o1 --arg B=o1
has out '"value":"uno uno uno;"'
[ "$(grep -o '"reason":"changed"' out | wc -l)" -eq 1 ] || fail "sent more than once"
[ "$(grep -o '"reason":"as the server holds' out | wc -l)" -eq 1 ] || fail "came more than once"
look; holds server Shop.Order Remark three,two,uno

scenario "synchronize A41"
sync
on_device <<"END"
{"entity": "Shop.Photo", "id": "p1", "Caption": "a", "Name": "a.png", "$contents": "YQ==", "$state": "new"}
{"entity": "Shop.Photo", "id": "p2", "Name": "b.png", "$contents": "Yg==", "$state": "new"}
{"entity": "Shop.Photo", "id": "p3", "Caption": "c", "Name": "c.png", "$contents": "Yw==", "$state": "new"}
END
answers 2 Flows.SelectPhotos --arg Photos=//Shop.Photo
look
holds device Shop.Photo Caption a,c
holds server Shop.Photo Caption a,c
has server YQ==
errors 1 OBJ_VALIDATION

scenario "synchronize A42"
sync
offline answers 'Objects of Shop.Temp cannot be synchronized (SYNC_ENTITY)' Flows.SelectTemp
exits 1 check "$APP" # says it, too, with its code once
has out 'Objects of Shop.Temp cannot be synchronized (SYNC_ENTITY)'
hasnt out '(SYNC_ENTITY) ('

scenario "synchronize A43"
offline answers fresh Flows.NewAlone

scenario "synchronize A44, S72"
sync
on_device <<<'{"entity": "Shop.Draft", "id": "d1", "Text": "mine", "$state": "new"}'
sync
look; objects server Shop.Draft 0
run 0 Flows.SelectDraft --arg X=d1
look
holds server Shop.Draft Text mine
marked d1 clean
guid device d1
on_server <<<"{\"entity\": \"Shop.Draft\", \"id\": \"$GUID\", \"Text\": \"theirs\"}"
sync
look; holds device Shop.Draft Text mine
run 0 Flows.SelectDraft --arg X=d1 # refreshed
look; holds device Shop.Draft Text theirs

scenario "synchronize A45" # members of the server's own; Total is in ../counted
three
on_device <<<'{"entity": "Shop.Order", "id": "n1", "Remark": "n", "$state": "new"}'
at 2026-03-18T12:00:00Z
run 0 Flows.ChangeOrder --arg X=o1 --arg To=uno
run 0 Flows.SelectOrder --arg X=o1
run 0 Flows.SelectOrder --arg X=n1
look
row device o1; has row '"changedDate":"2026-03-18T12:00:00.000Z"'
row device n1; has row '"Number":1003'
has row '"createdDate":"2026-03-18T12:00:00.000Z"'

scenario "synchronize A46, S121"
three
on_server <<<'{"entity": "Shop.Order", "id": "o2", "$state": "deleted"}'
answers 'one;three;2' Flows.Loop
look; holds device Shop.Order Remark one,three
on_server <<"END"
{"entity": "Shop.Order", "id": "o1", "$state": "deleted"}
{"entity": "Shop.Order", "id": "o3", "$state": "deleted"}
END
answers 'one;0' Flows.LoopSelected

scenario "synchronize A47"
three
on_server <<<'{"entity": "Shop.Order", "id": "o2", "$state": "deleted"}'
answers 'empty empty empty 2' Flows.Outer --arg O=o2
answers 'one one one 2' Flows.Outer --arg O=o1

# S119: the iterator of a loop reads as empty once its object has left.
scenario "synchronize S119"
three
on_server <<<'{"entity": "Shop.Order", "id": "o2", "$state": "deleted"}'
answers 'one;empty;three;2' Flows.Iterator --arg L=//Shop.Order

# S118: an overlay survives a selective run, too.
scenario "synchronize S118"
three
answers 'overlay committed' Flows.OverlaySelected --arg O=o1
look; holds server Shop.Order Remark committed,three,two

# S122: a reference from a temporary and from an uncommitted object.
scenario "synchronize S122"
three
answers 'there there' Flows.Pending --arg O=o1
on_server <<<'{"entity": "Shop.Order", "id": "o2", "$state": "deleted"}'
answers 'empty empty' Flows.Pending --arg O=o2

# S79: an empty list selects nothing.
scenario "synchronize S79"
sync
offline answers '' Flows.SelectOrders --arg 'Orders=[]'

# S65: a selected region does not have to match its constraint.
scenario "synchronize S65"
sync
on_server <<<'{"entity": "System.User", "id": "anna", "Name": "anna"}'
on_server <<<'{"entity": "Shop.Region", "id": "r1", "Name": "north", "System.owner": "anna"}'
sync
run 0 Flows.ChangeRegion --arg 'X=//Shop.Region' --arg To=far
run 0 Flows.SelectRegion --arg 'X=//Shop.Region'
has out '"value":true'
look
holds device Shop.Region Kind far
holds server Shop.Region Kind far

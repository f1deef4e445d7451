# synchronize §29, Deletes.
. "$CASE/../words.sh"

shop() {
    on_both <<"END"
{"entity": "Shop.Customer", "id": "c1", "Name": "Acme"}
{"entity": "Shop.Order", "id": "o1", "Remark": "one", "Shop.Order_Customer": "c1"}
{"entity": "Shop.Order", "id": "o2", "Remark": "two", "Shop.Order_Customer": "c1"}
END
    sync
}
# A deletion is no longer allowed.
kept='/Name="(Customer|Order)"/,/<\/Entity>/ s/(AllowedModuleRoles="Shop.Clerk" AllowCreate="true") AllowDelete="true"/\1 AllowDelete="false"/'

scenario "synchronize A65"
offline answers 'done' Flows.NewDeleted
look; objects device Shop.Order 0
hasnt device deleted

scenario "synchronize A66"
shop
run 0 Flows.DeleteOrder --arg X=o1
look; marked o1 deleted
sync
counts 1 0 0 0
look
no_row server o1
no_row device o1
same_as_fresh
sync; counts 0 0 0 0

scenario "synchronize A67"
shop
run 0 Flows.DeleteOrder --arg X=o1
on_server <<<'{"entity": "Shop.Order", "id": "o1", "$state": "deleted"}'
sync
counts 1 0 0 0
look; no_row device o1
errors 0

scenario "synchronize A68"
shop
run 0 Flows.DeleteCustomer --arg X=c1
look
row device o1; hasnt row Order_Customer; hasnt row '"$state"'
run 0 Flows.Unsynchronized
[ "$(grep -o '"reason":"deleted"' out | wc -l)" -eq 1 ] || fail "not the deletion"
hasnt out '"reason":"changed"'
look
no_row server c1
hasnt server Order_Customer
hasnt device Order_Customer
same_as_fresh
errors 0

for mode in all unsynchronized; do
    scenario "synchronize A69 $mode"
    shop
    run 0 Flows.DeleteCustomer --arg X=c1
    look; hasnt device Order_Customer
    variant kept "$kept"
    sync --mode $mode
    has out OBJ_DELETE_DENIED
    look
    row server c1
    row device c1; hasnt row '"$state"'
    [ "$(grep -c Order_Customer device)" -eq 2 ] || fail "the references are not back"
    answers 'Acme some' Flows.CustomerOf --arg O=o1
    same_as_fresh
    errors 1 OBJ_DELETE_DENIED '\"kind\":\"deleted\"'
done

for mode in all unsynchronized; do
    scenario "synchronize A70 $mode"
    shop
    run 0 Flows.DeleteOrder --arg X=o1
    on_server <<<'{"entity": "Shop.Order", "id": "o1", "Hidden": true}'
    sync --mode $mode
    hasnt out OBJ_NO_ACCESS
    look
    row server o1
    no_row device o1
    errors 1 OBJ_NO_ACCESS
    same_as_fresh
done

scenario "synchronize A71, S88, S115 deleted first"
shop
device b
on_device <<"END"
{"entity": "Shop.Order", "id": "o1", "Remark": "one"}
END
sync
run 0 Flows.ChangeOrder --arg X=o1 --arg To=changed
device a
run 0 Flows.DeleteOrder --arg X=o1
sync
device b
sync
has out OBJ_GONE
look
no_row server o1
no_row device o1
errors 1 OBJ_GONE '\"Remark\":\"changed\"'

scenario "synchronize A71 changed first"
shop
device b
on_device <<"END"
{"entity": "Shop.Order", "id": "o1", "Remark": "one"}
END
sync
run 0 Flows.ChangeOrder --arg X=o1 --arg To=changed
sync
device a
run 0 Flows.DeleteOrder --arg X=o1
sync
device b
sync
counts 0 0 1 0
look
no_row server o1
no_row device o1
errors 0

scenario "synchronize A72"
on_both <<<'{"entity": "Shop.Draft", "id": "d1", "Text": "one"}'
sync
run 0 Flows.SelectDraft --arg X=d1
run 0 Flows.DeleteDraft --arg X=d1
look; hasnt device d1
sync
sync --mode unsynchronized
look
row server d1

scenario "synchronize S81: what was made here is like any other once it was sent"
on_device <<<'{"entity": "Shop.Order", "id": "n1", "Remark": "made here", "$state": "new"}'
sync
look; guid device n1
on_server <<<"{\"entity\": \"Shop.Order\", \"id\": \"$GUID\", \"\$state\": \"deleted\"}"
run 0 Flows.ChangeOrder --arg X=n1 --arg To=changed
sync
errors 1 OBJ_GONE
look
for side in device server; do hasnt $side "\"id\":\"$GUID\""; done

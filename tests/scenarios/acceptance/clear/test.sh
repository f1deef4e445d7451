# synchronize §29, Clear from device.
. "$CASE/../words.sh"

shop() {
    on_both <<"END"
{"entity": "Shop.Customer", "id": "c1", "Name": "Acme"}
{"entity": "Shop.Customer", "id": "c2", "Name": "Best"}
{"entity": "Shop.Order", "id": "o1", "Remark": "one", "Shop.Order_Customer": "c1"}
{"entity": "Shop.Order", "id": "o2", "Remark": "two"}
END
    sync
}

scenario "synchronize A76"
shop
run 0 Flows.ClearCustomers
look
objects device Shop.Customer 0
row device o1; has row Order_Customer; hasnt row '"$state"'
answers 'empty none' Flows.CustomerOf --arg O=o1
run 0 Flows.ChangeOrder --arg X=o1 --arg To=uno
run 0 Flows.SelectOrder --arg X=o1
look
row server o1; has row '"Remark":"uno"'; has row Order_Customer
errors 0
sync
answers 'Acme some' Flows.CustomerOf --arg O=o1
same_as_fresh

scenario "synchronize A96"
shop
on_device <<<'{"entity": "Shop.Order", "id": "n1", "Remark": "new", "$state": "new"}'
run 0 Flows.ChangeOrder --arg X=o1 --arg To=uno
run 0 Flows.DeleteCustomer --arg X=c2
answers 'empty 0' Flows.ClearOrders --arg O=o2
look
objects device Shop.Order 0
row device c2; has row '"$state":"deleted"'
sync
counts 1 2 0 0 # the mark alone goes up
look
holds server Shop.Order Remark one,two
holds device Shop.Order Remark one,two
no_row server c2
same_as_fresh

scenario "synchronize A98"
shop
on_server <<<'{"entity": "Shop.Order", "id": "o3", "Remark": "three"}'
sync
on_server <<"END"
{"entity": "Shop.Order", "id": "o2", "Remark": "dos"}
{"entity": "Shop.Order", "id": "o3", "Remark": "tres"}
END
answers 'empty 2' Flows.ClearOne --arg O=o1
run 0 Flows.SelectOrder --arg X=o2
look; holds device Shop.Order Remark dos,three
on_server <<<'{"entity": "Shop.Order", "id": "o2", "Remark": "two"}'
sync
look; holds device Shop.Order Remark one,tres,two
same_as_fresh
# The same when the selective refresh brought what the view had before.
on_server <<<'{"entity": "Shop.Order", "id": "o2", "Remark": "dos"}'
run 0 Flows.SelectOrder --arg X=o2
on_server <<<'{"entity": "Shop.Order", "id": "o2", "Remark": "two"}'
sync
same_as_fresh
run 0 Flows.SelectOrder --arg 'X=//Shop.Order[Remark="tres"]'
on_server <<<'{"entity": "Shop.Order", "id": "o3", "$state": "deleted"}'
run 0 Flows.SelectOrder --arg 'X=//Shop.Order[Remark="tres"]'
sync
same_as_fresh

# synchronize §29, Associations.
. "$CASE/../words.sh"

scenario "synchronize A73, S93"
on_both <<"END"
{"entity": "Shop.Customer", "id": "c1", "Name": "Acme"}
{"entity": "Shop.Order", "id": "o1", "Remark": "one", "Shop.Order_Customer": "c1"}
END
sync
on_server <<<'{"entity": "Shop.Customer", "id": "c1", "$state": "deleted"}'
run 0 Flows.ChangeOrder --arg X=o1 --arg To=uno
sync
has out ': changed, cleared Shop.Order_Customer ('
look
row server o1; has row '"Remark":"uno"'; hasnt row Order_Customer
row device o1; has row '"Remark":"uno"'; hasnt row Order_Customer
errors 0
same_as_fresh
# The same where the reply was lost and the next run takes the outcome over.
on_both <<<'{"entity": "Shop.Customer", "id": "c2", "Name": "Best"}'
on_device <<<'{"entity": "Shop.Order", "id": "o1", "Shop.Order_Customer": "c2", "$state": "changed"}'
on_server <<<'{"entity": "Shop.Customer", "id": "c2", "$state": "deleted"}'
synchronizes 1 --fault 'after-commit=cut*0,before-state=cut*0'
sync
has out ', cleared Shop.Order_Customer ('
same_as_fresh

scenario "synchronize A74, S62"
on_both <<"END"
{"entity": "Shop.Customer", "id": "c1", "Name": "Acme"}
{"entity": "Shop.Order", "id": "o1", "Remark": "one", "Shop.Order_Customer": "c1"}
END
on_server <<<'{"entity": "Shop.Customer", "id": "c1", "Hidden": true}'
sync
look
no_row device c1
row device o1; has row Order_Customer
answers 'empty none' Flows.CustomerOf --arg O=o1
run 0 Flows.ChangeOrder --arg X=o1 --arg To=uno
sync
look
row server o1; has row '"Remark":"uno"'; has row Order_Customer
errors 0
on_server <<<'{"entity": "Shop.Customer", "id": "c1", "Hidden": false}'
sync
answers 'Acme some' Flows.CustomerOf --arg O=o1

scenario "synchronize A75"
sync
answers ba Flows.Cycle
look
holds server Shop.Customer Name a,b
[ "$(grep -c Customer_Friend server)" -eq 2 ] || fail "a reference is missing"
errors 0
same_as_fresh

# S96: nothing is committed on the device because something refers to it.
scenario "synchronize S96"
sync
answers 'empty loose' Flows.NewDangling
look
objects server Shop.Order 0
objects server Shop.Customer 0
errors 1 OBJ_DANGLING Order_Customer Shop.Order

# S92: the reason names entity, id and association; others are synchronized.
scenario "synchronize S92"
sync
on_device <<"END"
{"entity": "Shop.Customer", "id": "c1", "$state": "new"}
{"entity": "Shop.Customer", "id": "c2", "Name": "Fine", "$state": "new"}
{"entity": "Shop.OrderLine", "id": "l1", "Text": "fine", "$state": "new"}
END
sync
look
holds server Shop.Customer Name Fine
holds server Shop.OrderLine Text fine

# S89: reference sets travel with their owner.
scenario "synchronize S89"
on_both <<"END"
{"entity": "Shop.Label", "id": "t1", "Text": "red"}
{"entity": "Shop.Label", "id": "t2", "Text": "blue"}
{"entity": "Shop.Order", "id": "o1", "Remark": "one", "Shop.Order_Label": ["t1"]}
END
sync
on_device <<<'{"entity": "Shop.Order", "id": "o1", "Shop.Order_Label": ["t2", "t1"], "$state": "changed"}'
sync
finds 1 Shop.Order "[Shop.Order_Label/Shop.Label/Text = 'blue'][Shop.Order_Label/Shop.Label/Text = 'red']"
on_server <<<'{"entity": "Shop.Label", "id": "t1", "$state": "deleted"}'
sync
look; objects device Shop.Label 1
same_as_fresh

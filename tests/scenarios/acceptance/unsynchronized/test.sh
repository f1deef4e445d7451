# synchronize §29, Unsynchronized objects.
. "$CASE/../words.sh"

scenario "synchronize A27, S64, S67"
on_both <<"END"
{"entity": "Shop.Order", "id": "o1", "Remark": "one"}
{"entity": "Shop.Order", "id": "o2", "Remark": "two"}
{"entity": "Shop.Order", "id": "o3", "Remark": "three"}
END
sync
on_device <<<'{"entity": "Shop.Order", "id": "n1", "Remark": "new", "$state": "new"}'
run 0 Flows.ChangeOrder --arg X=o1 --arg To=uno
run 0 Flows.DeleteOrder --arg X=o2
on_server <<"END"
{"entity": "Shop.Order", "id": "o3", "Remark": "tres"}
{"entity": "Shop.Order", "id": "o4", "Remark": "four"}
END
run 0 Flows.Unsynchronized
look
holds server Shop.Order Remark four,new,tres,uno
holds device Shop.Order Remark new,three,uno
quiet
sync
look; holds device Shop.Order Remark four,new,tres,uno
same_as_fresh

scenario "synchronize A29, S69"
sync
on_server <<<'{"entity": "System.User", "id": "anna", "Name": "anna"}'
on_server <<<'{"entity": "Shop.Region", "id": "r1", "Name": "north", "System.owner": "anna"}'
sync
run 0 Flows.ChangeRegion --arg 'X=//Shop.Region' --arg To=far
run 0 Flows.Unsynchronized
look
holds device Shop.Region Kind far
holds server Shop.Region Kind far
quiet

scenario "synchronize A30"
on_both <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "one"}'
offline run 0 Flows.Unsynchronized
sync
offline run 0 Flows.Unsynchronized
has out '"error":null'
offline run 1 Flows.All
has out SYNC_NETWORK

scenario "synchronize A31, S69"
sync
on_device <<<'{"entity": "Shop.Feedback", "id": "f1", "Text": "good", "$state": "new"}'
run 0 Flows.Unsynchronized
look
holds server Shop.Feedback Text good
holds device Shop.Feedback Text good
quiet

# S65, S68: the configuration is not consulted, deletions go up.
scenario "synchronize S65"
on_both <<"END"
{"entity": "Shop.Catalog", "id": "k1", "Name": "one"}
{"entity": "Shop.Draft", "id": "d1", "Text": "one"}
END
sync
run 0 Flows.ChangeCatalog --arg X=k1 --arg To=uno
run 0 Flows.ChangeDraft --arg X=d1 --arg To=uno
run 0 Flows.Unsynchronized
look
holds server Shop.Catalog Name uno
holds server Shop.Draft Text one
marked k1 clean
marked d1 changed

# S117, S66: of two changes to one object the second goes with the next run.
scenario "synchronize S66"
on_both <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "one"}'
sync
run 0 Flows.ChangeOrder --arg X=o1 --arg To=uno
on_server <<<'{"entity": "Shop.Order", "id": "o1", "Remark": "theirs", "Total": "7"}'
run 0 Flows.Unsynchronized
look
row server o1; has row '"Remark":"uno"'; has row '"Total":"0"' # S111
row device o1; has row '"Total":"0"'
run 0 Flows.ChangeOrder --arg X=o1 --arg To=eins
run 0 Flows.Unsynchronized
look; holds server Shop.Order Remark eins
same_as_fresh

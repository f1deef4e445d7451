# Clear from device (synchronize S157, A96; activities Y13, T206): objects leave
# with what was not synchronized of them, and nobody is told.
on_both <<"JSON"
{"entity": "Dev.Customer", "id": "c1", "Name": "Customer"}
{"entity": "Dev.Order", "id": "o1", "Name": "clean"}
{"entity": "Dev.Order", "id": "o2", "Name": "before"}
{"entity": "Dev.Special", "id": "s1", "Name": "special"}
{"entity": "Dev.Order", "id": "o3", "Name": "to be deleted"}
{"entity": "Dev.Order", "id": "o4", "Name": "listed"}
{"entity": "Dev.Customer", "id": "c2", "Name": "Deleted"}
{"entity": "Dev.Draft", "id": "d1", "Name": "stays"}
JSON
on_device <<"JSON"
{"entity": "Dev.Order", "id": "o2", "Name": "changed", "$state": "changed"}
{"entity": "Dev.Order", "id": "o3", "$state": "deleted"}
{"entity": "Dev.Customer", "id": "c2", "$state": "deleted"}
{"entity": "Dev.Order", "id": "n1", "Name": "new", "$state": "new"}
JSON
scenario 'chosen objects'
run 0 Dev.ClearChosen --arg One=o1 --trace=trace.jsonl
has out '"value":"empty 0"'
has trace.jsonl '"event":"objectsDeleted","entity":"Dev.Order"'
look
no_row device o1
no_row device o4
row device o2
row server o1
scenario 'a whole entity, its specialization and an uncommitted object'
run 0 Dev.ClearOrders
has out '"value":"empty 0"'
look
hasnt device '"Dev.Order"'
hasnt device '"Dev.Special"'
row device c1
row device d1
scenario 'nothing of it is sent, the mark of another entity is'
sync
has out '"statistics":{"uploaded":1,'
look
no_row server c2
hasnt server '"Name":"new"'
row server o2
has row '"Name":"before"'
scenario 'they come back'
for name in o1 o2 o3 o4 s1; do row device "$name"; done
row device o2
has row '"Name":"before"'
scenario 'an online entity can not be cleared'
exits 1 run "$APP" Dev.ClearPrices "${DEVICE[@]}" --json
has out '"code":"SYNC_ENTITY"'
has out 'Objects of Dev.Price cannot be synchronized (SYNC_ENTITY)'

# synchronize S36: the device gets the auto-number and the owner that the server
# gave to an object made on the device.
on_both <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One", "Seq": 1}
{"entity": "Sync.Task", "id": "t2", "Title": "Two", "Seq": 2}
{"entity": "Sync.Task", "id": "t3", "Title": "Three", "Seq": 3}
END
run 0 Sync.CreateAndSend --arg "Title=Made here"
has out '"value":"Made here 1001"'
look
grep -F '"Title":"Made here"' device >row || fail "the device lacks the object"
has row '"Seq":1001'
has row '"System.owner"'
hasnt row '"$state"'
grep -F '"Title":"Made here"' server >row || fail "the server lacks the object"
has row '"Seq":1001'

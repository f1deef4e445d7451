# synchronize S17, S36: of a selected object with local changes the server gets
# the changes, and the device gets what the server then has: here a member that
# the user may not write, set by somebody else meanwhile.
on_both <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One", "Seq": 1}
{"entity": "Sync.Task", "id": "t2", "Title": "Two", "Seq": 2}
{"entity": "Sync.Task", "id": "t3", "Title": "Three", "Seq": 3}
END
on_device <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One on the phone", "$state": "changed"}
END
on_server <<"END"
{"entity": "Sync.Task", "id": "t1", "Approved": true, "Title": "One at the office"}
END
run 0 Sync.SyncOne --arg Task=t1
has out '"Title":"One on the phone"'
has out '"Approved":true'
has out '"state":"committed"'
look
row device t1; has row '"Title":"One on the phone"'; has row '"Approved":true'
hasnt row '"$state"'
row server t1; has row '"Title":"One on the phone"'; has row '"Approved":true'
row device t2; has row '"Title":"Two"'

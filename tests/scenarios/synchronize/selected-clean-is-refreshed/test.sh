# A selected object without local changes is refreshed from the server, and no
# other object is.
on_both <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One", "Seq": 1}
{"entity": "Sync.Task", "id": "t2", "Title": "Two", "Seq": 2}
{"entity": "Sync.Task", "id": "t3", "Title": "Three", "Seq": 3}
END
on_server <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One from the office"}
{"entity": "Sync.Task", "id": "t2", "Title": "Two from the office"}
END
run 0 Sync.SyncOne --arg Task=t1
has out '"Title":"One from the office"'
look
row device t1; has row '"Title":"One from the office"'
row device t2; has row '"Title":"Two"'

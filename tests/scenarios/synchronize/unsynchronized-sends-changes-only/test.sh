# Unsynchronized objects: only what has local changes, and deletions.
on_both <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One", "Seq": 1}
{"entity": "Sync.Task", "id": "t2", "Title": "Two", "Seq": 2}
{"entity": "Sync.Task", "id": "t3", "Title": "Three", "Seq": 3}
END
on_device <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One on the phone", "$state": "changed"}
END
on_server <<"END"
{"entity": "Sync.Task", "id": "t2", "Title": "Two from the office"}
END
run 0 Sync.Remove --arg Task=t3
run 0 Sync.Unsynchronized
look
row server t1; has row '"Title":"One on the phone"'
row device t2; has row '"Title":"Two"'
no_row server t3

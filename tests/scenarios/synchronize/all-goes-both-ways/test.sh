# All objects: the whole local database in both directions, files included;
# objects deleted on the device are deleted on the server.
on_both <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One", "Seq": 1}
{"entity": "Sync.Task", "id": "t2", "Title": "Two", "Seq": 2}
{"entity": "Sync.Task", "id": "t3", "Title": "Three", "Seq": 3}
END
on_device <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One on the phone", "$state": "changed"}
{"entity": "Sync.Photo", "id": "p1", "Caption": "Taken", "Name": "a.txt", "Sync.Photo_Task": "t1", "$contents": "aGVsbG8gcGhvdG8=", "$state": "new"}
END
on_server <<"END"
{"entity": "Sync.Task", "id": "t4", "Title": "Four"}
{"entity": "Sync.Photo", "id": "9000000000000002", "Caption": "Sent", "Name": "b.txt", "$contents": "ZnJvbSB0aGUgb2ZmaWNl"}
END
run 0 Sync.Remove --arg Task=t2
run 0 Sync.All
look
no_row device t2
no_row server t2
has device '"Title":"Four"'
row server t1; has row '"Title":"One on the phone"'
has server 'aGVsbG8gcGhvdG8='
has device 'ZnJvbSB0aGUgb2ZmaWNl'
hasnt device '"$state"'
exits 0 data export "$APP" mine --on device "${DEVICE[@]}"
exits 0 data diff "$APP" mine --on server --server-db server.db --as anna
# What the device has already does not come down again.
sync
has out '"uploaded":[],"downloaded":[],"removed":[]'

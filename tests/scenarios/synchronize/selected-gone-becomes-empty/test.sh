# synchronize S40, S41, S119, S120, S158: a selected object that the server no
# longer has. Its changes are not applied but stored in the error entity, it
# leaves the device, and every variable and list loses it.
on_both <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One", "Seq": 1}
{"entity": "Sync.Task", "id": "t2", "Title": "Two", "Seq": 2}
{"entity": "Sync.Task", "id": "t3", "Title": "Three", "Seq": 3}
END
on_device <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "Never to arrive", "$state": "changed"}
END
on_server <<"END"
{"entity": "Sync.Task", "id": "t1", "$state": "deleted"}
END
run 0 Sync.Outer --arg Mine=t1
has out '"value":"empty empty 2"'
look
no_row device t1
no_row server t1
lines device 2
has server '"entity":"System.SynchronizationError"'
has server 'OBJ_GONE'
has server 'Never to arrive'
has server '"ObjectType":"Sync.Task"'
exits 0 query "$APP" System.SynchronizationFailure "" --on server --server-db server.db
lines out 1

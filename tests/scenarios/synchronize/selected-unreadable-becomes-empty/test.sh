# The same when the user may no longer read the object: the server keeps it.
on_both <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One", "Seq": 1}
{"entity": "Sync.Task", "id": "t2", "Title": "Two", "Seq": 2}
{"entity": "Sync.Task", "id": "t3", "Title": "Three", "Seq": 3}
END
on_device <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "Never to arrive", "$state": "changed"}
END
on_server <<"END"
{"entity": "Sync.Task", "id": "t1", "Hidden": true}
END
run 0 Sync.Outer --arg Mine=t1
has out '"value":"empty empty 2"'
look
no_row device t1
row server t1; has row '"Title":"One"'
has server 'Never to arrive'

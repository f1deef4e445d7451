# Objects that were created on the device are not taken for deleted ones.
on_both <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One", "Seq": 1}
{"entity": "Sync.Task", "id": "t2", "Title": "Two", "Seq": 2}
{"entity": "Sync.Task", "id": "t3", "Title": "Three", "Seq": 3}
END
on_device <<"END"
{"entity": "Sync.Task", "id": "n1", "Title": "New here", "$state": "new"}
END
run 0 Sync.SyncList
has out '"value":4'
look
row device n1; hasnt row '"$state"'
grep -qF '"Title":"New here"' server || fail "the server lacks the new object"
hasnt server SynchronizationError
on_device <<"END"
{"entity": "Sync.Task", "id": "n2", "Title": "Newer here", "$state": "new"}
END
sync
look
row device n2
has server '"Title":"Newer here"'

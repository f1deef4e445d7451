# synchronize S29: a selected object that is new and not committed is ignored;
# its variable keeps it.
on_both <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One", "Seq": 1}
{"entity": "Sync.Task", "id": "t2", "Title": "Two", "Seq": 2}
{"entity": "Sync.Task", "id": "t3", "Title": "Three", "Seq": 3}
END
run 0 Sync.NewSelected
has out '"value":"Fresh"'
look
hasnt device Fresh
hasnt server Fresh

# synchronize S17, S118: uncommitted changes survive a synchronization and are
# not sent; a rollback then shows what was synchronized.
on_both <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One", "Seq": 1}
{"entity": "Sync.Task", "id": "t2", "Title": "Two", "Seq": 2}
{"entity": "Sync.Task", "id": "t3", "Title": "Three", "Seq": 3}
END
on_server <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One from the office"}
END
run 0 Sync.Uncommitted --arg Task=t1
has out '"value":"Draft One from the office"'
look
hasnt server Draft
row device t1; has row '"Title":"One from the office"'

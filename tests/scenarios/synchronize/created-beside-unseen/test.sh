# An object that is made on the device never gets the guid of an object of the
# server that this device may not see.
on_server <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "Seen"}
{"entity": "Sync.Task", "id": "t2", "Title": "Not seen", "Hidden": true}
END
sync
on_device <<"END"
{"entity": "Sync.Task", "id": "n1", "Title": "Made here", "$state": "new"}
END
sync
has out '"rejected":[]'
look
row device n1
has server '"Title":"Made here"'
has server '"Title":"Not seen"'
hasnt server SynchronizationError

# synchronize S19, S130: a failing server leaves the device exactly as it was,
# and the flow sees an error that it can handle.
on_both <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One", "Seq": 1}
{"entity": "Sync.Task", "id": "t2", "Title": "Two", "Seq": 2}
{"entity": "Sync.Task", "id": "t3", "Title": "Three", "Seq": 3}
END
on_device <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One on the phone", "$state": "changed"}
{"entity": "Sync.Task", "id": "t2", "$state": "deleted"}
END
exits 0 data export "$APP" before --on device "${DEVICE[@]}"
SERVER=(--server http://127.0.0.1:9)
run 0 Sync.Handled
has out 'could not be reached'
run 1 Sync.All
has out '"code":"SYNC_NETWORK"'
has out '"document":"Sync.All"'
exits 1 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" --user anna --json
exits 0 data export "$APP" after --on device "${DEVICE[@]}"
cmp before after || fail "the device has changed"

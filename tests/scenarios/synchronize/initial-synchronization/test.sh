# synchronize S132, S133, A106: the first flow of a new device is preceded by a full
# synchronization, which shows in the events; a failure is reported, or with
# `require` refused.
on_server <<"END"
{"entity": "Sync.Task", "id": "t1", "Title": "One"}
END
exits 0 run "$APP" Sync.SyncList "${DEVICE[@]}" "${SERVER[@]}" --user anna --json
has out '"initial":true'
has out '"value":1'
exits 0 run "$APP" Sync.SyncList "${DEVICE[@]}" "${SERVER[@]}" --user anna --json
hasnt out '"initial":true'
DEVICE=(--db other.db)
exits 0 run "$APP" Sync.Handled "${DEVICE[@]}" --server http://127.0.0.1:9 --user anna --json
has out '"initial":true'
has out 'SYNC_NETWORK'
exits 1 run "$APP" Sync.Handled "${DEVICE[@]}" --server http://127.0.0.1:9 --user anna --json --initial-sync require
has out '"code":"SYNC_NETWORK"'
exits 0 run "$APP" Sync.Handled "${DEVICE[@]}" --server http://127.0.0.1:9 --user anna --json --initial-sync never
hasnt out '"initial":true'

# design §5, sync --explain: every object with its reason, by entity; a dry run
# tells the half that goes up and changes nothing.
on_both <<"JSON"
{"entity": "Sync.Task", "id": "t1", "Title": "One"}
{"entity": "Sync.Task", "id": "t2", "Title": "Two"}
{"entity": "Sync.Task", "id": "t3", "Title": "Three"}
JSON
on_device <<"JSON"
{"entity": "Sync.Task", "id": "t1", "Title": "One on the phone", "$state": "changed"}
{"entity": "Sync.Task", "id": "t2", "$state": "deleted"}
{"entity": "Sync.Task", "id": "t5", "Title": "Five", "$state": "new"}
JSON
on_server <<"JSON"
{"entity": "Sync.Task", "id": "t3", "Hidden": true}
{"entity": "Sync.Task", "id": "t4", "Title": "Four"}
JSON
explain() {
    exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" --user anna --explain "$@"
}
for run in first again; do # a dry run leaves everything as it was
    explain --dry-run
    has out '3 uploaded, 0 downloaded'
    has out ': changed'
    has out ': deleted'
    has out ': new'
    lines out 5
done
explain
has out '3 uploaded, 3 downloaded, 1 removed, 0 rejected, 0 skipped'
[ "$(grep -c ': as the server holds it after the upload (' out)" -eq 2 ] || fail 'no reason'
has out ': new or changed on the server ('
has out ": deleted on the server, or outside of the user's access"
grep -q '^Sync.Task$' out || fail 'not by entity'
# What the server refuses says why.
on_device <<"JSON"
{"entity": "Sync.Task", "id": "t1", "Title": "Again", "$state": "changed"}
JSON
on_server <<"JSON"
{"entity": "Sync.Task", "id": "t1", "$state": "deleted"}
JSON
explain
has out ': OBJ_GONE the object no longer exists'
has out ': the server refused its changes'

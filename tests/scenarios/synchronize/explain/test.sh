# design §5, sync --explain: every object with its reason, by entity; a dry run
# tells the same beforehand and changes nothing.
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
look
cp device device.before
cp server server.before
for run in first again; do # a dry run leaves everything as it was, on both sides
    explain --dry-run
    has out '3 uploaded, 3 downloaded, 1 removed, 0 rejected, 0 skipped'
    cp out plan
    look
    cmp -s device device.before || fail 'the plan changed the device'
    cmp -s server server.before || fail 'the plan changed the server'
done
sync --dry-run
has out '"dryRun":true'
# Without a server: the half that goes up.
exits 0 sync "$APP" "${DEVICE[@]}" --user anna --explain --dry-run
has out '3 uploaded, 0 downloaded'
has out ': changed ('
has out ': deleted ('
has out ': new ('
lines out 5
# What was planned is what happens.
explain
cmp -s out plan || fail "the run differs from its plan: $(diff plan out)"
[ "$(grep -c ': as the server holds it after the upload (' out)" -eq 2 ] || fail 'no reason'
has out ': new on the server ('
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
# A plan tells refusals, too, and what would have been sent of a file.
on_device <<"JSON"
{"entity": "Sync.Photo", "id": "p1", "Caption": "Door", "Name": "door.jpg", "$contents": "aGVsbG8=", "$state": "new"}
JSON
explain --dry-run
has out '1 uploaded, 1 downloaded, 0 removed, 0 rejected'

# SYNC_PARTIAL (synchronize S7, S127, §17; A53, A54): raised after everything is
# in place, where the profile says so; at most 20 objects are listed.
clash() {
    for i in $(seq "$1"); do
        echo "{\"entity\": \"Dev.Customer\", \"id\": \"c$i\", \"Name\": \"C$i\", \"Code\": \"same\", \"\$state\": \"new\"}"
    done
    echo '{"entity": "Dev.Order", "id": "n1", "Name": "fine", "$state": "new"}'
}
on_server <<"JSON"
{"entity": "Dev.Customer", "id": "first", "Name": "First", "Code": "same"}
JSON
clash 22 | on_device
cp device.db before.db
copy_server server.db server.before
again() { cp before.db device.db; copy_server server.before server.db; }
settled() {
    look
    has server '"Name":"fine"'
    row device n1
    hasnt row '"$state"'
    hasnt device '"Name":"C1"'
    [ "$(grep -c '"entity":"System.SynchronizationError"' server)" -eq 22 ] ||
        fail 'not one record per object'
}

scenario 'without it the activity succeeds'
again
run 0 Dev.SyncAll
has out '"event":"synchronize"'
settled

scenario 'an error flow sees it as text'
again
run 0 Dev.SyncCaught --profile Strict
has out '"value":"caught: 22 object(s) were rejected by the server: OBJ_UNIQUE Dev.Customer '
has out '(SYNC_PARTIAL)"'
python3 - <<"END" || fail 'not 20 objects'
import json
value = json.load(open("out"))["result"]["value"]
assert value.count("OBJ_UNIQUE Dev.Customer ") == 20, value
END
settled

scenario 'without an error flow the nanoflow ends with it'
again
run 1 Dev.SyncAll --profile Strict
has out '"code":"SYNC_PARTIAL"'
settled

scenario 'sync, too'
again
exits 1 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" --user anna --profile Strict
has err '22 object(s) were rejected by the server'
has out '1 uploaded, 2 downloaded, 22 removed, 22 rejected'
settled

# domain-model §9: the life cycle of objects.
scenario "domain-model D70"
returns 'set commit rollback delete ' Life.Gone
returns 'removed 0' Life.NewBack
on_both <<"END"
{"entity": "D.Order", "id": "o", "Name": "one"}
END
exits 0 run "$APP" Life.States --arg O=o --arg Name=two "${DEVICE[@]}" --json
has out '"state":"changed"'
exits 0 run "$APP" Life.States --arg O=o --arg Name=one "${DEVICE[@]}" --json
has out '"state":"committed"'

scenario "domain-model D80"
returns 'draft true' Life.OneInstance "${DEVICE[@]}"

scenario "domain-model D70, D71"
exits 0 run "$APP" Life.CommitsTwice --arg O=o "${DEVICE[@]}" --json
has out '"state":"committed"'
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}"
look
row server o
has row '"Name":"two"'

scenario "domain-model D74"
rm device.db server.db
returns refers Life.Refers "${DEVICE[@]}"
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" --json
has out OBJ_DANGLING
look
hasnt server '"entity":"D.Order"'
has server '"entity":"System.SynchronizationError"'

scenario "domain-model D75"
rm device.db
returns handled Life.StaysStored "${DEVICE[@]}"
exits 0 query "$APP" D.Order "[starts-with(Name, 'stays')]" "${DEVICE[@]}"
lines out 2

scenario "domain-model D86"
returns a Life.Cycle

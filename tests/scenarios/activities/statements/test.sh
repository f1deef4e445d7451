# activities §3 … §11: statements beside the scenarios of §16. What one device does is
# in objects.test.mdl, a test for each.
exits 0 test "$CASE/objects.test.mdl" --app "$APP" --now "$NOW"

scenario "activities R10, O15, F43: what there is not"
breaks entity_not_available S.FindsDrafts
breaks not_found S.MakesNobodyBare
returns caught S.MakesNobody

scenario "xpath Q124: a list is no operand"
breaks xpath_error S.FindsByList
has out '"detail":"TYPE"'

scenario "domain-model D41: only an owner has the association as a member"
breaks not_found S.FillsBox
has out S.Thing_Box

scenario "activities X13, C10, Y1: what the other kind of flow has"
breaks unsupported_activity S.Raises
returns 'An error event is not available in nanoflows' S.Catches
server=(--on server --server-db server.db --now "$NOW" --json)
for flow in CallsNanoflow Syncs; do
    exits 1 run "$APP" "S.$flow" "${server[@]}"
    has out '"code":"unsupported_activity"'
done
exits 1 check "$APP"
for flow in Raises CallsNanoflow Syncs; do
    has out "error: S.$flow, "
done

scenario "activities O24"
on_both <<<'{"entity": "S.Thing", "id": "t", "Name": "t"}'
exits 0 run "$APP" S.Nothing --arg Thing=t "${DEVICE[@]}" --json --trace=trace
grep -E '"event":"(members|objects)' trace >told
lines told 1
has told '"event":"membersChanged"'
has told '"members":[]'
has out '"state":"committed"'
exits 0 data export "$APP" device --on device "${DEVICE[@]}"
hasnt device '$state'

scenario "activities O27, M21, M22"
# Events are the activity's choice, and what a client would be told is dropped.
run 0 S.CallsTouch --trace=trace
has out '"value":"2"'
has out '"events":[]'
hasnt trace objectsChanged
exits 0 data export "$APP" server --on server --server-db server.db
row server t
has row '"N":2'
grep -c '"entity":"S.Trace"' server >traces || true
[ "$(cat traces)" = 2 ] || { cp server out; fail "$(cat traces) handlers have run"; }
has server '"Text":"before t"'
has server '"Text":"after t"'

scenario "domain-model D87: nor does a microflow answer with a stored object"
run 1 S.CallsGives
has out '"code":"microflow_failed"'

scenario "synchronize S98; activities M13: what a microflow commits along stays"
run 0 S.CallsFills
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}" --user anna
look
for side in server device; do
    has $side '"Name":"filled"'
    has $side '"Name":"inside"'
    has $side '"S.Thing_Box":"'
done

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

scenario "domain-model D77"
returns two Life.DraftBack

scenario "domain-model D83"
rm device.db
on_device <<"END"
{"entity": "D.Customer", "id": "c", "Name": "c"}
END
# The reference to the new customer that is no more reads as empty.
returns 'one c true' Life.RollsBack --arg C=c "${DEVICE[@]}"

scenario "domain-model D84; activities H6"
# One notification per activity, with all that it touched; commits, rollbacks
# and deletions need no "refresh in client".
returns 'done' Life.CommitsThree "${DEVICE[@]}" --trace=trace
told() { # told EVENT…: the notifications, each with how many ids
    grep -E '"event":"objects(Changed|Deleted)"' trace | while read -r event; do
        echo "$(grep -oE 'objects[A-Z][a-z]+' <<<"$event") $(grep -oE '"[0-9]+"' <<<"$event" | sort -u | wc -l)"
    done | tr '\n' ',' >told
    [ "$(cat told)" = "$1," ] || { cp trace out; fail "the host is told $(cat told)"; }
}
told 'objectsChanged 1,objectsChanged 1,objectsChanged 2,objectsChanged 1,objectsDeleted 2'

scenario "domain-model D84, D85"
rm -f device.db server.db
on_both <<"END"
{"entity": "D.Animal", "id": "d", "Name": "d", "Legs": 4}
{"entity": "D.Animal", "id": "k", "Name": "k", "Legs": 4}
{"entity": "D.Animal", "id": "g", "Name": "g", "Legs": 4}
END
on_server <<"END"
{"entity": "D.Animal", "id": "d", "Name": "theirs", "Legs": 5}
{"entity": "D.Animal", "id": "k", "Name": "theirs, too", "Legs": 6}
{"entity": "D.Animal", "id": "g", "$state": "deleted"}
END
# The draft keeps what was not committed, above what the server has; the object
# that left is gone from its variable and from the list.
exits 0 run "$APP" Life.Synchronizes --arg Draft=d --arg Clean=k --arg Gone=g \
    "${DEVICE[@]}" "${SERVER[@]}" "${LATER[@]}" --trace=trace
[ "$(cat out)" = 'draft 5 theirs, too 6 true 1' ] || fail "the variables differ"
told 'objectsChanged 2,objectsDeleted 1'
look
lines device 2
row device d
has row '"Name":"theirs"'

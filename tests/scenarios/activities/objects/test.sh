# activities 16.5: objects.
# count FILE TEXT NUMBER: lines of a trace.
count() {
    [ "$(grep -cF -- "$2" "$1" || true)" -eq "$3" ] ||
        { cp "$1" out; fail "$1 has not $3 times: $2"; }
}
dry() { exits 0 sync "$APP" --dry-run "${DEVICE[@]}" "${SERVER[@]}"; }

scenario "activities 16.5 T77"
returns '1 false truetruetruetrue true 0' Objects.Defaults

scenario "activities 16.5 T78; O17"
returns 5 Objects.InOrder

scenario "activities 16.5 T79; O11, O12"
returns false Objects.Created "${DEVICE[@]}" --trace=trace
count trace '"event":"objectsChanged"' 1
look
lines device 1
has device '"$state":"new","Done":false,"Name":"created"'
dry
has out '1 uploaded'

scenario "activities 16.5 T80"
rm device.db
returns false Objects.CreatedWithoutEvents "${DEVICE[@]}" --trace=trace
count trace '"event":"objectsChanged"' 1
dry
has out '1 uploaded'

scenario "activities 16.5 T81"
returns 2026-03-18T10:20:30.000Z Objects.Stamped --now "$NOW"

scenario "activities 16.5 T82, T83; O25; xpath Q4"
returns 'new true true' Objects.ChangedName

scenario "activities 16.5 T84; O18"
rm device.db
on_both <<"END"
{"entity": "T.Item", "id": "i1", "Name": "one"}
END
exits 0 run "$APP" Objects.SameValue --arg Item=i1 "${DEVICE[@]}" --json
has out '"state":"committed"'
dry
has out '0 uploaded'
exits 0 run "$APP" Objects.SameValueCommit --arg Item=i1 "${DEVICE[@]}" --json
dry
has out '1 uploaded'
# No changed member: what the server has meanwhile stays.
on_server <<"END"
{"entity": "T.Item", "id": "i1", "Name": "the server's"}
END
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}"
look
row server i1
has row "the server's"
row device i1
has row "the server's"

scenario "activities 16.5 T85; O18"
exits 0 run "$APP" Objects.ThereAndBack --arg Item=i1 "${DEVICE[@]}" --json
has out '"state":"committed"'
exits 0 run "$APP" Objects.ChangesName --arg Item=i1 "${DEVICE[@]}" --json
has out '"state":"changed"'

scenario "activities 16.5 T86"
breaks empty_object Objects.ChangesName --arg Item=empty

scenario "activities 16.5 T87"
exits 0 run "$APP" Objects.Refreshes --arg Item=i1 "${DEVICE[@]}" --trace=trace
count trace '"event":"membersChanged"' 1
has trace '"members":[]'

scenario "activities 16.5 T88; O22, O23"
exits 0 run "$APP" Objects.ChangesThree --arg Item=i1 "${DEVICE[@]}" \
    --trace=trace --json
has out '"state":"committed"'
count trace '"event":"membersChanged"' 1
has trace '"members":["Name","Qty","Done"]'
count trace '"event":"objectsChanged"' 1
look
row device i1
has row '"$state":"changed","Done":true,"Name":"three","Qty":3'

scenario "activities 16.5 T89"
returns 't1t2 t1t2 []' Objects.Tags

scenario "activities 16.5 T90; O19"
returns 'r2 l1 true true' Objects.Pairs

scenario "activities 16.5 T91"
returns true Objects.EmptyBoolean
breaks empty_value Objects.EmptyBooleanFails

scenario "activities 16.5 T92; O30, O34"
rm device.db server.db
on_both <<"END"
{"entity": "T.Item", "id": "changed", "Name": "changed"}
{"entity": "T.Item", "id": "clean", "Name": "clean"}
END
returns 2 Objects.CommitsList --arg 'Items=["changed", "clean", "clean"]' \
    "${DEVICE[@]}" --trace=trace
count trace '"event":"objectsChanged"' 2
tail -n +2 trace | grep '"event":"objectsChanged"' | tail -1 >event
[ "$(grep -oE '"[0-9]+"' event | sort -u | wc -l)" -eq 3 ] ||
    { cp event out; fail "the event has not three ids"; }
[ "$(grep -oE '"[0-9]+"' event | wc -l)" -eq 3 ] ||
    { cp event out; fail "the event has an id twice"; }
dry
has out '3 uploaded'
on_server <<"END"
{"entity": "T.Item", "id": "clean", "Name": "the server's"}
END
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}"
look
lines server 3
has server '"Name":"new"'
row server changed
has row '"Qty":2'
row server clean
has row "the server's"

scenario "activities 16.5 T93; O31, O53"
rm device.db
returns 'true atrue b' Objects.CommitFails --arg Price=999999999999999999999999 \
    "${DEVICE[@]}"
look
lines device 0
if command -v sqlite3 >/dev/null; then
    # A database that refuses the second row.
    returns stored Objects.CommitFails --arg Price=1 "${DEVICE[@]}"
    table=$(sqlite3 device.db "select m.name from sqlite_master m join
        pragma_table_info(m.name) c where m.type = 'table' and
        c.name like '%price%'")
    sqlite3 device.db "create trigger refuse before insert on \"$table\"
        when (select count(*) from \"$table\") > 2
        begin select raise(abort, 'refused'); end"
    returns 'true atrue b' Objects.CommitFails --arg Price=1 "${DEVICE[@]}"
    look
    lines device 2
    # … or that keeps what is to be deleted.
    sqlite3 device.db "drop trigger refuse; create trigger keep before delete
        on \"$table\" begin select raise(abort, 'kept'); end"
    breaks db_error Objects.DeletesOne "${DEVICE[@]}"
fi

scenario "activities 16.5 T94; O30"
exits 0 run "$APP" Objects.CommitNothing --arg Nothing=empty --trace=trace
[ "$(cat out)" = "went on" ] || fail "the flow does not go on"
count trace '"level":"Warning"' 1
hasnt trace objectsChanged
breaks empty_object Objects.CommitNothing --arg Nothing=empty --set strict-empty=on

scenario "activities 16.5 T95; O38"
returns 'one false' Objects.FormBack

scenario "activities 16.5 T96; O32; domain-model D46"
rm -f device.db
returns 'true false' Objects.DanglingReference "${DEVICE[@]}"
look
lines device 1
has device '"T.Item_Order":"'
exits 0 query "$APP" T.Order '' "${DEVICE[@]}"
lines out 0

scenario "activities 16.5 T97; O37, O40"
rm device.db
on_device <<"END"
{"entity": "T.Item", "id": "i1", "Name": "one"}
END
exits 0 run "$APP" Objects.RollsBack --arg Item=i1 "${DEVICE[@]}" --json --trace=trace
has out '"state":"committed"'
has out '"Name":"one"'
count trace '"event":"objectsChanged"' 1

scenario "activities 16.5 T98"
exits 0 run "$APP" Objects.RollsNewBack
has out 'true The object of "T.Item" has been deleted'

scenario "activities 16.5 T99"
breaks empty_object Objects.RollsEmptyBack --arg Item=empty

scenario "activities 16.5 T100; O45 … O48; xpath Q136"
rm device.db server.db
on_both <<"END"
{"entity": "T.Item", "id": "synced", "Name": "synced"}
{"entity": "T.Item", "id": "ofnew", "Name": "of new"}
{"entity": "T.Item", "id": "oflocal", "Name": "of local"}
{"entity": "T.Item", "id": "ofsynced", "Name": "of synced", "T.Item_Self": "synced"}
END
returns 'truetruetrue 0' Objects.Deletes --arg OfNew=ofnew \
    --arg OfLocal=oflocal --arg OfSynced=ofsynced "${DEVICE[@]}" --trace=trace
count trace '"event":"objectsDeleted"' 3
look
count device '"$state":"deleted"' 1
row device synced
has row '"$state":"deleted"'
hasnt device '"T.Item_Self"'
# The references that were cleared are no change of their objects (O48); the
# other two were committed by the flow itself.
row device ofsynced
hasnt row '$state'
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}"
look
lines server 3
hasnt server '"T.Item_Self"'

scenario "activities 16.5 T101"
returns '0 1' Objects.DeletesList

scenario "activities 16.5 T102"
returns true Objects.DeletesOne

scenario "activities 16.5 T103; domain-model D54"
breaks deleted_object Objects.ReadsDeleted

scenario "activities 16.5 T104"
breaks unsupported_activity Objects.DeletesForm
has out '"detail":"DELETE_NPE_OFFLINE"'

scenario "activities 16.5 T105"
returns 'left 0' Objects.DeletesRest

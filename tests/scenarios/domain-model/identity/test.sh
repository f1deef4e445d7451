# domain-model §2, §5, §11, §14: calculated attributes, associations between
# modules and with non-persistable objects, ids, files.
# id FILE TEXT: the guid of the line with this text, into `guid`.
id() {
    guid=$(grep -F -- "$2" "$1" | sed 's/.*"id":"\(-\{0,1\}[0-9]*\)".*/\1/')
    [ -n "$guid" ] || { cp "$1" out; fail "no id beside $2"; }
}
holds() { (($1)) || fail "$1 does not hold for $guid"; }

scenario "domain-model D110, D111"
on_server <<"END"
{"entity": "A.Item", "id": "first", "Name": "first", "Born": "2026-01-31T23:30:00Z"}
{"entity": "A.Item", "id": "second", "Name": "second"}
END
look
id server '"first"'
first=$guid
holds "guid > 0 && (guid >> 47 & 1) == 0 && (guid >> 48) >= 1"
id server '"second"'
holds "(guid >> 48) == ($first >> 48) && guid > $first"

scenario "domain-model D112, D113; synchronize S14"
exits 0 run "$APP" A.Makes "${DEVICE[@]}"
look
lines device 1
id device '"two"'
two=$guid
holds "guid > 0 && (guid >> 47 & 1) == 1 && (guid >> 27 & 0xFFFFF) >= 1 << 19"
# The id of the object that is gone is not given again (D111).
holds "(guid & 0x7FFFFFF) >= 1"
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}"
exits 0 run "$APP" A.Makes "${DEVICE[@]}" "${SERVER[@]}" "${LATER[@]}"
look
# Ids are final; new ones have the number that the server issued.
has device "\"id\":\"$two\""
id device '"$state":"new"'
holds "(guid >> 27 & 0xFFFFF) < 1 << 19 && (guid >> 47 & 1) == 1"
has server "\"id\":\"$two\""

scenario "domain-model D114"
exits 0 run "$APP" A.NewDraft --json
id out '"entity":"A.Draft"'
holds "guid < 0"

scenario "domain-model D18; activities O7"
# Of what the server has sent it reads what that has computed.
returns 1.5 A.ReadsWorth --arg "Item=//A.Item[Name='second']" "${DEVICE[@]}"
breaks access_denied A.SetsWorth --arg "Item=//A.Item[Name='second']" "${DEVICE[@]}"

scenario "domain-model D14; expressions S26"
# The day of a date that is not localized is that of UTC, wherever the user is.
returns 2026-01-31 A.Day --arg "Item=//A.Item[Name='first']" "${DEVICE[@]}" \
    --time-zone Asia/Tokyo

scenario "domain-model D40"
returns '1 first' B.Cross --arg "Item=//A.Item[Name='first']" "${DEVICE[@]}"
exits 0 query "$APP" B.Note "[B.Note_Item/A.Item/Name = 'first'][B.Note_Items/A.Item/Name = 'first']" \
    "${DEVICE[@]}" --extended
lines out 1
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}"
exits 0 query "$APP" A.Item "[B.Note_Item/B.Note/Text = 'noted']" --on server --server-db server.db
lines out 1
has out '"first"'

scenario "domain-model D42"
returns 'text drafted' A.Drafts "${DEVICE[@]}"
look
hasnt device A.Draft

scenario "domain-model D132, D150, D154"
printf 'a picture' >picture
on_device <<"END"
{"entity": "A.Photo", "id": "p1", "Name": "inline", "$contents": "aGVsbG8="}
{"entity": "A.Photo", "id": "p2", "Name": "file", "$contents": "@picture", "$state": "new"}
{"entity": "A.Photo", "id": "p3", "Name": "none"}
END
look
row device p1
has row '"HasContents":true,"Name":"inline","Size":5'
has row '"$contents":"aGVsbG8="'
row device p2
has row '"HasContents":true,"Name":"file","Size":9'
row device p3
hasnt row '$contents'
exits 0 data export "$APP" lined "${DEVICE[@]}" --files kept
has lined '"$contents":"@'
cmp -s picture "kept/$(id device '"file"'; echo "$guid")" || fail "other contents"
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}"
look
grep -F '"Name":"file"' server >row
has row '"$contents":"YSBwaWN0dXJl"'
exits 0 run "$APP" A.DropsPhoto --arg Photo=p2 "${DEVICE[@]}"
look
hasnt device YSBwaWN0dXJl
exits 0 sync "$APP" "${DEVICE[@]}" "${SERVER[@]}"
look
hasnt server YSBwaWN0dXJl

# A device is opened with another version of the app (synchronize S139, S140):
# A108, what fits is migrated in place; A109, what does not begins anew once
# everything is sent, and is kept beside the new database if it can't be.
OLD=old.xml NEW=new.xml RETYPED=retyped.xml
cp "$APP" "$OLD"
sed 's|\(<Entity id="Order" .*\)\(</Attributes>\)|\1<Attribute Name="Note"><NewType type="StringAttributeType" Length="40"/></Attribute>\2|' \
    "$OLD" >"$NEW"
grep -q 'Name="Note"' "$NEW" || fail 'no new attribute'
# The code of a customer becomes a number.
sed '/id="Customer"/s|Name="Code"><NewType type="StringAttributeType" Length="20"/>|Name="Code"><NewType type="IntegerAttributeType"/>|' \
    "$OLD" >"$RETYPED"
cmp -s "$OLD" "$RETYPED" && fail 'no other type'
with() {
    local code=$1 app=$2
    shift 2
    exits "$code" sync "$app" "${DEVICE[@]}" --user anna --json "$@"
}
APP=$OLD
on_both <<"JSON"
{"entity": "Dev.Order", "id": "o1", "Name": "One"}
{"entity": "Dev.Order", "id": "o2", "Name": "Two"}
JSON
on_device <<"JSON"
{"entity": "Dev.Order", "id": "o1", "Name": "One on the phone", "$state": "changed"}
{"entity": "Dev.Order", "id": "n1", "Name": "New on the phone", "$state": "new"}
JSON
cp device.db before.db

scenario A108
with 0 "$NEW" --server local:server.db
has out '"statistics":{"uploaded":2,'
hasnt err 'begins anew'
APP=$NEW
look
row device o1
has row '"Name":"One on the phone"'
has server '"Name":"New on the phone"'

scenario 'A109: the server has all of it'
cp before.db device.db
cat >there.jsonl <<"JSON"
{"entity": "Dev.Order", "id": "o1", "Name": "One"}
{"entity": "Dev.Order", "id": "o2", "Name": "Two"}
JSON
exits 0 data import "$RETYPED" there.jsonl --on server --server-db retyped.db \
    --now "$NOW"
with 0 "$RETYPED" --server local:retyped.db
has err 'begins anew'
[ -e device.db.unsynchronized-1 ] && fail 'nothing had to be kept'
has out '"initial":true'
has out '"uploaded":[],"downloaded":[{'
exits 0 data export "$RETYPED" device --on device "${DEVICE[@]}"
has device '"Name":"One on the phone"'
has device '"Name":"New on the phone"'
has device '"Name":"Two"'
with 0 "$RETYPED" --server local:retyped.db
hasnt err 'begins anew'

scenario 'A109: it refuses something'
cp before.db device.db
with 0 "$RETYPED" --server local:empty.db
has err 'the server rejected changes'
has err '2 changes that were not synchronized are kept in "device.db.unsynchronized-1"'
exits 0 data export "$OLD" kept --on device --db device.db.unsynchronized-1
has kept '"$state":"changed"'
has kept '"$state":"new"'

scenario 'A109: nobody is there'
cp before.db device.db
with 3 "$RETYPED" --server http://127.0.0.1:9
has err 'could not be sent: The server could not be reached'
exits 0 data export "$OLD" still --on device --db device.db
has still '"Name":"New on the phone"'
[ -e device.db.unsynchronized-2 ] && fail 'the database itself is there'
# Without a server nothing is tried.
exits 3 run "$RETYPED" Dev.CountOrders "${DEVICE[@]}"
has err 'was made by another version of the app'

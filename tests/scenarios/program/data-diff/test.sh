# design §5, data diff: exit code 1 with a difference; names that only the file
# declares are its own, in any order, and leave no trace.
cat >data.jsonl <<"JSON"
{"entity": "Main.Item", "id": "b", "Title": "B", "Count": 1, "Done": false, "Main.Item_Parent": "a"}
{"entity": "Main.Item", "id": "a", "Title": "A", "Count": 2, "Done": true}
JSON
exits 1 data diff "$APP" data.jsonl --db device.db
lines out 2
has out '- {"entity":"Main.Item"'
exits 0 data export "$APP" - --db device.db
lines out 0
exits 0 data import "$APP" data.jsonl --db device.db
exits 0 data diff "$APP" data.jsonl --db device.db
lines out 0
sed -i 's/"A"/"AA"/' data.jsonl
echo '{"entity": "Main.Item", "id": "c", "Title": "C"}' >>data.jsonl
exits 1 data diff "$APP" data.jsonl --db device.db
lines out 3
sed -n 1p out | grep -q '^- .*"Title":"AA"' || fail 'the file comes first'
sed -n 2p out | grep -q '^+ .*"Title":"A"' || fail 'then the row'
sed -n 3p out | grep -q '^- .*"Title":"C"' || fail 'then what has no row'
# Differences come by entity and guid, whichever side they are of; a deletion
# that waits to be synchronized is no object, and neither is a line of one.
cat >more.jsonl <<"JSON"
{"entity": "Main.Item", "id": "1003", "Title": "Z"}
{"entity": "Main.Item", "id": "1002", "$state": "deleted"}
{"entity": "Main.Item", "id": "1001", "Count": 1, "Done": false, "Title": "X"}
JSON
exits 0 data import "$APP" more.jsonl --db other.db
grep -v 1003 more.jsonl >fewer.jsonl
echo '{"entity": "Main.Item", "id": "1000", "Title": "W"}' >>fewer.jsonl
exits 1 data diff "$APP" fewer.jsonl --db other.db
lines out 2
sed -n 1p out | grep -q '^- .*"1000"' || fail 'the lowest guid comes first'
sed -n 2p out | grep -q '^+ .*"1003"' || fail 'the highest guid comes last'
exits 0 data export "$APP" exported --db other.db
has exported '"$state":"deleted"'
exits 0 data diff "$APP" exported --db other.db
lines out 0

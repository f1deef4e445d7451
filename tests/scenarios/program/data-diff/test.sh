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

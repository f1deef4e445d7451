# Data files: names, states, order, all or nothing, and back again.
on_device <<"END"
{"entity": "Main.Item", "id": "b", "Title": "B", "Main.Item_Parent": "a"}
{"entity": "Main.Item", "id": "a", "Title": "A", "Price": "0.10", "Count": 4, "Big": "9007199254740993", "Day": "2026-03-18T10:20:30.456Z", "Color": "Red", "Done": true}

{"entity": "Main.Item", "id": "c", "Title": "C", "$state": "new"}
END
exits 0 data export "$APP" - --on device "${DEVICE[@]}"
lines out 3
head -1 out | grep -qF '"Title":"B"' || fail "rows are not in the order of their names"
row out a
has row '"Big":"9007199254740993","Color":"Red","Count":4,"Day":"2026-03-18T10:20:30.456Z","Done":true,"Price":"0.1","Title":"A"'
row out c; has row '"$state":"new"'
cp out first
on_device <<"END"
{"entity": "Main.Item", "id": "a", "Title": "A2", "$state": "changed"}
{"entity": "Main.Item", "id": "b", "$state": "deleted"}
END
exits 0 data export "$APP" second --on device "${DEVICE[@]}"
row second a; has row '"Title":"A2"'; has row '"Count":4'; has row '"$state":"changed"'
row second b; has row '"$state":"deleted"'
# An export is an import, on a fresh device.
DEVICE=(--db again.db)
on_device <first
exits 0 data export "$APP" third --on device "${DEVICE[@]}"
cmp first third || fail "an imported export differs"
exits 0 data diff "$APP" first --on device "${DEVICE[@]}"
exits 1 data diff "$APP" second --on device "${DEVICE[@]}"
has out '- {'
has out '+ {'
# Faults name line and member, and nothing is imported.
refuse() {
    { echo '{"entity": "Main.Item", "id": "z", "Title": "Z"}'; cat; } >bad.jsonl
    exits 3 data import "$APP" bad.jsonl --on device "${DEVICE[@]}"
    has err "bad.jsonl:2"
    has err "$1"
    lines err 1
    exits 0 data export "$APP" after --on device "${DEVICE[@]}"
    cmp third after || fail "a faulty file was partly imported"
}
refuse '"Price"' <<<'{"entity": "Main.Item", "id": "y", "Price": "ten"}'
refuse 'Nobody' <<<'{"entity": "Main.Item", "id": "y", "Nobody": 1}'
refuse 'Main.Nothing' <<<'{"entity": "Main.Nothing", "id": "y"}'
refuse 'Main.Filter' <<<'{"entity": "Main.Filter", "id": "y"}'
refuse 'Pink' <<<'{"entity": "Main.Item", "id": "y", "Color": "Pink"}'
refuse '"Count"' <<<'{"entity": "Main.Item", "id": "y", "Count": 3000000000}'
refuse '"Done"' <<<'{"entity": "Main.Item", "id": "y", "Done": null}'
refuse 'nobody' <<<'{"entity": "Main.Item", "id": "y", "Main.Item_Parent": "nobody"}'
refuse 'JSON' <<<'{"entity": "Main.Item", "id": "y"'
refuse '"id"' <<<'{"entity": "Main.Item"}'
refuse '$state' <<<'{"entity": "Main.Item", "id": "y", "$state": "odd"}'
refuse 'contents' <<<'{"entity": "Main.Item", "id": "y", "$contents": "aGk="}'
refuse 'at most' <<<'{"entity": "Main.Item", "id": "y", "Title": "'"$(printf '%0300d' 0)"'"}'
refuse '"Price"' <<<'{"entity": "Main.Item", "id": "y", "Price": "100000000000000000000"}'
